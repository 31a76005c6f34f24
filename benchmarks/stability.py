"""What a list hangs on, live: `python -m benchmarks.stability`.

2,000 dossiers with 5 reviews each by 800 experts and three criteria, made here from a fixed seed: every
expert left out in turn, every criterion left out, its weight changed, all weights changed together, other
rules; explained: all of this with chances, rank ranges, neighbours and connectivity. A sample of the experts
is left out by ranking again, for the time it takes and to compare the answers. CPU time, the median of
alternating runs; the last line is the ratio of the slowest rule, explained, to the target of 1 s.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from time import process_time

import numpy as np

from review_portal.aggregator import Ratings, StageRatings, compare_rules, rank_ratings
from review_portal.aggregator.explain import explain
from review_portal.aggregator.influences import Influence
from review_portal.aggregator.stability import leave_one_expert_out, list_stability
from scoring_rubrics.rule import Rule

TARGET = 1.0  # seconds of CPU for everything about a list of 2,000 dossiers
MAXIMA = {"C1": Decimal(40), "C2": Decimal(35), "C3": Decimal(25)}
# four reviews are enough to drop two, so that drop_high_low still decides when one of five is left out
SHARED = Rule(min_reviews=4, tie_keys=("written.C1", "written.C2"))
RULES = {name: SHARED.using(name) for name in ("mean", "drop_high_low", "median", "severity", "z_score")}
SAMPLE = 10  # experts left out by ranking again
PARTS = ("experts", "with criteria and weights", "with other rules", "explained", "one by ranking again")


def synthetic(dossiers: int, reviews: int, experts: int, seed: int) -> Ratings:
    """Every dossier read by `reviews` different experts; quality, severity, noise; items in half points."""
    random = np.random.default_rng(seed)
    dossier = np.repeat(np.arange(dossiers), reviews)
    expert = np.concatenate([random.choice(experts, reviews, replace=False) for _ in range(dossiers)])
    share = np.array([float(maximum) for maximum in MAXIMA.values()]) / 100
    level = random.normal(75, 5, dossiers)[dossier] + random.normal(0, 4, experts)[expert]
    points = (level[:, None] + random.normal(0, 8, (dossier.size, share.size))) * share
    halves = np.clip(np.rint(2 * points), 0, np.rint(200 * share)).astype(np.int64)
    return Ratings.from_codes(
        np.repeat(dossier, share.size), np.repeat(expert, share.size),
        np.tile(np.arange(share.size), dossier.size), 50 * halves.ravel(),
        dossiers=[f"S{number:04}" for number in range(dossiers)],
        experts=[f"Z{number:03}" for number in range(experts)],
        criterion_of={criterion: criterion for criterion in MAXIMA},
    )  # fmt: skip


def measure(ratings: Ratings, rule: Rule, quota: int) -> list[float]:
    """CPU seconds of each of PARTS, every one from the ratings; the answers of the sample are compared."""
    times = [process_time()]
    found = leave_one_expert_out(_stages(ratings), rule, quota=quota)
    times.append(process_time())
    stages = _stages(ratings)
    comparison = compare_rules(stages, rule, quota=quota)
    times.append(process_time())
    list_stability(stages, rule, quota=quota, maxima={"written": MAXIMA}, comparison=comparison)
    times.append(process_time())
    explain(_stages(ratings), rule, quota=quota, maxima={"written": MAXIMA})
    times.append(process_time())
    experts, rules, rest, explained = np.diff(times).tolist()
    fewer = [ratings.without(experts=[expert]) for expert in ratings.experts[:SAMPLE]]
    begin = process_time()
    again = [rank_ratings(_stages(each), rule, quota=quota, beside=False).within for each in fewer]
    one = (process_time() - begin) / SAMPLE
    for influence, within in zip(found, again, strict=False):
        check(influence, comparison.ranking.within, within)
    return [experts, rest, rules + rest, explained, one]


def check(influence: Influence, before: Sequence[str], after: Sequence[str]) -> None:
    """The answer for one expert against the list ranked again without him."""
    assert influence.effect is not None
    assert set(influence.effect.entered) == set(after) - set(before), influence.key
    assert set(influence.effect.left) == set(before) - set(after), influence.key


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=2_000)
    parser.add_argument("--reviews", type=int, default=5, help="per dossier")
    parser.add_argument("--experts", type=int, default=800)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args(arguments)
    ratings = synthetic(options.dossiers, options.reviews, options.experts, seed=1)
    runs: dict[str, list[list[float]]] = {name: [] for name in RULES}
    for _ in range(options.repeat):
        for name, rule in RULES.items():
            runs[name].append(measure(ratings, rule, options.dossiers // 5))
    print(
        f"{options.dossiers:,} dossiers x {options.reviews} reviews, {options.experts:,} experts; "
        f"CPU seconds, median of {options.repeat} alternating runs; {SAMPLE} answers a run compared"
    )
    print(f"{'rule':<16}" + "".join(f"{part:>27}" for part in PARTS) + f"{'as many again, ratio':>22}")
    slowest = 0.0
    for name, own in runs.items():
        parts = np.median(own, axis=0).tolist()
        total = median(run[3] for run in own)
        slowest = max(slowest, total)
        print(
            f"{name:<16}"
            + "".join(f"{part:>27.4f}" for part in parts)
            + f"{options.experts * parts[4] / parts[0]:>22.0f}"
        )
    print(f"ratio to the target: {slowest:.3f} s / {TARGET:.0f} s CPU = {slowest / TARGET:.2f}")


def _stages(ratings: Ratings) -> list[StageRatings]:
    """Made anew, as nothing computed before shall count."""
    return [StageRatings("written", Decimal(1), ratings)]


if __name__ == "__main__":
    main()
