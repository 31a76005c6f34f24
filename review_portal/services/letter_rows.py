"""The letters of a call: one for each return and each rejection, whether issued and delivered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.exports import office_letter
from review_portal.exports.office_letter import Letter
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierAct
from review_portal.models.office_letters import IssuedLetter, LetterDelivery
from review_portal.services import letter_texts
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter of an act; `edition` counts the letters of its kind on the dossier from 1.

    `answered_at`: of a correction, when the corrected form was taken in.
    """

    kind: str
    edition: int
    dossier: Dossier
    act: DossierAct
    issued: IssuedLetter | None
    delivery: LetterDelivery | None
    answered_at: datetime | None = None

    @property
    def digest(self) -> str:
        """Of the letter as issued; "" before."""
        return self.issued.digest if self.issued else ""


def rows_of(session: Session, call: Call, *, dossier: str | None = None) -> list[LetterRow]:
    """The letters by dossier and in the order of their acts. One query."""
    query = (
        sa.select(Dossier, DossierAct, IssuedLetter, LetterDelivery)
        .join(DossierAct, DossierAct.dossier_id == Dossier.id)
        .outerjoin(IssuedLetter, IssuedLetter.source == DossierAct.id)
        .outerjoin(LetterDelivery, LetterDelivery.letter_id == IssuedLetter.id)
        .where(Dossier.call_id == call.id, DossierAct.action.in_([*letter_texts.ACTIONS, "supplement"]))
        .order_by(Dossier.number, DossierAct.id)
    )
    if dossier is not None:
        query = query.where(Dossier.public_id == dossier)
    counted: dict[tuple[int, str], int] = {}
    rows: list[LetterRow] = []
    for row, act, issued, delivery in session.execute(query):
        if act.action == "supplement":  # it answers the return before it
            rows[-1] = replace(rows[-1], answered_at=act.acted_at)
            continue
        kind = letter_texts.ACTIONS[act.action]
        counted[row.id, kind] = counted.get((row.id, kind), 0) + 1
        rows.append(LetterRow(kind, counted[row.id, kind], row, act, issued, delivery))
    return rows


def rejections(session: Session, call: Call) -> dict[str, date | None]:
    """Rejected dossiers (public id) with the day of delivery, from which it is in force; None before."""
    return {
        row.dossier.public_id: row.delivery.delivered_on if row.delivery else None
        for row in rows_of(session, call)
        if row.kind == "rejection"
    }


def undelivered(session: Session, call: Call) -> list[str]:
    """Numbers of the dossiers whose rejection is not delivered, and so not in force."""
    return [
        row.dossier.number
        for row in rows_of(session, call)
        if row.kind == "rejection" and row.delivery is None
    ]


def text_of(session: Session, call: Call, rules: Rules, row: LetterRow) -> Letter:
    """As issued; before that as it reads now."""
    if row.issued is not None:
        return office_letter.from_json(row.issued.body)
    return letter_texts.letter_of(session, call, rules, row.dossier, row.act)


def file_of(session: Session, call: Call, rules: Rules, row: LetterRow) -> bytes:
    """The letter as .docx, the same bytes each time for an issued one."""
    letter = text_of(session, call, rules, row)
    digest = row.digest or canonical.digest(office_letter.to_json(letter))
    return office_letter.write_docx(letter, digest=digest, dated=row.issued.issued_on if row.issued else None)
