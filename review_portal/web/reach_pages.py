"""What the templates of reaching the experts are given: services' data in the shapes of the components."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services import holds
from review_portal.services.calls import CallView
from review_portal.services.reach_views import JobLine, Person, ReachRound, Sent
from review_portal.web.access import viewer
from review_portal.web.filters import duration, office_time
from review_portal.web.forms import say

_ROUND_STATES = {
    "draft": ("none", mark("未开启")),
    "scoring": ("part", mark("评分进行中")),
    "sealed": ("sealed", mark("评分已结束，已封存")),
    "reconciling": ("part", mark("复议中")),
}
_JOB_STATES = {
    "queued": ("none", mark("等待发送")),
    "running": ("part", mark("正在发送")),
    "done": ("done", mark("已完成")),
    "failed": ("bad", mark("未能完成")),
}
_RESULTS = {
    "": ("none", mark("等待发送")),
    "claimed": ("part", mark("正在发送")),
    "sent": ("done", mark("已发出")),
    "failed": ("bad", mark("未发出")),
    "skipped": ("out", mark("不必发送")),
    "unknown": ("warn", mark("结果不明")),
}
_ERRORS = {
    "": Message(""),
    "address": mark("登记的邮箱不是有效的地址，请在专家库中更正。"),
    "broken_off": mark("发送中断，对方可能已收到。为免重复不再自动发送，请电话或微信确认。"),
    "closed": mark("本轮已不在评分中。"),
    "left": mark("已退出本轮评审。"),
    "login": mark("邮件服务器不接受所设的账号或密码，请联系管理员。"),
    "no_address": mark("专家库中没有登记邮箱，请用短信或微信提醒。"),
    "nothing_open": mark("评分已全部提交。"),
    "recipient": mark("邮件服务器不接受这个收件地址，请在专家库中核对。"),
    "server": mark("邮件服务器退回了这封信，请联系管理员。"),
    "unreachable": mark("连不上邮件服务器，请稍后再发或联系管理员。"),
}


def round_state(state: str) -> tuple[str, str]:
    """Shape and word of a round's state."""
    kind, words = _ROUND_STATES[state]
    return kind, say(words)


def job_line(job: JobLine) -> dict[str, Any]:
    """One job: what it is, how far, since when."""
    kind, words = _JOB_STATES[job.state]
    if job.stuck:
        kind, words = "warn", mark("已中断，等待继续")
    return {
        "id": job.public_id,
        "round": job.round_name,
        "kind": kind,
        "state": say(words),
        "done": job.done,
        "total": job.total,
        "message": say(Message(job.message)),
        "at": office_time(job.queued_at),
        "by": job.queued_by or _("自动提醒"),
        "finished": office_time(job.finished_at) if job.finished_at else "",
        "open": job.state in ("queued", "running"),
        "idle": job.idle,
    }


def sent_row(item: Sent) -> dict[str, Any]:
    """What became of one expert's letter, in words."""
    kind, words = _RESULTS[item.kind]
    error = say(_ERRORS.get(item.error, Message("")))
    if item.reply is not None:
        error += _("（服务器答复代码%(code)s）", code=item.reply)
    return {
        "name": item.name,
        "employer": item.employer,
        "address": item.address or "—",
        "sheets": item.open_sheets,
        "deadline": office_time(item.deadline),
        "kind": kind,
        "state": say(words),
        "at": office_time(item.at),
        "error": error,
    }


def paused(call: CallView) -> dict[str, str]:
    """Rounds under way whose scoring a supervisor's hold has cost time: public id -> how long, in words."""
    lost = {
        row.public_id: holds.paused_for(viewer(), round_=row.public_id)
        for row in call.rounds
        if row.state == "scoring"
    }
    return {round_: duration(seconds) for round_, seconds in lost.items() if seconds}


def extend_page(call: str, row: ReachRound, person: Person) -> dict[str, Any]:
    """Granting one expert more time."""
    facts = [
        (_("轮次"), row.name),
        (_("专家"), f"{person.name}　{person.employer}"),
        (_("尚未提交"), _("%(n)s份", n=person.open_sheets)),
        (_("本轮截止时间"), office_time(row.deadline)),
    ]
    if person.extended:
        facts.append((_("现有的时限"), office_time(person.deadline)))
    back = url_for("reach.index", call=call)
    ready = row.state == "scoring" and row.deadline is not None
    return {
        "title": _("延长评分时限"),
        "consequences": [
            _("只改变这位专家看到的截止时间；其他专家和本轮的截止时间不变。"),
            _("任务列表、评分页、日历和提醒都按新的时限。"),
            _("组长在新的时限之前结束评分的，须写明理由。"),
            _("时限、事由和经办人记入监督记录；再次延长的，以前的记录保留。"),
        ],
        "facts": facts,
        "problems": [] if ready else [(back, _("本轮不在评分中，或没有定截止时间，不能延长。"))],
        "action": url_for("reach.extend", call=call, member=person.member),
        "act_text": _("延长时限"),
        "back_href": back,
        "back_text": _("返回"),
    }


def entry_page(call: str, row: ReachRound, person: Person) -> dict[str, Any]:
    """Giving one expert a link that lets in once."""
    assert person.way is not None
    two = person.way.kind == "two"
    back = url_for("reach.index", call=call)
    problems = [(back, say(person.way.reason))] if person.way.kind == "host" else []
    if person.asked:
        problems = [(back, _("该专家的入口已提交申请，正等待监督人员确认。"))]
    consequences = [
        _("打印二维码当面交给本人，或把链接发给本人；在微信中打开链接不会失效，按“进入”才算使用。"),
        _("只能使用一次，到期作废；以前发放而未使用的入口立即失效。"),
        _("本人进入后，该账号在其他各处的登录同时退出；密码不变。"),
        _("评审开启后，由经办人单独发放的入口对已启用的账号不再有效，由它打开的登录也即时退出。"),
    ]
    if two:
        consequences = [
            say(person.way.reason),
            _("监督人员同意后，入口显示在监督人员的页面上，由其当面交给本人；经办人看不到。"),
            _("本人进入后，该账号在其他各处的登录同时退出；密码不变。"),
        ]
    return {
        "title": _("申请发放一次性入口") if two else _("发放一次性入口"),
        "lead": person.name,
        "consequences": consequences,
        "facts": [(_("轮次"), row.name), (_("专家"), f"{person.name}　{person.employer}")],
        "problems": problems,
        "action": url_for("reach.entry", call=call, member=person.member),
        "act_text": _("提交申请") if two else _("生成入口"),
        "back_href": back,
        "back_text": _("返回"),
    }
