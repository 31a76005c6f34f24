"""A problem from two CSV files and a plan back as plain data, for the command line and other programs."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark

from .checks import LARGEST
from .model import MICRO, Plan, Problem

PAIRS = ["expert", "dossier", "affinity", "conflict"]
BOUNDS = ["kind", "id", "lo", "hi"]
SHOWN = 20  # faults told at once
QUOTED = 40  # characters of a cell that a fault repeats
HIGHEST_LEVEL = 255
MOST = 1_000_000  # dossiers per expert or experts per dossier that a file may ask for
CELLS = 250_000_000  # experts x dossiers that are still tried: two gigabytes of affinities


@dataclass(slots=True)
class _Faults:
    """Faults by line; a file with any is refused as a whole."""

    file: str
    found: dict[str, Message] = field(default_factory=dict)

    def add(self, line: int, message: Message) -> None:
        """Note what is wrong in a line."""
        self.found.setdefault(f"{self.file} 第 {line} 行", message)

    def refuse(self) -> None:
        """Raise Invalid if anything was noted."""
        if self.found:
            shown = dict(list(self.found.items())[:SHOWN])
            raise Invalid(
                mark(
                    "%(file)s 有 %(count)d 行不能采用，请改正后重试。", file=self.file, count=len(self.found)
                ),
                shown,
            )


def read_problem(pairs: Path, bounds: Path, per_dossier: int, **options: Any) -> Problem:
    """The problem of PAIRS (expert,dossier,affinity,conflict) and BOUNDS (kind,id,lo,hi).

    conflict is 0 or a level 1..255. A pair without a line is not offered; a line in conflict may leave its
    affinity empty. An expert gets lo..hi dossiers, any number without a line. A dossier gets per_dossier
    experts, or the nearest number that its own lo..hi allows. options: further fields of Problem. Raises
    Invalid naming every bad line, OSError if a file cannot be read.
    """
    if not 1 <= per_dossier <= MOST:
        raise Invalid(mark("每份材料的评审专家数应为 1 到 %(limit)d。", limit=MOST))
    rows = _pair_rows(pairs)
    experts, dossiers = _numbered(row[0] for row in rows), _numbered(row[1] for row in rows)
    if len(dossiers) * len(experts) > CELLS:
        raise Invalid(
            mark(
                "%(file)s 有 %(experts)d 名专家、%(dossiers)d 份材料，超出本机一次能算的规模，请分批分派。",
                file=pairs.name,
                experts=len(experts),
                dossiers=len(dossiers),
            )
        )
    affinity = np.full((len(dossiers), len(experts)), np.nan)
    conflict = np.zeros(affinity.shape, dtype=np.uint8)
    at = ([dossiers[row[1]] for row in rows], [experts[row[0]] for row in rows])
    affinity[at] = [row[2] for row in rows]
    conflict[at] = [row[3] for row in rows]
    limits = _bound_rows(bounds, {"expert": experts, "dossier": dossiers})
    demand = np.full(len(dossiers), per_dossier)
    least, most = np.zeros(len(experts), dtype=np.int64), np.full(len(experts), len(dossiers))
    for (kind, index), (low, high) in limits.items():
        if kind == "expert":
            least[index], most[index] = low, high
        else:
            demand[index] = min(max(per_dossier, low), high)
    return Problem(tuple(experts), tuple(dossiers), affinity, conflict, demand, least, most, **options)


def plan_data(problem: Problem, plan: Plan) -> dict[str, Any]:
    """A plan as plain data, ids instead of numbers."""
    values = np.rint(problem.affinity[plan.dossier, plan.expert] * MICRO) / MICRO
    return {
        "pairs": [
            {
                "expert": problem.experts[expert],
                "dossier": problem.dossiers[dossier],
                "affinity": float(value),
            }
            for dossier, expert, value in zip(plan.dossier, plan.expert, values, strict=True)
        ],
        "total": plan.total,
        "worst_affinity": plan.worst,
        "worst_dossier": problem.dossiers[plan.worst_dossier],
        "proven_optimal": plan.proven,
        "bound": plan.bound_micro / MICRO,
        "worst_bound": plan.worst_bound_micro / MICRO,
        "ties_settled": plan.ties_settled,
        "connected": plan.connected,
        "parts": plan.parts,
        "not_connected_because": plan.reason,
        "binding": [
            {
                "kind": one.kind,
                **({"expert": problem.experts[one.expert]} if one.expert >= 0 else {}),
                **({"dossier": problem.dossiers[one.dossier]} if one.dossier >= 0 else {}),
                **({"role": problem.roles.names[one.role]} if problem.roles and one.role >= 0 else {}),
            }
            for one in plan.binding
        ],
        "method": plan.engine,
    }


def _numbered(names: Any) -> dict[str, int]:
    """Ids in their first order with their numbers."""
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _lines(path: Path, header: list[str]) -> list[tuple[int, list[str]]]:
    """The lines of a UTF-8 CSV under its header, numbered as an editor shows them; text in NFC, so that one
    id is one id however it was typed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            first = [cell.strip() for cell in next(reader, [])]
            lines = [(reader.line_num, [_plain(cell) for cell in row]) for row in reader if any(row)]
    except UnicodeDecodeError as problem:
        raise Invalid(
            mark("%(file)s 不是 UTF-8 编码的 CSV 文件，请另存为 UTF-8 后重试。", file=path.name)
        ) from problem
    except csv.Error as problem:
        raise Invalid(
            mark(
                "%(file)s 第 %(line)d 行起不能按 CSV 读取，请检查引号和过长的内容。",
                file=path.name,
                line=reader.line_num,
            )
        ) from problem
    if first != header:
        raise Invalid(
            mark("%(file)s 第 1 行应为表头 %(header)s，请补上。", file=path.name, header=",".join(header))
        )
    return lines


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFC", cell.strip())


