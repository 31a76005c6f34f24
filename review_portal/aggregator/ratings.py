"""Ratings: the points of one round as arrays, built from columns and checked once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import coded, incomplete_sheets, points_column, refuse_duplicates, text_column
from .columns import hundredths as hundredths
from .exact import Groups, Index, order_of, points_of
from .notices import AggregatorError, Notice

_DIGEST_ROWS = 100_000
_MOST_DIGITS = 30  # before or behind the point of a weight; what any weights could make up for is less
_LARGEST_TOTAL = 2**44  # sums, products with a count and a percentage stay within 64 bits


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Complete score sheets of one round, sorted by dossier, then expert.

    dossiers, experts, items, criteria   keys; an index below refers to them
    item_criterion   (items,)            criterion of each item
    sheet_dossier, sheet_expert (sheets,) who scored what; each pair once
    points           (sheets, items)     int64 hundredths, as scored
    item_factor, scale                   an item counts item_factor / scale times in a total: 1 / 1, unless a
                                         question was asked with other weights (`reweighted`, `averaged`)
    notices          sheets that were left out, one notice each

    A sheet that lacks an item is not a review: it is reported and left out, never re-weighted.
    """

    dossiers: tuple[str, ...]
    experts: tuple[str, ...]
    items: tuple[str, ...]
    criteria: tuple[str, ...]
    item_criterion: Index
    sheet_dossier: Index
    sheet_expert: Index
    points: Index
    item_factor: Index
    scale: int = 1
    notices: tuple[Notice, ...] = ()

    @classmethod
    def from_columns(
        cls,
        dossier: Sequence[str] | NDArray[Any],
        expert: Sequence[str] | NDArray[Any],
        item: Sequence[str] | NDArray[Any],
        points: Sequence[int] | NDArray[Any],
        *,
        criterion_of: Mapping[str, str] | None = None,
        dossiers: Sequence[str] | None = None,
    ) -> Ratings:
        """Ratings from four columns of equal length, one row per item of a sheet.

        points: whole hundredths (see `hundredths`). A missing score is a missing row.
        criterion_of: item -> criterion, in the rubric's order; also says which items a sheet must have.
        Without it every
            item that occurs is required and is a criterion of its own.
        dossiers: all dossiers of the round, so that one without a sheet is known; default those that occur.
        Raises AggregatorError on unequal lengths, unknown keys, fractional or negative points, duplicate
        rows.
        """
        columns = [
            text_column(name, values)
            for name, values in (("dossier", dossier), ("expert", expert), ("item", item))
        ]
        value = points_column(points)
        sizes = [*map(len, columns), value.size]
        if len(set(sizes)) != 1:
            raise AggregatorError(
                "四列数据行数不同（%(sizes)s），请核对后重新提供。", sizes="、".join(map(str, sizes))
            )
        of = criterion_of if criterion_of is not None else {key: key for key in sorted(set(columns[2]))}
        dossier_keys, dossier_index = coded("dossier", columns[0], dossiers)
        expert_keys, expert_index = coded("expert", columns[1], None)
        item_keys, item_index = coded("item", columns[2], tuple(of))
        return cls.from_codes(
            dossier_index, expert_index, item_index, value,
            dossiers=dossier_keys, experts=expert_keys, criterion_of={key: of[key] for key in item_keys},
        )  # fmt: skip

    @classmethod
    def from_codes(
        cls,
        dossier: Index,
        expert: Index,
        item: Index,
        points: Index,
        *,
        dossiers: Sequence[str],
        experts: Sequence[str],
        criterion_of: Mapping[str, str],
    ) -> Ratings:
        """As `from_columns`, from indices into `dossiers`, `experts` and the keys of `criterion_of`.

        O(rows) when the rows come sorted by dossier, expert and item, else O(rows log rows).
        """
        items = tuple(criterion_of)
        if not items:
            raise AggregatorError("没有评分项目，请先确认评分表的二级指标。")
        width, reach = len(items), max(len(experts), 1)
        key = (dossier.astype(np.int64) * reach + expert) * width + item
        if not bool((key[1:] > key[:-1]).all()):
            order = order_of(dossier, expert, item)
            key, points = key[order], points[order]
            refuse_duplicates(key, dossiers, experts, items)
        criteria = tuple(dict.fromkeys(criterion_of.values()))
        place = {criterion: number for number, criterion in enumerate(criteria)}
        sheets = Groups.of(key // width)
        complete = sheets.count == width
        kept = sheets.label if complete.all() else sheets.label[complete]
        sheet_dossier, sheet_expert = np.divmod(kept, reach)
        return cls(
            dossiers=tuple(dossiers),
            experts=tuple(experts),
            items=items,
            criteria=criteria,
            item_criterion=np.array([place[criterion_of[name]] for name in items], dtype=np.int64),
            sheet_dossier=sheet_dossier,
            sheet_expert=sheet_expert,
            points=points[np.repeat(complete, sheets.count)].reshape(-1, width),
            item_factor=np.ones(width, dtype=np.int64),
            notices=tuple(incomplete_sheets(key, sheets, complete, dossiers, experts, items)),
        )

    @property
    def total(self) -> Index:
        """(sheets,) an expert's total for a dossier in 1/`scale` hundredths: the plain sum of the items, or
        of item_factor x points where weights were changed.
        """
        return _sum_of_columns(self.points, self.item_factor)

    @property
    def criterion_total(self) -> Index:
        """(sheets, criteria) an expert's points per criterion as scored, hundredths."""
        if np.array_equal(self.item_criterion, np.arange(len(self.items))):
            return self.points
        member = (self.item_criterion == np.arange(len(self.criteria))[:, None]).astype(np.int64)
        return np.stack([_sum_of_columns(self.points, own) for own in member], axis=1)

    @property
    def factors(self) -> dict[str, Fraction]:
        """Item -> how many times it counts in a total; empty when every item counts once."""
        if self.scale == 1 and bool((self.item_factor == 1).all()):
            return {}
        counted = [Fraction(factor, self.scale) for factor in self.item_factor.tolist()]
        return dict(zip(self.items, counted, strict=True))

    def reweighted(self, factors: Mapping[str, Decimal]) -> Ratings:
        """The same sheets with totals in which each criterion counts `factors[criterion]` times: a what-if.

        Points, criterion totals and the digest stay as scored, and the deciding rule never multiplies weights
        in: the maxima of the items are the weights. A criterion left out keeps factor 1, factor 0 leaves it
        out of the total, and factors multiply those set before. Totals are exact whole multiples of 1/scale
        hundredth.
        Raises AggregatorError on an unknown criterion, a factor that is no number of at least 0, factors that
        are all 0, or so many digits that totals would leave 64 bits.
        """
        for criterion, factor in factors.items():
            if criterion not in self.criteria:
                raise AggregatorError("权重中的“%(criterion)s”不是本轮的指标，请核对。", criterion=criterion)
            if not factor.is_finite() or factor < 0:
                raise AggregatorError(
                    "“%(criterion)s”的权重“%(factor)s”应为不小于0的数，请改正。",
                    criterion=criterion, factor=str(factor),
                )  # fmt: skip
            if factor and abs(factor.adjusted()) > _MOST_DIGITS:  # as a fraction it could fill the memory
                raise _too_many_digits()
        of = [Fraction(factors.get(criterion, Decimal(1))) for criterion in self.criteria]
        counted = [
            of[criterion] * Fraction(before, self.scale)
            for criterion, before in zip(self.item_criterion.tolist(), self.item_factor.tolist(), strict=True)
        ]
        scale = lcm(*(factor.denominator for factor in counted))
        return self._counting([int(factor * scale) for factor in counted], scale)

    def averaged(self) -> Ratings:
        """The same sheets with the mean of the items as total, weighted by their factors if there are any:
        for files whose items are all on one scale, each up to the same maximum.
        """
        return self._counting(self.item_factor.tolist(), int(self.item_factor.sum()))

    def _counting(self, factor: list[int], scale: int) -> Ratings:
        if not any(factor):
            raise AggregatorError("各指标的权重不能全部为0，请修改权重。")
        shared = gcd(scale, *factor)
        largest = int(self.points.max(initial=1))
        if largest * max(sum(factor), scale) // shared >= _LARGEST_TOTAL:
            raise _too_many_digits()
        return replace(
            self,
            item_factor=np.array([value // shared for value in factor], dtype=np.int64),
            scale=scale // shared,
        )

    def of_criterion(self, criterion: str) -> Ratings:
        """The points of one criterion alone, each sheet reduced to its items.

        Raises AggregatorError if there is no such criterion.
        """
        if criterion not in self.criteria:
            raise AggregatorError("本轮没有指标“%(criterion)s”，请核对。", criterion=criterion)
        own = np.flatnonzero(self.item_criterion == self.criteria.index(criterion))
        return replace(
            self,
            items=tuple(self.items[item] for item in own),
            criteria=(criterion,),
            item_criterion=np.zeros(own.size, dtype=np.int64),
            points=np.ascontiguousarray(self.points[:, own]),
            item_factor=np.ones(own.size, dtype=np.int64),
            scale=1,
        )

    def sheet_keys(self) -> list[tuple[str, str]]:
        """(dossier, expert) of every sheet, in order."""
        return [
            (self.dossiers[dossier], self.experts[expert])
            for dossier, expert in zip(self.sheet_dossier.tolist(), self.sheet_expert.tolist(), strict=True)
        ]

    def without(
        self,
        *,
        dossiers: Iterable[str] = (),
        experts: Iterable[str] = (),
        sheets: Iterable[tuple[str, str]] = (),
    ) -> Ratings:
        """The same round without withdrawn dossiers, voided experts or single voided sheets (dossier,
        expert).

        What is left out is gone before anything is computed. A key that does not occur raises
        AggregatorError.
        """
        gone_dossiers, gone_experts = _known(dossiers, self.dossiers), _known(experts, self.experts)
        keep = ~(np.isin(self.sheet_dossier, gone_dossiers) | np.isin(self.sheet_expert, gone_experts))
        pairs = tuple(sheets)
        single = _known((pair[0] for pair in pairs), self.dossiers) * len(self.experts)
        single += _known((pair[1] for pair in pairs), self.experts)
        present = self.sheet_dossier * len(self.experts) + self.sheet_expert
        missing = np.flatnonzero(~np.isin(single, present))
        if missing.size:
            dossier, expert = pairs[missing[0]]
            raise AggregatorError(
                "专家%(expert)s对%(dossier)s没有有效评分，无法剔除，请核对编号。",
                expert=expert,
                dossier=dossier,
            )
        keep &= ~np.isin(present, single)
        dossier_keys, dossier_new = _renumber(self.dossiers, gone_dossiers)
        expert_keys, expert_new = _renumber(self.experts, gone_experts)
        staying = set(dossier_keys), set(expert_keys)
        return replace(
            self,
            dossiers=dossier_keys,
            experts=expert_keys,
            sheet_dossier=dossier_new[self.sheet_dossier[keep]],
            sheet_expert=expert_new[self.sheet_expert[keep]],
            points=self.points[keep],
            notices=tuple(
                entry for entry in self.notices
                if entry.params["dossier"] in staying[0] and entry.params["expert"] in staying[1]
            ),
        )  # fmt: skip

    def digest(self) -> str:
        """SHA-256 (hex) of the rows that count, as text that anybody can write down again.

        One line `dossier TAB expert TAB item TAB points LF` per row, points with two decimals, in UTF-8,
        sorted by the code points of dossier, expert and item.
        """
        names = [np.array(keys or ("",), dtype=np.str_) for keys in (self.dossiers, self.experts, self.items)]
        place = [np.argsort(np.argsort(keys)) for keys in names]
        sheet_order = np.lexsort((place[1][self.sheet_expert], place[0][self.sheet_dossier]))
        item_order = np.argsort(place[2])
        step = max(1, _DIGEST_ROWS // len(self.items))
        sha = hashlib.sha256()
        for begin in range(0, sheet_order.size, step):
            rows = sheet_order[begin : begin + step]
            block = self.points[np.ix_(rows, item_order)].ravel()
            distinct, which = np.unique(block, return_inverse=True)
            text = np.array([f"{points_of(value):.2f}\n" for value in distinct], dtype=np.str_)[which]
            head = _joined(names[0][self.sheet_dossier[rows]], names[1][self.sheet_expert[rows]])
            line = _joined(np.repeat(head, item_order.size), np.tile(names[2][item_order], rows.size), text)
            sha.update("".join(line.tolist()).encode())
        return sha.hexdigest()


def criterion_by_prefix(items: Iterable[str]) -> dict[str, str]:
    """Item -> the part before its first full stop ("C1.2" -> "C1"), in sorted order; for files without a
    rubric.
    """
    return {name: name.split(".", 1)[0] for name in sorted(set(items))}


def _too_many_digits() -> AggregatorError:
    return AggregatorError("权重的位数过多，无法精确计算，请减少小数位数。")


def _sum_of_columns(points: Index, factor: Index) -> Index:
    """Sum over the columns of factor x column; a single column that counts once is returned as it is."""
    used = np.flatnonzero(factor)
    parts = [points[:, at] if factor[at] == 1 else points[:, at] * factor[at] for at in used]
    if len(parts) == 1:
        return parts[0]
    result: Index = parts[0] + parts[1]
    for part in parts[2:]:
        result += part
    return result


def _joined(*columns: NDArray[np.str_]) -> NDArray[np.str_]:
    line = columns[0]
    for column in columns[1:]:
        line = np.strings.add(np.strings.add(line, "\t"), column)
    return line


def _known(wanted: Iterable[str], keys: Sequence[str]) -> Index:
    place = {key: number for number, key in enumerate(keys)}
    wanted = tuple(wanted)
    for key in wanted:
        if key not in place:
            raise AggregatorError("本轮评分中没有编号“%(key)s”，请核对。", key=key)
    return np.array([place[key] for key in wanted], dtype=np.int64)


def _renumber(keys: Sequence[str], gone: Index) -> tuple[tuple[str, ...], Index]:
    dropped: Collection[int] = set(gone.tolist())
    kept = tuple(key for number, key in enumerate(keys) if number not in dropped)
    stays = np.ones(len(keys), dtype=np.int64)
    stays[gone] = 0
    return kept, np.cumsum(stays) - 1
