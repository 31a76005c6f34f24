"""The demonstration's sheets: points from the score files, words where the rules ask for them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from review_portal.demo.documents import DATA
from review_portal.services.revisions import Sheet
from scoring_rubrics import CommentRule, Rubric

Points = dict[str, Decimal]
Pair = tuple[str, str]  # dossier and expert by story name
_STEP = Decimal("0.5")


def read_scores(name: str) -> dict[Pair, Points]:
    """Item points of every sheet in a score file."""
    found: dict[Pair, Points] = {}
    with (DATA / "scores" / name).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            sheet = found.setdefault((row["dossier"], row["expert"]), {})
            sheet[row["item"]] = Decimal(row["points"])
    return found


def leave_tied(scores: dict[Pair, Points], rubric: Rubric, loser: str, winner: str, key: str) -> None:
    """Move the loser's points between criteria until the one that told both apart is equal; totals stay.

    `key` is the criterion that resolved the tie; as many half points as are lacking move there, one a sheet.
    """
    lacking = _sum(scores, rubric, winner, key) - _sum(scores, rubric, loser, key)
    last = rubric.criteria[-1]
    for (dossier, _expert), points in scores.items():
        if dossier != loser or lacking <= 0:
            continue
        up = next(i for i in rubric.criterion(key).items if points[i.key] + _STEP <= i.max_score)
        down = next(i for i in last.items if points[i.key] >= _STEP)
        points[up.key] += _STEP
        points[down.key] -= _STEP
        lacking -= _STEP


def _sum(scores: Mapping[Pair, Points], rubric: Rubric, dossier: str, key: str) -> Decimal:
    items = [item.key for item in rubric.criterion(key).items]
    return sum(
        (points[item] for (of, _), points in scores.items() if of == dossier for item in items), Decimal(0)
    )


def filled(
    points: Points,
    rubric: Rubric,
    rule: CommentRule,
    said: Mapping[str, Any],
    *,
    opinion: str,
    conclusion: str | None = None,
) -> Sheet:
    """A sheet with a reason wherever the call asks for one. `said` has the words: low (several), full."""
    comments = {}
    low = list(said["low"])
    for place, item in enumerate(rubric.items):
        if item.levels and item.level_of(points[item.key]).name in rule.levels:
            comments[item.key] = low[place % len(low)]
    for criterion in rubric.criteria:
        if all(points[item.key] == item.max_score for item in criterion.items):
            comments[criterion.items[0].key] = said["full"]
    return Sheet(points, comments, opinion, conclusion)
