"""文书打包: choose kinds, watch the package grow or come back later, download it, remove it."""

from __future__ import annotations

import hashlib
import secrets

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import bundle_views, bundles, pdf_copies
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say
from review_portal.web.secretariat import enter

desk = Desk("bundles", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT
STATES = {
    "queued": ("none", mark("等待生成")),
    "running": ("part", mark("正在生成")),
    "done": ("done", mark("已生成")),
    "failed": ("bad", mark("未能生成")),
}
FORMS = {"docx": mark("Word"), "pdf": mark("PDF"), "both": mark("Word 和 PDF")}


@desk.page("/<call>/bundles", permission=OFFICE)
def index(call: str) -> ResponseReturnValue:
    """What can be packed, and the own packages so far."""
    return _index(call)


def _index(call: str, problem: PortalError | None = None) -> ResponseReturnValue:
    found = enter(call, _("文书"))
    page = render_template(
        "documents/bundles.html",
        call=found,
        choices=bundle_views.choices(viewer(), call=call),
        packages=bundle_views.packages(viewer(), call=call),
        states=STATES,
        forms=FORMS,
        pdf=pdf_copies.can_make(),
        chosen=request.form.getlist("kinds"),
        form=request.form.get("form", "docx"),
        key=secrets.token_hex(16),
        problem=say(problem.message) if problem else "",
    )
    return page, problem.status if problem else 200


@desk.page("/<call>/bundles", permission=OFFICE, methods=("POST",))
def start(call: str) -> ResponseReturnValue:
    """Ask for a package; its page shows how far it is."""
    try:
        job = bundles.queue(
            viewer(),
            call=call,
            kinds=request.form.getlist("kinds"),
            form=request.form.get("form", "docx"),
            key=request.form.get("key", ""),
        )
    except (Conflict, Invalid) as problem:
        return _index(call, problem)
    return redirect(url_for("bundles.package", call=call, job=job), 303)


@desk.page("/<call>/bundles/<job>", permission=OFFICE)
def package(call: str, job: str) -> ResponseReturnValue:
    """How far a package is; can be left and come back to."""
    found = enter(call, _("文书"))
    row = bundle_views.package(viewer(), call=call, job=job)
    kind, words = STATES[row.state]
    return render_template(
        "documents/bundle.html", call=found, row=row, kind=kind, state=say(words), form=say(FORMS[row.form])
    )


@desk.page("/<call>/bundles/<job>/state", permission=OFFICE)
def state(call: str, job: str) -> ResponseReturnValue:
    """The same in few words, for the page that looks again; unchanged, it is 304."""
    row = bundle_views.package(viewer(), call=call, job=job)
    told = jsonify(state=row.state, done=row.done, total=row.total, idle=row.idle)
    told.set_etag(hashlib.sha256(told.get_data()).hexdigest()[:32])
    told.headers["Cache-Control"] = "private, no-cache"
    return told.make_conditional(request)


@desk.page("/<call>/bundles/<job>/file", permission=OFFICE)
def file(call: str, job: str) -> ResponseReturnValue:
    """The finished zip."""
    return send(*bundle_views.file(viewer(), call=call, job=job))


@desk.page("/<call>/bundles/<job>/remove", permission=OFFICE, methods=("POST",))
def remove(call: str, job: str) -> ResponseReturnValue:
    """Remove the file of a package."""
    bundles.remove(viewer(), call=call, job=job)
    flash(_("文书包已删除，需要时可以重新生成。"), "good")
    return redirect(url_for("bundles.index", call=call), 303)
