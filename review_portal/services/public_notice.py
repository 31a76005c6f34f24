"""Released notices for everybody, each from its appearance on the official website to the end of its period:
that of the list, and those on single changes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import db
from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.domain.errors import Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.publicity_clock import day_end
from review_portal.exports import final_list_notice, publicity_notice
from review_portal.exports.final_list_notice import FinalNotice, FinalText
from review_portal.exports.publicity_notice import Notice, NoticeText
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.final_lists import ListAppearance
from review_portal.models.publicity import NoticeDraft
from review_portal.models.rankings import newest
from review_portal.services import final_list_facts, list_notice_facts, office_calendar, publicity_periods
from review_portal.services.publicity_facts import RELEASE
from review_portal.services.publicity_periods import Period
from review_portal.services.rules import rules_of

_NOT_PUBLIC = mark("没有正在公示的内容，或公示期已结束。")
_TAKEN_DOWN = mark("公示已撤下，请以重新刊登的公示为准。")


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """What everybody may read within the period: no scores, no places, no experts.

    `published_on` is the day of its registered appearance, `today` which day of the period today is, 0 before
    the first; at `ends_at` the page is gone.
    """

    words: NoticeText | FinalText
    issuer: str
    published_on: date
    first_day: date
    last_day: date
    working_days: int
    today: int
    list_digest: str
    ends_at: datetime


def _refuse_withdrawn(session: Session, row: Call) -> None:
    """Raise `NotFound` that says so where a released notice was taken down: its list is decided anew."""
    if row.state not in ("ranked", "decided"):
        return
    told = session.scalar(
        sa.select(sa.func.max(Approval.decided_at))
        .join(NoticeDraft, NoticeDraft.public_id == Approval.object_id)
        .where(NoticeDraft.call_id == row.id, Approval.action == RELEASE, Approval.outcome == "approved")
    )
    last = session.scalars(newest(row.id, "final")).first()
    if told is not None and last is not None and last.frozen_at > told:
        day = date_text(local_date(last.frozen_at))
        raise NotFound(
            mark("原公示已于%(day)s撤下：经异议复核，名单须重新审定。请以重新发布的公示为准。", day=day)
        )


def _public(call: str) -> tuple[Notice, Period]:
    """The notice that stands on the official website, within its period. Missing, not registered, over: one
    answer.
    """
    session = db.session()
    row = session.scalars(sa.select(Call).where(Call.public_id == call)).first()
    if row is None:
        raise NotFound(_NOT_PUBLIC)
    _refuse_withdrawn(session, row)
    editions = publicity_periods.editions_of(session, row) if row.state == "publicity" else ()
    try:
        period = publicity_periods.period_of(session, row) if editions else None
    except Invalid as problem:  # a year's days off are not known: nobody can say that the period runs
        raise NotFound(_NOT_PUBLIC) from problem
    if period is None or period.ended_by == "over":
        raise NotFound(_NOT_PUBLIC)
    if not period.running:
        raise NotFound(_TAKEN_DOWN)
    return editions[-1].notice, period


def public(*, call: str) -> PublicNotice:
    """The notice for everybody, from its registered appearance to the end of its period.

    Raises `NotFound`.
    """
    notice, period = _public(call)
    return PublicNotice(
        publicity_notice.wording(notice),
        notice.issuer or "",
        local_date(period.appeared_at),
        period.first_day,
        period.last_day,
        period.working_days,
        period.today,
        notice.list_digest,
        period.ends_at,
    )


def public_document(*, call: str) -> tuple[str, bytes]:
    """The released notice as file name and .docx bytes, as long as it is public. Raises `NotFound`."""
    notice, _period = _public(call)
    return f"公示_{call}.docx", publicity_notice.write_docx(notice)


def public_text(*, call: str) -> tuple[str, bytes]:
    """The same as UTF-8 text. Raises `NotFound`."""
    notice, _period = _public(call)
    return f"公示_{call}.txt", publicity_notice.text(notice).encode()


def _public_change(call: str, paper: str) -> tuple[FinalNotice, ListAppearance]:
    """A notice on a change within its own period. Missing, not registered, over: one answer."""
    session = db.session()
    row = session.scalars(sa.select(Call).where(Call.public_id == call)).first()
    shown = list_notice_facts.on_show(session, row, local_date(clock.now())) if row is not None else []
    need = next((each for each in shown if each.paper and each.paper.public_id == paper), None)
    if row is None or need is None or need.paper is None or need.shown is None:
        raise NotFound(_NOT_PUBLIC)
    places = final_list_facts.places(session, row, rules_of(row))
    try:
        notice = list_notice_facts.notice_on(session, row, need.paper, places)
    except Invalid as problem:  # a year's days off are not known any more
        raise NotFound(_NOT_PUBLIC) from problem
    return replace(notice, days=(need.shown.first_day, need.shown.last_day)), need.shown


def public_change(*, call: str, paper: str) -> PublicNotice:
    """The notice on a change of the list for everybody, from its registered appearance to the end of its own
    period. Raises `NotFound`.
    """
    notice, shown = _public_change(call, paper)
    first, today = shown.first_day, local_date(clock.now())
    return PublicNotice(
        final_list_notice.wording(notice),
        notice.facts["issuer"],
        shown.appeared_on,
        first,
        shown.last_day,
        shown.working_days,
        office_calendar.calendar().working_days(first, today) if first <= today else 0,
        notice.digest,
        day_end(shown.last_day),
    )


def public_change_document(*, call: str, paper: str) -> tuple[str, bytes]:
    """The same as file name and .docx bytes. Raises `NotFound`."""
    notice, _shown = _public_change(call, paper)
    return f"公示_{call}_{paper}.docx", final_list_notice.write_docx(notice)


def public_change_text(*, call: str, paper: str) -> tuple[str, bytes]:
    """The same as UTF-8 text. Raises `NotFound`."""
    notice, _shown = _public_change(call, paper)
    return f"公示_{call}_{paper}.txt", final_list_notice.text(notice).encode()
