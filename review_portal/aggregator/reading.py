"""Ratings from a CSV file, so that the aggregator is of use without the portal.

Files are read block by block and each block becomes index columns at once, so that memory holds numbers and
every name once, however long the file is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from .columns import coded
from .csv_file import Block, Progress, blocks, empty_cell, read_pairs
from .exact import Index
from .mixed_equations import Real
from .notices import AggregatorError, DuplicateRow
from .ratings import Ratings, criterion_by_prefix
from .spellings import MISSING, UNREADABLE, Confidences, Measured, Names, Points

HEADERS = (("dossier", "expert", "criterion", "score"), ("dossier", "expert", "item", "points"))
GROUP, CONFIDENCE = "group", "confidence"

_NAMED = ("dossier", "expert", "item", GROUP)


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """What a score file holds. group_of: dossier -> group, where the file has a fifth column `group`.
    per_point: how many units of the ratings' points make one point; 100 unless read by `read_measurements`.
    confidence: (sheets,) how much each sheet of the ratings is trusted, where the file has a column of that
    name and was read for it.
    """

    ratings: Ratings
    group_of: Mapping[str, str] | None
    per_point: int = 100
    confidence: Real | None = None


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
    path: Path,
    criterion_of: Mapping[str, str] | None = None,
    *,
    progress: Progress | None = None,
    confidence: bool = False,
) -> ScoreFile:
    """As `read_scores`, but points may have any sign and any number of decimals: for statistics, not for the
    rules of a ranking.

    Points are whole numbers of 1/`per_point`, a power of ten fine enough for every score of the file, as far
    as 15 significant digits of the largest go (a double holds no more); at least hundredths. confidence: a
    column of that name may say how much a sheet is trusted, a number above 0, the same on all its lines.
    """
    columns = _Columns(path.name, Measured())
    for block in blocks(path, HEADERS, progress, further=(GROUP, CONFIDENCE) if confidence else (GROUP,)):
        columns.add(block)
    return columns.finish(criterion_of)


def read_groups(path: Path) -> dict[str, str]:
    """Dossier -> group of a CSV `dossier,group`. Raises as `read_csv`."""
    return {dossier: group for dossier, (group, _) in read_pairs(path, ("dossier", "group")).items()}


def read_weights(path: Path) -> dict[str, Decimal]:
    """Criterion -> weight of a CSV `criterion,weight`, for `Ratings.reweighted`. Raises as `read_csv`."""
    weights = {}
    for criterion, (text, line) in read_pairs(path, ("criterion", "weight")).items():
        value = _number(text)
        if value is None:
            raise AggregatorError(
                "%(file)s第%(line)s行的权重“%(value)s”不是数，请改正。",
                file=path.name, line=line, value=text,
            )  # fmt: skip
        weights[criterion] = value
    return weights


def read_maxima(path: Path) -> dict[str, Decimal]:
    """Criterion -> most points of a CSV `criterion,maximum`, for `list_stability`. Raises as `read_csv`."""
    maxima = {}
    for criterion, (text, line) in read_pairs(path, ("criterion", "maximum")).items():
        value = _number(text)
        if value is None or not value.is_finite() or value <= 0:
            raise AggregatorError(
                "%(file)s第%(line)s行的满分“%(value)s”不是大于0的数，请改正。",
                file=path.name, line=line, value=text,
            )  # fmt: skip
        maxima[criterion] = value
    return maxima


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@dataclass(slots=True)
class _Columns:
    """The index columns of a score file, growing block by block: named as the header, and `line`."""

    file: str
    points: Points = field(default_factory=Points)
    names: tuple[Names, ...] = field(default_factory=lambda: tuple(Names() for _ in range(4)))
    confidences: Confidences = field(default_factory=Confidences)
    parts: list[dict[str, Index]] = field(default_factory=list)

    def add(self, block: Block) -> None:
        dossier, expert, item, text = block.columns[:4]
        more = dict(zip(block.header[4:], block.columns[4:], strict=True))
        own = {"line": block.lines, "points": self._checked_points(text, block.lines)}
        named = [dossier, expert, item, *([more[GROUP]] if GROUP in more else [])]
        titles = (*block.header[:3], GROUP)
        for place, (names, cells) in enumerate(zip(self.names, named, strict=False)):
            own[_NAMED[place]] = column = names.spellings.numbers(cells)
            empty = np.flatnonzero(column == names.get("", -1))
            if empty.size:
                raise empty_cell(self.file, int(block.lines[empty[0]]), titles[place])
        if CONFIDENCE in more:
            own[CONFIDENCE] = self._checked_confidence(more[CONFIDENCE], block.lines)
        self.parts.append(own)

    def finish(self, criterion_of: Mapping[str, str] | None) -> ScoreFile:
        """Dossiers and items of every row are known; experts are those who scored something."""
        column = {key: np.concatenate([part[key] for part in self.parts]) for key in (self.parts or [{}])[0]}
        scored = column["points"] != MISSING if column else np.zeros(0, dtype=bool)
        if not scored.any():
            raise AggregatorError("%(file)s中没有评分，请核对文件。", file=self.file)
        group_of = (
            self._group_of(column["dossier"], column[GROUP], column["line"]) if GROUP in column else None
        )
        of = criterion_of if criterion_of is not None else criterion_by_prefix(self.names[2])
        dossier, expert, item, points, line = (
            column[key][scored] for key in ("dossier", "expert", "item", "points", "line")
        )
        points = self.points.whole(points)
        dossiers, dossier_place = _sorted(self.names[0], np.arange(len(self.names[0])))
        experts, expert_place = _sorted(self.names[1], np.flatnonzero(np.bincount(expert)))
        _, item_place = coded("item", list(self.names[2]), tuple(of))
        columns = [dossier_place[dossier], expert_place[expert], item_place[item], points]
        try:
            ratings = Ratings.from_codes(*columns, dossiers=dossiers, experts=experts, criterion_of=of)
        except DuplicateRow as error:
            raise self._twice(error, line, columns, (dossiers, experts, tuple(of))) from error
        trust = None
        if CONFIDENCE in column:
            trust = self._confidence_of(ratings, columns, column[CONFIDENCE][scored], line)
        return ScoreFile(ratings, group_of, self.points.per_point, trust)

    def _confidence_of(self, ratings: Ratings, columns: Sequence[Index], trust: Index, line: Index) -> Real:
        """(sheets,) of the complete sheets; AggregatorError if one's lines differ."""
        reach = len(ratings.experts)
        sheet, first, of_row = np.unique(
            columns[0] * reach + columns[1], return_index=True, return_inverse=True
        )
        bad = np.flatnonzero(trust != trust[first][of_row])
        if bad.size:
            row = int(bad[0])
            raise AggregatorError(
                "%(file)s第%(line)s行的confidence与同一份评分第%(earlier)s行的不同，请改为一致。",
                file=self.file, line=int(line[row]), earlier=int(line[first[of_row[row]]]),
            )  # fmt: skip
        kept = np.searchsorted(sheet, ratings.sheet_dossier * reach + ratings.sheet_expert)
        return np.array(self.confidences.distinct)[trust[first][kept]]

    def _checked_confidence(self, column: Sequence[str], lines: Index) -> Index:
        numbers = self.confidences.numbers(column)
        bad = np.flatnonzero(numbers == UNREADABLE)
        if bad.size:
            row = int(bad[0])
            raise AggregatorError(
                "%(file)s第%(line)s行的confidence“%(value)s”不是大于0的数，请改正。",
                file=self.file, line=int(lines[row]), value=column[row],
            )  # fmt: skip
        return numbers

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
        bad = np.flatnonzero(points < MISSING)
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


def _sorted(names: Names, used: Index) -> tuple[tuple[str, ...], Index]:
    """The names that are used, sorted, and where each of all the names stands among them."""
    listed = list(names)
    found = [listed[number] for number in used.tolist()]
    keys, place = coded("", found, sorted(found))
    result = np.full(len(listed), -1)
    result[used] = place
    return keys, result
