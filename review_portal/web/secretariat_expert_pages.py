"""What the templates of the secretariat's experts are given: services' data in the components' shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField, ValidationError

from review_portal.domain.employers import employer_key
from review_portal.domain.errors import PortalError
from review_portal.domain.messages import mark
from review_portal.domain.pinyin import sort_key
from review_portal.services import panel_splits
from review_portal.services.assignment_grid import AssignmentGrid
from review_portal.services.calls import CallView, RoundRow
from review_portal.services.departure_views import Change
from review_portal.services.experts import ExpertLine
from review_portal.services.panels import MemberRow
from review_portal.services.rounds import Progress
from review_portal.web.access import viewer
from review_portal.web.departure_words import rule_sentence
from review_portal.web.filters import office_time
from review_portal.web.forms import say
from review_portal.web.plan_pages import connected_fact
from review_portal.web.secretariat_forms import OfficeTimeField
from scoring_rubrics import PanelRules

NO_FILE = mark("请先选择专家名单文件（.xlsx 或 .csv）。")
LEVELS = {
    "automatic": ("bad", _l("须回避")),
    "declared": ("bad", _l("本人申明，须回避")),
    "to_decide": ("warn", _l("须核实")),
    "recorded": ("out", _l("已登记回避")),
    "considered": ("done", _l("不需回避")),
}
KINDS = {
    "assigned": ("done", _l("已分派")),
    "void": ("out", _l("作废")),
    "recused": ("out", _l("回避")),
    "conflict": ("bad", _l("须回避")),
    "undecided": ("warn", _l("须核实")),
    "open": ("none", _l("未分派")),
}
ROUND_WORDS = {
    "draft": ("none", _l("尚未开启")),
    "scoring": ("part", _l("评分进行中")),
    "sealed": ("sealed", _l("已封存")),
    "reconciling": ("part", _l("复议中")),
    "finished": ("done", _l("已结束")),
    "void": ("out", _l("已作废")),
}


class OpeningForm(FlaskForm):
    deadline = OfficeTimeField(
        _l("评分截止时间（北京时间）"), needed=True, description=_l("印在评分表上；评分由组长结束并封存")
    )

    reason = TextAreaField(
        _l("先行开启的理由"), description=_l("不予受理自送达之日起生效；不等送达先行开启的，理由写入评审报告")
    )

    def validate_deadline(self, field: OfficeTimeField) -> None:
        """A round without a deadline would show experts no day to plan for."""
        if field.data is None and not field.errors:
            raise ValidationError(_("请填写评分截止时间。"))


def import_faults(problem: PortalError) -> list[tuple[str, str, str]]:
    """Faults of a roster as place, column and sentence; one line without a place where nothing was read."""
    rows = []
    for name, message in problem.fields.items():
        place, _space, column = name.rpartition(" ")
        rows.append((place or name, column if place else "", say(message)))
    return rows or [("", "", say(problem.message))]


def steps(call: CallView) -> list[dict[str, Any]]:
    """Each round with the acts that are open to the secretariat; `next` is the one that can be opened."""
    left = [row.position for row in call.rounds if row.state not in ("finished", "void")]
    return [
        {
            "name": row.name,
            "state": ROUND_WORDS[row.state],
            "deadline": office_time(row.deadline),
            "panel": url_for("experts.panel", call=call.public_id, round_=row.public_id),
            "assignment": url_for("experts.assignment", call=call.public_id, round_=row.public_id),
            "open": url_for("experts.open_round", call=call.public_id, round_=row.public_id)
            if row.state == "draft"
            else "",
            "next": row.state == "draft" and row.position == left[0],
        }
        for row in call.rounds
    ]


def both_rounds(rules: PanelRules) -> str:
    """What the scheme says of experts who have sat in an earlier round."""
    if rules.both_rounds == "forbid":
        return _("方案规定：参加过前一轮评审的专家不再参加后一轮。")
    if rules.both_rounds == "some_new":
        return _("方案规定：未参加过前一轮评审的专家不少于%(n)s人。", n=rules.new_experts)
    return _("方案规定：参加过前一轮评审的专家可以参加后一轮。")


def panel_warnings(members: Sequence[MemberRow], call: CallView) -> list[str]:
    """What the scheme says of the panel's size, and experts of one employer."""
    rules, found = call.rules.panel, []
    if len(members) != rules.size:
        found.append(_("方案规定专家组%(size)s人，现有%(n)s人。", size=rules.size, n=len(members)))
    return [*found, *crowded(members, call)]


def crowded(members: Sequence[MemberRow], call: CallView) -> list[str]:
    """Experts of one employer beyond what the scheme allows; the round does not open with them."""
    rules, found = call.rules.panel, []
    employers: dict[str, list[MemberRow]] = {}
    for member in members:
        key = employer_key(member.employer)
        if key is not None:  # unknown, too, while a drawn expert goes by a number
            employers.setdefault(key, []).append(member)
    for people in employers.values():
        if len(people) > rules.per_employer_max:
            found.append(
                _(
                    "%(names)s同在“%(employer)s”，方案规定同一单位不超过%(n)s人。",
                    names="、".join(member.name for member in people),
                    employer=people[0].employer,
                    n=rules.per_employer_max,
                )
            )
    return found


