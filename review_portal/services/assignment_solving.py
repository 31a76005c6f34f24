"""From a round as stored to proposed pairs: everybody scores everything, or the best k per dossier."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.employers import employer_key
from review_portal.models.calls import Round
from review_portal.models.dossiers import DossierVersion
from review_portal.models.reviews import Review
from review_portal.services.assignment_input import Input, Place
from review_portal.services.draw_pool import specialties_of

if TYPE_CHECKING:
    from review_portal.assignment.links import Links
    from review_portal.assignment.proposal import Columns, Matter

SECONDS: Final = 20.0  # processor time for one plan while somebody waits before the page


@dataclass(frozen=True, slots=True)
class Wish:
    """What the office asks for. With `everybody` nothing else counts.

    least, most: dossiers per expert, most 0 for no limit; a lower limit of the register goes before both.
    mix: specialty -> least number on every panel. apart: pairs of experts (public ids) who never share a
    panel.
    """

    everybody: bool
    per_dossier: int = 0
    least: int = 0
    most: int = 0
    no_single: bool = True
    one_per_employer: bool = True
    worst_first: bool = True
    connected: bool = True
    mix: tuple[tuple[str, int], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """Proposed pairs; `fits` is the affinity of each, `total` their sum, `gap` how much more it might be.

    proven is None where nothing was to be optimised.
    """

    places: frozenset[Place]
    fits: Mapping[Place, float]
    total: float
    proven: bool | None
    worst_proven: bool
    gap: float


def given(places: Collection[Place]) -> Solved:
    """Pairs that nobody optimised."""
    return Solved(frozenset(places), {}, 0.0, None, True, 0.0)


def solved(session: Session, found: Input, wish: Wish) -> Solved:
    """The pairs for a wish.

    Raises `Invalid` with the diagnosis in `fields` where there are none, `NotInstalled` where this size needs
    the extra.
    """
    if wish.everybody:
        return given(found.free)
    from review_portal.assignment.affinity import AffinityWeights
    from review_portal.assignment.proposal import Terms, affinities, propose

    number = {expert.public_id: place for place, expert in enumerate(found.experts)}
    terms = Terms(
        wish.per_dossier,
        wish.least,
        wish.most,
        wish.no_single,
        wish.one_per_employer,
        wish.worst_first,
        wish.connected,
        even_panels=not found.rules.panel.odd,
        mix=dict(wish.mix),
        apart=[(number[one], number[other]) for one, other in wish.apart],
    )
    weights = found.rules.affinity
    counted = AffinityWeights(float(weights.specialty), float(weights.text), float(weights.history))
    columns = columns_of(found)
    affinity = affinities(columns, matter(session, found), counted)
    best = propose(columns, terms, affinity, seconds=SECONDS)
    return Solved(frozenset(best.fits), best.fits, best.total, best.proven, best.worst_proven, best.gap)


def links(found: Input, places: Collection[Place]) -> Links | None:
    """How these pairs hang together."""
    from review_portal.assignment.links import links as report

    return report(
        places, [expert.label for expert in found.experts], [paper.number for paper in found.papers]
    )


def specialties(found: Input) -> dict[str, int]:
    """Specialty -> how many experts of the panel have declared it."""
    held = [specialties_of(expert.field) for expert in found.experts]
    names = sorted({name for group in held for name in group})
    return {name: sum(name in group for group in held) for name in names}


def columns_of(found: Input) -> Columns:
    """The round without a database behind it."""
    from review_portal.assignment.proposal import Columns

    return Columns(
        [expert.label for expert in found.experts],
        [paper.number for paper in found.papers],
        [employer_key(expert.employer) or "" for expert in found.experts],
        [specialties_of(expert.field) for expert in found.experts],
        [expert.limit for expert in found.experts],
        found.apart.keys(),
        found.undecided.keys(),
        found.begun,
        found.round,
    )


def matter(session: Session, found: Input) -> Matter:
    """Texts, profiles, goals and earlier reviews. Three queries."""
    from review_portal.assignment.proposal import Matter

    forms = _forms(session, {paper.version for paper in found.papers if paper.version is not None})
    nothing: Mapping[str, Any] = {}
    own = [forms.get(paper.version or 0, nothing) for paper in found.papers]
    return Matter(
        [_text(form) for form in own],
        [f"{expert.field} {expert.title}" for expert in found.experts],
        [_goals(form) for form in own],
        _served(session, found),
    )


def _forms(session: Session, versions: Collection[int]) -> dict[int, Mapping[str, Any]]:
    rows = session.execute(
        sa.select(DossierVersion.id, DossierVersion.form).where(DossierVersion.id.in_(versions))
    )
    return dict(rows.all())


def _text(form: Mapping[str, Any]) -> str:
    platform = form.get("platform") or {}
    parts = [platform.get("name"), platform.get("overview"), *(s.get("text") for s in form.get("body", ()))]
    return "\n".join(part for part in parts if part)


def _goals(form: Mapping[str, Any]) -> set[str]:
    return {str(goal) for goal in form.get("goals", ())}


def _served(session: Session, found: Input) -> list[Counter[str]]:
    """Per expert, sheets handed in in rounds that have ended, by the goals of their dossiers."""
    rows = session.execute(
        sa.select(Review.expert_id, Review.dossier_version_id)
        .join(Round, Round.id == Review.round_id)
        .where(
            Review.expert_id.in_([expert.id for expert in found.experts]),
            Review.state == "submitted",
            Round.state == "finished",
        )
    ).all()
    goals = {key: _goals(form) for key, form in _forms(session, {row[1] for row in rows}).items()}
    served: dict[int, Counter[str]] = defaultdict(Counter)
    for expert, version in rows:
        served[expert].update(goals[version])
    return [served[expert.id] for expert in found.experts]
