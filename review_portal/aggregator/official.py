"""The official result of one round: the score the frozen rule gives each dossier, exact and reproducible by
hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from scoring_rubrics.rule import Rule

from .additive import AdditiveFit
from .columns import group_codes
from .crossing import crossing_required
from .exact import in_hundredths
from .normalize import Normalized, combine, z_score_notices
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings
from .round_result import Outlier, RoundResult, RoundRow
from .totals import RoundTotals

__all__ = ["Outlier", "RoundResult", "RoundRow", "score_round", "score_totals"]

STORED_PLACES = 2


def score_round(
    ratings: Ratings,
    rule: Rule,
    *,
    deviation_percent: Decimal = Decimal(30),
    range_points: Decimal = Decimal(25),
    beside: bool = True,
) -> RoundResult:
    """Score a round by `rule`, with the other methods beside it and the triggers of reconciliation.

    deviation_percent: a total is an outlier when |total - mean| is more than this share of the mean.
    range_points: a dossier is flagged when highest - lowest is more than this.
    beside: show severity (with the experts' effects) and z_score even where they do not decide; a very
    large round may go without.
    Raises AggregatorError if there is no complete sheet, if drop_high_low must be refused for want of
    reviews, or if more decimals are asked for than points are stored with. The values are computed in whole
    numbers (see `exact`).
    """
    return score_totals(
        RoundTotals(ratings),
        rule,
        deviation_percent=deviation_percent,
        range_points=range_points,
        beside=beside,
    )


def score_totals(
    totals: RoundTotals,
    rule: Rule,
    *,
    deviation_percent: Decimal = Decimal(30),
    range_points: Decimal = Decimal(25),
    beside: bool = True,
    group_of: Mapping[str, str] | None = None,
) -> RoundResult:
    """As `score_round`, from totals that several rules share.

    group_of: dossier -> group, where dossiers are compared within their group only: severity then needs
    reviews that hang together within each group.
    """
    if totals.ratings.sheet_dossier.size == 0:
        raise AggregatorError("本轮没有完整的评分，无法计算得分。")
    unit = _unit(rule.places)
    normalize, deciding, normalize_notices = _deciding_totals(totals, rule, group_of)
    how, how_notices = _deciding_combination(totals, rule)
    return RoundResult(
        totals=totals,
        rule=rule,
        normalize=normalize,
        combine=how,
        unit=unit,
        score=combine(deciding, totals.groups, how, unit),
        beside=beside,
        deviation_limit=in_hundredths(deviation_percent, "偏离界限"),
        range_limit=in_hundredths(range_points, "极差界限"),
        decided=(*normalize_notices, *how_notices),
    )


def _unit(places: int) -> int:
    if not 0 <= places <= STORED_PLACES:
        raise AggregatorError("得分最多保留%(places)s位小数，请修改评审规则。", places=STORED_PLACES)
    return int(10 ** (STORED_PLACES - places))


def _deciding_totals(
    totals: RoundTotals, rule: Rule, group_of: Mapping[str, str] | None
) -> tuple[str, Normalized, tuple[Notice, ...]]:
    """Severity needs connected panels; where they are not, the frozen fallback decides and says so."""
    normalize = rule.normalize
    said: tuple[Notice, ...] = ()
    if normalize == "severity":
        fit, levelled = totals.severity, totals.levelled_in_parts
        if isinstance(fit, AggregatorError):
            raise fit
        assert levelled is not None, "the fit has settled"
        torn = None if group_of is None or fit.components.connected else _torn_groups(totals, fit, group_of)
        if fit.components.connected or torn == ():
            return normalize, levelled, ()
        normalize = rule.fallback
        said = (
            _not_connected(fit.components.count, normalize)
            if torn is None
            else notice("severity_group_not_connected", groups=torn, fallback=normalize),
        )
    if normalize == "z_score":
        return normalize, totals.standardized, (*said, *z_score_notices(totals.ratings))
    return normalize, totals.raw, said


def _not_connected(parts: int, fallback: str) -> Notice:
    crossing, recommended = crossing_required(parts)
    return notice(
        "severity_not_connected",
        parts=parts,
        fallback=fallback,
        crossing=crossing,
        recommended=recommended,
    )


def _torn_groups(totals: RoundTotals, fit: AdditiveFit, group_of: Mapping[str, str]) -> tuple[str, ...]:
    """Groups whose reviews do not hang together."""
    label = totals.groups.label
    names = list(map(totals.ratings.dossiers.__getitem__, label.tolist()))
    groups, member = group_codes(names, group_of)
    pairs = np.unique(np.stack([member, fit.components.dossier[label]]), axis=1)
    return tuple(groups[at] for at in np.flatnonzero(np.bincount(pairs[0]) > 1))


def _deciding_combination(totals: RoundTotals, rule: Rule) -> tuple[str, tuple[Notice, ...]]:
    """Below `min_reviews` a whole round takes the plain mean or none at all: trimmed and plain means never
    mix.
    """
    if rule.combine != "drop_high_low":
        return rule.combine, ()
    groups, names = totals.groups, totals.ratings.dossiers
    few = tuple(names[number] for number in groups.label[groups.count < rule.min_reviews])
    if not few:
        return rule.combine, ()
    if rule.below_threshold == "refuse":
        raise AggregatorError(
            "%(dossiers)s的有效评分少于%(minimum)s份，按评审规则本轮不能去掉最高分和最低分，请补充评审。",
            dossiers="、".join(few),
            minimum=rule.min_reviews,
        )
    return "mean", (notice("below_threshold_all_mean", dossiers=few, minimum=rule.min_reviews),)
