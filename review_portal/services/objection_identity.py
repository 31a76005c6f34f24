"""Who complained, and evidence that would tell: a supervisor reads it, with a reason, on the trail."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from review_portal.db import db, transaction
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.objection_rules import number_text
from review_portal.domain.policy import Viewer
from review_portal.models.objections import Complainant, Objection, ObjectionFile
from review_portal.services import audit, files, objection_rows
from review_portal.services.objection_input import check_reason


@dataclass(frozen=True, slots=True)
class Identity:
    """Who complained, unmasked."""

    name: str
    unit: str
    contact: str


def read_complainant(actor: Viewer, *, objection: str, reason: str) -> Identity:
    """Who complained, for a supervisor who says why. Raises `Invalid`; `NotFound` for everybody else and
    where nobody gave a name.
    """
    with transaction() as session:
        row, call = objection_rows.known(session, actor, objection)
        if not policy.can_watch_call(actor, call.id):
            raise NotFound()
        found = session.scalars(sa.select(Complainant).where(Complainant.objection_id == row.id)).first()
        if found is None:
            raise NotFound()
        told = check_reason("reason", reason)
        audit.record(
            session,
            actor,
            "read_complainant",
            object_kind="objection",
            object_id=row.public_id,
            call_id=call.id,
            detail={"entry": number_text(row.ordinal), "reason": told},
        )
        return Identity(found.name, found.unit, found.contact)


def guarded_file(actor: Viewer, *, file: str, reason: str) -> tuple[str, str, bytes]:
    """Name, media type and bytes of evidence that names who complained, likewise."""
    with transaction() as session:
        found = session.execute(
            sa.select(ObjectionFile, Objection)
            .join(Objection, Objection.id == ObjectionFile.objection_id)
            .where(ObjectionFile.public_id == file, ObjectionFile.guarded)
        ).first()
        if found is None or not policy.can_watch_call(actor, found[1].call_id):
            raise NotFound()
        told = check_reason("reason", reason)
        audit.record(
            session,
            actor,
            "read_guarded_evidence",
            object_kind="objection",
            object_id=found[1].public_id,
            call_id=found[1].call_id,
            detail={"entry": number_text(found[1].ordinal), "reason": told},
        )
        file_id = found[0].file_id
    stored, data = files.read(file_id)
    return stored.name, stored.media_type, data


def open_file(viewer: Viewer, *, file: str) -> tuple[str, str, bytes]:
    """Evidence that names nobody, for the call's offices. Raises `NotFound`."""
    found = db.session.execute(
        sa.select(ObjectionFile.file_id, Objection.call_id)
        .join(Objection, Objection.id == ObjectionFile.objection_id)
        .where(ObjectionFile.public_id == file, ~ObjectionFile.guarded)
    ).first()
    if found is None or not policy.can_see_call(viewer, found.call_id):
        raise NotFound()
    stored, data = files.read(found.file_id)
    return stored.name, stored.media_type, data
