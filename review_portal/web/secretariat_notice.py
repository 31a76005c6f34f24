"""公示稿: facts and sentences to edit, every change kept visible, corrections, release by two people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.policy import Permission
from review_portal.services import calls, publicity, publicity_release, publicity_views
from review_portal.services.publicity_facts import DRAFT_STATES, FIELDS
from review_portal.web import notice_pages, secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say

desk = Desk("notice", __name__, url_prefix="/secretariat")


def _enter(call: str) -> calls.CallView:
    found = calls.view(viewer(), call=call)
    secretariat_nav.enter(call, _("公示稿"))
    return found


@desk.page("/<call>/notice", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def page(call: str) -> ResponseReturnValue:
    """The draft: facts to fill, the text as it will read, what was changed by hand."""
    found = _enter(call)
    if not publicity_views.has_draft(viewer(), call=call):
        blank = {"none_yet": True, "may_draft": found.state in DRAFT_STATES, "call": call, "view": None}
        return render_template("results/notice.html", **blank)
    if request.method == "POST":
        return _save(call)
    return render_template("results/notice.html", **_editor(call))


def _editor(
    call: str, typed: Mapping[str, str] | None = None, problem: Invalid | None = None
) -> dict[str, Any]:
    view = publicity_views.get(viewer(), call=call)
    edits = publicity_views.history(viewer(), call=call)
    return notice_pages.notice_page(view, edits, typed, problem.fields if problem else None)


def _save(call: str) -> ResponseReturnValue:
    typed = {name: request.form[name] for name in FIELDS if name in request.form}
    edited = {
        part: (f"text-{part}", f"reason-{part}", f"excuse-{part}") for part in publicity_views.SENTENCES
    }
    sent = {name: request.form[name] for names in edited.values() for name in names if name in request.form}
    version = request.form.get("version", "")
    base = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    try:
        publicity.update(
            viewer(), call=call, facts=typed, base_version=base, texts=_texts(call, edited, sent)
        )
    except Invalid as problem:
        page = _editor(call, {**typed, **sent}, problem)
        return render_template("results/notice.html", **page | {"version": version}), problem.status
    except Conflict as problem:
        if not isinstance(problem.theirs, dict):
            raise
        page = notice_pages.conflict_page(call, {**typed, **sent}, problem.theirs)
        return render_template("errors/conflict.html", **page, sentence=say(problem.message)), problem.status
    flash(_("已保存。"), "good")
    return redirect(url_for("notice.page", call=call), 303)


def _texts(
    call: str, edited: Mapping[str, tuple[str, str, str]], sent: Mapping[str, str]
) -> dict[str, tuple[str, str, str]]:
    """Part -> text, reason, excuse, of the sentences that were changed; `restore` names one to be as drafted.

    A sentence that stands as the page gave it is no edit: a fact that changes with it would else be frozen.
    """
    shown = {sentence.part: sentence for sentence in publicity_views.get(viewer(), call=call).sentences}
    restored = request.form.get("restore", "")
    found = {}
    for part, (text, reason, excuse) in edited.items():
        stands = shown[part]
        typed = (sent.get(text, stands.now), sent.get(reason, ""), sent.get(excuse, ""))
        if part == restored:
            found[part] = (stands.drafted, "", "")
        elif text in sent and typed != (stands.now, stands.reason, stands.excuse):
            found[part] = typed
    return found


@desk.page("/<call>/notice/draft", permission=Permission.SECRETARIAT, methods=("POST",))
def draft(call: str) -> ResponseReturnValue:
    """Draft the notice from ranking and decision."""
    publicity.draft(viewer(), call=call)
    return redirect(url_for("notice.page", call=call), 303)


def _edition() -> int | None:
    return request.args.get("edition", type=int)


@desk.page("/<call>/notice.docx", permission=Permission.OFFICE)
def file(call: str) -> ResponseReturnValue:
    """The draft, or a released edition, as .docx."""
    return send(*publicity_views.document(viewer(), call=call, edition=_edition()))


@desk.page("/<call>/notice.txt", permission=Permission.OFFICE)
def text(call: str) -> ResponseReturnValue:
    """The draft, or a released edition, as plain text."""
    return send(*publicity_views.plain_text(viewer(), call=call, edition=_edition()))


@desk.page("/<call>/notice.html", permission=Permission.OFFICE)
def web_page(call: str) -> ResponseReturnValue:
    """The draft, or a released edition, as one HTML file."""
    return send(*publicity_views.web_page(viewer(), call=call, edition=_edition()))


@desk.page("/<call>/notice/correct", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def correct(call: str) -> ResponseReturnValue:
    """更正公示: another edition of what is public, with a reason."""
    _enter(call)
    view, problem = publicity_views.get(viewer(), call=call), None
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            publicity.begin_correction(viewer(), call=call, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已生成更正稿，请改正后提交发布。"), "good")
            return redirect(url_for("notice.page", call=call), 303)
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    if problem is not None and not fault:
        flash(say(problem.message), "bad")
    page = {
        "title": _("更正公示"),
        "lead": view.call_title,
        "consequences": [
            _("生成一份更正稿，改正后仍须两人发布；发布以前，原公示照常。"),
            _("名单不能更正：名单有变的，须重新会议审定。"),
            _("更正稿在官网刊登后，公示期按批次规则重新计算或继续计算。"),
        ],
        "facts": [(_("现行公示"), _("第%(n)s版", n=view.edition))],
        "code": view.list_digest,
        "code_note": _("名单校验码"),
        "problems": [],
        "reason": {"label": _("更正的理由"), "value": reason, "err": fault},
        "action": url_for("notice.correct", call=call),
        "act_text": _("生成更正稿"),
        "back_href": url_for("notice.page", call=call),
    }
    return render_template("act.html", **page), problem.status if problem else 200


@desk.page("/<call>/notice/release", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def release(call: str) -> ResponseReturnValue:
    """Ask a second officer to release the notice."""
    _enter(call)
    view, problem = publicity_views.get(viewer(), call=call), None
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            publicity_release.ask_release(viewer(), call=call, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已提交发布，请复核人确认。"), "good")
            return redirect(url_for("notice.page", call=call), 303)
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    if problem is not None and not fault:
        flash(say(problem.message), "bad")
    page = _release_page(call, view, reason, fault)
    return render_template("act.html", **page), problem.status if problem else 200


def _release_page(call: str, view: publicity_views.NoticeView, reason: str, fault: str) -> dict[str, Any]:
    back = url_for("notice.page", call=call)
    anchors = notice_pages.anchors()
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
            *notice_pages.left_out((s.label, s.left_out, s.excuse) for s in view.sentences),
        ],
        "code": view.list_digest,
        "code_note": _("名单校验码"),
        "problems": _waits(view, back, anchors),
        "reason": {"label": _("事由"), "value": reason, "err": fault},
        "action": url_for("notice.release", call=call),
        "act_text": _("提交发布"),
        "back_href": back,
    }


def _waits(view: publicity_views.NoticeView, back: str, anchors: dict[str, str]) -> list[tuple[str, str]]:
    """What keeps the notice from being released, each with where it is put right."""
    missing = [
        (f"{back}#{anchors.get(label, 'text')}", _("待填：%(what)s", what=label)) for label in view.missing
    ]
    lost = [
        (
            f"{back}#text-{sentence.part}",
            _("%(part)s中没有了：%(what)s", part=sentence.label, what="、".join(sentence.lost)),
        )
        for sentence in view.sentences
        if sentence.lost
    ]
    register = url_for("signatures.listing", call=view.call)
    unsigned = [
        (register, _("签字原件未收回：%(what)s", what=name.replace("_", " "))) for name in view.unsigned
    ]
    return [*missing, *lost, *unsigned]
