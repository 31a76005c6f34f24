"""What is shown once on whichever desk it was made: a one-time password, a link that lets in once."""

from __future__ import annotations

import segno
from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from review_portal.clock import now
from review_portal.services.account_views import NewAccount
from review_portal.services.entry_passes import IssuedEntry
from review_portal.web.filters import office_time


def public_address() -> str:
    """Where people reach the portal: the setting, or else what this browser was told."""
    public: str = current_app.extensions["settings"].public_url
    return public or request.url_root


def slip(issued: NewAccount | IssuedEntry, back_href: str) -> ResponseReturnValue:
    """The page to print and hand over, whatever was made."""
    return (
        entry_slip(issued, back_href) if isinstance(issued, IssuedEntry) else password_slip(issued, back_href)
    )


def password_slip(issued: NewAccount, back_href: str) -> ResponseReturnValue:
    """The page to print and hand over; reading it again is not possible."""
    return render_template(
        "admin/slip.html",
        issued=issued,
        address=public_address(),
        printed_at=office_time(now()),
        back_href=back_href,
    )


def entry_slip(issued: IssuedEntry, back_href: str) -> ResponseReturnValue:
    """The link as a QR code to print and as text to copy; reading it again is not possible."""
    code = "-".join(issued.code[at : at + 4] for at in range(0, len(issued.code), 4))
    address = public_address().rstrip("/") + url_for("entry.enter", code=code)
    return render_template(
        "admin/entry_slip.html",
        issued=issued,
        address=address,
        qr=_qr(address),
        printed_at=office_time(now()),
        back_href=back_href,
    )


def _qr(address: str) -> str:
    """The address as inline SVG made of attributes alone; dark on white in every scheme."""
    drawn = segno.make(address, micro=False, error="m")
    drawn_as = {"dark": "#000", "light": "#fff", "svgclass": "qr", "lineclass": None}
    return str(drawn.svg_inline(scale=5, border=4, **drawn_as))
