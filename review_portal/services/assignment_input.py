"""What an assignment of a draft round starts from, as columns: people, papers, what stands between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.services import recusals
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

Place = tuple[int, int]  # numbers of expert and dossier in an `Input`
Names = tuple[str, str]  # public ids of expert and dossier


@dataclass(frozen=True, slots=True)
class PanelExpert:
    """Somebody of the round's panel.

    limit: the most dossiers that the register gives, None for any number. label: the name, with the employer
    where two bear it.
    """

    id: int
    public_id: str
    name: str
    employer: str
    title: str
    field: str
    limit: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A dossier of the round."""

    id: int
    public_id: str
    number: str
    unit: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Input:
    """A round before anybody is assigned anew.

    apart: pairs that must be kept apart, with their reasons. undecided: pairs that wait for an officer's
    word and are not assigned. held: assigned pairs with their sheets' states. digest: of all this; a plan
    made from another input is not applied.
    """

    round: str
    experts: tuple[PanelExpert, ...]
    papers: tuple[Paper, ...]
    apart: Mapping[Place, tuple[Message, ...]]
    undecided: Mapping[Place, tuple[Message, ...]]
    held: Mapping[Place, str]
    rules: Rules
    digest: str

    @property
    def begun(self) -> frozenset[Place]:
        """Pairs whose expert has begun: no plan takes them away."""
        return frozenset(place for place, state in self.held.items() if state != "assigned")

    @property
    def free(self) -> list[Place]:
        """Every pair that nothing stands against, and those that somebody works on already."""
        return [
            place
            for place in ((e, d) for e in range(len(self.experts)) for d in range(len(self.papers)))
            if place in self.begun or not (place in self.apart or place in self.undecided)
        ]

    def names(self, places: Iterable[Place]) -> list[Names]:
        """Public ids of pairs, in the order of the round."""
        return [(self.experts[e].public_id, self.papers[d].public_id) for e, d in sorted(places)]

    def places(self, names: Iterable[Names]) -> list[Place]:
        """Pairs given by public ids. Raises `Invalid` on one that is not of the round."""
        experts = {expert.public_id: number for number, expert in enumerate(self.experts)}
        papers = {paper.public_id: number for number, paper in enumerate(self.papers)}
        try:
            return [(experts[expert], papers[paper]) for expert, paper in dict.fromkeys(names)]
        except KeyError:
            raise Invalid(mark("所选专家或材料不在本轮中，未作任何改动。请刷新页面后重新选择。")) from None


def load(session: Session, row: Round, call: Call) -> Input:
    """The round as it stands. Nine queries, however many rows."""
    experts, papers = _experts(session, row), _papers(session, row)
    expert_of = {expert.id: number for number, expert in enumerate(experts)}
    paper_of = {paper.id: number for number, paper in enumerate(papers)}
    rules = rules_of(call)
    said = recusals.grounds(session, list(expert_of), list(paper_of), rules.recusal)
    apart: dict[Place, tuple[Message, ...]] = {}
    undecided: dict[Place, tuple[Message, ...]] = {}
    held = {
        (expert_of[expert], paper_of[paper]): state
        for expert, paper, state in session.execute(
            sa.select(Review.expert_id, Review.dossier_id, Review.state).where(
                Review.round_id == row.id, Review.state.not_in(("recused", "void"))
            )
        )
        if expert in expert_of and paper in paper_of
    }
    for (expert, paper), grounds in said.items():
        place = (expert_of[expert], paper_of[paper])
        reasons = tuple(item.reason for item in grounds.conflicts)
        if grounds.binds:
            apart[place] = reasons
        elif reasons and place not in held:  # an assigned pair has been looked at, with its ground recorded
            undecided[place] = reasons
    for (expert, paper), recusal in recusals.recorded(session, call.id).items():
        if expert in expert_of and paper in paper_of:
            place = (expert_of[expert], paper_of[paper])
            apart[place] = (Message(recusal.reason),)
            undecided.pop(place, None)
    return Input(
        row.public_id,
        experts,
        papers,
        apart,
        undecided,
        held,
        rules,
        _digest(row, rules, experts, papers, apart, undecided, held),
    )


def _experts(session: Session, row: Round) -> tuple[PanelExpert, ...]:
    rows = session.execute(
        sa.select(
            Expert.id,
            Expert.public_id,
            Expert.name,
            Expert.employer,
            Expert.title,
            Expert.field,
            Expert.load_limit,
        )
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .where(PanelMember.round_id == row.id)
        .order_by(Expert.name_key, Expert.id)
    ).all()
    labels = _labels([(item.name, item.employer) for item in rows])
    return tuple(PanelExpert(*item, label) for item, label in zip(rows, labels, strict=True))


def _labels(people: Sequence[tuple[str, str]]) -> list[str]:
    """Names by which a sentence can tell people apart."""
    names = Counter(name for name, _employer in people)
    wide = [name if names[name] == 1 else f"{name}（{employer}）" for name, employer in people]
    times, seen = Counter(wide), Counter[str]()
    found = []
    for label in wide:
        seen[label] += 1
        found.append(label if times[label] == 1 else f"{label}{seen[label]}")
    return [label.replace("|", "／") for label in found]


def _papers(session: Session, row: Round) -> tuple[Paper, ...]:
    rows = session.execute(
        recusals.dossiers_of(session, row)
        .with_only_columns(
            Dossier.id, Dossier.public_id, Dossier.number, Dossier.unit_name, Dossier.current_version_id
        )
        .order_by(Dossier.number)
    )
    return tuple(Paper(*item) for item in rows)


def _digest(
    row: Round,
    rules: Rules,
    experts: Sequence[PanelExpert],
    papers: Sequence[Paper],
    apart: Iterable[Place],
    undecided: Iterable[Place],
    held: Mapping[Place, str],
) -> str:
    return canonical.digest(
        {
            "round": row.public_id,
            "state": row.state,
            "rules": rules.digest,
            "experts": [[item.public_id, item.employer, item.field, item.limit] for item in experts],
            "dossiers": [[item.public_id, item.version] for item in papers],
            "apart": sorted(list(place) for place in apart),
            "undecided": sorted(list(place) for place in undecided),
            "held": sorted([*place, state] for place, state in held.items()),
        }
    )
