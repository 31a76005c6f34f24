"""名单变更和递补: a place falls vacant or is filled, by a recorded decision; one asks, a second one checks.

A vacant place stays empty. Only where the call's rule lets a decision fill it may the next in rank be put on
the list, and then with a full publicity period of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.files import StoredFile
from review_portal.models.final_lists import ListChange
from review_portal.models.objections import LaterDecision
from review_portal.services import (
    approvals,
    audit,
    files,
    final_list_facts,
    later_decision_state,
    objection_state,
    paper_state,
    scopes,
    vacancy_facts,
)
from review_portal.services.bindings import Bound
from review_portal.services.decision_facts import check_scan
from review_portal.services.final_list_facts import CHANGE, FILL, Places
from review_portal.services.rules import rules_of

CAUSES: Final[Mapping[str, Message]] = {
    "withdrawn": mark("单位来函退出"),
    "cancelled": mark("经异议处理取消入选"),
    "disqualified": mark("资格不符或弄虚作假"),
    "corrected": mark("更正文字，名单不变"),
}
TEXT_MAX: Final = {"meeting": 100, "minutes_number": 100, "reason": 1000, "departures": 1000}
REASON_MIN: Final = 4


@dataclass(frozen=True, slots=True)
class Record:
    """What is typed of the decision: the meeting or letter it rests on, its day and number, the reason."""

    meeting: str
    held_on: date | None
    minutes_number: str
    reason: str
    departures: str = ""


def ask_change(
    actor: Viewer, *, call: str, dossier: str, cause: str, record: Record, scan_name: str, scan: bytes
) -> str:
    """登记名单变更: a listed unit leaves the list (`dossier`), or, with cause corrected, words are put right.

    Returns the approval's public id. Raises `Invalid` by field, `Conflict`, `NotFound`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        _refuse_elsewhere(row)
        found = final_list_facts.places(session, row, rules_of(row))
        faults = _faults(record, scan)
        if cause not in CAUSES:
            faults["cause"] = mark("请选择变更事由。")
        elif cause == "corrected":
            if final_list_facts.latest(session, row.id) is None:
                faults["cause"] = mark("名单尚未公布，文字请直接在草稿中修改。")
        elif dossier not in {place.dossier for place in found.listed}:
            faults["dossier"] = mark("请选择名单上的单位。")
        _refuse(faults)
        known = {place.dossier: place for place in found.listed}
        place = known[dossier] if cause != "corrected" else None
        payload = {
            **_payload(session, actor, found, record, scan_name, scan),
            "kind": "correct" if cause == "corrected" else "vacate",
            "cause": cause,
            "dossier": place.dossier if place else "",
            "number": place.number if place else "",
            "unit": place.unit.lead_unit if place else "",
        }
        return _ask(session, actor, row, CHANGE, payload, record.reason)


