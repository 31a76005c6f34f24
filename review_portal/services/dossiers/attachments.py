"""Proofs that came with a dossier: scanned and added before its review opens, taken off with a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePath

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.intake.page_pictures import page_sizes
from review_portal.intake.upload_guard import MIB, check_size, sniff
from review_portal.models.attachments import AttachmentRemoval, DossierAttachment
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.files import StoredFile
from review_portal.models.reviews import Review
from review_portal.services import audit, files, scopes
from review_portal.services.attachment_views import standing
from review_portal.services.bindings import Bound
from review_portal.services.dossiers.uploads import MEDIA_TYPES, Upload
from review_portal.services.rules import rules_of

TITLE_MAX = 100
_SIZE_MAX = 50 * MIB
_REASON_MIN = 2


def add_attachments(actor: Viewer, *, dossier: str, proof: int, uploads: Sequence[Upload]) -> int:
    """Add scans (PDF, PNG, JPEG) under the form's proof heading number `proof`, all or none.

    The file's name is its title. The same scan twice is one. Returns how many are new. Raises `Invalid`
    with a sentence per file, `Conflict` once the dossier's review has opened, `NotFound`.
    """
    if not uploads:
        fault = mark("请选择要上传的扫描件。")
        raise Invalid(fault, {"files": fault})
    read = _read_all(uploads)
    with transaction() as session:
        row, call = _changeable(session, actor, dossier)
        if proof not in {each.number for each in rules_of(call).form.proofs}:
            raise Invalid(mark("请选择证明材料的类别。"), {"proof": mark("请选择证明材料的类别。")})
        held = _held(session, row.id, proof)
        added = []
        for upload, kind, sizes in read:
            if hashlib.sha256(upload.data).hexdigest() in held:
                continue
            stored = files.put(
                session,
                upload.data,
                name=upload.name,
                media_type=MEDIA_TYPES[kind],
                actor_id=actor.account_id,
            )
            held.add(stored.sha256)
            added.append(stored.sha256)
            session.add(
                DossierAttachment(
                    dossier_id=row.id,
                    file_id=stored.id,
                    proof=proof,
                    title=_title(upload.name),
                    sizes=[list(size) for size in sizes],
                    added_at=now(),
                    added_by=actor.account_id,
                )
            )
        if added:
            audit.record(
                session,
                actor,
                "add_attachments",
                object_kind="dossier",
                object_id=row.public_id,
                call_id=row.call_id,
                detail={"number": row.number, "proof": proof, "added": len(added), "scans": added},
            )
        return len(added)


def remove_attachment(actor: Viewer, *, attachment: str, reason: str) -> None:
    """Take a scan off that was added by mistake; it stays on record. Raises `Invalid`, `Conflict`."""
    if len(reason.strip()) < _REASON_MIN:
        raise Invalid(mark("请写明理由。"), {"reason": mark("请写明理由，至少2个字。")})
    with transaction() as session:
        found = session.execute(
            sa.select(DossierAttachment, Dossier.public_id, StoredFile.sha256)
            .join(Dossier, Dossier.id == DossierAttachment.dossier_id)
            .join(StoredFile, StoredFile.id == DossierAttachment.file_id)
            .where(DossierAttachment.public_id == attachment)
        ).first()
        if found is None:
            raise NotFound()
        scan, dossier, sha256 = found
        row, _call = _changeable(session, actor, dossier)
        gone = sa.select(AttachmentRemoval.id).where(AttachmentRemoval.attachment_id == scan.id)
        if session.scalar(gone) is not None:
            raise Conflict(mark("该扫描件已移除。"))
        removal = AttachmentRemoval(
            attachment_id=scan.id, reason=reason.strip(), removed_at=now(), removed_by=actor.account_id
        )
        session.add(removal)
        audit.record(
            session,
            actor,
            "remove_attachment",
            object_kind="dossier",
            object_id=row.public_id,
            call_id=row.call_id,
            detail={"number": row.number, "file": sha256},
            bound=[Bound("attachment_removal", removal)],
        )


def _changeable(session: Session, actor: Viewer, dossier: str) -> tuple[Dossier, Call]:
    row = scopes.office_dossier(actor, dossier, session=session, lock=True)
    policy.can_run_call(actor, row.call_id).require()
    if row.state in ("rejected", "withdrawn"):
        raise Conflict(mark("该材料已不在评审范围，扫描件不能再改。"))
    opened = session.scalar(
        sa.select(Review.id)
        .join(Round, Round.id == Review.round_id)
        .where(Review.dossier_id == row.id, Round.state != "draft")
        .limit(1)
    )
    if opened is not None:
        raise Conflict(mark("该材料的评审已开启，佐证材料不能再增减。"))
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return row, call


def _held(session: Session, dossier_id: int, proof: int) -> set[str]:
    """SHA-256 of what stands under the heading already."""
    query = (
        sa.select(StoredFile.sha256)
        .join(DossierAttachment, DossierAttachment.file_id == StoredFile.id)
        .where(DossierAttachment.dossier_id == dossier_id, DossierAttachment.proof == proof, standing())
    )
    return set(session.scalars(query))


def _title(name: str) -> str:
    return PurePath(name.replace("\\", "/")).stem.strip()[:TITLE_MAX] or "未命名"


def _read_all(uploads: Sequence[Upload]) -> list[tuple[Upload, str, list[tuple[int, int]]]]:
    read: list[tuple[Upload, str, list[tuple[int, int]]]] = []
    faults: dict[str, Message] = {}
    for upload in uploads:
        try:
            check_size(len(upload.data), _SIZE_MAX)
            kind = sniff(upload.data, upload.name)
            if kind not in ("pdf", "png", "jpeg"):
                raise Invalid(mark("请上传 PDF 或图片（PNG、JPG）；Word 文件请先另存为 PDF。"))
            read.append((upload, kind, page_sizes(upload.data)))
        except Invalid as problem:
            faults[upload.name or "未命名"] = problem.message
    if faults:
        raise Invalid(mark("有%(n)s个文件不能接收，全部未上传。", n=len(faults)), faults)
    return read
