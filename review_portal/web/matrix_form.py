"""The matrix of a round: each row is a sheet with the sheet's own fields, led by the review's id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from review_portal.domain.errors import PortalError
from review_portal.services.own_round import OwnRound
from review_portal.services.own_rows import OwnRow
from review_portal.services.own_sheets import StoredDraft, typed_texts
from review_portal.web import score_form
from review_portal.web.expert_pages import STATES
from review_portal.web.filters import clock_time, office_time
from review_portal.web.forms import say
from review_portal.web.score_form import Typed
from scoring_rubrics import Item


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not saved: what was typed, and why."""

    typed: Typed
    problem: PortalError

    @property
    def theirs(self) -> StoredDraft | None:
        """What another window has stored, where that is the reason."""
        found = getattr(self.problem, "theirs", None)
        return found if isinstance(found, StoredDraft) else None


def sent(form: MultiDict[str, str], own: OwnRound) -> dict[str, Typed]:
    """The rows that a form holds and in which somebody has typed since the page was made.

    Two texts stand side by side for a row that was refused before: `keep` says which one stays. Rows without
    an answer come again as they are.
    """
    found = {}
    for row in own.rows:
        lead = f"{row.review}."
        part = MultiDict(
            (name.removeprefix(lead), text) for name, text in form.items() if name.startswith(lead)
        )
        if not row.review or "version" not in part or part.get("keep") == "theirs":
            continue
        if part.get("keep") == "mine":
            part["version"] = part.get("theirs", "0")
        typed = score_form.read(part, own.rubric, own.rules.comments)
        if fingerprint(typed.content) != part.get("was"):
            found[row.review] = typed
    return found


def fingerprint(content: Mapping[str, Any]) -> str:
    """Tells a row that was touched from one that was only sent along."""
    kept = {
        "points": {key: text.strip() for key, text in content.get("points", {}).items() if text.strip()},
        "comments": {key: text for key, text in content.get("comments", {}).items() if text},
        "opinion": content.get("opinion") or "",
        "conclusion": content.get("conclusion") or "",
    }
    return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def page(own: OwnRound, refused: Mapping[str, Refused]) -> dict[str, Any]:
    """Everything that templates/expert/matrix.html asks for."""
    rules = own.rules.comments
    rows = [_row(row, own, refused.get(row.review)) for row in own.rows]
    return {
        "round": own,
        "criteria": [
            {
                "id": criterion.key,
                "name": criterion.name,
                "max": short(criterion.weight),
                "items": [_item(item, criterion.key, own) for item in criterion.items],
            }
            for criterion in own.rubric.criteria
        ],
        "rows": rows,
        "in_turns": any(row.turn for row in own.rows),
        "typing": any(row["editable"] for row in rows),
        "errors": [
            (f"#row-{row['review']}", f"{row['number']}　{row['clash']['error']}")
            for row in rows
            if row.get("clash")
        ],
        "done": len(own.submitted),
        "count": len(own.counted),
        "max": short(own.rubric.total),
        "deadline": _("%(at)s 截止", at=office_time(own.deadline)) if own.deadline else "",
        "away": say(own.away) if own.state == "scoring" else "",
        "opinion": rules,
        "conclusions": [(word, word) for word in own.rubric.conclusions],
    }


def _item(item: Item, criterion: str, own: OwnRound) -> dict[str, Any]:
    rules = own.rules.comments
    return {
        "id": item.key,
        "group": criterion,
        "name": item.name,
        "max": short(item.max_score),
        "step": short(item.step),
        "look": item.look_for,
        "range": _("须填0至%(max)s分，按%(step)s分递进", max=short(item.max_score), step=short(item.step)),
        "levels": [
            {
                "name": level.label or level.name,
                "low": level.minimum,
                "high": level.maximum,
                "range": level.band,
                "text": level.text,
                "why": level.name in rules.levels,
            }
            for level in item.levels
        ],
    }


