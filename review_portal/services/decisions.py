"""会议审定: what the leaders decided on the frozen ranking; one officer records it, a second one checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import now, transaction
from review_portal.domain import decision_rules, policy, states
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.decision_rules import Candidate, Choice
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Decision
from review_portal.models.files import StoredFile
from review_portal.models.rankings import Ranking
from review_portal.services import approvals, audit, files, objection_state, paper_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.decision_facts import RECORD, Ground, check_scan, ground, refuse_now
from review_portal.services.rules import rules_of

TEXT_MAX = {"meeting": 100, "minutes_number": 100, "conclusion": 1000, "departures": 1000}


@dataclass(frozen=True, slots=True)
class Minutes:
    """What is typed of the meeting. `conclusion` is its resolution in words, `departures` why the number is
    not the quota's, or why the matter was put off.
    """

    meeting: str
    held_on: date | None
    minutes_number: str
    outcome: str
    conclusion: str
    departures: str = ""


def ask_decision(
    actor: Viewer,
    *,
    call: str,
    digest: str,
    minutes: Minutes,
    choices: Mapping[str, Choice],
    scan_name: str,
    scan: bytes,
) -> str:
    """登记会议审定结果: put what the meeting decided before a second officer. The approval's public id.

    `digest` is that of the ranking that the form showed.
    `choices`: dossier (public id) -> answer; of no account where the matter was put off. Raises `Invalid` by
    field, `Conflict` while an expert has not confirmed or a request waits, `NotFound`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        found = ground(session, row, rules_of(row))
        refuse_now(session, row, found)
        if digest != found.ranking.digest:
            raise Conflict(mark("排名已另行冻结，本页已过时。请按现行排名重新填写。"))
        answered = {} if minutes.outcome == "deferred" else dict(choices)
        _check(found, minutes, answered, scan)
        _refuse_held(session, row, {key: one.answer for key, one in answered.items()})
        media_type = check_scan(scan_name, scan)
        stored = files.put(session, scan, name=scan_name, media_type=media_type, actor_id=actor.account_id)
        return approvals.ask(
            session,
            actor,
            RECORD,
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            payload=_payload(found, minutes, answered, stored),
            reason=minutes.conclusion,
        ).public_id


def _check(found: Ground, minutes: Minutes, choices: Mapping[str, Choice], scan: bytes) -> None:
    faults: dict[str, Message] = {}
    for name, most in TEXT_MAX.items():
        text = getattr(minutes, name).strip()
        if not text and name != "departures":
            faults[name] = mark("请填写此项。")
        elif len(text) > most:
            faults[name] = mark("最多%(most)s个字，请改短。", most=most)
    if minutes.conclusion.strip() and len(minutes.conclusion.strip()) < 2:
        faults["conclusion"] = mark("请按会议纪要填写决定事项。")
    faults |= _day_faults(found.ranking, minutes.held_on)
    if not set(choices) <= {one.dossier for one in found.candidates}:
        raise Invalid(mark("入选单位须从冻结的排名中选择，请刷新后重新填写。"))
    faults |= decision_rules.faults(
        minutes.outcome, found.candidates, choices, minutes.departures, found.quota
    )
    if not scan:
        faults["scan"] = mark("请上传会议纪要扫描件。")
    if faults:
        raise Invalid(mark("会议审定未登记，请更正标出的内容。"), faults)


def _day_faults(ranking: Ranking, day: date | None) -> dict[str, Message]:
    if day is None:
        return {"held_on": mark("请填写会议日期。")}
    if day > local_date(clock.now()):
        return {"held_on": mark("会议日期晚于今天，请核对。")}
    if day < local_date(ranking.frozen_at):
        return {"held_on": mark("会议日期早于排名冻结之日，请核对。")}
    return {}


