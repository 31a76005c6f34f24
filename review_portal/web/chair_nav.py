"""The frame of the chair's desk: whose round it is, and the way to every page of it."""

from __future__ import annotations

from flask import abort, request, url_for
from flask_babel import gettext as _

from review_portal.services import rounds
from review_portal.services.rounds import RoundView
from review_portal.web.access import viewer
from review_portal.web.frame import set_desk


def enter(round_: str, current: str) -> RoundView:
    """The round, for its chair only; the frame of the desk around it."""
    found = rounds.view(viewer(), round_=round_)
    chaired = rounds.list_chaired(viewer())
    if found.public_id not in {item.public_id for item in chaired}:
        abort(404)
    entries = [
        (_("组长工作台"), url_for("chair.home", round_=round_)),
        (_("会议日清单"), url_for("meeting.checklist", round_=round_)),
    ]
    if found.state in ("reconciling", "finished"):
        entries += [
            (_("评分概览"), url_for("chair.overview", round_=round_)),
            (_("复议台账"), url_for("chair.cases", round_=round_)),
        ]
    if found.state == "finished":
        entries += [
            (_("评分确认"), url_for("chair_confirmations.listing", round_=round_)),
            (_("排名与说明"), url_for("chair.rank", round_=round_)),
        ]
    if found.state == "finished" and (found.is_last or found.again):
        entries.append((_("排名版本"), url_for("chair.versions", round_=round_)))
    if found.state == "finished" and found.is_last:
        entries += [
            (_("专家组意见"), url_for("panel.opinions", round_=round_)),
            (_("并列表决"), url_for("panel.tie", round_=round_)),
        ]
    if found.is_last and found.position > 1:
        entries.append((_("现场答辩"), url_for("defense.overview", round_=round_)))
    entries.append((_("监督记录表"), url_for("supervision_forms.listing", call=found.call)))
    entries += [
        (_("转到%(name)s", name=other.name), url_for("chair.home", round_=other.public_id))
        for other in chaired
        if other.call == found.call and other.public_id != found.public_id
    ]
    entries.append((_("我的评审任务"), f"{request.script_root}/expert/"))
    set_desk(_("组长"), entries, current=current, call=found.call, label=_("组长"))
    return found
