"""Sample draws: the demonstration panel's pool, and draws that hypothesis makes up."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from review_portal.domain import draw
from review_portal.domain.draw import (
    Candidate,
    Dice,
    Draw,
    Event,
    Exclusion,
    Frozen,
    PublicSource,
    Published,
    Record,
    Rules,
    Stratum,
)
from review_portal.domain.draw.protocol import HashName

BEIJING = timezone(timedelta(hours=8))
HASHES: tuple[HashName, ...] = ("sha256", "sm3") if "sm3" in hashlib.algorithms_available else ("sha256",)
needs_sm3 = pytest.mark.skipif("sm3" not in HASHES, reason="this OpenSSL has no SM3")
START = datetime(2023, 2, 27, 14, 0, tzinfo=BEIJING)
NONCES = {"organiser": "0f" * 32, "supervisor": "a5" * 32}
WORDS = {"organiser": "381902", "supervisor": "监督甲示例 4 4 1"}
ROLLS = "3 5 1 6 2 2 4 6 1 3 5 5 2 4 1 6 3 3 2 5 4 1 6 2 4"
LOTTERY = Published("2023年2月27日某市公布的示例数，见当日晚报第一版")
RULES = Rules(
    strata=(Stratum("energy", "节能与能源", 4, 2), Stratum("finance", "财务与金融", 2, 1)),
    fallback=LOTTERY,
)
POOL = (
    *(Candidate(f"E{number:03}", ("energy",), f"单位{number // 2}") for number in range(1, 13)),
    *(Candidate(f"E{number:03}", ("energy", "finance"), f"单位{number}") for number in range(13, 16)),
    *(Candidate(f"E{number:03}", ("finance",)) for number in range(16, 21)),
)
EXCLUSIONS = (
    Exclusion("E007", "推荐单位工作人员", "在S04的推荐单位任职"),
    Exclusion("E005", "亲属关系", "配偶为S01法定代表人"),
)
EVENT = Event("2023-01-written", "2023年示例批次书面评审专家抽取", START)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def locked(**changes: object) -> Frozen:
    """The sample draw, locked; `changes` replace event, pool, rules or exclusions."""
    given = {"event": EVENT, "pool": POOL, "rules": RULES, "exclusions": EXCLUSIONS} | changes
    return draw.freeze(given["event"], given["pool"], given["rules"], given["exclusions"])


def committed(frozen: Frozen, nonces: dict[str, str] = NONCES) -> Draw:
    """Both parties have committed."""
    current = Draw(frozen)
    for minutes, party in enumerate(draw.PARTIES, start=1):
        code = draw.commitment_code(frozen, party, nonces[party], WORDS[party])
        current = draw.commit(current, party, code, at(minutes))
    return current


def thrown(frozen: Frozen, value: str = ROLLS, nonces: dict[str, str] = NONCES) -> Draw:
    """Both have committed and the dice were read aloud."""
    return draw.fix_public_value(committed(frozen, nonces), value, at(5))


def opened(frozen: Frozen, value: str = ROLLS, nonces: dict[str, str] = NONCES) -> Draw:
    """Both have revealed."""
    current = thrown(frozen, value, nonces)
    for minutes, party in enumerate(draw.PARTIES, start=6):
        current = draw.reveal(current, party, nonces[party], WORDS[party], at(minutes))
    return current


def drawn(**changes: object) -> Record:
    """The sample draw's record, without replacements."""
    return draw.draw_record(opened(locked(**changes)))


def replaced(record: Record | None = None, times: int = 2) -> Record:
    """The record after the first of the first stratum declined, and his successor could not be reached, …"""
    current = record or drawn()
    for number in range(times):
        leaver = draw.seats(current)[0].id
        leaving, reason = (("declined", "出差"), ("unreachable", "两次未接通"))[number % 2]
        current = draw.replace_member(current, leaver, leaving, reason, at(20 + number))
    return current


# --- a draw that runs out of persons, and its 补抽 --------------------------------------------------------

SECOND = Event("2023-02-written", "2023年示例批次书面评审专家补抽", at(60))
OPEN = Rules(strata=(Stratum("energy", "能源", 2, 1), Stratum("finance", "财务", 1, 0)), fallback=LOTTERY)
FEW = (
    Candidate("E01", ("energy",), "甲"),
    Candidate("E02", ("energy",), "乙"),
    Candidate("F01", ("finance",), "丙"),
)


def exhausted() -> Record:
    """Three seats, three persons; one of energy and the one of finance left, nobody follows."""
    record = draw.draw_record(opened(draw.freeze(EVENT, FEW, OPEN)))
    record = draw.replace_member(record, "E01", "declined", "出差", at(20))
    return draw.replace_member(record, "F01", "recused", "近年为S04提供审计", at(21))


