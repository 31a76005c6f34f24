"""The expert's desk: tasks, pledge, declaration, score sheet with drafts, receipts, reconciliation."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, PortalError
from review_portal.domain.pledge_words import PLEDGE
from review_portal.domain.policy import Permission
from review_portal.services import (
    case_views,
    confirmations,
    logins,
    own_gates,
    own_reviews,
    report,
    reviews,
    sheets,
    void_views,
)
from review_portal.services.own_gates import Gate
from review_portal.services.own_sheets import StoredDraft
from review_portal.services.sheets import SheetView
from review_portal.services.void_views import BREACHES
from review_portal.services.worklist import WorkRound, worklist
from review_portal.web import expert_nav, expert_pages, score_form, sheet_tables
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.filters import clock_time
from review_portal.web.forms import say
from review_portal.web.kept_here import keep_key
from review_portal.web.score_form import Typed

desk = Desk("expert", __name__, url_prefix="/expert")


def _round(round_: str) -> WorkRound:
    found = next((item for item in worklist(viewer()) if item.public_id == round_), None)
    if found is None:
        raise NotFound()
    return found


@desk.page("/", permission=Permission.EXPERT)
def home() -> ResponseReturnValue:
    """Own tasks, the newest round first."""
    work = worklist(viewer())
    expert_nav.enter(work[0].call if work else None, _("我的评审任务"), work[0].code if work else None)
    waiting = sum(case.state == "open" for case in case_views.list_own_cases(viewer()))
    return render_template(
        "expert/worklist.html",
        rounds=[expert_pages.round_page(item) for item in work],
        waiting=waiting,
        voids=[(item, say(BREACHES[item.breach])) for item in void_views.list_own_voids(viewer())],
        confirm=confirmations.waiting_for(viewer()),
        entered=logins.earlier(viewer(), token=current_user.get_id()),
    )


@desk.page("/rounds/<round_>/pledge", permission=Permission.EXPERT, methods=("GET", "POST"))
def pledge(round_: str) -> ResponseReturnValue:
    """Sign the pledge of a round; then on to the first task."""
    work, error = _round(round_), ""
    if request.method == "POST":
        if request.form.get("confirm"):
            reviews.sign_pledge(viewer(), round_=round_)
            flash(_("评审承诺已签署。"), "good")
            return redirect(url_for("expert.home"), 303)
        error = _("请勾选后再签署。")
    expert_nav.enter(work.call, _("我的评审任务"), work.code)
    return (
        render_template("expert/pledge.html", work=work, lines=PLEDGE, error=error),
        422 if error else 200,
    )


@desk.page("/reviews/<review>/declare", permission=Permission.EXPERT, methods=("GET", "POST"))
def declare(review: str) -> ResponseReturnValue:
    """Say for each name whether something stands between; only then does the text open."""
    gate = own_gates.gate(viewer(), review=review)
    if not gate.pledged:
        return redirect(url_for("expert.pledge", round_=gate.round), 303)
    page = expert_pages.declaration(gate, request.form)
    if request.method == "POST" and not page.errors:
        try:
            reviews.declare(viewer(), dossier=gate.dossier, answer=page.answer, reason=page.reason)
        except Invalid as problem:
            page = page.with_faults(problem)
        else:
            return _after_declaration(gate, page.answer)
    expert_nav.enter(gate.call, _("我的评审任务"), gate.code)
    return render_template("expert/declare.html", gate=gate, told=page), 422 if page.errors else 200


def _after_declaration(gate: Gate, answer: str) -> ResponseReturnValue:
    if answer == "clear":
        return redirect(url_for("expert.sheet", review=gate.review), 303)
    flash(_("回避已登记，%(number)s的材料不再向您显示。", number=gate.number), "good")
    return redirect(url_for("expert.home"), 303)


@desk.page("/reviews/<review>", permission=Permission.EXPERT, methods=("GET", "POST"))
def sheet(review: str) -> ResponseReturnValue:
    """The dossier beside the rubric; POST saves what the form holds, and may lead on to submitting."""
    try:
        view = sheets.open_sheet(
            viewer(), review=review
        )  # missing, foreign, recused: 404 before a form is read
    except NotAllowed:
        if request.method == "POST":
            raise
        return _before_reading(own_gates.gate(viewer(), review=review))
    if request.method == "GET":
        return _sheet_page(view, _checked(view) if request.args.get("check") else None)
    typed = score_form.read(request.form, view.rubric, view.rules.comments)
    return _save(
        view, typed, "expert_submit.confirm" if request.form.get("act") == "submit" else "expert.sheet"
    )


def _checked(view: SheetView) -> Typed | None:
    """What is stored with its faults at their fields, for who comes back from the page before submitting."""
    if view.locked.msgid:
        return None
    return score_form.check(view.content, view.rubric, view.rules.comments, view.version)


def _before_reading(gate: Gate) -> ResponseReturnValue:
    if not gate.pledged:
        return redirect(url_for("expert.pledge", round_=gate.round), 303)
    if gate.declared and gate.away.msgid:
        expert_nav.enter(gate.call, _("我的评审任务"), gate.code)
        return render_template("meeting/sign_in_first.html", gate=gate), 403
    return redirect(url_for("expert.declare", review=gate.review), 303)


def _sheet_page(view: SheetView, typed: Typed | None = None) -> ResponseReturnValue:
    expert_nav.enter(view.gate.call, _("我的评审任务"), view.gate.code)
    page = score_form.page(view, typed=typed, locked=bool(view.locked.msgid))
    return render_template(
        "expert/sheet.html",
        **page,
        locked=say(view.locked),
        action=url_for("expert.sheet", review=view.gate.review),
        keep_review=view.gate.review,
        keep_key=keep_key(viewer(), view.gate.review),
        autosave="" if view.locked.msgid else url_for("expert.draft", review=view.gate.review),
        recuse_href="" if view.locked.msgid else url_for("expert.recuse", review=view.gate.review),
        back_href=url_for("expert.home"),
        **beside(view.gate.review),
    )


def beside(review: str) -> dict[str, Any]:
    """What stands at the left: the dossier, and the own review of the round before where there is one."""
    left, earlier = [("doc", _("材料"))], own_reviews.earlier_review(viewer(), review=review)
    if earlier:
        left.append(("own", _("本人前轮评审")))
    table = sheet_tables.submitted(earlier.sheet, earlier.rubric) if earlier else None
    return {"left": left, "earlier": earlier, "earlier_table": table}


def _save(view: SheetView, typed: Typed, following: str) -> ResponseReturnValue:
    try:
        reviews.save_draft(
            viewer(), review=view.gate.review, content=typed.content, base_version=typed.version
        )
    except Conflict as problem:
        return _both(view, typed, problem)
    return redirect(url_for(following, review=view.gate.review), 303)


def _both(view: SheetView, typed: Typed, problem: Conflict) -> ResponseReturnValue:
    """Another window was faster: both texts, and the choice."""
    theirs = problem.theirs
    if not isinstance(theirs, StoredDraft):
        raise problem
    expert_nav.enter(view.gate.call, _("我的评审任务"), view.gate.code)
    address = url_for("expert.sheet", review=view.gate.review)
    return render_template(
        "errors/conflict.html",
        sentence=_("这份评分表刚在另一窗口或设备上暂存过。两份内容都在下方，请选择保留哪一份。"),
        what=f"{view.gate.number}　{view.gate.unit}",
        fields=score_form.differences(typed.content, theirs.content, view.rubric),
        mine_when=_("本页"),
        theirs_when=clock_time(theirs.saved_at),
        theirs_who="",
        keep={
            "action": address,
            "version": theirs.version,
            "hidden": score_form.hidden_fields(typed.content),
        },
        back_href=address,
    ), 409


@desk.page("/reviews/<review>/draft", permission=Permission.EXPERT, methods=("GET", "POST"))
def draft(review: str) -> ResponseReturnValue:
    """Autosave: `{saved_at, at, version}`, or the sentence of a refusal and, at 409, what is stored.

    GET tells a page that comes back to view whether `known` still is what is stored.
    """
    if request.method == "GET":
        return _stored(review)
    rubric, rules = sheets.blank_form(viewer(), review=review)
    try:
        typed = score_form.read(request.form, rubric, rules)
        saved = reviews.save_draft(viewer(), review=review, content=typed.content, base_version=typed.version)
    except PortalError as problem:
        return _refused_draft(problem)
    return jsonify(saved_at=saved.saved_at, at=clock_time(saved.saved_at), version=saved.version)


def _refused_draft(problem: PortalError) -> ResponseReturnValue:
    answer: dict[str, object] = {"sentence": say(problem.message)}
    theirs = getattr(problem, "theirs", None)
    if isinstance(theirs, StoredDraft):
        answer |= _told(theirs)
    return jsonify(answer), problem.status


def _told(theirs: StoredDraft) -> dict[str, object]:
    return {"theirs": theirs.content, "version": theirs.version, "at": clock_time(theirs.saved_at)}


def _stored(review: str) -> ResponseReturnValue:
    """The stored draft if it is another than the page knows; the token of a login made meanwhile."""
    state = own_reviews.draft_state(viewer(), review=review)
    answer: dict[str, object] = {"token": generate_csrf(), "sentence": say(state.locked)}
    if state.stored and str(state.stored.version) != request.args.get("known"):
        answer |= _told(state.stored)
    return jsonify(answer)


@desk.page("/reviews/<review>/recuse", permission=Permission.EXPERT, methods=("GET", "POST"))
def recuse(review: str) -> ResponseReturnValue:
    """Ask to be recused from a dossier that is open already."""
    gate, problem = own_gates.gate(viewer(), review=review), None
    if request.method == "POST":
        try:
            reviews.request_recusal(viewer(), review=review, reason=request.form.get("reason", ""))
        except (Invalid, Conflict) as refused:
            problem = refused
        else:
            return _after_declaration(gate, "recuse")
    expert_nav.enter(gate.call, _("我的评审任务"), gate.code)
    page = expert_pages.recusal(gate, request.form.get("reason", ""), problem)
    return render_template("act.html", **page), problem.status if problem else 200


@desk.page("/receipts/<revision>", permission=Permission.EXPERT)
def receipt(revision: str) -> ResponseReturnValue:
    """An own submission as kept, with its check code; one click from the next task."""
    shown = sheets.receipt(viewer(), revision=revision)
    expert_nav.enter(shown.gate.call, _("我的评审任务"), shown.gate.code)
    following = _round(shown.gate.round).next_open(shown.gate.review)
    return render_template(
        "expert/receipt.html",
        table=sheet_tables.submitted(shown.sheet, shown.rubric),
        shown=shown,
        following=following,
    )


@desk.page("/reviews/<review>/sheet.docx", permission=Permission.EXPERT)
def paper(review: str) -> ResponseReturnValue:
    """The own sheet for a wet signature: as submitted, or blank."""
    return send(*report.own_sheet(viewer(), review=review))


@desk.page("/reviews/<review>/withdraw", permission=Permission.EXPERT, methods=("POST",))
def withdraw(review: str) -> ResponseReturnValue:
    """Take a submission back; it opens again with what was submitted."""
    reviews.withdraw_review(viewer(), review=review)
    flash(_("评分已撤回，修改后须重新提交。原评分留存。"), "care")
    return redirect(url_for("expert.sheet", review=review), 303)
