"""What the subcommands of `python -m review_portal.aggregator` share: a score file in, text out.

A subcommand is one `Command`: a function that declares its options and a function from the parsed options to
what is printed. `__main__.COMMANDS` lists them. The command line is a room of its own: it may say what the
aggregator found in the fixed sentences of `domain.wording`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import TextIO

from review_portal.domain.wording import sentence

from .columns import group_codes
from .csv_file import Progress
from .exact import Index
from .notices import AggregatorError, Notice
from .ratings import Ratings
from .reading import ScoreFile, read_groups, read_measurements, read_scores, read_weights

_BAR_AFTER = 0.5  # seconds; shorter work shows no bar
_BAR_WIDTH = 30
LARGE = 200_000  # reviews from which work takes so long that a bar should stand there at once
MOST_PANELS = 200  # effects of groups are solved for one by one
_SHOWN = 10  # remarks of one code, and names in one remark


@dataclass(frozen=True, slots=True)
class Output:
    """Text (in parts, if there is much of it) or a file's bytes for standard output, remarks for standard
    error.
    """

    content: str | bytes | Iterable[str]
    remarks: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand: what declares its arguments and what computes (raising AggregatorError or OSError)."""

    name: str
    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Output]


@dataclass(frozen=True, slots=True)
class Target:
    """What one fit is about: the totals (criterion None) or the points for one criterion.

    per_point: units of the ratings' totals that make one point.
    """

    criterion: str | None
    ratings: Ratings
    per_point: float

    @property
    def prefix(self) -> str:
        """What its keys begin with in JSON."""
        return "" if self.criterion is None else f"criterion.{self.criterion}."


def add_score_file(parser: argparse.ArgumentParser) -> None:
    """The score file and how its items make a total."""
    parser.add_argument(
        "file",
        type=Path,
        help="UTF-8编码的CSV，表头为dossier,expert,criterion,score（或item,points），可加一列group（组别）；"
        "fit --fixed还可加一列confidence（信心）",
    )
    parser.add_argument(
        "--composite", choices=("sum", "mean"), default="sum", help="总分取各项之和（默认）或平均"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """JSON instead of tables."""
    parser.add_argument("--json", action="store_true", help="以JSON输出全部结果")


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """A score file for a ranking, which may count its criteria otherwise."""
    add_score_file(parser)
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="W.csv",
        help="表头为criterion,weight的CSV，按另设的权重计算（仅供参考）",
    )
    add_json(parser)


def add_group_places(parser: argparse.ArgumentParser) -> None:
    """Places of each group."""
    parser.add_argument(
        "--quota-per-group",
        action="append",
        metavar="K|组=K",
        default=[],
        help="每组（或某组）的拟遴选数量，可重复",
    )


def refuse_no_places(quota: int | None) -> None:
    """AggregatorError unless a number of places, if one was given, leaves somebody to select."""
    if quota is not None and quota < 1:
        raise AggregatorError("拟遴选数量应为不小于1的整数，请改正。")


def add_groups(parser: argparse.ArgumentParser) -> None:
    """Groups of dossiers from a file of their own."""
    parser.add_argument(
        "--groups", type=Path, metavar="G.csv", help="表头为dossier,group的CSV，给出每份材料的组别"
    )


def load(options: argparse.Namespace) -> ScoreFile:
    """The score file of `add_file_options`, with the totals that were asked for; a bar while it is read."""
    weights = None if options.weights is None else read_weights(options.weights)
    return load_scores(options, weights)


def load_scores(options: argparse.Namespace, weights: Mapping[str, Decimal] | None = None) -> ScoreFile:
    """The score file of `add_score_file` for a ranking: points of at least 0 with at most two decimals."""
    with progress_bar(f"读取{options.file.name}") as progress:
        scores = read_scores(options.file, progress=progress)
    ratings = scores.ratings
    if weights is not None:
        ratings = ratings.reweighted(weights)
    if options.composite == "mean":
        ratings = ratings.averaged()
    return replace(scores, ratings=ratings)


def load_measured(options: argparse.Namespace, *, confidence: bool = False) -> ScoreFile:
    """The score file of `add_score_file` for statistics: scores of any sign and precision. confidence: a
    column of that name may stand there, too.
    """
    with progress_bar(f"读取{options.file.name}") as progress:
        return read_measurements(options.file, progress=progress, confidence=confidence)


