"""The notice on a change of the list: released by two, its appearance registered, its period then counted."""

from __future__ import annotations

import re
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports.final_list_notice import FinalNotice
from review_portal.models.calls import Call
from review_portal.models.final_lists import ListAppearance, ListPaper
from review_portal.services import (
    approvals,
    audit,
    files,
    final_list_facts,
    list_notice_facts,
    paper_state,
    reexamination_state,
    scopes,
)
from review_portal.services.bindings import Bound
from review_portal.services.decision_facts import check_scan
from review_portal.services.final_list_facts import CHANGE_FIELDS, RELEASE
from review_portal.services.rules import rules_of

_URL = re.compile(r"https?://[^\s/]+\.[^\s]+")
URL_MAX = 500


def ask_release(actor: Viewer, *, call: str, paper: str, reason: str) -> str:
    """Ask a second officer to release the notice on a change. The approval's public id.

    Raises `Invalid` naming every missing fact, `Conflict` once released or where the change no longer stands.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        found = list_notice_facts.known_paper(session, row, paper)
        notice = _ready(session, row, found)
        return approvals.ask(
            session,
            actor,
            RELEASE,
            object_kind="list_paper",
            object_id=found.public_id,
            call_id=row.id,
            payload=_payload(found, notice),
            reason=reason,
            renew=True,
        ).public_id


def _ready(session: Session, call: Call, paper: ListPaper) -> FinalNotice:
    if list_notice_facts.is_released(session, paper):
        raise Conflict(mark("该公示稿已发布。"))
    reexamination_state.refuse_running(session, call.id)
    places = final_list_facts.places(session, call, rules_of(call))
    needed = list_notice_facts.needs(session, call, places)
    if paper.id not in {need.paper.id for need in needed if need.paper}:
        raise Conflict(mark("该项变更已不需要公示，请按名单公布页的提示办理。"))
    notice = list_notice_facts.notice_on(session, call, paper, places)
    lacking = notice.missing()
    if lacking:
        names = {str(label): name for name, label in CHANGE_FIELDS.items()}
        faults: dict[str, Message] = {
            names[label]: mark("请填写%(what)s。", what=label) for label in lacking if label in names
        }
        said = mark(
            "还有%(n)s项待填：%(names)s。补齐后方可提交发布。", n=len(lacking), names="、".join(lacking)
        )
        raise Invalid(said, faults)
    return notice


def _payload(paper: ListPaper, notice: FinalNotice) -> dict[str, object]:
    units = [[unit.lead_unit, list(unit.members), unit.recommender] for unit in notice.units]
    return {"facts": dict(paper.facts), "units": units, "kind": paper.kind, "list": notice.digest}


def decide_release_change(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's answer; with yes the notice may appear, and its words stand."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row = session.scalars(
            sa.select(Call)
            .join(ListPaper, ListPaper.call_id == Call.id)
            .where(ListPaper.public_id == asked.object_id)
            .with_for_update(of=Call)
        ).one()
        paper = list_notice_facts.known_paper(session, row, asked.object_id)
        payload: dict[str, object] | None = None
        if approve:
            paper_state.refuse_typist(session, actor, row.id)
            payload = _payload(paper, _ready(session, row, paper))
        approvals.settle(session, actor, approval, RELEASE, approve=approve, payload_now=payload, note=note)
        if payload is not None:
            audit.record(
                session,
                actor,
                RELEASE,
                object_kind="list_paper",
                object_id=paper.public_id,
                call_id=row.id,
                detail={"list": payload["list"], "ordinal": paper.ordinal},
            )


def record_appearance(
    actor: Viewer, *, call: str, paper: str, url: str, appeared_on: date | None, scan_name: str, scan: bytes
) -> None:
    """Register when and where a released notice appeared; again where it appeared anew or was misread.

    The period follows from the day and is the full one. Raises `Invalid` by field, `Conflict`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        found = list_notice_facts.known_paper(session, row, paper)
        request = list_notice_facts.request_of(session, found)
        if found.kind == "list" or request is None or request.outcome != "approved":
            raise Conflict(mark("公示稿经双人确认发布后，方可登记刊登情况。"))
        if row.state != "publicity":
            raise Conflict(mark("名单已公布，不能再登记刊登情况。"))
        assert request.decided_at is not None
        _refuse(url, appeared_on, scan, local_date(request.decided_at))
        assert appeared_on is not None
        notice = list_notice_facts.notice_on(
            session, row, found, final_list_facts.places(session, row, rules_of(row))
        )
        days = list_notice_facts.period(row, notice, appeared_on)
        assert days is not None
        media_type = check_scan(scan_name, scan)
        stored = files.put(session, scan, name=scan_name, media_type=media_type, actor_id=actor.account_id)
        before = list_notice_facts.appearance(session, found)
        made = ListAppearance(
            paper_id=found.id,
            ordinal=(before.ordinal if before else 0) + 1,
            url=url.strip(),
            appeared_on=appeared_on,
            working_days=int(notice.facts["working_days"]),
            first_day=days[0],
            last_day=days[1],
            scan_id=stored.id,
            scan=stored.sha256,
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "record_change_appearance",
            object_kind="list_paper",
            object_id=found.public_id,
            call_id=row.id,
            detail={
                "on": made.appeared_on,
                "until": made.last_day,
                "file": made.scan,
                "ordinal": made.ordinal,
            },
            bound=[Bound("list_appearance", made)],
        )


def _refuse(url: str, day: date | None, scan: bytes, released: date) -> None:
    faults: dict[str, Message] = {}
    if not _URL.fullmatch(url.strip()) or len(url.strip()) > URL_MAX:
        faults["url"] = mark("请填写官网页面的完整网址，以 http:// 或 https:// 开头。")
    if day is None:
        faults["appeared_on"] = mark("请填写刊登日期。")
    elif day > local_date(clock.now()):
        faults["appeared_on"] = mark("刊登日期晚于今天，请核对。")
    elif day < released:
        faults["appeared_on"] = mark("刊登日期早于公示稿发布之日，请核对。")
    if not scan:
        faults["scan"] = mark("请上传刊登页面的截图。")
    if faults:
        raise Invalid(mark("未登记，请更正标出的内容。"), faults)
