"""The defense: the record of each turn, and a late or absent unit on which chair and supervisor agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import defense_absence, defense_records, late_arrivals
from review_portal.services.defense_absence import Absence
from review_portal.services.defense_minutes import RecordRow, SlotView
from review_portal.web import defense_pages
from review_portal.web import defense_record_pages as pages
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
    return render_template("defense/record.html", **_record_page(view, place, faults)), status


def _record_page(view: SlotView, place: Any, faults: dict[str, str]) -> dict[str, Any]:
    return {
        "place": place,
        "view": view,
        "values": pages.record_values(view),
        "faults": faults,
        "version": _version(view),
        "versions": pages.versions(view),
        "askers": pages.asker_choices(),
    }


def _version(view: SlotView) -> int:
    """The version that the reader has seen: kept through refusals, so that a newer one is noticed."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else len(view.records)


def _record(view: SlotView) -> None:
    arrived = request.form.get("arrived_at", "").strip()
    if arrived and defense_pages.office_instant(arrived) is None:
        fault = mark("请填写完整的日期和时间，不清楚的留空。")
        raise Invalid(mark("答辩记录未保存，请更正标出的内容。"), {"arrived_at": fault})
    defense_records.record(
        viewer(),
        slot=view.public_id,
        attendees=pages.typed_attendees(view.attendees_max),
        exchanges=pages.typed_exchanges(),
        arrived_at=defense_pages.office_instant(arrived),
        commitments=request.form.get("commitments", ""),
        opinion=request.form.get("opinion", ""),
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
        fields=pages.both(view, theirs),
        theirs_when="",
        keep={"action": here, "version": theirs.ordinal, "hidden": typed},
        back_href=here,
    )
    return page, 409


@desk.page(f"{SLOT}/absent", permission=Permission.SIGNED_IN, methods=FORM)
def absent(slot: str) -> ResponseReturnValue:
    """One page for both sides; the chair states here that a unit did not come."""
    return _both_sides(slot, ("chair",), _ask)


@desk.page(f"{SLOT}/absent/answer", permission=Permission.SIGNED_IN, methods=FORM)
def answer_absent(slot: str) -> ResponseReturnValue:
    """The same page; the supervisor confirms here or does not agree."""
    return _both_sides(slot, ("supervisor",), _answer)


@desk.page(f"{SLOT}/absent/late", permission=Permission.SIGNED_IN, methods=FORM)
def note_late(slot: str) -> ResponseReturnValue:
    """The same page; each side notes here that a unit came late and whether it is let in."""
    return _both_sides(slot, ("chair", "supervisor"), _note_late)


def _both_sides(slot: str, sides: tuple[str, ...], act: Callable[[str, Absence], str]) -> ResponseReturnValue:
    """Show the page, or do `act` for one of `sides`; for anybody else there is nothing to send it to."""
    view, told = defense_records.view(viewer(), slot=slot), defense_absence.view(viewer(), slot=slot)
    place = _place(view.round_)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        if told.side not in sides:
            raise NotFound()
        try:
            done = act(slot, told)
        except (Conflict, Invalid) as refused:
            faults, status = _refused(refused), refused.status
            told = defense_absence.view(viewer(), slot=slot)
        else:
            flash(done, "good")
            return redirect(url_for("defense.absent", slot=slot), 303)
    return render_template("defense/absent.html", **_absent_page(view, told, place, faults)), status


def _ask(slot: str, _told: Absence) -> str:
    reason, early = request.form.get("reason", ""), request.form.get("early", "")
    defense_records.ask_absent(viewer(), slot=slot, reason=reason, early=early)
    return _("已提请监督人员确认缺席。")


def _answer(_slot: str, told: Absence) -> str:
    approval = request.form.get("approval", "")
    if approval not in {item.approval for item in told.statements}:
        raise NotFound()
    agree = request.form.get("decision") == "agree"
    note = request.form.get("decision_note", "").strip()
    if agree and not request.form.get("confirm"):
        raise Invalid(mark("请确认后再提交。"), {"confirm": mark("请勾选，确认您在场见证。")})
    if not agree and len(note) < 2:
        raise Invalid(mark("不同意须写明理由。"), {"decision_note": mark("不同意须写明理由。")})
    defense_records.decide_absent(viewer(), approval=approval, approve=agree, note=note)
    return _("已确认缺席，该单位登记为放弃答辩。") if agree else _("已答复不同意，该单位仍可答辩。")


def _note_late(slot: str, _told: Absence) -> str:
    if request.form.get("admitted") not in ("y", "n"):
        fault = mark("请选择是否同意进场。")
        raise Invalid(mark("迟到情况未登记，请更正标出的内容。"), {"admitted": fault})
    late_arrivals.note_late(
        viewer(),
        slot=slot,
        arrived_at=defense_pages.office_instant(request.form.get("arrived_at", "")),
        admitted=request.form.get("admitted") == "y",
        note=request.form.get("note", ""),
    )
    return _("迟到情况已登记。")


def _absent_page(view: SlotView, told: Absence, place: Any, faults: dict[str, str]) -> dict[str, Any]:
    last = told.statements[-1] if told.statements else None
    typed = request.form if request.method == "POST" else {}
    return {
        "place": place,
        "view": view,
        "told": told,
        "last": last,
        "facts": pages.absence_facts(view, told),
        "people": pages.two_people(last),
        "late_people": pages.late_people(told.notes) if told.notes else [],
        "reason": typed.get("reason", _("规定时间后%(n)s分钟未到场", n=view.late_minutes)),
        "typed": typed,
        "faults": faults,
    }
