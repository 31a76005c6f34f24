"""What the pages of offline scoring are given: a workbook's faults, and differences in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.errors import PortalError
from review_portal.services.offline_changes import (
    ABSENT,
    CHANGE,
    CLASH,
    CLOSED,
    KEPT,
    Change,
    Difference,
    Preview,
)
from review_portal.services.offline_sheets import FILE, PORTAL, Start
from review_portal.web.expert_pages import STATES
from review_portal.web.forms import say

_CHOICE = "choice."


def choices(form: Mapping[str, str]) -> dict[str, str]:
    """What was chosen, by review."""
    return {name.removeprefix(_CHOICE): form[name] for name in form if name.startswith(_CHOICE)}


def start(found: Start, problem: PortalError | None) -> dict[str, Any]:
    """The first page; a refused workbook with every place."""
    rows = []
    for sheet in found.sheets:
        kind, word = STATES[sheet.state]
        rows.append(
            {
                "number": sheet.number,
                "unit": sheet.unit,
                "kind": kind,
                "state": say(word),
                "missing": _("还缺%(n)s处", n=sheet.missing) if sheet.missing else "",
                "href": url_for("expert.sheet", review=sheet.review),
            }
        )
    return {
        "closed": say(found.closed),
        "rows": rows,
        "whole": [row["number"] for row in rows if not row["missing"]],
        "problem": say(problem.message) if problem else "",
        "lines": [(place, say(text)) for place, text in problem.fields.items()] if problem else [],
    }


def preview(shown: Preview, form: Mapping[str, str], problem: PortalError | None) -> dict[str, Any]:
    """Differences dossier by dossier, what needs a choice first."""
    chosen = choices(form)
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    return {
        "problem": say(problem.message) if problem else "",
        "errors": [
            (f"#{_CHOICE}{change.review}", f"{change.number}：{faults[change.review]}")
            for change in shown.of_kind(CLASH)
            if change.review in faults
        ],
        "clashes": [_change(each, chosen, faults) for each in shown.of_kind(CLASH)],
        "changes": [_change(each, chosen, faults) for each in shown.of_kind(CHANGE)],
        "others": [_other(each) for each in shown.changes if each.kind not in (CHANGE, CLASH)],
        "refused": len(shown.of_kind(CLOSED)),
    }


def _change(change: Change, chosen: Mapping[str, str], faults: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": change.review,
        "number": change.number,
        "unit": change.unit,
        "place": change.place if change.place != change.number else "",
        "rows": _rows(change.rows),
        "lost": sum(row.lost for row in change.rows),
        "total": change.total,
        "missing": [say(text) for text in change.missing],
        "unscored": "、".join(change.unscored),
        "field": f"{_CHOICE}{change.review}",
        "chosen": chosen.get(change.review, ""),
        "error": faults.get(change.review, ""),
        "choices": [
            (FILE, _("用文件中的"), _("系统中的改动将被覆盖")),
            (PORTAL, _("保留系统中的"), _("文件中的这一份不存入")),
        ],
    }


def _rows(rows: Sequence[Difference]) -> list[dict[str, Any]]:
    """One row an item: points and reason below one another."""
    words = {"opinion": _("总体意见"), "conclusion": _("结论")}
    labels = {"points": _("得分"), "comments": _("评分理由")}
    return [
        {
            "name": lines[0].name or words[lines[0].part],
            "lines": [
                {
                    "label": labels.get(line.part, ""),
                    "now": line.now,
                    "given": line.given,
                    "lost": line.lost,
                }
                for line in lines
            ],
        }
        for lines in (list(group) for _key, group in groupby(rows, key=lambda row: row.item or row.part))
    ]


def _other(change: Change) -> dict[str, Any]:
    words = {
        CLOSED: ("out", _("不予接收"), say(change.why)),
        KEPT: ("none", _("保留系统中的"), _("文件中的这一份下载后没有改动，系统中的更新。")),
        ABSENT: ("none", _("文件中没有"), say(change.why) or _("文件中没有这一份的工作表，不作改动。")),
    }
    kind, state, why = words.get(change.kind, ("none", _("没有差别"), ""))
    if change.kind not in (CLOSED, ABSENT) and change.whole:
        why = " ".join(filter(None, (why, _("已填写齐全，可提交。"))))
    return {"number": change.number, "unit": change.unit, "kind": kind, "state": state, "why": why}
