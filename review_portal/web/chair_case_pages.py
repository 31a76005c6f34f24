"""What the pages of 复议 are given: service data in the shapes of the components. No rule here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import CombinedMultiDict

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.services.case_rows import CaseRow
from review_portal.services.case_views import CaseForm, Ledger
from review_portal.services.discussion_views import Discussion, DiscussionForm
from review_portal.services.flags import OWN, TRIGGER_NAMES
from review_portal.services.rounds import RoundView
from review_portal.services.void_views import BREACHES, VoidRow
from review_portal.web.chair_pages import CASE_WORDS
from review_portal.web.defense_pages import field_time
from review_portal.web.filters import office_time, points
from review_portal.web.forms import say

VOID_STATES: dict[str, tuple[str, Message]] = {
    "pending": ("hold", mark("等待确认")),
    "approved": ("bad", mark("已作废")),
    "refused": ("out", mark("不同意作废")),
}


@dataclass(frozen=True, slots=True)
class TypedCase:
    """What the form of asking holds."""

    codes: list[str]
    trigger: str
    question: str
    grounds: str
    due_at: str


def typed_case(values: CombinedMultiDict[str, str], form: CaseForm) -> TypedCase:
    """What was sent, or what a first visit shows: the code that the chair comes from, the usual time."""
    codes = values.getlist("codes") or [code for code in values.getlist("code") if code]
    return TypedCase(
        codes,
        values.get("trigger", OWN),
        values.get("question", ""),
        values.get("grounds", ""),
        values.get("due_at", field_time(form.due_at)),
    )


def no_time(name: str) -> Invalid:
    """A time that is none."""
    return Invalid(mark("请按提示更正。"), {name: mark("请填写日期和时间，例如2023-02-17 16:00。")})


def case_page(
    round_: RoundView, form: CaseForm, typed: TypedCase, faults: Mapping[str, str]
) -> dict[str, Any]:
    """Asking experts; what is shown as a sheet's triggers is what will be kept."""
    row = form.row
    here = url_for("chair.case", round_=round_.public_id, dossier=row.dossier)
    return {
        "title": _("提请复议"),
        "lead": f"{row.number} {row.unit}",
        "facts": [(_("均值"), points(row.mean)), (_("极差"), points(row.spread))],
        "experts": [
            {
                "code": item.code,
                "total": item.total,
                "why": "、".join(say(TRIGGER_NAMES[kind]) for kind in item.kinds),
                "on": item.code in typed.codes,
                "pending": item.pending,
                "own": item.own,
                "barred": item.own and not item.kinds,
            }
            for item in form.experts
        ],
        "hours": form.hours,
        "typed": typed,
        "faults": faults,
        "errors": [(f"#{name}", text) for name, text in faults.items()],
        "action": here,
        "back_href": url_for("chair.overview", round_=round_.public_id),
    }


def state_of(case: CaseRow) -> tuple[str, Message]:
    """Shape and word of where a case stands."""
    return CASE_WORDS[case.answer or case.state]


def case_line(case: CaseRow, ledger: Ledger, round_: RoundView | None = None) -> dict[str, Any]:
    """One case as the ledger shows it; `round_` only where the chair may act on it."""
    kind, word = state_of(case)
    overdue = case.public_id in ledger.overdue
    return {
        "row": case,
        "kind": "bad" if overdue else kind,
        "state": _("已过答复期限") if overdue else say(word),
        "after": case.stands if case.state in ("answered", "lapsed") else None,
        "acts": _acts(case, ledger, round_, overdue=overdue) if round_ else [],
        "notes": _notes(case),
    }


def _notes(case: CaseRow) -> list[str]:
    """What was done beside question and answer, each in a line."""
    words = {
        "release": mark("%(at)s %(by)s会签同意，答复期限至%(due)s。%(reason)s"),
        "refuse": mark("%(at)s %(by)s不同意：%(reason)s"),
        "withdraw": mark("%(at)s组长撤回：%(reason)s"),
        "extend": mark("%(at)s答复期限延至%(due)s：%(reason)s"),
        "lapse": mark("%(at)s登记未在期限内答复：%(reason)s"),
    }
    return [
        say(
            Message(
                words[act.act].msgid,
                {
                    "at": office_time(act.at),
                    "by": act.by,
                    "due": office_time(act.due_at),
                    "reason": act.reason,
                },
            )
        )
        for act in case.acts
    ]


