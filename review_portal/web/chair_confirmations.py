"""评分确认 at the chair's desk: which codes have confirmed the own scores; nobody's points."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.policy import Permission
from review_portal.services import confirmations
from review_portal.web.access import Desk, viewer
from review_portal.web.chair_nav import enter
from review_portal.web.confirmation_words import round_rows

desk = Desk("chair_confirmations", __name__, url_prefix="/chair")


@desk.page("/<round_>/confirmations", permission=Permission.EXPERT)
def listing(round_: str) -> ResponseReturnValue:
    """n of m have confirmed, who disputes and why."""
    found = enter(round_, _("评分确认"))
    seats = confirmations.progress(viewer(), round_=round_)
    return render_template("chair/confirmations.html", round=found, found=round_rows(seats, named=False))
