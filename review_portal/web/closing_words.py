"""What the supervisor reads before agreeing to the end of scoring."""

from __future__ import annotations

from flask_babel import gettext as _

from review_portal.services.approval_views import RequestView
from review_portal.web.approval_acts import Words
from review_portal.web.filters import code_groups


def close_words(view: RequestView) -> Words:
    """Counts and consequences; nothing from points."""
    payload = view.request.payload
    return Words(
        _("同意结束评分：%(round)s", round=view.about),
        _("结束后不能恢复评分。结束时间、双方姓名记入监督记录。"),
        _("组长"),
        _("监督人员"),
        [
            _("本轮评分结束，任何人不能再提交或修改。"),
            _("未提交的评分按未评处理，不计分，也不是0分；登记为纸质的在封存后代录。"),
            _("评分封存，启封前任何人不能查看。"),
        ],
        [
            (_("轮次"), view.about),
            (_("已提交"), _("%(n)s份", n=payload.get("sheets"))),
            (_("未提交，按未评处理"), _("%(n)s份", n=payload.get("missed"))),
            *([(_("其中登记为纸质的"), _("%(n)s份", n=papers))] if (papers := payload.get("papers")) else []),
            (_("延长过评分时限的专家"), _("%(n)s位", n=len(payload.get("later", [])))),
            (_("开启时校验码"), code_groups(payload.get("frozen"))),
        ],
        _("我已核对上列份数，同意结束评分"),
        _("同意结束评分并封存"),
        grave=True,
    )
