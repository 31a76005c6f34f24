"""签字件登记: what each step waits for, each paper from print to scan, going on without one with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import TextAreaField

from review_portal.clock import now
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.domain.signature_words import GATE_WORDS, STEP_WORDS
from review_portal.services import calls, signature_views, signatures
from review_portal.services.signature_state import Key
from review_portal.web import office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import show
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat_forms import OfficeDateField, sent

desk = Desk("signatures", __name__, url_prefix="/secretariat")
FORM = ("GET", "POST")
PAPER = "/<call>/signatures/<kind>/<of>/<int:edition>"
STATES = {None: "none", "printed": "part", "signed": "part", "returned": "done", "scanned": "done"}


class ScanForm(FlaskForm):
    """The scan of a signed original."""

    happened_on = OfficeDateField(_l("扫描日期"), default=lambda: _today())
    scan = FileField(
        _l("签字件扫描件"),
        description=_l("PDF 或图片（PNG、JPG），一份文书一个文件，不超过20MB"),
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg"},
    )


class AnnulForm(FlaskForm):
    """A paper begun anew."""

    reason = TextAreaField(_l("作废重签的理由"), description=_l("例如：打印件污损；打印后内容已变化"))


def _today() -> date:
    return local_date(now())


def _label() -> str:
    return _("签字件登记")


@desk.page("/<call>/signatures", permission=Permission.OFFICE)
def listing(call: str) -> ResponseReturnValue:
    """The register: by step, how far each paper is and what is missing."""
    watches = office_frame.enter(call, _label())
    return _listing(call, watches, None)


@desk.page("/<call>/signatures/record", permission=Permission.SECRETARIAT, methods=("POST",))
def record(call: str) -> ResponseReturnValue:
    """Record a step of the papers that were ticked."""
    watches = office_frame.enter(call, _label())
    try:
        count = signatures.record(
            viewer(),
            call=call,
            keys=[_key(text) for text in request.form.getlist("papers")],
            step=request.form.get("step", ""),
            happened_on=_day(request.form.get("happened_on", "")),
            note=request.form.get("note", ""),
        )
    except (Conflict, Invalid) as problem:
        return _listing(call, watches, problem), problem.status
    flash(_("已登记%(n)s份。", n=count), "good")
    return redirect(url_for("signatures.listing", call=call), 303)


def _key(text: str) -> Key:
    kind, _mark, rest = text.partition("/")
    of, _mark, edition = rest.partition("/")
    if not edition.isascii() or not edition.isdigit():
        raise NotFound()
    return kind, of, int(edition[:6])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        sentence = mark("请填写日期，例如 2023-03-13。")
        raise Invalid(sentence, {"happened_on": sentence}) from None


def _listing(call: str, watches: bool, problem: PortalError | None) -> str:
    faults = problem.fields if isinstance(problem, Invalid) else {}
    return render_template(
        "signatures/list.html",
        call=calls.view(viewer(), call=call),
        sections=signature_views.register(viewer(), call=call),
        gates=GATE_WORDS,
        words=STEP_WORDS,
        states=STATES,
        acts=not watches,
        chosen=set(request.form.getlist("papers")),
        typed=request.form,
        today=_today().isoformat(),
        problem=say(problem.message) if problem and not faults else "",
        faults={name: say(text) for name, text in faults.items()},
        fault_links=[(f"#{name}", say(text)) for name, text in faults.items()],
    )


@desk.page(PAPER, permission=Permission.OFFICE)
def paper(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """One paper's way from print to scan."""
    watches = office_frame.enter(call, _label())
    return _paper(call, (kind, of, edition), acts=not watches)


def _paper(
    call: str, key: Key, *, acts: bool, scan: ScanForm | None = None, annul: AnnulForm | None = None
) -> str:
    return render_template(
        "signatures/paper.html",
        call=calls.view(viewer(), call=call),
        found=signature_views.history(viewer(), call=call, key=key),
        words=STEP_WORDS,
        states=STATES,
        key=key,
        acts=acts,
        scan_form=scan or ScanForm(formdata=None),
        annul_form=annul or AnnulForm(formdata=None),
    )


