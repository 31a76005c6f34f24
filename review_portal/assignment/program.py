"""The assignment as a linear program with whole variables: every condition, over a choice of pairs.

All rows are equations; what may vary is a bounded variable (loads, seats of a role, sums of a panel, what
leaves a part). So for any row prices y

    total <= y b + sum over variables of max((c - y A) low, (c - y A) high),

which needs no sign rules, holds for pairs outside the program as well, and bounds every assignment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from .model import Flags, Index, Problem, Real
from .network import Places
from .worth import Micro, frozen_worth

FLOOR_UNIT = (
    1_000.0  # of millionths: panel sums near 1 beside counts, and the solver's 1e-6 far below a millionth
)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A part of the review graph that must not stay alone: its (dossiers,) and (experts,)."""

    dossier: Flags
    expert: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What is asked beyond the problem itself.

    floor: affinity sum (millionths) that every panel reaches. lift: raise that floor as far as possible
    instead of the total. cuts: parts to be joined. total: sum that the assignment must have.
    """

    floor: int | None = None
    lift: bool = False
    cuts: tuple[Cut, ...] = ()
    total: int | None = None


@dataclass(slots=True, eq=False)
class Program:
    """Equations A x = b with low <= x <= high.

    The first key.size variables are the pairs of `key`, then come the frozen ones. value: what each adds to
    the total (or to the floor that is raised), in millionths. shortage: variables of what stays unfilled,
    fixed to 0 until somebody lifts their `high`. seats (dossiers,), roles (2, dossiers, roles: unfilled, or
    missing on a full panel), loads (experts,): some of these variables.
    """

    key: Index
    value: Real
    shortage: Flags
    seats: Index
    roles: Index
    loads: Index
    low: Real
    high: Real
    whole: Index
    right: Real
    matrix: Any
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Numbers of the rows that a pair enters; -1 where it enters none.

    seat: (dossiers,). load, works: (experts,). place: (dossiers, places). employer: (dossiers, groups).
    apart: (pairs kept apart, dossiers). floor: (dossiers,). cut: one per cut. total: one row or -1. cuts: the
    parts that the rows `cut` join.
    """

    seat: Index
    load: Index
    works: Index
    place: Index
    employer: Index
    apart: Index
    floor: Index
    cut: Index
    total: int
    cuts: tuple[Cut, ...]


@dataclass(slots=True)
class _Sheet:
    """Rows and variables while they are written."""

    rows: int = 0
    right: list[Real] = field(default_factory=list)
    columns: int = 0
    low: list[Real] = field(default_factory=list)
    high: list[Real] = field(default_factory=list)
    whole: list[Index] = field(default_factory=list)
    unfilled: list[Index] = field(default_factory=list)
    entries: list[tuple[Index, Index, Real]] = field(default_factory=list)
    lift: Index | None = None

    def equations(self, *shape: int, right: Any = 0.0) -> Index:
        """New rows with their right side."""
        count = int(np.prod(shape))
        first, self.rows = self.rows, self.rows + count
        self.right.append(np.broadcast_to(np.asarray(right, dtype=np.float64), shape).ravel())
        return np.arange(first, self.rows).reshape(shape)

    def variables(self, low: Any, high: Any, shape: tuple[int, ...], whole: bool = False) -> Index:
        """New variables with their bounds."""
        count = int(np.prod(shape))
        first, self.columns = self.columns, self.columns + count
        for bound, kept in ((low, self.low), (high, self.high)):
            kept.append(np.broadcast_to(np.asarray(bound, dtype=np.float64), shape).ravel())
        self.whole.append(np.full(count, int(whole)))
        return np.arange(first, self.columns).reshape(shape)

    def shortage(self, rows: Index, sign: float = 1.0) -> Index:
        """Variables, 0 at first, for what is missing in rows (too much, with a sign below 0)."""
        short = self.variables(0.0, 0.0, rows.shape)
        self.put(rows, short, sign)
        self.unfilled.append(short.ravel())
        return short

    def put(self, row: Any, column: Any, value: Any = 1.0) -> None:
        """Coefficients; rows of -1 are left out."""
        row, column, value = np.broadcast_arrays(row, column, np.asarray(value, dtype=np.float64))
        kept = row.ravel() >= 0
        self.entries.append((row.ravel()[kept], column.ravel()[kept], value.ravel()[kept]))

    def between(self, rows: Index, low: Any, high: Any) -> Index:
        """Turn rows into  sum = slack,  low <= slack <= high."""
        slack = self.variables(low, high, rows.shape)
        self.put(rows, slack, -1.0)
        return slack


