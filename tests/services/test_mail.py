"""Letters through a mail server: what arrives, what is refused, what remains unknown; no secret is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from review_portal.config import Settings, load_settings
from review_portal.services import mail
from review_portal.services.mail import Outcome
from tests.conftest import build_app, close
from tests.smtp_server import Mailbox, mail_server

TEXT = "甲示例专家，您好。\n您还有2份评分未提交。\n.\n"
ADDRESS = "https://review.example"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


def settings(box: Mailbox) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "mail_from": "portal@office.example",
        "public_url": ADDRESS,
    }


@pytest.fixture
def posting(box: Mailbox, sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application that is set to this mail server."""
    app = build_app(tmp_path, "", **settings(box))
    with app.app_context():
        yield app
    close(app)


def send(to: str = "a@example.org", subject: str = "书面评审：您还有2份评分未提交") -> Outcome:
    return mail.send(to, subject, TEXT, identity="reminder-1")


def test_letter_arrives_as_it_was_written(posting: Flask, box: Mailbox) -> None:
    assert send() == Outcome("sent")
    (letter,) = box.letters
    assert letter["From"] == "portal@office.example"
    assert letter["To"] == "a@example.org"
    assert letter["Subject"] == "书面评审：您还有2份评分未提交"
    assert letter["Message-ID"] == "<reminder-1@office.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n") == TEXT


def test_refused_recipient_is_told_with_the_servers_code(posting: Flask, box: Mailbox) -> None:
    box.refused.add("a@example.org")
    assert send() == Outcome("failed", "recipient", 550)
    assert box.letters == []


def test_line_that_breaks_after_the_letter_leaves_it_unknown(posting: Flask, box: Mailbox) -> None:
    box.breaks = True
    assert send() == Outcome("unknown", "broken_off")


def test_server_that_turns_away_is_a_failure(posting: Flask, box: Mailbox) -> None:
    box.greeting = b"554 go away\r\n"
    assert send() == Outcome("failed", "server", 554)


def test_server_without_encryption_gets_no_letter_where_it_is_asked_for(
    box: Mailbox, sqlite_template: Path, tmp_path: Path
) -> None:
    app = build_app(tmp_path, "", **settings(box) | {"smtp_security": "starttls"})
    with app.app_context():
        assert send() == Outcome("failed", "unreachable")
    close(app)
    assert box.letters == []


def test_server_that_is_not_there_is_a_failure(sqlite_template: Path, tmp_path: Path) -> None:
    with mail_server() as gone:
        pass
    app = build_app(tmp_path, "", **settings(gone))
    with app.app_context():
        assert send() == Outcome("failed", "unreachable")
    close(app)


@pytest.mark.parametrize(
    "to", ["", "甲", "a@b@c.example", "a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org"]
)
def test_what_is_not_one_address_is_not_sent_to(posting: Flask, box: Mailbox, to: str) -> None:
    assert send(to) == Outcome("failed", "address")


def test_head_with_a_line_end_is_refused(posting: Flask, box: Mailbox) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline|line"):
        send(subject="一\r\nBcc: b@example.org")
    assert box.letters == []


def test_password_is_not_shown_with_the_settings() -> None:
    assert "geheim" not in repr(Settings(smtp_password="geheim"))


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"mail_from": "nobody"}, "mail_from"),
        ({"public_url": ""}, "public_url"),
        ({"smtp_security": "ssl"}, "smtp_security"),
        ({"smtp_password": "x", "smtp_security": "none"}, "明文"),
    ],
)
def test_half_a_mailbox_is_refused_at_the_start(tmp_path: Path, given: dict[str, str], fault: str) -> None:
    whole = {"smtp_host": "mail.example", "mail_from": "a@b.example", "public_url": ADDRESS}
    with pytest.raises(ValueError, match=fault):
        load_settings(instance=tmp_path, **whole | given)
