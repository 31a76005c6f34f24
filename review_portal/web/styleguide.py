"""The style guide: every component and state with fictional data; served only in development."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, DateField, DecimalField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from review_portal.domain.policy import Permission
from review_portal.services.held import Standing
from review_portal.web.access import Desk
from review_portal.web.frame import STAGES

desk = Desk("styleguide", __name__)

HELD = Standing(
    "",
    "",
    "",
    None,
    "书面评审",
    "有来电反映一名专家与申报单位有往来，须核查（示例）",
    datetime(2023, 3, 2, 2, 2, tzinfo=UTC),
    "监督甲示例",
)
EXPERTS = ("Z1", "Z2", "Z3", "Z4", "Z5")
SHEETS: tuple[tuple[str, tuple[float | None, ...]], ...] = (
    ("S01 示例绿能科技", (88.0, 86.5, 85.0, None, 89.0)),
    ("S06 示例低碳检测", (85.0, 83.5, 82.0, 84.0, 55.0)),
    ("S08 示例园区能源", (83.0, 84.0, 84.0, 85.0, 86.0)),
)
FLAGGED = 20.0  # a point this far from the mean of its row wears the frame here


class SampleForm(FlaskForm):
    """One field of each kind, so that the macro's choices can be seen."""

    unit = StringField("申报单位", [InputRequired("请填写申报单位。")], description="与封面一致")
    due = DateField("截止日期", [Optional()])
    fee = DecimalField("金额（万元）", [Optional()])
    way = SelectField("补正方式", choices={"online": "网上补正", "paper": "纸质补正"}, default="online")
    answer = RadioField("专家说明", choices={"keep": "维持原评分", "revise": "修改评分"}, default="keep")
    reason = TextAreaField("理由", [InputRequired("请说明理由，至少10个字。"), Length(min=10, max=300)])
    files = MultipleFileField("证明材料")
    told = BooleanField("已电话告知申报联系人")


def _heat() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for label, values in SHEETS:
        given = [value for value in values if value is not None]
        mean = sum(given) / len(given)
        cells = [
            {"value": value, "delta": value - mean, "flag": abs(value - mean) > FLAGGED, "word": ""}
            if value is not None
            else {"value": None, "delta": None, "flag": False, "word": "回避"}
            for value in values
        ]
        far = any(cell["flag"] for cell in cells)
        spread = max(given) - min(given)
        row = {"label": label, "cells": cells, "mean": mean, "range": spread}
        rows.append(row | {"kind": "warn", "hint": "评分分歧" if far else ""})
    withdrawn = {"value": None, "delta": None, "flag": False, "word": "—"}
    row = {"label": "S10 示例节能服务", "cells": [withdrawn] * len(EXPERTS), "mean": None, "range": None}
    rows.append(row | {"off": True, "kind": "out", "hint": "已撤回"})
    return rows


def _strip() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for heat in _heat()[: len(SHEETS)]:
        points = [
            {"value": cell["value"], "name": name, "flag": cell["flag"]}
            for name, cell in zip(EXPERTS, heat["cells"], strict=True)
            if cell["value"] is not None
        ]
        row = {"label": heat["label"], "points": points, "mean": heat["mean"], "key": bool(heat["hint"])}
        rows.append(row | {"right": f"{heat['range']:.1f}"})
    return rows


def _cater() -> list[dict[str, Any]]:
    known = (("S07 示例智慧能源", (86, 87.5, 90), 88.13), ("S01 示例绿能科技", (84.5, 87, 89.5), 87.28))
    below = (("S05 示例汽车能效", (80, 83.5, 86), 83.40),)
    return [
        {
            "rank": rank,
            "label": label,
            "low": None,
            "high": None,
            "points": [{"value": value, "name": "", "flag": False} for value in values],
            "mean": mean,
            "right": f"{mean:.2f}",
        }
        for rank, (label, values, mean) in enumerate(known + below, 1)
    ]


@desk.page("/styleguide", permission=Permission.PUBLIC)
def show() -> ResponseReturnValue:
    """The page that the browser tests photograph."""
    form = SampleForm(formdata=None, meta={"csrf": False})
    form.validate()
    return render_template(
        "styleguide.html",
        form=form,
        experts=EXPERTS,
        heat=_heat(),
        strip=_strip(),
        cater=_cater(),
        stage_names=STAGES,
        holds=[HELD],
    )
