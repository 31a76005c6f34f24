"""A Word paper's copy as PDF, where this machine can make one."""

from __future__ import annotations

from pathlib import PurePath

from review_portal.exports import pdf


def can_make() -> bool:
    """Whether the extra and a Chinese font are here."""
    return pdf.why_not() is None


def of(name: str, data: bytes) -> tuple[str, bytes]:
    """Name and bytes of the PDF of the .docx `name`. Raises `Conflict` saying what to install."""
    return PurePath(name).with_suffix(".pdf").name, pdf.from_docx(data)


def require() -> None:
    """Raises `Conflict` saying what to install where no PDF can be made."""
    lacking = pdf.why_not()
    if lacking is not None:
        raise lacking
