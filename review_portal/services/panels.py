"""A round's panel: who sits on it and who is present."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.presence import standing as standing_events
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.meetings import PresenceEvent
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import audit, both_rounds, draw_names, draw_state, presence, scopes
from review_portal.services.points import in_the_running
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A panel member; name and code stand together only after reconciliation has ended.

    A drawn expert whom the viewer may not know yet goes by the number of the draw.
    """

    public_id: str
    expert: str
    name: str
    employer: str
    code: str | None
    pledged_at: datetime | None
    signed_in_at: datetime | None
    is_chair: bool
    has_recusal: bool
    submitted: int
    assigned: int
    left_at: datetime | None = None
    signed_out_at: datetime | None = None

    @property
    def is_present(self) -> bool:
        """Signed in and still in the room."""
        return self.signed_in_at is not None and self.signed_out_at is None and self.left_at is None


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A panel member as the chair sees one: `complete` says that no assigned sheet is lacking, `late` that
    one is and that the deadline that holds for this member has passed."""

    code: str | None
    is_chair: bool
    complete: bool
    late: bool


@dataclass(frozen=True, slots=True)
class CodePanel:
    """The panel in the order of codes; `present` counts those who are in the room, `own` is the reader's."""

    rows: tuple[CodeRow, ...]
    present: int
    own: str = ""


def _run(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    """A round, locked, and its call. Raises `NotFound`."""
    row = scopes.known_round(actor, round_, session=session, lock=True)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return row, call


def set_panel(actor: Viewer, *, round_: str, experts: Sequence[str]) -> None:
    """Name the panel of a draft round (expert public ids). Members with reviews stay.

    Raises `Invalid` on an unknown expert or one whom the register's state keeps out, `Conflict` on others
    than the drawn ones and on experts of an earlier round beyond what the scheme allows; whether the panel is
    complete is asked when the round opens.
    """
    with transaction() as session:
        row, call = _run(session, actor, round_)
        policy.can_run_call(actor, row.call_id).require()
        if row.state != "draft":
            raise Conflict(mark("本轮已开启，专家组不能再改。"))
        people = session.scalars(
            sa.select(Expert).where(Expert.public_id.in_(list(experts)), Expert.merged_into_id.is_(None))
        ).all()
        found = {person.public_id: person.id for person in people}
        if set(found) != set(experts):
            raise Invalid(mark("所选专家不在专家库中，请刷新后重新选择。"))
        wanted = set(found.values())
        drawn = _refuse_undrawn(session, row, wanted)
        said = both_rounds.fault(session, row, wanted, rules_of(call).panel)
        if said is not None:
            raise Conflict(said)
        present = set(
            session.scalars(sa.select(PanelMember.expert_id).where(PanelMember.round_id == row.id)).all()
        )
        if not drawn:
            _refuse_kept_out([person for person in people if person.id not in present])
        for expert_id in sorted(wanted - present):
            session.add(PanelMember(round_id=row.id, expert_id=expert_id, order_key=secrets.token_hex(16)))
        gone = present - wanted
        if gone:
            _refuse_signed_in(session, row, gone)
            session.execute(sa.delete(Review).where(Review.round_id == row.id, Review.expert_id.in_(gone)))
            session.execute(
                sa.delete(PanelMember).where(PanelMember.round_id == row.id, PanelMember.expert_id.in_(gone))
            )
        audit.record(
            session,
            actor,
            "set_panel",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"experts": sorted(found)},
        )


def _refuse_kept_out(people: Sequence[Expert]) -> None:
    """Whoever is paused or removed in the register joins no panel."""
    out = [person for person in people if person.status != "active"]
    if out:
        raise Invalid(
            mark(
                "%(names)s在专家库中已暂停或移出，不能列入专家组。请另选，或先在专家库中恢复。",
                names="、".join(sorted(person.name for person in out)),
            )
        )


def _refuse_signed_in(session: Session, row: Round, gone: set[int]) -> None:
    """Who has an entry in the list of presence stays in it."""
    found = session.scalar(
        sa.select(PresenceEvent.id)
        .join(PanelMember, PanelMember.id == PresenceEvent.member_id)
        .where(PanelMember.round_id == row.id, PanelMember.expert_id.in_(gone))
        .limit(1)
    )
    if found is not None:
        raise Conflict(mark("已有签到记录的专家不能移出专家组。开启评审后可登记其退出。"))


def _refuse_undrawn(session: Session, row: Round, wanted: set[int]) -> bool:
    """Where experts are drawn, the draw and the telephone decide, not the list of boxes. Whether they are."""
    found = draw_state.in_force(draw_state.of_round(session, row))
    if found and wanted != draw_state.confirmed(session, row, found):
        raise Conflict(
            mark("本轮专家由抽取产生，专家组只能是抽取选中且电话确认同意参加的人。请在专家抽取页面办理。")
        )
    return bool(found)


def sign_in(actor: Viewer, *, member: str, checked_by: str) -> None:
    """Record that a panel member is present and who looked at the identity card."""
    checked_by = checked_by.strip()
    if not checked_by:
        raise Invalid(mark("请填写核验人。"), {"checked_by": mark("请填写核验人姓名。")})
    with transaction() as session:
        row, round_ = presence.member_of(session, actor, member)
        if row.left_at is not None:
            raise Conflict(mark("该专家已退出本轮评审。"))
        if row.is_present:
            raise Conflict(mark("该专家已签到。"))
        presence.add_event(session, actor, row, round_, action="sign_in", checked_by=checked_by)


