"""专家组意见 for reading: the chair's list, one dossier with its comments, an expert's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.opinions import OpinionSettlement, PanelOpinion
from review_portal.models.reviews import Review, ReviewRevision, RevisionPoint
from review_portal.services import opinion_rows, reexamination_state, scopes
from review_portal.services.opinion_rows import Answered, Standing, words_of
from review_portal.services.ranking_body import kind_of
from review_portal.services.rules import round_name, rules_of


@dataclass(frozen=True, slots=True)
class OpinionText:
    """What an opinion says. `conclusion` is a code of `defense_results.CONCLUSIONS`."""

    strengths: str = ""
    problems: str = ""
    advice: str = ""
    conclusion: str = ""
    conditions: str = ""

    def stripped(self) -> OpinionText:
        """As it is kept."""
        return replace(self, **{name: getattr(self, name).strip() for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Versioned:
    """What somebody else has stored meanwhile: `Conflict.theirs`."""

    ordinal: int
    text: OpinionText


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """A dossier of the round and where its opinion stands."""

    dossier: str
    number: str
    unit: str
    ordinal: int
    conclusion: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Version:
    """One version with the answers to it. `absent` could not answer, for `absent_reason`."""

    public_id: str
    ordinal: int
    text: OpinionText
    recorded: str | None
    reason: str
    drafted_at: datetime
    drafted_by: str
    answers: tuple[Answered, ...]
    standing: Standing
    absent: tuple[str, ...]
    absent_reason: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Comment:
    """What an expert wrote on an own sheet, by code. `item` is empty for the opinion on the whole."""

    stage: str
    code: str
    item: str
    text: str


@dataclass(frozen=True, slots=True)
class OpinionView:
    """One dossier: versions newest first, comments, the defense's conclusion, the words for conclusions."""

    round_: str
    dossier: str
    number: str
    unit: str
    versions: tuple[Version, ...]
    comments: tuple[Comment, ...]
    recorded: str | None
    recorded_conditions: str
    words: Mapping[str, str]
    open: bool

    @property
    def latest(self) -> Version | None:
        """The version that counts."""
        return self.versions[0] if self.versions else None


def text_of(row: PanelOpinion) -> OpinionText:
    """The words of a stored version."""
    return OpinionText(row.strengths, row.problems, row.advice, row.conclusion, row.conditions)


def recorded_result(session: Session, round_: Round, dossier_id: int) -> str | None:
    """The defense's conclusion as it was recorded last, None where there is none."""
    return recorded(session, round_, dossier_id)[0]


def recorded(session: Session, round_: Round, dossier_id: int) -> tuple[str | None, str]:
    """The same with its conditions."""
    found = session.execute(
        sa.select(DefenseRecord.result, DefenseRecord.conditions)
        .join(DefenseSlot, DefenseSlot.id == DefenseRecord.slot_id)
        .where(DefenseSlot.round_id == round_.id, DefenseSlot.dossier_id == dossier_id)
        .order_by(DefenseRecord.ordinal.desc())
        .limit(1)
    ).first()
    return (found.result, found.conditions) if found else (None, "")


def _known(viewer: Viewer, round_: str) -> tuple[Session, Round, Call]:
    """The last round after its reconciliation, for chair and offices. Raises `NotFound`, `NotAllowed`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    if kind_of(session, row) != "final":
        raise NotFound()
    return session, row, session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()


def list_opinions(viewer: Viewer, *, round_: str) -> list[OpinionRow]:
    """Every dossier of the last round and where its opinion stands. A fixed number of queries."""
    session, row, _call = _known(viewer, round_)
    dossiers = opinion_rows.dossiers_of(session, row)
    asked = opinion_rows.voters_of(session, row)
    latest = opinion_rows.newest(session, row)
    ids = [found.id for found in latest.values()]
    answers, settled = opinion_rows.answers_of(session, ids), opinion_rows.settled_of(session, ids)
    rows = []
    for dossier in dossiers.values():
        made = latest.get(dossier.id)
        standing = opinion_rows.standing_of(
            made,
            asked.get(dossier.id, ()),
            answers.get(made.id, {}) if made else {},
            settled.get(made.id) if made else None,
        )
        rows.append(
            OpinionRow(
                dossier.public_id,
                dossier.number or "",
                dossier.unit_name,
                made.ordinal if made else 0,
                made.conclusion if made else "",
                standing,
            )
        )
    return rows


def view(viewer: Viewer, *, round_: str, dossier: str) -> OpinionView:
    """A dossier's opinion, all versions and what it is drafted from. Raises `NotFound`, `NotAllowed`."""
    session, row, call = _known(viewer, round_)
    dossiers = opinion_rows.dossiers_of(session, row).values()
    found = next((item for item in dossiers if item.public_id == dossier), None)
    if found is None:
        raise NotFound()
    result, conditions = recorded(session, row, found.id)
    return OpinionView(
        row.public_id,
        found.public_id,
        found.number or "",
        found.unit_name,
        versions_of(session, row, [found.id]).get(found.id, ()),
        tuple(_comments(session, viewer, call, found)),
        result,
        conditions,
        words_of(rules_of(call), row.stage),
        reexamination_state.judges(session, call),
    )


