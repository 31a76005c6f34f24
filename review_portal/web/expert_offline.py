"""Scoring offline: the own sheets as a workbook, its return previewed and put into the drafts."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import offline_sheets
from review_portal.services.offline_changes import Preview
from review_portal.services.offline_sheets import Start
from review_portal.web import expert_nav, offline_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send

desk = Desk("expert_offline", __name__, url_prefix="/expert")
OWN = Permission.EXPERT
HERE = "/rounds/<round_>/offline"


@desk.page(HERE, permission=OWN)
def offline(round_: str) -> ResponseReturnValue:
    """Download, upload, and what is whole already."""
    return _page(_start(round_))


def _start(round_: str) -> Start:
    """The round; foreign and missing are 404 before a form is read."""
    return offline_sheets.start(viewer(), round_=round_)


def _page(start: Start, problem: PortalError | None = None) -> ResponseReturnValue:
    expert_nav.enter(start.call, _("我的评审任务"), start.code)
    page = offline_pages.start(start, problem)
    return render_template("expert/offline.html", start=start, **page), problem.status if problem else 200


@desk.page(f"{HERE}.xlsx", permission=OWN)
def workbook(round_: str) -> ResponseReturnValue:
    """The own open sheets to be filled in without the portal."""
    try:
        return send(*offline_sheets.workbook(viewer(), round_=round_))
    except Conflict as problem:
        return _page(_start(round_), problem)


@desk.page(HERE, permission=OWN, methods=("POST",))
def upload(round_: str) -> ResponseReturnValue:
    """A returned workbook: every fault with its cell, or what it would change."""
    start, sent = _start(round_), request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Invalid(mark("请先选择离线评分表文件（.xlsx）。"))
        shown = offline_sheets.preview(viewer(), round_=round_, name=sent.filename, data=sent.read())
    except NotFound:
        raise
    except PortalError as problem:
        return _page(start, problem)
    return _preview(start, shown)


def _preview(start: Start, shown: Preview, problem: PortalError | None = None) -> ResponseReturnValue:
    expert_nav.enter(start.call, _("我的评审任务"), start.code)
    page = offline_pages.preview(shown, request.form, problem)
    return render_template(
        "expert/offline_preview.html", start=start, shown=shown, **page
    ), problem.status if problem else 200


@desk.page(f"{HERE}/apply", permission=OWN, methods=("POST",))
def apply(round_: str) -> ResponseReturnValue:
    """Put what the preview showed into the drafts; a stale preview is shown anew."""
    start, sealed = _start(round_), request.form.get("sealed", "")
    try:
        done = offline_sheets.apply(
            viewer(),
            round_=round_,
            sealed=sealed,
            digest=request.form.get("digest", ""),
            choices=offline_pages.choices(request.form),
        )
    except (Conflict, Invalid) as problem:
        return _again(start, sealed, problem)
    flash(
        _("已存入%(n)s份草稿，其余%(left)s份未作改动。草稿尚未提交。", n=done.stored, left=done.left)
        if done.left
        else _("已存入%(n)s份草稿。草稿尚未提交。", n=done.stored),
        "good",
    )
    return redirect(url_for("expert_offline.offline", round_=round_), 303)


def _again(start: Start, sealed: str, problem: PortalError) -> ResponseReturnValue:
    try:
        shown = offline_sheets.again(viewer(), round_=start.round, sealed=sealed)
    except (Conflict, Invalid) as refused:
        return _page(start, refused)
    return _preview(start, shown, problem)
