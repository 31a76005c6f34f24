"""Proofs of a dossier for reading: whose they are, and each page as a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.attachments import AttachmentRemoval, DossierAttachment
from review_portal.models.calls import Call, Round
from review_portal.models.files import StoredFile
from review_portal.models.reviews import Review
from review_portal.services import own_gates, page_images, scopes


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A scanned proof under the form's proof heading `proof`; `sizes` are its pages' (width, height)."""

    public_id: str
    proof: int
    title: str
    sizes: tuple[tuple[int, int], ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class OfficeAttachments:
    """A dossier's scans for the office; `open` says whether they may still be changed."""

    dossier: str
    call: str
    number: str
    unit: str
    rows: tuple[AttachmentRow, ...]
    open: bool


def standing() -> sa.ColumnElement[bool]:
    """Attachments that were not taken off."""
    return DossierAttachment.id.not_in(sa.select(AttachmentRemoval.attachment_id))


def of_dossiers(session: Session, dossiers: Collection[int]) -> dict[int, tuple[AttachmentRow, ...]]:
    """Dossier id -> its scans in the order of the form's headings and of their coming. One query."""
    found: dict[int, tuple[AttachmentRow, ...]] = defaultdict(tuple)
    for row, sha256 in session.execute(
        sa.select(DossierAttachment, StoredFile.sha256)
        .join(StoredFile, StoredFile.id == DossierAttachment.file_id)
        .where(DossierAttachment.dossier_id.in_(dossiers), standing())
        .order_by(DossierAttachment.proof, DossierAttachment.id)
    ):
        found[row.dossier_id] += (_row(row, sha256),)
    return found


def _row(row: DossierAttachment, sha256: str) -> AttachmentRow:
    return AttachmentRow(
        row.public_id, row.proof, row.title, tuple((size[0], size[1]) for size in row.sizes), sha256
    )


def of_office(viewer: Viewer, *, dossier: str) -> OfficeAttachments:
    """A dossier's scans, for its call's offices. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_dossier(viewer, dossier)
    opened = session.scalar(
        sa.select(Review.id)
        .join(Round, Round.id == Review.round_id)
        .where(Review.dossier_id == row.id, Round.state != "draft")
        .limit(1)
    )
    is_open = opened is None and row.state not in ("rejected", "withdrawn")
    call = session.scalars(sa.select(Call.public_id).where(Call.id == row.call_id)).one()
    return OfficeAttachments(
        row.public_id, call, row.number, row.unit_name, of_dossiers(session, [row.id])[row.id], is_open
    )


def office_scan(viewer: Viewer, *, dossier: str, attachment: str) -> AttachmentRow:
    """One scan of a dossier for its call's offices. Raises `NotFound`."""
    return _scan(scopes.office_dossier(viewer, dossier).id, attachment)[0]


def own_scan(viewer: Viewer, *, review: str, attachment: str) -> AttachmentRow:
    """One scan of an own sheet's dossier. Raises `NotFound`, `NotAllowed` before pledge and declaration."""
    return _scan(_own_dossier(viewer, review), attachment)[0]


def office_page(viewer: Viewer, *, dossier: str, attachment: str, page: int) -> bytes:
    """A page (from 1) as WebP, for the call's offices. Raises `NotFound`."""
    return _picture(scopes.office_dossier(viewer, dossier).id, attachment, page)


def own_page(viewer: Viewer, *, review: str, attachment: str, page: int) -> bytes:
    """A page (from 1) as WebP, for the expert whose sheet it belongs to. Raises as `own_scan`."""
    return _picture(_own_dossier(viewer, review), attachment, page)


def _own_dossier(viewer: Viewer, review: str) -> int:
    """The dossier of an own sheet whose texts are open to the viewer."""
    return own_gates.readable(db.session(), viewer, review).dossier.id


def _scan(dossier_id: int, attachment: str) -> tuple[AttachmentRow, int]:
    found = db.session.execute(
        sa.select(DossierAttachment, StoredFile.sha256)
        .join(StoredFile, StoredFile.id == DossierAttachment.file_id)
        .where(
            DossierAttachment.public_id == attachment,
            DossierAttachment.dossier_id == dossier_id,
            standing(),
        )
    ).first()
    if found is None:
        raise NotFound()
    return _row(found[0], found[1]), found[0].file_id


def _picture(dossier_id: int, attachment: str, page: int) -> bytes:
    scan, file_id = _scan(dossier_id, attachment)
    if not 1 <= page <= len(scan.sizes):
        raise NotFound()
    return page_images.picture(file_id, scan.sha256, page)
