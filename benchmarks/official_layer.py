"""The official layer at the size of a national fund: `python -m benchmarks.official_layer`.

2,000,000 reviews of 400,000 dossiers by 100,000 experts, made here from fixed seeds: from index columns
through `Ratings.from_codes`, `score_round` and `rank` with one tie key, in exact whole numbers. Times are
CPU time, the median of alternating runs; a sample of the scores is recomputed with fractions. The last line
is the ratio to the target of 1 s CPU.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median
from time import process_time

import numpy as np
from numpy.typing import NDArray

from review_portal.aggregator import (
    Ranking,
    Ratings,
    Stage,
    StageRatings,
    compare_rules,
    effect_of_removal,
    rank,
    remarks,
    score_round,
)
from scoring_rubrics.rule import Rule

TARGET = 1.0  # seconds of CPU for all of the official layer at 2,000,000 reviews
LIVE_TARGET = 1.0  # seconds of CPU for everything of a call with 2,000 dossiers
SAMPLE = 500


@dataclass(frozen=True)
class Columns:
    """Index columns of a synthetic call and what its numbers stand for."""

    dossier: NDArray[np.int64]
    expert: NDArray[np.int64]
    item: NDArray[np.int64]
    points: NDArray[np.int64]
    dossiers: tuple[str, ...]
    experts: tuple[str, ...]
    items: tuple[str, ...]

    def shuffled(self, seed: int) -> Columns:
        """The same rows in random order."""
        order = np.random.default_rng(seed).permutation(self.points.size)
        columns = (column[order] for column in (self.dossier, self.expert, self.item, self.points))
        return Columns(*columns, self.dossiers, self.experts, self.items)

    def ratings(self) -> Ratings:
        """Built as the portal builds them from a query's columns."""
        return Ratings.from_codes(
            self.dossier, self.expert, self.item, self.points,
            dossiers=self.dossiers, experts=self.experts, criterion_of={item: item for item in self.items},
        )  # fmt: skip


