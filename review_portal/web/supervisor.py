"""The supervisor's desk: what waits, how far rounds are, who sits where, the trail and its verification."""

from __future__ import annotations

import csv
import io

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain import canonical
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import (
    calls,
    case_views,
    meeting_views,
    objection_views,
    overviews,
    rounds,
    supervision,
    verifications,
)
from review_portal.web import (
    chair_case_pages,
    chair_overview,
    draw_tasks,
    overview_choice,
    supervisor_nav,
    trail_pages,
)
from review_portal.web.access import Desk, viewer
from review_portal.web.approval_words import ACTS
from review_portal.web.forms import say
from review_portal.web.secretariat_words import CALL_STATES, DOSSIER_STATES

desk = Desk("supervisor", __name__, url_prefix="/supervisor")

ROUND_STATES = {
    "draft": ("none", mark("尚未开启")),
    "scoring": ("part", mark("评分中")),
    "sealed": ("sealed", mark("已封存（启封前不可见）")),
    "reconciling": ("part", mark("复议中")),
    "finished": ("done", mark("已结束")),
    "void": ("bad", mark("作废")),
}
_OPEN_SHEETS = ("assigned", "draft", "returned")


def _frame(call: str, current: str) -> None:
    supervisor_nav.enter(call, current)


@desk.page("/", permission=Permission.SUPERVISOR)
def index() -> ResponseReturnValue:
    """The newest call that one supervises."""
    mine = calls.list_for_switcher(viewer())
    if not mine:
        return redirect(url_for("home.index"), 303)
    return redirect(url_for("supervisor.home", call=mine[0].public_id), 303)


@desk.page("/<call>/", permission=Permission.SUPERVISOR)
def home(call: str) -> ResponseReturnValue:
    """Where the call stands, and what the last verification of the trail found."""
    watch = supervision.watch(viewer(), call=call)
    _frame(call, _("监督概况"))
    return render_template(
        "supervisor/home.html",
        watch=watch,
        draws=draw_tasks.lines(row.public_id for row in watch.rounds if row.state in ("draft", "scoring")),
        meeting=meeting_views.due(viewer(), call=call),
        objections=objection_views.waiting(viewer(), call=call),
        acts={action: act.name() for action, act in ACTS.items()},
        call_state=CALL_STATES[watch.state],
        round_states=ROUND_STATES,
        dossier_counts=[
            (say(DOSSIER_STATES[key][1]), count) for key, count in sorted(watch.dossiers.items())
        ],
        open_sheets=_OPEN_SHEETS,
    )


@desk.page("/<call>/verify", permission=Permission.SUPERVISOR, methods=("POST",))
def verify(call: str) -> ResponseReturnValue:
    """Recompute the whole trail now; the result stands on the desk and in the trail."""
    verifications.verify_chain(viewer(), call=call)
    return redirect(url_for("supervisor.home", call=call, _anchor="chain"), 303)


@desk.page("/<call>/panel", permission=Permission.SUPERVISOR)
def panel(call: str) -> ResponseReturnValue:
    """Each round's experts, their presence, the election of the chair."""
    found = supervision.panels(viewer(), call=call)
    _frame(call, _("专家组与组长推举"))
    return render_template("supervisor/panel.html", panels=found, round_states=ROUND_STATES)


@desk.page("/<call>/scores/<round_>", permission=Permission.SUPERVISOR)
def scores(call: str, round_: str) -> ResponseReturnValue:
    """An unsealed round's scores by code and its cases, to be read only."""
    found = rounds.view(viewer(), round_=round_)
    if found.call != call or not supervision.may_watch(viewer(), call=call):
        abort(404)
    data = overviews.overview(viewer(), round_=round_)
    ledger = case_views.ledger(viewer(), round_=round_)
    page = chair_overview.overview_page(found, data, ledger.cases, overview_choice.asked_for())
    page["heat"] = chair_overview.without_links(page["heat"])  # an item's sheet is the chair's page
    _frame(call, _("监督概况"))
    page |= {**chair_case_pages.ledger_parts(ledger), "here": found.public_id}
    page["waiting"] = chair_overview.unasked(data) if found.state == "reconciling" else []
    return render_template("supervisor/scores.html", **page)


@desk.page("/<call>/trail", permission=Permission.SUPERVISOR)
def trail(call: str) -> ResponseReturnValue:
    """The call's trail, newest first, by pages."""
    before = request.args.get("before", "")
    if before and not (before.isdecimal() and len(before) < 10):
        abort(404)
    part = supervision.trail(viewer(), call=call, before=int(before) if before else None)
    _frame(call, _("监督记录"))
    lines = [trail_pages.line(entry) for entry in part.entries]
    return render_template("supervisor/trail.html", call=call, part=part, lines=lines)


COLUMNS = (
    "sequence",
    "at",
    "actor_name",
    "action",
    "object_kind",
    "object_id",
    "detail",
    "previous",
    "digest",
)


@desk.page("/<call>/trail.jsonl", permission=Permission.SUPERVISOR)
def trail_lines(call: str) -> ResponseReturnValue:
    """One line an entry: the canonical body and its SHA-256; without `digest` each line gives it again."""
    rows = supervision.export_trail(viewer(), call=call)
    data = b"".join(canonical.dumps({**body, "digest": digest}) + b"\n" for body, digest in rows)
    return _download(data, f"trail-{call}.jsonl", "application/x-ndjson")


@desk.page("/<call>/trail.csv", permission=Permission.SUPERVISOR)
def trail_table(call: str) -> ResponseReturnValue:
    """The same as a table for a spreadsheet."""
    rows = supervision.export_trail(viewer(), call=call)
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow([*COLUMNS, _("事项"), _("对象"), _("说明")])
    told = supervision.told_trail(viewer(), call=call)
    for (body, digest), entry in zip(rows, told, strict=True):
        whole = {**body, "detail": canonical.dumps(body["detail"]).decode(), "digest": digest}
        words = trail_pages.line(entry)
        said = (words["act"], words["object"], trail_pages.plain(words))
        table.writerow([_cell(value) for value in (*(whole.get(name, "") for name in COLUMNS), *said)])
    return _download(text.getvalue().encode("utf-8-sig"), f"trail-{call}.csv", "text/csv")


def _cell(value: object) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _download(data: bytes, name: str, media_type: str) -> ResponseReturnValue:
    response = make_response(data)
    response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
