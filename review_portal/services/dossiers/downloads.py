"""Stored files of a call: forms, letters, recommendation tables, for the call's offices only."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.dossiers import Dossier, DossierAct, DossierVersion, RecommendationList
from review_portal.models.files import StoredFile
from review_portal.services import files, scopes


@dataclass(frozen=True, slots=True)
class Download:
    """A stored file."""

    name: str
    media_type: str
    data: bytes


def download_file(viewer: Viewer, *, file: str) -> Download:
    """A form, a letter or a recommendation table (public id of the file). Raises `NotFound`."""
    mine = scopes.visible_dossiers(viewer).with_only_columns(Dossier.id)
    tables = sa.select(RecommendationList.file_id)
    offices = viewer.calls_of("secretariat", "supervisor")
    if None not in offices:
        known = sorted(call for call in offices if call is not None)
        tables = tables.where(RecommendationList.call_id.in_(known))
    versions = sa.select(DossierVersion.file_id).where(DossierVersion.dossier_id.in_(mine))
    letters = sa.select(DossierAct.letter_id).where(DossierAct.dossier_id.in_(mine))
    key = db.session.scalar(
        sa.select(StoredFile.id).where(
            StoredFile.public_id == file,
            sa.or_(StoredFile.id.in_(versions), StoredFile.id.in_(letters), StoredFile.id.in_(tables)),
        )
    )
    if key is None:
        raise NotFound()
    stored, data = files.read(key)
    return Download(stored.name, stored.media_type, data)