def synthetic(dossiers: int, reviews: int, experts: int, items: int, seed: int) -> Columns:
    """Every dossier read by `reviews` different experts, half-point scores, rows in order."""
    random = np.random.default_rng(seed)
    first, step = random.integers(0, experts, dossiers), random.integers(1, experts // reviews, dossiers)
    expert = np.sort((first[:, None] + np.arange(reviews) * step[:, None]) % experts, axis=1).ravel()
    dossier = np.repeat(np.arange(dossiers), reviews)
    total = random.normal(75, 5, dossiers)[dossier] + random.normal(0, 8, dossier.size)
    shares = total[:, None] / items + random.normal(0, 1, (dossier.size, items))
    points = np.rint(np.clip(shares, 0, 100 / items) * 2).astype(np.int64) * 50
    return Columns(
        np.repeat(dossier, items),
        np.repeat(expert, items),
        np.tile(np.arange(items), dossier.size),
        points.ravel(),
        tuple(f"S{number:06}" for number in range(dossiers)),
        tuple(f"Z{number:06}" for number in range(experts)),
        tuple(f"C{number}" for number in range(1, items + 1)),
    )


def official(columns: Columns, method: str) -> tuple[list[float], Ranking]:
    """CPU seconds of building, scoring and ranking, and the ranking."""
    rule = Rule.shorthand(method, ("written.C1",))
    times = [process_time()]
    ratings = columns.ratings()
    times.append(process_time())
    result = score_round(ratings, rule, beside=False)
    times.append(process_time())
    ranking = rank([Stage("written", Decimal(1), result)], rule, quota=len(columns.dossiers) // 5)
    assert len(ranking.within) + ranking.open_places == ranking.quota
    times.append(process_time())
    return np.diff(times).tolist(), ranking


def check(columns: Columns, method: str, ranking: Ranking) -> None:
    """A sample of the published scores against fractions, and the order against them all."""
    sheets = columns.points.reshape(-1, len(columns.items)).sum(axis=1)
    reviews = sheets.size // len(columns.dossiers)
    for at in np.linspace(0, len(columns.dossiers) - 1, SAMPLE).astype(int).tolist():
        own = sorted(sheets[at * reviews : (at + 1) * reviews].tolist())
        kept = own[1:-1] if method == "drop_high_low" else own
        mean = Fraction(sum(kept), len(kept))
        exact = (Decimal(mean.numerator) / mean.denominator).quantize(Decimal(1), ROUND_HALF_UP)
        assert int(ranking.final[at]) == int(exact), columns.dossiers[at]
    published = ranking.final[ranking.order]
    assert bool((published[1:] <= published[:-1]).all())


def one_pass(columns: Columns) -> float:
    """The yardstick: the points summed over each dossier once, in order, with nothing checked."""
    begin = process_time()
    start = np.flatnonzero(np.diff(columns.dossier, prepend=-1))
    np.add.reduceat(columns.points, start)
    return process_time() - begin


def lines(ranking: Ranking) -> float:
    """Every line of the list as an object, on demand."""
    begin = process_time()
    assert len(ranking.rows) == len(ranking.dossiers)
    return process_time() - begin


def live(columns: Columns, method: str) -> float:
    """All of a page for 2,000 dossiers: every method, ties, remarks, lines, one expert left out."""
    begin = process_time()
    stage = StageRatings("written", Decimal(1), columns.ratings())
    rule = Rule.shorthand(method, ("written.C1",))
    compared = compare_rules([stage], rule, quota=400)
    assert compared.ranking.rows and compared.ranking.canonical() and remarks(compared.ranking) is not None
    effect_of_removal([stage], rule, experts=[columns.experts[0]], quota=400)
    return process_time() - begin


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=400_000)
    parser.add_argument("--reviews", type=int, default=5, help="per dossier")
    parser.add_argument("--experts", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args(arguments)
    size = options.dossiers, options.reviews, options.experts
    single, several = synthetic(*size, 1, seed=1), synthetic(*size, 5, seed=2)
    small = synthetic(2_000, 5, 500, 5, seed=3)
    cases = {
        "1 item, mean": (single, "mean"),
        "1 item, drop_high_low": (single, "drop_high_low"),
        "1 item, drop_high_low, rows in random order": (single.shuffled(4), "drop_high_low"),
        "5 items, drop_high_low": (several, "drop_high_low"),
    }
    found: dict[str, list[list[float]]] = {name: [] for name in cases}
    extra: dict[str, list[float]] = {"one pass": [], "lines": [], "live": []}
    for _ in range(options.repeat):
        extra["one pass"].append(one_pass(single))
        for name, (columns, method) in cases.items():
            parts, ranking = official(columns, method)
            found[name].append(parts)
        extra["lines"].append(lines(ranking))
        extra["live"].append(live(small, "severity"))
    for name in ("1 item, mean", "1 item, drop_high_low", "5 items, drop_high_low"):
        columns, method = cases[name]
        check(columns, method, official(columns, method)[1])
    _print(options, found, {name: median(times) for name, times in extra.items()})


def _print(options: argparse.Namespace, found: dict[str, list[list[float]]], extra: dict[str, float]) -> None:
    reviews = options.dossiers * options.reviews
    print(
        f"{reviews:,} reviews, {options.dossiers:,} dossiers, {options.experts:,} experts; "
        f"CPU seconds, median of {options.repeat} alternating runs; {SAMPLE} scores a case recomputed"
    )
    print(f"{'case':<46}{'build':>8}{'score':>8}{'rank':>8}{'total':>8}")

    totals = {}
    for name, runs in found.items():
        totals[name] = median(sum(parts) for parts in runs)
        print(
            f"{name:<46}"
            + "".join(f"{part:>8.3f}" for part in (*np.median(runs, axis=0).tolist(), totals[name]))
        )
    print(f"{'one grouped sum over the rows (yardstick)':<46}{extra['one pass']:>32.3f}")
    print(f"{'all lines of the list as objects, on demand':<46}{extra['lines']:>32.3f}")
    print(f"{'2,000 dossiers x 5, five methods and a removal':<46}{extra['live']:>32.3f}")
    print(f"peak memory of this process, data included: {_peak_gib():.2f} GiB")
    worst = max(totals["1 item, mean"], totals["1 item, drop_high_low"])
    print(
        f"ratio to the target: {worst:.3f} s / {TARGET:.0f} s CPU = {worst / TARGET:.2f} "
        f"(2,000 dossiers: {extra['live']:.3f} s / {LIVE_TARGET:.0f} s = {extra['live'] / LIVE_TARGET:.2f})"
    )


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
