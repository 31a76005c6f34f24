"""The released notice for everybody, from the day of publication to the end of its period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import db
from review_portal.domain.chinese_dates import SHANGHAI, date_text, local_date
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import mark
from review_portal.domain.working_days import WorkingCalendar
from review_portal.exports import publicity_notice
from review_portal.exports.publicity_notice import Notice, NoticeText
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.publicity import NoticeDraft
from review_portal.models.rankings import newest
from review_portal.services.publicity_facts import RELEASE
from review_portal.services.publicity_reading import released_editions

_NOT_PUBLIC = mark("没有正在公示的内容，或公示期已结束。")


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """What everybody may read within the period: no scores, no places, no experts.

    `today` counts the working days up to now, 0 before the first; at `ends_at` the page is gone.
    """

    words: NoticeText
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


def _public(call: str) -> tuple[Notice, int]:
    """The released notice within its period. Missing, not released, over: one answer."""
    session = db.session()
    row = session.scalars(sa.select(Call).where(Call.public_id == call)).first()
    if row is not None:
        _refuse_withdrawn(session, row)
    editions = released_editions(session, row) if row is not None and row.state == "publicity" else []
    if not editions:
        raise NotFound(_NOT_PUBLIC)
    # a correction that is under way changes nothing here: the newest released edition stands
    notice, today = editions[0].notice, local_date(clock.now())
    if notice.first_day is None or notice.last_day is None or notice.issued_on is None:
        raise NotFound(_NOT_PUBLIC)
    if not notice.issued_on <= today <= notice.last_day:
        raise NotFound(_NOT_PUBLIC)
    return notice, _day_of_period(notice.first_day, today)


def _day_of_period(first: date, today: date) -> int:
    """Which working day of the period today is; 0 before its first one."""
    return WorkingCalendar().working_days(first, today)


def public(*, call: str) -> PublicNotice:
    """The notice for everybody, from the day of publication to the end of the period. Raises `NotFound`."""
    notice, day = _public(call)
    assert notice.first_day and notice.last_day and notice.issued_on and notice.working_days
    return PublicNotice(
        publicity_notice.wording(notice),
        notice.issuer or "",
        notice.issued_on,
        notice.first_day,
        notice.last_day,
        notice.working_days,
        day,
        notice.list_digest,
        datetime.combine(notice.last_day + timedelta(days=1), time(), SHANGHAI),
    )


def public_document(*, call: str) -> tuple[str, bytes]:
    """The released notice as file name and .docx bytes, as long as it is public. Raises `NotFound`."""
    notice, _day = _public(call)
    return f"公示_{call}.docx", publicity_notice.write_docx(notice)
