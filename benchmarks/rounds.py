"""Rounds made up for benchmarks: normal quality, severity and chance on designs of any size."""

from __future__ import annotations

import numpy as np

from review_portal.aggregator.mixed_model import Reviews

DOSSIERS, EXPERTS, EACH = 400_000, 100_000, 5  # a national fund's year


def at_random(
    dossiers: int = DOSSIERS, experts: int = EXPERTS, each: int = EACH, seed: int = 1
) -> np.ndarray:
    """(dossiers, each) different experts drawn at random for every dossier, ascending."""
    return _distinct(np.random.default_rng(seed).integers(0, experts, (dossiers, each)), experts, seed)


def in_panels(
    dossiers: int = DOSSIERS, experts: int = EXPERTS, each: int = EACH, bridges: float = 0.002, seed: int = 1
) -> np.ndarray:
    """The same with panels of `each` experts that score equal piles; a share of reviews crosses panels."""
    random = np.random.default_rng(seed)
    panel = np.arange(dossiers) * (experts // each) // dossiers
    chosen = panel[:, None] * each + np.arange(each)
    crossing = random.random(chosen.shape) < bridges
    chosen[crossing] = random.integers(0, experts, int(crossing.sum()))
    return _distinct(chosen, experts, seed)


def reviews_of(
    chosen: np.ndarray,
    experts: int,
    *,
    dossier: float = 5,
    expert: float = 4,
    noise: float = 8,
    seed: int = 1,
) -> tuple[Reviews, np.ndarray]:
    """Points in halves for a design, and the true qualities; standard deviations in points."""
    random = np.random.default_rng(seed)
    rows, each = chosen.shape
    quality, severity = random.normal(0, dossier, rows), random.normal(0, expert, experts)
    row, column = np.repeat(np.arange(rows), each), chosen.ravel().astype(np.int64)
    points = 70 + quality[row] + severity[column] + random.normal(0, noise, row.size)
    return Reviews(row, column, np.round(points * 2) / 2, rows, experts), quality


def _distinct(chosen: np.ndarray, experts: int, seed: int) -> np.ndarray:
    """Draw again where a dossier got an expert twice."""
    random = np.random.default_rng(seed + 1)
    chosen.sort(axis=1)
    while (twice := (np.diff(chosen, axis=1) == 0).any(axis=1)).any():
        chosen[twice] = np.sort(random.integers(0, experts, (int(twice.sum()), chosen.shape[1])), axis=1)
    return chosen
