"""The secretariat's entries, in one place: pages of several blueprints show the same list."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from review_portal.domain.messages import mark

LABEL = mark("秘书处").msgid


def entries(call: str) -> list[tuple[str, str]]:
    """Label and address of each entry for a call (public id). Paths, not endpoints: a list breaks no page."""
    base = f"{request.script_root}/secretariat/{call}"
    return [
        (_("待办"), f"{base}/"),
        (_("收件登记"), f"{base}/dossiers"),
        (_("推荐汇总表"), f"{base}/recommendations"),
        (_("批次与规则"), f"{base}/rules"),
        (_("专家抽取"), f"{base}/draw"),
        (_("专家与分派"), f"{base}/experts"),
        (_("评审进度"), f"{base}/progress"),
        (_("纸质评分表"), f"{base}/papers"),
        (_("会议日清单"), f"{request.script_root}/meeting/calls/{call}"),
        (_("监督记录表"), f"{request.script_root}/supervision/{call}/"),
        (_("提醒与入口"), f"{base}/reach"),
        (_("现场答辩"), f"{base}/defense"),
        (_("专家组意见与表决"), f"{request.script_root}/panel/calls/{call}"),
        (_("排名与文书"), f"{base}/results"),
        (_("评分确认"), f"{base}/confirmations"),
        (_("会议审定"), f"{base}/decision"),
        (_("异议复核"), f"{base}/reexaminations"),
        (_("公示稿"), f"{base}/notice"),
        (_("公示期"), f"{base}/publicity"),
        (_("异议登记"), f"{request.script_root}/objections/calls/{call}"),
        (_("名单公布"), f"{base}/final-list"),
        (_("文书"), f"{base}/documents"),
        (_("签发和送达"), f"{base}/letters"),
        (_("签字件登记"), f"{base}/signatures"),
        (_("归档"), f"{base}/archives"),
        (_("账号"), f"{base}/accounts"),
        (_("待确认事项"), f"{request.script_root}/approvals/"),
    ]
