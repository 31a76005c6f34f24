"""The defense: the record of each turn, and an absence that two people confirm."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Permission
from review_portal.services import defense_records
from review_portal.services.defense_records import RecordRow, SlotView
from review_portal.web import defense_pages
from review_portal.web.access import viewer
from review_portal.web.defense import FORM, SLOT, desk

_place, _refused = defense_pages.place_of, defense_pages.refused


@desk.page(SLOT, permission=Permission.SIGNED_IN, methods=FORM)
def record(slot: str) -> ResponseReturnValue:
    """The minutes of a turn; a correction is a new version with a reason."""
    view = defense_records.view(viewer(), slot=slot)
    place = _place(view.round_)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            _record(view)
        except Conflict as refused:
            if isinstance(refused.theirs, RecordRow):
                return _two_texts(view, refused.theirs)
            faults, status = _refused(refused), refused.status
        except Invalid as refused:
            faults, status = _refused(refused), refused.status
        else:
            flash(_("答辩记录已保存。"), "good")
            return redirect(url_for("defense.overview", round_=view.round_), 303)
    values = defense_pages.record_values(view)
    page = render_template(
        "defense/record.html", place=place, view=view, values=values, faults=faults, version=_version(view)
    )
    return page, status


def _version(view: SlotView) -> int:
    """The version that the reader has seen: kept through refusals, so that a newer one is noticed."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else len(view.records)


def _record(view: SlotView) -> None:
    defense_records.record(
        viewer(),
        slot=view.public_id,
        attendees=defense_pages.typed_attendees(view.attendees_max),
        questions=request.form.get("questions", ""),
        commitments=request.form.get("commitments", ""),
        result=request.form.get("result") or None,
        conditions=request.form.get("conditions", ""),
        reason=request.form.get("reason", ""),
        after=_version(view),
    )


def _two_texts(view: SlotView, theirs: RecordRow) -> ResponseReturnValue:
    here = url_for("defense.record", slot=view.public_id)
    typed = [
        (name, text)
        for name, text in request.form.items()
        if name not in ("csrf_token", "version", "decision")
    ]
    page = render_template(
        "errors/conflict.html",
        what=f"{view.number}　{view.unit}",
        fields=defense_pages.both(view, theirs),
        theirs_when="",
        keep={"action": here, "version": theirs.ordinal, "hidden": typed},
        back_href=here,
    )
    return page, 409


@desk.page(f"{SLOT}/absent", permission=Permission.SIGNED_IN, methods=FORM)
def absent(slot: str) -> ResponseReturnValue:
    """The chair states that a unit did not come; the supervisor confirms on the page of requests."""
    view = defense_records.view(viewer(), slot=slot)
    place = _place(view.round_)
    if not place.chairs:
        raise NotFound()
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            defense_records.ask_absent(viewer(), slot=slot, reason=request.form.get("reason", ""))
        except (Conflict, Invalid) as refused:
            faults, status = _refused(refused), refused.status
        else:
            flash(_("已提请监督人员确认缺席。"), "good")
            return redirect(url_for("defense.overview", round_=view.round_), 303)
    return render_template("act.html", **_absent_page(view, faults)), status


def _absent_page(view: SlotView, faults: dict[str, str]) -> dict[str, Any]:
    waited = _("规定时间后%(n)s分钟未到场", n=view.late_minutes)
    return {
        "title": _("提请确认缺席：%(unit)s", unit=view.unit),
        "lead": _("缺席视为放弃答辩，须组长、监督人员双人确认。"),
        "consequences": [
            _("监督人员确认后，该单位登记为“放弃答辩”，不参与排名，本轮评分表作废。"),
            _("监督人员不同意的，一切不变。"),
        ],
        "facts": [(_("单位"), f"{view.number}　{view.unit}")],
        "reason": {
            "label": _("事由"),
            "hint": _("写明规定时间和等候情况。"),
            "value": request.form.get("reason", waited),
            "err": faults.get("reason", ""),
        },
        "action": url_for("defense.absent", slot=view.public_id),
        "act_text": _("提请监督人员确认"),
        "back_href": url_for("defense.overview", round_=view.round_),
    }
