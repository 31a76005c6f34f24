"""What the desk's home shows: tasks with counts, the call's figures, the newest records."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.clock import OFFICE_ZONE, now
from review_portal.domain.messages import mark
from review_portal.domain.publicity_clock import day_end
from review_portal.domain.trail_words import action_word
from review_portal.services import (
    approvals,
    dossiers,
    late_conflicts,
    letter_views,
    meeting_views,
    objection_views,
    paper_views,
)
from review_portal.services.calls import CallView
from review_portal.services.dossiers import DossierRow
from review_portal.web import secretariat_steps
from review_portal.web.access import viewer
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say
from review_portal.web.secretariat_words import DOSSIER_STATES, LISTED_STATES, word

WEEKDAYS = (
    mark("星期一"),
    mark("星期二"),
    mark("星期三"),
    mark("星期四"),
    mark("星期五"),
    mark("星期六"),
    mark("星期日"),
)


def page(call: CallView) -> dict[str, Any]:
    """What templates/secretariat/home.html is given."""
    rows = dossiers.list_dossiers(viewer(), call=call.public_id)
    today = now().astimezone(OFFICE_ZONE)
    return {
        "call": call,
        "today_words": f"{office_date(today)}　{say(WEEKDAYS[today.weekday()])}",
        "main_act": _main_act(call),
        "warning": None,
        "tasks": _tasks(call, rows),
        "elsewhere": secretariat_steps.elsewhere(call),
        "signatures": None,
        "asides": [
            {"title": _("本批次"), "rows": _counted(rows)},
            {"title": _("期限和方案"), "rows": _terms(call)},
            {"title": _("最近记录"), "rows": _records(call)},
        ],
    }


def _main_act(call: CallView) -> dict[str, str] | None:
    if call.state == "draft":
        return {"href": url_for("secretariat.publish", call=call.public_id), "text": _("发布批次")}
    if call.state == "receiving":
        return {"href": url_for("secretariat_dossiers.upload", call=call.public_id), "text": _("登记收件")}
    return None


def _task(
    title: str, count: int, href: str, act: str, *, due: datetime | None = None, overdue: bool = False
) -> dict[str, Any]:
    shown = office_time(due) if due else ""
    return {
        "title": title,
        "count": count,
        "due": shown,
        "due_today": overdue,
        "href": href,
        "act": act,
        "at": due,
    }


def _tasks(call: CallView, rows: list[DossierRow]) -> list[dict[str, Any]]:
    """Whatever waits for somebody of this desk; what has a deadline first."""
    listed = url_for("secretariat_dossiers.register", call=call.public_id)
    tasks = [*_returned(rows, listed), *_under_check(rows, listed), *_of_call(call, rows)]
    tasks += [*_late_conflicts(call), *_papers(call), *_waiting(), *_meeting(call)]
    tasks += [*_undelivered(call), *_objections(call)]
    tasks += [
        _task(step.title, step.count, step.href, step.act, due=step.due)
        for step in secretariat_steps.steps(call)
    ]
    far = datetime.max.replace(tzinfo=OFFICE_ZONE)
    return sorted(tasks, key=lambda task: task["at"] or far)


def _late_conflicts(call: CallView) -> list[dict[str, Any]]:
    """Conflicts found after assignment that nobody has asked to have decided; ranking waits for them."""
    count = late_conflicts.waiting(viewer(), call=call.public_id)
    here = url_for("recusals.found_late", call=call.public_id)
    title = _("分派后发现利害关系，待处理（处理以前不能排名）")
    return [_task(title, count, here, _("处理"))] if count else []


def _papers(call: CallView) -> list[dict[str, Any]]:
    """Paper sheets that keep a round sealed: without a signed scan, or not typed by both clerks yet."""
    if call.state != "reviewing":
        return []
    typing, bare = paper_views.waiting(viewer(), call=call.public_id)
    here = url_for("papers.listing", call=call.public_id)
    lines = (
        (_("纸质评分表缺签名扫描件"), bare, _("上传")),
        (_("纸质评分表待计分人、复核人录完（录完以前不能启封）"), typing, _("查看")),
    )
    return [_task(title, count, here, act) for title, count, act in lines if count]


def _meeting(call: CallView) -> list[dict[str, Any]]:
    """What of the meeting day's checklist this desk may tick now."""
    found = meeting_views.due(viewer(), call=call.public_id)
    if found is None:
        return []
    here = url_for("meeting.checklist", round_=found.round_)
    return [_task(_("会议日清单：%(step)s", step=found.step), found.count, here, _("勾选"))]