def ask_fill(
    actor: Viewer, *, call: str, vacancy: str, dossier: str, record: Record, scan_name: str, scan: bytes
) -> str:
    """递补: the meeting has put `dossier` in the place that `vacancy` (a dossier) left.

    Raises `Conflict` where the call's rule leaves places empty, `Invalid` by field: whoever is barred, or is
    not the next in rank without a reason.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        rules = rules_of(row)
        _refuse_elsewhere(row)
        if rules.publicity.vacancy != "decision":
            raise Conflict(mark("按本批次规则，空出的名额保持空缺，不递补。"))
        found = final_list_facts.places(session, row, rules)
        faults = _faults(record, scan)
        empty = {one.dossier: one for one in found.vacant if not one.filled_by}
        if vacancy not in empty:
            faults["vacancy"] = mark("请选择空出的名额。")
        known = {one.dossier: one for one in vacancy_facts.newcomers(session, row, rules, found)}
        one = known.get(dossier)
        if one is None:
            faults["dossier"] = mark("请选择递补单位。")
        elif one.bar is not None:
            faults["dossier"] = one.bar
        elif not one.next and len(record.departures.strip()) < REASON_MIN:
            faults["departures"] = mark("所选单位不是下一名，请写明理由，至少%(n)s个字。", n=REASON_MIN)
        _refuse(faults)
        assert one is not None
        payload = {
            **_payload(session, actor, found, record, scan_name, scan),
            "kind": "fill",
            "cause": "filled",
            "dossier": dossier,
            "number": one.number,
            "unit": one.unit,
            "replaces": vacancy,
            "replaced": f"{empty[vacancy].number} {empty[vacancy].unit}",
        }
        return _ask(session, actor, row, FILL, payload, record.reason)


def ask_enter(actor: Viewer, *, call: str, dossier: str) -> str:
    """列入另行审定同意的单位: put off at first, approved by a decision of its own with its minutes.

    It takes nobody's place, whatever the call's rule on vacancies. Raises `NotFound`, `Conflict`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        _refuse_elsewhere(row)
        found = final_list_facts.places(session, row, rules_of(row))
        later, scan_file = _later(session, row, found, dossier)
        known = session.scalars(sa.select(Dossier).where(Dossier.id == later.dossier_id)).one()
        payload = {
            "meeting": later.meeting,
            "on": later.held_on,
            "minutes_number": later.minutes_number,
            "departures": "",
            "decision": found.decision.public_id,
            "upto": found.upto,
            "scan": later.scan,
            "scan_file": scan_file,
            "kind": "fill",
            "cause": "later",
            "dossier": dossier,
            "number": known.number,
            "unit": known.unit_name,
        }
        return _ask(session, actor, row, FILL, payload, later.reason)


def _later(session: Session, call: Call, found: Places, dossier: str) -> tuple[LaterDecision, str]:
    """The decision that approved it, while it waits to be listed; public id of its scan."""
    waits = {one.dossier: one for one in later_decision_state.to_enter(session, call, found.known)}
    if dossier not in waits:
        raise Conflict(mark("该单位没有在等待列入名单：未另行审定同意，或已经列入。"))
    if dossier in objection_state.held_dossiers(session, call.id):
        raise Conflict(mark("该材料因异议正在暂缓，请先解除暂缓再列入名单。"))
    query = sa.select(LaterDecision, StoredFile.public_id).join(
        StoredFile, StoredFile.id == LaterDecision.scan_id
    )
    later, file = session.execute(query.where(LaterDecision.public_id == waits[dossier].later)).one()
    return later, file


def _refuse_elsewhere(call: Call) -> None:
    if call.state not in ("publicity", "listed", "void"):
        raise Conflict(mark("名单公示以后方可登记名单变更。"))


def _faults(record: Record, scan: bytes) -> dict[str, Message]:
    faults: dict[str, Message] = {}
    for name, most in TEXT_MAX.items():
        text = getattr(record, name).strip()
        if not text and name != "departures":
            faults[name] = mark("请填写此项。")
        elif len(text) > most:
            faults[name] = mark("最多%(most)s个字，请改短。", most=most)
    if record.reason.strip() and len(record.reason.strip()) < REASON_MIN:
        faults["reason"] = mark("请写明理由，至少%(n)s个字。", n=REASON_MIN)
    if record.held_on is None:
        faults["held_on"] = mark("请填写日期。")
    elif record.held_on > local_date(clock.now()):
        faults["held_on"] = mark("日期晚于今天，请核对。")
    if not scan:
        faults["scan"] = mark("请上传会议纪要或来函的扫描件。")
    return faults


def _refuse(faults: dict[str, Message]) -> None:
    if faults:
        raise Invalid(mark("未登记，请更正标出的内容。"), faults)


def _payload(
    session: Session, actor: Viewer, found: Places, record: Record, scan_name: str, scan: bytes
) -> dict[str, Any]:
    media_type = check_scan(scan_name, scan)
    stored = files.put(session, scan, name=scan_name, media_type=media_type, actor_id=actor.account_id)
    return {
        "meeting": record.meeting.strip(),
        "on": record.held_on,
        "minutes_number": record.minutes_number.strip(),
        "departures": record.departures.strip(),
        "decision": found.decision.public_id,
        "upto": found.upto,
        "scan": stored.sha256,
        "scan_file": stored.public_id,
    }


