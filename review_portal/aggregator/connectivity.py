"""Which dossiers and experts are linked by reviews: only linked ones can be compared free of severity.

Dossiers and experts are the two sides of a graph, every review is an edge. The difference of two dossiers'
qualities can be told apart from their experts' severity exactly when both lie in one component; how well,
is said by what the graph hangs on (`cut_points`) and by the precision of contrasts (`contrasts`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .contrasts import Precision, WeakestLink, precision
from .crossing import RECOMMENDED_PER_PAIR, Crossing, crossing_required, crossing_reviews
from .cut_points import CutPoints, cut_points
from .exact import Index
from .notices import Notice, notice


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Connected parts of the review graph.

    count: parts that hold at least one review. dossier, expert: part number (0 .. count-1) of each; -1 for
    a dossier or expert without any review, which belongs to none.
    """

    count: int
    dossier: Index
    expert: Index

    @property
    def connected(self) -> bool:
        """All reviews hang together (true as well when there are none)."""
        return self.count <= 1


def components(sheet_dossier: Index, sheet_expert: Index, dossiers: int, experts: int) -> Components:
    """Connected components of the graph with one edge per review; O(reviews).

    sheet_dossier, sheet_expert: (reviews,) indices below `dossiers` and `experts`.
    """
    edge = np.ones(sheet_dossier.size, dtype=np.int8)
    size = dossiers + experts
    graph = coo_array((edge, (sheet_dossier, sheet_expert + dossiers)), shape=(size, size))
    _, label = connected_components(graph.tocsr(), directed=False)
    part = np.full(size, -1, dtype=np.int64)
    seen = np.zeros(size, dtype=bool)
    seen[sheet_dossier] = True
    seen[sheet_expert + dossiers] = True
    names, numbered = np.unique(label[seen], return_inverse=True)
    part[seen] = numbered
    return Components(names.size, part[:dossiers], part[dossiers:])


def not_connected(parts: Components) -> Notice:
    """What to say of several parts: what a common order assumes and how many reviews would mend it."""
    crossing, recommended = crossing_required(parts.count)
    return notice("panels_not_connected", parts=parts.count, crossing=crossing, recommended=recommended)


@dataclass(frozen=True, slots=True, eq=False)
class Connectivity:
    """How a round's reviews hang together.

    sheet_dossier, sheet_expert   (reviews,) as given
    components                    the connected parts, called panels where there are several
    dossiers, experts, reviews    (parts,) how many each part has
    single_dossier_experts        experts with one review, which says nothing of their severity
    single_review_dossiers        dossiers that rest on one expert
    cut_points                    experts, dossiers and reviews that the graph hangs on
    crossing                      what would join the parts
    precision                     of contrasts; None unless there is exactly one part
    """

    sheet_dossier: Index
    sheet_expert: Index
    components: Components
    dossiers: Index
    experts: Index
    reviews: Index
    single_dossier_experts: Index
    single_review_dossiers: Index
    cut_points: CutPoints
    crossing: Crossing
    precision: Precision | None

    @property
    def rank(self) -> int:
        """Rank of the additive design (dossiers and experts): their number less the number of parts."""
        return int(self.dossiers.sum() + self.experts.sum()) - self.components.count

    @property
    def efficiency(self) -> float | None:
        """A-efficiency of the dossiers' contrasts (see `Precision`); 0 over several parts, where some
        contrasts cannot be estimated.
        """
        if self.precision is None:
            return 0.0 if self.components.count else None
        return self.precision.efficiency

    @property
    def panel_error(self) -> float | None:
        """Standard error of the difference between panels in units of sigma_e: infinite over several parts,
        else that of the weakest link; None where there is none or its solution did not settle.
        """
        if not self.components.connected:
            return math.inf
        weakest = self.precision.weakest if self.precision else None
        return weakest.standard_error if weakest else None

    def notices(
        self, sigma_dossier: float | None = None, sigma_residual: float | None = None
    ) -> tuple[Notice, ...]:
        """What to say about comparing across panels.

        sigma_dossier, sigma_residual: standard deviations in points, if known; a link is called weak when the
        standard error between its sides exceeds sigma_dossier / 2. With sigma_dossier = 0 nothing is said of
        it: then there is no difference to tell.
        """
        if not self.components.connected:
            return (not_connected(self.components),)
        weakest = self.precision.weakest if self.precision else None
        if weakest is None:
            return ()
        found = [] if weakest.standard_error is not None else [notice("panel_error_not_settled")]
        if sigma_dossier and sigma_residual is not None:
            found += _weak_link(weakest, sigma_dossier / 2, sigma_residual)
        return tuple(found)

    def figures(self, dossiers: Sequence[str], experts: Sequence[str]) -> dict[str, object]:
        """All of it under plain names, ready for JSON; keys are translated to `dossiers` and `experts`.

        An infinite standard error is None, as is what was not computed.
        """
        parts, cut, join = self.components, self.cut_points, self.crossing
        error = self.panel_error

        def reviews_of(dossier: Index, expert: Index) -> list[dict[str, object]]:
            return [
                {"dossier": dossiers[d], "expert": experts[e]}
                for d, e in zip(dossier.tolist(), expert.tolist(), strict=True)
            ]

        bridges = reviews_of(self.sheet_dossier[cut.review], self.sheet_expert[cut.review])
        for bridge, hanging in zip(bridges, cut.review_cut_off.tolist(), strict=True):
            bridge["dossiers_cut_off"] = hanging
        return {
            "n_connected_components": parts.count,
            "design_rank_dossier_expert": self.rank,
            "n_dossiers": int(self.dossiers.sum()),
            "n_experts": int(self.experts.sum()),
            "n_reviews": int(self.reviews.sum()),
            "component_of": {
                "dossiers": _membership(dossiers, parts.dossier),
                "experts": _membership(experts, parts.expert),
            },
            "dossiers_per_component": self.dossiers.tolist(),
            "experts_per_component": self.experts.tolist(),
            "reviews_per_component": self.reviews.tolist(),
            "single_dossier_experts": [experts[e] for e in self.single_dossier_experts.tolist()],
            "single_review_dossiers": [dossiers[d] for d in self.single_review_dossiers.tolist()],
            "articulation_experts": _cut_off(experts, cut.expert, cut.expert_cut_off),
            "articulation_dossiers": _cut_off(dossiers, cut.dossier, cut.dossier_cut_off),
            "bridges": bridges,
            "crossing_reviews_minimum": join.minimum,
            "crossing_reviews_recommended": join.recommended,
            "crossing_reviews_proposed": reviews_of(join.dossier, join.expert),
            "a_efficiency": self.efficiency,
            "a_efficiency_bound": self.precision.bound if self.precision else None,
            "between_panel_standard_error": error if error is not None and math.isfinite(error) else None,
            "weakest_link": _weakest_figures(self.precision, dossiers, experts),
        }


