"""Deadlines and days as an iCalendar file (RFC 5545).

Written here and not with a library: one event in UTC needs no zone table, so that folding and escaping are
all there is to it; the kept-up libraries bring zone data and date parsers with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE = 75  # octets, without the line end


@dataclass(frozen=True, slots=True)
class Deadline:
    """`uid` stays and `sequence` grows when the deadline is moved: calendars replace the earlier one."""

    uid: str
    sequence: int
    changed_at: datetime
    at: datetime
    title: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Day:
    """A whole day; otherwise as a deadline."""

    uid: str
    sequence: int
    changed_at: datetime
    on: date
    title: str
    text: str
    address: str


def write(*events: Deadline | Day) -> bytes:
    """The file; reminds a day before a deadline, and at 9:00 of the day before a day.

    Times are instants, shown by every calendar in its own zone; a day is the same in every zone.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//review-portal//deadline//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *(line for event in events for line in _event(event)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(event: Deadline | Day) -> Sequence[str]:
    return (
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_instant(event.changed_at)}",
        f"LAST-MODIFIED:{_instant(event.changed_at)}",
        *_when(event),
        f"SUMMARY:{_text(event.title)}",
        f"DESCRIPTION:{_text(event.text)}",
        *([f"URL:{_uri(event.address)}"] if event.address else []),
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(event.title)}",
        f"TRIGGER:{'-P1D' if isinstance(event, Deadline) else '-PT15H'}",
        "END:VALARM",
        "END:VEVENT",
    )


def _when(event: Deadline | Day) -> Sequence[str]:
    """A deadline has no end: a moment. A day ends where the next begins."""
    if isinstance(event, Deadline):
        return (f"DTSTART:{_instant(event.at)}",)
    after = event.on + timedelta(days=1)
    return (f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}")


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line end escaped, other control characters dropped."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,")):
        words = words.replace(plain, escaped)
    words = "\\n".join(words.splitlines())
    return "".join(character for character in words if character >= " " and character != "\x7f")


def _uri(address: str) -> str:
    """A URI stands unescaped; what could end its line is not one."""
    return "".join(character for character in address if "!" <= character <= "~")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, each further one led by a space; no character is cut."""
    parts: list[bytes] = []
    part = b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > LINE - (1 if parts else 0):
            parts.append(part)
            part = b""
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
