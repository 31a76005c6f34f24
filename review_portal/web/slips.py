"""The slip with a one-time password, shown once on whichever desk it was made."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from review_portal.clock import now
from review_portal.services.account_views import NewAccount
from review_portal.web.filters import office_time


def _public_address() -> str:
    """Where people reach the portal: the setting, or else what this browser was told."""
    public: str = current_app.extensions["settings"].public_url
    return public or request.url_root


def password_slip(issued: NewAccount, back_href: str) -> ResponseReturnValue:
    """The page to print and hand over; reading it again is not possible."""
    return render_template(
        "admin/slip.html",
        issued=issued,
        address=_public_address(),
        printed_at=office_time(now()),
        back_href=back_href,
    )
