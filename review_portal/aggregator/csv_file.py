"""A CSV file as columns of text, block by block, with the line each row begins on."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path

import numpy as np

from .exact import Index
from .notices import AggregatorError

Progress = Callable[[float], None]  # told the share that is done, 0 to 1
Header = tuple[str, ...]

_BLOCK_CHARACTERS = 2**17  # a block stays in the processor's cache
_BLOCK_ROWS = 4_000
_FOUND = 60  # characters of a wrong first line that are shown


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows of a file: one sequence of cells a column of `header`, and the line each row begins on."""

    header: Header
    columns: list[Sequence[str]]
    lines: Index


def blocks(
    path: Path, headers: Sequence[Header], progress: Progress | None = None, *, further: Header = ()
) -> Iterator[Block]:
    """The rows of a UTF-8 file (a byte order mark is fine) whose first line is one of `headers`, with any of
    the `further` columns after it; blank lines left out.

    Raises AggregatorError for another header, a row of another width, another encoding or a broken quotation,
    OSError if the file cannot be read.
    """
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig") as source:
        line = 1
        try:
            header = _header(path.name, source.readline(), headers, further)
            line = 2
            while texts := source.readlines(_BLOCK_CHARACTERS):
                if any('"' in text for text in texts):
                    rest = _quoted(path.name, header, chain(texts, source), line)
                else:
                    rest = iter([_plain(path.name, header, texts, line)])
                    line += len(texts)
                for block in rest:
                    yield block
                    if progress is not None:
                        progress(min(raw.tell() / size, 1.0))
        except UnicodeDecodeError as error:
            raise AggregatorError(
                "%(file)s第%(line)s行不是UTF-8编码，请另存为UTF-8后再试。",
                file=path.name,
                line=_undecodable_line(path, line),
            ) from error


def read_pairs(path: Path, header: tuple[str, str]) -> dict[str, tuple[str, int]]:
    """A file of two columns: key -> (value, line), neither empty, no key twice. Raises as `blocks`."""
    found: dict[str, tuple[str, int]] = {}
    for block in blocks(path, [header]):
        for key, value, line in zip(*block.columns, block.lines.tolist(), strict=True):
            key, value = key.strip(), value.strip()
            if not key or not value:
                raise empty_cell(path.name, line, header[1] if key else header[0])
            if key in found:
                raise AggregatorError(
                    "%(file)s第%(line)s行的“%(key)s”与第%(earlier)s行重复，请只保留一行。",
                    file=path.name, line=line, key=key, earlier=found[key][1],
                )  # fmt: skip
            found[key] = (value, line)
    return found


def empty_cell(file: str, line: int, column: str) -> AggregatorError:
    """The error for a cell that must not be empty."""
    return AggregatorError(
        "%(file)s第%(line)s行的%(column)s为空，请补上。", file=file, line=line, column=column
    )


def _header(file: str, text: str, headers: Sequence[Header], further: Header) -> Header:
    cells = tuple(cell.strip().strip('"') for cell in text.split(","))
    for header in headers:
        more = cells[len(header) :]
        if cells[: len(header)] == header and len(set(more)) == len(more) and set(more) <= set(further):
            return cells
    accepted = "或".join(map(",".join, headers)) + (f"（可加{'、'.join(further)}列）" if further else "")
    raise AggregatorError(
        "%(file)s第1行应为表头%(headers)s，现在是%(found)s，请改正。",
        file=file, headers=accepted, found=_quotation(text),
    )  # fmt: skip


def _quotation(text: str) -> str:
    """The beginning of a line as it reads."""
    shown = "".join(letter for letter in text[: _FOUND + 1].strip() if letter.isprintable())
    if not shown:
        return "空行"
    return f"“{shown[:_FOUND]}…”" if len(shown) > _FOUND else f"“{shown}”"


def _plain(file: str, header: Header, texts: list[str], first: int) -> Block:
    """Rows without quotation marks: one split for the whole block.

    The line ends stay as cells of their own, so that a row of another width shifts one of them out of place.
    """
    width, lines = len(header), np.arange(first, first + len(texts))
    if "\n" in texts:
        kept = [at for at, text in enumerate(texts) if text != "\n"]
        texts, lines = [texts[at] for at in kept], lines[kept]
    ended = "".join(texts) if not texts or texts[-1].endswith("\n") else "".join([*texts, "\n"])
    cells = ended.replace("\n", ",\n,").split(",")[:-1]
    if len(cells) != len(texts) * (width + 1) or cells[width :: width + 1] != ["\n"] * len(texts):
        at = next(at for at, text in enumerate(texts) if text.count(",") != width - 1)
        raise _other_width(file, int(lines[at]), header)
    return Block(header, [cells[column :: width + 1] for column in range(width)], lines)


def _quoted(file: str, header: Header, texts: Iterator[str], first: int) -> Iterator[Block]:
    """Rows by the rules of quotation; a cell may go over several lines."""
    reader = csv.reader(texts)
    while True:
        begin = first + reader.line_num
        try:
            rows = list(islice(reader, _BLOCK_ROWS))
        except csv.Error as error:
            raise AggregatorError(
                "%(file)s第%(line)s行不能按CSV读取（引号不成对或一格过长），请改正。",
                file=file,
                line=first + reader.line_num - 1,
            ) from error
        if not rows:
            return
        heights = [1 + sum(cell.count("\n") for cell in row) for row in rows]
        lines = begin + np.cumsum([0, *heights[:-1]])
        kept = [at for at, row in enumerate(rows) if row]
        wrong = [at for at in kept if len(rows[at]) != len(header)]
        if wrong:
            raise _other_width(file, int(lines[wrong[0]]), header)
        columns = list(zip(*(rows[at] for at in kept), strict=True)) or [()] * len(header)
        yield Block(header, [*columns], lines[kept])


def _other_width(file: str, line: int, header: Header) -> AggregatorError:
    return AggregatorError(
        "%(file)s第%(line)s行应有%(width)s列（%(header)s），请改正。",
        file=file, line=line, width=len(header), header=",".join(header),
    )  # fmt: skip


def _undecodable_line(path: Path, otherwise: int) -> int:
    """The line that is not UTF-8; `otherwise` where the file cannot be read a second time (a pipe)."""
    with path.open("rb") as source:
        for number, line in enumerate(source, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return otherwise
