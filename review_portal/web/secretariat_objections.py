"""异议登记: the register, a new entry, the steps of an officer. Who complained is shown on none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from review_portal.domain.objection_rules import ACTS, IDENTITIES, LETTERS, OUTCOMES, ROUTES, WAYS
from review_portal.domain.policy import Permission
from review_portal.services import (
    objection_acts,
    objection_conclusions,
    objection_identity,
    objection_papers,
    objection_views,
    objections,
)
from review_portal.services.objection_acts import BY_OFFICER
from review_portal.services.objection_input import Entry, Evidence
from review_portal.services.objection_views import ObjectionRow
from review_portal.web import objection_pages, office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import answer, say
from review_portal.web.objection_forms import (
    ClassifyForm,
    ConcludeForm,
    EntryForm,
    StepForm,
)
from review_portal.web.secretariat_forms import sent_all

desk = Desk("objections", __name__, url_prefix="/objections")


@desk.page("/calls/<call>", permission=Permission.OFFICE)
def listing(call: str) -> ResponseReturnValue:
    """Every entry of the call with its state and day; dossiers held, and those put off."""
    watches = office_frame.enter(call, _("异议登记"))
    found = objection_views.register(viewer(), call=call)
    return render_template(
        "objections/register.html",
        found=found,
        rows=[objection_pages.line(row) for row in found.rows],
        open_count=len(found.open),
        overdue=[row.number for row in found.open if row.overdue],
        watches=watches,
        kind_of={"approve": "done", "reject": "out"},
    )


@desk.page("/calls/<call>/new", permission=Permission.OFFICE, methods=("GET", "POST"))
def new(call: str) -> ResponseReturnValue:
    """登记异议; what came in is taken in, late or not."""
    office_frame.enter(call, _("异议登记"))
    register = objection_views.register(viewer(), call=call)
    form = _entry_form(call, register.state)
    return answer_page(
        form,
        lambda: objections.register(
            viewer(),
            call=call,
            entry=_entry(form),
            evidence=(
                *(Evidence(item.name, item.data, False) for item in sent_all(form.files)),
                *(Evidence(item.name, item.data, True) for item in sent_all(form.guarded_files)),
            ),
            request_key=(form.key.data or "")[:64],
        ),
        told=_("异议已登记。异议人的身份已单独存放，今后只有监督人员可以查看。"),
        then=lambda made: url_for("objections.one", objection=made),
        checks_all=True,
        title=_("登记异议"),
        lead=register.title,
        consequences=[
            _("按收到的先后编号，登记后不能修改；逾期收到的也登记，并标明逾期。"),
            _("规则给出办理方式的建议，由经办人员决定并写明理由。"),
            _("有异议未办结时，最终名单不能确定。"),
        ],
        act_text=_("登记"),
        back_href=url_for("objections.listing", call=call),
    )


def _entry_form(call: str, state: str) -> EntryForm:
    form = EntryForm()
    form.way.choices = [(key, say(word)) for key, word in WAYS.items()]
    form.identity.choices = [(key, say(word)) for key, word in IDENTITIES.items()]
    form.on_publicity.choices = [("yes", _("对公示名单的异议")), ("no", _("对其他事项的反映"))]
    form.dossiers.choices = objection_views.dossiers_of(viewer(), call=call)
    if request.method == "GET":
        form.on_publicity.data = "yes" if state == "publicity" else "no"
    return form


def _entry(form: EntryForm) -> Entry:
    return Entry(
        form.way.data or "",
        form.received_at.at,
        form.received_by.data or "",
        tuple(form.dossiers.data or ()),
        form.facts.data or "",
        form.identity.data or "",
        bool(form.signed.data),
        bool(form.checkable.data),
        form.on_publicity.data == "yes",
        form.name.data or "",
        form.unit.data or "",
        form.contact.data or "",
    )


def answer_page(
    form: FlaskForm,
    act: Callable[[], object],
    *,
    told: str,
    then: str | Callable[[Any], str],
    checks_all: bool = False,
    **page: Any,
) -> ResponseReturnValue:
    """One step of the register on the common page of an act."""
    return answer(
        form,
        act,
        told=told,
        then=then,
        checks_all=checks_all,
        page=lambda: render_template("secretariat/form.html", form=form, **page),
    )


def _enter(objection: str) -> tuple[ObjectionRow, bool]:
    row = objection_views.one(viewer(), objection=objection)
    return row, office_frame.enter(row.call, _("异议登记"))


@desk.page("/<objection>", permission=Permission.OFFICE)
def one(objection: str) -> ResponseReturnValue:
    """What came in, what the rule proposes, every step taken, and the next one."""
    row, watches = _enter(objection)
    return render_template(
        "objections/one.html",
        row=row,
        line=objection_pages.line(row),
        facts=objection_pages.facts(row),
        proposed=say(ROUTES[row.proposed]),
        because=say(row.because),
        steps=[objection_pages.step(item, row) for item in row.acts],
        next=objection_pages.next_acts(row, watches),
        watches=watches,
    )


@desk.page("/files/<file>", permission=Permission.OFFICE)
def evidence(file: str) -> ResponseReturnValue:
    """Evidence that names nobody."""
    name, _media_type, data = objection_identity.open_file(viewer(), file=file)
    return send(name, data)


@desk.page("/<objection>/classify", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def classify(objection: str) -> ResponseReturnValue:
    """确定办理方式: the proposal stands chosen; another choice takes its reason."""
    row, _watches = _enter(objection)
    form = ClassifyForm()
    form.route.choices = [(key, say(word)) for key, word in ROUTES.items()]
    if request.method == "GET":
        form.route.data = row.proposed
    back = url_for("objections.one", objection=objection)
    return answer_page(
        form,
        lambda: objections.classify(
            viewer(), objection=objection, route=form.route.data or "", reason=form.reason.data or ""
        ),
        told=_("办理方式已确定。"),
        then=back,
        title=_("确定办理方式：%(number)s", number=row.number),
        lead=_("规则建议：%(route)s。%(why)s", route=say(ROUTES[row.proposed]), why=say(row.because)),
        consequences=[
            _("受理：发受理通知，在规定期限内核查并作出结论。"),
            _("转监督核查：由监督人员核查并登记结果，秘书处不再办理。"),
            _("不予受理：告知理由；匿名的登记理由后即办结。"),
        ],
        act_text=_("确定"),
        back_href=back,
    )


@desk.page("/<objection>/steps/<act>", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def step(objection: str, act: str) -> ResponseReturnValue:
    """One step; where a letter goes out, its facts are asked for and none may be missing."""
    row, _watches = _enter(objection)
    if act not in BY_OFFICER:
        abort(404)
    form = _step_form(row, act)
    back = url_for("objections.one", objection=objection)
    return answer_page(
        form,
        lambda: objection_acts.take_step(
            viewer(),
            objection=objection,
            act=act,
            text=form.text.data or "",
            letter={
                name: form[name].data or ""
                for name in ("document_number", "contact_office", "contact_phone")
                if name in form
            },
            linked=(form.linked.data or "") if "linked" in form else "",
        ),
        told=_("已登记。"),
        then=back,
        title=f"{say(ACTS[act])}：{row.number}",
        lead=objection_pages.units(row),
        act_text=say(ACTS[act]),
        back_href=back,
        notes=[_("函件的抬头印登记编号，不印异议人姓名；由监督人员查看身份后封装寄送。")]
        if act in LETTERS
        else [],
    )


def _step_form(row: ObjectionRow, act: str) -> StepForm:
    form = StepForm()
    if act != "link":
        del form.linked
    else:
        choices = objection_acts.linkable(viewer(), objection=row.public_id)
        form.linked.choices = [("", _("请选择")), *choices]
    if act not in LETTERS:
        del form.document_number, form.contact_office, form.contact_phone
    elif request.method == "GET":
        known = objection_views.letter_contacts(viewer(), call=row.call)
        form.contact_office.data, form.contact_phone.data = known["contact_office"], known["contact_phone"]
    return form


@desk.page("/<objection>/conclude", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def conclude(objection: str) -> ResponseReturnValue:
    """作出处理结论: put before a second person."""
    row, _watches = _enter(objection)
    form = ConcludeForm()
    form.outcome.choices = [(key, say(word)) for key, word in OUTCOMES.items()]
    back = url_for("objections.one", objection=objection)
    return answer_page(
        form,
        lambda: objection_conclusions.ask_conclude(
            viewer(), objection=objection, outcome=form.outcome.data or "", reason=form.reason.data or ""
        ),
        told=_("已提交，等待另一名经办人员或监督人员复核。"),
        then=back,
        title=_("作出处理结论：%(number)s", number=row.number),
        lead=objection_pages.units(row),
        consequences=[
            _("维持：名单和排名不变，答复异议人。"),
            _("调整：另行登记异议复核，由复核产生新一版排名后答复。"),
            _("取消：依据新的会议审定或新一版排名，登记后答复。"),
        ],
        act_text=_("提交复核"),
        back_href=back,
    )


@desk.page("/calls/<call>/register.docx", permission=Permission.OFFICE)
def register_paper(call: str) -> ResponseReturnValue:
    """异议登记表 of the call, without who complained."""
    return send(*objection_papers.register_sheet(viewer(), call=call))


@desk.page("/<objection>/letters/<act>", permission=Permission.OFFICE)
def letter(objection: str, act: str) -> ResponseReturnValue:
    """A letter that went out, addressed to the entry's number."""
    return send(*objection_papers.letter(viewer(), objection=objection, act=act))
