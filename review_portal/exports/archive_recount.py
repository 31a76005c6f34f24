"""What recount.py reads for one frozen ranking: how it was computed, and the points it was computed from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from review_portal.domain import canonical

if TYPE_CHECKING:
    from review_portal.aggregator import StageRatings

SCHEMA = "RECOUNT-1"
HEAD = ("申报书编号", "专家编号", "评分项目", "得分", "回执编号")
_LINES = 2000


def spec(
    body: Mapping[str, Any],
    stages: Sequence[StageRatings],
    *,
    vote: Mapping[str, Sequence[str]] | None,
    judged: bool,
) -> dict[str, Any]:
    """The head of one ranking as plain data. `vote`: `chosen` and `left` by number, None without a tie.

    Dossiers listed apart for want of any sheet are left to the recount.
    """
    lines = [*body["rows"], *body["outside"]]
    apart = body["ranking"]["absent"]
    return {
        "schema": SCHEMA,
        "kind": body["kind"],
        "panel": body.get("panel", ""),
        "version": body.get("version", 1),
        "quota": body["quota"],
        "threshold": body.get("threshold", "0"),
        "rule": body["rule"],
        "stages": [
            {
                "key": head["key"],
                "name": head["name"],
                "weight": head["weight"],
                "rubric": stage.rubric,
                "items": _items(stage),
                "dossiers": list(stage.ratings.dossiers),
                "groups": dict(stage.group_of) if stage.group_of is not None else None,
                "sheets": sheets_name(stage.key),
            }
            for head, stage in zip(body["stages"], stages, strict=True)
        ],
        "absent": {entry["dossier"]: entry["code"] for entry in apart if entry["code"] != "unscored"},
        "names": {line["number"]: line["unit"] for line in lines},
        "results": {line["number"]: line["result"] for line in lines},
        "judged": judged,
        "vote": {key: list(numbers) for key, numbers in vote.items()} if vote is not None else None,
        "digest": canonical.digest(body),
    }


def sheets_name(stage: str) -> str:
    """Name of the points of one stage."""
    return f"评分_{stage}.csv"


def _items(stage: StageRatings) -> list[list[str]]:
    ratings = stage.ratings
    return [
        [item, ratings.criteria[int(at)]]
        for item, at in zip(ratings.items, ratings.item_criterion, strict=True)
    ]


def sheets(stage: StageRatings, receipts: Mapping[tuple[str, str], str]) -> Iterator[bytes]:
    """The points that count as CSV (UTF-8 with BOM), one line an item.

    receipts: (dossier, expert) -> number of the receipt.
    """
    ratings = stage.ratings
    yield "\ufeff".encode()
    lines: list[tuple[str, ...]] = [HEAD]
    for (dossier, expert), row in zip(ratings.sheet_keys(), ratings.points, strict=True):
        receipt = receipts.get((dossier, expert), "")
        for item, value in zip(ratings.items, row.tolist(), strict=True):
            lines.append((dossier, expert, item, str(Decimal(value).scaleb(-2)), receipt))
        if len(lines) >= _LINES:
            yield _csv(lines)
            lines = []
    yield _csv(lines)


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
