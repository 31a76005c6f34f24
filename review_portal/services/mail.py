"""Letters by the office's mail server: text only, one connection each, so that one failure tells of one.

Nothing here is logged: addresses and the server's password stay where they are.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from flask import current_app

from review_portal.clock import OFFICE_ZONE, now
from review_portal.config import Settings

TIMEOUT = 12  # seconds for each step of the conversation
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """kind: sent, failed, or unknown (the line broke once the letter was under way)."""

    kind: str
    error: str = ""
    reply: int | None = None


def configured() -> bool:
    """Whether the office has a mail server."""
    return bool(_settings().smtp_host)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def is_address(text: str) -> bool:
    """Whether `text` is one plain address, as far as it can be told without sending."""
    return _ADDRESS.fullmatch(text) is not None and len(text) <= 200


def compose(to: str, subject: str, text: str, identity: str) -> EmailMessage:
    """The letter. `identity` makes its Message-ID, the same for the same letter.

    Raises `ValueError` for a line end in a head: nobody adds a recipient through a name.
    """
    sender = _settings().mail_from
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Date"] = format_datetime(now().astimezone(OFFICE_ZONE))
    letter["Message-ID"] = f"<{identity}@{sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text, cte="base64")
    return letter


def send(to: str, subject: str, text: str, *, identity: str) -> Outcome:
    """Hand one letter to the server; what it said comes back, nothing is raised."""
    if not is_address(to):
        return Outcome("failed", "address")
    letter = compose(to, subject, text, identity)
    try:
        client = _connect(_settings())
    except smtplib.SMTPAuthenticationError as problem:
        return Outcome("failed", "login", problem.smtp_code)
    except smtplib.SMTPResponseException as problem:
        return Outcome("failed", "server", problem.smtp_code)
    except (smtplib.SMTPException, OSError):
        return Outcome("failed", "unreachable")
    try:
        client.send_message(letter)
    except smtplib.SMTPRecipientsRefused as problem:
        code, _words = next(iter(problem.recipients.values()))
        return Outcome("failed", "recipient", code)
    except smtplib.SMTPResponseException as problem:
        return Outcome("failed", "server", problem.smtp_code)
    except (smtplib.SMTPException, OSError):
        return Outcome("unknown", "broken_off")
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()
        client.close()
    return Outcome("sent")


def _connect(settings: Settings) -> smtplib.SMTP:
    """A conversation with the server, encrypted and logged in as the settings say."""
    name = settings.mail_from.partition("@")[2]
    where = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            *where, local_hostname=name, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        client = smtplib.SMTP(*where, local_hostname=name, timeout=TIMEOUT)
    try:
        if settings.smtp_security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            client.login(settings.smtp_user, settings.smtp_password)
    except (smtplib.SMTPException, OSError):
        client.close()
        raise
    return client
