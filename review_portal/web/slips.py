"""The slip with a one-time password, shown once on whichever desk it was made."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from review_portal.clock import now
from review_portal.services.account_views import NewAccount
from review_portal.web.filters import office_time


def password_slip(issued: NewAccount, back_href: str) -> ResponseReturnValue:
    """The page to print and hand over; reading it again is not possible."""
    return render_template(
        "admin/slip.html",
        issued=issued,
        address=request.url_root,
        printed_at=office_time(now()),
        back_href=back_href,
    )
