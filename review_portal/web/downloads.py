"""Sending a paper: always as a download under its own name, never shown as a page.

Every Word document can be had as PDF instead: `?as=pdf` after its address.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath

from flask import Response, request, send_file

from review_portal.services import pdf_copies

MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".ics": "text/calendar",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
}


def send(name: str, data: bytes) -> Response:
    """`data` as the file `name`, or its PDF where asked; the type follows from the name's ending.

    Raises `Conflict` where this machine cannot make a PDF.
    """
    if request.args.get("as") == "pdf" and PurePath(name).suffix == ".docx":
        name, data = pdf_copies.of(name, data)
    media_type = MEDIA_TYPES.get(PurePath(name).suffix, "application/octet-stream")
    return send_file(BytesIO(data), mimetype=media_type, as_attachment=True, download_name=name)


def show(media_type: str, data: bytes) -> Response:
    """A scan that the upload guard has seen, in the page or in a tab of its own; no cache keeps it."""
    response = Response(data, mimetype=media_type)
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = "no-store"
    return response
