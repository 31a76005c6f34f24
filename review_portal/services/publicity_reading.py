"""The notice as it stands in the tables: which edition is worked on, which are released, what was edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.exports.publicity_notice import Notice, lost_facts
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.publicity import NoticeDraft, NoticeEdit
from review_portal.services.publicity_facts import (
    DRAFT_STATES,
    RELEASE,
    listed_units,
    notice_of,
    released,
    request_of,
)
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class ReleasedEdition:
    """An edition as two people agreed to it.

    `edition` counts from 1 on each version of the ranking, `correction` is why it replaces the one before,
    `digest` the code of its list.
    """

    public_id: str
    ranking_id: int
    edition: int
    correction: str
    released_at: datetime
    notice: Notice
    digest: str


def released_editions(session: Session, call: Call) -> list[ReleasedEdition]:
    """Every edition that was ever released for this call, newest first; the first one is in force."""
    query = (
        sa.select(NoticeDraft, Approval)
        .join(Approval, Approval.object_id == NoticeDraft.public_id)
        .where(NoticeDraft.call_id == call.id, Approval.action == RELEASE, Approval.outcome == "approved")
        .order_by(NoticeDraft.id.desc())
    )
    rules = rules_of(call)
    found = []
    for made, request in session.execute(query):
        assert request.decided_at is not None  # an answer has its time
        notice = released(request, rules)
        found.append(
            ReleasedEdition(
                made.public_id,
                made.ranking_id,
                made.edition,
                made.correction,
                request.decided_at,
                notice,
                notice.list_digest,
            )
        )
    return found


def is_released(session: Session, found: NoticeDraft) -> bool:
    """Whether two people have agreed to this edition."""
    request = request_of(session, found)
    return request is not None and request.outcome == "approved"


def is_open(session: Session, call: Call, found: NoticeDraft) -> bool:
    """Whether this edition may still be edited: before publicity, or as a correction that is under way."""
    return call.state in DRAFT_STATES or (call.state == "publicity" and not is_released(session, found))


def standing(
    session: Session, call: Call, found: NoticeDraft, rules: Rules, *, facts: Mapping[str, str] | None = None
) -> Notice:
    """The notice that this draft makes now; a correction keeps the list of the edition before it."""
    told = found.facts if facts is None else facts
    if found.correction:
        before = _edition(session, found, found.edition - 1)
        request = request_of(session, before)
        assert request is not None  # only a released edition is corrected
        units = released(request, rules).units
    else:
        units = listed_units(session, call, rules, told["list_order"])
    return notice_of(told, units, rules, found.texts or {})


def excused(
    notice: Notice,
    said: Mapping[str, Sequence[str]],
    stored: Mapping[str, Sequence[str]],
    sent: Collection[str],
) -> dict[str, list[str]]:
    """Sentences as kept: text, reason, why it may leave something out, and what that is ('、' between).

    What is left out is taken down with the excuse when the sentence is `sent`; one that was not keeps both.
    """
    lost = lost_facts(replace(notice, texts={part: words[0] for part, words in said.items()}))
    kept = {}
    for part, (text, reason, excuse) in said.items():
        told = "、".join(lost.get(part, ())) if excuse else ""
        kept[part] = [text, reason, excuse if told else "", told] if part in sent else list(stored[part])
    return kept


def unexcused(notice: Notice, texts: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Part -> what its sentence has lost and no recorded excuse covers."""
    found = {
        part: tuple(label for label in labels if label not in texts[part][3].split("、"))
        for part, labels in lost_facts(notice).items()
    }
    return {part: labels for part, labels in found.items() if labels}


def shown(session: Session, call: Call, found: NoticeDraft, rules: Rules) -> Notice:
    """The notice as it stands: a released one as two people agreed to it."""
    request = request_of(session, found)
    if request is not None and request.outcome == "approved":
        return released(request, rules)
    return standing(session, call, found, rules)


def _edition(session: Session, found: NoticeDraft, edition: int) -> NoticeDraft:
    query = sa.select(NoticeDraft).where(
        NoticeDraft.ranking_id == found.ranking_id, NoticeDraft.edition == edition
    )
    return session.scalars(query).one()


def editions_of(session: Session, found: NoticeDraft) -> list[NoticeDraft]:
    """The editions on the same ranking, oldest first."""
    query = sa.select(NoticeDraft).where(NoticeDraft.ranking_id == found.ranking_id)
    return list(session.scalars(query.order_by(NoticeDraft.edition)))


def edits_of(session: Session, draft_id: int) -> list[NoticeEdit]:
    """What an edition said after each time it was kept, oldest first."""
    query = sa.select(NoticeEdit).where(NoticeEdit.draft_id == draft_id)
    return list(session.scalars(query.order_by(NoticeEdit.ordinal)))
