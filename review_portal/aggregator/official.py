"""The official result of one round: the score the frozen rule gives each dossier, exact and reproducible by
hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from scoring_rubrics.rule import Rule

from .additive import AdditiveFit, fit_additive
from .crossing import crossing_required
from .exact import Groups, Index, divide_half_up, half_up, in_hundredths, points_of, times
from .normalize import Normalized, combine, without_severity, z_score_notices, z_scores
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings

STORED_PLACES = 2


@dataclass(frozen=True, slots=True)
class Outlier:
    """One expert's total that lies far from a dossier's mean; deviation in percent of the mean, one
    decimal.
    """

    dossier: str
    expert: str
    total: Decimal
    mean: Decimal
    deviation_percent: Decimal


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One dossier's line of a round, in points; a column that the round does not have is None."""

    dossier: str
    n: int
    score: Decimal
    totals: dict[str, Decimal]
    criterion_means: dict[str, Decimal]
    mean: Decimal
    drop_high_low: Decimal | None
    median: Decimal
    severity: Decimal | None
    z_score: Decimal | None
    highest: Decimal
    lowest: Decimal
    range: Decimal
    outliers: tuple[str, ...]
    range_exceeded: bool


@dataclass(frozen=True, slots=True, eq=False)
class RoundResult:
    """Scores of one round; arrays have one entry per dossier of `dossiers` and are int64 hundredths.

    normalize, combine   what decided in the end (the rule's own, its fallback, or the plain mean below the
    threshold)
    score                published score by that rule
    mean, drop_high_low, median, severity, z_score   the five methods beside it; None where one cannot be
    computed
    criterion_means      (dossiers, criteria) plain means over all valid experts, rounded half up
    effects              expert -> severity effect in points, 2 decimals; a group of effects sums to 0
    before rounding
    unscored             dossiers without a single complete sheet: no score, no rank
    """

    ratings: Ratings
    rule: Rule
    normalize: str
    combine: str
    dossiers: tuple[str, ...]
    n: Index
    score: Index
    mean: Index
    drop_high_low: Index | None
    median: Index
    severity: Index | None
    z_score: Index | None
    highest: Index
    lowest: Index
    criteria: tuple[str, ...]
    criterion_means: Index
    effects: dict[str, Decimal]
    outliers: tuple[Outlier, ...]
    range_exceeded: tuple[str, ...]
    unscored: tuple[str, ...]
    notices: tuple[Notice, ...]

    def rows(self) -> Iterator[RoundRow]:
        """The dossiers one by one, in the order of `dossiers`, for a page or a workbook."""
        sheets = Groups.of(self.ratings.sheet_dossier)
        total = half_up(self.ratings.total, self.ratings.scale)
        flagged: dict[str, list[str]] = {}
        for outlier in self.outliers:
            flagged.setdefault(outlier.dossier, []).append(outlier.expert)
        wide = set(self.range_exceeded)
        for row, dossier in enumerate(self.dossiers):
            own = range(int(sheets.start[row]), int(sheets.start[row] + sheets.count[row]))
            yield RoundRow(
                dossier=dossier,
                n=int(self.n[row]),
                score=points_of(self.score[row]),
                totals={
                    self.ratings.experts[int(self.ratings.sheet_expert[sheet])]: points_of(total[sheet])
                    for sheet in own
                },
                criterion_means=dict(
                    zip(self.criteria, map(points_of, self.criterion_means[row]), strict=True)
                ),
                mean=points_of(self.mean[row]),
                drop_high_low=_optional(self.drop_high_low, row),
                median=points_of(self.median[row]),
                severity=_optional(self.severity, row),
                z_score=_optional(self.z_score, row),
                highest=points_of(self.highest[row]),
                lowest=points_of(self.lowest[row]),
                range=points_of(self.highest[row] - self.lowest[row]),
                outliers=tuple(flagged.get(dossier, ())),
                range_exceeded=dossier in wide,
            )

    def canonical(self) -> dict[str, object]:
        """The result as strings, lists and maps, for freezing and recounting."""
        return {
            "input": self.ratings.digest(),
            **self._factors(),
            "rule": self.rule.canonical(),
            "normalize": self.normalize,
            "combine": self.combine,
            "effects": {expert: str(effect) for expert, effect in self.effects.items()},
            "rows": [_canonical_row(row) for row in self.rows()],
            "unscored": list(self.unscored),
            "notices": [entry.canonical() for entry in self.notices],
        }

    def _factors(self) -> dict[str, object]:
        factors = self.ratings.factors
        return {"factors": {item: str(factor) for item, factor in factors.items()}} if factors else {}


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
    beside: compute severity (with the experts' effects) and z_score even where they do not decide; a very
    large round may go without.
    Raises AggregatorError if there is no complete sheet, if drop_high_low must be refused for want of
    reviews, or if more decimals are asked for than points are stored with. The values are computed in whole
    numbers (see `exact`).
    """
    if ratings.sheet_dossier.size == 0:
        raise AggregatorError("本轮没有完整的评分，无法计算得分。")
    unit = _unit(rule.places)
    groups = Groups.of(ratings.sheet_dossier)
    raw = Normalized(ratings.total, ratings.scale)
    fit, fit_notices = _severity_fit(ratings, required=rule.normalize == "severity", wanted=beside)
    normalize, normalize_notices = _deciding_normalization(rule, fit)
    how, how_notices = _deciding_combination(rule, groups, ratings)
    levelled = without_severity(ratings, fit) if fit is not None and fit.components.connected else None
    standardized = z_scores(ratings) if beside or normalize == "z_score" else None
    if normalize == "z_score":
        normalize_notices = (*normalize_notices, *z_score_notices(ratings))
    deciding = {"none": raw, "severity": levelled, "z_score": standardized}[normalize]
    assert deciding is not None, "what decides has been computed"
    enough = int(groups.count.min()) >= rule.min_reviews
    means = combine(raw, groups, "mean", unit)
    dropped = combine(raw, groups, "drop_high_low", unit) if enough else None
    if dropped is None and rule.below_threshold == "all_mean":
        dropped = means
    highest, lowest = groups.highest(raw.value), groups.lowest(raw.value)
    names = tuple(ratings.dossiers[number] for number in groups.label.tolist())
    listed = set(names)
    wide = highest - lowest > in_hundredths(range_points, "极差界限") * ratings.scale
    return RoundResult(
        ratings=ratings,
        rule=rule,
        normalize=normalize,
        combine=how,
        dossiers=names,
        n=groups.count,
        score=combine(deciding, groups, how, unit),
        mean=means,
        drop_high_low=dropped,
        median=combine(raw, groups, "median", unit),
        severity=None if levelled is None else combine(levelled, groups, "mean", unit),
        z_score=None if standardized is None else combine(standardized, groups, "mean", unit),
        highest=half_up(highest, ratings.scale),
        lowest=half_up(lowest, ratings.scale),
        criteria=ratings.criteria,
        criterion_means=half_up(groups.total(ratings.criterion_total), groups.count[:, None], unit=unit),
        effects={} if fit is None else _effects(ratings, fit),
        outliers=_outliers(ratings, groups, in_hundredths(deviation_percent, "偏离界限")),
        range_exceeded=tuple(names[row] for row in np.flatnonzero(wide)),
        unscored=tuple(key for key in ratings.dossiers if key not in listed),
        notices=(*ratings.notices, *fit_notices, *normalize_notices, *how_notices),
    )


def _unit(places: int) -> int:
    if not 0 <= places <= STORED_PLACES:
        raise AggregatorError("得分最多保留%(places)s位小数，请修改评审规则。", places=STORED_PLACES)
    return int(10 ** (STORED_PLACES - places))


def _severity_fit(
    ratings: Ratings, *, required: bool, wanted: bool
) -> tuple[AdditiveFit | None, tuple[Notice, ...]]:
    """The additive fit; as a mere reference it may fail to settle, and is then left out with a notice."""
    if not required and not wanted:
        return None, ()
    try:
        sizes = len(ratings.dossiers), len(ratings.experts)
        columns = ratings.sheet_dossier, ratings.sheet_expert, ratings.total
        return fit_additive(*columns, *sizes, scale=ratings.scale), ()
    except AggregatorError:
        if required:
            raise
        return None, (notice("severity_not_settled"),)


def _deciding_normalization(rule: Rule, fit: AdditiveFit | None) -> tuple[str, tuple[Notice, ...]]:
    """Severity needs connected panels; where they are not, the frozen fallback decides and says so."""
    if rule.normalize != "severity" or fit is None or fit.components.connected:
        return rule.normalize, ()
    parts = fit.components.count
    crossing, recommended = crossing_required(parts)
    return rule.fallback, (
        notice(
            "severity_not_connected",
            parts=parts,
            fallback=rule.fallback,
            crossing=crossing,
            recommended=recommended,
        ),
    )


def _deciding_combination(rule: Rule, groups: Groups, ratings: Ratings) -> tuple[str, tuple[Notice, ...]]:
    """Below `min_reviews` a whole round takes the plain mean or none at all: trimmed and plain means never
    mix.
    """
    if rule.combine != "drop_high_low":
        return rule.combine, ()
    few = tuple(ratings.dossiers[number] for number in groups.label[groups.count < rule.min_reviews])
    if not few:
        return rule.combine, ()
    if rule.below_threshold == "refuse":
        raise AggregatorError(
            "%(dossiers)s的有效评分少于%(minimum)s份，按评审规则本轮不能去掉最高分和最低分，请补充评审。",
            dossiers="、".join(few),
            minimum=rule.min_reviews,
        )
    return "mean", (notice("below_threshold_all_mean", dossiers=few, minimum=rule.min_reviews),)


def _effects(ratings: Ratings, fit: AdditiveFit) -> dict[str, Decimal]:
    rounded = divide_half_up(fit.numerator, fit.denominator)
    seen = fit.components.expert >= 0
    return {expert: points_of(rounded[row]) for row, expert in enumerate(ratings.experts) if seen[row]}


def _outliers(ratings: Ratings, groups: Groups, limit: int) -> tuple[Outlier, ...]:
    """Totals with |n x - T| > limit % of T, compared exactly (T: sum of the n totals; limit in hundredths
    of a percent).
    """
    total = ratings.total
    group = np.repeat(np.arange(groups.start.size), groups.count)
    count, summed = groups.count[group], groups.total(total)[group]
    off = count * total - summed
    far = np.flatnonzero((times(abs(off), 10_000) > times(summed, limit)) & (summed > 0))
    means = half_up(summed[far], count[far] * ratings.scale)
    shown = half_up(total[far], ratings.scale)
    percents = divide_half_up(1000 * off[far], summed[far])
    return tuple(
        Outlier(
            dossier=ratings.dossiers[int(ratings.sheet_dossier[sheet])],
            expert=ratings.experts[int(ratings.sheet_expert[sheet])],
            total=points_of(own),
            mean=points_of(mean),
            deviation_percent=Decimal(int(percent)).scaleb(-1),
        )
        for sheet, own, mean, percent in zip(far, shown, means, percents, strict=True)
    )


def _optional(column: Index | None, row: int) -> Decimal | None:
    return None if column is None else points_of(column[row])


def _canonical_row(row: RoundRow) -> dict[str, object]:
    def text(value: Decimal | None) -> str | None:
        return None if value is None else str(value)

    return {
        "dossier": row.dossier,
        "n": str(row.n),
        "score": str(row.score),
        "totals": {key: str(value) for key, value in row.totals.items()},
        "criterion_means": {key: str(value) for key, value in row.criterion_means.items()},
        "mean": str(row.mean),
        "drop_high_low": text(row.drop_high_low),
        "median": str(row.median),
        "severity": text(row.severity),
        "z_score": text(row.z_score),
        "highest": str(row.highest),
        "lowest": str(row.lowest),
        "range": str(row.range),
        "outliers": list(row.outliers),
        "range_exceeded": str(row.range_exceeded).lower(),
    }
