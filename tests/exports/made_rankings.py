"""Rankings that are made up: random sheets counted by the aggregator, as the workbook is given them."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from review_portal.aggregator import StageRatings, compare_rules
from review_portal.aggregator.levelling import level_lines
from review_portal.aggregator.ratings import Ratings
from review_portal.exports.figures import (
    Absence,
    Counting,
    DossierScores,
    ExpertSheet,
    Item,
    ItemPoints,
    RoundScores,
    ScoreCell,
    Unit,
)
from review_portal.exports.ranking_report import RankedRow, RankingReport, TieKey
from scoring_rubrics.rule import Rule
from tests.exports import sample_report

D = Decimal
STAGES = (("written", "书面评审"), ("visit", "现场考察"))
ITEMS = (
    Item("C1.1", "覆盖", "效益", D("12.35")),
    Item("C1.2", "绩效", "效益", D("20")),
    Item("C2.1", "目标", "路径", D("40.05")),
    Item("C3.1", "推广", "推广", D("27.60")),
)
CRITERIA = {"效益": "C1", "路径": "C2", "推广": "C3"}
Points = dict[tuple[str, str], list[Decimal]]


def made(
    rule: Rule,
    *,
    seed: int,
    dossiers: int = 12,
    experts: int = 6,
    step: str = "0.01",
    weights: tuple[str, ...] = ("0.6", "0.4"),
    holes: float = 0.1,
    level: float | None = None,
) -> RankingReport:
    """A report of a frozen ranking by `rule`; `level`: points lie so close that many are equal."""
    chance = random.Random(seed)
    numbers = [f"2030-{number:03}" for number in range(1, dossiers + 1)]
    codes = [f"E{number:02}" for number in range(1, experts + 1)]
    given = [_points(chance, numbers, codes, D(step), holes, level) for _weight in weights]
    stages = [_stage(*STAGES[at], D(weight), given[at]) for at, weight in enumerate(weights)]
    criteria = (f"{stage.key}.{key}" for stage in stages for key in ("C2", "C1"))
    keys = (*criteria, f"stage.{stages[-1].key}")
    rule = replace(rule, tie_keys=keys)
    compared = compare_rules(stages, rule, quota=3)
    ranking = compared.ranking
    others = {one.name: one.ranking for one in compared.others if one.ranking is not None}
    labels = tuple(others)
    rows = tuple(
        RankedRow(
            row.rank,
            _unit(row.dossier),
            tuple(row.stage_scores.values()),
            row.score,
            tuple(others[name].row(row.dossier).score for name in labels),
        )
        for row in ranking.rows
    )
    rounds = tuple(
        _round(stage.result.canonical(), STAGES[at], stage.weight, given[at], codes, rule)
        for at, stage in enumerate(ranking.stages)
    )
    return replace(
        sample_report.report(),
        rounds=rounds,
        rows=rows,
        outside=(),
        places=rule.places,
        reference_labels=labels,
        reference_rules=labels,
        tie_keys=tuple(_key(key) for key in keys),
    )


def _points(
    chance: random.Random,
    numbers: list[str],
    codes: list[str],
    step: Decimal,
    holes: float,
    level: float | None,
) -> Points:
    """(dossier, expert) -> points of each item; at least three sheets a dossier."""
    found: Points = {}
    for number in numbers:
        away = {code for code in codes if chance.random() < holes}
        for code in codes if len(codes) - len(away) < 3 else [code for code in codes if code not in away]:
            found[number, code] = [
                _grid(
                    item.max_score, step, chance.random() if level is None else level + chance.random() / 40
                )
                for item in ITEMS
            ]
    return found


def _grid(most: Decimal, step: Decimal, share: float) -> Decimal:
    return (D(int(most / step * D(share))) * step).quantize(D("0.01"))


def _stage(key: str, _name: str, weight: Decimal, given: Points) -> StageRatings:
    rows = [
        (dossier, expert, item.code, int(points * 100))
        for (dossier, expert), sheet in given.items()
        for item, points in zip(ITEMS, sheet, strict=True)
    ]
    criterion = {item.code: CRITERIA[item.criterion] for item in ITEMS}
    ratings = Ratings.from_columns(*zip(*rows, strict=True), criterion_of=criterion)
    return StageRatings(key, weight, ratings, key)


def _key(key: str) -> TieKey:
    head, _, tail = key.partition(".")
    if head == "stage":
        return TieKey("环节得分", tail, None)
    return TieKey(f"{head}{tail}", head, list(CRITERIA.values()).index(tail))


def _round(
    result: dict[str, object],
    names: tuple[str, str],
    weight: Decimal,
    given: Points,
    codes: list[str],
    rule: Rule,
) -> RoundScores:
    rows: list[dict[str, object]] = result["rows"]  # type: ignore[assignment]
    totals = {
        str(row["dossier"]): {code: D(total) for code, total in row["totals"].items()}  # type: ignore[attr-defined]
        for row in rows
    }
    found = level_lines(totals, str(result["normalize"]))
    level = [found.lines.get(code) for code in codes] if found else []
    lines = tuple((1.0, 0.0) if line is None else (line.factor, line.shift) for line in level)
    counting = Counting(
        str(result["normalize"]),
        rule.combine,
        rule.min_reviews,
        rule.below_threshold == "refuse",
        rule.places,
        lines,
        found.places if found else 8,
    )
    dossiers = tuple(_dossier(row, given, codes) for row in rows)
    return RoundScores(
        names[1], "评分表", "a" * 64, tuple(codes), ITEMS, dossiers, weight, stage=names[0], counting=counting
    )


def _dossier(row: dict[str, object], given: Points, codes: list[str]) -> DossierScores:
    number, totals = str(row["dossier"]), row["totals"]
    means = row["criterion_means"]
    assert isinstance(totals, dict) and isinstance(means, dict)

    def figure(name: str) -> Decimal | None:
        return None if row[name] is None else D(str(row[name]))

    cells: list[ScoreCell] = [D(totals[code]) if code in totals else Absence.RECUSED for code in codes]
    return DossierScores(
        unit=_unit(number),
        totals=tuple(cells),
        highest=figure("highest"),
        lowest=figure("lowest"),
        mean=figure("mean"),
        trimmed=figure("drop_high_low"),
        spread=figure("range"),
        score=figure("score"),
        criterion_means=tuple(D(means[key]) for key in CRITERIA.values()),
        sheets=tuple(
            ExpertSheet(
                code,
                tuple(
                    ItemPoints(item.code, points)
                    for item, points in zip(ITEMS, given[number, code], strict=True)
                ),
            )
            for code in codes
            if (number, code) in given
        ),
    )


def _unit(number: str) -> Unit:
    return Unit(number, f"示例单位{number}", (), "示例区")
