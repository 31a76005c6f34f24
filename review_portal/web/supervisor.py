"""The supervisor's desk: what waits, how far rounds are, who sits where, the trail. It changes nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain import canonical
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.domain.trail_words import action_word, object_word
from review_portal.services import calls, supervision
from review_portal.services.account_views import ROLE_LABELS
from review_portal.services.audit import Entry
from review_portal.web import supervisor_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.approval_words import ACTS
from review_portal.web.forms import say
from review_portal.web.frame import set_desk
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
_DETAIL_WORDS = {
    "reason": mark("事由"),
    "note": mark("意见"),
    "witness": mark("见证人"),
    "votes": mark("得票"),
    "voters": mark("到会"),
    "checked_by": mark("核验人"),
    "order": mark("顺序"),
    "numbers": mark("材料"),
    "number": mark("材料"),
    "dossier": mark("材料"),
    "reference": mark("文号"),
    "role": mark("角色"),
    "digest": mark("校验码"),
    "frozen": mark("校验码"),
    "commitment": mark("校验码"),
    "sealed": mark("校验码"),
}
_CODES = frozenset({"digest", "frozen", "commitment", "sealed"})


def _frame(call: str, current: str) -> None:
    set_desk(_("监督"), supervisor_nav.entries(call), current=current, call=call, label=_("监督人员"))


@desk.page("/", permission=Permission.SUPERVISOR)
def index() -> ResponseReturnValue:
    """The newest call that one supervises."""
    mine = calls.list_for_switcher(viewer())
    if not mine:
        return redirect(url_for("home.index"), 303)
    return redirect(url_for("supervisor.home", call=mine[0].public_id), 303)


@desk.page("/<call>/", permission=Permission.SUPERVISOR)
def home(call: str) -> ResponseReturnValue:
    """Where the call stands, and whether the trail is whole."""
    watch = supervision.watch(viewer(), call=call)
    chain = supervision.verify_chain(viewer(), call=call)
    _frame(call, _("监督概况"))
    return render_template(
        "supervisor/home.html",
        watch=watch,
        chain=chain,
        acts={action: act.name() for action, act in ACTS.items()},
        call_state=CALL_STATES[watch.state],
        round_states=ROUND_STATES,
        dossier_counts=[
            (say(DOSSIER_STATES[key][1]), count) for key, count in sorted(watch.dossiers.items())
        ],
        open_sheets=_OPEN_SHEETS,
    )


@desk.page("/<call>/panel", permission=Permission.SUPERVISOR)
def panel(call: str) -> ResponseReturnValue:
    """Each round's experts, their presence, the election of the chair."""
    found = supervision.panels(viewer(), call=call)
    _frame(call, _("专家组与组长推举"))
    return render_template("supervisor/panel.html", panels=found, round_states=ROUND_STATES)


@desk.page("/<call>/trail", permission=Permission.SUPERVISOR)
def trail(call: str) -> ResponseReturnValue:
    """The call's trail, newest first, by pages."""
    before = request.args.get("before", "")
    if before and not (before.isdecimal() and len(before) < 10):
        abort(404)
    part = supervision.trail(viewer(), call=call, before=int(before) if before else None)
    _frame(call, _("监督记录"))
    lines = [_line(entry) for entry in part.entries]
    return render_template("supervisor/trail.html", call=call, part=part, lines=lines)


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "actor": entry.actor,
        "act": say(action_word(entry.action)),
        "object": say(object_word(entry.object_kind)),
        "detail": "　".join(_details(entry)),
        "digest": entry.digest,
    }


def _details(entry: Entry) -> list[str]:
    """What a reader can use of an entry; everything stands in the download."""
    found = []
    for key, word in _DETAIL_WORDS.items():
        value = entry.detail.get(key)
        if value in (None, "", []):
            continue
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        text = _(ROLE_LABELS[text]) if key == "role" and text in ROLE_LABELS else text
        found.append(f"{say(word)} {text[:8] if key in _CODES else text}")
    return found


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
    table.writerow([*COLUMNS, _("事项")])
    for body, digest in rows:
        whole = {**body, "detail": canonical.dumps(body["detail"]).decode(), "digest": digest}
        word = say(action_word(str(body["action"])))
        table.writerow([*(_cell(whole[name]) for name in COLUMNS), word])
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
