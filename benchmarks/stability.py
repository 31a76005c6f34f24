"""What a page waits for: who enters and leaves the list because of one expert, one criterion or its weight.

    OPENBLAS_NUM_THREADS=1 .venv/bin/python -m benchmarks.stability [repetitions]

Makes its own round: 2,000 dossiers with 5 reviews each by 800 experts, three criteria. CPU time, medians of
alternating repetitions: every expert left out, from the ratings; that with every criterion and weight, from a
comparison of rules at hand; that with the comparison; and the answer for one expert by ranking again without
him. The last line compares the slowest rule with the target of 1 s for everything.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np

from review_portal.aggregator import Ratings, StageRatings, compare_rules, rank_ratings
from review_portal.aggregator.stability import leave_one_expert_out, list_stability
from scoring_rubrics.rule import Rule

DOSSIERS, REVIEWS, EXPERTS, QUOTA = 2_000, 5, 800, 400
MAXIMA = {"C1": Decimal(40), "C2": Decimal(35), "C3": Decimal(25)}
RULES = ("mean", "drop_high_low", "median", "severity", "z_score")
AGAIN = 10  # experts for whom the list is ranked again
TARGET = 1.0  # seconds


def made_up_round(seed: int = 20230217) -> Ratings:
    """Qualities, severities and noise like those of a real call; items in half points."""
    random = np.random.default_rng(seed)
    dossier = np.repeat(np.arange(DOSSIERS), REVIEWS)
    expert = np.concatenate([random.choice(EXPERTS, REVIEWS, replace=False) for _ in range(DOSSIERS)])
    share = np.array([float(value) for value in MAXIMA.values()]) / 100
    level = random.normal(75, 5, DOSSIERS)[dossier] + random.normal(0, 4, EXPERTS)[expert]
    points = (level[:, None] + random.normal(0, 8, (dossier.size, share.size))) * share
    whole = np.clip(np.rint(2 * points), 0, np.rint(200 * share)).astype(np.int64) * 50
    return Ratings.from_codes(
        np.repeat(dossier, share.size),
        np.repeat(expert, share.size),
        np.tile(np.arange(share.size), dossier.size),
        whole.ravel(),
        dossiers=[f"S{number:04}" for number in range(DOSSIERS)],
        experts=[f"E{number:03}" for number in range(EXPERTS)],
        criterion_of={criterion: criterion for criterion in MAXIMA},
    )


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def measure(stages: list[StageRatings], rule: Rule) -> dict[str, float]:
    """CPU seconds of each part for one rule."""
    maxima = {stage.key: MAXIMA for stage in stages}
    comparison = compare_rules(stages, rule, quota=QUOTA)
    ratings = stages[0].ratings
    fewer = [
        [replace(stages[0], ratings=ratings.without(experts=[expert]))] for expert in ratings.experts[:AGAIN]
    ]
    return {
        "experts": cpu(lambda: leave_one_expert_out(stages, rule, quota=QUOTA)),
        "everything": cpu(
            lambda: list_stability(stages, rule, quota=QUOTA, maxima=maxima, comparison=comparison)
        ),
        "rules": cpu(lambda: compare_rules(stages, rule, quota=QUOTA)),
        "again": cpu(lambda: [rank_ratings(each, rule, quota=QUOTA, beside=False) for each in fewer]) / AGAIN,
    }


def main(repetitions: int) -> None:
    """Measure, print the table and the ratio."""
    stages = [StageRatings("written", Decimal(1), made_up_round())]
    # four reviews are enough to drop two, so that drop_high_low still decides without an expert
    shared = Rule(min_reviews=4, tie_keys=("written.C1", "written.C2"))
    rules = {name: shared.using(name) for name in RULES}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in RULES}
    for _ in range(repetitions):
        for name, rule in rules.items():
            taken[name].append(measure(stages, rule))
    print(f"{DOSSIERS} dossiers x {REVIEWS} reviews, {EXPERTS} experts; CPU seconds, median of {repetitions}")
    print("rule           experts  + criteria, weights  + other rules  again, one expert  saved on experts")
    slowest = 0.0
    for name in RULES:
        of = {part: statistics.median(each[part] for each in taken[name]) for part in taken[name][0]}
        total = of["everything"] + of["rules"]
        slowest = max(slowest, total)
        print(
            f"{name:14} {of['experts']:7.3f} {of['everything']:20.3f} {total:14.3f} {of['again']:18.4f}"
            f" {EXPERTS * of['again'] / of['experts']:15.0f}x"
        )
    print(f"slowest rule with everything / target of {TARGET:.0f} s: {slowest / TARGET:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
