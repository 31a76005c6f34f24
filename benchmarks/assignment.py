"""Optimal assignment, proven, on synthetic rounds:

    .venv/bin/python -m benchmarks.assignment [--large]

Prints one table with the median CPU seconds of the solver (problem in memory, library loaded), what is
proven, and a last line with the ratio of CPU seconds to their targets. --large adds 10,000 dossiers x 4,000
experts.

`easy`: topics spread evenly, loads between 0.4 and 1.6 times the mean. `hard`: a few topics are in great
demand, some experts fit everything better than others, loads within 10 % of the mean: nearly every load bound
binds. Two in a hundred pairs are in conflict. `mix`: at least one of three specialties each, at most three of
one, an expert may hold several. `side`: mix, at most one per employer, none or two dossiers, connected.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from review_portal.assignment.model import Problem, Roles
from review_portal.assignment.solving import Engine, load_solvers, solve

Kind = Literal["easy", "hard"]
TOPICS, PANEL = 24, 5


@dataclass(frozen=True)
class Case:
    """One row of the table; target in CPU seconds, None where there is none."""

    name: str
    dossiers: int
    experts: int
    kind: Kind
    extra: str = ""
    target: float | None = None
    engine: Engine = "flow"
    repeats: int = 3


CASES = (
    Case("30x15, scipy alone", 30, 15, "easy", engine="milp"),
    Case("60x40 side, scipy alone", 60, 40, "hard", "side", engine="milp"),
    Case("300x120 easy", 300, 120, "easy", target=0.05, repeats=9),
    Case("300x120 hard", 300, 120, "hard", target=0.05, repeats=9),
    Case("300x120 easy, scipy alone", 300, 120, "easy", engine="milp"),
    Case("300x120 hard side", 300, 120, "hard", "side"),
    Case("300x120 easy worst first", 300, 120, "easy", "worst"),
    Case("2000x800 easy", 2000, 800, "easy", repeats=2),
    Case("2000x800 hard", 2000, 800, "hard", repeats=2),
    Case("2000x800 easy mix", 2000, 800, "easy", "mix", target=5.0, repeats=2),
    Case("2000x800 hard mix", 2000, 800, "hard", "mix", target=5.0, repeats=2),
)
LARGE = (
    Case("10000x4000 easy", 10_000, 4_000, "easy", target=10.0, repeats=1),
    Case("10000x4000 hard", 10_000, 4_000, "hard", target=20.0, repeats=1),
)


def make(case: Case, seed: int = 1) -> Problem:
    """A round of the case's size; affinities have six decimals."""
    rng = np.random.default_rng(seed)
    dossiers, experts = case.dossiers, case.experts
    wanted = np.ones(TOPICS) if case.kind == "easy" else 1.0 / np.arange(1, TOPICS + 1)
    left = rng.dirichlet(0.3 * wanted / wanted.mean(), dossiers)
    right = rng.dirichlet(0.3 * np.ones(TOPICS), experts)
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    affinity = 0.8 * (left @ right.T) + 0.2 * rng.random((dossiers, experts), dtype=np.float32)
    if case.kind == "hard":
        affinity *= 0.5 + 0.5 * rng.random(experts)
    mean = dossiers * PANEL / experts
    low, high = (0.4, 1.6) if case.kind == "easy" else (0.9, 1.1)
    problem = Problem(
        experts=tuple(f"E{number}" for number in range(experts)),
        dossiers=tuple(f"D{number}" for number in range(dossiers)),
        affinity=np.round(affinity, 6, out=affinity),
        conflict=(rng.random((dossiers, experts), dtype=np.float32) < 0.02).astype(np.uint8),
        demand=np.full(dossiers, PANEL),
        least=np.full(experts, int(mean * low)),
        most=np.full(experts, int(np.ceil(mean * high))),
        worst_first=case.extra == "worst",
    )
    if case.extra not in ("mix", "side"):
        return problem
    holds = rng.random((experts, 3)) < 0.35
    holds[np.flatnonzero(~holds.any(axis=1)), 0] = True
    roles = Roles(("能源", "财务", "绿色制造"), holds, np.full((dossiers, 3), 1), np.full((dossiers, 3), 3))
    problem = replace(problem, roles=roles)
    if case.extra == "mix":
        return problem
    return replace(problem, employer=rng.integers(0, experts // 4, experts), no_single=True, connected=True)


def run(case: Case) -> float:
    """One row of the table; its CPU seconds."""
    problem = make(case)
    seconds = []
    for _ in range(case.repeats):
        begin = time.process_time()
        plan = solve(problem, engine=case.engine)
        seconds.append(time.process_time() - begin)
    median = statistics.median(seconds)
    target = f"{case.target:7.2f}" if case.target else "      -"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{case.name:28}{median:9.3f}{target}  {'yes' if plan.proven else 'no ':6}{plan.total:14.6f}"
        f"{plan.worst:10.6f}{plan.parts:6}{memory:7.2f}",
        flush=True,
    )
    return median


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--large", action="store_true", help="also 10,000 x 4,000")
    cases = CASES + (LARGE if parser.parse_args().large else ())
    load_solvers()
    print(
        f"{'round':28}{'CPU s':>9}{'target':>7}  {'proven':6}{'total':>14}{'worst':>10}{'parts':>6}{'GiB':>7}"
    )
    seconds = {case: run(case) for case in cases}
    ratios = [f"{case.name} {used / case.target:.2f}" for case, used in seconds.items() if case.target]
    print("CPU seconds / target: " + ", ".join(ratios))


if __name__ == "__main__":
    main()
