"""What one dossier's page is given: how the mean, the totals and the flags came about, sheet by sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from review_portal.services.overviews import Overview, OverviewRow
from review_portal.services.points import Said, SheetLine
from review_portal.services.rounds import RoundView
from review_portal.web.chair_overview import absent_word
from review_portal.web.filters import points
from review_portal.web.forms import say


def sheets_page(
    round_: RoundView,
    data: Overview,
    row: OverviewRow,
    lines: Sequence[SheetLine],
    said: Sequence[Said],
    own: str = "",
) -> dict[str, Any]:
    """Totals and mean, items by code (criteria as groups), then each expert's opinion and reasons."""
    codes = _columns(data, row)
    rubric = round_.rules.rubric_of(round_.stage)
    by_cell = {(line.item, line.code): line.points for line in lines}
    empty = {code: absent_word(row, code) for code in codes if code not in row.totals}
    criteria = [
        {
            "name": f"{criterion.key}　{criterion.name}",
            "items": [
                {
                    "name": f"{item.key}　{item.name}",
                    "max": item.max_score,
                    "points": [by_cell.get((item.key, code), empty.get(code)) for code in codes],
                }
                for item in criterion.items
            ],
        }
        for criterion in rubric.criteria
    ]
    return {
        "round": round_,
        "row": row,
        "codes": codes,
        "own": own,
        "totals": [row.totals.get(code, empty.get(code)) for code in codes],
        "made": _made(row),
        "criteria": criteria,
        "flags": [{"code": flag.code, "reason": say(flag.reason)} for flag in (*row.flags, *row.around)],
        "unsaid": [say(reason) for reason in data.unsaid],
        "experts": _experts(row, {item.key: item.name for item in rubric.items}, lines, said),
        "may_ask": round_.state == "reconciling",
    }


def _columns(data: Overview, row: OverviewRow) -> Sequence[str]:
    """The overview's columns, as long as they are few; else those who have a sheet here."""
    return data.codes if len(data.codes) <= 15 else tuple(sorted(row.totals))


def _made(row: OverviewRow) -> dict[str, Any] | None:
    """How the mean came about, and each total's distance from it."""
    if row.mean is None:
        return None
    mean = row.mean
    return {
        "words": _(
            "均值＝（%(sum)s）÷%(n)s＝%(mean)s，极差＝%(high)s－%(low)s＝%(range)s",
            sum="＋".join(points(total) for _code, total in sorted(row.totals.items())),
            n=len(row.totals),
            mean=points(mean),
            high=points(max(row.totals.values())),
            low=points(min(row.totals.values())),
            range=points(row.spread),
        ),
        "rows": [
            {
                "code": code,
                "total": total,
                "off": f"{total - mean:+.2f}",
                "percent": f"{100 * (total - mean) / mean:+.1f}%" if mean else "—",
            }
            for code, total in sorted(row.totals.items())
        ],
    }


def _experts(
    row: OverviewRow, names: Mapping[str, str], lines: Sequence[SheetLine], said: Sequence[Said]
) -> list[dict[str, Any]]:
    """Each sheet that counts: total, opinion, conclusion, the reasons written beside items, its flags."""
    whole = {one.code: one for one in said}
    return [
        {
            "code": code,
            "total": total,
            "opinion": whole[code].opinion if code in whole else "",
            "conclusion": whole[code].conclusion if code in whole else "",
            "comments": [
                {"item": f"{line.item}　{names[line.item]}", "points": line.points, "text": line.comment}
                for line in lines
                if line.code == code and line.comment
            ],
            "flags": [say(flag.reason) for flag in (*row.flags, *row.around) if flag.code == code],
            "trigger": next((flag.kind for flag in (*row.flags, *row.around) if flag.code == code), "own"),
        }
        for code, total in sorted(row.totals.items())
    ]
