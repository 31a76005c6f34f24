"""A reading as lines of Chinese text, for the command line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

RESULTS = {
    "pass": "通过",
    "fail": "不通过",
    "warn": "提醒",
    "manual": "须人工核对",
    "not_evaluated": "未核验",
}
OVERALL = {
    "eligible": "建议受理",
    "eligible_after_manual_confirmation": "人工确认后建议受理",
    "needs_correction": "建议退回补正",
    "ineligible": "不符合申报条件",
}

FIELDS = (
    ("申报单位", "unit", "name"),
    ("推荐单位", "cover", "recommender"),
    ("申报日期", "cover", "apply_date"),
    ("区县", "district"),
    ("联系人", "unit", "contact", "name"),
    ("手机", "unit", "contact", "mobile"),
    ("邮箱", "unit", "contact", "email"),
    ("法定代表人", "unit", "legal_representative"),
    ("信用代码", "unit", "credit_code"),
    ("单位性质", "unit", "ownership"),
    ("上市公司", "unit", "listed"),
    ("注册资本（万元）", "unit", "registered_capital_wan"),
    ("业务收入（万元）", "unit", "revenue_last_fy_wan"),
    ("单位人数", "unit", "headcount"),
    ("平台名称", "platform", "name"),
    ("简介字数", "unit", "intro_chars", "word"),
    ("概述字数", "platform", "overview_chars", "word"),
    ("正文字数", "body_chars", "word"),
    ("服务目标", "goal_names"),
)


def reading_lines(found: Mapping[str, Any]) -> Iterable[str]:
    """A reading as a Chinese table: what was filled in, then the findings, then the suggestion."""
    yield padded("文件", 20) + found["file"]
    yield padded("收到时间", 20) + _shown(found["received_at"])
    values = found["values"]
    for label, *path in FIELDS:
        yield padded(label, 20) + _shown(reduce(lambda part, key: part[key], path, values))
    yield padded("联合体", 20) + _shown([unit["name"] for unit in values["consortium"]])
    yield ""
    for row in values["kpi"]:
        stages = " / ".join(_shown(stage) for stage in row["stages"])
        unit = f"（{row['unit']}）" if row["unit"] else ""
        yield f"指标  {row['name']}{unit}：{stages}，合计 {_shown(row['total'])}"
    yield ""
    for finding in found["findings"]:
        result = padded(RESULTS.get(finding["result"], finding["result"]), 12)
        note = f"（{finding['note']}）" if finding.get("note") else ""
        yield f"{finding['rule']}  {result}{finding['title']}{note}"
    yield ""
    yield f"系统建议：{OVERALL.get(found['overall'], found['overall'])}（由工作人员决定）"


def _shown(value: Any) -> str:
    """A value as the form prints it; missing is a dash, never 0."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "—"
    return "—" if value is None else str(value)


def padded(text: str, width: int) -> str:
    """`text` filled with spaces to `width` columns; Chinese characters take two."""
    taken = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(width - taken, 1)