def write(problem: Problem, entry: Places, micro: Micro, key: Index, conditions: Conditions) -> Program:
    """The program over the pairs of `key` and the frozen ones."""
    dossiers, experts = micro.shape
    frozen = np.array([d * experts + e for d, e in problem.frozen], dtype=np.int64)
    every = np.concatenate([key, frozen])
    dossier, expert = every // experts, every % experts
    sheet = _Sheet()
    pair = sheet.variables(0.0, 1.0, (key.size,), whole=True)
    pair = np.concatenate([pair, sheet.variables(1.0, 1.0, (frozen.size,))])
    value = np.concatenate([micro.ravel()[key].astype(np.float64), frozen_worth(problem)])

    seat = sheet.equations(dossiers, right=problem.demand)
    sheet.put(seat[dossier], pair)
    seats = sheet.shortage(seat)
    load, loads = _loads(problem, sheet, expert, pair)
    works = _at_work(problem, sheet, expert, pair)
    place, roles = _mix(problem, entry, sheet, seat, dossier, expert, pair)
    rows = Rows(
        seat, load, works, place,
        _employers(problem, sheet, dossier, expert, pair),
        _kept_apart(problem, sheet, dossier, expert, pair),
        _floors(sheet, dossier, dossiers, pair, value, conditions),
        _cuts(sheet, dossier, expert, pair, conditions.cuts),
        _total(sheet, pair, value, conditions.total), conditions.cuts,
    )  # fmt: skip
    row, column, entries = (np.concatenate(part) for part in zip(*sheet.entries, strict=True))
    matrix = csr_array((entries, (row, column)), shape=(sheet.rows, sheet.columns))
    worth = np.zeros(sheet.columns)
    if sheet.lift is None:
        worth[pair] = value
    else:
        worth[sheet.lift] = FLOOR_UNIT
    shortage = np.zeros(sheet.columns, dtype=bool)
    shortage[np.concatenate(sheet.unfilled)] = True
    return Program(
        key, worth, shortage, seats, roles, loads, np.concatenate(sheet.low), np.concatenate(sheet.high),
        np.concatenate(sheet.whole), np.concatenate(sheet.right), matrix, rows,
    )  # fmt: skip


def pair_prices(program: Program, problem: Problem, entry: Places, micro: Micro, price: Real) -> Real:
    """(dossiers, experts) what the rows charge for a pair at row prices `price`, in the program or not."""
    rows = program.rows

    def of(row: Index) -> Real:
        return np.where(row >= 0, price[row], 0.0)

    charge = of(rows.seat)[:, None] + (of(rows.load) + of(rows.works))[None, :]
    if entry.count:
        places = np.concatenate([of(rows.place), np.zeros((rows.place.shape[0], 1))], axis=1)
        charge += places[:, entry.of]
    if problem.employer is not None:
        groups = np.concatenate([of(rows.employer), np.zeros((rows.employer.shape[0], 1))], axis=1)
        charge += groups[:, problem.employer]
    for pair, row in zip(problem.apart, rows.apart, strict=True):
        charge[:, list(pair)] += of(row)[:, None]
    if rows.floor.size or rows.total >= 0:
        level = of(rows.floor) / FLOOR_UNIT if rows.floor.size else np.zeros(micro.shape[0])
        charge += (level + (price[rows.total] if rows.total >= 0 else 0.0))[:, None] * micro
    for cut, row in zip(rows.cuts, rows.cut, strict=True):
        charge += price[row] * (cut.dossier[:, None] != cut.expert[None, :])
    return charge


def _loads(problem: Problem, sheet: _Sheet, expert: Index, pair: Index) -> tuple[Index, Index]:
    """Sums per expert; with `no_single` none or at least two."""
    experts = len(problem.experts)
    rows = sheet.equations(experts)
    sheet.put(rows[expert], pair)
    short = sheet.shortage(rows)
    least, most = problem.load_bounds()
    if not problem.no_single:
        sheet.between(rows, least, most)
        return rows, short
    idle = (least == 0) & (most > 0)
    sheet.between(rows[~idle], least[~idle], most[~idle])
    works = sheet.variables(0.0, 1.0, (int(idle.sum()),), whole=True)
    beyond = sheet.variables(0.0, most[idle] - 2, works.shape)
    sheet.put(rows[idle], works, -2.0)
    sheet.put(rows[idle], beyond, -1.0)
    limit = sheet.equations(works.size)  # beyond <= (most - 2) works
    sheet.put(limit, beyond)
    sheet.put(limit, works, -(most[idle] - 2))
    sheet.between(limit, -most[idle], 0.0)
    return rows, short


