"""How a frozen result was counted, as the workbook's formulas need it: from what was frozen alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from review_portal.exports.figures import Counting, RoundScores
from review_portal.exports.ranking_report import TieKey
from review_portal.services.report_method import key_names
from scoring_rubrics import Call as Rules
from scoring_rubrics.rule import Rule


def with_counting(
    scores: RoundScores, stage: Mapping[str, Any], own: Mapping[str, Any], rule: Rule
) -> RoundScores:
    """The round's figures with how they were counted."""
    return replace(scores, counting=counting_of(stage, own, scores.experts, rule))


def counting_of(
    stage: Mapping[str, Any], own: Mapping[str, Any], experts: Sequence[str], rule: Rule
) -> Counting:
    """The counting of a round with these expert codes.

    stage: the frozen result of its whole stage; own: the part of it that this round scored last. An expert
    without a sheet that counts is not levelled.
    """
    from review_portal.aggregator.levelling import level_lines

    rows = stage["rows"]
    totals = {row["dossier"]: {code: Decimal(total) for code, total in row["totals"].items()} for row in rows}
    found = level_lines(totals, stage["normalize"])
    lines: tuple[tuple[float, float], ...] = ()
    if found is not None:
        known = ((found.lines.get(code)) for code in experts)
        lines = tuple((1.0, 0.0) if line is None else (line.factor, line.shift) for line in known)
    whole = len(own["rows"]) == len(rows)
    return Counting(
        normalize=stage["normalize"],
        combine=rule.combine,
        min_reviews=rule.min_reviews,
        refuse=rule.below_threshold == "refuse",
        places=rule.places,
        lines=lines,
        grid=found.places if found is not None else 8,
        fewest=None if whole else min((int(row["n"]) for row in rows), default=0),
    )


def tie_keys(rules: Rules) -> Iterator[TieKey]:
    """What equal final scores are compared by, in order."""
    names = key_names(rules)
    stages = {stage.key: stage for stage in rules.scored_stages}
    for key in rules.final_rule.tie_keys:
        head, _, tail = key.partition(".")
        if head == "stage":
            yield TieKey(names[key], tail, None)
            continue
        stage = next(one for one in stages.values() if head in {one.key, one.rubric})
        criteria = [criterion.key for criterion in rules.rubric_of(stage.key).criteria]
        yield TieKey(names[key], stage.key, criteria.index(tail))
