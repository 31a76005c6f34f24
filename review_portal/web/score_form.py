"""The score form: what was typed read back from a request, and the page built from rubric and dossier."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from review_portal.domain.messages import Message, mark
from review_portal.services.revisions import Sheet
from review_portal.services.sheets import SheetView
from review_portal.web.dossier_text import anchor_of, outline, passages
from review_portal.web.filters import clock_time, office_time
from review_portal.web.forms import say
from scoring_rubrics import CommentRule, Criterion, Fault, Item, Rubric

WHY_MAX = 300
# what a person writes for points; Decimal alone would also take the slips 1_0 and 1e1 for ten
NUMBER = re.compile(r"[+-]?([0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Typed:
    """A posted sheet: texts as typed, the sheet they make, and what is wrong by field name."""

    content: Mapping[str, Any]
    sheet: Sheet
    faults: Mapping[str, Message]
    version: int
    key: str


def new_key() -> str:
    """A fresh idempotency key, one per shown form."""
    return secrets.token_hex(16)


def read(form: MultiDict[str, str], rubric: Rubric, rules: CommentRule) -> Typed:
    """What a form of this rubric sent; `faults` are the rubric's own, at the fields' names."""
    points_typed = {item.key: form.get(f"points.{item.key}", "").strip() for item in rubric.items}
    comments = {item.key: _lines(form.get(f"comments.{item.key}", "")) for item in rubric.items}
    opinion, conclusion = _lines(form.get("opinion", "")), form.get("conclusion", "").strip()
    faults: dict[str, Message] = {}
    points: dict[str, Decimal] = {}
    for item in rubric.items:
        text = unicodedata.normalize("NFKC", points_typed[item.key])
        if not text:
            continue
        if NUMBER.fullmatch(text):
            points[item.key] = Decimal(text)
        else:
            faults[f"points.{item.key}"] = mark("“%(name)s”的得分须填数字，请改正。", name=item.name)
    for fault in rubric.check(points, comments, opinion, rules, conclusion or None):
        faults.setdefault(_field(fault, rubric), Message(fault.msgid, fault.params))
    version = form.get("version", "0")
    return Typed(
        {"points": points_typed, "comments": comments, "opinion": opinion, "conclusion": conclusion},
        Sheet(
            points, {key: text for key, text in comments.items() if text.strip()}, opinion, conclusion or None
        ),
        faults,
        int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
        form.get("key", "")[:64],
    )


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _field(fault: Fault, rubric: Rubric) -> str:
    if fault.item is None:
        return fault.kind
    items = {item.key for item in rubric.items}
    key = fault.item if fault.item in items else rubric.criterion(fault.item).items[0].key
    return f"{'comments' if fault.kind == 'comment' else 'points'}.{key}"


def page(
    view: SheetView,
    *,
    typed: Typed | None = None,
    key: str = "",
    locked: bool = False,
) -> dict[str, Any]:
    """Everything that templates/expert/sheet.html asks for. With `typed`, its texts and faults are shown."""
    content = typed.content if typed else view.content
    faults = typed.faults if typed else {}
    criteria = [_criterion(criterion, view, content, faults) for criterion in view.rubric.criteria]
    given = [value for group in criteria for value in group["values"]]
    count = len(view.rubric.items)
    parts = passages(view.form, view.rules)
    members = (
        _("联合体：%(names)s", names="、".join(view.form.members)) if view.form.members else _("独立申报")
    )
    return {
        "dossier": {
            "number": view.gate.number,
            "title": view.gate.unit,
            "meta": f"{_('推荐单位')}：{view.gate.recommender}　{members}",
        },
        "sheet_title": view.rubric.sheet_title,
        "deadline": _("%(at)s 截止", at=office_time(view.gate.deadline)) if view.gate.deadline else "",
        "outline": outline(parts),
        "sections": parts,
        "version": typed.version if typed else view.version,
        "key": key or new_key(),
        "criteria": criteria,
        "overall": _overall(view, content, faults),
        "conclusions": [(word, word) for word in view.rubric.conclusions],
        "conclusion": content.get("conclusion", ""),
        "conclusion_error": say(faults["conclusion"]) if "conclusion" in faults else "",
        "errors": [(f"#{name}", say(sentence)) for name, sentence in _ordered(faults, view.rubric)],
        "total": sum(given, Decimal(0)) if given else None,
        "max": _short(view.rubric.total),
        "done": len(given),
        "count": count,
        "hints": [(f"#i-{_first_blank(criteria)}", _("%(n)s项未评", n=count - len(given)))]
        if len(given) < count
        else [],
        "saved": _("已暂存 %(at)s", at=clock_time(view.saved_at)) if view.saved_at else _("尚未暂存"),
        "saved_kind": "done" if view.saved_at else "none",
        "readonly": locked,
        "receipts": view.receipts,
    }


def _ordered(faults: Mapping[str, Message], rubric: Rubric) -> list[tuple[str, Message]]:
    order = [f"{part}.{item.key}" for item in rubric.items for part in ("points", "comments")]
    order += ["opinion", "conclusion"]
    return sorted(faults.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else -1)


def _first_blank(criteria: list[dict[str, Any]]) -> str:
    return next((item["id"] for group in criteria for item in group["items"] if not item["value"]), "")


def _criterion(
    criterion: Criterion, view: SheetView, content: Mapping[str, Any], faults: Mapping[str, Message]
) -> dict[str, Any]:
    items = [_item(item, view, content, faults) for item in criterion.items]
    values = [item["number"] for item in items if item["number"] is not None]
    return {
        "id": criterion.key,
        "name": criterion.name,
        "done": len(values),
        "sum": sum(values, Decimal(0)),
        "max": _short(criterion.weight),
        "values": values,
        "items": items,
    }


def _item(
    item: Item, view: SheetView, content: Mapping[str, Any], faults: Mapping[str, Message]
) -> dict[str, Any]:
    text = content.get("points", {}).get(item.key, "")
    comment = content.get("comments", {}).get(item.key, "")
    number = _number(text, item)
    rules = view.rules.comments
    level = item.level_of(number) if number is not None and item.levels else None
    needed = level is not None and level.name in rules.levels
    error = faults.get(f"comments.{item.key}")
    wrong = faults.get(f"points.{item.key}")
    return {
        "id": item.key,
        "name": item.name,
        "max": _short(item.max_score),
        "step": _short(item.step),
        "field": f"points.{item.key}",
        "value": text,
        "number": number,
        "look": item.look_for,
        "fact": _fact(item, view),
        "see": [
            {"href": f"#{anchor_of(evidence.path, view.form)}", "text": evidence.label}
            for evidence in item.evidence
        ],
        "levels": [
            {
                "name": each.label or each.name,
                "low": each.minimum,
                "high": each.maximum,
                "range": each.band,
                "text": each.text,
                "on": each is level,
                "why": each.name in rules.levels,
            }
            for each in item.levels
        ],
        "current": {"name": level.label or level.name, "range": level.band, "text": level.text}
        if level
        else None,
        "open": number is None or error is not None or wrong is not None,
        "why": f"comments.{item.key}",
        "why_text": comment,
        "why_needed": needed,
        "why_when": _(
            "评为%(levels)s时必填", levels="、".join(view.rules.level_names.get(n, n) for n in rules.levels)
        ),
        "why_max": WHY_MAX,
        "error": say(error) if error else "",
        "value_error": say(wrong) if wrong else "",
    }


def _fact(item: Item, view: SheetView) -> str:
    if item.fact != "goals":
        return ""
    names = {goal.number: goal.name for goal in view.rules.goals}
    found = "、".join(names[number] for number in view.form.goals if number in names)
    return _("识别到承诺的服务目标%(n)s种：%(names)s（供参考）", n=len(view.form.goals), names=found or "—")


def _number(text: str, item: Item) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", text)
    if not NUMBER.fullmatch(plain):
        return None
    value = Decimal(plain)
    inside = 0 <= value <= item.max_score and value % item.step == 0
    return value if inside else None


def _overall(view: SheetView, content: Mapping[str, Any], faults: Mapping[str, Message]) -> dict[str, Any]:
    rules = view.rules.comments
    return {
        "name": "opinion",
        "value": content.get("opinion", ""),
        "label": _("总体意见（必填，%(low)s—%(high)s字）", low=rules.opinion_min, high=rules.opinion_max),
        "error": say(faults["opinion"]) if "opinion" in faults else "",
        "max": rules.opinion_max,
    }


def _short(value: Decimal) -> str:
    return f"{value.normalize():f}"


def differences(
    mine: Mapping[str, Any], theirs: Mapping[str, Any], rubric: Rubric
) -> list[tuple[str, str, str]]:
    """What two versions of a draft say differently: (label, mine, theirs), for the page of a conflict."""
    rows = []
    for item in rubric.items:
        for part, label in (("points", _("得分")), ("comments", _("评分理由"))):
            pair = (mine.get(part, {}).get(item.key, ""), theirs.get(part, {}).get(item.key, ""))
            if pair[0] != pair[1]:
                rows.append((f"{item.key}　{item.name}　{label}", pair[0] or "—", pair[1] or "—"))
    for name, label in (("opinion", _("总体意见")), ("conclusion", _("结论"))):
        if mine.get(name, "") != theirs.get(name, ""):
            rows.append((label, mine.get(name) or "—", theirs.get(name) or "—"))
    return rows


def hidden_fields(content: Mapping[str, Any], key: str) -> list[tuple[str, str]]:
    """The typed texts as hidden fields, so that one button sends them again."""
    pairs = [(f"points.{name}", text) for name, text in content["points"].items()]
    pairs += [(f"comments.{name}", text) for name, text in content["comments"].items()]
    return [*pairs, ("opinion", content["opinion"]), ("conclusion", content["conclusion"]), ("key", key)]
