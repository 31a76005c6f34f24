"""The chair's ranking pages, live: `python -m benchmarks.ranking_pages`.

A finished round of 2,000 dossiers with 3 reviews each by 60 experts, made here from a fixed seed and written
into an SQLite file of its own. Measured on the server, from request to answer: the ranking tried out (it is
computed from the sheets), the frozen one (it is read), the statistician's tab and its largest file; and what
the worker takes to compute the analysis once. CPU time, the median; the last line is the ratio of the slowest
page to the target of 1 s.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from flask import Flask

from review_portal import create_app
from review_portal.db import db
from review_portal.factory import prepare_database
from review_portal.services import ranking
from tests.factories_scored import Scored, scored

TARGET = 1.0  # seconds of CPU for one page
LOOK = "专家组已查看规则差异，维持原规则（示例）。"


def totals(dossiers: int, reviews: int, experts: int, seed: int) -> dict[tuple[str, str], Decimal]:
    """Every dossier read by different experts; quality, severity, noise; totals in half points."""
    random = np.random.default_rng(seed)
    quality, severity = random.normal(75, 6, dossiers), random.normal(0, 3, experts)
    found = {}
    for dossier in range(dossiers):
        for expert in random.choice(experts, reviews, replace=False).tolist():
            points = quality[dossier] + severity[expert] + random.normal(0, 4)
            halves = int(np.clip(np.rint(2 * points), 0, 200))
            found[f"2030-{dossier + 1:04}", f"E{expert + 1:03}"] = Decimal(halves) / 2
    return found


def seconds(act: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    begin = process_time()
    act()
    return process_time() - begin


def freeze(made: Scored) -> None:
    """As the chair does."""
    with made.app.app_context():
        made.agree()
        chair = made.viewer()
        digest = ranking.view(chair, round_=made.round_).digest
        ranking.freeze(chair, round_=made.round_, digest=digest, look=LOOK)


def measure(app: Flask, given: dict[tuple[str, str], Decimal], quota: int, repeat: int) -> dict[str, float]:
    """Seconds of each page and, under "analysis", of the worker."""
    made = scored(app, given, quota=quota)
    found = {"analysis, once": seconds(made.analyse)}
    visitor = made.visitor()

    def page(address: str) -> float:
        def get() -> None:
            got = visitor.get(made.at(address))
            assert got.status == 200, got.status

        get()  # templates and rules are read at the first request
        return median(seconds(get) for _ in range(repeat))

    found["ranking, tried out"] = page("ranking")
    freeze(made)
    found["ranking, frozen"] = page("ranking")
    found["statistics"] = page("ranking/statistics")
    found["calibrated scores as a file"] = page("ranking/statistics/dossiers.csv")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=2000)
    parser.add_argument("--reviews", type=int, default=3)
    parser.add_argument("--experts", type=int, default=60)
    parser.add_argument("--quota", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args(arguments)
    given = totals(options.dossiers, options.reviews, options.experts, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(instance=Path(folder), testing=True, database_url="")
        prepare_database(app)
        found = measure(app, given, options.quota, options.repeat)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    print(f"{options.dossiers} dossiers x {options.reviews} reviews, {options.experts} experts; CPU seconds")
    for name, taken in found.items():
        print(f"{name:30}{taken:8.3f}")
    slowest = max(taken for name, taken in found.items() if name != "analysis, once")
    print(f"ratio to the target: {slowest:.3f} s / {TARGET:g} s CPU = {slowest / TARGET:.2f}")


if __name__ == "__main__":
    main()
