"""The expert's deadline: to read, and as a file for a calendar."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.policy import Permission
from review_portal.services import own_calendar
from review_portal.web import expert_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.slips import public_address

desk = Desk("expert_calendar", __name__, url_prefix="/expert")


@desk.page("/rounds/<round_>/deadline", permission=Permission.EXPERT)
def deadline(round_: str) -> ResponseReturnValue:
    """Until when, in words: a phone's chat program shows it without a download."""
    found = own_calendar.own_deadline(viewer(), round_=round_)
    expert_nav.enter(found.call, _("我的评审任务"), found.code)
    return render_template("expert/deadline.html", own=found, round_id=round_)


@desk.page("/rounds/<round_>/deadline.ics", permission=Permission.EXPERT)
def calendar(round_: str) -> ResponseReturnValue:
    """The same for a calendar; once moved, the newer file replaces the earlier entry."""
    data = own_calendar.calendar(viewer(), round_=round_, address=public_address())
    return send("评分截止.ics", data)
