"""The defense's papers: notices and who was told, attendance, sign-in sheet, minutes in Word."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.defense_notices import WAY_WORDS
from review_portal.domain.defense_results import ABSTAINED, ABSTAINED_WORD
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Permission
from review_portal.services import defense_documents, defense_papers, defense_records
from review_portal.services.defense_papers import MEETING, NoticeRow
from review_portal.web import defense_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.defense_record_pages import people_words
from review_portal.web.downloads import send
from review_portal.web.filters import office_date
from review_portal.web.forms import say

desk = Desk("defense_papers", __name__)
ROUND = "/defense/<round_>"
SLOT = "/defense/turns/<slot>"
FORM = ("GET", "POST")
_LOG = ("told_at", "way", "told_to", "note")


def _file(name: str, data: bytes) -> ResponseReturnValue:
    """A download whose name holds nothing that a file system refuses."""
    kept = "".join("_" if c in '\\/:*?"<>|' or ord(c) < 32 else c for c in name)
    return send(kept[:120] + ".docx", data)


@desk.page(f"{ROUND}/notices", permission=Permission.SIGNED_IN)
def notices(round_: str) -> ResponseReturnValue:
    """All units' notices, what is still to be filled, and who has not been told yet."""
    rows = defense_papers.notices(viewer(), round_=round_)
    place = defense_pages.place_of(round_)
    meeting = defense_papers.meeting(viewer(), round_=round_)
    facts = [(say(label), _fact(name, meeting.facts[name])) for name, label in MEETING.items()]
    untold = [row.notice.unit for row in rows if not row.told]
    page = {"rows": rows, "facts": facts, "untold": untold, "ways": _ways()}
    return render_template("defense/notices.html", place=place, **page)


def _fact(name: str, text: str) -> str | None:
    return office_date(date.fromisoformat(text)) if name == "issued_on" and text else text or None


def _ways() -> dict[str, str]:
    return {key: say(word) for key, word in WAY_WORDS.items()}


@desk.page(f"{ROUND}/notices/meeting", permission=Permission.SIGNED_IN, methods=FORM)
def meeting(round_: str) -> ResponseReturnValue:
    """Place, contact and date, typed once for all notices."""
    place = defense_pages.place_of(round_, office=True)
    stored = defense_papers.meeting(viewer(), round_=round_)
    faults: dict[str, str] = {}
    status, version = 200, stored.version
    values = dict(stored.facts)
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in MEETING}
        version = _number(request.form.get("version", ""), stored.version)
        try:
            defense_papers.set_meeting(viewer(), round_=round_, facts=values, base_version=version)
        except Conflict as refused:
            if isinstance(refused.theirs, dict):
                return _two_texts(round_, values, refused.theirs)
            faults, status = defense_pages.refused(refused), refused.status
        except Invalid as refused:
            faults, status = defense_pages.refused(refused), refused.status
        else:
            flash(_("会务信息已保存，各单位的通知已随之更新。"), "good")
            return redirect(url_for("defense_papers.notices", round_=round_), 303)
    page = {"values": values, "faults": faults, "version": version}
    return render_template("defense/meeting.html", place=place, **page), status


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else otherwise


def _two_texts(round_: str, mine: dict[str, str], theirs: dict[str, str]) -> ResponseReturnValue:
    here = url_for("defense_papers.meeting", round_=round_)
    differing = [
        (say(label), mine[name] or "—", theirs[name] or "—")
        for name, label in MEETING.items()
        if mine[name] != theirs[name]
    ]
    page = render_template(
        "errors/conflict.html",
        what=_("答辩会务信息"),
        fields=differing,
        theirs_when="",
        keep={
            "action": here,
            "version": defense_papers.meeting(viewer(), round_=round_).version,
            "hidden": list(mine.items()),
        },
        back_href=here,
    )
    return page, 409


@desk.page(f"{ROUND}/notices.docx", permission=Permission.SIGNED_IN)
def notices_file(round_: str) -> ResponseReturnValue:
    """All letters in one document."""
    return _file(*defense_papers.notices_file(viewer(), round_=round_))


@desk.page(f"{SLOT}/notice.docx", permission=Permission.SIGNED_IN)
def notice_file(slot: str) -> ResponseReturnValue:
    """One unit's letter."""
    return _file(*defense_papers.notice_file(viewer(), slot=slot))


@desk.page(f"{SLOT}/notice", permission=Permission.SIGNED_IN, methods=FORM)
def notice(slot: str) -> ResponseReturnValue:
    """One unit's notice to copy, and the log of having told it."""
    row = defense_papers.notice(viewer(), slot=slot)
    place = defense_pages.place_of(row.round_)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        if not place.runs:
            raise NotFound()
        try:
            _record(slot)
        except (Conflict, Invalid) as refused:
            faults, status = defense_pages.refused(refused), refused.status
        else:
            flash(_("已登记通知。"), "good")
            return redirect(url_for("defense_papers.notices", round_=row.round_), 303)
    return render_template("defense/notice.html", place=place, **_notice_page(row, faults)), status


def _record(slot: str) -> None:
    defense_papers.record_notification(
        viewer(),
        slot=slot,
        told_at=defense_pages.office_instant(request.form.get("told_at", "")),
        way=request.form.get("way", ""),
        told_to=request.form.get("told_to", ""),
        note=request.form.get("note", ""),
    )


def _notice_page(row: NoticeRow, faults: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "missing": row.notice.missing(),
        "ways": _ways(),
        "typed": {name: request.form.get(name, "") for name in _LOG},
        "faults": faults,
    }


@desk.page(f"{ROUND}/attendance", permission=Permission.SIGNED_IN)
def attendance(round_: str) -> ResponseReturnValue:
    """Who came for each unit, after the newest minutes."""
    rows = defense_documents.attendance(viewer(), round_=round_)
    place = defense_pages.place_of(round_)
    words = {**defense_records.words(viewer(), round_=round_), ABSTAINED: say(ABSTAINED_WORD)}
    people = {row.slot: people_words(row.people) for row in rows}
    return render_template("defense/attendance.html", place=place, rows=rows, words=words, people=people)


@desk.page(f"{ROUND}/sign-in.docx", permission=Permission.SIGNED_IN)
def sign_in_file(round_: str) -> ResponseReturnValue:
    """The blank sign-in sheet of units and panel."""
    return _file(*defense_documents.sign_in_file(viewer(), round_=round_))


@desk.page(f"{SLOT}/minutes.docx", permission=Permission.SIGNED_IN)
def minutes_file(slot: str) -> ResponseReturnValue:
    """A version of the minutes, the newest unless `version` says; blank while nothing is recorded."""
    asked = request.args.get("version")
    version = None if asked is None else _number(asked, 0)
    return _file(*defense_documents.minutes_file(viewer(), slot=slot, version=version))
