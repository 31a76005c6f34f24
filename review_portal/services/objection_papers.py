"""The register's sheet and the letters on an objection, from what is on record. Reads only."""

from __future__ import annotations

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.chinese_dates import date_text, local_date, time_text
from review_portal.domain.errors import NotFound
from review_portal.domain.objection_rules import ACTS, IDENTITIES, OUTCOMES, ROUTES, STATES, WAYS
from review_portal.domain.policy import Viewer
from review_portal.exports import objection_record, objection_reply
from review_portal.exports.objection_record import ObjectionRecord, RecordRow
from review_portal.exports.objection_reply import TITLES, ObjectionLetter
from review_portal.models.approvals import Approval
from review_portal.models.files import StoredFile
from review_portal.services import files, objection_rows, objection_views, scopes
from review_portal.services.objection_views import ActRow, ObjectionRow
from review_portal.services.rules import rules_of

Paper = tuple[str, bytes]


def register_sheet(viewer: Viewer, *, call: str) -> Paper:
    """异议登记表 as .docx. Raises `NotFound`, also while the register is empty."""
    found = objection_views.register(viewer, call=call)
    if not found.rows:
        raise NotFound()
    newest = max(at for row in found.rows for at in (row.recorded_at, *(item.at for item in row.acts)))
    record = ObjectionRecord(found.title, local_date(newest), tuple(map(_row, found.rows)))
    return f"{objection_record.TITLE}_{found.call}.docx", objection_record.write_docx(record)


def _row(row: ObjectionRow) -> RecordRow:
    words = {**ROUTES, **OUTCOMES}
    chosen = [str(words[item.choice]) for item in row.acts if item.choice]
    return RecordRow(
        row.number,
        f"{time_text(row.received_at)}\n{WAYS[row.way]}{'（逾期）' if row.late else ''}",
        str(IDENTITIES[row.identity]),
        _about(row),
        row.facts,
        "\n".join(chosen) or "—",
        tuple(
            f"{date_text(local_date(item.at))} {ACTS[item.act]}（{_by(item)}）：{item.text}"
            for item in row.acts
        ),
        str(STATES[row.state]),
    )


def _by(item: ActRow) -> str:
    return f"{item.by}，{item.agreed_by}复核" if item.agreed_by else item.by


def _about(row: ObjectionRow) -> str:
    return "、".join(f"{number} {unit}".strip() for _key, number, unit in row.dossiers) or "程序"


def letter(viewer: Viewer, *, objection: str, act: str) -> Paper:
    """The newest letter that went out with this step, as .docx. Raises `NotFound`."""
    row = objection_views.one(viewer, objection=objection)
    sent = next((item for item in reversed(row.acts) if item.act == act and item.letter), None)
    if sent is None:
        raise NotFound()
    _, call = objection_rows.known(db.session(), viewer, objection)
    outcome = next((item.choice for item in row.acts if item.act == "conclude"), "")
    found = ObjectionLetter(
        act,
        call.title,
        rules_of(call).issuer,
        row.number,
        local_date(row.received_at),
        _about(row),
        sent.text,
        str(OUTCOMES[outcome]) if outcome else "",
        sent.due_on,
        row.late,
        sent.letter["document_number"],
        sent.letter["contact_office"],
        sent.letter["contact_phone"],
        local_date(sent.at),
    )
    return f"{TITLES[act]}_{row.number}.docx", objection_reply.write_docx(found)


def later_scan(viewer: Viewer, *, call: str, file: str) -> tuple[str, bytes]:
    """Media type and bytes of the scan that a later decision, or a request for one, rests on."""
    row = scopes.office_call(viewer, call)
    asked = sa.select(Approval.payload).where(Approval.action == "decide_later", Approval.call_id == row.id)
    known = {payload.get("scan_file") for payload in db.session.scalars(asked)}
    found = db.session.scalar(sa.select(StoredFile.id).where(StoredFile.public_id == file))
    if file not in known or found is None:
        raise NotFound()
    stored, data = files.read(found)
    return stored.media_type, data
