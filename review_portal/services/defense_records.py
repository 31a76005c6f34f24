"""What happened at a unit's turn: minutes by version, and an absence that two people confirm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.defense_results import ABSTAINED, result_words
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.reviews import Review
from review_portal.services import approvals, audit, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

Attendee = tuple[str, str, bool]  # name, role, identity checked


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One version of a turn's minutes; `result` is a stored code, None while there is none yet."""

    ordinal: int
    attendees: tuple[Attendee, ...]
    questions: str
    commitments: str
    result: str | None
    conditions: str
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class SlotView:
    """A turn with all versions of its minutes, the newest last. `words`: result code -> word."""

    public_id: str
    round_: str
    number: str
    unit: str
    position: int | None
    starts_at: datetime | None
    attendees_max: int
    late_minutes: int
    words: dict[str, str]
    records: tuple[RecordRow, ...]


def _slot(
    session: Session, actor: Viewer, slot: str, *, lock: bool = True
) -> tuple[DefenseSlot, Round, Call, Dossier]:
    """The turn, under its round's lock unless it is only read. Raises `NotFound`."""
    found = session.execute(
        sa.select(DefenseSlot, Round.public_id)
        .join(Round, Round.id == DefenseSlot.round_id)
        .where(DefenseSlot.public_id == slot)
    ).first()
    if found is None:
        raise NotFound()
    round_ = scopes.known_round(actor, found[1], session=session, lock=lock)
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    dossier = session.scalars(sa.select(Dossier).where(Dossier.id == found[0].dossier_id)).one()
    return found[0], round_, call, dossier


def _latest(session: Session, slot: DefenseSlot) -> DefenseRecord | None:
    return session.scalars(
        sa.select(DefenseRecord)
        .where(DefenseRecord.slot_id == slot.id)
        .order_by(DefenseRecord.ordinal.desc())
        .limit(1)
    ).first()


