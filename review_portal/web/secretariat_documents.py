"""文书: every paper of the call that can be made now, by step, each one click away."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.policy import Permission
from review_portal.services import calls, documents, pdf_copies
from review_portal.web import secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send

desk = Desk("documents", __name__, url_prefix="/secretariat")


@desk.page("/<call>/documents", permission=Permission.SECRETARIAT)
def listing(call: str) -> ResponseReturnValue:
    """The papers by step: whom they bind, from which day they are, who signs them."""
    found = calls.view(viewer(), call=call)
    secretariat_nav.enter(call, _("文书"))
    groups = documents.listing(viewer(), call=call)
    return render_template("documents/list.html", call=found, groups=groups, pdf=pdf_copies.can_make())


@desk.page("/<call>/documents/<kind>/<of>/<int:edition>", permission=Permission.OFFICE)
def document(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """One paper as a file."""
    return send(*documents.document(viewer(), call=call, key=(kind, of, edition)))
