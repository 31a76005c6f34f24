"""What is to be assigned and what came out: plain frozen data, checked once, without a solver.

x[d, e] in {0, 1} says that expert e sits on the panel of dossier d. Every matrix has one row per dossier and
one column per expert. Affinities count in whole millionths: "optimal" means optimal for affinities rounded to
six decimals, and every sum of them is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from review_portal.domain.errors import Invalid, PortalError
from review_portal.domain.messages import mark

Index = NDArray[np.int64]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]
Levels = NDArray[np.uint8]
Pair = tuple[int, int]

MICRO = 1_000_000


class Infeasible(Invalid):
    """No assignment meets all conditions; `diagnosis.diagnose` says which seats lack whom."""


class NotInstalled(PortalError):
    """The extra that this size or method needs is missing on this machine."""

    status = 503


def infeasible() -> Infeasible:
    """The refusal itself; its reasons are the diagnosis."""
    return Infeasible(mark("没有一种分派能满足全部条件。请查看缺口说明，放宽其中一项后重试。"))


@dataclass(frozen=True, slots=True, eq=False)
class Roles:
    """The specialty mix of the panels.

    names: of the roles. holds: (experts, roles). least, most: (dossiers, roles) seats of a panel. An expert
    who holds roles fills exactly one of them on a panel; an expert who holds none sits without a role.
    """

    names: tuple[str, ...]
    holds: Flags
    least: Index
    most: Index


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Who may score what, and under which conditions.

    affinity: (dossiers, experts); nan where nothing is known, which offers no such pair. conflict:
    (dossiers, experts) levels, 0 is free, anything else forbids; what a level means and the reasons stay
    with the caller. demand: experts per dossier, odd unless `even_panels`. least, most: dossiers per
    expert; with `no_single` an expert gets none or at least two (one dossier alone says nothing of
    severity). employer: group number per expert, -1 for none; a panel has at most one expert of a group.
    apart: experts who never share a panel. frozen: (dossier, expert) pairs that stay. worst_first: first
    the largest affinity sum of the worst dossier, then the total. connected: all reviews hang together.
    seed: decides among equal optima.
    """

    experts: tuple[str, ...]
    dossiers: tuple[str, ...]
    affinity: Real
    conflict: Levels
    demand: Index
    least: Index
    most: Index
    no_single: bool = False
    employer: Index | None = None
    roles: Roles | None = None
    apart: tuple[Pair, ...] = ()
    frozen: tuple[Pair, ...] = ()
    worst_first: bool = False
    connected: bool = False
    even_panels: bool = False
    seed: str = ""

    def __post_init__(self) -> None:
        from .checks import check

        check(self)

    def load_bounds(self) -> tuple[Index, Index]:
        """(experts,) least and most dossiers that are possible: with `no_single` one is none or two."""
        if not self.no_single:
            return self.least, self.most
        return np.where(self.least == 1, 2, self.least), np.where(self.most == 1, 0, self.most)

    @property
    def seats(self) -> int:
        """Reviews to be written altogether."""
        return int(self.demand.sum())


@dataclass(frozen=True, slots=True)
class Binding:
    """A condition that holds at its limit: kind and who it concerns.

    kind: most, least (an expert's load), role_least, role_most (dossier and role), or a condition beyond
    loads and mixes that the best assignment without it would break: employer, apart, single, worst,
    connected.
    """

    kind: str
    expert: int = -1
    dossier: int = -1
    role: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """An assignment and what is proven of it; sums in millionths.

    dossier, expert, role: (seats,) ordered by dossier, then expert; role -1 for none. bound_micro: no
    assignment with this worst dossier has a larger total; worst_bound_micro: none has a better worst dossier
    (only asked with worst_first, else equal to worst_micro). ties_settled: among equal optima the seed has
    decided. parts: connected parts of the review graph; reason: why there are several, "" for one.
    """

    dossier: Index
    expert: Index
    role: Index
    micro: int
    bound_micro: int
    worst_micro: int
    worst_bound_micro: int
    worst_dossier: int
    ties_settled: bool
    parts: int
    reason: str
    engine: str
    binding: tuple[Binding, ...] = field(default=())

    @property
    def total(self) -> float:
        """Sum of all affinities."""
        return self.micro / MICRO

    @property
    def worst(self) -> float:
        """Affinity sum of the worst dossier."""
        return self.worst_micro / MICRO

    @property
    def proven(self) -> bool:
        """Whether no assignment is better."""
        return self.micro == self.bound_micro and self.worst_micro == self.worst_bound_micro

    @property
    def gap(self) -> float:
        """How much larger a total might still be; 0 when proven."""
        return (self.bound_micro - self.micro) / MICRO

    @property
    def connected(self) -> bool:
        """Whether all reviews hang together."""
        return self.parts <= 1
