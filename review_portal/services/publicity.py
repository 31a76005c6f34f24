"""The publicity notice (公示): drafted from the decision, edited by hand, released by two people.

Before the decision a preview follows the frozen ranking's proposal; the portal publishes nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import publicity_notice
from review_portal.exports.publicity_notice import Notice, NoticeText
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.publicity import NoticeDraft
from review_portal.services import (
    approvals,
    audit,
    confirmation_state,
    objection_state,
    paper_state,
    ranking_versions,
    scopes,
)
from review_portal.services.bindings import Bound
from review_portal.services.publicity_facts import (
    DRAFT_STATES,
    FIELDS,
    RELEASE,
    cleaned,
    decision_of,
    draft_of,
    first_facts,
    is_outdated,
    listed_units,
    notice_of,
    ranking_of,
    refuse_outdated,
    released,
    request_of,
)
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

Paper = tuple[str, bytes]  # file name and content


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that a person has changed: its label, what was drafted, what stands now."""

    label: str
    drafted: str
    now: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """The draft as its editor shows it.

    `preview` while the leaders have not decided; `facts` are texts as typed; `missing` names what must be
    filled before release; `waiting` is the open request for release, `released_at` when it was agreed.
    """

    public_id: str
    call: str
    call_title: str
    state: str
    preview: bool
    facts: Mapping[str, str]
    words: NoticeText
    missing: tuple[str, ...]
    changes: tuple[Change, ...]
    list_digest: str
    version: int
    updated_at: datetime
    updated_by: str
    waiting: str | None
    released_at: datetime | None
    ranking_version: int = 1
    outdated: bool = False


def draft(actor: Viewer, *, call: str) -> str:
    """Draft the notice once the ranking is frozen; drafting again gives the same draft. Returns its id.

    Where a later version of the ranking lists others, another draft is begun beside the one that stays.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        found = draft_of(session, row)
        if found is not None and not is_outdated(session, found, row):
            return found.public_id
        if row.state not in DRAFT_STATES:
            raise Conflict(mark("排名冻结后方可生成公示稿。"))
        ranking = ranking_of(session, row)
        if row.state == "void" and decision_of(session, ranking) is None:
            raise Conflict(mark("本批次已终止，没有会议审定结果可以公告。"))
        confirmation_state.refuse_unconfirmed(session, row)
        kept = {**found.facts, "published_on": ""} if found else first_facts(rules_of(row))
        made = NoticeDraft(
            call_id=row.id,
            ranking_id=ranking.id,
            facts=kept,
            updated_at=now(),
            updated_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "draft_notice",
            object_kind="notice",
            object_id=made.public_id,
            call_id=row.id,
            detail={"preview": row.state == "ranked"},
            bound=[Bound("notice", made)],
        )
        return made.public_id


def update(actor: Viewer, *, call: str, facts: Mapping[str, str], base_version: int) -> int:
    """Keep edited facts on top of `base_version`; returns the new version.

    Raises `Invalid` by field (a day that is none, a year without a holiday notice), `Conflict` with
    `theirs` (the stored facts and their version) when somebody else was faster.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        found = draft_of(session, row)
        if found is None:
            raise NotFound(mark("尚未生成公示稿。"))
        if row.state not in DRAFT_STATES:
            raise Conflict(mark("公示已发布，不能再改。"))
        kept = cleaned(facts, found.facts, rules_of(row))
        if found.version != base_version:
            raise Conflict(theirs={"facts": dict(found.facts), "version": found.version})
        changed = sorted(name for name in kept if kept[name] != found.facts.get(name, ""))
        if not changed:
            return found.version
        found.facts, found.updated_at, found.updated_by = kept, now(), actor.account_id
        audit.record(
            session,
            actor,
            "edit_notice",
            object_kind="notice",
            object_id=found.public_id,
            call_id=row.id,
            detail={"fields": changed},
            bound=[Bound("notice", found)],
        )
        session.flush()
        return found.version


