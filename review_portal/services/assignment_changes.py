"""A plan of an assignment against what is assigned now: what would change for each dossier and expert."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from review_portal.services.assignment_input import Input, Names, Place
from review_portal.services.assignment_solving import Solved, links

if TYPE_CHECKING:
    from review_portal.assignment.links import Links


@dataclass(frozen=True, slots=True)
class PaperChange:
    """A dossier: who would be added to its experts and removed, how many stay; `fit` is their affinity."""

    number: str
    unit: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int
    fit: float | None

    @property
    def after(self) -> int:
        """Experts under the plan."""
        return len(self.added) + self.kept


@dataclass(frozen=True, slots=True)
class ExpertChange:
    """An expert: dossiers now, and by number what would be added and removed; `limit` is the register's."""

    label: str
    employer: str
    limit: int | None
    before: int
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def after(self) -> int:
        """Dossiers under the plan."""
        return self.before + len(self.added) - len(self.removed)


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan against what is assigned now. `digest` is the input's: a plan of another is not applied."""

    digest: str
    pairs: tuple[Names, ...]
    papers: tuple[PaperChange, ...]
    experts: tuple[ExpertChange, ...]
    solved: Solved
    worst: PaperChange | None
    undecided: int
    even: tuple[str, ...]
    bare: tuple[str, ...]
    links: Links | None

    @property
    def added(self) -> int:
        """Pairs that are new."""
        return sum(len(item.added) for item in self.papers)

    @property
    def idle(self) -> tuple[str, ...]:
        """Experts of the panel who would score nothing."""
        return tuple(item.label for item in self.experts if not item.after)

    @property
    def over(self) -> tuple[ExpertChange, ...]:
        """Experts who would have more dossiers than the register allows them."""
        return tuple(item for item in self.experts if item.limit is not None and item.after > item.limit)

    @property
    def removed(self) -> int:
        """Pairs that would go."""
        return sum(len(item.removed) for item in self.papers)


def compared(found: Input, plan: Solved) -> Preview:
    """A plan against what is assigned now."""
    now, after = set(found.held), set(plan.places)
    papers = tuple(_of_paper(found, plan, now, d) for d in range(len(found.papers)))
    experts = []
    for e, expert in enumerate(found.experts):
        own = [d for d in range(len(found.papers)) if (e, d) in now | after]
        experts.append(
            ExpertChange(
                expert.label,
                expert.employer,
                expert.limit,
                sum((e, d) in now for d in own),
                tuple(found.papers[d].number for d in own if (e, d) not in now),
                tuple(found.papers[d].number for d in own if (e, d) not in after),
            )
        )
    rated = [item for item in papers if item.fit is not None]
    return Preview(
        found.digest,
        tuple(found.names(after)),
        papers,
        tuple(experts),
        plan,
        min(rated, key=lambda item: (item.fit or 0.0, item.number)) if rated else None,
        len(found.undecided),
        tuple(item.number for item in papers if found.rules.panel.odd and item.after % 2 == 0),
        tuple(item.number for item in papers if not item.after),
        links(found, after),
    )


def _of_paper(found: Input, plan: Solved, now: Collection[Place], d: int) -> PaperChange:
    own = [e for e in range(len(found.experts)) if (e, d) in now or (e, d) in plan.places]
    label = [found.experts[e].label for e in range(len(found.experts))]
    return PaperChange(
        found.papers[d].number,
        found.papers[d].unit,
        tuple(label[e] for e in own if (e, d) not in now),
        tuple(label[e] for e in own if (e, d) not in plan.places),
        sum((e, d) in now and (e, d) in plan.places for e in own),
        sum(plan.fits[e, d] for e in own if (e, d) in plan.fits) if plan.fits else None,
    )
