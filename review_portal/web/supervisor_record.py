"""监督记录表: nodes noted on the supervisor's desk; the forms made of them are for offices and chair too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from review_portal.clock import OFFICE_ZONE, now
from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import Message
from review_portal.domain.policy import Permission
from review_portal.services import supervision_notes, supervision_record
from review_portal.services.supervision_notes import Entry
from review_portal.services.supervision_record import Node, Note, Record
from review_portal.web import secretariat_nav, supervisor_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.filters import office_time
from review_portal.web.forms import say, take_faults
from review_portal.web.frame import set_desk
from review_portal.web.secretariat_forms import OfficeTimeField

desk = Desk("supervisor_record", __name__, url_prefix="/supervisor")
forms = Desk("supervision_forms", __name__, url_prefix="/supervision")
NORMAL, REMARK = "normal", "remark"


class NoteForm(FlaskForm):
    """A node; title, time and round are asked only where the supervisor has added it."""

    round_ = SelectField(_l("轮次"), default="")
    title = StringField(_l("节点名称"), description=_l("例如：评审前宣读纪律；不写专家姓名和评分"))
    happened_at = OfficeTimeField(_l("时间（北京时间）"))
    place = StringField(_l("地点"), description=_l("在系统上办理、没有会场的可以不填"))
    verdict = RadioField(
        _l("监督情况"),
        choices=[SelectChoice(NORMAL, _l("正常")), SelectChoice(REMARK, _l("有情况"))],
        default=NORMAL,
    )
    remark = TextAreaField(_l("情况说明"), description=_l("有情况的必填，5至500个字"))
    reason = TextAreaField(_l("更正的理由"), description=_l("至少5个字；以前的记录保留"))
    seen = HiddenField(default="0")

    @property
    def entry(self) -> Entry:
        """As the service takes it."""
        own: dict[str, Any] = {}
        if "title" in self:
            own = {"title": self.title.data or "", "happened_at": self.happened_at.at}
        return Entry(
            self.verdict.data or "", remark=self.remark.data or "", place=self.place.data or "", **own
        )


def name_of(node: Node) -> str:
    """The node's name in the reader's language, or as its supervisor wrote it."""
    return say(node.name) if isinstance(node.name, Message) else node.name


def _enter(call: str) -> Record:
    found = supervision_record.record(viewer(), call=call)
    supervisor_nav.enter(call, _("监督记录表"))
    return found


@desk.page("/<call>/record", permission=Permission.SUPERVISOR)
def show(call: str) -> ResponseReturnValue:
    """Every node with what each supervisor noted, and the forms made so far."""
    return _show(_enter(call))


def _show(found: Record, problem: PortalError | None = None) -> ResponseReturnValue:
    waiting = sum(node.mine is None for node in found.nodes)
    page = render_template(
        "supervisor/record.html",
        found=found,
        waiting=waiting,
        noted=any(node.versions for node in found.nodes),
        name_of=name_of,
        problem=say(problem.message) if problem else "",
        errors={name: say(fault) for name, fault in problem.fields.items()} if problem else {},
        typed=request.form,
        chosen=set(request.form.getlist("nodes")),
    )
    return page, problem.status if problem else 200


@desk.page("/<call>/record/normal", permission=Permission.SUPERVISOR, methods=("POST",))
def normal(call: str) -> ResponseReturnValue:
    """Several nodes at once, as normal."""
    found = _enter(call)
    chosen, place = request.form.getlist("nodes")[:500], request.form.get("place", "")
    try:
        count = supervision_notes.note_normal(viewer(), call=call, nodes=chosen, place=place)
    except (Conflict, Invalid) as problem:
        return _show(found, problem)
    flash(_("已把%(n)s个节点记为正常。", n=count), "good")
    return redirect(url_for("supervisor_record.show", call=call), 303)


@desk.page("/<call>/record/nodes/<node>", permission=Permission.SUPERVISOR, methods=("GET", "POST"))
def note(call: str, node: str) -> ResponseReturnValue:
    """One node: its versions, and the own note or its correction."""
    found = _enter(call)
    line = next((item for item in found.nodes if item.key == node), None)
    if line is None:
        abort(404)
    form, status, theirs = _form_of(line), 200, None
    if form.validate_on_submit():
        try:
            _keep(call, line, form)
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status, theirs = problem.status, getattr(problem, "theirs", None)
        else:
            flash(_("已记录。"), "good")
            return redirect(url_for("supervisor_record.show", call=call, _anchor=node), 303)
    status = 422 if form.errors and status == 200 else status
    if isinstance(theirs, Note):
        form.seen.data = str(theirs.ordinal)  # both texts are shown: the next press is a correction
    return _page(found, form, status, line)


def _form_of(line: Node) -> NoteForm:
    """The own newest note to start from; what is not this supervisor's to say is not asked."""
    mine = line.mine
    known = {"place": line.offer, "seen": str(mine.ordinal if mine else 0)}
    if mine:
        known |= {"verdict": mine.verdict, "remark": mine.remark}
    adds = line.entry is None and line.versions[0].mine
    at = line.at.astimezone(OFFICE_ZONE).replace(tzinfo=None)
    form = NoteForm(data={**known, "title": name_of(line), "happened_at": at} if adds else known)
    del form.round_
    if not adds:
        del form.title, form.happened_at
    if mine is None:
        del form.reason
    return form


