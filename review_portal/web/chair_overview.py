"""What the chair's overview is given: a page of the heat map, sorted and filtered by the address. No rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import mark
from review_portal.services.case_rows import CaseRow
from review_portal.services.overviews import Overview, OverviewRow
from review_portal.services.points import Said
from review_portal.services.rounds import RoundView
from review_portal.web.chair_flags import expert_row, flag_rows
from review_portal.web.filters import office_time, points
from review_portal.web.forms import say
from review_portal.web.overview_choice import Choice, part_of, ways

WIDE = 15  # more experts than that stand in their cells, not over columns
ABSENT_WORDS = {"recused": mark("回避"), "missed": mark("—"), "void": mark("作废"), "apart": mark("回避待定")}


def overview_page(
    round_: RoundView,
    data: Overview,
    cases: Sequence[CaseRow],
    choice: Choice,
    said: Mapping[str, Sequence[Said]] | None = None,
    own: str = "",
) -> dict[str, Any]:
    """The heat map and what needs an explanation; no rank, no cut.

    `said`: opinions by dossier; `own`: the reader's code, where the reader has scored.
    """
    part = part_of(data, cases, choice)
    listed = bool(data.withdrawn) and part.page == part.last_page and not choice.filtered
    codes = data.codes if len(data.codes) <= WIDE else ()
    most = max((len(row.totals) for row in part.rows), default=0)
    columns = [_("%(code)s（本人）", code=code) if code == own else code for code in codes]
    columns = columns or [_("第%(n)s份", n=n) for n in range(1, most + 1)]
    gone = [_withdrawn_row(number, unit, len(columns)) for number, unit in data.withdrawn] if listed else []
    values = [total for row in part.rows for total in row.totals.values()]
    flagged = {(row.number, flag.code) for row in part.rows for flag in row.flags if flag.code}
    return {
        "round": {
            "title": round_.name,
            "opened": _(
                "%(closed)s封存　%(opened)s启封",
                closed=office_time(round_.closed_at),
                opened=office_time(round_.unsealed_at),
            ),
        },
        "facts": _overview_facts(round_, data, cases),
        "rule_words": _rule_words(round_),
        "cases": flag_rows(round_, data, cases, part),
        "habits": [expert_row(round_, flag) for flag in data.experts],
        "unsaid": [say(reason) for reason in data.unsaid],
        "experts": columns,
        "heat": [*(_heat_row(round_, row, codes, most, flagged) for row in part.rows), *gone],
        "told": round_.state == "finished",
        "strip": _strip(part.rows, values, flagged) if values else None,
        "off_note": _("已撤回的材料评分留存，不参与计算。") if gone else "",
        "opinions": _opinions(round_, part.rows, said or {}),
        "part": part,
        **ways(part, choice),
    }


def _rule_words(round_: RoundView) -> str:
    triggers = round_.rules.triggers
    said = [
        _("偏离均值超过%(percent)s%%", percent=triggers.deviation_percent),
        _("极差超过%(points)s分", points=triggers.range_points),
    ]
    if triggers.severity_points is not None:
        said.append(_("专家总体偏宽或偏严%(points)s分以上", points=triggers.severity_points))
    if triggers.noise_times is not None:
        said.append(_("专家评分起伏为平常的%(times)s倍以上", times=triggers.noise_times))
    if triggers.low_levels:
        said.append(_("评分理由与得分矛盾"))
    return _("%(triggers)s（通知未规定，按评审工作方案执行）", triggers=_("、").join(said))


def _heat_row(
    round_: RoundView, row: OverviewRow, codes: Sequence[str], most: int, flagged: set[tuple[str, str]]
) -> dict[str, Any]:
    """Cells under the codes, or one after the other with their codes where there are too many of these."""
    href = url_for("chair.sheets", round_=round_.public_id, dossier=row.dossier)
    listed = codes or sorted(row.totals)
    cells = [_cell(row, code, (row.number, code) in flagged, href) for code in listed]
    if not codes:
        cells = [{**cell, "name": code} for cell, code in zip(cells, listed, strict=True)]
        cells += [{"value": None, "word": " "}] * (most - len(cells))
    return {
        "label": f"{row.number} {row.unit}",
        "href": href,
        "cells": cells,
        "mean": row.mean,
        "range": row.spread,
        "kind": "warn",
        "hint": _("须说明%(n)s处", n=len(row.flags)) if row.flags else None,
        "off": False,
    }


def without_links(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The heat map for whoever has no way to the sheets."""
    return [{**row, "href": "", "cells": [{**cell, "href": ""} for cell in row["cells"]]} for row in rows]


