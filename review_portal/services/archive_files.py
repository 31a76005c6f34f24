"""Every file that was handed in to a call: whatever table refers to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import Model
from review_portal.models.calls import Call
from review_portal.services import archive_tables

# Step of the call that a table's files belong to, and how long they are kept; any other table: see below.
_STEP: Final = {
    "recommendation_lists": ("intake", "30年"),
    "dossier_versions": ("intake", "永久"),
    "dossier_attachments": ("intake", "30年"),
    "dossier_acts": ("intake", "30年"),
    "paper_scans": ("review", "永久"),
    "decisions": ("result", "永久"),
    "signature_events": ("result", "永久"),
}
_OTHER: Final = ("supervision", "永久")


@dataclass(frozen=True, slots=True)
class Original:
    """A stored file and what it was handed in as. `number`: of the dossier, where it belongs to one."""

    sha256: str
    size: int
    name: str
    stored_at: datetime
    title: str
    group: str
    keep: str
    number: str


def referring() -> list[sa.Column[Any]]:
    """Every column of the archive's tables that refers to a stored file."""
    return [
        column
        for table in archive_tables.tables()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "stored_files"
    ]


def originals(session: Session, call: Call) -> Iterator[Original]:
    """The files of a call, by the table that refers to them and its rows' order. One query a column."""
    files = Model.metadata.tables["stored_files"]
    for column in referring():
        table = column.table
        assert isinstance(table, sa.Table)
        group, keep = _STEP.get(table.name, _OTHER)
        query = (
            sa.select(files.c.sha256, files.c.size, files.c.name, files.c.stored_at, _number(table))
            .select_from(table)
            .join(files, files.c.id == column)
            .where(archive_tables.belonging(table, call.id), sa.not_(guarded(table)))
            .order_by(*table.primary_key.columns)
        )
        for row in session.execute(query):
            title = archive_tables.title_of(table.name)
            yield Original(row[0], row[1], row[2], row[3], title, group, keep, row[4] or "")


def guarded(table: sa.Table) -> sa.ColumnElement[bool]:
    """Files that would name who complained: the supervisor's alone, in no archive."""
    return table.c.guarded if "guarded" in table.c else sa.false()


def guarded_count(session: Session, call: Call) -> int:
    """How many files stay with the supervisor."""
    tables = {column.table for column in referring() if "guarded" in column.table.c}
    return sum(
        session.scalar(
            sa.select(sa.func.count())
            .select_from(table)
            .where(archive_tables.belonging(table, call.id), guarded(table))
        )
        or 0
        for table in tables
        if isinstance(table, sa.Table)
    )


def _number(table: sa.Table) -> sa.ColumnElement[str | None]:
    """The dossier's number: of the row itself, or of the sheet that it belongs to."""
    dossiers = Model.metadata.tables["dossiers"]
    if "dossier_id" in table.c:
        return sa.select(dossiers.c.number).where(dossiers.c.id == table.c.dossier_id).scalar_subquery()
    if "review_id" in table.c:
        reviews = Model.metadata.tables["reviews"]
        return (
            sa.select(dossiers.c.number)
            .join(reviews, reviews.c.dossier_id == dossiers.c.id)
            .where(reviews.c.id == table.c.review_id)
            .scalar_subquery()
        )
    return sa.literal("")