def _at_work(problem: Problem, sheet: _Sheet, expert: Index, pair: Index) -> Index:
    """Who works at all, where that is bounded: (experts,) rows or -1.

    A connected graph of S reviews, D dossiers and E experts at work has E <= S - D + 1. Cuts find that out
    one part at a time; where it can bind, it is said at once.
    """
    room = problem.seats - len(problem.dossiers) + 1
    experts = len(problem.experts)
    if not problem.connected or room >= experts:
        return np.full(experts, -1)
    works = sheet.variables(0.0, 1.0, (experts,), whole=True)
    limit = sheet.equations(experts)  # load <= most works
    most = np.minimum(problem.load_bounds()[1], len(problem.dossiers))
    sheet.put(limit[expert], pair)
    sheet.put(limit, works, -most)
    sheet.between(limit, -most, 0.0)
    all_rows = sheet.equations(1)
    sheet.put(all_rows[0], works)
    sheet.shortage(all_rows, sign=-1.0)
    sheet.between(all_rows, 0.0, max(room, 0))
    return limit


def _mix(
    problem: Problem, entry: Places, sheet: _Sheet, seat: Index, dossier: Index, expert: Index, pair: Index
) -> tuple[Index, Index]:
    """Sums per place of a panel; members of a set of roles choose one of them."""
    dossiers = seat.size
    rows = sheet.equations(dossiers, entry.count)
    placed = entry.of[expert] >= 0
    sheet.put(rows[dossier[placed], entry.of[expert[placed]]], pair[placed])
    if problem.roles is None:
        return rows, np.zeros((2, dossiers, 0), dtype=np.int64)
    for number, held in enumerate(entry.sets):
        for role in np.flatnonzero(held):
            choose = sheet.variables(0.0, problem.demand, (dossiers,), whole=True)
            sheet.put(rows[:, entry.roles + number], choose, -1.0)
            sheet.put(rows[:, role], choose)
    unfilled, on_full_panel = (sheet.shortage(rows[:, : entry.roles]) for _ in range(2))
    sheet.put(seat[:, None], unfilled)
    sheet.between(rows[:, : entry.roles], problem.roles.least, problem.roles.most)
    return rows, np.stack([unfilled, on_full_panel])


def _employers(problem: Problem, sheet: _Sheet, dossier: Index, expert: Index, pair: Index) -> Index:
    """At most one of a group on a panel, wherever two members are at hand."""
    dossiers = len(problem.dossiers)
    if problem.employer is None:
        return np.zeros((dossiers, 0), dtype=np.int64)
    groups = int(problem.employer.max(initial=-1)) + 1
    group = problem.employer[expert]
    grouped = group >= 0
    key = dossier[grouped] * groups + group[grouped]
    count = np.bincount(key, minlength=dossiers * groups).reshape(dossiers, groups)
    rows = np.full((dossiers, groups), -1)
    rows[count > 1] = sheet.equations(int((count > 1).sum()))
    sheet.put(rows.ravel()[key], pair[grouped])
    sheet.between(rows[count > 1], 0.0, 1.0)
    return rows


def _kept_apart(problem: Problem, sheet: _Sheet, dossier: Index, expert: Index, pair: Index) -> Index:
    """Pairs of experts who never share a panel."""
    dossiers, experts = len(problem.dossiers), len(problem.experts)
    present = np.full((dossiers, experts), -1)
    present[dossier, expert] = pair
    rows = np.full((len(problem.apart), dossiers), -1)
    for number, (first, second) in enumerate(problem.apart):
        both = (present[:, first] >= 0) & (present[:, second] >= 0)
        rows[number, both] = sheet.equations(int(both.sum()))
        for one in (first, second):
            sheet.put(rows[number, both], present[both, one])
        sheet.between(rows[number, both], 0.0, 1.0)
    return rows


def _floors(
    sheet: _Sheet, dossier: Index, dossiers: int, pair: Index, value: Real, conditions: Conditions
) -> Index:
    """Affinity sums per panel: at least the floor, or the floor and a variable that is to be raised."""
    if conditions.floor is None:
        return np.zeros(0, dtype=np.int64)
    floor, value = conditions.floor / FLOOR_UNIT, value / FLOOR_UNIT
    span = float(np.abs(value).sum()) + abs(floor)
    rows = sheet.equations(dossiers)
    sheet.put(rows[dossier], pair, value)
    sheet.shortage(rows)
    sheet.between(rows, floor, span)
    if conditions.lift:
        sheet.lift = sheet.variables(0.0, span, (1,))
        sheet.put(rows, sheet.lift, -1.0)
    return rows


def _cuts(sheet: _Sheet, dossier: Index, expert: Index, pair: Index, cuts: tuple[Cut, ...]) -> Index:
    rows = sheet.equations(len(cuts))
    sheet.shortage(rows)
    for row, cut in zip(rows, cuts, strict=True):
        leaving = cut.dossier[dossier] != cut.expert[expert]
        sheet.put(row, pair[leaving])
    sheet.between(rows, 1.0, max(pair.size, 1))
    return rows


def _total(sheet: _Sheet, pair: Index, value: Real, total: int | None) -> int:
    if total is None:
        return -1
    row = sheet.equations(1)
    sheet.put(row, pair, value)
    sheet.between(row, total, total)
    return int(row[0])
