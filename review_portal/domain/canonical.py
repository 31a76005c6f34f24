"""One byte form for everything that is hashed: audit, receipts, digests, archive."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal


def _text(value: str) -> str:
    """NFC, in which plain letters are already."""
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _plain(value: object) -> object:
    if isinstance(value, str):  # first what there is most of
        return _text(value)
    if isinstance(value, (dict, Mapping)):
        return {_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a zone has no canonical form")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def dumps(value: object) -> bytes:
    """Canonical JSON: UTF-8, NFC, sorted keys, no spaces; Decimals and times as strings.

    Raises `TypeError` on floats and other types, `ValueError` on times without a zone.
    """
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: object) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(dumps(value)).hexdigest()


def commitment(salt: bytes, value: object) -> str:
    """Salted SHA-256 (hex): binds content without revealing it to someone who tries all points."""
    if len(salt) != 32:
        raise ValueError("a commitment takes 32 random bytes")
    return hashlib.sha256(salt + dumps(value)).hexdigest()
