"""Ratings from a CSV file, so that the aggregator is of use without the portal."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from .exact import Index
from .notices import AggregatorError
from .ratings import Ratings, criterion_by_prefix, hundredths

HEADERS = (["dossier", "expert", "item", "points"], ["dossier", "expert", "criterion", "score"])


def read_csv(path: Path, criterion_of: Mapping[str, str] | None = None) -> Ratings:
    """Ratings of a UTF-8 CSV `dossier,expert,item,points` (or `dossier,expert,criterion,score`), one item a
    line.

    A line without points is a missing score. criterion_of: as in `Ratings.from_columns`; default the part
    of an item's name before its first full stop. Raises AggregatorError naming the line, OSError if the
    file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            lines = list(csv.reader(source))
    except (UnicodeDecodeError, csv.Error) as error:
        raise AggregatorError(
            "%(file)s不是UTF-8编码的CSV文件（%(reason)s），请另存为UTF-8后再试。",
            file=path.name,
            reason=str(error),
        ) from error
    if not lines or [cell.strip() for cell in lines[0]] not in HEADERS:
        raise AggregatorError(
            "%(file)s第1行应为表头%(header)s，请补上。", file=path.name, header=",".join(HEADERS[0])
        )
    numbered = [(number, line) for number, line in enumerate(lines[1:], start=2) if line]
    for number, line in numbered:
        if len(line) != 4 or not all(cell.strip() for cell in line[:3]):
            raise AggregatorError(
                "%(file)s第%(line)s行应有4列，且前3列不能为空，请改正。", file=path.name, line=number
            )
    scored = [(number, line) for number, line in numbered if line[3].strip()]
    if not scored:
        raise AggregatorError("%(file)s中没有评分，请核对文件。", file=path.name)
    dossier, expert, item, points = zip(*(line for _, line in scored), strict=True)
    value = _points(path.name, [number for number, _ in scored], points)
    names = [cell.strip() for cell in item]
    return Ratings.from_columns(
        [cell.strip() for cell in dossier],
        [cell.strip() for cell in expert],
        names,
        value,
        criterion_of=criterion_of or criterion_by_prefix([line[2].strip() for _, line in numbered]),
        dossiers=sorted({line[0].strip() for _, line in numbered}),
    )


def _points(file: str, lines: Sequence[int], points: Sequence[str]) -> Index:
    """The points column in hundredths; a bad value is reported with its line in the file."""
    try:
        value = hundredths(points)
    except AggregatorError as error:
        row = int(str(error.params["row"])) - 1
        raise AggregatorError(
            "%(file)s第%(line)s行的分数“%(value)s”不是最多两位小数的数，请改正。",
            file=file,
            line=lines[row],
            value=error.params["value"],
        ) from error
    negative = (value < 0).nonzero()[0]
    if negative.size:
        raise AggregatorError(
            "%(file)s第%(line)s行的分数为负数，请改正。", file=file, line=lines[int(negative[0])]
        )
    return value
