"""What the two-person acts around reconciliation say before somebody agrees."""

from __future__ import annotations

from flask_babel import gettext as _

from review_portal.services import flags
from review_portal.services.approval_views import RequestView
from review_portal.services.void_views import BREACHES
from review_portal.web.approval_acts import Words
from review_portal.web.forms import say


def countersign_words(view: RequestView) -> Words:
    """A case that no trigger calls for."""
    payload = view.request.payload
    return Words(
        _("会签规则外的复议：%(number)s", number=payload.get("number")),
        _("未触发规则的复议须由组长写明理由、监督人员会签，在复议记录中单独列出。"),
        _("组长"),
        _("监督人员"),
        [
            _(
                "专家%(code)s将看到组长的问题和本人评分，在%(hours)s小时内维持或修改并说明理由。",
                code=payload.get("code"),
                hours=payload.get("hours"),
            ),
            _("不同意的，专家看不到本件；台账和复议记录中保留本件和不同意的理由。"),
        ],
        [
            (_("申报材料"), f"{payload.get('number')}　{payload.get('unit')}"),
            (_("专家"), payload.get("code")),
            (
                _("评分情况"),
                say(flags.reason(flags.OWN, str(payload.get("code")), payload.get("figures", {}))),
            ),
            (_("组长提出的问题"), payload.get("question")),
        ],
        _("我已核对该件未触发规则和提请的理由"),
        _("同意提请"),
    )


def void_words(view: RequestView) -> Words:
    """A sheet to be voided for a breach of the rules."""
    payload = view.request.payload
    return Words(
        _("同意作废评分表：%(number)s", number=payload.get("number")),
        _("违反评审纪律的评分表，由组长或监督人员申请、监督人员另一人同意作废。"),
        _("组长或监督人员"),
        _("监督人员"),
        [
            _("该评分表作废，不计入评分和排名；其他专家的评分不变。"),
            _("作废后不能恢复，原评分留存备查；作废情况印在复议记录和评分汇总表上。"),
            _("该专家将看到本人评分表已作废和所属情形。"),
        ],
        [
            (_("专家"), payload.get("expert")),
            (_("申报材料"), f"{payload.get('number')}　{payload.get('unit')}"),
            (_("轮次"), payload.get("round")),
            (_("违反规则的情形"), say(BREACHES[str(payload.get("breach"))])),
        ],
        _("我已核实所列情形"),
        _("同意作废"),
        grave=True,
    )
