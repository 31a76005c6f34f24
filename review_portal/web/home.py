"""The way in: each person lands on their own desk."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from review_portal.domain.policy import Permission
from review_portal.services import calls
from review_portal.web.access import Desk, viewer

desk = Desk("home", __name__)


@desk.page("/", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """The desk of the viewer's first role."""
    return render_template("home.html", calls=calls.list_for_switcher(viewer()))


@desk.page("/calls/<call>", permission=Permission.SIGNED_IN)
def call(call: str) -> ResponseReturnValue:
    """The viewer's desk for one call."""
    return redirect(url_for("home.index"), 303)