def sign_out(actor: Viewer, *, member: str, reason: str) -> None:
    """Record that a member who is present leaves the room, and why."""
    reason = presence.reason_given(reason)
    with transaction() as session:
        row, round_ = presence.member_of(session, actor, member)
        if not row.is_present:
            raise Conflict(mark("该专家目前不在场，无须登记离场。"))
        presence.add_event(session, actor, row, round_, action="sign_out", reason=reason)


def undo_presence(actor: Viewer, *, member: str, reason: str, seen: int) -> None:
    """Take back the member's last sign-in or leaving, recorded by mistake; the event stays in the list.

    seen: how many events the actor's page told of. Raises `Conflict` where there are others by now, or where
    the member has been elected chair since.
    """
    reason = presence.reason_given(reason)
    with transaction() as session:
        row, round_ = presence.member_of(session, actor, member)
        events = presence.events_of(session, row.id)
        last = standing_events(events)
        if len(events) != seen or not last:
            raise Conflict(mark("该专家的签到记录刚有变动，未作任何改动。请核对后重新办理。"))
        if last[-1].kind == "in" and _elected(round_, session) == row.id:
            raise Conflict(mark("该专家是本轮组长，不能撤销签到。确需更正的，请先另行推举组长。"))
        presence.add_event(session, actor, row, round_, action="undo_presence", reason=reason)


def list_members(viewer: Viewer, *, round_: str) -> list[MemberRow]:
    """The panel with each member's counts of sheets owed and in (see `rounds.progress`). Few queries.

    Until reconciliation ends nobody may pair a code with a person: the offices see names in the order of
    names, the chair sees `list_codes`. Raises `NotFound`, `NotAllowed`.
    """
    row = scopes.known_round(viewer, round_)
    paired = row.state == "finished"
    if not paired:
        policy.can_see_call(viewer, row.call_id).require()
    chair, recused = _elected(row), _with_recusal(row)
    rows = _counted(row, PanelMember.code if paired else Expert.name_key)
    unknown = {} if paired else draw_names.hidden(db.session(), viewer, row)
    if unknown:  # the order of names would tell, too
        rows = sorted(rows, key=lambda found: unknown.get(found[1].id, ""))
    return [
        MemberRow(
            member.public_id,
            "" if expert.id in unknown else expert.public_id,
            unknown.get(expert.id) or expert.name,
            "" if expert.id in unknown else expert.employer,
            member.code if paired else None,
            member.pledged_at,
            member.signed_in_at,
            member.id == chair and not (row.state == "scoring" and expert.id in recused),
            expert.id in recused,
            done,
            all_,
            member.left_at,
            member.signed_out_at,
        )
        for member, expert, done, all_ in rows
    ]


def list_codes(viewer: Viewer, *, round_: str) -> CodePanel:
    """The panel for its chair, without what would tell whose code is whose. Three queries.

    How many sheets a code owes tells who is recused, and when it signed in was seen by everybody there: a
    row says neither. Raises `NotFound`.
    """
    row = scopes.known_round(viewer, round_)
    chair, recused = _elected(row), _with_recusal(row)
    members = _counted(row, PanelMember.code)
    present = sum(member.is_present for member, _expert, _done, _all in members)
    at = now()
    return CodePanel(
        tuple(
            CodeRow(
                member.code,
                member.id == chair and not (row.state == "scoring" and expert.id in recused),
                done == all_,
                done < all_ and _passed(member.deadline or row.deadline, at),
            )
            for member, expert, done, all_ in members
        ),
        present,
        next((member.code or "" for member, expert, *_ in members if expert.id == viewer.expert_id), ""),
    )


def _passed(deadline: datetime | None, at: datetime) -> bool:
    return deadline is not None and deadline <= at


def _elected(row: Round, session: Session | None = None) -> int | None:
    """The member whom the latest election of the round names."""
    found: int | None = (session or db.session()).scalar(
        sa.select(ChairElection.member_id)
        .where(ChairElection.round_id == row.id)
        .order_by(ChairElection.id.desc())
        .limit(1)
    )
    return found


def _with_recusal(row: Round) -> set[int]:
    """Experts with a recusal in the call."""
    return set(
        db.session.scalars(sa.select(Recusal.expert_id).where(Recusal.call_id == row.call_id, standing()))
    )


def _counted(
    row: Round, order: sa.SQLColumnExpression[Any]
) -> Sequence[sa.Row[PanelMember, Expert, int, int]]:
    """Member, expert, sheets in and sheets owed."""
    submitted = sa.func.count(sa.case((Review.state == "submitted", 1)))
    assigned = sa.func.count(sa.case((Review.state.not_in(("recused", "void")), 1)))
    counted = sa.select(Dossier.id).where(Dossier.call_id == row.call_id, in_the_running(row.finished_at))
    return db.session.execute(
        sa.select(PanelMember, Expert, submitted, assigned)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .outerjoin(
            Review,
            (Review.round_id == PanelMember.round_id)
            & (Review.expert_id == PanelMember.expert_id)
            & Review.dossier_id.in_(counted),
        )
        .where(PanelMember.round_id == row.id)
        .group_by(PanelMember.id, Expert.id)
        .order_by(order, Expert.name_key)
    ).all()
