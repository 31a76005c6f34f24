"""名单公布: where the list stands, its papers, making it final by two."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import (
    final_list_facts,
    final_list_views,
    final_lists,
    list_notices,
    list_papers,
    result_letter_views,
)
from review_portal.web import final_list_pages, office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say
from review_portal.web.notice_pages import parts

desk = Desk("final_list", __name__, url_prefix="/secretariat")
FORM = ("GET", "POST")


@desk.page("/<call>/final-list", permission=Permission.OFFICE)
def page(call: str) -> ResponseReturnValue:
    """State, what is missing, versions, changes, letters with what became of them."""
    watches = office_frame.enter(call, _("名单公布"))
    view = final_list_views.overview(viewer(), call=call)
    letters = result_letter_views.overview(viewer(), call=call)
    shown = final_list_pages.page(view, letters, call, acts=not watches)
    return render_template("final_list/page.html", **shown, key=secrets.token_hex(16))


@desk.page("/<call>/final-list/papers", permission=Permission.SECRETARIAT, methods=("POST",))
def draft(call: str) -> ResponseReturnValue:
    """Draft the notice of the next version, or of a change."""
    number = request.form.get("ordinal", "")
    ordinal = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    kind = request.form.get("kind", "list")
    made = list_papers.draft(viewer(), call=call, kind=kind, ordinal=ordinal)
    return redirect(url_for("final_list.paper", call=call, paper=made), 303)


@desk.page("/<call>/final-list/versions/<version>", permission=Permission.OFFICE)
def version(call: str, version: str) -> ResponseReturnValue:
    """A released version in words."""
    found = final_list_views.version(viewer(), call=call, version=version)
    return redirect(url_for("final_list.paper", call=call, paper=found), 303)


@desk.page("/<call>/final-list/papers/<paper>", permission=Permission.OFFICE)
def paper(call: str, paper: str) -> ResponseReturnValue:
    """A paper: facts to fill, the text as it will read."""
    watches = office_frame.enter(call, _("名单公布"))
    view = final_list_views.paper(viewer(), call=call, paper=paper)
    shown = final_list_pages.paper_page(view, call, acts=not watches)
    return render_template("final_list/paper.html", **shown, parts=parts)


@desk.page("/<call>/final-list/papers/<paper>/facts", permission=Permission.SECRETARIAT, methods=("POST",))
def save(call: str, paper: str) -> ResponseReturnValue:
    """Keep what was typed on a paper."""
    office_frame.enter(call, _("名单公布"))
    view = final_list_views.paper(viewer(), call=call, paper=paper)
    labels = final_list_facts.fields_of(view.kind)
    typed = {name: request.form[name] for name in labels if name in request.form}
    number = request.form.get("version", "")
    base = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    try:
        list_papers.update(viewer(), call=call, paper=paper, facts=typed, base_version=base)
    except Invalid as problem:
        shown = final_list_pages.paper_page(view, call, acts=True, typed=typed, faults=problem.fields)
        page = render_template("final_list/paper.html", **shown | {"version": number}, parts=parts)
        return page, problem.status
    except Conflict as problem:
        if not isinstance(problem.theirs, dict):
            raise
        return _both(call, paper, typed, problem), problem.status
    flash(_("已保存。"), "good")
    return redirect(url_for("final_list.paper", call=call, paper=paper), 303)


def _both(call: str, paper: str, mine: dict[str, str], problem: Conflict) -> str:
    """Both texts where they differ; keeping the own one sends it again on top of theirs."""
    assert isinstance(problem.theirs, dict)
    theirs = problem.theirs["facts"]
    labels = {**final_list_facts.CHANGE_FIELDS, **final_list_facts.LIST_FIELDS}
    page: dict[str, Any] = {
        "what": _("名单文件"),
        "fields": [
            (say(labels[name]), mine[name] or "—", theirs.get(name) or "—")
            for name in mine
            if mine[name] != theirs.get(name, "")
        ],
        "mine_when": "",
        "theirs_when": "",
        "theirs_who": "",
        "keep": {
            "action": url_for("final_list.save", call=call, paper=paper),
            "version": problem.theirs["version"],
            "hidden": list(mine.items()),
        },
        "back_href": url_for("final_list.paper", call=call, paper=paper),
    }
    return render_template("errors/conflict.html", **page, sentence=say(problem.message))


@desk.page("/<call>/final-list/papers/<paper>.docx", permission=Permission.OFFICE)
def paper_file(call: str, paper: str) -> ResponseReturnValue:
    """The paper as .docx."""
    return send(*final_list_views.document(viewer(), call=call, paper=paper))


@desk.page("/<call>/final-list/papers/<paper>.txt", permission=Permission.OFFICE)
def paper_text(call: str, paper: str) -> ResponseReturnValue:
    """The paper as plain text."""
    return send(*final_list_views.document(viewer(), call=call, paper=paper, suffix="txt"))


@desk.page("/<call>/final-list/settle", permission=Permission.SECRETARIAT, methods=FORM)
def settle(call: str) -> ResponseReturnValue:
    """Ask a second officer to make the list final."""
    office_frame.enter(call, _("名单公布"))
    view = final_list_views.overview(viewer(), call=call)
    problem, reason = None, request.form.get("reason", "")
    if request.method == "POST":
        try:
            final_lists.ask_settle(viewer(), call=call, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已提请确定名单，请另一名经办人员复核。"), "good")
            return redirect(url_for("final_list.page", call=call), 303)
    back = url_for("final_list.page", call=call)
    shown = {
        "title": _("提请确定并公布名单"),
        "consequences": [
            _("复核人同意后，名单即为确定，这一版的文字和名单不能再改。"),
            _("首次公布的，批次由公示进入名单公布；可印制结果告知书、发送告知邮件。"),
        ],
        "facts": [
            (_("名单"), _("%(n)s家：%(names)s", n=len(view.units), names="、".join(u[1] for u in view.units)))
            if view.units
            else (_("名单"), _("没有入选单位，名额空缺")),
            (
                _("空缺"),
                "、".join(f"{one.number} {one.unit}" for one in view.vacant if not one.filled_by) or "—",
            ),
        ],
        "problems": [(back, say(gate.said)) for gate in view.gates]
        + [(back, _("待填：%(what)s", what=label)) for label in view.missing],
    }
    return _act(shown, problem, reason, url_for("final_list.settle", call=call), _("提请确定"), back)


@desk.page("/<call>/final-list/papers/<paper>/release", permission=Permission.SECRETARIAT, methods=FORM)
def release(call: str, paper: str) -> ResponseReturnValue:
    """Ask a second officer to release a notice on a change."""
    office_frame.enter(call, _("名单公布"))
    view = final_list_views.paper(viewer(), call=call, paper=paper)
    problem, reason = None, request.form.get("reason", "")
    back = url_for("final_list.paper", call=call, paper=paper)
    if request.method == "POST":
        try:
            list_notices.ask_release(viewer(), call=call, paper=paper, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已提交发布，请复核人确认。"), "good")
            return redirect(back, 303)
    shown = {
        "title": _("提交发布名单变更的公示"),
        "consequences": [
            _("复核人确认后，公示文字和名单不能再改。"),
            _("在官网刊登后，登记刊登的网址、日期和截图；公示期从刊登日期起算。"),
        ],
        "facts": [(_("名单"), _("%(n)s家", n=len(view.words.rows)))],
        "problems": [(back, _("待填：%(what)s", what=label)) for label in view.missing],
        "code": view.digest,
        "code_note": _("名单校验码"),
    }
    return _act(
        shown, problem, reason, url_for("final_list.release", call=call, paper=paper), _("提交发布"), back
    )


def _act(
    shown: dict[str, Any], problem: PortalError | None, reason: str, action: str, text: str, back: str
) -> ResponseReturnValue:
    """The page of an act that takes a reason, with what was refused."""
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    if problem is not None and not fault:
        flash(say(problem.message), "bad")
    page = render_template(
        "act.html",
        **shown,
        reason={"label": _("事由"), "value": reason, "err": fault},
        action=action,
        act_text=text,
        back_href=back,
    )
    return page, problem.status if problem else 200