def _payload(
    found: Ground, minutes: Minutes, choices: Mapping[str, Choice], stored: StoredFile
) -> dict[str, object]:
    """What two officers agree to."""
    listed = [
        [line["dossier"], line["number"], line["unit"], *_answer(one, choices)]
        for one, line in zip(found.candidates, found.lines, strict=True)
        if choices
    ]
    return {
        "ranking": found.ranking.digest,
        "quota": found.quota,
        "meeting": minutes.meeting.strip(),
        "on": minutes.held_on,
        "minutes_number": minutes.minutes_number.strip(),
        "outcome": minutes.outcome,
        "conclusion": minutes.conclusion.strip(),
        "choices": listed,
        "departures": minutes.departures.strip(),
        "scan": stored.sha256,
        "scan_file": stored.public_id,
    }


def _answer(one: Candidate, choices: Mapping[str, Choice]) -> tuple[str, str]:
    """Of a dossier that cannot be selected there is nothing to say but that."""
    if one.bar is not None:
        return "reject", str(one.bar)
    choice = choices[one.dossier]
    return choice.answer, choice.reason.strip()


def decide_decision(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's check; with yes the decision stands: the call goes on, or ends as 本批次空缺."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row = session.scalars(
            sa.select(Call).where(Call.public_id == asked.object_id).with_for_update()
        ).one()
        found = ground(session, row, rules_of(row))
        if approve:
            paper_state.refuse_typist(session, actor, row.id)
            refuse_now(session, row, found)
            _refuse_unfit(found, asked.payload)
            _refuse_held(session, row, {line[0]: line[3] for line in asked.payload["choices"]})
        settled = approvals.settle(
            session,
            actor,
            approval,
            RECORD,
            approve=approve,
            payload_now={**asked.payload, "ranking": found.ranking.digest},
            note=note,
        )
        if approve:
            _record(session, actor, row, found, settled)


def _refuse_held(session: Session, call: Call, answers: Mapping[str, str]) -> None:
    """A dossier under 暂缓 may be put off or left out, never selected."""
    chosen = [dossier for dossier, answer in answers.items() if answer == "approve"]
    objection_state.refuse_held(session, call.id, chosen)


def _refuse_unfit(found: Ground, payload: Mapping[str, Any]) -> None:
    """Somebody may have withdrawn while the request waited."""
    barred = {one.dossier: one.number for one in found.candidates if one.bar is not None}
    gone = [barred[line[0]] for line in payload["choices"] if line[3] == "approve" and line[0] in barred]
    if gone:
        raise Conflict(
            mark("申请提出后有单位不能再列为入选：%(numbers)s。请由申请人重新登记。", numbers="、".join(gone))
        )


def _record(session: Session, actor: Viewer, call: Call, found: Ground, settled: Approval) -> None:
    told = settled.payload
    selected = [line[0] for line in told["choices"] if line[3] == "approve"]
    result = decision_rules.result_of(told["outcome"], len(selected), found.quota)
    if result != "deferred":
        call.state = states.advance(states.CALL, call.state, "void" if result == "vacant" else "decide")
    scan_id = session.scalars(sa.select(StoredFile.id).where(StoredFile.public_id == told["scan_file"])).one()
    decision = Decision(
        call_id=call.id,
        ranking_id=found.ranking.id,
        meeting=told["meeting"],
        held_on=date.fromisoformat(told["on"]),
        minutes_number=told["minutes_number"],
        outcome=told["outcome"],
        conclusion=told["conclusion"],
        choices=[[line[0], line[3], line[4]] for line in told["choices"]],
        selected=selected,
        departures=told["departures"],
        scan_id=scan_id,
        scan=told["scan"],
        approval_id=settled.id,
        recorded_at=now(),
        recorded_by=settled.asked_by,
        checked_by=actor.account_id,
    )
    session.add(decision)
    session.flush()
    audit.record(
        session,
        actor,
        RECORD,
        object_kind="call",
        object_id=call.public_id,
        call_id=call.id,
        detail={
            "ranking": found.ranking.digest,
            "meeting": decision.meeting,
            "on": decision.held_on,
            "minutes_number": decision.minutes_number,
            "decided": decision.outcome,
            "selected": selected,
            "file": decision.scan,
            "approval": settled.public_id,
        },
        bound=[Bound("decision", decision)],
    )
