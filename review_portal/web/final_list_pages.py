"""What the pages of 名单公布 are given: service data in the shapes of the components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message
from review_portal.services import final_list_facts
from review_portal.services.final_list_facts import LONG, OPTIONAL
from review_portal.services.final_list_views import NoticeRow, Overview, PaperView
from review_portal.services.result_letter_facts import WAYS
from review_portal.services.result_letter_views import LetterRow, Letters, Sending
from review_portal.web.filters import office_date, office_time
from review_portal.web.final_list_words import ALL_CAUSES, ERRORS, JOBS, MAIL, OUTCOMES
from review_portal.web.forms import say
from review_portal.web.secretariat_words import word

_PLACES = {
    "notice_page": "notice.page",
    "period": "publicity_clock.clock",
    "reexamination": "reexaminations.listing",
    "change": "list_changes.change",
    "objections": "objections.listing",
}


def page(view: Overview, letters: Letters, call: str, *, acts: bool) -> dict[str, Any]:
    """The whole of 名单公布; `acts`: the reader is of the office that does it."""
    waiting = view.waiting or {}
    ready = acts and bool(view.draft) and not view.gates and not view.missing
    return {
        "view": view,
        "call": call,
        "none": say(view.none) if view.none else "",
        "acts": acts,
        "gates": [(say(gate.said), _href(gate.key, call)) for gate in view.gates if view.may_draft],
        "settle_href": url_for("final_list.settle", call=call)
        if ready and "settle_list" not in waiting
        else "",
        "waiting": [
            (_WAITING[action](), url_for("approvals.decide", approval=one) if acts else "")
            for action, one in waiting.items()
        ],
        "vacant": [
            {
                "number": one.number,
                "unit": one.unit,
                "cause": say(ALL_CAUSES[one.cause]),
                "filled": next((n.unit for n in view.newcomers if n.dossier == one.filled_by), "")
                or next(
                    (unit for number, unit, _by, new in view.units if new and number not in view.entered), ""
                )
                if one.filled_by
                else "",
            }
            for one in view.vacant
        ],
        "may_fill": acts and view.fills and any(not one.filled_by for one in view.vacant),
        "changes": [_change(row, call) for row in view.changes],
        "notices": [_notice(row, call, view.state) for row in view.notices],
        "letters": letters,
        "blocked": say(letters.blocked) if letters.blocked else "",
        "rows": [letter_row(row) for row in letters.rows],
        "jobs": [job_line(job) for job in letters.jobs],
    }


_WAITING = {
    "settle_list": lambda: _("已提请确定并公布名单，等待复核人核对"),
    "change_list": lambda: _("名单变更已提交，等待复核人核对"),
    "fill_place": lambda: _("递补已提交，等待复核人核对"),
}


def _href(key: str, call: str) -> str:
    endpoint = _PLACES.get(key)
    return url_for(endpoint, call=call) if endpoint else ""


def _change(row: Any, call: str) -> dict[str, Any]:
    return {
        "row": row,
        "cause": say(ALL_CAUSES[row.cause]),
        "day": office_date(row.held_on),
        "at": office_time(row.recorded_at),
        "scan_href": url_for("list_changes.scan", call=call, file=row.scan_file),
    }


def _notice(row: NoticeRow, call: str, state: str) -> dict[str, Any]:
    name = _("拟递补单位公示") if row.kind == "newcomer" else _("变更后名单公示")
    if row.later:
        name = _("拟增列单位公示")
    kind, words = "warn", _("待起草")
    if row.last_day and row.first_day:
        kind = "done"
        first, last = office_date(row.first_day), office_date(row.last_day)
        words = _("公示期%(first)s至%(last)s", first=first, last=last)
    elif row.released:
        kind, words = "part", _("已发布，待登记刊登日期")
    elif row.waiting:
        kind, words = "part", _("等待复核人确认")
    elif row.paper:
        words = _("草稿")
    href = url_for("final_list.paper", call=call, paper=row.paper) if row.paper else ""
    appear = ""
    if row.released and state == "publicity":
        appear = url_for("list_changes.appearance", call=call, paper=row.paper)
    public = ""
    if row.public and state == "publicity":
        public = url_for("public.change", call=call, paper=row.paper)
    return {
        "row": row,
        "name": name,
        "kind": kind,
        "words": words,
        "href": href,
        "appear_href": appear,
        "public_href": public,
    }


def letter_row(row: LetterRow) -> dict[str, Any]:
    """One applicant's letter: outcome, mail, delivery, in words."""
    kind, outcome = word(OUTCOMES[row.outcome])
    mail_kind, mail = word(MAIL[row.kind])
    if row.kind and row.told != row.outcome:
        mail_kind, mail = "warn", _("已告知以前的结果，须再发送")
    error = say(ERRORS[row.error]) if row.error in ERRORS else ""
    if row.reply is not None:
        error += _("（服务器答复代码%(code)s）", code=row.reply)
    delivered = row.delivery
    return {
        "row": row,
        "kind": kind,
        "outcome": outcome,
        "mail_kind": mail_kind,
        "mail": mail,
        "at": office_time(row.at) if row.at else "",
        "error": error,
        "delivery": _("%(way)s　%(day)s", way=say(WAYS[delivered.way]), day=office_date(delivered.on))
        if delivered
        else "",
        "receiver": delivered.receiver if delivered else "",
    }