@desk.page(PAPER + "/scan", permission=Permission.SECRETARIAT, methods=("POST",))
def attach(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """Keep the scan of the signed original."""
    office_frame.enter(call, _label())
    key, form = (kind, of, edition), ScanForm()
    given = sent(form.scan)
    try:
        signatures.attach_scan(
            viewer(),
            call=call,
            key=key,
            name=given.name if given else "",
            data=given.data if given else b"",
            happened_on=_day(request.form.get("happened_on", "")),
        )
    except (Conflict, Invalid) as problem:
        take_faults(form, problem)
        return _paper(call, key, acts=True, scan=form), problem.status
    flash(_("已登记扫描件。"), "good")
    return redirect(url_for("signatures.paper", call=call, kind=kind, of=of, edition=edition), 303)


@desk.page(PAPER + "/annul", permission=Permission.SECRETARIAT, methods=("POST",))
def annul(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """Begin a paper anew."""
    office_frame.enter(call, _label())
    key, form = (kind, of, edition), AnnulForm()
    try:
        signatures.annul(viewer(), call=call, key=key, reason=form.reason.data or "")
    except (Conflict, Invalid) as problem:
        take_faults(form, problem)
        return _paper(call, key, acts=True, annul=form), problem.status
    flash(_("已作废原登记，请重新打印签字。"), "good")
    return redirect(url_for("signatures.paper", call=call, kind=kind, of=of, edition=edition), 303)


@desk.page(PAPER + "/scan", permission=Permission.OFFICE)
def scan(call: str, kind: str, of: str, edition: int) -> Response:
    """The newest scan in a tab of its own."""
    _name, data, media_type = signature_views.scan(viewer(), call=call, key=(kind, of, edition))
    return show(media_type, data)


@desk.page("/<call>/signatures/waive/<gate>", permission=Permission.SECRETARIAT, methods=FORM)
def waive(call: str, gate: str) -> ResponseReturnValue:
    """缺件而继续: let a step go on without the originals that are missing now."""
    office_frame.enter(call, _label())
    problem: PortalError | None = None
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            count = signatures.go_on(viewer(), call=call, gate=gate, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已登记：缺%(n)s份签字件而继续。", n=count), "good")
            return redirect(url_for("signatures.listing", call=call), 303)
    page = _waive_page(call, gate, reason, problem)
    return render_template("act.html", **page), problem.status if problem else 200


def _waive_page(call: str, gate: str, reason: str, problem: PortalError | None) -> dict[str, Any]:
    if gate not in GATE_WORDS:
        raise NotFound()
    lacking = signature_views.missing(viewer(), call=call, gate=gate)  # type: ignore[arg-type]
    back = url_for("signatures.listing", call=call)
    told = problem.fields.get("reason") if isinstance(problem, Invalid) else None
    return {
        "title": _("缺签字件而继续"),
        "lead": f"{calls.view(viewer(), call=call).title}　{say(GATE_WORDS[gate])}",
        "consequences": [
            _("这一步不再等待下列签字件；以后新缺的仍须收回或另写理由。"),
            _("理由、姓名和时间记入操作记录，随归档一并保存。"),
        ],
        "what_title": _("尚缺的签字件"),
        "facts": [
            (str(place), paper.name.replace("_", "　")) for place, paper in enumerate(lacking, start=1)
        ],
        "problems": [] if lacking else [(back, _("没有缺少的签字件，可以直接办理。"))],
        "reason": {"label": _("理由"), "value": reason, "err": say(told) if told else ""},
        "action": url_for("signatures.waive", call=call, gate=gate),
        "act_text": _("登记理由并继续"),
        "back_href": back,
    }
