"""The result of one round: the published scores as arrays, everything beside them when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from scoring_rubrics.rule import Rule

from .additive import AdditiveFit
from .exact import Groups, Index, decimals, divide_half_up, half_up, times
from .normalize import Normalized, combine
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings
from .totals import RoundTotals


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


@dataclass(frozen=True, eq=False)
class RoundResult:
    """Scores of one round; arrays have one entry per dossier of `dossiers` and are int64 hundredths.

    totals               what the scores were computed from
    normalize, combine   what decided in the end (the rule's own, its fallback, or the plain mean below the
    threshold)
    unit                 grid of published values in hundredths
    score                published score by that rule
    beside               whether severity and z_score are shown where they do not decide
    deviation_limit, range_limit   triggers of reconciliation, hundredths of a percent and of a point
    decided              what the deciding rule has to say about itself

    Everything else is derived from these when it is first asked for, then kept: a large round pays only for
    what is looked at.
    """

    totals: RoundTotals
    rule: Rule
    normalize: str
    combine: str
    unit: int
    score: Index
    beside: bool
    deviation_limit: int
    range_limit: int
    decided: tuple[Notice, ...]

    @property
    def ratings(self) -> Ratings:
        """The sheets that were scored."""
        return self.totals.ratings

    @property
    def n(self) -> Index:
        """Reviews of each dossier."""
        return self.totals.groups.count

    @cached_property
    def dossiers(self) -> tuple[str, ...]:
        """Dossiers with at least one complete sheet."""
        label = self.totals.groups.label
        names = self.ratings.dossiers
        return names if label.size == len(names) else tuple(map(names.__getitem__, label.tolist()))

    @cached_property
    def unscored(self) -> tuple[str, ...]:
        """Dossiers without a single complete sheet: no score, no rank."""
        empty = np.ones(len(self.ratings.dossiers), dtype=bool)
        empty[self.totals.groups.label] = False
        return tuple(self.ratings.dossiers[number] for number in np.flatnonzero(empty))

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria, in the rubric's order."""
        return self.ratings.criteria

    @cached_property
    def criterion_means(self) -> Index:
        """(dossiers, criteria) plain means over all valid experts, rounded half up."""
        return half_up(
            self.totals.groups.total(self.ratings.criterion_total), self.n[:, None], unit=self.unit
        )

    @cached_property
    def mean(self) -> Index:
        """The plain mean."""
        return self._combined(self.totals.raw, "mean")

    @cached_property
    def drop_high_low(self) -> Index | None:
        """Without one highest and one lowest; below `min_reviews` the plain mean for all, or None."""
        if int(self.n.min()) >= self.rule.min_reviews:
            return self._combined(self.totals.raw, "drop_high_low")
        return self.mean if self.rule.below_threshold == "all_mean" else None

    @cached_property
    def median(self) -> Index:
        """The median of the totals."""
        return self._combined(self.totals.raw, "median")

    @cached_property
    def severity(self) -> Index | None:
        """Mean of the totals less the experts' effects; None over disconnected panels or if not asked for."""
        if self._fit is None:
            return None
        decides = self.normalize == "severity"
        levelled = self.totals.levelled_in_parts if decides else self.totals.levelled
        return None if levelled is None else self._combined(levelled, "mean")

    @cached_property
    def z_score(self) -> Index | None:
        """Mean of the rescaled standard scores; None if not asked for."""
        wanted = self.beside or self.normalize == "z_score"
        return self._combined(self.totals.standardized, "mean") if wanted else None

    @cached_property
    def highest(self) -> Index:
        """Highest total."""
        return half_up(self.totals.groups.highest(self.totals.raw.value), self.ratings.scale)

    @cached_property
    def lowest(self) -> Index:
        """Lowest total."""
        return half_up(self.totals.groups.lowest(self.totals.raw.value), self.ratings.scale)

    @cached_property
    def effects(self) -> dict[str, Decimal]:
        """Expert -> severity effect in points, 2 decimals; a component's effects sum to 0 before rounding."""
        fit = self._fit
        if fit is None:
            return {}
        rounded = decimals(half_up(fit.numerator, fit.denominator))
        seen = fit.components.expert >= 0
        return {expert: rounded[row] for row, expert in enumerate(self.ratings.experts) if seen[row]}

    @cached_property
    def outliers(self) -> tuple[Outlier, ...]:
        """Totals whose distance from the dossier's mean is more than the limit's share of that mean."""
        return _outliers(self.totals, self.deviation_limit)

    @cached_property
    def range_exceeded(self) -> tuple[str, ...]:
        """Dossiers whose highest and lowest total, unrounded, lie further apart than the limit."""
        groups, value = self.totals.groups, self.totals.raw.value
        wide = groups.highest(value) - groups.lowest(value) > self.range_limit * self.ratings.scale
        return tuple(self.dossiers[row] for row in np.flatnonzero(wide))

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """Sheets left out, changed weights, a reference that could not be computed, and what the deciding
        rule says.
        """
        failed = self._shows_severity and isinstance(self.totals.severity, AggregatorError)
        factors = tuple(f"{item} {factor}" for item, factor in self.ratings.factors.items())
        return (
            *self.ratings.notices,
            *((notice("items_reweighted", factors=factors),) if factors else ()),
            *((notice("severity_not_settled"),) if failed else ()),
            *self.decided,
        )

    def rows(self) -> Iterator[RoundRow]:
        """The dossiers one by one, in the order of `dossiers`, for a page or a workbook."""
        return iter(self._rows)

    def canonical(self) -> dict[str, object]:
        """The result as strings, lists and maps, for freezing and recounting."""
        factors = {item: str(factor) for item, factor in self.ratings.factors.items()}
        return {
            "input": self.ratings.digest(),
            **({"factors": factors} if factors else {}),
            "rule": self.rule.canonical(),
            "normalize": self.normalize,
            "combine": self.combine,
            "effects": {expert: str(effect) for expert, effect in self.effects.items()},
            "rows": [_canonical_row(row) for row in self.rows()],
            "unscored": list(self.unscored),
            "notices": [entry.canonical() for entry in self.notices],
        }

    @property
    def _shows_severity(self) -> bool:
        return self.beside or self.rule.normalize == "severity"

    @property
    def _fit(self) -> AdditiveFit | None:
        fit = self.totals.severity if self._shows_severity else None
        return None if isinstance(fit, AggregatorError) else fit

    def _combined(self, totals: Normalized, how: str) -> Index:
        return combine(totals, self.totals.groups, how, self.unit)

    @cached_property
    def _rows(self) -> tuple[RoundRow, ...]:
        flagged: dict[str, list[str]] = {}
        for outlier in self.outliers:
            flagged.setdefault(outlier.dossier, []).append(outlier.expert)
        wide = set(self.range_exceeded)
        columns = zip(
            self.dossiers,
            self.n.tolist(),
            decimals(self.score),
            _dicts(self._sheet_experts, decimals(self.sheet_totals), self.totals.groups),
            _criterion_dicts(self.criteria, self.criterion_means),
            decimals(self.mean),
            _optional(self.drop_high_low, self.n.size),
            decimals(self.median),
            _optional(self.severity, self.n.size),
            _optional(self.z_score, self.n.size),
            decimals(self.highest),
            decimals(self.lowest),
            decimals(self.highest - self.lowest),
            [tuple(flagged.get(dossier, ())) for dossier in self.dossiers],
            [dossier in wide for dossier in self.dossiers],
            strict=True,
        )
        return tuple(RoundRow(*line) for line in columns)

    @property
    def _sheet_experts(self) -> list[str]:
        return list(map(self.ratings.experts.__getitem__, self.ratings.sheet_expert.tolist()))

    @property
    def sheet_totals(self) -> Index:
        """(sheets,) published total of each sheet, hundredths."""
        return half_up(self.totals.raw.value, self.ratings.scale)


