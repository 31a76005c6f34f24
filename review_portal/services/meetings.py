"""The checklist of a round's meeting day: ticked, taken back with a reason, remarked upon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import meeting_steps, policy
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.meeting_steps import SECRETARIAT, SUPERVISOR
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.meetings import MeetingMark
from review_portal.services import audit, meeting_facts, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of
from scoring_rubrics import MeetingStep

NOTE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an act takes place: the locked round, the step, whose column, and the marks of the round."""

    round: Round
    call: Call
    step: MeetingStep
    side: str
    marks: Sequence[MeetingMark]

    @property
    def ticked(self) -> dict[tuple[str, str], MeetingMark]:
        """(step, side) -> the tick that stands."""
        return meeting_steps.standing(self.marks)

    @property
    def own(self) -> MeetingMark | None:
        """The tick that stands in the actor's column."""
        return self.ticked.get((self.step.name, self.side))


def _place(session: Session, actor: Viewer, round_: str, number: int) -> _Place:
    """The step by its number from 1 on. The lock on the round lets one tick follow the other."""
    row = scopes.known_round(actor, round_, session=session, lock=True)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    steps = rules_of(call).meeting
    if not 0 < number <= len(steps):
        raise NotFound()
    side = policy.meeting_side(actor, row.call_id)
    if side is None:
        raise NotAllowed(mark("会议日清单由秘书处和监督人员勾选，组长只能查看。"))
    said = meeting_steps.not_running(row.state)
    if said is not None:
        raise Conflict(said)
    return _Place(row, call, steps[number - 1], side, meeting_facts.marks_of(session, row.id))


def tick(actor: Viewer, *, round_: str, number: int, remark: str = "") -> None:
    """Tick a step in the actor's column. A second press by the same person changes nothing.

    remark: the supervisor's; empty means that all was in order. Raises `Conflict` where the data say
    otherwise, the other side comes first, or somebody else has ticked already.
    """
    remark = _short(remark, "remark")
    with transaction() as session:
        place = _place(session, actor, round_, number)
        if place.own is not None:
            if place.own.recorded_by == actor.account_id:
                return
            name = session.scalar(sa.select(Account.name).where(Account.id == place.own.recorded_by))
            raise Conflict(mark("“%(step)s”已由%(name)s勾选。", step=place.step.name, name=name))
        facts = meeting_facts.facts_of(session, place.round, place.call)
        said = meeting_steps.refusal(place.step, place.side, facts, place.ticked)
        if said is not None:
            raise Conflict(said)
        made = _mark(place, actor, "tick", remark if place.side == SUPERVISOR else "")
        session.add(made)
        audit.record(
            session,
            actor,
            "tick_step",
            object_kind="round",
            object_id=place.round.public_id,
            call_id=place.call.id,
            detail={"step": place.step.name},
            bound=[Bound("meeting_mark", made)],
        )


def take_back(actor: Viewer, *, round_: str, number: int, reason: str, seen: int) -> None:
    """Take back the tick that stands in the actor's column; both rows stay.

    seen: how many marks of the step the actor's page told of. Raises `Invalid`, `Conflict`.
    """
    reason = _short(reason, "reason")
    if not reason:
        raise Invalid(mark("请填写理由。"), {"reason": mark("请填写撤回的理由。")})
    with transaction() as session:
        place = _place(session, actor, round_, number)
        if place.own is None:
            raise Conflict(mark("本项目前没有可以撤回的勾选。"))
        if seen != sum(item.step == place.step.name for item in place.marks):
            raise Conflict(mark("本项刚有新的记录，未作任何改动。请核对后重新办理。"))
        if place.side == SECRETARIAT and place.step.by == "both" and _confirmed(place):
            raise Conflict(mark("监督人员已确认本项。请监督人员先撤回确认，再撤回勾选。"))
        made = _mark(place, actor, "back", reason)
        session.add(made)
        audit.record(
            session,
            actor,
            "untick_step",
            object_kind="round",
            object_id=place.round.public_id,
            call_id=place.call.id,
            detail={"step": place.step.name},
            bound=[Bound("meeting_mark", made)],
        )


def remark(actor: Viewer, *, round_: str, number: int, text: str, seen: int) -> None:
    """What the supervisor has seen at a step, whether ticked or not. Raises `Invalid`, `Conflict`."""
    text = _short(text, "text")
    if not text:
        raise Invalid(mark("请填写备注。"), {"text": mark("请填写备注。")})
    with transaction() as session:
        place = _place(session, actor, round_, number)
        if place.side != SUPERVISOR:
            raise NotAllowed(mark("备注由监督人员填写。"))
        if seen != sum(item.step == place.step.name for item in place.marks):
            raise Conflict(mark("本项刚有新的记录，未作任何改动。请核对后重新办理。"))
        made = _mark(place, actor, "remark", text)
        session.add(made)
        audit.record(
            session,
            actor,
            "remark_step",
            object_kind="round",
            object_id=place.round.public_id,
            call_id=place.call.id,
            detail={"step": place.step.name},
            bound=[Bound("meeting_mark", made)],
        )


def _confirmed(place: _Place) -> bool:
    return (place.step.name, SUPERVISOR) in place.ticked


def _mark(place: _Place, actor: Viewer, kind: str, note: str) -> MeetingMark:
    return MeetingMark(
        round_id=place.round.id,
        step=place.step.name,
        side=place.side,
        kind=kind,
        note=note,
        at=now(),
        recorded_by=actor.account_id,
    )


def _short(text: str, name: str) -> str:
    text = text.strip()
    if len(text) > NOTE_LIMIT:
        raise Invalid(
            mark("文字过长，未作任何改动。"), {name: mark("请改为%(most)s个字以内。", most=NOTE_LIMIT)}
        )
    return text
