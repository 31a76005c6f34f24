"""The frame around the expert's pages: the desk's entries, and what a round offers beside its table."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.policy import Permission, may_enter
from review_portal.services import own_opinions, tie_reading
from review_portal.services.worklist import WorkRound
from review_portal.web.access import viewer
from review_portal.web.frame import set_desk


def enter(call: str | None, current: str, code: str | None = None) -> None:
    """The expert's frame with `current` marked; `code` is the number the panel knows him by."""
    entries = [
        (_("我的评审任务"), url_for("expert.home")),
        (_("复议"), url_for("expert.cases")),
        (_("核对回执"), url_for("expert_submit.receipts")),
    ]
    if own_opinions.list_own(viewer()):
        entries.append((_("专家组意见"), url_for("expert_panel.opinions_")))
    if tie_reading.list_own(viewer()):
        entries.append((_("并列表决"), url_for("expert_panel.votes")))
    if may_enter(viewer(), Permission.CLERK):
        entries.append((_("待录评分表"), url_for("transcription.home")))
    if viewer().chairs:
        entries.append((_("组长工作台"), url_for("chair.index")))
    set_desk(_("专家"), entries, current=current, call=call, label=code or _("专家"))


def round_links(work: WorkRound) -> list[tuple[str, str]]:
    """(address, words) of what can be done with a round besides scoring sheet by sheet."""
    links: list[tuple[str, str]] = []
    if work.pledged_at:
        links.append((url_for("expert_matrix.show", round_=work.public_id), _("表格评分（一屏看全部材料）")))
    if work.counted and work.submitted == len(work.counted):
        links.append((url_for("expert_own.distribution", round_=work.public_id), _("本人评分分布")))
    if work.submitted:
        links.append((url_for("expert_own.paper", round_=work.public_id), _("本人评分清单（签字用）")))
    if work.submitted and work.state == "finished":
        links.append((url_for("expert_confirm.confirm", round_=work.public_id), _("确认本人评分")))
    if work.state == "scoring" and work.pledged_at and any(row.is_open for row in work.rows):
        links.append((url_for("expert_offline.offline", round_=work.public_id), _("离线评分（Excel）")))
    if work.deadline is not None:
        links.append((url_for("expert_calendar.deadline", round_=work.public_id), _("截止时间与日历提醒")))
    return links
