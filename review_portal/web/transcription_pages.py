"""What the clerks' templates are given, and a posted entry read back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from review_portal.domain.errors import PortalError
from review_portal.domain.messages import Message, mark
from review_portal.domain.typed_points import number
from review_portal.services.paper_state import MOST_ENTRIES
from review_portal.services.revisions import Sheet
from review_portal.services.transcription_views import ClerkRow, EntryForm
from review_portal.services.transcriptions import Entered
from review_portal.web import scans, score_form
from review_portal.web.forms import say
from scoring_rubrics import Item

STATES = {
    "blank": ("none", mark("待录入")),
    "entered": ("part", mark("已录入，等待另一人")),
    "differs": ("warn", mark("有差异，请核对")),
    "stuck": ("bad", mark("须重新登记")),
    "same": ("part", mark("两人一致，等待扫描件")),
    "done": ("done", mark("已完成")),
    "taken": ("out", mark("同岗人员已录入")),
}
ACTS = {"blank": mark("录入"), "entered": mark("改正"), "differs": mark("核对")}


@dataclass(frozen=True, slots=True)
class Typed:
    """A posted entry: texts as typed, the sheet they make, the paper's total, what is wrong by field."""

    content: Mapping[str, Any]
    sheet: Sheet
    total: Decimal
    total_text: str
    total_wrong: bool
    faults: Mapping[str, Message]
    key: str

    def with_faults(self, problem: PortalError) -> Typed:
        """The same entry with a service's refusal at its fields."""
        return replace(self, faults=problem.fields or {"": problem.message})


def read(form: MultiDict[str, str], view: EntryForm) -> Typed:
    """What a form of this rubric sent, with the total that is written on the paper."""
    sent = score_form.read(form, view.rubric, view.rules.comments)
    text = form.get("total", "").strip()
    key = form.get("key", "")[:64]
    faults = dict(sent.faults)
    written = number(text)
    total = Decimal(0) if written is None else written
    if not text:
        faults["total"] = mark("请填写纸质表上的合计分，供核对录入。")
    elif written is None:
        faults["total"] = mark("合计分须填数字，请改正。")
    if total.as_tuple().exponent < -2:  # type: ignore[operator]  # a number of digits: it was written so
        faults["total"] = mark("合计分最多两位小数，请改正。")
    return Typed(sent.content, sent.sheet, total, text, form.get("total_wrong") == "y", faults, key)


def listing(rows: Sequence[ClerkRow]) -> dict[str, Any]:
    """Sheets by round, what waits for this clerk first; counts of sheets and nothing else."""
    rounds: dict[tuple[str, str], list[ClerkRow]] = {}
    for row in rows:
        rounds.setdefault((row.call_title, row.round_name), []).append(row)
    return {
        "rounds": [
            {
                "name": name,
                "call": call,
                "done": sum(row.state == "done" for row in part),
                "own": sum(row.state not in ("blank", "taken") for row in part),
                "total": len(part),
                "rows": [_row(row) for row in sorted(part, key=lambda row: row.state not in ACTS)],
            }
            for (call, name), part in rounds.items()
        ]
    }


def _row(row: ClerkRow) -> dict[str, Any]:
    kind, word = STATES[row.state]
    return {
        "number": row.number,
        "unit": row.unit,
        "code": row.code,
        "kind": kind,
        "state": say(word),
        "differing": row.differing,
        "act": say(ACTS[row.state]) if row.state in ACTS else "",
        "href": url_for("transcription.sheet", paper=row.public_id),
        "main": row.state != "entered",
    }


def outcome(entered: Entered) -> tuple[str, str]:
    """The sentence after an entry was kept; of the other entry it tells cells, never values."""
    if entered.submitted:
        return _("两人录入一致，评分表已提交封存。"), "good"
    if entered.state == "differs" and not entered.changed:
        return _("本次未作改动，原录入保留；仍有%(n)s处与另一遍不一致。", n=entered.differing), "care"
    if entered.state == "differs":
        return _("已保存。有%(n)s处与另一遍不一致，请对照纸质表核对标记的格子。", n=entered.differing), "care"
    if entered.state == "stuck":
        return _("已保存，仍不一致，两人均不能再改。请秘书处核对纸质表后重新登记。"), "care"
    if entered.state == "same":
        return _("两人录入一致。签名扫描件上传后自动提交封存。"), "good"
    return _("已保存并封存，等待另一人录入。"), "good"


