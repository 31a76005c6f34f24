"""One byte form for everything that is hashed."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain import canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda parts: st.lists(parts) | st.dictionaries(TEXT, parts),
)


def normal(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [normal(part) for part in value]
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): normal(part) for key, part in value.items()}
    return value


@given(VALUES)
def test_reading_gives_back_what_was_written(value: object) -> None:
    assert json.loads(canonical.dumps(value)) == normal(value)


@given(VALUES)
def test_writing_again_gives_the_same_bytes(value: object) -> None:
    written = canonical.dumps(value)
    assert canonical.dumps(json.loads(written)) == written


@given(st.dictionaries(TEXT, st.integers()))
def test_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    normalised = {unicodedata.normalize("NFC", key) for key in value}
    if len(normalised) == len(value):
        assert canonical.dumps(dict(reversed(value.items()))) == canonical.dumps(value)


def test_form_is_compact_sorted_utf_8() -> None:
    value = {"b": [1, None, True], "a": "示例", "points": Decimal("87.50"), "on": date(2023, 2, 17)}
    expected = '{"a":"示例","b":[1,null,true],"on":"2023-02-17","points":"87.50"}'
    assert canonical.dumps(value) == expected.encode()


def test_composed_and_decomposed_text_are_one() -> None:
    assert canonical.dumps({"e\u0301": "e\u0301"}) == canonical.dumps({"\u00e9": "\u00e9"})


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+2", "100"), ("0.10", "0.10"), ("-0.5", "-0.5"), ("1E-7", "0.0000001")],
)
def test_decimal_is_written_out_with_its_places(value: str, text: str) -> None:
    assert canonical.dumps(Decimal(value)) == f'"{text}"'.encode()


def test_time_keeps_its_offset() -> None:
    noon = datetime(2023, 2, 17, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    assert canonical.dumps(noon) == b'"2023-02-17T12:00:00+08:00"'
    assert canonical.dumps(noon.astimezone(UTC)) == b'"2023-02-17T04:00:00+00:00"'


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a time without a zone has no canonical form"):
        canonical.dumps(datetime(2023, 2, 17, 12, 0))  # noqa: DTZ001 - that is what is tested


@pytest.mark.parametrize("value", [1.5, float("nan"), {"points": 87.5}, [0.0], b"bytes", {1, 2}, object()])
def test_value_without_a_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        canonical.dumps(value)


def test_digest_is_sha256_of_the_form() -> None:
    assert canonical.digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


def test_commitment_is_bound_to_salt_and_value() -> None:
    salt, other = bytes(32), bytes([1]) * 32
    assert canonical.commitment(salt, {"a": 1}) == hashlib.sha256(salt + b'{"a":1}').hexdigest()
    assert len({canonical.commitment(s, v) for s in (salt, other) for v in ({"a": 1}, {"a": 2})}) == 4


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_commitment_needs_a_salt_of_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        canonical.commitment(bytes(length), {"a": 1})
