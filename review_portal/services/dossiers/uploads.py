"""A file as it was sent, and when it arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_portal.clock import OFFICE_ZONE
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

COPIES_MAX = 99


@dataclass(frozen=True, slots=True)
class Upload:
    """A file's name and bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Copies:
    """What came on paper and on discs beside a file; None where nobody counted."""

    paper: int | None = None
    discs: int | None = None

    def checked(self) -> Copies:
        """The same. Raises `Invalid` by field for a number that nobody hands in."""
        fault = mark("请填0至%(most)s的整数，没有清点的不填。", most=COPIES_MAX)
        counted = {"paper_copies": self.paper, "discs": self.discs}
        faults = {name: fault for name, n in counted.items() if n is not None and not 0 <= n <= COPIES_MAX}
        if faults:
            raise Invalid(mark("纸质份数、光盘数有误，未登记。请更正后重新上传。"), faults)
        return self


@dataclass(frozen=True, slots=True)
class Receipt:
    """`counted` is held against the deadline; `arrived` stands beside it where that is a postmark's day."""

    counted: datetime
    arrived: datetime | None


def receipt(rule: str, received_at: datetime | None, arrived_at: datetime | None) -> Receipt:
    """When something came, as the call counts it (`arrival` or `postmark`). Raises `Invalid`.

    Under `postmark` an unnamed arrival is the present and an unnamed postmark the arrival: handed in.
    """
    if rule != "postmark":
        return Receipt(arrival(received_at), None)
    if arrived_at is not None and arrived_at > now():
        fault = mark("送达时间不能晚于现在。请按北京时间填写。")
        raise Invalid(mark("送达时间晚于现在，请核对。"), {"arrived_at": fault})
    arrived = arrived_at or now()
    counted = arrival(received_at) if received_at else arrived
    if counted.astimezone(OFFICE_ZONE).date() > arrived.astimezone(OFFICE_ZONE).date():
        fault = mark("送达不能早于寄出邮戳日，请核对两个日期。")
        raise Invalid(mark("送达时间早于寄出邮戳日，请核对。"), {"arrived_at": fault})
    return Receipt(counted, arrived)


def arrival(received_at: datetime | None) -> datetime:
    """The registered time of receipt, the present when none was given. Raises `Invalid` for one ahead.

    It is typed by an officer: what may be changed until when is judged by the time of recording instead.
    """
    present = now()
    if received_at is not None and received_at > present:
        fault = mark("收件时间不能晚于现在。请按北京时间填写。")
        raise Invalid(mark("收件时间晚于现在，请核对。"), {"received_at": fault})
    return received_at or present


def arrival_after(received_at: datetime | None, *, returned_at: datetime, last_at: datetime) -> datetime:
    """The receipt of a correction: after the return that asked for it and after the version before it.

    Both are compared by the minute, as they are typed. Raises `Invalid`.
    """
    at = arrival(received_at)
    earliest = max(returned_at, last_at).replace(second=0, microsecond=0)
    if at < earliest:
        shown = f"{earliest.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
        fault = mark(
            "不能早于退回补正和上一版本的收件时间（%(earliest)s）。请按北京时间填写。", earliest=shown
        )
        raise Invalid(mark("补正件的收件时间早于退回补正，请核对。"), {"received_at": fault})
    return at