def _acts(case: CaseRow, ledger: Ledger, round_: RoundView, *, overdue: bool) -> list[tuple[str, str]]:
    if round_.state != "reconciling":
        return []
    names = {
        "extend": _("延长期限"),
        "lapse": _("登记未答复"),
        "withdraw": _("撤回"),
        "again": _("再次申请会签"),
    }
    keys: list[str] = []
    if case.state == "open":
        keys = ["lapse", "extend"] if overdue else ["extend"]
    elif case.state == "waiting":
        keys = ["withdraw"] if case.public_id in ledger.countersigns else ["again", "withdraw"]
    return [
        (url_for("chair.case_act", round_=round_.public_id, case=case.public_id, act=key), names[key])
        for key in keys
    ]


def void_line(row: VoidRow) -> dict[str, Any]:
    """A request to void a sheet, with what became of it."""
    kind, word = VOID_STATES[row.outcome]
    decided = _("%(by)s　%(at)s", by=row.decided_by, at=office_time(row.decided_at)) if row.decided_at else ""
    return {
        "row": row,
        "breach": say(BREACHES[row.breach]),
        "kind": kind,
        "state": say(word),
        "asked": _("%(by)s　%(at)s", by=row.asked_by, at=office_time(row.asked_at)),
        "decided": decided,
    }


def ledger_parts(ledger: Ledger, round_: RoundView | None = None) -> dict[str, Any]:
    """The ledger in its tables, for every desk that reads it."""
    return {
        "within": [case_line(case, ledger, round_) for case in ledger.within],
        "outside": [case_line(case, ledger, round_) for case in ledger.outside],
        "discussions": ledger.discussions,
        "voids": [void_line(row) for row in ledger.voids],
        "set_aside": ledger.set_aside,
    }


def ledger_page(round_: RoundView, ledger: Ledger, effects: Sequence[Message], show: str) -> dict[str, Any]:
    """The chair's ledger. `show`: "pending" keeps what still waits for somebody."""
    waiting = sum(case.pending for case in ledger.cases)
    chosen = ledger
    if show == "pending":
        cases = tuple(case for case in ledger.cases if case.pending)
        chosen = Ledger(
            cases, ledger.countersigns, ledger.overdue, ledger.discussions, ledger.voids, ledger.set_aside
        )
    here = url_for("chair.cases", round_=round_.public_id)
    revised = sum(case.answer == "revise" for case in ledger.cases)
    dossiers = {case.dossier: f"{case.number} {case.unit}" for case in ledger.cases}
    told = {item.dossier for item in ledger.discussions}
    return {
        **ledger_parts(chosen, round_),
        "round": round_,
        "count": len(ledger.cases),
        "facts": [
            {"label": _("复议"), "value": len(ledger.cases)},
            {"label": _("等待办理"), "value": waiting},
            {"label": _("修改评分"), "value": revised},
            {"label": _("规则外提请"), "value": len(ledger.outside)},
        ],
        "filters": [
            {"text": _("全部"), "href": here, "on": show != "pending"},
            {"text": _("等待办理"), "href": f"{here}?show=pending", "on": show == "pending"},
        ],
        "effects": [say(item) for item in effects],
        "to_discuss": [
            (url_for("chair.discussion", round_=round_.public_id, dossier=key), text, key in told)
            for key, text in dossiers.items()
        ],
        "may_record": round_.state in ("reconciling", "finished"),
    }


def typed_discussion(request: Request, form: DiscussionForm) -> dict[str, Any]:
    """What was sent, or the newest version to start from."""
    if request.method == "POST":
        known = request.form.get("known", "")
        return {
            "present": request.form.getlist("present"),
            **{name: request.form.get(name, "") for name in ("others", "substance", "outcome", "reason")},
            "known": int(known) if known.isascii() and known.isdigit() and len(known) < 6 else -1,
        }
    last = form.versions[-1] if form.versions else None
    return {
        "present": list(last.present) if last else [],
        "others": last.others if last else "",
        "substance": last.substance if last else "",
        "outcome": last.outcome if last else "",
        "reason": "",
        "known": len(form.versions),
    }


def discussion_page(
    round_: RoundView,
    dossier: str,
    form: DiscussionForm,
    typed: Mapping[str, Any],
    faults: Mapping[str, str],
) -> dict[str, Any]:
    """Recording what was discussed, beside the versions so far."""
    earlier: Sequence[Discussion] = form.versions
    return {
        "title": _("更正讨论记录") if earlier else _("登记讨论"),
        "lead": f"{form.number} {form.unit}",
        "members": form.members,
        "versions": list(reversed(earlier)),
        "typed": typed,
        "known": len(earlier) if not faults and typed["known"] == -1 else typed["known"],
        "faults": faults,
        "errors": [(f"#{name}", text) for name, text in faults.items()],
        "action": url_for("chair.discussion", round_=round_.public_id, dossier=dossier),
        "back_href": url_for("chair.cases", round_=round_.public_id),
    }