def job_line(job: Sending) -> dict[str, Any]:
    """One sending: how far, since when."""
    kind, words = word(JOBS[job.state])
    return {
        "id": job.public_id,
        "kind": kind,
        "state": words,
        "done": job.done,
        "total": job.total,
        "message": say(Message(job.message)),
        "at": office_time(job.queued_at),
        "by": job.queued_by,
        "open": job.state in ("queued", "running"),
        "idle": job.idle,
    }


def paper_page(
    view: PaperView,
    call: str,
    *,
    acts: bool,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, Message] | None = None,
) -> dict[str, Any]:
    """The editor; after a refusal with what was typed and a sentence at each field."""
    given = {**view.facts, **(typed or {})}
    wrong = {name: say(message) for name, message in (faults or {}).items()}
    labels = final_list_facts.fields_of(view.kind)
    editable = acts and not view.released
    release = ""
    if editable and view.kind != "list" and not view.missing and not view.waiting:
        release = url_for("final_list.release", call=call, paper=view.public_id)
    return {
        "view": view,
        "call": call,
        "version": view.version,
        "title": _title(view),
        "editable": editable,
        "fields": [
            {
                "name": name,
                "label": say(label),
                "value": given.get(name, ""),
                "kind": "date" if name == "issued_on" else "textarea" if name in LONG else "text",
                "hint": _hint(name, view.kind),
                "err": wrong.get(name, ""),
                "optional": name in OPTIONAL,
            }
            for name, label in labels.items()
            if name != "change_note" or view.again
        ],
        "faults": [(f"#{name}", text) for name, text in wrong.items()],
        "anchors": {str(label): name for name, label in labels.items()},
        "release_href": release,
        "waiting_href": url_for("approvals.decide", approval=view.waiting) if view.waiting and acts else "",
    }


def _title(view: PaperView) -> str:
    if view.kind == "list":
        return _("公布名单的通知（第%(n)s版）", n=view.ordinal)
    if view.later:
        return _("拟增列单位公示稿")
    return _("拟递补单位公示稿") if view.kind == "newcomer" else _("名单变更公示稿")


def _hint(name: str, kind: str) -> str:
    hints = {
        "list_number": _("办公室编定的文号，例如 ×函〔2023〕×号"),
        "addressee": _("通知的主送单位，例如 各有关单位"),
        "change_note": _("照印在文件中，不写个人信息和异议人"),
        "publicity_result": _("例如 公示期内未收到异议；有异议的写明已办结"),
        "follow_up": _("对入选单位的后续要求，照印在通知末段"),
        "remedy": _("印在结果告知书中：向谁、以什么方式、在什么期限内提出"),
        "steps": _("各程序以顿号分开"),
    }
    if name == "issued_on" and kind != "list":
        return _("拟刊登的日期；公示期从登记的刊登日期起算")
    return hints.get(name, "")
