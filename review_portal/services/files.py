"""Files by content: write, fsync, rename, then the row."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain.errors import Busy, NotFound
from review_portal.models.files import StoredFile


def _place(sha256: str) -> Path:
    root: Path = current_app.extensions["settings"].instance / "files"
    return root / sha256[:2] / sha256


def put(session: Session, data: bytes, *, name: str, media_type: str, actor_id: int | None) -> StoredFile:
    """Keep `data` under its SHA-256 and add the row. Raises `Busy` when the disk cannot take it."""
    sha256 = hashlib.sha256(data).hexdigest()
    place = _place(sha256)
    if not place.exists():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=place.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(draft, place)
        except OSError as problem:
            raise Busy() from problem
    row = StoredFile(
        sha256=sha256,
        size=len(data),
        name=Path(name).name[:200] or "未命名",
        media_type=media_type,
        stored_at=now(),
        stored_by=actor_id,
    )
    session.add(row)
    session.flush()
    return row


def read(file_id: int) -> tuple[StoredFile, bytes]:
    """The row and its bytes, checked against the hash. Raises `NotFound`; a changed file is one."""
    row = db.session.scalars(sa.select(StoredFile).where(StoredFile.id == file_id)).first()
    if row is None or not _place(row.sha256).exists():
        raise NotFound()
    data = _place(row.sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise NotFound()
    return row, data


_CHUNK = 1 << 20


def chunks(sha256: str) -> Iterator[bytes]:
    """A stored file piece by piece, checked at its end. Raises `NotFound` where it is gone or changed."""
    sha = hashlib.sha256()
    try:
        with _place(sha256).open("rb") as stream:
            while piece := stream.read(_CHUNK):
                sha.update(piece)
                yield piece
    except FileNotFoundError as missing:
        raise NotFound() from missing
    if sha.hexdigest() != sha256:
        raise NotFound()


def draft_folder() -> Path:
    """Where a large file is written before it is kept: on the same disk, so that keeping it is a rename."""
    root: Path = current_app.extensions["settings"].instance / "files" / "drafts"
    root.mkdir(parents=True, exist_ok=True)
    return root


def adopt(
    session: Session, draft: Path, *, sha256: str, size: int, name: str, media_type: str, actor_id: int | None
) -> StoredFile:
    """Keep a file written in `draft_folder`, already hashed and synced, and add the row."""
    place = _place(sha256)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, place)
    except OSError as problem:
        raise Busy() from problem
    row = StoredFile(
        sha256=sha256, size=size, name=name, media_type=media_type, stored_at=now(), stored_by=actor_id
    )
    session.add(row)
    session.flush()
    return row


def place_of(sha256: str) -> Path:
    """Where a stored file lies, for sending a large one from the disk. Raises `NotFound`."""
    place = _place(sha256)
    if not place.exists():
        raise NotFound()
    return place


def discard(sha256: str) -> None:
    """Remove bytes that nothing else needs; the row stays and says what was there."""
    _place(sha256).unlink(missing_ok=True)
