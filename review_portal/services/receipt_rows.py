"""What the receipt slip of a dossier's version says."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.domain.chinese_dates import date_text, local_date, time_text
from review_portal.domain.working_days import receipt_standing
from review_portal.exports.intake_sheets import ReceiptSlip
from review_portal.exports.office_letter import fact
from review_portal.models.accounts import Account
from review_portal.models.attachments import AttachmentRemoval, DossierAttachment
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.files import StoredFile
from review_portal.services import office_fact_views
from scoring_rubrics import Call as Rules

_STANDING: Final = {
    "on_time": "在受理截止以内",
    "on_time_flag_deadline_day": "受理截止当日收到，视为按时",
    "late": "晚于受理截止，是否受理由会议决定",
}


def slip(session: Session, call: Call, rules: Rules, dossier: str, ordinal: int) -> ReceiptSlip:
    """The slip of one version: the first tells of the proofs, too; a later one is a correction's."""
    row, version, file, receiver = session.execute(
        sa.select(Dossier, DossierVersion, StoredFile, Account.name)
        .join(DossierVersion, DossierVersion.dossier_id == Dossier.id)
        .join(StoredFile, StoredFile.id == DossierVersion.file_id)
        .join(Account, Account.id == DossierVersion.created_by)
        .where(Dossier.public_id == dossier, DossierVersion.ordinal == ordinal)
    ).one()
    files = ((file.name, file.sha256), *(_proofs(session, row) if ordinal == 1 else ()))
    facts = office_fact_views.facts_of(session, call)
    contacts = (
        ("联系处室", fact(facts["contact_office"], "联系处室")),
        ("联系电话", fact(facts["contact_phone"], "联系电话")),
    )
    what = "申报书（附件2）" if ordinal == 1 else f"补正后的申报书（第{ordinal}版）"
    received, standing = _received(row, version, rules)
    said = [
        *(row.number, row.unit_name, row.recommender, what, files, version.paper_copies, version.discs),
        *(received, standing, receiver, contacts),
    ]
    return ReceiptSlip(
        rules.short_title,
        rules.issuer,
        row.number,
        row.unit_name,
        row.recommender,
        what,
        files,
        version.paper_copies,
        version.discs,
        received,
        standing,
        receiver,
        contacts,
        local_date(version.received_at),
        canonical.digest(said),
    )


def _received(row: Dossier, version: DossierVersion, rules: Rules) -> tuple[str, str]:
    """When it came, and how that stands against the deadline; a correction has its own deadline."""
    if version.ordinal > 1:
        return time_text(version.received_at), "补正件，以补正通知书的截止时间为准"
    until = f"（{rules.deadline_label}）"
    standing = _STANDING[receipt_standing(row.received_at, rules.deadline, by=rules.receipt)] + until
    if row.arrived_at is not None:
        day = date_text(local_date(row.received_at))
        return f"{day}邮戳，{time_text(row.arrived_at)}送达（以邮戳日为准）", standing
    return time_text(row.received_at), standing


def _proofs(session: Session, row: Dossier) -> tuple[tuple[str, str], ...]:
    """The scanned proofs that stand, by their place in the form."""
    removed = sa.exists().where(AttachmentRemoval.attachment_id == DossierAttachment.id)
    query = (
        sa.select(DossierAttachment.title, StoredFile.sha256)
        .join(StoredFile, StoredFile.id == DossierAttachment.file_id)
        .where(DossierAttachment.dossier_id == row.id, ~removed)
        .order_by(DossierAttachment.proof, DossierAttachment.id)
    )
    return tuple((f"佐证材料：{title}", sha256) for title, sha256 in session.execute(query))
