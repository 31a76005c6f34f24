"""The versions of a dossier as they were handed in, and which of them came too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review_portal.db import db
from review_portal.models.accounts import Account
from review_portal.models.dossiers import DossierAct, DossierVersion
from review_portal.models.files import StoredFile
from review_portal.services.dossiers.uploads import Copies


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as it was handed in; `file` is the public id for `download_file`.

    `overdue`: a correction that arrived after the deadline set with its return; `recorded_at` is when it was
    registered, which nobody types.
    """

    public_id: str
    ordinal: int
    received_at: datetime
    recorded_at: datetime
    overdue: bool
    created_by: str
    digest: str
    file: str
    file_name: str
    copies: Copies


def list_versions(dossier_id: int) -> list[tuple[int, VersionRow]]:
    """Key and row of every version, in order. Two queries."""
    rows = db.session.execute(
        sa.select(
            DossierVersion.id,
            DossierVersion.public_id,
            DossierVersion.ordinal,
            DossierVersion.received_at,
            DossierVersion.created_at,
            DossierVersion.digest,
            DossierVersion.paper_copies,
            DossierVersion.discs,
            Account.name.label("created_by"),
            StoredFile.public_id.label("file"),
            StoredFile.name.label("file_name"),
        )
        .join(Account, Account.id == DossierVersion.created_by)
        .join(StoredFile, StoredFile.id == DossierVersion.file_id)
        .where(DossierVersion.dossier_id == dossier_id)
        .order_by(DossierVersion.ordinal)
    ).all()
    returns = _returns(dossier_id)
    return [
        (
            row.id,
            VersionRow(
                row.public_id,
                row.ordinal,
                row.received_at,
                row.created_at,
                _overdue(row, returns),
                row.created_by,
                row.digest,
                row.file,
                row.file_name,
                Copies(row.paper_copies, row.discs),
            ),
        )
        for row in rows
    ]


def _returns(dossier_id: int) -> list[tuple[datetime, datetime]]:
    """When the dossier was returned and until when it was to be corrected, in order."""
    rows = db.session.execute(
        sa.select(DossierAct.acted_at, DossierAct.due_at)
        .where(DossierAct.dossier_id == dossier_id, DossierAct.action == "return")
        .order_by(DossierAct.id)
    ).all()
    return [(row.acted_at, row.due_at) for row in rows if row.due_at is not None]


def _overdue(version: Any, returns: list[tuple[datetime, datetime]]) -> bool:
    """Whether a correction came after the deadline of the last return before it."""
    due = [until for at, until in returns if at <= version.created_at]
    return bool(due) and version.ordinal > 1 and version.received_at > due[-1]