def _undelivered(call: CallView) -> list[dict[str, Any]]:
    """Rejections whose letter is not delivered yet: none of them is in force."""
    count = len(letter_views.undelivered(viewer(), call=call.public_id))
    here = url_for("letters.listing", call=call.public_id)
    return [_task(_("不予受理待送达（送达后生效）"), count, here, _("办理"))] if count else []


def _objections(call: CallView) -> list[dict[str, Any]]:
    """Objections that wait for this desk; the final list waits for them."""
    found = objection_views.waiting(viewer(), call=call.public_id)
    if not found.open:
        return []
    due = day_end(found.first_due) if found.first_due else None
    here = url_for("objections.listing", call=call.public_id)
    title = _("异议待办理（办结以前最终名单不能确定）")
    return [_task(title, found.open, here, _("办理"), due=due, overdue=bool(found.overdue))]


def _waiting() -> list[dict[str, Any]]:
    """Two-person acts that this officer may answer: rejections by their name, the others together."""
    waiting = [item.action for item in approvals.list_waiting(viewer())]
    rejections = waiting.count("reject_dossier")
    kinds = (
        (_("复核不予受理（双人）"), rejections, _("复核")),
        (_("确认他人的申请（双人）"), len(waiting) - rejections, _("确认")),
    )
    here = url_for("approvals.index")
    return [_task(title, count, here, act) for title, count, act in kinds if count]


def _returned(rows: list[DossierRow], listed: str) -> list[dict[str, Any]]:
    back = [row for row in rows if row.state == "returned" and row.due_at]
    overdue = [row for row in back if row.overdue]
    waiting = [row for row in back if not row.overdue]
    tasks = []
    if overdue:
        due = min(row.due_at for row in overdue if row.due_at)
        tasks.append(
            _task(
                _("补正逾期未回"),
                len(overdue),
                f"{listed}?state=returned",
                _("查看"),
                due=due,
                overdue=True,
            )
        )
    if waiting:
        due = min(row.due_at for row in waiting if row.due_at)
        tasks.append(_task(_("等待补正"), len(waiting), f"{listed}?state=returned", _("查看"), due=due))
    return tasks


def _under_check(rows: list[DossierRow], listed: str) -> list[dict[str, Any]]:
    received = [row for row in rows if row.state == "received"]
    open_rows = [row for row in received if row.unanswered]
    ready = [row for row in received if not row.unanswered and not row.rejection_asked]
    tasks = []
    if open_rows:
        what = _("形式审查待人工确认（共%(n)s项）", n=sum(row.unanswered for row in open_rows))
        tasks.append(_task(what, len(open_rows), f"{listed}?state=received&sort=open", _("审查")))
    if ready:
        tasks.append(_task(_("待作出受理决定"), len(ready), f"{listed}?state=received", _("办理")))
    return tasks


def _of_call(call: CallView, rows: list[DossierRow]) -> list[dict[str, Any]]:
    tasks = []
    if call.state in ("receiving", "reviewing") and not call.scheme_holds:
        tasks.append(
            _task(_("登记评审工作方案审批"), 1, url_for("secretariat.scheme", call=call.public_id), _("登记"))
        )
    undecided = any(row.state in ("received", "returned") for row in rows)
    if call.state == "receiving" and rows and not undecided and now() >= call.rules.deadline:
        tasks.append(
            _task(_("结束受理"), 1, url_for("secretariat.close_intake", call=call.public_id), _("办理"))
        )
    return tasks


def _counted(rows: list[DossierRow]) -> list[tuple[str, str]]:
    by_state = Counter(row.state for row in rows)
    counted = [(_("收件"), _("%(n)s份", n=len(rows)))]
    for state in LISTED_STATES:
        if by_state[state]:
            counted.append((word(DOSSIER_STATES[state])[1], _("%(n)s份", n=by_state[state])))
    late = sum(row.late for row in rows)
    return [*counted, (_("逾期送达"), _("%(n)s份", n=late))] if late else counted


def counts(call: str) -> list[tuple[str, str]]:
    """The call's dossiers by state, for an act page."""
    return _counted(dossiers.list_dossiers(viewer(), call=call))


def _terms(call: CallView) -> list[tuple[str, str]]:
    approved = call.scheme_reference if call.scheme_holds and call.scheme_reference else _("未登记")
    return [(_("申报截止"), call.rules.deadline_label), (_("方案审批"), approved)]


def _records(call: CallView) -> list[tuple[str, str]]:
    recent = dossiers.recent_records(viewer(), call=call.public_id)
    return [
        (office_time(entry.at)[5:], f"{say(action_word(entry.action))}　{entry.number}".rstrip("　"))
        for entry in recent
    ]
