"""Frozen dataclasses as JSON and strictly back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pytest

from review_portal.domain import canonical
from review_portal.domain.frozen_json import ShapeFault, decoded, encoded


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    kind: Literal["named"] = "named"


@dataclass(frozen=True, slots=True)
class Counted:
    count: int
    kind: Literal["counted"] = "counted"


@dataclass(frozen=True, slots=True)
class Whole:
    at: datetime
    part: Named | Counted
    parts: tuple[Named, ...]
    maybe: Named | None = None
    text: str | None = None
    yes: bool = True


WHOLE = Whole(datetime(2023, 2, 27, 6, 0, tzinfo=UTC), Counted(3), (Named("甲"), Named("乙")), Named("丙"))
JSON = {
    "at": "2023-02-27T06:00:00+00:00",
    "part": {"count": 3, "kind": "counted"},
    "parts": [{"name": "甲", "kind": "named"}, {"name": "乙", "kind": "named"}],
    "maybe": {"name": "丙", "kind": "named"},
    "text": None,
    "yes": True,
}


def test_written_value_reads_back_equal() -> None:
    written = json.loads(canonical.dumps(encoded(WHOLE)))
    assert (written, decoded(Whole, written)) == (JSON, WHOLE)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"at": "2023-02-27T06:00:00"}, "at"),
        ({"at": "2023-02-27T06:00:00Z"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": 5}, "at"),
        ({"part": {"count": True, "kind": "counted"}}, "part"),
        ({"part": {"count": 3, "kind": "named"}}, "part"),
        ({"part": None}, "part"),
        ({"parts": [{"name": "甲", "kind": "named"}, {"name": 3, "kind": "named"}]}, "parts[1].name"),
        ({"parts": {"name": "甲"}}, "parts"),
        ({"maybe": {"name": "丙", "kind": "other"}}, "maybe.kind"),
        ({"maybe": {"name": "丙"}}, "maybe"),
        ({"text": 5}, "text"),
        ({"yes": 1}, "yes"),
        ({"yes": None}, "yes"),
        ({"more": 1}, ""),
    ],
)
def test_value_of_another_form_is_refused_at_its_place(change: dict[str, object], place: str) -> None:
    with pytest.raises(ShapeFault) as refused:
        decoded(Whole, JSON | change)
    assert refused.value.place == place


def test_missing_field_is_refused() -> None:
    with pytest.raises(ShapeFault):
        decoded(Whole, {name: value for name, value in JSON.items() if name != "yes"})