def record(
    actor: Viewer,
    *,
    slot: str,
    attendees: Sequence[Attendee],
    questions: str = "",
    commitments: str = "",
    result: str | None = None,
    conditions: str = "",
    reason: str = "",
    after: int | None = None,
) -> int:
    """Keep the minutes of a turn as a new version; changing a recorded result takes a reason.

    `result` is the panel's conclusion (a code of `defense_results.CONCLUSIONS`), None while there is none.
    `after` is the version that was on the page: a newer one by somebody else is a `Conflict`. Returns the
    new ordinal. Raises `Invalid`, `NotFound`, `NotAllowed`.
    """
    present = [(name.strip(), role.strip(), bool(seen)) for name, role, seen in attendees]
    present = [person for person in present if person[0] or person[1]]
    with transaction() as session:
        row, round_, call, dossier = _slot(session, actor, slot)
        policy.can_run_call(actor, call.id).require()
        if call.state != "reviewing" or round_.state in ("draft", "void") or row.position is None:
            raise Conflict(mark("答辩顺序抽定、本轮开启后方可登记；排名冻结后不能再改。"))
        _refuse_withdrawn(dossier)
        latest = _latest(session, row)
        if latest is not None and latest.result == ABSTAINED:
            raise Conflict(mark("该单位已由组长和监督人员确认放弃答辩，不能再登记。"))
        seen = latest.ordinal if latest else 0
        if after is not None and after != seen:
            raise Conflict(theirs=_row(latest, "") if latest else None)
        decided = latest.result if latest else None
        if decided not in (None, result) and round_.state in ("reconciling", "finished"):
            raise Conflict(mark("评分已启封，答辩结论不能再改；有误请专家组说明后提请审定。"))
        faults = _faults(rules_of(call), round_, present, result, conditions)
        if latest is not None and latest.result is not None and len(reason.strip()) < 2:
            faults["reason"] = mark("该单位已有登记结果，更正须写明理由。")
        if faults:
            raise Invalid(mark("答辩记录未保存，请更正标出的内容。"), faults)
        made = DefenseRecord(
            slot_id=row.id,
            ordinal=seen + 1,
            attendees=[list(person) for person in present],
            questions=questions.strip(),
            commitments=commitments.strip(),
            result=result,
            conditions=conditions.strip(),
            reason=reason.strip(),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        _keep(session, actor, made, row, call, dossier, "record_defense")
        return made.ordinal


def _faults(
    rules: Rules,
    round_: Round,
    present: Sequence[Attendee],
    result: str | None,
    conditions: str,
) -> dict[str, Message]:
    faults: dict[str, Message] = {}
    most = rules.defense.attendees_max
    if not present:
        faults["attendees"] = mark("请登记到场人员；未到场的，由组长提请确认放弃答辩。")
    elif len(present) > most:
        faults["attendees"] = mark("每家单位到场不超过%(most)s人，现登记%(n)s人。", most=most, n=len(present))
    elif not all(name and role for name, role, _seen in present):
        faults["attendees"] = mark("每位到场人员须同时填写姓名和身份。")
    if result is not None and result not in result_words(rules, round_.stage):
        faults["result"] = mark("请从列出的结论中选择。")
    if result == "conditional" and len(conditions.strip()) < 4:
        faults["conditions"] = mark("有条件的结论须写明条件，条件将写入任务书。")
    if result != "conditional" and conditions.strip():
        faults["conditions"] = mark("只有附条件的结论才填写条件，请改选结论或清空此项。")
    return faults


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


def _absent_payload(session: Session, slot: DefenseSlot, dossier: Dossier) -> dict[str, object]:
    latest = _latest(session, slot)
    return {
        "slot": slot.public_id,
        "number": dossier.number,
        "unit": dossier.unit_name,
        "record": latest.ordinal if latest else 0,
        "sheets": [review.public_id for review in _open_reviews(session, slot)],
    }


def ask_absent(actor: Viewer, *, slot: str, reason: str) -> str:
    """The chair states that a unit did not come in time. Returns the approval's public id.

    Raises `Conflict` where the unit's attendance is recorded or the round is not scoring.
    """
    with transaction() as session:
        row, round_, call, dossier = _slot(session, actor, slot)
        policy.can_chair(actor, round_).require()
        _refuse_withdrawn(dossier)
        _refuse_present(session, row, round_)
        return approvals.ask(
            session,
            actor,
            "absent",
            object_kind="defense_slot",
            object_id=row.public_id,
            call_id=call.id,
            payload=_absent_payload(session, row, dossier),
            reason=reason,
        ).public_id


def _refuse_withdrawn(dossier: Dossier) -> None:
    if dossier.state != "eligible":
        raise Conflict(mark("该单位已撤回申报。"))


def _refuse_present(session: Session, slot: DefenseSlot, round_: Round) -> None:
    if round_.state != "scoring" or slot.position is None:
        raise Conflict(mark("答辩评分进行期间方可确认缺席。"))
    if _latest(session, slot) is not None:
        raise Conflict(mark("该单位已有到场或缺席登记，不能再确认缺席。"))


def decide_absent(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer: with yes the unit has given up the defense and its sheets are void."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, round_, call, dossier = _slot(session, actor, asked.object_id)
        approvals.settle(
            session,
            actor,
            approval,
            "absent",
            approve=approve,
            payload_now=_absent_payload(session, row, dossier),
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
    row, round_, call, dossier = _slot(session, viewer, slot, lock=False)
    rules = rules_of(call)
    rows = session.execute(
        sa.select(DefenseRecord, Account.name)
        .join(Account, Account.id == DefenseRecord.recorded_by)
        .where(DefenseRecord.slot_id == row.id)
        .order_by(DefenseRecord.ordinal)
    ).all()
    return SlotView(
        row.public_id,
        round_.public_id,
        dossier.number,
        dossier.unit_name,
        row.position,
        row.starts_at,
        rules.defense.attendees_max,
        rules.defense.late_minutes,
        dict(result_words(rules, round_.stage)),
        tuple(_row(item, name) for item, name in rows),
    )


def _row(item: DefenseRecord, name: str) -> RecordRow:
    return RecordRow(
        item.ordinal,
        tuple((person[0], person[1], person[2]) for person in item.attendees),
        item.questions,
        item.commitments,
        item.result,
        item.conditions,
        item.reason,
        item.recorded_at,
        name,
    )