def _row(row: OwnRow, own: OwnRound, refused: Refused | None) -> dict[str, Any]:
    if row.state == "recused":
        return {"review": "", "number": row.number, "recused": True, "editable": False}
    editable = own.may_type(row)
    stored = typed_texts(row.sheet) if row.sheet else row.content
    content = refused.typed.content if refused and editable else stored
    typed = _read(content, own)
    kind, word = STATES[row.state]
    inside = _inside(typed, own)
    return {
        "review": row.review,
        "number": row.number,
        "unit": row.unit,
        "kind": "out" if row.gone else kind,
        "state": _("已撤回") if row.gone else say(word),
        "editable": editable,
        "declare": url_for("expert.declare", review=row.review) if _undeclared(row, own) else "",
        "sheet": url_for("expert.sheet", review=row.review) if row.declared else "",
        "receipt": url_for("expert.receipt", revision=row.receipt.public_id) if row.receipt else "",
        "draft": url_for("expert.draft", review=row.review),
        "saved": _("已暂存 %(at)s", at=clock_time(row.saved_at)) if row.saved_at and not row.sheet else "",
        "version": refused.typed.version if refused else row.version,
        "was": fingerprint(row.content),
        "cells": [_cell(item, typed, inside) for item in own.rubric.items],
        "reasons": _reasons(typed, own),
        "opinion": content.get("opinion") or "",
        "conclusion": content.get("conclusion") or "",
        "total": sum(inside.values(), Decimal(0)) if inside else None,
        "done": len(inside),
        "missing": len(typed.faults),
        "clash": _clash(refused, stored, own) if refused else None,
    }


def _undeclared(row: OwnRow, own: OwnRound) -> bool:
    return own.state == "scoring" and row.is_open and not row.declared


def _read(content: Mapping[str, Any], own: OwnRound) -> Typed:
    """A stored draft read as if it had just been typed: one rule for both."""
    fields = score_form.hidden_fields(
        {"points": {}, "comments": {}, "opinion": "", "conclusion": ""} | dict(content)
    )
    return score_form.read(MultiDict(fields), own.rubric, own.rules.comments)


def _inside(typed: Typed, own: OwnRound) -> dict[str, Decimal]:
    """The points that the rubric takes; what is wrong counts as blank, never as 0."""
    keys = [item.key for item in own.rubric.items]
    return {
        key: typed.sheet.points[key]
        for key in keys
        if key in typed.sheet.points and f"points.{key}" not in typed.faults
    }


def _cell(item: Item, typed: Typed, inside: Mapping[str, Decimal]) -> dict[str, Any]:
    text = typed.content["points"][item.key]
    return {
        "item": item.key,
        "name": item.name,
        "max": short(item.max_score),
        "value": text,
        "number": inside.get(item.key),
        "wrong": bool(text) and item.key not in inside,
        "need": f"comments.{item.key}" in typed.faults,
    }


def _reasons(typed: Typed, own: OwnRound) -> list[dict[str, Any]]:
    """The reasons that are written, and those that are asked for."""
    found = []
    for item in own.rubric.items:
        text, fault = typed.content["comments"][item.key], typed.faults.get(f"comments.{item.key}")
        if text or fault:
            error = say(fault) if fault else ""
            found.append({"item": item.key, "name": item.name, "text": text, "error": error})
    return found


def _clash(refused: Refused, stored: Mapping[str, Any], own: OwnRound) -> dict[str, Any]:
    theirs = refused.theirs
    now = theirs.content if theirs else stored
    return {
        "error": _("另一窗口或设备已暂存过这份评分，请选择保留哪一份")
        if theirs
        else say(refused.problem.message),
        "when": clock_time(theirs.saved_at) if theirs else "",
        "version": theirs.version if theirs else None,
        "fields": score_form.differences(refused.typed.content, now, own.rubric),
    }


def short(value: Decimal) -> str:
    """Points without needless zeros: 10, 7.5."""
    return f"{value.normalize():f}"
