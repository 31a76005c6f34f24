"""The secretariat's entries, in one place: pages of several blueprints show the same list."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from review_portal.domain.messages import mark
from review_portal.web.frame import Sections, set_desk

LABEL = mark("秘书处").msgid


def enter(call: str, current: str) -> None:
    """The secretariat's frame around a page of a call (public id); `current` is the entry it belongs to."""
    set_desk(_(LABEL), sections(call), current=current, call=call, label=_(LABEL))


def sections(call: str) -> Sections:
    """The entries in the order of the work. Paths, not endpoints: a list breaks no page."""
    root = request.script_root
    base = f"{root}/secretariat/{call}"
    return {
        "": [
            (_("待办"), f"{base}/"),
            (_("待确认事项"), f"{root}/approvals/"),
        ],
        _("受理审查"): [
            (_("收件登记"), f"{base}/dossiers"),
            (_("推荐汇总表"), f"{base}/recommendations"),
        ],
        _("评审准备"): [
            (_("批次与规则"), f"{base}/rules"),
            (_("专家抽取"), f"{base}/draw"),
            (_("专家与分派"), f"{base}/experts"),
            (_("提醒与入口"), f"{base}/reach"),
            (_("账号"), f"{base}/accounts"),
        ],
        _("专家评审"): [
            (_("评审进度"), f"{base}/progress"),
            (_("会议日清单"), f"{root}/meeting/calls/{call}"),
            (_("纸质评分表"), f"{base}/papers"),
            (_("现场答辩"), f"{base}/defense"),
            (_("专家组意见与表决"), f"{root}/panel/calls/{call}"),
            (_("评分确认"), f"{base}/confirmations"),
            (_("监督记录表"), f"{root}/supervision/{call}/"),
        ],
        _("排名审定"): [
            (_("排名与文书"), f"{base}/results"),
            (_("会议审定"), f"{base}/decision"),
            (_("异议复核"), f"{base}/reexaminations"),
        ],
        _("公示公布"): [
            (_("公示稿"), f"{base}/notice"),
            (_("公示期"), f"{base}/publicity"),
            (_("异议登记"), f"{root}/objections/calls/{call}"),
            (_("名单公布"), f"{base}/final-list"),
        ],
        _("文书归档"): [
            (_("文书"), f"{base}/documents"),
            (_("签发和送达"), f"{base}/letters"),
            (_("签字件登记"), f"{base}/signatures"),
            (_("归档"), f"{base}/archives"),
        ],
    }
