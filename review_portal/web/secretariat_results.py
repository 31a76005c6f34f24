"""The secretariat's pages after scoring: results, papers, the publicity notice."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Permission
from review_portal.services import calls, publicity, ranking, report
from review_portal.services.publicity_facts import DRAFT_STATES, FIELDS
from review_portal.services.ranking import RankingView
from review_portal.web import results_pages, secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say
from review_portal.web.frame import set_desk

desk = Desk("results", __name__, url_prefix="/secretariat")


def _enter(call: str, current: str) -> calls.CallView:
    found = calls.view(viewer(), call=call)
    entries, label = secretariat_nav.entries(call), _(secretariat_nav.LABEL)
    set_desk(label, entries, current=current, call=call, label=label)
    return found


def _frozen(call: str) -> RankingView | None:
    try:
        return ranking.final_view(viewer(), call=call)
    except NotFound:
        return None


@desk.page("/<call>/results", permission=Permission.SECRETARIAT)
def home(call: str) -> ResponseReturnValue:
    """Rounds, the frozen ranking without names of experts, papers, the decision; `verify` recounts."""
    found = _enter(call, _("排名与文书"))
    view = _frozen(call)
    by = say(report.frozen_by(viewer(), call=call)) if view else ""
    checked = ranking.verify(viewer(), call=call) if view and request.args.get("verify") else []
    return render_template("results/home.html", **results_pages.home_page(found, view, by, checked))


@desk.page("/<call>/workbook.xlsx", permission=Permission.OFFICE)
def workbook(call: str) -> ResponseReturnValue:
    """The ranking workbook of the newest version, or of the one asked for."""
    version = request.args.get("version", type=int)
    return send(*report.workbook(viewer(), call=call, version=version))


@desk.page("/<call>/statistics.xlsx", permission=Permission.OFFICE)
def statistics_annex(call: str) -> ResponseReturnValue:
    """The statistical annex to the newest version, or to the one asked for."""
    version = request.args.get("version", type=int)
    return send(*report.statistics_annex(viewer(), call=call, version=version))


@desk.page("/rounds/<round_>/summary.docx", permission=Permission.OFFICE)
def summary(round_: str) -> ResponseReturnValue:
    """评分汇总表 of one round."""
    return send(*report.summary_sheet(viewer(), round_=round_))


@desk.page("/<call>/notice", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def notice(call: str) -> ResponseReturnValue:
    """The draft: facts to fill, the text as it will read, what was changed by hand."""
    found = _enter(call, _("公示稿"))
    if not publicity.has_draft(viewer(), call=call):
        page = {"none_yet": True, "may_draft": found.state in DRAFT_STATES, "call": call, "view": None}
        return render_template("results/notice.html", **page)
    if request.method == "POST":
        return _save(call)
    view = publicity.get(viewer(), call=call)
    return render_template("results/notice.html", **results_pages.notice_page(view))


def _save(call: str) -> ResponseReturnValue:
    typed = {name: request.form[name] for name in FIELDS if name in request.form}
    version = request.form.get("version", "")
    try:
        base = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        publicity.update(viewer(), call=call, facts=typed, base_version=base)
    except Invalid as problem:
        view = publicity.get(viewer(), call=call)
        page = results_pages.notice_page(view, typed, problem.fields)
        return render_template("results/notice.html", **page | {"version": version}), problem.status
    except Conflict as problem:
        if not isinstance(problem.theirs, dict):
            raise
        theirs = problem.theirs
        page = results_pages.conflict_page(call, typed, theirs["facts"], theirs["version"])
        return render_template("errors/conflict.html", **page, sentence=say(problem.message)), problem.status
    flash(_("已保存。"), "good")
    return redirect(url_for("results.notice", call=call), 303)


@desk.page("/<call>/notice/draft", permission=Permission.SECRETARIAT, methods=("POST",))
def draft(call: str) -> ResponseReturnValue:
    """Draft the notice from ranking and decision."""
    publicity.draft(viewer(), call=call)
    return redirect(url_for("results.notice", call=call), 303)


@desk.page("/<call>/notice.docx", permission=Permission.OFFICE)
def notice_file(call: str) -> ResponseReturnValue:
    """The draft as .docx."""
    return send(*publicity.document(viewer(), call=call))


@desk.page("/<call>/notice.txt", permission=Permission.OFFICE)
def notice_text(call: str) -> ResponseReturnValue:
    """The draft as plain text."""
    return send(*publicity.plain_text(viewer(), call=call))


@desk.page("/<call>/notice/release", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def release(call: str) -> ResponseReturnValue:
    """Ask a second officer to release the notice."""
    _enter(call, _("公示稿"))
    view, problem = publicity.get(viewer(), call=call), None
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            publicity.ask_release(viewer(), call=call, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已提交发布，请复核人确认。"), "good")
            return redirect(url_for("results.notice", call=call), 303)
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    if problem is not None and not fault:
        flash(say(problem.message), "bad")
    page = _release_page(call, view, reason, fault)
    return render_template("act.html", **page), problem.status if problem else 200


def _release_page(call: str, view: publicity.NoticeView, reason: str, fault: str) -> dict[str, Any]:
    back = url_for("results.notice", call=call)
    anchors = results_pages.notice_page(view)["anchors"]
    return {
        "title": _("提交发布公示"),
        "lead": view.call_title,
        "consequences": [
            _("复核人确认后，批次进入公示，公示页在公示期内对外显示。"),
            _("确认后文字和名单不能再改；提交后又修改的，须重新提交。"),
        ],
        "facts": [
            (_("公示期"), view.words.paragraphs[1]),
            (_("名单"), _("%(n)s家", n=len(view.words.rows))),
        ],
        "code": view.list_digest,
        "code_note": _("名单校验码"),
        "problems": [
            (f"{back}#{anchors.get(label, 'text')}", _("待填：%(what)s", what=label))
            for label in view.missing
        ],
        "reason": {"label": _("事由"), "value": reason, "err": fault},
        "action": url_for("results.release", call=call),
        "act_text": _("提交发布"),
        "back_href": back,
    }