def get(viewer: Viewer, *, call: str) -> NoticeView:
    """The draft with its words, what is missing and what was changed by hand. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    found = draft_of(session, row)
    if found is None:
        raise NotFound(mark("尚未生成公示稿。"))
    rules = rules_of(row)
    notice = _notice(session, row, found, rules)
    request = request_of(session, found)
    name = session.scalar(sa.select(Account.name).where(Account.id == found.updated_by))
    original = first_facts(rules)
    return NoticeView(
        public_id=found.public_id,
        call=row.public_id,
        call_title=row.title,
        state=row.state,
        preview=row.state == "ranked",
        facts=found.facts,
        words=publicity_notice.wording(notice),
        missing=notice.missing(),
        changes=tuple(
            Change(str(label), original[key], found.facts[key])
            for key, label in FIELDS.items()
            if found.facts[key] != original[key]
        ),
        list_digest=notice.list_digest,
        version=found.version,
        updated_at=found.updated_at,
        updated_by=name or "",
        waiting=request.public_id if request and _open(request) else None,
        released_at=request.decided_at if request and request.outcome == "approved" else None,
        ranking_version=ranking_versions.version_of(session, found.ranking_id),
        outdated=is_outdated(session, found, row),
    )


def has_draft(viewer: Viewer, *, call: str) -> bool:
    """Whether the notice of this call has been drafted. Raises `NotFound`."""
    return draft_of(db.session(), scopes.office_call(viewer, call)) is not None


def _open(request: Approval) -> bool:
    return request.outcome == "pending" and request.expires_at > now()


def _notice(session: Session, call: Call, found: NoticeDraft, rules: Rules) -> Notice:
    """The notice as it stands: a released one as two people agreed to it, else from decision or ranking."""
    request = request_of(session, found)
    if request is not None and request.outcome == "approved":
        return released(request, rules)
    return notice_of(found.facts, listed_units(session, call, rules), rules)


def _loaded(viewer: Viewer, call: str) -> tuple[Call, Notice]:
    session = db.session()
    row = scopes.office_call(viewer, call)
    found = draft_of(session, row)
    if found is None:
        raise NotFound(mark("尚未生成公示稿。"))
    return row, _notice(session, row, found, rules_of(row))


def document(viewer: Viewer, *, call: str) -> Paper:
    """The draft as .docx; missing facts stand in it as 【待填：…】. Raises `NotFound`."""
    row, notice = _loaded(viewer, call)
    return f"{_file_name(row)}.docx", publicity_notice.write_docx(notice)


def plain_text(viewer: Viewer, *, call: str) -> Paper:
    """The draft as UTF-8 text. Raises `NotFound`."""
    row, notice = _loaded(viewer, call)
    return f"{_file_name(row)}.txt", publicity_notice.text(notice).encode()


def _file_name(call: Call) -> str:
    return f"{'公示试拟稿' if call.state == 'ranked' else '公示稿'}_{call.public_id}"


def _payload(facts: Mapping[str, str], notice: Notice) -> dict[str, object]:
    """What two people agree to: every fact, every unit, and the code that the list carries."""
    units = [[unit.lead_unit, list(unit.members), unit.recommender] for unit in notice.units]
    period = [day and day.isoformat() for day in (notice.first_day, notice.last_day)]
    return {"facts": dict(facts), "units": units, "list": notice.list_digest, "period": period}


def ask_release(actor: Viewer, *, call: str, reason: str) -> str:
    """Ask a second officer to release the notice. Returns the approval's public id.

    Raises `Invalid` naming every fact that is still missing, `Conflict` before the decision.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        if row.state != "decided":
            raise Conflict(mark("会议审定结果登记后、公示发布前方可提交发布。"))
        found, notice = _standing(session, row)
        _refuse_to_leave(session, row)
        refuse_outdated(session, found, row)
        _refuse_missing(notice)
        _refuse_over(notice)
        return approvals.ask(
            session,
            actor,
            RELEASE,
            object_kind="notice",
            object_id=found.public_id,
            call_id=row.id,
            payload=_payload(found.facts, notice),
            reason=reason,
        ).public_id


def _standing(session: Session, call: Call) -> tuple[NoticeDraft, Notice]:
    found = draft_of(session, call)
    if found is None:
        raise NotFound(mark("尚未生成公示稿。"))
    rules = rules_of(call)
    return found, notice_of(found.facts, listed_units(session, call, rules), rules)


def _refuse_to_leave(session: Session, call: Call) -> None:
    """No list goes out without the leaders' decision on it, nor while an expert has not confirmed."""
    decided = decision_of(session, ranking_of(session, call))
    if decided is None:
        raise Conflict(mark("尚未登记对现行排名的会议审定结果，不能发布公示。"))
    objection_state.refuse_held(session, call.id, decided.selected)
    confirmation_state.refuse_unconfirmed(session, call)


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


def _refuse_over(notice: Notice) -> None:
    """A period that is over before anybody could read the notice is no publicity."""
    if notice.last_day is not None and notice.last_day < local_date(clock.now()):
        raise Invalid(
            mark("公示期已于%(day)s届满，请改正官网刊登日期后再提交发布。", day=date_text(notice.last_day)),
            {"published_on": mark("公示期已过，请核对刊登日期。")},
        )


def decide_release_notice(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's answer; with yes the call is in publicity and the public page opens."""
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
            _refuse_to_leave(session, row)
            refuse_outdated(session, found, row)
            _refuse_missing(notice)
            _refuse_over(notice)
        approvals.settle(
            session,
            actor,
            approval,
            RELEASE,
            approve=approve,
            payload_now=_payload(found.facts, notice),
            note=note,
        )
        if not approve:
            return
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
