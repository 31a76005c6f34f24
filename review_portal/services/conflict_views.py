"""One expert against all dossiers, one dossier against all experts: looked at before anybody is invited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, ExpertTie, Recusal
from review_portal.models.recusals import RecusalLifting
from review_portal.models.reviews import Review
from review_portal.services import approvals, draw_names, recusals, scopes
from review_portal.services.recusals import Grounds, Pair
from review_portal.services.rules import rules_of
from scoring_rubrics import RecusalRules

GONE = ("rejected", "withdrawn")
RELATIONS = ("control", "cooperation")


@dataclass(frozen=True, slots=True)
class GroundLine:
    """One relation: its ground, how it binds (`considered`: it does not), why, and the record behind it."""

    ground: str
    level: str
    reason: Message
    evidence: str


@dataclass(frozen=True, slots=True)
class PairLine:
    """The other side of a pair with every relation; `level` is the strongest, `clear` where there is none.

    `recorded` is the reason of the recusal that stands, `recusal` its id; `asked`: its lifting waits.
    `lifted` are the reasons of recusals that two people lifted, with theirs; `assigned`: a sheet is out, as
    far as the viewer may know who was drawn.
    """

    public_id: str
    title: str
    note: str
    level: str
    grounds: tuple[GroundLine, ...]
    recorded: str
    recorded_at: datetime | None
    recusal: str
    asked: str
    lifted: tuple[tuple[str, str, datetime], ...]
    assigned: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """Control or cooperation as registered for an expert; `key` names it when it is taken out again."""

    key: int
    kind: str
    organisation: str
    words: str
    until: date | None


@dataclass(frozen=True, slots=True)
class ConflictsPage:
    """`subject` and `note` name the one side, `lines` hold the other, the strongest first."""

    public_id: str
    subject: str
    note: str
    lines: tuple[PairLine, ...]
    rules: RecusalRules
    relations: tuple[Relation, ...] = ()

    def count(self, *levels: str) -> int:
        """How many lines have one of these levels."""
        return sum(line.level in levels for line in self.lines)


_ORDER = ("recorded", "automatic", "declared", "to_decide", "considered", "clear")


def of_expert(viewer: Viewer, *, call: str, expert: str) -> ConflictsPage:
    """The expert against every dossier of the call; queries do not grow with rows. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    person = session.scalars(sa.select(Expert).where(Expert.public_id == expert)).first()
    if person is None:
        raise NotFound()
    dossiers = session.execute(
        sa.select(
            Dossier.id, Dossier.public_id, Dossier.number, Dossier.unit_name, Dossier.recommender
        ).where(Dossier.call_id == row.id, Dossier.state.not_in(GONE))
    ).all()
    others = {
        (person.id, item.id): (item.public_id, f"{item.number}　{item.unit_name}", item.recommender)
        for item in sorted(dossiers, key=lambda item: item.number)
    }
    ties = session.scalars(
        sa.select(ExpertTie)
        .where(ExpertTie.expert_id == person.id, ExpertTie.kind.in_(RELATIONS))
        .order_by(ExpertTie.id)
    )
    return ConflictsPage(
        person.public_id,
        person.name,
        person.employer,
        _lines(session, viewer, row, others),
        rules_of(row).recusal,
        tuple(Relation(tie.id, tie.kind, tie.organisation, tie.post, tie.until) for tie in ties),
    )


def of_dossier(viewer: Viewer, *, call: str, dossier: str) -> ConflictsPage:
    """The dossier against the whole register; queries do not grow with rows. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    paper = session.scalars(
        sa.select(Dossier).where(Dossier.public_id == dossier, Dossier.call_id == row.id)
    ).first()
    if paper is None:
        raise NotFound()
    people = session.execute(
        sa.select(Expert.id, Expert.public_id, Expert.name, Expert.employer)
        .where(Expert.merged_into_id.is_(None))
        .order_by(Expert.name_key, Expert.id)
    ).all()
    others = {(one.id, paper.id): (one.public_id, one.name, one.employer) for one in people}
    facts = recusals.dossier_facts(session, [paper.id])[paper.id]
    units = "、".join(unit.name for unit in facts.units)
    return ConflictsPage(
        paper.public_id,
        f"{paper.number}　{paper.unit_name}",
        "；".join(filter(None, (units, paper.recommender))),
        _lines(session, viewer, row, others),
        rules_of(row).recusal,
    )


def _lines(
    session: Session, viewer: Viewer, call: Call, others: dict[Pair, tuple[str, str, str]]
) -> tuple[PairLine, ...]:
    said = recusals.grounds(
        session, {pair[0] for pair in others}, {pair[1] for pair in others}, rules_of(call).recusal
    )
    standing = draw_names.recusals_told(session, viewer, call.id, said)
    asked = approvals.open_on(session, "lift_recusal", [row.public_id for row in standing.values()])
    lifted = _lifted(session, call.id)
    unknown = draw_names.hidden_in_call(session, viewer, call.id)
    given = {pair for pair in _assigned(session, call.id) if pair[0] not in unknown}
    lines = []
    for pair, (public_id, title, note) in others.items():
        grounds, row = _grounds(said.get(pair)), standing.get(pair)
        level = "recorded" if row else (grounds[0].level if grounds else "clear")
        lines.append(
            PairLine(
                public_id,
                title,
                note,
                level,
                grounds,
                row.reason if row else "",
                row.recorded_at if row else None,
                row.public_id if row else "",
                asked.get(row.public_id, "") if row else "",
                tuple(lifted.get(pair, ())),
                pair in given,
            )
        )
    return tuple(sorted(lines, key=lambda line: _ORDER.index(line.level)))


def _assigned(session: Session, call_id: int) -> set[Pair]:
    """Pairs with a sheet in some round that is neither recused nor void."""
    rows = session.execute(
        sa.select(Review.expert_id, Review.dossier_id)
        .join(Round, Round.id == Review.round_id)
        .where(Round.call_id == call_id, Review.state.not_in(("recused", "void")))
    )
    return {(expert, dossier) for expert, dossier in rows}


def _lifted(session: Session, call_id: int) -> dict[Pair, list[tuple[str, str, datetime]]]:
    """Why recusals were recorded, why lifted and when, by pair."""
    found: dict[Pair, list[tuple[str, str, datetime]]] = {}
    for row, lifting in session.execute(
        sa.select(Recusal, RecusalLifting)
        .join(RecusalLifting, RecusalLifting.recusal_id == Recusal.id)
        .where(Recusal.call_id == call_id)
        .order_by(RecusalLifting.id)
    ):
        found.setdefault((row.expert_id, row.dossier_id), []).append(
            (row.reason, lifting.reason, lifting.lifted_at)
        )
    return found


def _grounds(said: Grounds | None) -> tuple[GroundLine, ...]:
    if said is None:
        return ()
    binding = [GroundLine(item.ground, item.level, item.reason, item.evidence) for item in said.conflicts]
    noted = [GroundLine(item.ground, "considered", item.reason, item.evidence) for item in said.considered]
    return (*binding, *noted)
