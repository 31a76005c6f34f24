"""Papers on one dossier: receipt slip, letters and the forms that prove their delivery."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.letter_words import DELIVERY_WORDS
from review_portal.domain.policy import Viewer
from review_portal.exports import office_letter
from review_portal.exports.intake_sheets import write_receipt
from review_portal.exports.office_letter import DeliveryForm
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.services import letter_rows, receipt_rows
from review_portal.services.letter_rows import LetterRow
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

RECEIPT = Kind("receipt", "收件回执", "intake", "10年", ("收件人", "送件人"), fills=True)
CORRECTION = Kind("correction", "补正通知书", "intake", "30年")
REJECTION = Kind("rejection", "不予受理通知书", "intake", "30年")
DELIVERY = Kind("delivery", "送达回证", "intake", "30年", ("收件人", "送达人一", "送达人二"))
_LETTERS = {kind.key: kind for kind in (CORRECTION, REJECTION)}
REJECTED_FROM = 1000  # editions of 送达回证: corrections count from 1, a rejection's is this one


def _receipts(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    query = (
        sa.select(Dossier, DossierVersion.ordinal, DossierVersion.received_at)
        .join(DossierVersion, DossierVersion.dossier_id == Dossier.id)
        .where(Dossier.call_id == call.id)
        .order_by(Dossier.number, DossierVersion.ordinal)
    )
    for row, ordinal, at in session.execute(query):
        again = f"_第{ordinal}版" if ordinal > 1 else ""
        name = f"{RECEIPT.title}_{row.number}{again}"
        yield Paper(RECEIPT, row.public_id, name, local_date(at), ordinal, row.number)


def _make_receipt(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    return write_receipt(receipt_rows.slip(db.session(), call, rules_of(call), paper.of, paper.edition))


def _letters(kind: Kind, session: Session, call: Call) -> Iterator[Paper]:
    for row in letter_rows.rows_of(session, call):
        if row.kind == kind.key:
            dated = row.issued.issued_on if row.issued else None
            name = f"{kind.title}_{_about(row)}{'' if row.issued else '_草稿'}"
            yield Paper(kind, row.dossier.public_id, name, dated, row.edition, row.dossier.number)


def _about(row: LetterRow) -> str:
    return f"{row.dossier.number}{f'_第{row.edition}次' if row.edition > 1 else ''}"


def _corrections(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    return _letters(CORRECTION, session, call)


def _rejections(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    return _letters(REJECTION, session, call)


def _make_letter(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    session = db.session()
    rows = letter_rows.rows_of(session, call, dossier=paper.of)
    row = next(one for one in rows if (one.kind, one.edition) == (paper.kind.key, paper.edition))
    return letter_rows.file_of(session, call, rules_of(call), row)


def _deliveries(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    for row in letter_rows.rows_of(session, call):
        if row.issued is not None:
            name = f"{DELIVERY.title}_{_LETTERS[row.kind].title}_{_about(row)}"
            dated = row.delivery.delivered_on if row.delivery else None
            yield Paper(DELIVERY, row.dossier.public_id, name, dated, _edition(row), row.dossier.number)


def _edition(row: LetterRow) -> int:
    return row.edition if row.kind == CORRECTION.key else REJECTED_FROM + row.edition - 1


def _make_delivery(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    rows = letter_rows.rows_of(db.session(), call, dossier=paper.of)
    row = next(one for one in rows if _edition(one) == paper.edition)
    issued, told = row.issued, row.delivery
    assert issued is not None  # the paper is listed only with it
    form = DeliveryForm(
        issuer=issued.body["issuer"],
        letter=issued.body["title"][0],
        number=issued.number,
        addressee=issued.body["addressee"],
        way=DELIVERY_WORDS[told.way].msgid if told else "",
        receiver=told.receiver if told else "",
        delivered_on=told.delivered_on if told else None,
        note=told.note if told else "",
        issued_on=issued.issued_on,
        digest=issued.digest,
    )
    return office_letter.write_delivery_form(form)


SOURCES = (
    Source(RECEIPT, _receipts, _make_receipt),
    Source(CORRECTION, _corrections, _make_letter),
    Source(REJECTION, _rejections, _make_letter),
    Source(DELIVERY, _deliveries, _make_delivery),
)
