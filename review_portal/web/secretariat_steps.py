"""What the rounds of a call ask of the secretariat next, and what waits for somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _

from review_portal.services import (
    confirmations,
    defense_room,
    departure_views,
    final_list_views,
    panel_splits,
    panels,
    publicity_clock_views,
    result_letter_views,
    rounds,
    vacant_rankings,
)
from review_portal.services.calls import CallView, RoundRow
from review_portal.web import draw_tasks
from review_portal.web.access import viewer


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the to-do list: what, how many, where, the word on its button, until when."""

    title: str
    count: int
    href: str
    act: str
    due: datetime | None = None


def _current(call: CallView) -> list[RoundRow]:
    """The rounds whose turn it is, one for each panel of the stage; none when all have ended."""
    left = [row for row in call.rounds if row.state not in ("finished", "void")]
    return [row for row in left if row.position == left[0].position]


def steps(call: CallView) -> list[Step]:
    """What this desk does next for the rounds, the decision and the notice."""
    again = next((row for row in call.rounds if row.again and row.state in ("draft", "scoring")), None)
    if again is not None:
        return _of_round(call, again)
    if call.state == "ranked":
        return _before_the_list_leaves(call)
    if call.state == "decided":
        return [Step(_("补齐并提交公示稿"), 1, url_for("notice.page", call=call.public_id), _("办理"))]
    if call.state == "publicity":
        return _publicity(call)
    if call.state != "reviewing":
        return _of_the_list(call)
    return [*_split(call), *(step for row in _current(call) for step in _of_round(call, row))]


def _publicity(call: CallView) -> list[Step]:
    """Register the appearance on the website; until the period ends its last day is a date to know."""
    found = publicity_clock_views.view(viewer(), call=call.public_id)
    where = url_for("publicity_clock.clock", call=call.public_id)
    if found.problem is not None:
        return [Step(_("公示期无法计算：缺少该年的工作日表"), 1, where, _("查看"))]
    steps_ = []
    if found.may_appear:
        steps_.append(Step(_("登记公示在官网刊登"), 1, where, _("登记")))
    if found.differing:
        steps_.append(Step(_("公示文本与公示期不一致，请发布更正"), len(found.differing), where, _("查看")))
    if found.period is not None and found.period.running:
        steps_.append(Step(_("公示期届满"), 1, where, _("查看"), found.period.ends_at - timedelta(minutes=1)))
    return steps_


def _of_the_list(call: CallView) -> list[Step]:
    """Once nothing stands against it the list is made final; then every applicant is told."""
    if call.state not in ("publicity", "listed", "void"):
        return []
    where = url_for("final_list.page", call=call.public_id)
    view = final_list_views.overview(viewer(), call=call.public_id)
    if view.none is None and view.may_draft and not view.gates and "settle_list" not in (view.waiting or {}):
        return [Step(_("确定并公布名单"), 1, where, _("办理"))]
    letters = result_letter_views.overview(viewer(), call=call.public_id)
    left = sum(row.delivery is None for row in letters.rows)
    return [Step(_("结果告知书待送达登记"), left, where, _("登记"))] if left else []


def _of_round(call: CallView, row: RoundRow) -> list[Step]:
    if _nobody_goes_on(call, row):
        return []
    if row.state == "draft":
        return [*_draw(row), _before_opening(call, row)]
    return [*_draw(row), *_while_scoring(call, row)] if row.state == "scoring" else []


def _nobody_goes_on(call: CallView, row: RoundRow) -> bool:
    """Whether this round will not be held, because nobody is left on the shortlist before it."""
    if row.state != "draft" or not _is_defense(call, row):
        return False
    return vacant_rankings.awaited(viewer(), call=call.public_id)


def _split(call: CallView) -> list[Step]:
    """Sharing the dossiers out comes before anything that several panels of one stage do."""
    if not any(row.panel and row.state == "draft" for row in call.rounds):
        return []
    view = panel_splits.view(viewer(), call=call.public_id)
    if view.recorded or view.closed is not None:
        return []
    where = url_for("panel_split.split", call=call.public_id)
    return [Step(_("分组评审：确定各组的材料"), len(view.rows), where, _("分组"))]


