"""归档: what has been made, one under way, making one, the disc's label and the download."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.archive_words import PROFILE_WORDS
from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import archive_views, archives, calls
from review_portal.services.archive_views import ArchiveJob
from review_portal.web import office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.filters import office_time
from review_portal.web.forms import say

desk = Desk("archives", __name__, url_prefix="/secretariat")
_STATES = {
    "queued": ("none", mark("等待制作")),
    "running": ("part", mark("正在制作")),
    "done": ("done", mark("已完成")),
    "failed": ("bad", mark("未能完成")),
}


@desk.page("/<call>/archives", permission=Permission.OFFICE)
def listing(call: str) -> ResponseReturnValue:
    """Archives of the call, the newest first, and how far one under way is."""
    return _page(call, None)


def _page(call: str, problem: PortalError | None) -> ResponseReturnValue:
    watches = office_frame.enter(call, _("归档"))
    found = archive_views.page(viewer(), call=call)
    page = render_template(
        "archives/list.html",
        call=calls.view(viewer(), call=call),
        found=found,
        job=_job(found.job) if found.job else None,
        watches=watches,
        words=PROFILE_WORDS,
        problem=say(problem.message) if problem else "",
    )
    return page, problem.status if problem else 200


def _job(job: ArchiveJob) -> dict[str, Any]:
    kind, words = _STATES[job.state]
    return {
        "id": job.public_id,
        "profile": say(PROFILE_WORDS[job.profile]),
        "kind": kind,
        "state": say(words),
        "done": job.done,
        "total": job.total,
        "message": say(job.message),
        "at": office_time(job.queued_at),
        "open": job.state in ("queued", "running"),
        "idle": job.idle,
    }


@desk.page("/<call>/archives", permission=Permission.SECRETARIAT, methods=("POST",))
def ask(call: str) -> ResponseReturnValue:
    """Queue one; the page shows how far it is."""
    try:
        archives.ask(viewer(), call=call, profile=request.form.get("profile", ""))
    except (Conflict, Invalid) as problem:
        return _page(call, problem)
    return redirect(url_for("archives.listing", call=call), 303)


@desk.page("/<call>/archives/jobs/<job>/cancel", permission=Permission.SECRETARIAT, methods=("POST",))
def cancel(call: str, job: str) -> ResponseReturnValue:
    """Stop the one under way."""
    archives.cancel(viewer(), call=call, job=job)
    return redirect(url_for("archives.listing", call=call), 303)


@desk.page("/<call>/archives/jobs/<job>/state", permission=Permission.OFFICE)
def job_state(call: str, job: str) -> ResponseReturnValue:
    """How far one is, for the page that looks again."""
    found = archive_views.job(viewer(), call=call, job=job)
    return jsonify(state=found.state, done=found.done, total=found.total, idle=found.idle)


@desk.page("/<call>/archives/<archive>/file", permission=Permission.OFFICE)
def fetch(call: str, archive: str) -> Response:
    """The zip, from the disk: it may be large."""
    place, name = archive_views.fetch(viewer(), call=call, archive=archive)
    return send_file(place, mimetype="application/zip", as_attachment=True, download_name=name)