def unasked(data: Overview) -> list[tuple[str, str]]:
    """What nobody was asked about, as (dossier, reason); an expert as a whole stands beside no number."""
    return [(f"{row.number} {row.unit}".strip(), say(flag.reason)) for row, flag in data.unasked()]


def _withdrawn_row(number: str, unit: str, experts: int) -> dict[str, Any]:
    """A dossier that has left stays in sight, outside of all computation."""
    return {
        "label": f"{number} {unit}",
        "href": None,
        "cells": [{"value": None, "word": "—"}] * experts,
        "mean": None,
        "range": None,
        "kind": "out",
        "hint": _("已撤回"),
        "off": True,
    }


def absent_word(row: OverviewRow, code: str) -> str:
    """What stands where there are no points: 「—」 for whatever reason, as long as reasons are not told."""
    return say(ABSENT_WORDS.get(row.absent.get(code, ""), mark("—")))


def _cell(row: OverviewRow, code: str, flag: bool, href: str) -> dict[str, Any]:
    total = row.totals.get(code)
    if total is None:
        return {"value": None, "word": absent_word(row, code)}
    delta = total - (row.mean or total)
    return {"value": total, "word": "", "delta": delta, "flag": flag, "href": f"{href}#{code}"}


def _opinions(
    round_: RoundView, rows: Sequence[OverviewRow], said: Mapping[str, Sequence[Said]]
) -> list[dict[str, Any]]:
    return [
        {
            "title": f"{row.number} {row.unit}",
            "href": url_for("chair.sheets", round_=round_.public_id, dossier=row.dossier) + "#comments",
            "lines": said[row.dossier],
            "comments": _("%(n)s条", n=count) if count else "",
        }
        for row in rows
        if said.get(row.dossier)
        for count in [sum(one.comments for one in said[row.dossier])]
    ]


def _overview_facts(round_: RoundView, data: Overview, cases: Sequence[CaseRow]) -> list[dict[str, Any]]:
    sheets = sum(len(row.totals) for row in data.rows)
    recused = sum(state == "recused" for row in data.rows for state in row.absent.values())
    empty = len(data.rows) * len(data.codes) - sheets
    flags = sum(bool(row.flags) for row in data.rows)
    waiting = sum(case.pending for case in cases)
    everybody_reads = len(data.codes) <= WIDE  # else most cells were never meant to be filled
    told = {"label": _("回避"), "value": recused}
    if round_.state != "finished":
        told = {"label": _("没有评分"), "value": empty}
    return [
        {"label": _("材料"), "value": len(data.rows)},
        {"label": _("有效评分"), "value": sheets},
        *([told] if everybody_reads or round_.state == "finished" else []),
        {"label": _("须说明的材料"), "value": flags},
        {"label": _("须说明的专家"), "value": len({flag.code for flag in data.experts})},
        {"label": _("等待答复的复议"), "value": waiting},
    ]


def _strip(
    rows: Sequence[OverviewRow], values: Sequence[Decimal], flagged: set[tuple[str, str]]
) -> dict[str, Any]:
    low, high = int(min(values)) // 5 * 5 - 5, int(max(values)) // 5 * 5 + 5
    return {
        "label": _("各材料的专家总分"),
        "low": low,
        "high": high,
        "rows": [
            {
                "label": f"{row.number} {row.unit}",
                "points": [
                    {"value": total, "name": code, "flag": (row.number, code) in flagged}
                    for code, total in sorted(row.totals.items())
                ],
                "mean": row.mean,
                "right": points(row.spread, 1),
                "key": bool(row.flags),
            }
            for row in rows
        ],
    }
