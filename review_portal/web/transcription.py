"""The clerks' desk (代录): sheets to type, the blank form with the scan beside it; nothing of the other."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, PortalError
from review_portal.domain.policy import CLERKS, Permission
from review_portal.services import account_views, transcription_views, transcriptions
from review_portal.services.transcription_views import EntryForm
from review_portal.services.transcriptions import Entered
from review_portal.web import scans
from review_portal.web import transcription_pages as pages
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say
from review_portal.web.frame import set_desk
from review_portal.web.transcription_pages import Typed

desk = Desk("transcription", __name__, url_prefix="/transcription")


def _enter() -> None:
    """The frame: one entry, and as whom one is here."""
    held = [role for role in CLERKS if viewer().holds(role)]
    label = "、".join(_(account_views.ROLE_LABELS[role]) for role in held)
    here = (_("待录评分表"), url_for("transcription.home"))
    set_desk(_("计分台"), [here], current=here[0], label=label)


@desk.page("/", permission=Permission.CLERK)
def home() -> ResponseReturnValue:
    """The sheets that wait for this clerk, and those that are in."""
    _enter()
    return render_template(
        "transcription/home.html", **pages.listing(transcription_views.list_for_clerk(viewer()))
    )


@desk.page("/<paper>", permission=Permission.CLERK, methods=("GET", "POST"))
def sheet(paper: str) -> ResponseReturnValue:
    """Type one sheet; POST keeps the entry, sealed."""
    form = transcription_views.entry_form(viewer(), paper=paper)
    if request.method == "GET":
        return _page(form)
    typed = pages.read(request.form, form)
    if typed.faults:
        return _page(form, typed, status=422)
    try:
        entered = transcriptions.enter_sheet(
            viewer(),
            paper=paper,
            sheet=typed.sheet,
            total=typed.total,
            total_wrong=typed.total_wrong,
            request_key=typed.key,
        )
    except Invalid as problem:
        return _page(form, typed.with_faults(problem), status=problem.status)
    except (Conflict, NotAllowed) as problem:
        return _refused(paper, typed, problem)
    return _after(paper, entered)


def _refused(paper: str, typed: Typed, problem: PortalError) -> ResponseReturnValue:
    """What was typed stays on the page, under the sentence."""
    flash(say(problem.message), "bad")
    return _page(transcription_views.entry_form(viewer(), paper=paper), typed, status=problem.status)


def _page(form: EntryForm, typed: Typed | None = None, *, status: int = 200) -> ResponseReturnValue:
    _enter()
    return render_template("transcription/sheet.html", **pages.entry(form, typed)), status


def _after(paper: str, entered: Entered) -> ResponseReturnValue:
    """Back to the list when nothing is left to do, else to the cells that differ."""
    words, kind = pages.outcome(entered)
    flash(words, kind)
    if entered.state == "differs":
        return redirect(url_for("transcription.sheet", paper=paper), 303)
    return redirect(url_for("transcription.home"), 303)


@desk.page("/<paper>/scan", permission=Permission.CLERK)
def scan(paper: str) -> ResponseReturnValue:
    """The signed sheet in a window of its own."""
    form = transcription_views.entry_form(viewer(), paper=paper)
    if not form.scan:
        raise NotFound()
    _enter()
    return render_template("scan.html", **pages.scan_window(form))


@desk.page("/<paper>/scan/<int:number>.webp", permission=Permission.CLERK)
def scan_page(paper: str, number: int) -> ResponseReturnValue:
    """A page of the signed sheet as a picture."""
    return scans.picture(transcription_views.scan_page(viewer(), paper=paper, page=number))