def targets(scores: ScoreFile, composite: str) -> tuple[Target, ...]:
    """The totals, and every criterion if there are several."""
    ratings = scores.ratings
    parts: list[tuple[str | None, Ratings]] = [(None, ratings)]
    if len(ratings.criteria) > 1:
        parts += [(name, ratings.of_criterion(name)) for name in ratings.criteria]
    return tuple(
        Target(name, own, float(scores.per_point * (len(own.items) if composite == "mean" else 1)))
        for name, own in parts
    )


def load_groups(path: Path | None, scores: ScoreFile) -> dict[str, str] | None:
    """Dossier -> group, from a file of its own or the score file's column; None if there are no groups."""
    if path is None:
        return dict(scores.group_of) if scores.group_of is not None else None
    if scores.group_of is not None:
        raise AggregatorError("评分文件已有group列，不能同时使用--groups，请只保留一种。")
    return read_groups(path)


def quotas_of(
    given: Sequence[str], everybody: int, groups: Mapping[str, str], dossiers: Iterable[str]
) -> int | dict[str, int]:
    """Places from "3" for every group, "甲=3" for one; without any every group keeps all its dossiers."""
    common, single = everybody, {}
    for text in given:
        group, equals, number = text.rpartition("=")
        if not number.isdecimal():
            raise AggregatorError("名额“%(text)s”应为整数，或“组=整数”，请改正。", text=text)
        if equals:
            single[group] = int(number)
        else:
            common = int(number)
    if not single:
        return common
    named = {groups[dossier] for dossier in dossiers if dossier in groups}
    return {**(dict.fromkeys(named, common) if len(single) < len(given) else {}), **single}


def refuse_places_without_groups(given: Sequence[str]) -> None:
    """AggregatorError if places of groups are given and groups are not."""
    if given:
        raise AggregatorError("没有组别，不能按组分配名额，请用--groups或group列给出组别。")


def panels_of(scores: ScoreFile, group_of: Mapping[str, str]) -> tuple[tuple[str, ...], Index]:
    """The groups' names and each dossier's place among them, for a model in which groups have an effect."""
    names, member = group_codes(scores.ratings.dossiers, group_of)
    if len(names) > MOST_PANELS:
        raise AggregatorError(
            "组别有%(groups)s个，超过模型可计算的%(limit)s个，请核对组别，或加--no-group-effect。",
            groups=len(names), limit=MOST_PANELS,
        )  # fmt: skip
    return names, member


@contextmanager
def counted(what: str, steps: int, *, large: bool = False) -> Iterator[Callable[[], None]]:
    """A bar over so many steps; what it gives is called when one is done. large: show it at once."""
    with progress_bar(what, after=0.0 if large else _BAR_AFTER) as progress:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done / steps)

        if progress is not None:
            progress(0.0)
        yield step


@contextmanager
def progress_bar(
    what: str, stream: TextIO | None = None, *, after: float = _BAR_AFTER
) -> Iterator[Progress | None]:
    """A bar on standard error for work of more than half a second; none where that is not a terminal."""
    target = sys.stderr if stream is None else stream
    if not target.isatty():
        yield None
        return
    begin, shown = monotonic(), False

    def advance(share: float) -> None:
        nonlocal shown
        if monotonic() - begin >= after:
            shown = True
            done = round(share * _BAR_WIDTH)
            target.write(f"\r{what} [{'#' * done}{'.' * (_BAR_WIDTH - done)}] {share:4.0%}")
            target.flush()

    try:
        yield advance
    finally:
        if shown:
            target.write("\r\x1b[K")
            target.flush()


def in_words(error: OSError) -> str:
    """Why a file cannot be read, as a sentence."""
    name = Path(str(error.filename)).name if error.filename is not None else ""
    if isinstance(error, FileNotFoundError):
        return f"找不到文件{name}，请核对路径。"
    if isinstance(error, IsADirectoryError):
        return f"{name}是文件夹，请给出CSV文件。"
    return f"不能读取{name}（{error.strerror}），请检查后再试。"


def lines_of(remarks: Iterable[Notice]) -> Iterator[str]:
    """Remarks as lines, code and sentence; of a frequent code the first few and how many more."""
    seen = Counter[str]()
    for remark in remarks:
        seen[remark.code] += 1
        if seen[remark.code] <= _SHOWN:
            short = {key: _in_line(value) for key, value in remark.params.items()}
            yield f"{remark.code} {sentence(Notice(remark.code, short))}"
    for code, count in seen.items():
        if count > _SHOWN:
            yield f"{code} 另有{count - _SHOWN}条，见--json的输出"


def _in_line(value: object) -> object:
    if not isinstance(value, tuple) or len(value) <= _SHOWN:
        return value
    return "、".join(map(str, value[:_SHOWN])) + f"等{len(value)}个"
