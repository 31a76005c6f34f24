"""What happened at a unit's turn: minutes by version, and an absence that two people confirm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.defense_notices import due_at, is_early, waited_minutes
from review_portal.domain.defense_results import ABSTAINED, result_words
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.reviews import Review
from review_portal.services import (
    approvals,
    audit,
    defense_absence,
    defense_minutes,
    reexamination_state,
    scopes,
)
from review_portal.services.bindings import Bound
from review_portal.services.defense_minutes import TEXT_MAX, RecordRow, SlotView
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

__all__ = ["RecordRow", "SlotView", "ask_absent", "decide_absent", "record", "view", "words"]

_MINUTE = timedelta(minutes=1)


def record(
    actor: Viewer,
    *,
    slot: str,
    attendees: Sequence[Sequence[object]],
    exchanges: Sequence[Sequence[str]] = (),
    arrived_at: datetime | None = None,
    commitments: str = "",
    opinion: str = "",
    result: str | None = None,
    conditions: str = "",
    reason: str = "",
    after: int | None = None,
) -> int:
    """Keep the minutes of a turn as a new version; changing a recorded result takes a reason.

    `attendees` are name, role, identity checked and whether of the unit (yes unless said); `exchanges` asker,
    question, answer. `result` is the panel's conclusion (a code of `defense_results.CONCLUSIONS`), None while
    there is none. `after` is the version that was on the page: a newer one by somebody else is a `Conflict`.
    Returns the new ordinal. Raises `Invalid`, `NotFound`, `NotAllowed`.
    """
    present, said = defense_minutes.typed(attendees), defense_minutes.asked(exchanges)
    texts = {"commitments": commitments, "opinion": opinion, "conditions": conditions, "reason": reason}
    with transaction() as session:
        row, round_, call, dossier = defense_minutes.slot_of(session, actor, slot)
        policy.can_run_call(actor, call.id).require()
        latest = defense_minutes.latest(session, row)
        _refuse_to_record(session, row, round_, call, dossier, latest, result, after)
        faults, at = defense_minutes.faults(rules_of(call), round_.stage, present, said, texts, result), now()
        if arrived_at is not None and arrived_at > at + _MINUTE:
            faults["arrived_at"] = mark("到场时间晚于现在，请核对。")
        if latest is not None and latest.result is not None and len(reason.strip()) < 2:
            faults["reason"] = mark("该单位已有登记结果，更正须写明理由。")
        if faults:
            raise Invalid(mark("答辩记录未保存，请更正标出的内容。"), faults)
        made = DefenseRecord(
            slot_id=row.id,
            ordinal=(latest.ordinal if latest else 0) + 1,
            attendees=[list(person) for person in present],
            arrived_at=arrived_at,
            exchanges=[list(exchange) for exchange in said],
            result=result,
            recorded_at=at,
            recorded_by=actor.account_id,
            **{name: text.strip() for name, text in texts.items()},
        )
        _keep(session, actor, made, row, call, dossier, "record_defense")
        return made.ordinal


def _refuse_to_record(
    session: Session,
    row: DefenseSlot,
    round_: Round,
    call: Call,
    dossier: Dossier,
    latest: DefenseRecord | None,
    result: str | None,
    after: int | None,
) -> None:
    """`Conflict` where the state of call, round, unit or minutes forbids another version."""
    over = call.state != "reviewing" and not reexamination_state.is_open(session, round_)
    if over or round_.state in ("draft", "void") or row.position is None:
        raise Conflict(mark("答辩顺序抽定、本轮开启后方可登记；排名冻结后不能再改。"))
    _refuse_withdrawn(dossier)
    if latest is not None and latest.result == ABSTAINED:
        raise Conflict(mark("该单位已由组长和监督人员确认放弃答辩，不能再登记。"))
    if after is not None and after != (latest.ordinal if latest else 0):
        raise Conflict(theirs=defense_minutes.row_of(latest, "") if latest else None)
    if latest is None and defense_absence.agreed(defense_absence.notes_of(session, [row.id])) is False:
        raise Conflict(mark("组长、监督人员未同意该单位迟到进场，请按放弃答辩办理。"))
    decided = latest.result if latest else None
    if decided not in (None, result) and round_.state in ("reconciling", "finished"):
        raise Conflict(mark("评分已启封，答辩结论不能再改；有误请专家组说明后提请审定。"))


def _keep(
    session: Session,
    actor: Viewer,
    made: DefenseRecord,
    slot: DefenseSlot,
    call: Call,
    dossier: Dossier,
    action: str,
    **more: object,
) -> None:
    session.add(made)
    session.flush()
    detail = {
        "dossier": dossier.number,
        "ordinal": made.ordinal,
        "result": made.result,
        **more,
    }
    audit.record(
        session,
        actor,
        action,
        object_kind="defense_slot",
        object_id=slot.public_id,
        call_id=call.id,
        detail=detail,
        bound=[Bound("defense_record", made)],
    )


def _open_reviews(session: Session, slot: DefenseSlot) -> list[Review]:
    rows = session.scalars(
        sa.select(Review)
        .where(Review.round_id == slot.round_id, Review.dossier_id == slot.dossier_id)
        .order_by(Review.public_id)
    )
    return [row for row in rows if states.may(states.REVIEW, row.state, "void")]


def _absent_payload(
    session: Session, slot: DefenseSlot, dossier: Dossier, rules: Rules, early: str
) -> dict[str, object]:
    latest = defense_minutes.latest(session, slot)
    return {
        "slot": slot.public_id,
        "number": dossier.number,
        "unit": dossier.unit_name,
        "record": latest.ordinal if latest else 0,
        "sheets": [review.public_id for review in _open_reviews(session, slot)],
        "starts_at": slot.starts_at,
        "called_at": slot.called_at,
        "late_minutes": rules.defense.late_minutes,
        "late_notes": [note.public_id for note in defense_absence.notes_of(session, [slot.id])],
        "early": early,
    }


def ask_absent(actor: Viewer, *, slot: str, reason: str, early: str = "") -> str:
    """The chair states that a unit did not come in time. Returns the approval's public id.

    `early` says why the absence is confirmed before the late minutes are over; without it that is refused.
    Raises `Invalid`, and `Conflict` where the unit's attendance is recorded or the round is not scoring.
    """
    with transaction() as session:
        row, round_, call, dossier = defense_minutes.slot_of(session, actor, slot)
        policy.can_chair(actor, round_).require()
        _refuse_withdrawn(dossier)
        _refuse_present(session, row, round_)
        rules = rules_of(call)
        _refuse_early(row, rules.defense.late_minutes, reason, early)
        return approvals.ask(
            session,
            actor,
            "absent",
            object_kind="defense_slot",
            object_id=row.public_id,
            call_id=call.id,
            payload=_absent_payload(session, row, dossier, rules, early.strip()),
            reason=reason,
        ).public_id


def _refuse_early(slot: DefenseSlot, late_minutes: int, reason: str, early: str) -> None:
    """`Invalid` while the late minutes run and nobody says why they are not waited for."""
    at = now()
    due = due_at(slot.starts_at, slot.called_at)
    faults = {
        name: mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
        for name, text in (("reason", reason), ("early", early))
        if len(text.strip()) > TEXT_MAX
    }
    if len(reason.strip()) < 2:
        faults["reason"] = mark("请写明事由，至少2个字。")
    if is_early(due, at, late_minutes) and len(early.strip()) < 4:
        faults["early"] = (
            mark("尚未排定时间，也未请该单位进场，无法计算等候时间。确需现在确认的，请写明原因。")
            if due is None
            else mark(
                "已等候%(waited)s分钟，未满%(late)s分钟。请满时后再提请；确需提前确认的，请写明原因。",
                waited=waited_minutes(due, at),
                late=late_minutes,
            )
        )
    if faults:
        raise Invalid(mark("缺席未提请确认，请更正标出的内容。"), faults)


def _refuse_withdrawn(dossier: Dossier) -> None:
    if dossier.state != "eligible":
        raise Conflict(mark("该单位已撤回申报。"))


def _refuse_present(session: Session, slot: DefenseSlot, round_: Round) -> None:
    if round_.state != "scoring" or slot.position is None:
        raise Conflict(mark("答辩评分进行期间方可确认缺席。"))
    if defense_minutes.latest(session, slot) is not None:
        raise Conflict(mark("该单位已有到场或缺席登记，不能再确认缺席。"))
    if defense_absence.agreed(defense_absence.notes_of(session, [slot.id])):
        raise Conflict(mark("组长、监督人员均已同意该单位迟到进场，不能再确认缺席。"))


def decide_absent(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer: with yes the unit has given up the defense and its sheets are void."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, round_, call, dossier = defense_minutes.slot_of(session, actor, asked.object_id)
        early = str(asked.payload.get("early", ""))
        approvals.settle(
            session,
            actor,
            approval,
            "absent",
            approve=approve,
            payload_now=_absent_payload(session, row, dossier, rules_of(call), early),
            note=note,
        )
        if not approve:
            return
        _refuse_present(session, row, round_)
        void = _open_reviews(session, row)
        for review in void:
            review.state = states.advance(states.REVIEW, review.state, "void")
        made = DefenseRecord(
            slot_id=row.id,
            ordinal=1,
            attendees=[],
            exchanges=[],
            result=ABSTAINED,
            reason=asked.reason,
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        sheets = [review.public_id for review in void]
        _keep(session, actor, made, row, call, dossier, "record_absence", sheets=sheets, approval=approval)


def words(viewer: Viewer, *, round_: str) -> dict[str, str]:
    """Result code -> word as the round's rubric prints it. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return dict(result_words(rules_of(call), row.stage))


def view(viewer: Viewer, *, slot: str) -> SlotView:
    """A turn and the versions of its minutes, for the offices and the chair. Raises `NotFound`."""
    session = db.session()
    row, round_, call, dossier = defense_minutes.slot_of(session, viewer, slot, lock=False)
    rules = rules_of(call)
    return SlotView(
        row.public_id,
        round_.public_id,
        dossier.number,
        dossier.unit_name,
        row.position,
        row.starts_at,
        row.called_at,
        row.over_at,
        rules.defense.attendees_max,
        rules.defense.late_minutes,
        dict(result_words(rules, round_.stage)),
        defense_minutes.versions(session, [row.id]).get(row.id, ()),
    )
