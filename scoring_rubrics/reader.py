"""Reads TOML tables strictly: wrong type, missing and unknown keys are faults with file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches

from scoring_rubrics.labels import label_of, word_of


class RubricFault(ValueError):
    """A file of a call that cannot be used; str() says where and why, in Chinese."""

    def __init__(self, file: str, key: str, reason: str, line: int | None = None) -> None:
        self.file, self.key, self.reason, self.line = file, key, reason, line
        place = f" 第{line}行" if line else ""
        super().__init__(f"{file}{place} {key}：{reason}" if key else f"{file}{place}：{reason}")


@dataclass(frozen=True, slots=True)
class AssumedValue:
    """A value that the notice does not give: key "<file stem>.<path>", label and value as printed."""

    key: str
    label: str
    value: str
    note: str = ""


@dataclass(slots=True)
class Source:
    """One file while it is read: its text, the assumed values met so far; name stands before their labels."""

    file: str
    text: str
    name: str = ""
    assumed: list[AssumedValue] = field(default_factory=list)
    _lines: list[str] = field(init=False, repr=False)
    _places: list[tuple[str, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._lines = self.text.splitlines()
        self._places = _key_lines(self._lines)

    def line_of(self, path: str) -> int | None:
        """The line of a key path; of the table around it where the key is absent; None where nothing fits."""
        best, best_depth = None, 0
        for written, number in self._places:
            rest = path[len(written) :]
            if path.startswith(written) and (not rest or rest[0] in ".[") and len(written) > best_depth:
                best, best_depth = number + _rows_below(self._lines, number, rest), len(written)
            elif best is None and written.startswith((f"{path}.", f"{path}[")):
                best = number
        return best

    def fault(self, key: str, reason: str) -> RubricFault:
        return RubricFault(self.file, key, reason, self.line_of(key))

    def assume(self, key: str, label: str, value: str, note: str = "") -> None:
        stem = self.file.removesuffix(".toml")
        label = f"{self.name}：{label}" if self.name else label
        self.assumed.append(AssumedValue(f"{stem}.{key}", label, value, note))

    def in_reading_order(self) -> list[AssumedValue]:
        """The assumed values met, as they stand in the file."""
        stem = self.file.removesuffix(".toml")
        return sorted(self.assumed, key=lambda value: self.line_of(value.key[len(stem) + 1 :]) or 0)


def shown(value: object) -> str:
    """A value as a Chinese form prints it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(shown(part) for part in value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return f"{value.year}年{value.month}月{value.day}日{value:%H:%M}"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return str(value)


def read_source(file: str, content: bytes) -> tuple[Source, Table]:
    """Parse one file; numbers with a point become Decimal. RubricFault when it is not UTF-8 TOML."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RubricFault(file, "", "不是UTF-8编码，请用UTF-8重新保存", line) from error
    source = Source(file, text)
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        reason = f"TOML语法有误，请检查此处的引号、括号和逗号（{error}）"
        raise RubricFault(file, "", reason, int(found[1]) if found else None) from error
    return source, Table(source, "", data)


class Table:
    """One table of a file. Every key must be taken once; finish() refuses keys that nobody asked for."""

    def __init__(self, source: Source, path: str, data: dict[str, object], *, quiet: bool = False) -> None:
        self.source, self.path, self._left, self._quiet = source, path, dict(data), quiet
        self.title = ""
        self.assumed = self._basis(self._left.pop("basis", "notice"), "basis")
        self.note = str(self._left.pop("note", ""))

    def key(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, reason: str) -> RubricFault:
        return self.source.fault(self.key(key) if key else self.path, reason)

    def has(self, key: str) -> bool:
        return key in self._left

    def names(self) -> tuple[str, ...]:
        """The keys not taken yet, in the order of the file."""
        return tuple(self._left)

    def _basis(self, value: object, key: str) -> bool:
        if value not in ("notice", "assumed"):
            raise self.fault(key, '只能是 "notice"（通知规定）或 "assumed"（通知未规定）')
        return value == "assumed"

    def _take(self, key: str) -> object:
        if key not in self._left:
            similar = get_close_matches(key, self._left, 1)
            raise self.fault(key, f"缺少此项；是否误写为“{similar[0]}”" if similar else "缺少此项")
        value, assumed, note = self._left.pop(key), self.assumed, self.note
        if isinstance(value, dict):
            if "value" not in value or not set(value) <= {"value", "basis", "note"}:
                raise self.fault(key, '应写作一个值，或 { value = …, basis = "assumed", note = "…" }')
            assumed = self._basis(value.get("basis", "notice"), key)
            value, note = value["value"], str(value.get("note", ""))
        if assumed and not self._quiet:
            path = self.key(key)
            self.source.assume(path, label_of(path, self.title), word_of(path, shown(value)), note)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        if default is not None and not self.has(key):
            return default
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "应为不空的文字")
        return value

    def choice(self, key: str, allowed: Iterable[str]) -> str:
        value, choices = self.text(key), tuple(allowed)
        if value not in choices:
            raise self.fault(key, f"“{value}”不在可选值内：{'、'.join(choices)}")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        if default is not None and not self.has(key):
            return default
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.fault(key, "应为 true 或 false")
        return value

    def integer(self, key: str, minimum: int = 0) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fault(key, "应为整数")
        if value < minimum:
            raise self.fault(key, f"应不小于{minimum}")
        return value

    def decimal(self, key: str, minimum: Decimal = Decimal(0), maximum: Decimal | None = None) -> Decimal:
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.fault(key, "应为数值")
        number = Decimal(value)
        if not number.is_finite() or number < minimum or (maximum is not None and number > maximum):
            upper = "" if maximum is None else f"、不大于{maximum}"
            raise self.fault(key, f"应不小于{minimum}{upper}")
        return number

    def day(self, key: str) -> date:
        value = self._take(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.fault(key, "应为日期，如 2023-03-01")
        return value

    def moment(self, key: str) -> datetime:
        value = self._take(key)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self.fault(key, "应为带时区的时间，如 2023-02-18T00:00:00+08:00")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        if default is not None and not self.has(key):
            return default
        value = self._take(key)
        if not isinstance(value, list):
            raise self.fault(key, "应为文字的列表")
        parts = tuple(part for part in value if isinstance(part, str) and part.strip())
        if len(parts) != len(value) or len(set(parts)) != len(parts):
            raise self.fault(key, "应为文字的列表，各项不空、不重复")
        return parts

    def integers(self, key: str) -> tuple[int, ...]:
        value = self._take(key)
        if not isinstance(value, list):
            raise self.fault(key, "应为整数的列表")
        parts = tuple(part for part in value if isinstance(part, int) and not isinstance(part, bool))
        if len(parts) != len(value) or len(set(parts)) != len(parts):
            raise self.fault(key, "应为整数的列表，各项不重复")
        return parts

    def table(self, key: str, *, quiet: bool = False) -> Table:
        value = self._left.pop(key, None)
        if not isinstance(value, dict):
            raise self.fault(key, "缺少此表" if value is None else f"应为表 [{self.key(key)}]")
        return Table(self.source, self.key(key), value, quiet=quiet)

    def tables(self, key: str, *, quiet: bool = False, empty: bool = False) -> list[Table]:
        value = self._left.pop(key, None if not empty else [])
        if not isinstance(value, list) or not (value or empty):
            raise self.fault(key, "缺少此表" if value is None else f"应为至少一个 [[{self.key(key)}]]")
        tables = []
        for position, part in enumerate(value, 1):
            if not isinstance(part, dict):
                raise self.fault(f"{key}[{position}]", "应为表")
            tables.append(Table(self.source, f"{self.key(key)}[{position}]", part, quiet=quiet))
        return tables

    def rest(self) -> dict[str, object]:
        """Everything not taken yet, as plain values (for free parameters)."""
        left, self._left = self._left, {}
        return left

    def finish(self) -> None:
        if self._left:
            raise self.fault(
                next(iter(self._left)), "不认识的项，请核对拼写（各项见 scoring_rubrics/README.md）"
            )


def _key_lines(lines: list[str]) -> list[tuple[str, int]]:
    """Every key path written in a file with its line, repeated tables numbered as in stages[2].start."""
    here, counts = "", dict[str, int]()
    found = []
    for number, line in enumerate(lines, 1):
        if header := re.match(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]", line):
            here = _numbered(header[2], header[1] == "[[", counts)
            found.append((here, number))
        elif key := re.match(r'\s*"?([\w.\-]+)"?\s*=', line):
            found.append((f"{here}.{key[1]}" if here else key[1], number))
    return found


def _numbered(name: str, repeated: bool, counts: dict[str, int]) -> str:
    """The path of a table header with the running numbers of repeated tables filled in."""
    parts = name.split(".")
    built = ""
    for depth, part in enumerate(parts, 1):
        built = f"{built}.{part}" if built else part
        if depth == len(parts) and repeated:
            counts[built] = counts.get(built, 0) + 1
        if built in counts:
            built = f"{built}[{counts[built]}]"
    return built


def _rows_below(lines: list[str], number: int, rest: str) -> int:
    """Lines between a key and the n-th inline table of its list, 0 when it is not written one a line."""
    wanted = re.match(r"\[(\d+)\]", rest)
    if not wanted or not lines[number - 1].rstrip().endswith("["):
        return 0
    seen = 0
    for distance, line in enumerate(lines[number:], 1):
        seen += line.lstrip().startswith("{")
        if seen == int(wanted[1]):
            return distance
        if line.strip() == "]":
            return 0
    return 0
