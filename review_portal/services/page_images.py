"""Pages of stored scans as pictures, each drawn once and kept; the folder may be emptied at any time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from flask import current_app

from review_portal.domain.errors import Busy
from review_portal.intake.page_pictures import page_picture
from review_portal.services import files


def picture(file_id: int, sha256: str, page: int) -> bytes:
    """A page (from 1) of a stored file as WebP; whoever asks has been allowed to see it."""
    place = _drawn(sha256, page)
    if place.exists():
        return place.read_bytes()
    _stored, data = files.read(file_id)
    drawn = page_picture(data, page - 1)
    _keep(place, drawn)
    return drawn


def _drawn(sha256: str, page: int) -> Path:
    root: Path = current_app.extensions["settings"].instance / "pages"
    return root / sha256[:2] / f"{sha256}-{page}.webp"


def _keep(place: Path, picture: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(picture)
        os.replace(draft, place)
    except OSError as problem:
        raise Busy() from problem
