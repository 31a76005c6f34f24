"""The signed block in a workbook for scoring offline, and a preview that a page sends back: nothing else
is believed of either.

The key is the instance's own, told apart by purpose, so that a block of one kind never passes for another.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import current_app

from review_portal.domain import canonical

_PACKED_MOST = 64 * 1024 * 1024  # of what a sealed preview may unfold to


@dataclass(frozen=True, slots=True)
class Held:
    """A dossier's sheet at the download: its review, its draft's version, a digest of what was typed."""

    review: str
    number: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Whose workbook it is, of which round and by which rubric."""

    account: str
    round: str
    rubric: str
    made_at: str
    sheets: tuple[Held, ...]


def _signature(purpose: str, body: bytes) -> str:
    key = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), purpose.encode(), "sha256")
    return hmac.new(key, body, "sha256").hexdigest()


def sealed(purpose: str, value: Mapping[str, Any]) -> str:
    """A value as text that nobody without the instance's key can make: body.signature."""
    body = base64.urlsafe_b64encode(zlib.compress(canonical.dumps(value), 6))
    return f"{body.decode()}.{_signature(purpose, body)}"


def unsealed(purpose: str, text: str) -> dict[str, Any] | None:
    """What `sealed` was given; None for anything that this instance has not sealed."""
    body, _, signature = text.strip().partition(".")
    if not (body.isascii() and signature.isascii()):
        return None
    if not hmac.compare_digest(_signature(purpose, body.encode()), signature):
        return None
    try:
        packed = zlib.decompressobj().decompress(base64.urlsafe_b64decode(body), _PACKED_MOST)
        found: dict[str, Any] = json.loads(packed)
    except (binascii.Error, zlib.error, ValueError):
        return None
    return found


def write(guard: Guard) -> str:
    """The block for a workbook."""
    return sealed("score workbook", asdict(guard))


def read(text: str) -> Guard | None:
    """The block of a workbook that this instance has made, else None."""
    found = unsealed("score workbook", text)
    if found is None:
        return None
    return Guard(**{**found, "sheets": tuple(Held(**sheet) for sheet in found["sheets"])})
