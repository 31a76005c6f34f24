"""The score form: what was typed read back from a request, and the page built from rubric and dossier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from review_portal.domain.messages import Message, mark
from review_portal.domain.typed_points import number
from review_portal.services.revisions import Sheet
from review_portal.services.sheets import SheetView
from review_portal.web import expert_attachments
from review_portal.web.dossier_text import anchor_of, outline, passages
from review_portal.web.filters import clock_time, office_time
from review_portal.web.forms import say
from scoring_rubrics import CommentRule, Criterion, Fault, Item, Rubric


@dataclass(frozen=True, slots=True)
class Typed:
    """A posted sheet: texts as typed, the sheet they make, and what is wrong by field name."""

    content: Mapping[str, Any]
    sheet: Sheet
    faults: Mapping[str, Message]
    version: int


def read(form: MultiDict[str, str], rubric: Rubric, rules: CommentRule) -> Typed:
    """What a form of this rubric sent."""
    version = form.get("version", "0")
    content = {
        "points": {item.key: form.get(f"points.{item.key}", "").strip() for item in rubric.items},
        "comments": {item.key: _lines(form.get(f"comments.{item.key}", "")) for item in rubric.items},
        "opinion": _lines(form.get("opinion", "")),
        "conclusion": form.get("conclusion", "").strip(),
    }
    known = version.isascii() and version.isdigit() and len(version) < 10
    return check(content, rubric, rules, int(version) if known else 0)


def check(content: Mapping[str, Any], rubric: Rubric, rules: CommentRule, version: int) -> Typed:
    """Texts as typed, or as a draft keeps them, made a sheet; `faults` are the rubric's own, by field."""
    typed, comments = content.get("points", {}), content.get("comments", {})
    opinion, conclusion = content.get("opinion", ""), content.get("conclusion", "")
    faults: dict[str, Message] = {}
    points: dict[str, Decimal] = {}
    for item in rubric.items:
        text = typed.get(item.key, "")
        value = number(text)
        if value is not None:
            points[item.key] = value
        elif text:
            faults[f"points.{item.key}"] = mark("“%(name)s”的得分须填数字，请改正。", name=item.name)
    for fault in rubric.check(points, comments, opinion, rules, conclusion or None):
        faults.setdefault(_field(fault, rubric), Message(fault.msgid, fault.params))
    written = {key: text for key, text in comments.items() if text.strip()}
    return Typed(content, Sheet(points, written, opinion, conclusion or None), faults, version)


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
    locked: bool = False,
) -> dict[str, Any]:
    """Everything that templates/expert/sheet.html asks for. With `typed`, its texts and faults are shown."""
    content = typed.content if typed else view.content
    faults = typed.faults if typed else {}
    criteria = [_criterion(criterion, view, content, faults) for criterion in view.rubric.criteria]
    given = [value for group in criteria for value in group["values"]]
    count = len(view.rubric.items)
    parts = passages(view.form, view.rules, _scans(view))
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
        "criteria": criteria,
        "overall": _overall(view, content, faults),
        "conclusions": [(word, word) for word in view.rubric.conclusions],
        "conclusion": content.get("conclusion", ""),
        "conclusion_error": say(faults["conclusion"]) if "conclusion" in faults else "",
        "errors": [(f"#{name}", say(sentence)) for name, sentence in ordered(faults, view.rubric)],
        "total": sum(given, Decimal(0)) if given else None,
        "max": _short(view.rubric.total),
        "done": len(given),
        "count": count,
        "hints": _hints(criteria, count - len(given)),
        "saved": _saved(view),
        "saved_kind": "done" if view.saved_at else "none",
        "readonly": locked,
        "receipts": view.receipts,
        "comments": view.rules.comments,
    }


def _scans(view: SheetView) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in view.scans:
        found.setdefault(row.proof, []).append(expert_attachments.shown(view.gate.review, row))
    return found


def _saved(view: SheetView) -> str:
    if view.gate.state == "submitted":
        return _("已提交")
    return _("已暂存 %(at)s", at=clock_time(view.saved_at)) if view.saved_at else _("尚未暂存")


def ordered(faults: Mapping[str, Message], rubric: Rubric) -> list[tuple[str, Message]]:
    """Faults in the order of the sheet."""
    order = [f"{part}.{item.key}" for item in rubric.items for part in ("points", "comments")]
    order += ["opinion", "conclusion"]
    return sorted(faults.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else -1)


def _hints(criteria: list[dict[str, Any]], blank: int) -> list[tuple[str, str, str, int]]:
    """What is still to be done, each with the way to the first place."""
    items = [item for group in criteria for item in group["items"]]
    short = [item["id"] for item in items if item["why_short"]]
    first = next((item["id"] for item in items if item["number"] is None), "")
    return [
        ("why-hint", f"#i-{short[0] if short else ''}", _("%(n)s项须写理由", n=len(short)), len(short)),
        ("blank-hint", f"#i-{first}", _("%(n)s项未评", n=blank), blank),
    ]


def _criterion(
    criterion: Criterion, view: SheetView, content: Mapping[str, Any], faults: Mapping[str, Message]
) -> dict[str, Any]:
    asked = _asked_when_full(criterion, view.rules.comments, content)
    items = [_item(item, view, content, faults, full=item.key == asked) for item in criterion.items]
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


def _asked_when_full(criterion: Criterion, rules: CommentRule, content: Mapping[str, Any]) -> str | None:
    """The item at which full marks of the whole criterion are to be explained: where it is, or the first."""
    typed = content.get("points", {})
    full = all(_number(typed.get(item.key, ""), item) == item.max_score for item in criterion.items)
    if rules.full_marks != "criterion" or not full:
        return None
    keys = [item.key for item in criterion.items]
    return next((key for key in keys if not _short_of(content, key, rules)), keys[0])


def _short_of(content: Mapping[str, Any], key: str, rules: CommentRule) -> bool:
    written = content.get("comments", {}).get(key, "")
    return sum(not character.isspace() for character in written) < rules.minimum


def _item(
    item: Item, view: SheetView, content: Mapping[str, Any], faults: Mapping[str, Message], *, full: bool
) -> dict[str, Any]:
    text = content.get("points", {}).get(item.key, "")
    comment = content.get("comments", {}).get(item.key, "")
    number = _number(text, item)
    rules = view.rules.comments
    level = item.level_of(number) if number is not None and item.levels else None
    poor = level is not None and level.name in rules.levels
    full = full or (rules.full_marks == "item" and level is not None and number == item.max_score)
    full_words = (
        _("各项均为满分，须写明理由，不少于%(n)s字", n=rules.minimum)
        if rules.full_marks == "criterion"
        else _("满分须写明理由，不少于%(n)s字", n=rules.minimum)
    )
    needed = _("必填，不少于%(n)s字", n=rules.minimum) if poor else full_words if full else ""
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
        "why_short": bool(needed) and _short_of(content, item.key, rules),
        "full_words": full_words,
        "why_when": _(
            "评为%(levels)s时必填", levels="、".join(view.rules.level_names.get(n, n) for n in rules.levels)
        ),
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
    value = number(text)
    inside = value is not None and 0 <= value <= item.max_score and value % item.step == 0
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


def hidden_fields(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The typed texts as hidden fields, so that one button sends them again."""
    pairs = [(f"points.{name}", text) for name, text in content["points"].items()]
    pairs += [(f"comments.{name}", text) for name, text in content["comments"].items()]
    return [*pairs, ("opinion", content["opinion"]), ("conclusion", content["conclusion"])]