def connectivity(sheet_dossier: Index, sheet_expert: Index, dossiers: int, experts: int) -> Connectivity:
    """Report on the reviews (sheet_dossier, sheet_expert), each pair once: for planned as for given ones.

    sheet_dossier, sheet_expert: (reviews,) indices below `dossiers` and `experts`. O(reviews log reviews),
    and cubic in the smaller side where that has at most `contrasts.EXACT_LEVELS`.
    """
    parts = components(sheet_dossier, sheet_expert, dossiers, experts)
    of_dossier = np.bincount(sheet_dossier, minlength=dossiers)
    of_expert = np.bincount(sheet_expert, minlength=experts)
    used = np.flatnonzero(of_dossier)
    first = np.empty(parts.count, dtype=np.int64)
    first[parts.dossier[used[::-1]]] = used[::-1]
    return Connectivity(
        sheet_dossier=sheet_dossier,
        sheet_expert=sheet_expert,
        components=parts,
        dossiers=np.bincount(parts.dossier[used], minlength=parts.count),
        experts=np.bincount(parts.expert[of_expert > 0], minlength=parts.count),
        reviews=np.bincount(parts.dossier[sheet_dossier], minlength=parts.count),
        single_dossier_experts=np.flatnonzero(of_expert == 1),
        single_review_dossiers=np.flatnonzero(of_dossier == 1),
        cut_points=cut_points(sheet_dossier, sheet_expert, dossiers, experts, first),
        crossing=crossing_reviews(parts.dossier, parts.expert, of_dossier, of_expert),
        precision=precision(sheet_dossier, sheet_expert, dossiers, experts) if parts.count == 1 else None,
    )


def _weak_link(weakest: WeakestLink, half: float, sigma_residual: float) -> list[Notice]:
    """A notice where the error exceeds `half` (both in points); an error that is not known is taken as the
    least it can be. `more` reviews bring it down to `half`, as it falls with the root of their number.
    """
    error = (weakest.standard_error or weakest.least_error) * sigma_residual
    if error <= half:
        return []
    needed = math.ceil(weakest.reviews * (error / half) ** 2)
    return [
        notice(
            "panels_weakly_linked",
            reviews=weakest.reviews,
            smaller=weakest.sizes[0],
            larger=weakest.sizes[1],
            error=f"{error:.1f}",
            half=f"{half:.1f}",
            more=max(needed, RECOMMENDED_PER_PAIR) - weakest.reviews,
        )
    ]


def _membership(keys: Sequence[str], part: Index) -> dict[str, int]:
    return {keys[k]: int(part[k]) for k in np.flatnonzero(part >= 0).tolist()}


def _cut_off(keys: Sequence[str], point: Index, hanging: Index) -> dict[str, int]:
    """Key -> dossiers that would be cut off without it."""
    return {keys[k]: count for k, count in zip(point.tolist(), hanging.tolist(), strict=True)}


def _weakest_figures(
    found: Precision | None, dossiers: Sequence[str], experts: Sequence[str]
) -> dict[str, object] | None:
    link = found.weakest if found else None
    if link is None:
        return None
    return {
        "crossing_reviews": link.reviews,
        "dossiers_on_each_side": list(link.sizes),
        "dossiers": [dossiers[d] for d in np.flatnonzero(link.dossiers).tolist()],
        "experts": [experts[e] for e in np.flatnonzero(link.experts).tolist()],
    }
