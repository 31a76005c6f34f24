"""What the supervisor reads before an expert gets a link that lets in once."""

from __future__ import annotations

from flask_babel import gettext as _

from review_portal.domain.register import masked_login
from review_portal.services.approval_views import RequestView
from review_portal.web.approval_acts import Words


def entry_words(view: RequestView) -> Words:
    """One request's page."""
    payload = view.request.payload
    return Words(
        _("同意发放一次性入口：%(name)s", name=payload.get("name")),
        _("评审已开启。持有入口的人即可查看、修改该专家的评分，须双人办理。"),
        _("经办人"),
        _("监督人员"),
        [
            _("入口的二维码和链接在下一页显示，只显示这一次，请当面交给本人，不经他人转交；经办人看不到。"),
            _("本人按“进入”后入口即失效，该账号在其他各处的登录同时退出；密码不变。"),
            _("该账号以前发放而未使用的入口立即失效。"),
        ],
        [
            (_("批次"), view.call_title or None),
            (_("姓名"), payload.get("name")),
            (_("账号"), masked_login(str(payload.get("login") or ""))),
            (_("有效时间"), _("%(n)s小时，自同意时起", n=payload.get("hours"))),
        ],
        _("本人在场，我已核对身份"),
        _("同意并显示入口"),
    )