def seats_of(stratum: str, quota: int) -> Rules:
    names = {"energy": "能源", "finance": "财务"}
    return replace(OPEN, strata=(Stratum(stratum, names.get(stratum, stratum), quota, 0),))


def conclude(frozen: Frozen) -> Record:
    """Hold the locked draw an hour and more later."""
    current = Draw(frozen)
    for party, nonce in zip(draw.PARTIES, ("11" * 32, "22" * 32), strict=True):
        current = draw.commit(current, party, draw.commitment_code(frozen, party, nonce), at(121))
    current = draw.fix_public_value(current, "1" * 25, at(122))
    for party, nonce in zip(draw.PARTIES, ("11" * 32, "22" * 32), strict=True):
        current = draw.reveal(current, party, nonce, "", at(123))
    return draw.draw_record(current)


def following() -> tuple[bytes, bytes]:
    """The files of the first draw and of the 补抽 after it."""
    pool = [*FEW, Candidate("E03", ("energy",), "丁")]
    first = exhausted()
    frozen = draw.freeze_supplement(first, SECOND, pool, seats_of("energy", 1), reason="候补用尽")
    return draw.record_bytes(first), draw.record_bytes(conclude(frozen))


# --- made up by hypothesis ---------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
UNIQUE = {"unique_by": lambda text: unicodedata.normalize("NFC", text)}
HEX = st.binary(min_size=32, max_size=32).map(bytes.hex)
SPARE = tuple(f"备{number}" for number in range(6))  # persons of every stratum, so that seats can be filled


@st.composite
def frozen_draws(draw_from: DrawFn) -> Frozen:
    """Any ids, overlapping strata, employers, exclusions, sources and either hash."""
    keys = draw_from(st.lists(TEXT, min_size=1, max_size=3, **UNIQUE))
    ids = draw_from(st.lists(TEXT.filter(lambda text: text not in SPARE), max_size=8, **UNIQUE))
    strata = st.lists(st.sampled_from([*keys, "其他"]), min_size=1, max_size=3)
    employer = st.none() | st.sampled_from(["甲", "乙", "丙"])
    pool = [Candidate(person, tuple(draw_from(strata)), draw_from(employer)) for person in ids]
    pool += [Candidate(person, tuple(keys)) for person in SPARE]
    out = draw_from(st.sets(st.sampled_from(ids), max_size=2)) if ids else set()
    rules = Rules(
        strata=tuple(
            Stratum(key, draw_from(TEXT), draw_from(st.integers(1, 2)), draw_from(st.integers(0, 2)))
            for key in keys
        ),
        fallback=draw_from(st.sampled_from([LOTTERY, Dice(10, 10)])),
        public_source=draw_from(st.sampled_from([Dice(13), Dice(), LOTTERY])),
        one_per_employer=draw_from(st.booleans()),
        hash=draw_from(st.sampled_from(HASHES)),
        on_refusal=draw_from(st.sampled_from(["proceed", "proceed", "void"])),
    )
    event = Event(draw_from(TEXT), draw_from(TEXT), START)
    exclusions = [Exclusion(person, draw_from(TEXT), draw_from(TEXT)) for person in out]
    return draw.freeze(event, draw_from(st.permutations(pool)), rules, exclusions)


def _values(source: PublicSource) -> st.SearchStrategy[str]:
    if isinstance(source, Published):
        return TEXT.filter(str.strip)
    faces = "123456" if source.sides == 6 else "0123456789"
    return st.text(faces, min_size=source.rolls, max_size=source.rolls)


@st.composite
def records(draw_from: DrawFn) -> Record:
    """A complete record: refusals, the fallback and replacements included."""
    frozen = draw_from(frozen_draws())
    nonces = {party: draw_from(HEX) for party in draw.PARTIES}
    words = {party: draw_from(st.just("") | TEXT) for party in draw.PARTIES}
    current = Draw(frozen)
    for party in draw_from(st.permutations(draw.PARTIES)):
        code = draw.commitment_code(frozen, party, nonces[party], words[party])
        current = draw.commit(current, party, code, at(1))
    reason = draw_from(st.just("") | st.just("骰子遗失"))
    value = draw_from(_values(frozen.rules.fallback if reason else frozen.rules.public_source))
    current = draw.fix_public_value(current, value, at(2), fallback_reason=reason)
    for party in draw_from(st.permutations(draw.PARTIES)):
        if draw_from(st.integers(0, 5)) == 0:
            current = draw.refuse_to_reveal(current, party, draw_from(TEXT), at(3))
        else:
            current = draw.reveal(current, party, nonces[party], words[party], at(3))
    record = draw.draw_record(current)
    for _ in range(draw_from(st.integers(0, 3))):
        held = draw.seats(record)
        if held:
            leaver = draw_from(st.sampled_from(held)).id
            record = draw.replace_member(record, leaver, "declined", draw_from(TEXT), at(4))
    return record
