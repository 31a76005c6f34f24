"""A deadline as an iCalendar file: lines, folding, escaping, what a calendar needs to replace an entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from review_portal.exports.calendar_file import Deadline, write

CHINA = timezone(timedelta(hours=8))
EVENT = Deadline(
    uid="abc-def@review-portal",
    sequence=0,
    changed_at=datetime(2023, 3, 1, 1, 0, tzinfo=UTC),
    at=datetime(2023, 3, 10, 17, 30, tzinfo=CHINA),
    title="书面评审：评分截止",
    text="示例批次",
    address="https://review.example/",
)


def read(data: bytes) -> list[tuple[str, str]]:
    """(name with parameters, value) of each line, as RFC 5545 says to unfold and split them."""
    lines = data.decode().replace("\r\n ", "").split("\r\n")
    assert lines[-1] == ""
    return [(line.partition(":")[0], line.partition(":")[2]) for line in lines[:-1]]


def value(data: bytes, name: str) -> str:
    return next(found for key, found in read(data) if key == name)


def plain(escaped: str) -> str:
    """A TEXT value without its escapes."""
    out, characters = "", iter(escaped)
    for character in characters:
        if character == "\\":
            character = {"n": "\n"}.get(following := next(characters), following)
        out += character
    return out


def test_event_is_an_instant_with_an_alarm_a_day_before() -> None:
    assert read(write(EVENT)) == [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//review-portal//deadline//ZH"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("BEGIN", "VEVENT"),
        ("UID", "abc-def@review-portal"),
        ("SEQUENCE", "0"),
        ("DTSTAMP", "20230301T010000Z"),
        ("LAST-MODIFIED", "20230301T010000Z"),
        ("DTSTART", "20230310T093000Z"),
        ("SUMMARY", "书面评审：评分截止"),
        ("DESCRIPTION", "示例批次"),
        ("URL", "https://review.example/"),
        ("TRANSP", "TRANSPARENT"),
        ("BEGIN", "VALARM"),
        ("ACTION", "DISPLAY"),
        ("DESCRIPTION", "书面评审：评分截止"),
        ("TRIGGER", "-P1D"),
        ("END", "VALARM"),
        ("END", "VEVENT"),
        ("END", "VCALENDAR"),
    ]


def test_moved_deadline_keeps_its_identity_and_outranks_the_earlier_file() -> None:
    moved = write(replace(EVENT, sequence=1, at=EVENT.at + timedelta(days=2)))
    assert value(moved, "UID") == value(write(EVENT), "UID")
    assert (value(moved, "SEQUENCE"), value(moved, "DTSTART")) == ("1", "20230312T093000Z")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=200))
def test_any_words_come_back_and_no_line_is_longer_than_75_octets(words: str) -> None:
    data = write(replace(EVENT, text=words))
    assert plain(value(data, "DESCRIPTION")) == words
    assert max(len(line) for line in data.split(b"\r\n")) <= 75


def test_line_ends_and_controls_in_words_make_no_new_line() -> None:
    data = write(replace(EVENT, text="一\r\nBEGIN:VEVENT\x07\n二", address="https://a.example/\r\nX:1"))
    assert value(data, "DESCRIPTION") == "一\\nBEGIN:VEVENT\\n二"
    assert value(data, "URL") == "https://a.example/X:1"
