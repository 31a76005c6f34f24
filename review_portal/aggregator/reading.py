"""Ratings from a CSV file, so that the aggregator is of use without the portal.

Files are read block by block and each block becomes index columns at once, so that memory holds numbers and
every name once, however long the file is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from .columns import coded, read_hundredths
from .csv_file import Block, Progress, blocks, empty_cell, read_pairs
from .exact import Index
from .notices import AggregatorError, DuplicateRow
from .ratings import Ratings, criterion_by_prefix

HEADERS = (("dossier", "expert", "criterion", "score"), ("dossier", "expert", "item", "points"))
GROUP = "group"

_MISSING, _UNREADABLE, _NEGATIVE = -1, -2, -3  # in place of points, which are never below 0
_HUNDREDTHS, _DIGITS = 2, 15  # decimals that are always kept; digits that a double holds of any number
_BEYOND = Decimal(10) ** (_DIGITS - _HUNDREDTHS)


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """What a score file holds. group_of: dossier -> group, where the file has a fifth column `group`.
    per_point: how many units of the ratings' points make one point; 100 unless read by `read_measurements`.
    """

    ratings: Ratings
    group_of: Mapping[str, str] | None
    per_point: int = 100


def read_csv(
    path: Path, criterion_of: Mapping[str, str] | None = None, *, progress: Progress | None = None
) -> Ratings:
    """Ratings of a UTF-8 CSV `dossier,expert,item,points` (or `dossier,expert,criterion,score`), one item a
    line.

    A line without points is a missing score. criterion_of: as in `Ratings.from_columns`; default the part
    of an item's name before its first full stop. Raises AggregatorError naming the line, OSError if the
    file cannot be read.
    """
    return read_scores(path, criterion_of, progress=progress).ratings


def read_scores(
    path: Path, criterion_of: Mapping[str, str] | None = None, *, progress: Progress | None = None
) -> ScoreFile:
    """As `read_csv`, with the dossiers' groups if there is a fifth column `group`."""
    columns = _Columns(path.name)
    for block in blocks(path, HEADERS, progress, further=(GROUP,)):
        columns.add(block)
    return columns.finish(criterion_of)


def read_measurements(
    path: Path, criterion_of: Mapping[str, str] | None = None, *, progress: Progress | None = None
) -> ScoreFile:
    """As `read_scores`, but points may have any sign and any number of decimals: for statistics, not for the
    rules of a ranking.

    Points are whole numbers of 1/`per_point`, a power of ten fine enough for every score of the file, as far
    as 15 significant digits of the largest go (a double holds no more); at least hundredths.
    """
    columns = _Columns(path.name, _Measured())
    for block in blocks(path, HEADERS, progress, further=(GROUP,)):
        columns.add(block)
    return columns.finish(criterion_of)


def read_groups(path: Path) -> dict[str, str]:
    """Dossier -> group of a CSV `dossier,group`. Raises as `read_csv`."""
    return {dossier: group for dossier, (group, _) in read_pairs(path, ("dossier", "group")).items()}


def read_weights(path: Path) -> dict[str, Decimal]:
    """Criterion -> weight of a CSV `criterion,weight`, for `Ratings.reweighted`. Raises as `read_csv`."""
    weights = {}
    for criterion, (text, line) in read_pairs(path, ("criterion", "weight")).items():
        try:
            weights[criterion] = Decimal(text)
        except InvalidOperation as error:
            raise AggregatorError(
                "%(file)s第%(line)s行的权重“%(value)s”不是数，请改正。",
                file=path.name, line=line, value=text,
            ) from error  # fmt: skip
    return weights


class _Spellings(dict[str, int]):
    """Numbers texts as they are met; asked for one it does not know, it finds the number in `number_of`."""

    def __init__(self, number_of: Callable[[str], int]) -> None:
        super().__init__()
        self.number_of = number_of

    def __missing__(self, text: str) -> int:
        number = self[text] = self.number_of(text)
        return number

    def numbers(self, column: Sequence[str]) -> Index:
        return np.fromiter(map(self.__getitem__, column), dtype=np.int64, count=len(column))


