"""An application with a mail server of its own, and the clock moved for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from flask import Flask

from review_portal import clock
from tests.smtp_server import Mailbox

ADDRESS = "https://review.example"


def set_up_mail(app: Flask, box: Mailbox) -> None:
    """Let `app` send through this server, as its settings would."""
    app.extensions["settings"] = replace(
        app.extensions["settings"],
        smtp_host="127.0.0.1",
        smtp_port=box.port,
        smtp_security="none",
        mail_from="portal@office.example",
        public_url=ADDRESS,
    )


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock of machine and database goes on from `moment` while the block runs."""
    clock.run_from(moment)
    try:
        yield
    finally:
        clock.run_from(None)
