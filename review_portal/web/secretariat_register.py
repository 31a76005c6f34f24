"""What the register of dossiers shows: rows, filter and sort as addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from review_portal.domain.messages import mark
from review_portal.services import dossiers, letter_views
from review_portal.services.calls import CallView
from review_portal.services.dossiers import SORTS, DossierRow
from review_portal.web.access import viewer
from review_portal.web.secretariat_words import DOSSIER_STATES, LISTED_STATES, SUGGESTIONS, delivery, word

NO_FILE = mark("请选择要上传的文件。")


def page(call: CallView) -> dict[str, Any]:
    """What templates/secretariat/register.html is given."""
    state = request.args.get("state", "")
    state = state if state in LISTED_STATES else ""
    sort = request.args.get("sort", "number")
    sort = sort if sort.removeprefix("-") in SORTS else "number"
    rows = dossiers.list_dossiers(viewer(), call=call.public_id, state=state or None, sort=sort)
    delivered = letter_views.rejections(viewer(), call=call.public_id)
    return {
        "call": call,
        "rows": [_line(row, delivered) for row in rows],
        "filters": [
            {"text": text, "href": _address(call, key, sort), "on": key == state} for key, text in _choices()
        ],
        "heads": _heads(call, state, sort),
        "filtered": bool(state),
        "can_upload": call.state == "receiving",
    }


def _choices() -> list[tuple[str, str]]:
    return [("", _("全部")), *((state, word(DOSSIER_STATES[state])[1]) for state in LISTED_STATES)]


def _address(call: CallView, state: str, sort: str) -> str:
    given: dict[str, Any] = {"state": state or None, "sort": sort if sort != "number" else None}
    return url_for("secretariat_dossiers.register", call=call.public_id, **given)


def _heads(call: CallView, state: str, sort: str) -> list[dict[str, str]]:
    """Each column: label, the address that sorts by it, the way it sorts now."""
    columns = (
        ("number", _("编号"), ""),
        ("unit", _("申报单位"), ""),
        ("district", _("推荐单位"), ""),
        ("received", _("收件时间"), ""),
        ("state", _("状态"), ""),
        ("open", _("待确认"), "num"),
    )
    heads = []
    for key, label, cls in columns:
        now_sorted = sort.removeprefix("-") == key
        way = ("descending" if sort.startswith("-") else "ascending") if now_sorted else ""
        following = f"-{key}" if way == "ascending" else key
        heads.append({"label": label, "href": _address(call, state, following), "way": way, "cls": cls})
    return heads


def _line(row: DossierRow, delivered: Mapping[str, date | None]) -> dict[str, Any]:
    kind, state = word(DOSSIER_STATES[row.state])
    advice = word(SUGGESTIONS[row.overall]) if row.state == "received" else None
    return {
        "row": row,
        "kind": kind,
        "state": state,
        "advice": advice,
        "delivery": delivery(delivered.get(row.public_id)) if row.state == "rejected" else "",
        "act": _("审查") if row.state == "received" else _("查看"),
    }
