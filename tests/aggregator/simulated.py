"""Rounds drawn from the crossed model with several criteria, and ways to plant something odd in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from review_portal.aggregator import Ratings
from review_portal.aggregator.exact import Index
from review_portal.aggregator.mixed_model import MixedFit, Reviews, fit_mixed

HALF_POINT = 50  # hundredths; the step of every criterion


@dataclass
class Draw:
    """One drawn round before rounding: plants change `points` in place.

    dossier, expert (reviews,); level: (reviews,) what the expert would give without noise;
    points: (reviews, criteria)
    """

    dossier: Index
    expert: Index
    level: NDArray[np.float64]
    points: NDArray[np.float64]
    random: np.random.Generator

    def of(self, expert: int) -> NDArray[np.bool_]:
        """The reviews of one expert."""
        return self.expert == expert

    def set_total(self, reviews: NDArray[np.bool_], total: NDArray[np.float64]) -> None:
        """New totals, the difference spread evenly over the criteria."""
        change = total - self.points[reviews].sum(axis=1)
        self.points[reviews] += change[:, None] / self.points.shape[1]


Plant = Callable[[Draw], None]


def simulated_round(
    seed: int,
    plant: Plant | None = None,
    *,
    dossiers: int = 60,
    experts: int = 12,
    each: int = 12,
    criteria: int = 4,
) -> Ratings:
    """Dossiers by `each` random experts: quality sd 5, severity sd 4, noise sd 8, half of it common to all
    criteria of a sheet.
    """
    random = np.random.default_rng(seed)
    chosen = np.sort(random.random((dossiers, experts)).argsort(axis=1)[:, :each], axis=1)
    dossier, expert = np.repeat(np.arange(dossiers), each), chosen.ravel()
    level = 70 + random.normal(0, 5, dossiers)[dossier] + random.normal(0, 4, experts)[expert]
    own = random.normal(0, np.sqrt(0.5), (dossier.size, criteria))
    noise = 8 * (random.normal(0, np.sqrt(0.5), (dossier.size, 1)) + own)
    noise /= np.sqrt(criteria * (criteria + 1) / 2)  # the sum over criteria keeps variance 64
    draw = Draw(dossier, expert, level, level[:, None] / criteria + noise, random)
    if plant is not None:
        plant(draw)
    points = np.maximum(np.rint(draw.points * 100 / HALF_POINT), 0).astype(np.int64) * HALF_POINT
    return Ratings.from_codes(
        np.repeat(dossier, criteria),
        np.repeat(expert, criteria),
        np.tile(np.arange(criteria), dossier.size),
        points.ravel(),
        dossiers=[f"S{number:03d}" for number in range(dossiers)],
        experts=[f"E{number:02d}" for number in range(experts)],
        criterion_of={f"C{number}": f"C{number}" for number in range(1, criteria + 1)},
    )


def fitted(ratings: Ratings) -> MixedFit:
    """The crossed model of a round."""
    return fit_mixed(Reviews.of(ratings))
