"""Scans that changes of the list rest on, for the call's offices. Reads only."""

from __future__ import annotations

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.files import StoredFile
from review_portal.services import files, scopes
from review_portal.services.final_list_facts import CHANGE, FILL


def scan(viewer: Viewer, *, call: str, file: str) -> tuple[str, bytes]:
    """Media type and bytes of a scan that a change, or a request for one, rests on. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    asked = sa.select(Approval.payload).where(Approval.action.in_((CHANGE, FILL)), Approval.call_id == row.id)
    known = {payload.get("scan_file") for payload in db.session.scalars(asked)}
    found = db.session.scalar(sa.select(StoredFile.id).where(StoredFile.public_id == file))
    if file not in known or found is None:
        raise NotFound()
    stored, data = files.read(found)
    return stored.media_type, data
