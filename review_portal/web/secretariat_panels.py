"""材料分组: which panel of a stage scores which dossiers, where the written stage has several panels."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import panel_splits
from review_portal.services.panel_splits import SplitView
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say
from review_portal.web.secretariat import enter

desk = Desk("panel_split", __name__, url_prefix="/secretariat")
PREFIX = "panel-"


@desk.page("/<call>/panels", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def split(call: str) -> ResponseReturnValue:
    """The dossiers with their panels, first as they fall in turn by number; POST records the split."""
    found = enter(call, _("专家与分派"))
    view = panel_splits.view(viewer(), call=call)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            panel_splits.record(
                viewer(), call=call, choices=_choices(), reason=request.form.get("reason", "")
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("材料分组已保存。"), "good")
            return redirect(url_for("panel_split.split", call=call), 303)
    return render_template(
        "secretariat_experts/split.html",
        call=found,
        view=view,
        chosen=_choices() if problem else _shown(view),
        reason=request.form.get("reason", "") if problem else view.reason,
        problem=say(problem.message) if problem else "",
        faults={name: say(text) for name, text in problem.fields.items()} if problem else {},
        turned="turn" in request.args,
    ), problem.status if problem else 200


def _choices() -> dict[str, str]:
    """Dossier -> round as sent."""
    return {
        name.removeprefix(PREFIX): value for name, value in request.form.items() if name.startswith(PREFIX)
    }


def _shown(view: SplitView) -> dict[str, str]:
    """What is recorded; what is not, and all of it where that is asked for, as it falls in turn."""
    turn = "turn" in request.args
    return {row.dossier: row.dealt if turn or not row.round_ else row.round_ for row in view.rows}