def versions_of(session: Session, row: Round, dossiers: list[int]) -> dict[int, tuple[Version, ...]]:
    """Dossier id -> versions, newest first. A fixed number of queries."""
    made = session.execute(
        sa.select(PanelOpinion, Account.name)
        .join(Account, Account.id == PanelOpinion.drafted_by)
        .where(PanelOpinion.round_id == row.id, PanelOpinion.dossier_id.in_(dossiers))
        .order_by(PanelOpinion.dossier_id, PanelOpinion.ordinal.desc())
    ).all()
    ids = [opinion.id for opinion, _name in made]
    answers, settled = opinion_rows.answers_of(session, ids), opinion_rows.settled_of(session, ids)
    asked = opinion_rows.voters_of(session, row, dossiers)
    names = _names(session, row)
    found: dict[int, tuple[Version, ...]] = {}
    for opinion, name in made:
        given, end = answers.get(opinion.id, {}), settled.get(opinion.id)
        version = _version(opinion, name, given, end, names)
        standing = opinion_rows.standing_of(opinion, asked.get(opinion.dossier_id, ()), given, end)
        found[opinion.dossier_id] = (*found.get(opinion.dossier_id, ()), replace(version, standing=standing))
    return found


def _version(
    opinion: PanelOpinion,
    name: str,
    answers: Mapping[int, Answered],
    end: OpinionSettlement | None,
    names: Mapping[str, str],
) -> Version:
    return Version(
        opinion.public_id,
        opinion.ordinal,
        text_of(opinion),
        opinion.recorded,
        opinion.reason,
        opinion.drafted_at,
        name,
        tuple(answers.values()),
        Standing("waiting"),
        tuple(names[member] for member in end.absent) if end else (),
        end.reason if end else "",
        end.settled_at if end else None,
    )


def _names(session: Session, row: Round) -> dict[str, str]:
    rows = session.execute(
        sa.select(PanelMember.public_id, Expert.name)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id == row.id)
    )
    return dict(rows.all())


def _comments(session: Session, viewer: Viewer, call: Call, dossier: Dossier) -> list[Comment]:
    """What experts wrote on the sheets that count, by code, of the rounds that the viewer may read."""
    rules, found = rules_of(call), []
    rounds = session.scalars(sa.select(Round).where(Round.call_id == call.id).order_by(Round.position.desc()))
    for row in rounds.all():
        if not policy.can_see_points(viewer, row):
            continue
        stage = round_name(rules, row)
        sheets = session.execute(
            sa.select(PanelMember.code, ReviewRevision.id, ReviewRevision.opinion)
            .select_from(Review)
            .join(
                PanelMember,
                (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
            )
            .join(ReviewRevision, ReviewRevision.id == Review.revision_id)
            .where(Review.round_id == row.id, Review.dossier_id == dossier.id, Review.state == "submitted")
            .order_by(PanelMember.code)
        ).all()
        codes = {revision: code or "" for code, revision, _opinion in sheets}
        found += [Comment(stage, code or "", "", opinion) for code, _id, opinion in sheets if opinion]
        items = session.execute(
            sa.select(RevisionPoint.revision_id, RevisionPoint.item, RevisionPoint.comment).where(
                RevisionPoint.revision_id.in_(list(codes)), RevisionPoint.comment != ""
            )
        ).all()
        rubric = rules.rubric_of(row.stage)
        found += sorted(
            (
                Comment(stage, codes[revision], f"{item} {rubric.item(item).name}", comment)
                for revision, item, comment in items
            ),
            key=lambda one: (one.item, one.code),
        )
    return found
