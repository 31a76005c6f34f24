"""The chair's page of the ranking's versions, and freezing a new one after a re-examination."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Permission
from review_portal.services import ranking_versions, reexamination_versions
from review_portal.services.reexamination_versions import ReexaminationRow, Trial
from review_portal.services.rounds import RoundView
from review_portal.web import reexamination_pages as pages
from review_portal.web.access import viewer
from review_portal.web.chair import desk
from review_portal.web.chair_nav import enter
from review_portal.web.chair_pages import back
from review_portal.web.forms import say


@desk.page("/<round_>/versions", permission=Permission.EXPERT)
def versions(round_: str) -> ResponseReturnValue:
    """Every version with its differences; above them the one that an open re-examination would give."""
    found = enter(round_, _("排名版本"))
    rows = ranking_versions.list_for_chair(viewer(), round_=round_)
    waiting = reexamination_versions.open_for_chair(viewer(), round_=round_)
    trial = row = None
    if waiting:
        row = reexamination_versions.get(viewer(), reexamination=waiting)
        trial = pages.trial(reexamination_versions.trial(viewer(), reexamination=waiting))
    return render_template(
        "reexaminations/versions.html",
        title=found.call_title,
        versions=pages.versions(rows),
        trial=trial,
        facts=pages.facts(row) if row else [],
        freeze_href=url_for("chair.freeze_version", round_=round_, reexamination=waiting) if waiting else "",
    )


@desk.page(
    "/<round_>/reexaminations/<reexamination>/freeze", permission=Permission.EXPERT, methods=("GET", "POST")
)
def freeze_version(round_: str, reexamination: str) -> ResponseReturnValue:
    """Freeze exactly the new version that was looked at."""
    found, problem, look = enter(round_, _("排名版本")), None, request.form.get("look", "")
    row = reexamination_versions.get(viewer(), reexamination=reexamination)
    if row.call != found.call or row.deciding != round_:
        raise NotFound()
    if request.method == "POST":
        try:
            reexamination_versions.freeze_version(
                viewer(), reexamination=reexamination, digest=request.form.get("digest", ""), look=look
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("新一版排名已冻结，原排名留存。"), "good")
            return redirect(url_for("chair.versions", round_=round_), 303)
    shown = reexamination_versions.trial(viewer(), reexamination=reexamination)
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    fault = say(problem.fields["look"]) if problem and "look" in problem.fields else ""
    page = _freeze_page(found, row, shown, look, fault)
    return render_template("act.html", **page), problem.status if problem else 200


def _freeze_page(
    round_: RoundView, row: ReexaminationRow, shown: Trial, look: str, fault: str
) -> dict[str, Any]:
    view = shown.view
    way = back(round_, "chair.versions")
    if view is None:
        waits = say(shown.waits) if shown.waits else ""
        return {
            "title": _("冻结新一版排名"),
            "lead": round_.name,
            "consequences": [_("条件具备后方可冻结。")],
            "facts": pages.facts(row),
            "problems": [("", waits)],
            **way,
        }
    proposed = [item for item in view.rows if item["outcome"] in ("proposed", "tied")]
    names = "、".join(f"{item['number']} {item['unit']}" for item in proposed)
    reason = {
        "name": "look",
        "label": _("专家组对规则差异的说明"),
        "hint": _("改用其他常用规则会改变名单，须写明专家组的说明。"),
        "value": look,
        "err": fault,
    }
    return {
        "title": _("冻结新一版排名"),
        "lead": _("第%(n)s版　%(way)s", n=view.body["version"], way=pages.kind_word(row.kind)),
        "consequences": [
            _("在原排名旁另存一版，以后各处使用新版；原排名及其工作簿留存，可以复算。"),
            _("冻结后方法、参数、名次不可更改，本项复核办结。"),
            *[say(line) for line in shown.lines[1:]],
        ],
        "facts": [*pages.facts(row), (_("列入名单"), names or None)],
        "code": view.digest,
        "code_note": _("试算校验码；冻结后另生成排名校验码"),
        "hidden": [("digest", view.digest)],
        "reason": reason if view.body["demands_look"] else None,
        "act_text": _("冻结第%(n)s版", n=view.body["version"]),
        "grave": True,
        "action": url_for("chair.freeze_version", round_=round_.public_id, reexamination=row.public_id),
        **way,
    }
