"""How an assignment hangs together, and how well severity can be told apart from quality with it."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from review_portal.aggregator.connectivity import connectivity

from .model import Pair


@dataclass(frozen=True, slots=True)
class Links:
    """What the design alone says, before anybody has scored.

    parts: the dossiers of each connected part, the largest first. efficiency and bound: see
    `aggregator.contrasts.Precision`. difference: standard error of the difference of two dossiers, on
    average, in units of the residual's standard deviation; None where some cannot be compared. weak: the
    sizes of the two sides of the weakest division, the reviews that join them and the standard error
    between them. hubs: experts without whom parts fall away. singles: experts with one dossier only. thin:
    dossiers with one expert only.
    """

    reviews: int
    parts: tuple[tuple[str, ...], ...]
    efficiency: float | None
    bound: float | None
    difference: float | None
    weak: tuple[int, int, int, float | None] | None
    hubs: tuple[str, ...]
    singles: tuple[str, ...]
    thin: tuple[str, ...]


def links(pairs: Collection[Pair], experts: Sequence[str], dossiers: Sequence[str]) -> Links | None:
    """The report on (expert, dossier) pairs; None where there are none."""
    if not pairs:
        return None
    sheets = np.array(sorted(pairs), dtype=np.int64)
    said = connectivity(sheets[:, 1], sheets[:, 0], len(dossiers), len(experts))
    parts: list[list[str]] = [[] for _ in range(said.components.count)]
    for dossier, part in zip(dossiers, said.components.dossier.tolist(), strict=True):
        if part >= 0:
            parts[part].append(dossier)
    weakest = said.precision.weakest if said.precision else None
    return Links(
        reviews=len(sheets),
        parts=tuple(sorted((tuple(part) for part in parts), key=lambda part: (-len(part), part))),
        efficiency=said.efficiency if said.components.connected else None,
        bound=said.precision.bound if said.precision else None,
        difference=_difference(said.efficiency, len(sheets), int(said.dossiers.sum())),
        weak=(*weakest.sizes, weakest.reviews, weakest.standard_error) if weakest else None,
        hubs=tuple(experts[e] for e in said.cut_points.expert.tolist()),
        singles=tuple(experts[e] for e in said.single_dossier_experts.tolist()),
        thin=tuple(dossiers[d] for d in said.single_review_dossiers.tolist()),
    )


def _difference(efficiency: float | None, reviews: int, dossiers: int) -> float | None:
    """sqrt(2 / (k efficiency)), k reviews per dossier: the mean variance of a difference (`Precision`)."""
    return math.sqrt(2 * dossiers / (reviews * efficiency)) if efficiency else None
