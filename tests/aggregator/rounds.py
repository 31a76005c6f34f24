"""Rounds with holes, several criteria and any number of experts, where two ways to compute are compared."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

from review_portal.aggregator import Ratings
from scoring_rubrics.rule import Rule

ITEMS = {"C1.1": "C1", "C1.2": "C1", "C2.1": "C2"}
MAXIMA = {"C1": Decimal(60), "C2": Decimal(40)}


def ratings_from(sheets: list[tuple[int, int]], points: np.ndarray, dossiers: int, experts: int) -> Ratings:
    """Ratings of (dossier, expert) sheets with (sheets, items) points in hundredths."""
    size = len(ITEMS)
    return Ratings.from_codes(
        np.repeat([sheet[0] for sheet in sheets], size),
        np.repeat([sheet[1] for sheet in sheets], size),
        np.tile(np.arange(size), len(sheets)),
        points.ravel(),
        dossiers=[f"S{number:04}" for number in range(dossiers)],
        experts=[f"E{number:03}" for number in range(experts)],
        criterion_of=ITEMS,
    )


def sparse_round(dossiers: int, experts: int, each: int, seed: int, step: int = 50) -> Ratings:
    """A round in which every dossier has `each` experts drawn at random; points in multiples of `step`."""
    random = np.random.default_rng(seed)
    expert = np.concatenate([random.choice(experts, each, replace=False) for _ in range(dossiers)])
    dossier = np.repeat(np.arange(dossiers), each)
    level = random.normal(25, 2, dossiers)[dossier] + random.normal(0, 1.5, experts)[expert]
    points = level[:, None] + random.normal(0, 1.5, (dossier.size, len(ITEMS)))
    whole = np.clip(np.rint(points * 100 / step), 0, None).astype(np.int64) * step
    return ratings_from(list(zip(dossier.tolist(), expert.tolist(), strict=True)), whole, dossiers, experts)


@st.composite
def rounds(draw: st.DrawFn, dossiers: int = 6, experts: int = 6) -> Ratings:
    """Any round with a sheet: panels that do not meet, single reviews and equal scores included."""
    n, m = draw(st.integers(1, dossiers)), draw(st.integers(1, experts))
    cells = st.tuples(st.integers(0, n - 1), st.integers(0, m - 1))
    full = draw(st.booleans())
    sheets = (
        [(i, j) for i in range(n) for j in range(m)]
        if full
        else draw(st.lists(cells, unique=True, min_size=1, max_size=n * m))
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    step = draw(st.sampled_from([1, 50, 1000]))  # coarse points give equal scores and exact halves
    points = random.integers(0, 3000 // step + 1, (len(sheets), len(ITEMS))) * step
    ratings = ratings_from(sheets, points, n, m)
    return ratings.reweighted({"C1": Decimal("0.35")}) if draw(st.booleans()) else ratings


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule without tie keys."""
    return Rule(
        draw(st.sampled_from(["none", "severity", "z_score"])),
        draw(st.sampled_from(["mean", "drop_high_low", "median"])),
        min_reviews=draw(st.integers(3, 5)),
        below_threshold=draw(st.sampled_from(["all_mean", "refuse"])),
        fallback=draw(st.sampled_from(["none", "z_score"])),
        places=draw(st.integers(0, 2)),
    )