def _outliers(totals: RoundTotals, limit: int) -> tuple[Outlier, ...]:
    """Totals with |n x - T| > limit % of T, compared exactly (T: sum of the n totals; limit in hundredths
    of a percent).
    """
    ratings, groups, total = totals.ratings, totals.groups, totals.raw.value
    count = np.repeat(groups.count, groups.count)
    summed = np.repeat(groups.total(total), groups.count)
    off = count * total - summed
    far = np.flatnonzero((times(abs(off), 10_000) > times(summed, limit)) & (summed > 0))
    percents = divide_half_up(1000 * off[far], summed[far])
    return tuple(
        Outlier(
            dossier=ratings.dossiers[dossier],
            expert=ratings.experts[expert],
            total=shown,
            mean=mean,
            deviation_percent=Decimal(percent).scaleb(-1),
        )
        for dossier, expert, shown, mean, percent in zip(
            ratings.sheet_dossier[far].tolist(),
            ratings.sheet_expert[far].tolist(),
            decimals(half_up(total[far], ratings.scale)),
            decimals(half_up(summed[far], count[far] * ratings.scale)),
            percents.tolist(),
            strict=True,
        )
    )


def _dicts(keys: Sequence[str], values: Sequence[Decimal], groups: Groups) -> Iterator[dict[str, Decimal]]:
    for begin, count in zip(groups.start.tolist(), groups.count.tolist(), strict=True):
        end = begin + count
        yield dict(zip(keys[begin:end], values[begin:end], strict=True))


def _criterion_dicts(criteria: tuple[str, ...], means: Index) -> Iterator[dict[str, Decimal]]:
    columns = [decimals(means[:, column]) for column in range(len(criteria))]
    for values in zip(*columns, strict=True):
        yield dict(zip(criteria, values, strict=True))


def _optional(column: Index | None, size: int) -> Sequence[Decimal | None]:
    return [None] * size if column is None else decimals(column)


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
