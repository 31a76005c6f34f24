"""What a printed check code belongs to, for anybody who holds the paper: kind, call and day, never a person.

Receipts of sheets and everything else with a code stay private.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.models.calls import Call
from review_portal.models.certificates import IssuedCertificate
from review_portal.models.final_lists import FinalList
from review_portal.models.rankings import Ranking
from review_portal.models.supervision import SupervisionForm
from review_portal.services import publicity_periods

_CODE = re.compile(r"[0-9a-f]{16,64}")
CERTIFICATE, NOTICE, FINAL = mark("参评证明"), mark("公示名单"), mark("公布名单")
RANKING, FORM = mark("排名（名单）"), mark("监督记录表")


@dataclass(frozen=True, slots=True)
class Genuine:
    """A document with this code was made here."""

    kind: Message
    call_title: str
    day: date


def look_up(code: str) -> Genuine | None:
    """The document of a code in groups or not, its first 16 hex digits at least; None where there is none.

    Raises `Invalid` where it cannot be a check code.
    """
    bare = re.sub(r"[\s·\-]", "", code).lower()
    if not _CODE.fullmatch(bare):
        raise Invalid(mark("校验码由数字0—9和字母a—f组成，至少16位。请照文件上印的填写。"))
    return next(_found(db.session(), bare), None)


def _found(session: Session, bare: str) -> Iterator[Genuine]:
    yield from _stored(session, bare)
    for call in session.scalars(sa.select(Call).order_by(Call.id)):
        for edition in publicity_periods.editions_of(session, call):
            if edition.notice.list_digest.startswith(bare):
                yield Genuine(NOTICE, call.title, local_date(edition.released_at))


def _stored(session: Session, bare: str) -> Iterator[Genuine]:
    """Documents whose code is kept as it was printed."""
    for kind, table, moment in (
        (CERTIFICATE, IssuedCertificate, IssuedCertificate.issued_at),
        (FINAL, FinalList, FinalList.released_at),
        (RANKING, Ranking, Ranking.frozen_at),
        (FORM, SupervisionForm, SupervisionForm.made_at),
    ):
        query = (
            sa.select(Call.title, moment)
            .select_from(table)
            .join(Call, Call.id == table.call_id)
            .where(table.digest.startswith(bare))
            .order_by(table.id)
        )
        for title, at in session.execute(query):
            yield Genuine(kind, title, local_date(at))
