"""EXDRAW-1, byte for byte: what is hashed in which order, so that anybody can compute it again.

H is SHA-256 or SM3. Parts are text in NFC and UTF-8 (codes, nonces and the seed as lower-case hex), each with
its length in front, so that no two lists of parts are the same bytes. JSON is canonical (`domain.canonical`).

    pool, exclusions   H(one line of JSON and LF for each, sorted)        rules   H(JSON LF)
    frozen             H(frame("EXDRAW-1/frozen", event JSON, pool, rules, exclusions))
    commitment         H(frame("EXDRAW-1/commit", frozen, party, nonce, words))
    seed               H(frame("EXDRAW-1/seed", frozen, commitment, nonce, words of the organiser,
                         commitment, nonce, words of the supervisor, "named" or "fallback", public value))
    rank               HMAC-H(seed, frame("EXDRAW-1/rank", stratum, id))
    draw               H(frame("EXDRAW-1/draw", JSON of the record up to its result))
    replacement        H(frame("EXDRAW-1/replacement", code before it, JSON of the entry))

A party that refused to reveal stands in the seed with empty nonce and words.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from review_portal.domain import canonical
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark

HashName = Literal["sha256", "sm3"]
NAME: Final = "EXDRAW-1"
CODE: Final = re.compile(r"[0-9a-f]{64}")
HASH_NAMES: Final = {"sha256": "SHA-256", "sm3": "SM3"}


def hash_hex(name: HashName, data: bytes) -> str:
    """H(data) in hex. Invalid: this machine's OpenSSL does not have the algorithm."""
    try:
        return hashlib.new(name, data).hexdigest()
    except ValueError as missing:
        raise _unavailable(name) from missing


def frame(*parts: str | bytes) -> bytes:
    """The parts one after the other, each after its length in bytes (8 bytes, big-endian)."""
    given = [part if isinstance(part, bytes) else _nfc(part).encode() for part in parts]
    return b"".join(len(part).to_bytes(8, "big") + part for part in given)


def json_lines(values: Iterable[object]) -> bytes:
    """One line of canonical JSON for each value, in the order given."""
    return b"".join(canonical.dumps(value) + b"\n" for value in values)


def frozen_code(name: HashName, event: object, pool: str, rules: str, exclusions: str) -> str:
    """What both parties commit to: the event and the codes of what was locked for it."""
    return hash_hex(name, frame(f"{NAME}/frozen", canonical.dumps(event), pool, rules, exclusions))


def commitment_code(name: HashName, frozen: str, party: str, nonce: str, words: str) -> str:
    """Binds a party to nonce and words without showing them; the party's name keeps it from being copied."""
    return hash_hex(name, frame(f"{NAME}/commit", frozen, party, nonce, words))


def seed(name: HashName, frozen: str, shares: Sequence[tuple[str, str, str]], source: str, value: str) -> str:
    """The seed from (commitment, nonce, words) of either party and the public value with its source."""
    flat = [part for share in shares for part in share]
    return hash_hex(name, frame(f"{NAME}/seed", frozen, *flat, source, value))


def rank(name: HashName, seed_hex: str, stratum: str, person: str) -> str:
    """The number that orders a person in a stratum; the smallest hex text comes first."""
    data = frame(f"{NAME}/rank", stratum, person)
    try:
        return hmac.new(bytes.fromhex(seed_hex), data, name).hexdigest()
    except ValueError as missing:
        raise _unavailable(name) from missing


def draw_code(name: HashName, record: object) -> str:
    """Binds everything that is published at the draw, times and reasons included."""
    return hash_hex(name, frame(f"{NAME}/draw", canonical.dumps(record)))


def replacement_code(name: HashName, before: str, entry: object) -> str:
    """Binds one replacement to everything before it."""
    return hash_hex(name, frame(f"{NAME}/replacement", before, canonical.dumps(entry)))


def nonce_text(typed: str) -> str:
    """A nonce as it was typed or copied, in any grouping, as 64 hex characters. Invalid: it is none."""
    bare = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).lower()
    if not CODE.fullmatch(bare):
        raise Invalid(mark("密数须为64位的0—9、a—f，现为%(count)s位，请核对后重新填写。", count=len(bare)))
    return bare


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _unavailable(name: str) -> Invalid:
    return Invalid(
        mark(
            "本机的密码库没有%(name)s算法，请在支持该算法的电脑上办理；尚未锁定名单的，也可在抽取规则中改用SHA-256。",
            name=HASH_NAMES.get(name, name),
        )
    )
