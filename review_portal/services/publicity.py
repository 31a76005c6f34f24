"""The publicity notice (公示): drafted from the decision, edited by hand with every state kept, corrected.

Before the decision a preview follows the frozen ranking's proposal; the portal publishes nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.exports.publicity_notice import PARTS, drafted_parts
from review_portal.models.calls import Call
from review_portal.models.publicity import NoticeDraft, NoticeEdit
from review_portal.services import audit, confirmation_state, paper_state, publicity_reading, scopes
from review_portal.services.bindings import Bound
from review_portal.services.publicity_facts import (
    DRAFT_STATES,
    REASON_MAX,
    REASON_MIN,
    cleaned,
    cleaned_texts,
    decision_of,
    draft_of,
    drafted_facts,
    is_outdated,
    ranking_of,
)
from review_portal.services.rules import rules_of

_NONE_YET = mark("尚未生成公示稿。")


def draft(actor: Viewer, *, call: str) -> str:
    """Draft the notice once the ranking is frozen; drafting again gives the same draft. Returns its id.

    Where a later version of the ranking lists others, another draft is begun beside the one that stays.
    """
    with transaction() as session:
        row = _office(session, actor, call)
        found = draft_of(session, row)
        if found is not None and not is_outdated(session, found, row):
            return found.public_id
        if row.state not in DRAFT_STATES:
            raise Conflict(mark("排名冻结后方可生成公示稿。"))
        ranking = ranking_of(session, row)
        if row.state == "void" and decision_of(session, ranking) is None:
            raise Conflict(mark("本批次已终止，没有会议审定结果可以公告。"))
        confirmation_state.refuse_unconfirmed(session, row)
        if found is not None:
            kept = {**found.facts, "published_on": ""}
        else:
            kept = drafted_facts(session, row, rules_of(row))
        made = NoticeDraft(
            call_id=row.id,
            ranking_id=ranking.id,
            edition=found.edition + 1 if found and found.ranking_id == ranking.id else 1,
            facts=kept,
        )
        _keep(session, actor, made)
        audit.record(
            session,
            actor,
            "draft_notice",
            object_kind="notice",
            object_id=made.public_id,
            call_id=row.id,
            detail={"preview": row.state == "ranked"},
            bound=[Bound("notice", made), Bound("notice_edit", _last(session, made))],
        )
        return made.public_id


def update(
    actor: Viewer,
    *,
    call: str,
    facts: Mapping[str, str],
    base_version: int,
    texts: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> int:
    """Keep edited facts and sentences on top of `base_version`; the new version.

    `texts`: part -> text, reason and, where the sentence leaves out what a notice has to say, why it may:
    that counts for what is left out now, not for what another edit loses. A sentence that reads as drafted
    is no edit any more. Raises `Invalid` by field (a day that is none, a
    year without a holiday notice, a sentence without a reason), `Conflict` with `theirs` (what is stored, and
    its version) when somebody else was faster.
    """
    if not set(texts) <= set(PARTS):
        raise NotFound()
    with transaction() as session:
        row = _office(session, actor, call)
        found = _draft(session, row)
        if not publicity_reading.is_open(session, row, found):
            raise Conflict(mark("公示已发布，不能再改。须改正的，请办理更正。"))
        rules = rules_of(row)
        kept = cleaned(facts, found.facts, rules)
        _refuse_other_order(found, kept)
        notice = publicity_reading.standing(session, row, found, rules, facts=kept)
        said = cleaned_texts(texts, found.texts, drafted_parts(notice))
        said = publicity_reading.excused(notice, said, found.texts, texts)
        if found.version != base_version:
            theirs = {"facts": dict(found.facts), "texts": dict(found.texts), "version": found.version}
            raise Conflict(theirs=theirs)
        changed = sorted(name for name in kept if kept[name] != found.facts.get(name, ""))
        if not changed and said == found.texts:
            return found.version
        found.facts, found.texts = kept, said
        _keep(session, actor, found)
        audit.record(
            session,
            actor,
            "edit_notice",
            object_kind="notice",
            object_id=found.public_id,
            call_id=row.id,
            detail={"fields": changed, "sentences": [PARTS[part] for part in said]},
            bound=[Bound("notice", found), Bound("notice_edit", _last(session, found))],
        )
        return found.version


def begin_correction(actor: Viewer, *, call: str, reason: str) -> str:
    """Another edition of a notice that is public, to be edited and released by two like the first.

    The list stays: to change it takes a new decision. The released edition stands meanwhile. Returns the
    draft's id. Raises `Invalid` without a reason, `Conflict` where nothing is public or one is begun.
    """
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        sentence = mark("请写明更正的理由，%(least)s至%(most)s字。", least=REASON_MIN, most=REASON_MAX)
        raise Invalid(sentence, {"reason": sentence})
    with transaction() as session:
        row = _office(session, actor, call)
        found = _draft(session, row)
        if row.state != "publicity":
            raise Conflict(mark("公示期间方可更正公示；发布以前请直接修改公示稿。"))
        if publicity_reading.is_open(session, row, found):
            raise Conflict(mark("已有一份更正稿正在办理，请在该稿上修改。"))
        made = NoticeDraft(
            call_id=row.id,
            ranking_id=found.ranking_id,
            edition=found.edition + 1,
            correction=reason.strip(),
            facts=dict(found.facts),
            texts=dict(found.texts),
        )
        _keep(session, actor, made)
        audit.record(
            session,
            actor,
            "correct_notice",
            object_kind="notice",
            object_id=made.public_id,
            call_id=row.id,
            detail={"edition": made.edition},
            bound=[Bound("notice", made), Bound("notice_edit", _last(session, made))],
        )
        return made.public_id


def _office(session: Session, actor: Viewer, call: str) -> Call:
    row = scopes.office_call(actor, call, session=session, lock=True)
    policy.can_run_call(actor, row.id).require()
    paper_state.refuse_typist(session, actor, row.id)
    return row


def _draft(session: Session, call: Call) -> NoticeDraft:
    found = draft_of(session, call)
    if found is None:
        raise NotFound(_NONE_YET)
    return found


def _refuse_other_order(found: NoticeDraft, kept: Mapping[str, str]) -> None:
    """A correction keeps the list as it was released, its order too."""
    if found.correction and kept["list_order"] != found.facts["list_order"]:
        sentence = mark("更正不改变名单和名单次序。请选回原来的次序；须改变名单的，请另行审定。")
        raise Invalid(sentence, {"list_order": sentence})


def _keep(session: Session, actor: Viewer, found: NoticeDraft) -> None:
    """Store the draft, and beside it what it says now."""
    found.updated_at, found.updated_by = now(), actor.account_id
    session.add(found)
    session.flush()
    last = publicity_reading.edits_of(session, found.id)
    session.add(
        NoticeEdit(
            draft_id=found.id,
            ordinal=last[-1].ordinal + 1 if last else 1,
            facts=found.facts,
            texts=found.texts or {},
            edited_at=found.updated_at,
            edited_by=actor.account_id,
        )
    )
    session.flush()


def _last(session: Session, found: NoticeDraft) -> NoticeEdit:
    return publicity_reading.edits_of(session, found.id)[-1]
