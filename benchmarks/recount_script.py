"""recount.py on large rounds and on 1,000 small ones: time and memory.

.venv/bin/python -m benchmarks.recount_script
"""

from __future__ import annotations

import random
import resource
import time
from decimal import Decimal

import numpy as np

from review_portal.aggregator import Ratings, StageRatings, rank_ratings
from review_portal.exports import archive_recount
from review_portal.exports.standalone import recount
from scoring_rubrics.rule import Rule

DOSSIERS, EXPERTS, EACH, ITEMS = 300, 120, 5, 13
RULE = Rule(normalize="severity", combine="mean")


def _stage(dossiers: int, experts: int, each: int, items: int, seed: int) -> StageRatings:
    chance = np.random.default_rng(seed)
    chosen = np.concatenate([chance.choice(experts, each, replace=False) for _ in range(dossiers)])
    ratings = Ratings.from_codes(
        np.repeat(np.arange(dossiers), each * items),
        np.repeat(chosen, items),
        np.tile(np.arange(items), dossiers * each),
        chance.integers(0, 17, dossiers * each * items) * 50,
        dossiers=[f"示例-{number:03}" for number in range(dossiers)],
        experts=[f"E{number:03}" for number in range(experts)],
        criterion_of={f"C{number % 3 + 1}.{number:02}": f"C{number % 3 + 1}" for number in range(items)},
    )
    return StageRatings("written", Decimal(1), ratings, "written")


def _ready(stage: StageRatings) -> tuple[dict[str, object], bytes]:
    ranking = rank_ratings([stage], RULE, quota=3, beside=False)
    rows = [{"number": row.dossier, "unit": row.dossier, "result": None} for row in ranking.rows]
    body = {
        "kind": "final",
        "quota": 3,
        "rule": RULE.canonical(),
        "stages": [{"key": "written", "name": "written", "weight": "1"}],
        "rows": rows,
        "outside": [],
        "ranking": {"absent": []},
    }
    vote = {"chosen": [], "left": []}
    spec = archive_recount.spec(body, [stage], vote=vote, judged=False)
    return spec, b"".join(archive_recount.sheets(stage, {}))


def _counted(spec: dict[str, object], data: bytes) -> float:
    begin = time.perf_counter()
    result = recount.Result(spec, lambda _stage: recount.sheets_of(data, "评分.csv"))
    recount.listing(result)
    return time.perf_counter() - begin


def main() -> None:
    chance = random.Random(1)
    small = [
        _ready(_stage(chance.randrange(2, 9), chance.randrange(3, 9), 3, 3, seed)) for seed in range(1000)
    ]
    print(f"1,000 small rounds: {sum(_counted(*one) for one in small):.2f} s")
    for dossiers, experts in ((DOSSIERS, EXPERTS), (2000, 1000)):
        seconds = _counted(*_ready(_stage(dossiers, experts, EACH, ITEMS, 1)))
        print(f"{dossiers} dossiers x {EACH} of {experts} experts x {ITEMS} items: {seconds:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory, numpy included: {peak:.0f} MB")


if __name__ == "__main__":
    main()
