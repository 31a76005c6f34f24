"""签发和送达: the letters of returned and rejected dossiers, each issued once and delivered once."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.clock import now
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.letter_words import DELIVERY_WORDS, LETTER_NAMES
from review_portal.domain.policy import Permission
from review_portal.services import letter_views, letters
from review_portal.services.letter_views import LetterView
from review_portal.web import office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say

desk = Desk("letters", __name__, url_prefix="/secretariat")
ONE = "/<call>/letters/<kind>/<of>/<int:edition>"


@desk.page("/<call>/letters", permission=Permission.OFFICE)
def listing(call: str) -> ResponseReturnValue:
    """Every letter with how far it is; of one dossier where the address names it."""
    watches = office_frame.enter(call, _("签发和送达"))
    found = letter_views.listing(viewer(), call=call, dossier=request.args.get("dossier"))
    return render_template(
        "documents/letters.html",
        call=call,
        letters=found,
        names=LETTER_NAMES,
        ways=DELIVERY_WORDS,
        acts=not watches,
    )


@desk.page(ONE, permission=Permission.OFFICE)
def letter(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """One letter: what is missing, the act of issuing, the record of its delivery."""
    return _page(call, (kind, of, edition), None)


@desk.page(f"{ONE}/issue", permission=Permission.SECRETARIAT, methods=("POST",))
def issue(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """Issue it: from then on it says the same for good."""
    key = (kind, of, edition)
    try:
        letters.issue(
            viewer(),
            call=call,
            key=key,
            number=request.form.get("number", ""),
            issued_on=_day("issued_on"),
            signed_by=request.form.get("signed_by", ""),
        )
    except (Conflict, Invalid) as problem:
        return _page(call, key, problem), problem.status
    flash(_("已签发，内容已固定。请打印送达。"), "good")
    return redirect(url_for("letters.letter", call=call, kind=kind, of=of, edition=edition), 303)


@desk.page(f"{ONE}/delivery", permission=Permission.SECRETARIAT, methods=("POST",))
def deliver(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """Record its delivery."""
    key = (kind, of, edition)
    try:
        letters.deliver(
            viewer(),
            call=call,
            key=key,
            delivered_on=_day("delivered_on"),
            way=request.form.get("way", ""),
            receiver=request.form.get("receiver", ""),
            note=request.form.get("note", ""),
        )
    except (Conflict, Invalid) as problem:
        return _page(call, key, problem), problem.status
    flash(_("已登记送达。"), "good")
    return redirect(url_for("letters.letter", call=call, kind=kind, of=of, edition=edition), 303)


def _day(field: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        return None


def _page(call: str, key: tuple[str, str, int], problem: Conflict | Invalid | None) -> str:
    watches = office_frame.enter(call, _("签发和送达"))
    found = letter_views.letter(viewer(), call=call, key=key)
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    return render_template(
        "documents/letter.html",
        call=call,
        letter=found,
        name=say(LETTER_NAMES[found.kind]),
        facts=_facts(found),
        ways=[(key, say(word)) for key, word in DELIVERY_WORDS.items()],
        acts=not watches,
        typed=request.form,
        today=local_date(now()).isoformat(),
        problem=say(problem.message) if problem and not faults else "",
        faults=faults,
        fault_links=[(f"#{name}", text) for name, text in faults.items()],
    )


def _facts(found: LetterView) -> list[tuple[str, Any]]:
    way = say(DELIVERY_WORDS[found.way]) if found.way else None
    return [
        (_("文号"), found.number or None),
        (_("签发人"), found.signed_by or None),
        (_("送达方式"), way),
        (_("收件人"), found.receiver or None),
        (_("说明"), found.note or None),
    ]
