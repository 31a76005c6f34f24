"""What needs an explanation, as the overview lists it: cases, flags on sheets, flags on experts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.services.case_rows import CaseRow
from review_portal.services.overviews import Flag, Overview, OverviewRow
from review_portal.services.rounds import RoundView
from review_portal.web.chair_pages import CASE_WORDS
from review_portal.web.filters import points
from review_portal.web.forms import say
from review_portal.web.overview_choice import Choice, Part


def flag_rows(
    round_: RoundView, data: Overview, cases: Sequence[CaseRow], part: Part
) -> list[dict[str, Any]]:
    """Of the page's dossiers: the cases with the triggers that they were opened under, then the flags that
    nobody was asked about. Cases on dossiers that have left stand on every page."""
    here, known = {row.number for row in part.rows}, {row.number for row in data.rows}
    return [
        *(_case_row(case) for case in cases if case.number in here or case.number not in known),
        *(_flag_row(round_, row, flag) for row in part.rows for flag in row.flags if not flag.asked),
    ]


def _case_row(case: CaseRow) -> dict[str, Any]:
    answer = f"{points(case.before)} → {points(case.after)}" if case.answer == "revise" else "—"
    shape, state = CASE_WORDS[case.answer or case.state]
    first, *others = [say(reason) for reason in case.reasons]
    return {
        "title": f"{case.number} {case.unit}",
        "expert": case.code,
        "reason": first,
        "more": "".join(others),
        "answer": answer,
        "kind": shape,
        "state": say(state),
        "act": "",
    }


def _flag_row(round_: RoundView, row: OverviewRow, flag: Flag) -> dict[str, Any]:
    code = flag.code or row.farthest()
    at: dict[str, Any] = {"round_": round_.public_id, "dossier": row.dossier}
    waits = round_.state == "reconciling"
    return {
        "title": f"{row.number} {row.unit}",
        "expert": code,
        "reason": say(flag.reason),
        "made_of": url_for("chair.sheets", **at) + (f"#{flag.code}" if flag.code else "#totals"),
        "more": "",
        "answer": "—",
        "kind": "warn" if waits else "none",
        "state": _("待处理") if waits else _("未提请复议"),
        "href": url_for("chair.case", code=code, trigger=flag.kind, **at),
        "act": _("提请复议") if waits else "",
        "main": False,
    }


def expert_row(round_: RoundView, flag: Flag) -> dict[str, Any]:
    """A flag on all that an expert has scored; the way to the dossiers it was computed from."""
    return {
        "expert": flag.code,
        "reason": say(flag.reason),
        "kind": "part" if flag.asked else "warn" if round_.state == "reconciling" else "none",
        "state": _("已提请复议") if flag.asked else _("未提请复议"),
        "href": Choice(expert=flag.code, sort="-spread").address(),
    }
