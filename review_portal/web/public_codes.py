"""核对校验码: anybody who holds a paper asks whether its check code is one of this office's."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from review_portal.domain.errors import Invalid
from review_portal.domain.policy import Permission
from review_portal.services import public_codes
from review_portal.web.access import Desk
from review_portal.web.limits import limiter

desk = Desk("public_codes", __name__, url_prefix="/public")


@desk.page("/verify", permission=Permission.PUBLIC)
@limiter.limit("30 per minute")
def verify() -> ResponseReturnValue:
    """The form, and what was found of the code asked for. A code tells nobody who it was given to."""
    code, fault, found = request.args.get("code", "").strip(), None, None
    if code:
        try:
            found = public_codes.look_up(code)
        except Invalid as problem:
            fault = problem.message
    page = render_template(
        "public/verify.html",
        code=code,
        fault=fault,
        found=found,
        asked=bool(code) and fault is None,
        demo=current_app.extensions["settings"].demo,
    )
    return page, 422 if fault else 200