def _before_the_list_leaves(call: CallView) -> list[Step]:
    """Every expert confirms the own scores, then the leaders' decision is recorded."""
    rounds_ = confirmations.standing(viewer(), call=call.public_id)
    count = sum(len(item.open) for item in rounds_)
    if count:
        where = url_for("office_confirmations.listing", call=call.public_id)
        return [Step(_("专家确认本人评分（确认以前名单不离开现场）"), count, where, _("查看"))]
    where = url_for("decision.page", call=call.public_id)
    return [Step(_("登记会议审定结果"), 1, where, _("登记"))]


def _draw(row: RoundRow) -> list[Step]:
    """Whatever the draw of the round waits for."""
    return [
        Step(
            _("%(step)s（%(round)s）", step=line.title, round=line.round_name),
            line.count,
            line.href,
            line.act,
        )
        for line in draw_tasks.lines([row.public_id])
    ]


def _is_defense(call: CallView, row: RoundRow) -> bool:
    return len(call.rounds) > 1 and row.position == call.rounds[-1].position


def _before_opening(call: CallView, row: RoundRow) -> Step:
    if _is_defense(call, row):
        slots = defense_room.list_slots(viewer(), round_=row.public_id)
        if not slots:
            where = url_for("defense.prepare", round_=row.public_id)
            return Step(_("生成答辩名单（组长冻结入围名单后）"), 1, where, _("办理"))
        if all(slot.position is None for slot in slots):
            where = url_for("defense_orders.order", round_=row.public_id)
            return Step(_("抽定答辩顺序"), len(slots), where, _("办理"))
    where = url_for("experts.open_round", call=call.public_id, round_=row.public_id)
    return Step(_("准备并开启%(name)s", name=row.name), 1, where, _("办理"))


def _while_scoring(call: CallView, row: RoundRow) -> list[Step]:
    where = url_for("experts.progress", call=call.public_id)
    found = []
    members = panels.list_members(viewer(), round_=row.public_id)
    if not any(member.is_chair for member in members):
        absent = sum(member.signed_in_at is None and member.left_at is None for member in members)
        found.append(Step(_("登记签到、推举组长"), absent or 1, where, _("登记")))
    to_seat = departure_views.to_seat(viewer(), round_=row.public_id)
    if to_seat:
        found.append(Step(_("递补专家入组"), to_seat, where, _("办理")))
    if _is_defense(call, row):
        slots = defense_room.list_slots(viewer(), round_=row.public_id)
        waiting = sum(not slot.result and not slot.withdrawn for slot in slots)
        if waiting:
            where_defense = url_for("defense.overview", round_=row.public_id)
            found.append(Step(_("登记答辩结果"), waiting, where_defense, _("登记")))
    owed = rounds.progress(viewer(), round_=row.public_id).open
    if owed:
        title = _("%(name)s：等待专家提交评分", name=row.name)
        found.append(Step(title, owed, where, _("查看"), row.deadline))
    return found


def elsewhere(call: CallView) -> str:
    """Whose turn it is when not this desk's, in one sentence; empty when nobody's."""
    if call.state == "publicity":
        return _("名单正在公示。")
    if call.state != "reviewing":
        return ""
    rows = _current(call)
    if not rows:
        return _("各轮评审已结束，等待组长冻结排名。")
    return "".join(_waits_for(call, row) for row in rows)


def _waits_for(call: CallView, row: RoundRow) -> str:
    if _nobody_goes_on(call, row):
        return _("没有单位进入%(name)s，等待组长冻结最终排名。", name=row.name)
    if row.state == "sealed":
        return _("%(name)s已封存，等待组长申请启封、监督人员确认。", name=row.name)
    if row.state == "reconciling":
        return _("%(name)s正在复议，由组长办理；结束后在此提示下一步。", name=row.name)
    if row.state == "scoring" and not rounds.progress(viewer(), round_=row.public_id).open:
        return _("%(name)s已全部提交，等待组长结束评分。", name=row.name)
    return ""
