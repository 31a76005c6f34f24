"""What the panel discussed about a dossier: who was there, what was said in substance, to what end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Round
from review_portal.models.cases import CaseDiscussion
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.rankings import Ranking
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import audit, scopes
from review_portal.services.bindings import Bound

TEXT_MIN, TEXT_MAX, OTHERS_MAX = 10, 4000, 200


@dataclass(frozen=True, slots=True)
class Discussion:
    """One version; the newest of a dossier holds."""

    dossier: str
    number: str
    unit: str
    ordinal: int
    present: tuple[str, ...]
    others: str
    substance: str
    outcome: str
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class DiscussionForm:
    """What the page of recording is given: the dossier, who may have been there, the versions so far."""

    number: str
    unit: str
    members: tuple[str, ...]
    versions: tuple[Discussion, ...]


def record(
    actor: Viewer,
    *,
    round_: str,
    dossier: str,
    present: Sequence[str],
    others: str,
    substance: str,
    outcome: str,
    reason: str = "",
    known: int = 0,
) -> int:
    """Keep a version of what was discussed; a later one needs its `reason`. Returns its number.

    `known` is the version that the page showed. Raises `Invalid` by field, `Conflict` (with the newer
    version) when somebody recorded one meanwhile or the list is frozen, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_chair(actor, row).require()
        paper = _paper(session, row, dossier)
        _refuse_closed(session, row)
        versions = _versions(session, (CaseDiscussion.round_id == row.id), dossier=paper.id)
        if len(versions) != known:
            raise Conflict(
                mark("讨论记录刚有新的版次，请核对后再更正。"), theirs=versions[-1] if versions else None
            )
        members = _members(session, row, paper)
        faults = _faults(members, present, others, substance, outcome, reason, first=not versions)
        if faults:
            raise Invalid(mark("讨论记录未保存，请按提示更正。"), faults)
        kept = CaseDiscussion(
            round_id=row.id,
            dossier_id=paper.id,
            ordinal=known + 1,
            present=[name for name in members if name in present],
            others=others.strip(),
            substance=substance.strip(),
            outcome=outcome.strip(),
            reason=reason.strip(),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(kept)
        session.flush()
        audit.record(
            session,
            actor,
            "record_discussion",
            object_kind="dossier",
            object_id=paper.public_id,
            call_id=row.call_id,
            detail={"ordinal": kept.ordinal},
            bound=[Bound("case_discussion", kept)],
        )
        return kept.ordinal


def _faults(
    members: Sequence[str],
    present: Sequence[str],
    others: str,
    substance: str,
    outcome: str,
    reason: str,
    *,
    first: bool,
) -> dict[str, Message]:
    faults: dict[str, Message] = {}
    if not set(present) & set(members):
        faults["present"] = mark("请勾选参加讨论的专家。")
    elif not set(present) <= set(members):
        faults["present"] = mark("对本材料回避或已退出的专家不参加讨论，请重新勾选。")
    if len(others.strip()) > OTHERS_MAX:
        faults["others"] = mark("最多%(most)s个字，请改短。", most=OTHERS_MAX)
    texts = {"substance": substance, "outcome": outcome}
    for name, sentence in (
        ("substance", mark("请写明讨论的主要内容，至少10个字。")),
        ("outcome", mark("请写明讨论结果，至少4个字。")),
    ):
        least = TEXT_MIN if name == "substance" else 4
        if len(texts[name].strip()) < least:
            faults[name] = sentence
        elif len(texts[name].strip()) > TEXT_MAX:
            faults[name] = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
    if not first and not 4 <= len(reason.strip()) <= TEXT_MAX:
        faults["reason"] = mark("更正须写明理由，至少4个字。")
    return faults


def _refuse_closed(session: Session, row: Round) -> None:
    if row.state not in ("reconciling", "finished"):
        raise Conflict(mark("本轮不在复议期间，不能办理。"))
    frozen = session.scalar(
        sa.select(Ranking.id)
        .where(Ranking.call_id == row.call_id, (Ranking.round_id == row.id) | (Ranking.kind == "final"))
        .limit(1)
    )
    if frozen is not None:
        raise Conflict(mark("名单已冻结，讨论记录不能再补记或更正。"))


def _paper(session: Session, row: Round, dossier: str) -> Dossier:
    found = session.scalars(
        sa.select(Dossier)
        .join(Review, Review.dossier_id == Dossier.id)
        .where(Review.round_id == row.id, Dossier.public_id == dossier)
        .limit(1)
    ).first()
    if found is None:
        raise NotFound()
    return found


def _members(session: Session, row: Round, paper: Dossier) -> tuple[str, ...]:
    """Names of the panel without who has left or stands apart from the dossier, in the register's order."""
    apart = sa.select(Recusal.expert_id).where(
        Recusal.call_id == row.call_id, Recusal.dossier_id == paper.id, standing()
    )
    return tuple(
        session.scalars(
            sa.select(Expert.name)
            .join(PanelMember, PanelMember.expert_id == Expert.id)
            .where(PanelMember.round_id == row.id, PanelMember.left_at.is_(None), Expert.id.not_in(apart))
            .order_by(Expert.name_key, Expert.id)
        )
    )


def _versions(
    session: Session, condition: sa.ColumnElement[bool], *, dossier: int | None = None
) -> tuple[Discussion, ...]:
    query = (
        sa.select(CaseDiscussion, Dossier, Account.name)
        .join(Dossier, Dossier.id == CaseDiscussion.dossier_id)
        .join(Account, Account.id == CaseDiscussion.recorded_by)
        .where(condition)
        .order_by(Dossier.number, CaseDiscussion.ordinal)
    )
    if dossier is not None:
        query = query.where(CaseDiscussion.dossier_id == dossier)
    return tuple(
        Discussion(
            paper.public_id,
            paper.number,
            paper.unit_name,
            row.ordinal,
            tuple(row.present),
            row.others,
            row.substance,
            row.outcome,
            row.reason,
            row.recorded_at,
            name,
        )
        for row, paper, name in session.execute(query)
    )


def list_discussions(viewer: Viewer, *, round_: str) -> tuple[Discussion, ...]:
    """All versions of a round by dossier number, oldest first. One query. Raises `NotFound`, `NotAllowed`."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    return discussions_of(db.session(), row)


def discussions_of(session: Session, row: Round) -> tuple[Discussion, ...]:
    """The same inside a caller's session."""
    return _versions(session, CaseDiscussion.round_id == row.id)


def form_of(viewer: Viewer, *, round_: str, dossier: str) -> DiscussionForm:
    """The page of recording, for the chair. Raises `NotFound`, `NotAllowed` before unsealing."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_chair(viewer, row).require()
    policy.can_see_points(viewer, row).require()
    paper = _paper(session, row, dossier)
    return DiscussionForm(
        paper.number,
        paper.unit_name,
        _members(session, row, paper),
        _versions(session, CaseDiscussion.round_id == row.id, dossier=paper.id),
    )