def missing(
    call: CallView,
    row: RoundRow,
    members: Sequence[MemberRow],
    grid: AssignmentGrid,
    lines: Sequence[ExpertLine],
) -> list[tuple[str, str]]:
    """What stands between a draft round and its opening: where to go, and the sentence."""
    panel = url_for("experts.panel", call=call.public_id, round_=row.public_id)
    assignment = url_for("experts.assignment", call=call.public_id, round_=row.public_id)
    rules, found = call.rules.panel, []
    if row.state != "draft":
        return [(url_for("experts.progress", call=call.public_id), _("本轮已开启。"))]
    if call.state != "reviewing":
        found.append((f"/secretariat/{call.public_id}/", _("受理尚未结束。")))
    if not call.scheme_holds:
        found.append(
            (f"/secretariat/{call.public_id}/scheme", _("评审工作方案的批准尚未登记，或规则已变化。"))
        )
    if any(other.position < row.position and other.state != "finished" for other in call.rounds):
        found.append((url_for("experts.progress", call=call.public_id), _("上一轮评审尚未结束。")))
    if row.panel and not panel_splits.view(viewer(), call=call.public_id).recorded:
        split = url_for("panel_split.split", call=call.public_id)
        found.append((split, _("材料尚未分组，或有材料不属于任何一组。")))
    if len(members) < rules.minimum or (rules.odd and len(members) % 2 == 0):
        sentence = _("专家组现有%(n)s人，应不少于%(least)s人且为单数。", n=len(members), least=rules.minimum)
        found.append((panel, sentence))
    found += [(panel, sentence) for sentence in crowded(members, call)]
    accounts = {line.public_id for line in lines if line.in_call}
    without = [member.name for member in members if member.expert not in accounts]
    if without:
        address = f"/secretariat/{call.public_id}/accounts/experts"
        found.append((address, _("尚未开通账号：%(names)s。", names="、".join(without))))
    if not grid.count("assigned"):
        found.append((assignment, _("尚未分派评审任务。")))
    if grid.count("undecided"):
        found.append((assignment, _("有%(n)s对利害关系尚待核实。", n=grid.count("undecided"))))
    return found


def opening(
    call: CallView,
    row: RoundRow,
    members: Sequence[MemberRow],
    grid: AssignmentGrid,
    form: OpeningForm,
    lacking: Sequence[tuple[str, str]],
    undelivered: Sequence[str] = (),
) -> dict[str, Any]:
    """The act page of an opening; `undelivered`: numbers of the dossiers whose rejection is not in force."""
    late = {
        "href": url_for("letters.listing", call=call.public_id),
        "text": _("%(numbers)s，登记送达", numbers="、".join(undelivered)),
    }
    return {
        "title": _("开启%(name)s", name=row.name),
        "lead": call.title,
        "consequences": [
            _("为每位专家随机产生代号；评分期间和复议结束前只显示代号。"),
            _("评分标准、计分规则、专家组、分派和复议触发条件一并冻结，不能再改。"),
            _("专家签署承诺、逐一声明无利害关系后，方可阅读材料和评分。"),
        ],
        "facts": [
            (_("专家组"), _("%(n)s人：%(names)s", n=len(members), names="、".join(m.name for m in members))),
            (_("材料"), _("%(n)s份", n=len(grid.dossiers))),
            (_("评分任务"), _("%(n)s项", n=grid.count("assigned"))),
            (_("回避"), _("%(n)s项", n=grid.count("recused") + grid.count("conflict"))),
            (_("未分派"), _("%(n)s项", n=grid.count("open"))),
            (_("连通"), connected_fact(grid)),
            (_("方案审批"), call.scheme_reference),
            *([(_("不予受理尚未送达"), late)] if undelivered else []),
        ],
        "code": call.rules.digest,
        "code_note": _("规则校验码"),
        "problems": list(lacking),
        "form": form,
        "action": url_for("experts.open_round", call=call.public_id, round_=row.public_id),
        "act_text": _("开启评审"),
        "back_href": url_for("experts.register", call=call.public_id),
    }


def round_progress(
    row: RoundRow,
    members: Sequence[MemberRow],
    progress: Progress,
    changes: Sequence[Change] = (),
    to_seat: int = 0,
) -> dict[str, Any]:
    """A round on the meeting day: counts of sheets, presence, chair."""
    # by name, and codes only at the end: until then nobody here may pair a code with a person
    members = sorted(members, key=lambda member: sort_key(member.name, person=True))
    chair = next((member for member in members if member.is_chair), None)
    staying = [member for member in members if member.left_at is None]
    present = [member for member in staying if member.is_present]
    kind, word = ROUND_WORDS[row.state]
    return {
        "id": row.public_id,
        "name": row.name,
        "kind": kind,
        "state": word,
        "deadline": office_time(row.deadline),
        "scoring": row.state == "scoring",
        "codes": row.state == "finished",
        "submitted": progress.submitted,
        "total": progress.submitted + progress.open + progress.missed,
        "missed": progress.missed,
        "chair": chair,
        "members": members,
        "present": len(present),
        "staying": len(staying),
        "leaving": row.state in ("scoring", "sealed"),
        "changes": [(change, rule_sentence(change.rule)) for change in changes],
        "to_seat": to_seat,
        "choices": [("", _("请选择"))]
        + [(member.public_id, member.name) for member in present if not member.has_recusal],
    }
