"""What the pages of recusals are given: the words for grounds and levels, the way to the other side."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from review_portal.domain.errors import PortalError
from review_portal.services.calls import CallView
from review_portal.services.conflict_views import ConflictsPage, PairLine
from review_portal.services.late_conflicts import FoundRow
from review_portal.services.recusal_lifting import LiftView
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say

LEVELS = {
    "recorded": ("out", _l("已登记回避")),
    "automatic": ("bad", _l("须回避")),
    "declared": ("bad", _l("本人申明，须回避")),
    "to_decide": ("warn", _l("须核实")),
    "considered": ("done", _l("不需回避")),
    "clear": ("none", _l("未发现")),
}
GROUNDS = {
    "employment": _l("任职"),
    "posts": _l("兼职"),
    "control": _l("持股、控制"),
    "kinship": _l("亲属"),
    "recommender": _l("推荐单位"),
    "district": _l("区县机关"),
    "cooperation": _l("近期合作"),
    "record": _l("材料提及"),
    "declaration": _l("本人申明"),
}
RELATIONS = {"control": _l("持股、控制"), "cooperation": _l("合作")}

OUTCOMES = {"void": ("out", _l("评分表作废")), "keep": ("done", _l("评分表保留"))}


class SettleForm(FlaskForm):
    outcome = RadioField(
        _l("处理意见"),
        [InputRequired(_l("请选择作废或保留。"))],
        choices=[
            SelectChoice("void", _l("作废：该评分表不计入，登记回避")),
            SelectChoice("keep", _l("保留：核实后不影响公正评审，继续计入")),
        ],
    )
    reason = TextAreaField(_l("理由"), [InputRequired(_l("请写明理由，至少4个字。")), Length(min=4, max=500)])


class UnitsForm(FlaskForm):
    legal_representative = StringField(
        _l("牵头单位法定代表人"), [InputRequired(_l("请填写法定代表人姓名。")), Length(max=64)]
    )
    recommender = StringField(_l("推荐单位"), [InputRequired(_l("请填写推荐单位名称。")), Length(max=200)])
    reason = TextAreaField(
        _l("变更依据"),
        [InputRequired(_l("请写明变更依据，至少4个字。")), Length(min=4, max=500)],
        description=_l("写明来函单位、文号和变更内容"),
    )


def expert_page(page: ConflictsPage, call: CallView) -> dict[str, Any]:
    """Title and links of an expert against all dossiers."""
    at: dict[str, Any] = {"call": call.public_id}
    return {
        "call": call,
        "title": _("利害关系：%(who)s", who=page.subject),
        "lead": _("%(employer)s；对%(n)s份材料逐一核对", employer=page.note, n=len(page.lines)),
        "other": _("申报材料"),
        "looked_back": _looked_back(page),
        "links": {
            line.public_id: url_for("recusals.of_dossier", dossier=line.public_id, **at)
            for line in page.lines
        },
        "back": url_for("experts.conflicts", **at),
        "action": url_for("recusals.of_expert", expert=page.public_id, **at),
        "facts": facts(page),
    }


def dossier_page(page: ConflictsPage, call: CallView) -> dict[str, Any]:
    """Title and links of a dossier against all experts."""
    at: dict[str, Any] = {"call": call.public_id}
    return {
        "call": call,
        "title": _("利害关系：%(who)s", who=page.subject),
        "lead": _("%(units)s；对%(n)s位专家逐一核对", units=page.note, n=len(page.lines)),
        "other": _("专家"),
        "looked_back": _looked_back(page),
        "links": {
            line.public_id: url_for("recusals.of_expert", expert=line.public_id, **at) for line in page.lines
        },
        "back": url_for("experts.conflicts", **at),
        "action": "",
        "units_href": url_for("recusals.change_units", dossier=page.public_id, **at),
        "facts": facts(page),
    }


def facts(page: ConflictsPage) -> list[dict[str, Any]]:
    """Figures at the head of either page."""
    return [
        {"label": _("须回避"), "value": page.count("recorded", "automatic", "declared")},
        {"label": _("须核实"), "value": page.count("to_decide")},
        {"label": _("不需回避"), "value": page.count("considered")},
        {"label": _("未发现"), "value": page.count("clear")},
    ]


def _looked_back(page: ConflictsPage) -> str:
    """From which day on the posts of this call count."""
    return _(
        "任职、兼职自%(on)s往前%(years)s年内的计入；各种情形的处理方式见评审工作方案。",
        on=office_date(page.rules.reference_date),
        years=page.rules.years("employment"),
    )


def lift_page(row: LiftView, reason: str, problem: PortalError | None) -> dict[str, Any]:
    """The act page that asks for a recusal to be lifted."""
    back = url_for("recusals.of_expert", call=row.call, expert=row.expert_id)
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    return {
        "title": _("申请解除回避：%(who)s", who=row.expert),
        "lead": row.dossier,
        "people": [],
        "consequences": [
            _("申请提交监督人员，同意后生效；原回避登记和解除的理由一并保留。"),
            _("解除后，可在尚未开启的轮次再将该材料分派给该专家；已开启的轮次不变。"),
        ],
        "facts": [
            (_("回避事由"), row.reason),
            (_("登记时间"), office_time(row.recorded_at)),
            (_("规则核对的利害关系"), "；".join(say(text) for text in row.grounds) or None),
        ],
        "problems": [(back, say(problem.message))] if problem and not fault else [],
        "reason": {
            "name": "reason",
            "label": _("解除理由"),
            "hint": _("写明核实情况和依据，监督人员据此决定"),
            "value": reason,
            "err": fault,
        },
        "action": url_for("recusals.lift", call=row.call, recusal=row.public_id),
        "act_text": _("提交申请"),
        "grave": True,
        "back_href": back,
    }


def reported(apart: int) -> str:
    """What noting a conflict did."""
    if apart:
        return _("已登记，有%(n)s份评分表暂不计入，请申请作废或保留。", n=apart)
    return _("已登记回避。")


def report_page(
    call: CallView, page: ConflictsPage, line: PairLine, reason: str, problem: PortalError | None
) -> dict[str, Any]:
    """The act page that notes a ground found after assignment."""
    back = url_for("recusals.of_expert", call=call.public_id, expert=page.public_id)
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    return {
        "title": _("登记分派后发现的利害关系"),
        "lead": f"{page.subject}　{line.title}",
        "people": [],
        "consequences": [
            _("尚未提交评分的，登记后即回避，该专家不能再查看该材料。"),
            _("已提交评分的，该评分表暂不计入，由秘书处申请、监督人员同意作废或保留；处理以前不能排名。"),
        ],
        "facts": [(_("规则核对的利害关系"), "；".join(say(item.reason) for item in line.grounds) or None)],
        "problems": [(back, say(problem.message))] if problem and not fault else [],
        "reason": {
            "name": "reason",
            "label": _("发现的利害关系"),
            "hint": _("写明是什么关系、怎样发现的"),
            "value": reason,
            "err": fault,
        },
        "action": url_for(
            "recusals.report", call=call.public_id, expert=page.public_id, dossier=line.public_id
        ),
        "act_text": _("登记"),
        "grave": True,
        "back_href": back,
    }


def settle_page(
    call: CallView, row: FoundRow, form: SettleForm, problem: PortalError | None
) -> dict[str, Any]:
    """The act page that asks for a sheet to be voided or kept."""
    back = url_for("recusals.found_late", call=call.public_id)
    unsaid = problem is not None and not problem.fields
    return {
        "title": _("处理评分后发现的利害关系"),
        "lead": f"{row.expert}　{row.dossier}",
        "people": [],
        "consequences": [
            _("申请提交监督人员，同意后生效。"),
            _(
                "作废的，该评分表不计入评分和排名，登记回避；保留的，继续计入。处理结果和理由印在排名工作簿上。"
            ),
        ],
        "facts": [
            (_("轮次"), row.round_),
            (_("发现的利害关系"), row.reason),
            (_("发现时间"), office_time(row.found_at)),
        ],
        "problems": [(back, say(problem.message))] if problem and unsaid else [],
        "form": form,
        "action": url_for("recusals.settle", call=call.public_id, conflict=row.public_id),
        "act_text": _("提交申请"),
        "grave": True,
        "back_href": back,
    }


def units_changed(concerned: int) -> str:
    """What recording a change did."""
    if concerned:
        return _("变更已登记，新发现利害关系%(n)s项，请逐项处理；有关专家须重新声明。", n=concerned)
    return _("变更已登记，未发现新的利害关系；有关专家须重新声明。")


def units_page(
    call: CallView, dossier: str, name: str, form: UnitsForm, problem: PortalError | None
) -> dict[str, Any]:
    """The act page for a new legal representative or recommending unit."""
    back = url_for("recusals.of_dossier", call=call.public_id, dossier=dossier)
    unsaid = problem is not None and not problem.fields
    return {
        "title": _("登记法定代表人、推荐单位变更"),
        "lead": name,
        "people": [],
        "consequences": [
            _("已作的回避声明失效，专家须重新声明后才能继续阅读和评分。"),
            _("对持有该材料的专家重新核对：未提交评分的即行回避，已提交的暂不计入，待作废或保留。"),
            _("申报书原件不变；联合体成员变更不在此办理。"),
        ],
        "facts": [],
        "problems": [(back, say(problem.message))] if problem and unsaid else [],
        "form": form,
        "action": url_for("recusals.change_units", call=call.public_id, dossier=dossier),
        "act_text": _("登记变更"),
        "grave": True,
        "back_href": back,
    }