def _keep(call: str, line: Node, form: NoteForm) -> None:
    seen = form.seen.data or ""
    supervision_notes.note(
        viewer(),
        call=call,
        node=line.key,
        entry=form.entry,
        reason=(form.reason.data or "") if "reason" in form else "",
        seen=int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
    )


def _page(found: Record, form: NoteForm, status: int, line: Node | None = None) -> ResponseReturnValue:
    return render_template("supervisor/node.html", found=found, form=form, node=line, name_of=name_of), status


@desk.page("/<call>/record/new", permission=Permission.SUPERVISOR, methods=("GET", "POST"))
def add(call: str) -> ResponseReturnValue:
    """A node of one's own."""
    found, status = _enter(call), 200
    at = now().astimezone(OFFICE_ZONE).replace(tzinfo=None, second=0, microsecond=0)
    form = NoteForm(data={"happened_at": at})
    form.round_.choices = {"": _("批次事项"), **dict(found.rounds)}
    del form.reason
    if form.validate_on_submit():
        try:
            supervision_notes.add_node(viewer(), call=call, round_=form.round_.data, entry=form.entry)
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(_("节点已添加。"), "good")
            return redirect(url_for("supervisor_record.show", call=call), 303)
    return _page(found, form, 422 if form.errors and status == 200 else status)


@desk.page("/<call>/record/forms", permission=Permission.SUPERVISOR, methods=("POST",))
def make(call: str) -> ResponseReturnValue:
    """The form of what stands now, for signature."""
    found = _enter(call)
    try:
        made = supervision_notes.make_form(viewer(), call=call)
    except Conflict as problem:
        return _show(found, problem)
    return redirect(url_for("supervision_forms.sheet", form=made), 303)


@forms.page("/<call>/", permission=Permission.SIGNED_IN)
def listing(call: str) -> ResponseReturnValue:
    """The forms of a call, for its offices and its chair: to read and to print."""
    found = supervision_record.list_forms(viewer(), call=call)
    here = (_("监督记录表"), url_for("supervision_forms.listing", call=call))
    if found.side == "supervisor":
        supervisor_nav.enter(call, here[0])
    elif found.side == "secretariat":
        secretariat_nav.enter(call, here[0])
    else:
        desk_ = (_("组长工作台"), url_for("chair.index"))
        set_desk(_("组长"), [desk_, here], current=here[0], call=call, label=_("组长"))
    return render_template("supervisor/forms.html", found=found)


@forms.page("/forms/<form>", permission=Permission.SIGNED_IN)
def sheet(form: str) -> ResponseReturnValue:
    """One form, as it is printed and signed."""
    found, line = supervision_record.get_form(viewer(), form=form)
    back = "supervisor_record.show" if found.side == "supervisor" else "supervision_forms.listing"
    return render_template(
        "supervisor/form.html",
        form=line,
        body=line.body,
        when=lambda text: office_time(datetime.fromisoformat(text)) if text else "—",
        back_href=url_for(back, call=found.call),
        code=line.digest,
        printed_at="",
    )


@forms.page("/forms/<form>/docx", permission=Permission.SIGNED_IN)
def download(form: str) -> ResponseReturnValue:
    """The same in Word."""
    return send(*supervision_record.paper(viewer(), form=form))
