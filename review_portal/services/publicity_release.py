"""Releasing the publicity notice: one officer asks, another agrees to the very same text and list."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import transaction
from review_portal.domain import policy, states
from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports.publicity_notice import PARTS, Notice
from review_portal.models.calls import Call
from review_portal.models.publicity import NoticeDraft
from review_portal.services import (
    approvals,
    audit,
    confirmation_state,
    objection_state,
    paper_state,
    publicity_reading,
    scopes,
    signature_state,
)
from review_portal.services.publicity_facts import (
    FIELDS,
    RELEASE,
    decision_of,
    draft_of,
    ranking_of,
    refuse_outdated,
)
from review_portal.services.rules import rules_of


def ask_release(actor: Viewer, *, call: str, reason: str) -> str:
    """Ask a second officer to release the notice or its correction. Returns the approval's public id.

    Raises `Invalid` naming every fact that is missing, `Conflict` before the decision, while an original is
    missing, or where an edited sentence has lost what a notice has to say.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        found, notice = _standing(session, row)
        _refuse_untimely(session, row, found)
        _refuse_unready(session, row, found, notice)
        return approvals.ask(
            session,
            actor,
            RELEASE,
            object_kind="notice",
            object_id=found.public_id,
            call_id=row.id,
            payload=_payload(found, notice),
            reason=reason,
        ).public_id


def decide_release_notice(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's answer; with yes the call is in publicity and the public page follows its rule."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row = session.scalars(
            sa.select(Call)
            .join(NoticeDraft, NoticeDraft.call_id == Call.id)
            .where(NoticeDraft.public_id == asked.object_id)
            .with_for_update(of=Call)
        ).one()
        found, notice = _standing(session, row)
        if approve:
            paper_state.refuse_typist(session, actor, row.id)
            _refuse_unready(session, row, found, notice)
        approvals.settle(
            session,
            actor,
            approval,
            RELEASE,
            approve=approve,
            payload_now=_payload(found, notice),
            note=note,
        )
        if not approve:
            return
        if not found.correction:
            row.state = states.advance(states.CALL, row.state, "announce")
        audit.record(
            session,
            actor,
            RELEASE,
            object_kind="notice",
            object_id=found.public_id,
            call_id=row.id,
            detail={"list": notice.list_digest, "units": len(notice.units), "until": notice.last_day},
        )


def _standing(session: Session, call: Call) -> tuple[NoticeDraft, Notice]:
    found = draft_of(session, call)
    if found is None:
        raise NotFound(mark("尚未生成公示稿。"))
    return found, publicity_reading.standing(session, call, found, rules_of(call))


def _payload(found: NoticeDraft, notice: Notice) -> dict[str, object]:
    """What two people agree to: every fact and sentence, every unit, and the code that the list carries."""
    units = [[unit.lead_unit, list(unit.members), unit.recommender] for unit in notice.units]
    period = [day and day.isoformat() for day in (notice.first_day, notice.last_day)]
    return {
        "facts": dict(found.facts),
        "texts": dict(found.texts or {}),
        "units": units,
        "list": notice.list_digest,
        "period": period,
    }


def _refuse_untimely(session: Session, call: Call, found: NoticeDraft) -> None:
    if call.state == "decided" or (
        call.state == "publicity" and not publicity_reading.is_released(session, found)
    ):
        return
    raise Conflict(mark("会议审定结果登记后、公示发布前方可提交发布；已发布的，请先办理更正。"))


def _refuse_unready(session: Session, call: Call, found: NoticeDraft, notice: Notice) -> None:
    """No list goes out without decision, the experts' confirmations, all facts and the signed originals."""
    decided = decision_of(session, ranking_of(session, call))
    if decided is None:
        raise Conflict(mark("尚未登记对现行排名的会议审定结果，不能发布公示。"))
    objection_state.refuse_held(session, call.id, decided.selected)
    confirmation_state.refuse_unconfirmed(session, call)
    refuse_outdated(session, found, call)
    _refuse_missing(notice)
    _refuse_lost(found, notice)
    _refuse_over(notice)
    signature_state.refuse_missing(session, call, "publicity")


def _refuse_missing(notice: Notice) -> None:
    lacking = notice.missing()
    if lacking:
        names = {str(label): name for name, label in FIELDS.items()}
        faults: dict[str, Message] = {
            names[label]: mark("请填写%(what)s。", what=label) for label in lacking if label in names
        }
        raise Invalid(
            mark(
                "还有%(n)s项待填：%(names)s。补齐后方可提交发布。", n=len(lacking), names="、".join(lacking)
            ),
            faults,
        )


def _refuse_lost(found: NoticeDraft, notice: Notice) -> None:
    """An edited sentence says less than a notice has to only with a reason that two people have seen."""
    lost = publicity_reading.unexcused(notice, found.texts)
    if lost:
        told = "；".join(f"{PARTS[part]}缺{'、'.join(labels)}" for part, labels in lost.items())
        raise Conflict(
            mark(
                "改过的文字里没有了必须写明的内容：%(what)s。请补回、写明不补回的理由，或恢复系统拟稿。",
                what=told,
            )
        )


def _refuse_over(notice: Notice) -> None:
    """A period that is over before anybody could read the notice is no publicity."""
    if notice.last_day is not None and notice.last_day < local_date(clock.now()):
        raise Invalid(
            mark("公示期已于%(day)s届满，请改正官网刊登日期后再提交发布。", day=date_text(notice.last_day)),
            {"published_on": mark("公示期已过，请核对刊登日期。")},
        )
