"""The supervisor's entries, in one place: pages of several blueprints show the same list."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from review_portal.web.frame import Sections, set_desk


def enter(call: str, current: str) -> None:
    """The supervisor's frame around a page of a call (public id); `current` is the entry it belongs to."""
    set_desk(_("监督"), sections(call), current=current, call=call, label=_("监督人员"))


def sections(call: str) -> Sections:
    """The entries in the order of the work, the supervisor's own first."""
    return {
        "": [
            (_("监督概况"), url_for("supervisor.home", call=call)),
            (_("待确认事项"), url_for("approvals.index")),
            (_("提请暂停"), url_for("supervisor_holds.index", call=call)),
            (_("监督记录"), url_for("supervisor.trail", call=call)),
            (_("监督记录表"), url_for("supervisor_record.show", call=call)),
        ],
        _("专家评审"): [
            (_("专家抽取"), url_for("draw.of_call", call=call)),
            (_("专家组与组长推举"), url_for("supervisor.panel", call=call)),
            (_("会议日清单"), url_for("meeting.of_call", call=call)),
            (_("纸质评分表"), url_for("supervisor_papers.listing", call=call)),
            (_("现场答辩"), url_for("defense.of_call", call=call)),
            (_("专家组意见与表决"), url_for("panel.of_call", call=call)),
            (_("评分确认"), url_for("office_confirmations.listing", call=call)),
        ],
        _("排名审定"): [
            (_("会议审定"), url_for("decision.page", call=call)),
            (_("排名版本"), url_for("versions.listing", call=call)),
        ],
        _("公示公布"): [
            (_("公示期"), url_for("publicity_clock.clock", call=call)),
            (_("异议登记"), url_for("objections.listing", call=call)),
            (_("名单公布"), url_for("final_list.page", call=call)),
        ],
        _("文书归档"): [
            (_("签字件登记"), url_for("signatures.listing", call=call)),
            (_("归档"), url_for("archives.listing", call=call)),
        ],
    }
