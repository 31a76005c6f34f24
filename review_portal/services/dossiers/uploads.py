"""A file as it was sent, and when it arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_portal.db import now
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file's name and bytes."""

    name: str
    data: bytes


def arrival(received_at: datetime | None) -> datetime:
    """The registered time of receipt, the present when none was given. Raises `Invalid` for one ahead."""
    present = now()
    if received_at is not None and received_at > present:
        fault = mark("收件时间不能晚于现在。请按北京时间填写。")
        raise Invalid(mark("收件时间晚于现在，请核对。"), {"received_at": fault})
    return received_at or present
