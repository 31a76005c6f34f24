"""A filled sheet as a table by criterion: before it is submitted, on its receipt, beside a later round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from review_portal.domain.messages import Message
from review_portal.services.revisions import Sheet
from review_portal.web.forms import say
from review_portal.web.score_form import Typed
from scoring_rubrics import Criterion, Item, Rubric

Faults = Mapping[str, Message]
Link = Callable[[str], str]


def submitted(sheet: Sheet, rubric: Rubric) -> dict[str, Any]:
    """What `filled` of templates/expert/_filled.html shows of a kept sheet."""
    return _table(sheet, rubric, {}, {}, lambda _field: "")


def draft(typed: Typed, rubric: Rubric, link: Link) -> dict[str, Any]:
    """The same of a draft, with its faults; `link` leads from a field's name to the field on the sheet."""
    return _table(typed.sheet, rubric, typed.content.get("points", {}), typed.faults, link)


def _table(
    sheet: Sheet, rubric: Rubric, texts: Mapping[str, str], faults: Faults, link: Link
) -> dict[str, Any]:
    groups = [_group(criterion, sheet, texts, faults, link) for criterion in rubric.criteria]
    valid = [group["sum"] for group in groups if group["sum"] is not None]
    return {
        "groups": groups,
        "total": sum(valid, Decimal(0)) if valid else None,
        "max": rubric.total,
        "opinion": sheet.opinion,
        "conclusion": sheet.conclusion or "",
        "conclusions": bool(rubric.conclusions),
        "wrong": {
            name: [(link(name), say(faults[name]))] for name in ("opinion", "conclusion") if name in faults
        },
    }


def _group(
    criterion: Criterion, sheet: Sheet, texts: Mapping[str, str], faults: Faults, link: Link
) -> dict[str, Any]:
    values = [
        sheet.points[item.key]
        for item in criterion.items
        if item.key in sheet.points and f"points.{item.key}" not in faults
    ]
    return {
        "title": f"{criterion.key}　{criterion.name}",
        "sum": sum(values, Decimal(0)) if values else None,
        "max": criterion.weight,
        "lines": [_line(item, sheet, texts, faults, link) for item in criterion.items],
    }


def _line(item: Item, sheet: Sheet, texts: Mapping[str, str], faults: Faults, link: Link) -> dict[str, Any]:
    points = sheet.points.get(item.key)
    fields = [name for name in (f"points.{item.key}", f"comments.{item.key}") if name in faults]
    level = None
    if points is not None and item.levels and f"points.{item.key}" not in faults:
        level = item.level_of(points)
    return {
        "title": f"{item.key}　{item.name}",
        "points": points if f"points.{item.key}" not in faults else texts.get(item.key) or None,
        "max": item.max_score,
        "level": (level.label or level.name) if level else "",
        "comment": sheet.comments.get(item.key, ""),
        "faults": [(link(name), say(faults[name])) for name in fields],
    }