def entry(view: EntryForm, typed: Typed | None) -> dict[str, Any]:
    """Everything that templates/transcription/sheet.html asks for."""
    content: Mapping[str, Any] = typed.content if typed else view.content
    faults = typed.faults if typed else {}
    items = [_item(item, view, content, faults) for item in view.rubric.items]
    by_key = {item["key"]: item for item in items}
    given = [item["number"] for item in items if item["number"] is not None]
    row = view.row
    total = typed.total_text if typed else _plain(content.get("total", ""))
    open_ = row.state in ACTS and view.left > 0
    return {
        "row": row,
        "code": row.code,
        "open": open_,
        "locked": "" if open_ else _locked(view),
        "left": view.left,
        "action": url_for("transcription.sheet", paper=row.public_id),
        "scan": _scan_pages(view),
        "scan_href": url_for("transcription.scan", paper=row.public_id) if view.scan else "",
        "signature": view.signature_checked_by,
        "key": typed.key if typed else secrets.token_hex(16),
        "criteria": [
            {
                "title": f"{criterion.key}　{criterion.name}",
                "max": criterion.weight,
                "items": [by_key[item.key] for item in criterion.items],
            }
            for criterion in view.rubric.criteria
        ],
        "opinion": _cell("opinion", content.get("opinion", ""), view, faults),
        "conclusions": [(word, word) for word in view.rubric.conclusions],
        "conclusion": _cell("conclusion", content.get("conclusion") or "", view, faults),
        "total": _cell("total", total, view, faults),
        "total_wrong": typed.total_wrong if typed else False,
        "ask_total_wrong": bool(typed and ("total" in typed.faults or typed.total_wrong)),
        "sum": sum(given, Decimal(0)) if given else None,
        "max": f"{view.rubric.total.normalize():f}",
        "done": len(given),
        "count": len(items),
        "errors": [(f"#{name}" if name else "", say(text)) for name, text in faults.items()],
        "differing": _differing(view),
    }


def _scan_pages(view: EntryForm) -> list[dict[str, Any]]:
    paper = view.row.public_id
    return scans.pages(
        _scan_title(view.row),
        view.scan,
        lambda number: url_for("transcription.scan_page", paper=paper, number=number),
    )


def _scan_title(row: ClerkRow) -> str:
    return _("%(number)s %(code)s 的纸质评分表", number=row.number, code=row.code)


def scan_window(view: EntryForm) -> dict[str, Any]:
    """What templates/scan.html asks for: the signed sheet alone."""
    return {
        "scan": {
            "title": _scan_title(view.row),
            "count": _("%(n)s页", n=len(view.scan)),
            "pages": _scan_pages(view),
        },
        "lead": f"{view.row.round_name}　{view.row.unit}",
        "back_href": url_for("transcription.sheet", paper=view.row.public_id),
    }


def _locked(view: EntryForm) -> str:
    if view.row.state in ACTS:
        return _("您已录入%(n)s次，不能再改；由另一人核对改正，或由秘书处重新登记。", n=MOST_ENTRIES)
    return {
        "stuck": _("两人均已录入%(n)s次，仍不一致。请秘书处核对纸质表后重新登记。", n=MOST_ENTRIES),
        "same": _("两人录入一致。签名扫描件上传后自动提交封存。"),
        "done": _("该评分表已代录完成，内容已封存。"),
        "taken": _("该评分表已由另一位同岗人员录入，请录入其他评分表。"),
    }[view.row.state]


def _differing(view: EntryForm) -> list[tuple[str, str]]:
    """Links to the cells that differ, in the order of the sheet."""
    names = {"opinion": _("总体意见"), "conclusion": _("结论"), "total": _("纸质表合计")}
    for item in view.rubric.items:
        names[f"points.{item.key}"] = _("%(item)s　得分", item=f"{item.key} {item.name}")
        names[f"comments.{item.key}"] = _("%(item)s　评分理由", item=f"{item.key} {item.name}")
    order = [*(f"{part}.{item.key}" for item in view.rubric.items for part in ("points", "comments"))]
    order += ["opinion", "conclusion", "total"]
    return [(f"#{cell}", names[cell]) for cell in order if cell in view.cells]


def _cell(name: str, value: str, view: EntryForm, faults: Mapping[str, Message]) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "error": say(faults[name]) if name in faults else "",
        "differs": name in view.cells,
    }


def _item(
    item: Item, view: EntryForm, content: Mapping[str, Any], faults: Mapping[str, Message]
) -> dict[str, Any]:
    text = content.get("points", {}).get(item.key, "")
    number = _number(text, item)
    level = item.level_of(number) if number is not None and item.levels else None
    return {
        "key": item.key,
        "name": item.name,
        "label": f"{item.key} {item.name}",
        "max": f"{item.max_score.normalize():f}",
        "number": number,
        "points": _cell(f"points.{item.key}", _plain(text), view, faults),
        "why": _cell(f"comments.{item.key}", content.get("comments", {}).get(item.key, ""), view, faults),
        "level": f"{level.label or level.name} {level.band}" if level else "",
        "levels": [
            {"name": each.label or each.name, "low": each.minimum, "high": each.maximum, "range": each.band}
            for each in item.levels
        ],
    }


def _number(text: str, item: Item) -> Decimal | None:
    """Points of this item; None while what was typed is not such a number."""
    value = number(text)
    inside = value is not None and 0 <= value <= item.max_score and value % item.step == 0
    return value if inside else None


def _plain(text: str) -> str:
    """Stored points as a person writes them: 8.50 as 8.5; what is no number stays as typed."""
    whole, point, places = text.partition(".")
    if point and len(places) == 2 and whole.isdigit() and places.isdigit():
        return text.rstrip("0").rstrip(".")
    return text
