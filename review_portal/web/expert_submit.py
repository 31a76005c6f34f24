"""Submitting in two steps, and what a receipt is good for later: checked against what is kept."""

from __future__ import annotations

import re
import secrets
import unicodedata

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.clock import now
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, PortalError
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Permission
from review_portal.services import own_reviews, reviews, sheets
from review_portal.services.sheets import ReceiptLine, SheetView
from review_portal.services.worklist import worklist
from review_portal.web import expert_nav, score_form, sheet_tables
from review_portal.web.access import Desk, viewer
from review_portal.web.filters import clock_time, office_date
from review_portal.web.forms import say
from review_portal.web.score_form import Typed

desk = Desk("expert_submit", __name__, url_prefix="/expert")
NUMBER = re.compile(r"[a-z0-9]{12}")
CODE = re.compile(r"[0-9a-f]{16,64}")
CHANGED = mark("这份评分表在本页打开之后又有改动，尚未提交。下面是现在的内容，请重新核对后再确认。")


@desk.page("/reviews/<review>/submit", permission=Permission.EXPERT, methods=("GET", "POST"))
def confirm(review: str) -> ResponseReturnValue:
    """What will be submitted and what is missing; POST submits exactly what the page showed."""
    try:
        view = sheets.open_sheet(viewer(), review=review)
    except NotAllowed:
        if request.method == "POST":
            raise
        return redirect(url_for("expert.sheet", review=review), 303)  # by pledge and declaration
    if request.method == "POST":
        return _submit(view)
    standing = _standing(view)
    return _to(standing) if standing else _page(view)


def _standing(view: SheetView) -> ReceiptLine | None:
    """The submission that counts now."""
    if view.gate.state != "submitted":
        return None
    return next((line for line in view.receipts if line.current), None)


def _to(line: ReceiptLine) -> ResponseReturnValue:
    return redirect(url_for("expert.receipt", revision=line.public_id), 303)


def _typed(view: SheetView) -> Typed:
    return score_form.check(view.content, view.rubric, view.rules.comments, view.version)


def _page(view: SheetView, problem: Message | None = None, status: int = 200) -> ResponseReturnValue:
    expert_nav.enter(view.gate.call, _("我的评审任务"), view.gate.code)
    typed, address = _typed(view), url_for("expert.sheet", review=view.gate.review)
    table = sheet_tables.draft(typed, view.rubric, lambda field: f"{address}?check=1#{field}")
    missing = [
        (f"{address}?check=1#{name}", say(text))
        for name, text in score_form.ordered(typed.faults, view.rubric)
    ]
    return render_template(
        "expert/confirm.html",
        view=view,
        table=table,
        missing=missing,
        locked=say(view.locked),
        problem=say(problem) if problem else "",
        key=secrets.token_hex(16),
        sheet_href=address,
    ), status


def _submit(view: SheetView) -> ResponseReturnValue:
    """A second press and a second window end at the receipt; whatever else has changed is told here."""
    shown = request.form.get("version", "")
    if not _standing(view):
        typed = _typed(view)
        if shown != str(view.version):
            return _page(view, CHANGED, 409)
        if typed.faults or view.locked.msgid:
            return _page(view, status=422 if typed.faults else 403)
        try:
            made = reviews.submit_review(
                viewer(),
                review=view.gate.review,
                sheet=typed.sheet,
                base_version=view.version,
                request_key=f"{request.form.get('key', '')[:64]}:{len(view.receipts)}",
            )
        except (Conflict, Invalid, NotAllowed) as refused:
            return _overtaken(view.gate.review, refused)
        return redirect(url_for("expert.receipt", revision=made.public_id), 303)
    return _overtaken(view.gate.review, Conflict())


def _overtaken(review: str, refused: PortalError) -> ResponseReturnValue:
    """Something else came first: another window's submission, its draft, the end of the round."""
    view = sheets.open_sheet(viewer(), review=review)
    standing = _standing(view)
    if standing is None:
        changed = getattr(refused, "theirs", None) is not None
        return _page(view, CHANGED if changed else refused.message, refused.status)
    flash(_("这份评分表已经提交，只计一次。下面是已提交的内容。"), "info")
    return _to(standing)


@desk.page("/receipts", permission=Permission.EXPERT)
def receipts() -> ResponseReturnValue:
    """Check an own receipt by its number, its check code or both; reads only, and changes nothing."""
    number, code = _plain(request.args.get("number", "")), _plain(request.args.get("code", ""))
    errors, found = _faults(number, code), None
    asked = bool(number or code) and not errors
    if asked:
        found = own_reviews.check_receipt(viewer(), receipt=number, code=code)
    work = worklist(viewer())
    expert_nav.enter(work[0].call if work else None, _("核对回执"), work[0].code if work else None)
    return render_template(
        "expert/check_receipt.html",
        given={"number": request.args.get("number", ""), "code": request.args.get("code", "")},
        errors=errors,
        problems=[(f"#{name}", sentence) for name, sentence in errors.items()],
        checked_at=f"{office_date(now())} {clock_time(now())}",
        asked=asked,
        found=found,
    ), 422 if errors else 200


def _plain(text: str) -> str:
    """As printed codes are copied: spaces, full-width letters and capitals mean nothing."""
    return re.sub(r"[\s\-－]", "", unicodedata.normalize("NFKC", text)).lower()


def _faults(number: str, code: str) -> dict[str, str]:
    errors = {}
    if number and not NUMBER.fullmatch(number):
        errors["number"] = _("回执编号是12位小写字母和数字，请对照回执重新填写。")
    if code and not CODE.fullmatch(code):
        errors["code"] = _("校验码由数字0—9和字母a—f组成，请至少填写前16位。")
    if "number" in request.args and not number and not code:
        errors["number"] = _("请填写回执编号或校验码。")
    return errors
