"""Paper sheets at the secretariat: which there are, their signed scans, what keeps a round sealed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from review_portal.clock import now
from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import paper_sheets, paper_views
from review_portal.services.calls import CallView, RoundRow
from review_portal.services.paper_views import Registered
from review_portal.web.access import Desk, viewer
from review_portal.web.filters import office_time
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter
from review_portal.web.secretariat_experts import round_of
from review_portal.web.secretariat_forms import sent

desk = Desk("papers", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT
FORM = ("GET", "POST")
STATES = {
    "waiting": ("none", mark("待录入")),
    "half": ("part", mark("一人已录")),
    "same": ("part", mark("两人一致，待扫描件")),
    "differs": ("warn", mark("有差异")),
    "stuck": ("bad", mark("有差异，须重新登记")),
    "done": ("done", mark("两人一致，已提交")),
    "dropped": ("out", mark("不予计入")),
    "moot": ("out", mark("无须代录")),
}
LIVE = ("waiting", "half", "differs", "stuck", "same")


class ScanForm(FlaskForm):
    scan = FileField(
        _l("签名的评分表扫描件"),
        description=_l("PDF 或图片（PNG、JPG），一份评分表一个文件，不超过20MB"),
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg"},
    )
    checked_by = StringField(
        _l("签名核验人"),
        [InputRequired(_l("请填写核验签名的人。")), Length(max=64)],
        description=_l("当面核对纸质表上专家本人签名的工作人员"),
    )


@desk.page("/<call>/papers", permission=OFFICE)
def listing(call: str) -> ResponseReturnValue:
    """Every registered sheet by its state; nothing of its content."""
    found = enter(call, _("纸质评分表"))
    rows = paper_views.list_registered(viewer(), call=call)
    return render_template("papers/list.html", call=found, rounds=_rounds(found, rows), live=LIVE)


def _rounds(call: CallView, rows: list[Registered]) -> list[dict[str, Any]]:
    running = [row for row in reversed(call.rounds) if row.state != "draft"]
    return [
        {
            "id": row.public_id,
            "name": row.name,
            "open": row.state in ("scoring", "sealed"),
            "sealed": row.state == "sealed",
            "rows": [(each, *STATES[each.state]) for each in rows if each.round_ == row.public_id],
        }
        for row in running
    ]


@desk.page("/<call>/rounds/<round_>/papers", permission=OFFICE, methods=FORM)
def register(call: str, round_: str) -> ResponseReturnValue:
    """登记纸质评分表: which of an expert's sheets come on paper, and why."""
    found, row = round_of(call, round_, _("纸质评分表"))
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            made = paper_sheets.register_papers(
                viewer(),
                round_=round_,
                reviews=request.form.getlist("reviews"),
                reason=request.form.get("reason", ""),
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已登记纸质评分表%(n)s份。请逐份上传签名扫描件。", n=len(made)), "good")
            return redirect(url_for("papers.listing", call=call), 303)
    return _register_page(found, row, problem), problem.status if problem else 200


def _register_page(call: CallView, row: RoundRow, problem: PortalError | None) -> str:
    return render_template(
        "papers/register.html",
        call=call,
        round=row,
        experts=paper_views.to_register(viewer(), round_=row.public_id),
        chosen=set(request.form.getlist("reviews")),
        reason=request.form.get("reason", ""),
        problem=say(problem.message) if problem and not problem.fields else "",
        faults={name: say(text) for name, text in problem.fields.items()} if problem else {},
    )


@desk.page("/<call>/papers/<paper>/scan", permission=OFFICE, methods=FORM)
def scan(call: str, paper: str) -> ResponseReturnValue:
    """上传签名扫描件: the scan and who saw the signature on the paper."""
    found = enter(call, _("纸质评分表"))
    row, form = paper_views.registered(viewer(), call=call, paper=paper), ScanForm()
    status = 200
    if form.validate_on_submit():
        given = sent(form.scan)
        try:
            done = paper_sheets.attach_scan(
                viewer(),
                paper=paper,
                name=given.name if given else "",
                data=given.data if given else b"",
                checked_by=form.checked_by.data or "",
            )
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            words = _("扫描件和签名已登记，评分表已提交封存。") if done else _("扫描件和签名已登记。")
            flash(words, "good")
            return redirect(url_for("papers.listing", call=call), 303)
    page = render_template(
        "secretariat/form.html",
        title=_("登记签名扫描件：%(number)s", number=row.number),
        lead=f"{found.title}　{row.expert}",
        facts=_facts(row),
        notes=[
            _("扫描件只供计分人、复核人录入时对照；本轮结束后监督人员可以查看，秘书处不能再打开。"),
            _("重新上传的，以最后一次为准，原扫描件留存。"),
        ],
        form=form,
        act_text=_("登记"),
        back_href=url_for("papers.listing", call=call),
    )
    return page, 422 if form.errors and status == 200 else status


def _facts(row: Registered) -> list[tuple[str, str]]:
    return [
        (_("专家"), row.expert),
        (_("申报材料"), f"{row.number}　{row.unit}"),
        (_("登记事由"), row.reason),
        (_("状态"), say(STATES[row.state][1])),
    ]


@desk.page("/<call>/papers/<paper>/restart", permission=OFFICE, methods=FORM)
def restart(call: str, paper: str) -> ResponseReturnValue:
    """重新登记: both clerks type the sheet again from the start."""
    enter(call, _("纸质评分表"))
    row, problem = paper_views.registered(viewer(), call=call, paper=paper), None
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            paper_sheets.restart_entries(viewer(), paper=paper, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已重新登记，由计分人、复核人从头录入。"), "good")
            return redirect(url_for("papers.listing", call=call), 303)
    return _act(
        call,
        row,
        problem,
        title=_("重新登记：%(number)s", number=row.number),
        consequences=[
            _("此前两人的录入不再计入，原录入封存留存；计分人、复核人从空白表重新录入。"),
            _("录入的内容任何人看不到，秘书处也看不到。"),
            _("请先核对纸质表是否清楚；字迹不清的，可请专家本人在纸质表上注明并签名，再上传新的扫描件。"),
        ],
        action=url_for("papers.restart", call=call, paper=paper),
        act_text=_("重新登记"),
        reason=reason,
    )


@desk.page("/<call>/papers/<paper>/drop", permission=OFFICE, methods=FORM)
def drop(call: str, paper: str) -> ResponseReturnValue:
    """申请不予计入: the supervisor agrees or does not."""
    enter(call, _("纸质评分表"))
    row, problem = paper_views.registered(viewer(), call=call, paper=paper), None
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            paper_sheets.ask_drop(viewer(), paper=paper, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已提交，等待监督人员同意。"), "good")
            return redirect(url_for("papers.listing", call=call), 303)
    return _act(
        call,
        row,
        problem,
        title=_("申请不予计入：%(number)s", number=row.number),
        consequences=[
            _("监督人员同意后，该评分表不再代录，按逾期未交处理，不计分，也不是0分。"),
            _("事由和双方姓名记入监督记录。"),
        ],
        action=url_for("papers.drop", call=call, paper=paper),
        act_text=_("提交监督人员"),
        grave=True,
        reason=reason,
    )


def _act(
    call: str, row: Registered, problem: PortalError | None, *, reason: str, **page: Any
) -> ResponseReturnValue:
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    if problem is not None and not fault:
        flash(say(problem.message), "bad")
    return render_template(
        "act.html",
        lead=f"{row.expert}　{row.unit}",
        facts=_facts(row),
        reason={"name": "reason", "label": _("事由"), "value": reason, "err": fault},
        back_href=url_for("papers.listing", call=call),
        back_text=_("返回"),
        **page,
    ), problem.status if problem else 200


@desk.page("/<call>/papers/<paper>/receipt", permission=OFFICE)
def receipt(call: str, paper: str) -> ResponseReturnValue:
    """The receipt of a typed sheet, to be printed and handed to the expert; no points stand on it."""
    shown = paper_views.receipt(viewer(), call=call, paper=paper)
    return render_template(
        "papers/receipt.html",
        shown=shown,
        code=shown.commitment,
        printed_at=office_time(now()),
        back_href=url_for("papers.listing", call=call),
    )