def _whole(text: str, highest: int) -> int | None:
    """A whole number from 0 to `highest` in plain digits, else None."""
    bare = text.lstrip("0") or text[-1:]
    if not (bare.isascii() and bare.isdigit() and len(bare) <= len(str(highest))):
        return None
    value = int(bare)
    return value if value <= highest else None


def _pair_rows(path: Path) -> list[tuple[str, str, float, int]]:
    faults = _Faults(path.name)
    rows: list[tuple[str, str, float, int]] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in _lines(path, PAIRS):
        try:
            row = _pair(cells)
        except Invalid as problem:
            faults.add(line, problem.message)
            continue
        earlier = seen.setdefault(row[:2], line)
        if earlier != line:
            faults.add(line, mark("与第 %(line)d 行重复。", line=earlier))
        rows.append(row)
    faults.refuse()
    if not rows:
        raise Invalid(mark("%(file)s 中没有数据，请核对文件。", file=path.name))
    return rows


def _pair(cells: list[str]) -> tuple[str, str, float, int]:
    if len(cells) != len(PAIRS) or not cells[0] or not cells[1]:
        raise Invalid(mark("应有 4 列，专家和材料编号不能为空。"))
    level = _whole(cells[3], HIGHEST_LEVEL)
    if level is None:
        raise Invalid(
            mark("conflict 应为 0（无冲突）或 1 至 255 的级别，现为“%(value)s”。", value=_short(cells[3]))
        )
    if not cells[2] and level:
        return cells[0], cells[1], np.nan, level
    try:
        value = float(cells[2]) if cells[2].isascii() and "_" not in cells[2] else np.nan
    except ValueError:
        value = np.nan
    if not abs(value) <= LARGEST:
        raise Invalid(
            mark(
                "affinity 应为 -%(limit)d 到 %(limit)d 之间的数，现为“%(value)s”。",
                limit=int(LARGEST),
                value=_short(cells[2]),
            )
        )
    return cells[0], cells[1], value, level


def _bound_rows(path: Path, known: Mapping[str, Mapping[str, int]]) -> dict[tuple[str, int], tuple[int, int]]:
    faults = _Faults(path.name)
    limits: dict[tuple[str, int], tuple[int, int]] = {}
    lines: dict[tuple[str, int], int] = {}
    for line, cells in _lines(path, BOUNDS):
        try:
            key, limit = _bound(cells, known)
        except Invalid as problem:
            faults.add(line, problem.message)
            continue
        if key in lines:
            faults.add(line, mark("与第 %(line)d 行重复。", line=lines[key]))
        lines[key], limits[key] = line, limit
    faults.refuse()
    return limits


def _bound(
    cells: list[str], known: Mapping[str, Mapping[str, int]]
) -> tuple[tuple[str, int], tuple[int, int]]:
    if len(cells) != len(BOUNDS):
        raise Invalid(mark("应有 4 列。"))
    kind, name, low, high = cells
    if kind not in known:
        raise Invalid(mark("kind 应为 expert 或 dossier，现为“%(value)s”。", value=_short(kind)))
    if name not in known[kind]:
        raise Invalid(mark("编号“%(id)s”在分派表中没有任何一行。", id=_short(name)))
    least, most = _whole(low, MOST), _whole(high, MOST)
    if least is None or most is None or least > most:
        raise Invalid(
            mark(
                "lo 和 hi 应为 0 到 %(limit)d 的整数，且 lo 不大于 hi，现为“%(low)s”“%(high)s”。",
                limit=MOST,
                low=_short(low),
                high=_short(high),
            )
        )
    if kind == "dossier" and most < 1:
        raise Invalid(mark("每份材料至少要有 1 名专家。"))
    return (kind, known[kind][name]), (least, most)


def _short(text: str) -> str:
    """A cell as a refusal quotes it."""
    return text if len(text) <= QUOTED else text[:QUOTED] + "…"