class _Names(dict[str, int]):
    """Names, stripped, numbered in the order in which they occur; `spellings` finds a column's numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.spellings = _Spellings(lambda text: self.setdefault(text.strip(), len(self)))


class _Points(_Spellings):
    """Points of at most two decimals, as hundredths."""

    per_point = 100

    def __init__(self) -> None:
        super().__init__(_points_or_reason)

    def whole(self, numbers: Index) -> Index:
        """The points behind the numbers, in 1/`per_point`."""
        return numbers

    def refusal(self, number: int, file: str, line: int, value: str) -> AggregatorError:
        """Why a score was not read: `number` says which reason."""
        if number == _NEGATIVE:
            return AggregatorError("%(file)s第%(line)s行的分数为负数，请改正。", file=file, line=line)
        return AggregatorError(
            "%(file)s第%(line)s行的分数“%(value)s”不是最多两位小数的数，请改正。",
            file=file, line=line, value=value,
        )  # fmt: skip


class _Measured(_Points):
    """Numbers of any sign and precision: numbered as they are met, in `distinct`, until all are known."""

    def __init__(self) -> None:
        super().__init__()
        self.number_of = self._next
        self.distinct: list[Decimal] = []

    def _next(self, text: str) -> int:
        if not text.strip():
            return _MISSING
        if "_" in text:
            return _UNREADABLE
        try:
            value = Decimal(text.strip())
        except InvalidOperation:
            return _UNREADABLE
        if not value.is_finite() or abs(value) >= _BEYOND:
            return _UNREADABLE
        self.distinct.append(value.normalize())
        return len(self.distinct) - 1

    def refusal(self, number: int, file: str, line: int, value: str) -> AggregatorError:
        return AggregatorError(
            "%(file)s第%(line)s行的分数“%(value)s”不是数或过大，请改正。", file=file, line=line, value=value
        )

    def whole(self, numbers: Index) -> Index:
        finest = max(-int(value.as_tuple().exponent) for value in self.distinct)
        before = max(map(abs, self.distinct)).adjusted() + 1
        decimals = max(min(finest, _DIGITS - before), _HUNDREDTHS)
        self.per_point = 10**decimals
        return np.array([int(value.scaleb(decimals).to_integral_value()) for value in self.distinct])[numbers]


@dataclass(slots=True)
class _Columns:
    """The index columns of a score file, growing block by block."""

    file: str
    points: _Points = field(default_factory=_Points)
    names: tuple[_Names, ...] = field(default_factory=lambda: tuple(_Names() for _ in range(4)))
    parts: list[list[Index]] = field(default_factory=list)

    def add(self, block: Block) -> None:
        dossier, expert, item, text, *group = block.columns
        points = self._checked_points(text, block.lines)
        named = [dossier, expert, item, *group]
        names, titles = self.names[: len(named)], (*block.header[:3], GROUP)[: len(named)]
        codes = [own.spellings.numbers(column) for own, column in zip(names, named, strict=True)]
        for own, column, title in zip(names, codes, titles, strict=True):
            empty = np.flatnonzero(column == own.get("", -1))
            if empty.size:
                raise empty_cell(self.file, int(block.lines[empty[0]]), title)
        self.parts.append([*codes, points, block.lines])

    def finish(self, criterion_of: Mapping[str, str] | None) -> ScoreFile:
        """Dossiers and items of every row are known; experts are those who scored something."""
        columns = [np.concatenate(parts) for parts in zip(*self.parts, strict=True)]
        scored = columns[-2] != _MISSING if columns else np.zeros(0, dtype=bool)
        if not scored.any():
            raise AggregatorError("%(file)s中没有评分，请核对文件。", file=self.file)
        group_of = self._group_of(columns[0], columns[3], columns[-1]) if self.names[3] else None
        of = criterion_of if criterion_of is not None else criterion_by_prefix(self.names[2])
        dossier, expert, item, points, line = (columns[at][scored] for at in (0, 1, 2, -2, -1))
        points = self.points.whole(points)
        dossiers, dossier_place = _sorted(self.names[0], np.arange(len(self.names[0])))
        experts, expert_place = _sorted(self.names[1], np.flatnonzero(np.bincount(expert)))
        _, item_place = coded("item", list(self.names[2]), tuple(of))
        columns = [dossier_place[dossier], expert_place[expert], item_place[item], points]
        try:
            ratings = Ratings.from_codes(*columns, dossiers=dossiers, experts=experts, criterion_of=of)
        except DuplicateRow as error:
            raise self._twice(error, line, columns, (dossiers, experts, tuple(of))) from error
        return ScoreFile(ratings, group_of, self.points.per_point)

    def _twice(
        self, error: DuplicateRow, line: Index, columns: Sequence[Index], keys: Sequence[Sequence[str]]
    ) -> AggregatorError:
        same = np.ones(line.size, dtype=bool)
        for column, names, what in zip(columns, keys, ("dossier", "expert", "item"), strict=False):
            same &= column == names.index(str(error.params[what]))
        first, second = line[same][:2].tolist()
        return AggregatorError(
            "%(file)s第%(first)s行和第%(second)s行都是专家%(expert)s对%(dossier)s的%(item)s的评分，"
            "请只保留一条。",
            **error.params, file=self.file, first=first, second=second,
        )  # fmt: skip

    def _checked_points(self, column: Sequence[str], lines: Index) -> Index:
        points = self.points.numbers(column)
        bad = np.flatnonzero(points < _MISSING)
        if not bad.size:
            return points
        row, line = int(bad[0]), int(lines[bad[0]])
        raise self.points.refusal(int(points[row]), self.file, line, column[row])

    def _group_of(self, dossier: Index, group: Index, line: Index) -> dict[str, str]:
        """Every dossier's group, the same on all its lines."""
        _, first = np.unique(dossier, return_index=True)
        own = group[first]
        dossiers, groups = list(self.names[0]), list(self.names[3])
        bad = np.flatnonzero(group != own[dossier])
        if bad.size:
            row, earlier = int(bad[0]), int(first[dossier[bad[0]]])
            raise AggregatorError(
                "%(file)s第%(line)s行把%(dossier)s列入%(group)s，第%(earlier)s行是%(other)s，请改为一致。",
                file=self.file, line=int(line[row]), dossier=dossiers[dossier[row]],
                group=groups[group[row]], earlier=int(line[earlier]), other=groups[group[earlier]],
            )  # fmt: skip
        return dict(zip(dossiers, map(groups.__getitem__, own.tolist()), strict=True))


def _sorted(names: _Names, used: Index) -> tuple[tuple[str, ...], Index]:
    """The names that are used, sorted, and where each of all the names stands among them."""
    listed = list(names)
    found = [listed[number] for number in used.tolist()]
    keys, place = coded("", found, sorted(found))
    result = np.full(len(listed), -1)
    result[used] = place
    return keys, result


def _points_or_reason(text: str) -> int:
    if not text.strip():
        return _MISSING
    whole = read_hundredths(text)
    if whole is None:
        return _UNREADABLE
    return whole if whole >= 0 else _NEGATIVE