def _ask(
    session: Session, actor: Viewer, call: Call, action: str, payload: Mapping[str, Any], reason: str
) -> str:
    return approvals.ask(
        session,
        actor,
        action,
        object_kind="call",
        object_id=call.public_id,
        call_id=call.id,
        payload=payload,
        reason=reason,
    ).public_id


def decide_change(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's check; with yes the unit is off the list."""
    _decide(actor, CHANGE, approval, approve, note)


def decide_fill(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's check; with yes the newcomer is to be made public."""
    _decide(actor, FILL, approval, approve, note)


def _decide(actor: Viewer, action: str, approval: str, approve: bool, note: str) -> None:
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row = session.scalars(
            sa.select(Call).where(Call.public_id == asked.object_id).with_for_update()
        ).one()
        payload: dict[str, Any] | None = None
        if approve:
            paper_state.refuse_typist(session, actor, row.id)
            _refuse_elsewhere(row)
            found = final_list_facts.places(session, row, rules_of(row))
            payload = {**asked.payload, "decision": found.decision.public_id, "upto": found.upto}
            _refuse_outdated(session, row, found, asked.payload)
        settled = approvals.settle(
            session, actor, approval, action, approve=approve, payload_now=payload, note=note
        )
        if approve:
            _record(session, actor, row, settled, found)


def _refuse_outdated(session: Session, call: Call, found: Places, told: Mapping[str, Any]) -> None:
    """Somebody may have withdrawn while the request waited."""
    listed = {place.dossier for place in found.listed}
    if told["kind"] == "vacate" and told["dossier"] not in listed:
        raise Conflict(mark("该单位已不在名单上，无须再登记。请不同意本申请。"))
    if told["kind"] != "fill":
        return
    if told["cause"] == "later":
        _later(session, call, found, told["dossier"])
        return
    fit = {one.dossier: one.bar for one in vacancy_facts.newcomers(session, call, rules_of(call), found)}
    if told["dossier"] not in fit or fit[told["dossier"]] is not None:
        raise Conflict(mark("申请提出后该单位不能再递补。请由申请人重新登记。"))


def _record(session: Session, actor: Viewer, call: Call, settled: Approval, found: Places) -> None:
    told = settled.payload
    last = session.scalar(sa.select(sa.func.max(ListChange.ordinal)).where(ListChange.call_id == call.id))
    scan_id = session.scalars(sa.select(StoredFile.id).where(StoredFile.public_id == told["scan_file"])).one()
    after = final_list_facts.latest(session, call.id) is not None
    made = ListChange(
        call_id=call.id,
        decision_id=found.decision.id,
        ordinal=(last or 0) + 1,
        kind=told["kind"],
        cause=told["cause"],
        dossier_id=_dossier(session, told["dossier"]),
        replaces_id=_dossier(session, told.get("replaces", "")),
        meeting=told["meeting"],
        held_on=date.fromisoformat(told["on"]),
        minutes_number=told["minutes_number"],
        reason=settled.reason,
        departures=told["departures"],
        after_list=after,
        scan_id=scan_id,
        scan=told["scan"],
        approval_id=settled.id,
        recorded_at=now(),
        recorded_by=settled.asked_by,
        checked_by=actor.account_id,
    )
    session.add(made)
    session.flush()
    restarts = rules_of(call).publicity.change_restarts and made.kind == "vacate"
    if call.state == "listed" and (restarts or made.kind == "fill"):
        call.state = states.advance(states.CALL, call.state, "change")
    audit.record(
        session,
        actor,
        settled.action,
        object_kind="call",
        object_id=call.public_id,
        call_id=call.id,
        detail={
            "ordinal": made.ordinal,
            "list_cause": made.cause,
            "dossier": [told["dossier"]] if told["dossier"] else [],
            "meeting": made.meeting,
            "on": made.held_on,
            "minutes_number": made.minutes_number,
            "file": made.scan,
            "approval": settled.public_id,
        },
        bound=[Bound("list_change", made)],
    )


def _dossier(session: Session, public_id: str) -> int | None:
    return session.scalar(sa.select(Dossier.id).where(Dossier.public_id == public_id)) if public_id else None
