"""A link that lets an expert in once. Opening it changes nothing; pressing the button spends it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from review_portal.domain.policy import Permission
from review_portal.services import entry_passes, logins
from review_portal.web import auth
from review_portal.web.access import Desk
from review_portal.web.limits import limiter

desk = Desk("entry", __name__)
BRAKE = "120 per minute"  # a whole meeting room comes from one address; a code is not to be guessed anyway


@desk.page("/enter/<code>", permission=Permission.PUBLIC)
@limiter.limit(BRAKE)
def enter(code: str) -> ResponseReturnValue:
    """Where the link leads and a button; previews, prefetches and HEAD see the same."""
    title = entry_passes.look(code)
    return render_template("auth/entry.html", title=title, code=code)


@desk.page("/enter/<code>", permission=Permission.PUBLIC, methods=("POST",))
@limiter.limit(BRAKE)
def spend(code: str) -> ResponseReturnValue:
    """Use the link up and log in; whoever was logged in on this browser is not any more."""
    token = entry_passes.spend(code)
    if current_user.is_authenticated:
        logins.log_out(current_user.get_id())
    return auth.enter(token, None)
