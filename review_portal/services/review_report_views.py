"""The editions of 评审报告, for the office's page, the papers and the register of signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import canonical
from review_portal.domain.policy import Viewer
from review_portal.exports import review_report as export
from review_portal.models.accounts import Account
from review_portal.models.calls import Call
from review_portal.models.rankings import Ranking
from review_portal.models.review_reports import ReviewReport
from review_portal.services import frozen_rankings, review_report_body, scopes
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Edition:
    """A report as it was made."""

    ordinal: int
    digest: str
    made_at: datetime
    made_by: str
    body: Mapping[str, Any]

    @property
    def signers(self) -> tuple[str, ...]:
        """Everybody whose signature it has a line for: all experts, then the supervisors."""
        return (*self.body["experts"], *(self.body["supervisors"] or ("监督人员",)))

    @property
    def ranking(self) -> str:
        """Check code of the ranking that it reports."""
        return str(self.body["ranking"]["digest"])


@dataclass(frozen=True, slots=True)
class Standing:
    """What can be made now. `ranked`: a final ranking is frozen; `changed`: the newest edition is not it."""

    call: str
    title: str
    ranked: bool
    changed: bool
    place: str
    note: str
    editions: tuple[Edition, ...]


def editions_of(session: Session, call: Call) -> list[Edition]:
    """All editions, oldest first. One query."""
    query = (
        sa.select(ReviewReport, Account.name)
        .join(Account, Account.id == ReviewReport.made_by)
        .where(ReviewReport.call_id == call.id)
        .order_by(ReviewReport.ordinal)
    )
    return [
        Edition(row.ordinal, row.digest, row.made_at, name, row.body) for row, name in session.execute(query)
    ]


def content_now(
    session: Session, viewer: Viewer, call: Call, place: str, note: str
) -> tuple[Ranking, dict[str, Any]] | None:
    """What an edition would say now; None before a final ranking is frozen."""
    frozen = frozen_rankings.frozen_of(session, call, "final")
    if frozen is None:
        return None
    made = review_report_body.content(session, viewer, call, frozen, rules_of(call))
    return frozen, {**made, "place": place, "note": note}


def standing(viewer: Viewer, *, call: str) -> Standing:
    """The page of the office. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    editions = editions_of(session, row)
    last = editions[-1].body if editions else {}
    place, note = str(last.get("place", "")), str(last.get("note", ""))
    found = content_now(session, viewer, row, place, note)
    changed = found is not None and canonical.digest(found[1]) != last.get("content")
    return Standing(
        row.public_id, row.title, found is not None, changed, place, note, tuple(reversed(editions))
    )


def draft(viewer: Viewer, *, call: str) -> tuple[str, bytes] | None:
    """The report as it would be, marked as a draft, with 【待填】 for what is missing; None before a ranking.

    Raises `NotFound`.
    """
    made = draft_of(db.session(), viewer, scopes.office_call(viewer, call))
    return None if made is None else ("评审报告_草稿.docx", made)


def draft_of(session: Session, viewer: Viewer, call: Call) -> bytes | None:
    """The same for a call that has been checked."""
    editions = editions_of(session, call)
    last = editions[-1].body if editions else {}
    found = content_now(session, viewer, call, str(last.get("place", "")), str(last.get("note", "")))
    if found is None:
        return None
    frozen, made = found
    body = {**made, "ordinal": 0, "made_at": frozen.frozen_at.isoformat(timespec="seconds")}
    return export.write_docx(body, canonical.digest(made))


def make_document(session: Session, call: Call, ordinal: int) -> bytes:
    """One edition in Word, the same bytes each time."""
    edition = next(item for item in editions_of(session, call) if item.ordinal == ordinal)
    return export.write_docx(edition.body, edition.digest)
