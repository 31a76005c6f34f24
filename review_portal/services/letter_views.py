"""Letters on dossiers as the office's pages read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.services import letter_rows, scopes
from review_portal.services.letter_rows import LetterRow
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter: whom it tells of what, and how far it is. `missing`: facts that hold back its issue.

    `answered_at`: of a correction, when the corrected form came. A rejection takes effect when delivered.
    """

    kind: str
    edition: int
    dossier: str
    dossier_number: str
    unit: str
    acted_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    missing: tuple[str, ...]
    number: str
    issued_on: date | None
    signed_by: str
    digest: str
    delivered_on: date | None
    way: str
    receiver: str
    note: str


def listing(viewer: Viewer, *, call: str, dossier: str | None = None) -> list[LetterView]:
    """The call's letters, or one dossier's. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    return [_view(row, item) for item in letter_rows.rows_of(db.session(), row, dossier=dossier)]


def undelivered(viewer: Viewer, *, call: str) -> list[str]:
    """Numbers of the dossiers whose rejection is not delivered, and so not in force. Raises `NotFound`."""
    return letter_rows.undelivered(db.session(), scopes.office_call(viewer, call))


def rejections(viewer: Viewer, *, call: str) -> dict[str, date | None]:
    """Rejected dossiers with the day of delivery, None before. Raises `NotFound`. One query."""
    return letter_rows.rejections(db.session(), scopes.office_call(viewer, call))


def letter(viewer: Viewer, *, call: str, key: tuple[str, str, int]) -> LetterView:
    """One letter. Raises `NotFound`."""
    for item in listing(viewer, call=call, dossier=key[1]):
        if (item.kind, item.dossier, item.edition) == key:
            return item
    raise NotFound()


def _view(call: Call, row: LetterRow) -> LetterView:
    issued, delivery = row.issued, row.delivery
    missing: tuple[str, ...] = ()
    if issued is None:
        told = letter_rows.text_of(db.session(), call, rules_of(call), row)
        missing = tuple(label for label in told.missing() if label not in ("文号", "发文日期"))
    return LetterView(
        row.kind,
        row.edition,
        row.dossier.public_id,
        row.dossier.number,
        row.dossier.unit_name,
        row.act.acted_at,
        row.act.due_at,
        row.answered_at,
        missing,
        issued.number if issued else "",
        issued.issued_on if issued else None,
        issued.signed_by if issued else "",
        issued.digest if issued else "",
        delivery.delivered_on if delivery else None,
        delivery.way if delivery else "",
        delivery.receiver if delivery else "",
        delivery.note if delivery else "",
    )
