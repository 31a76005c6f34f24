"""What the chair's templates are given: services' data in the shapes of the components. No rule here."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services.case_rows import CaseRow
from review_portal.services.overviews import Flag, Overview, OverviewRow
from review_portal.services.points import SheetLine
from review_portal.services.rounds import Progress, RoundView
from review_portal.web.filters import office_time, points
from review_portal.web.forms import say

CASE_WORDS: dict[str, tuple[str, Message]] = {
    "waiting": ("hold", mark("待监督人员会签")),
    "open": ("part", mark("等待专家答复")),
    "keep": ("done", mark("维持原评分")),
    "revise": ("done", mark("修改评分")),
    "lapsed": ("warn", mark("未在期限内答复，原评分保留")),
    "refused": ("out", mark("监督人员不同意")),
    "withdrawn": ("out", mark("组长撤回")),
}
ABSENT_WORDS = {"recused": mark("回避"), "missed": mark("—"), "void": mark("作废"), "apart": mark("回避待定")}


def _papers_wait(papers: int) -> str:
    return _(
        "还有%(n)s份纸质评分表等待计分人、复核人代录。请等代录完成后再申请启封；确不能计入的，由秘书处申请不予计入。",
        n=papers,
    )


def next_step(round_: RoundView, progress: Progress) -> tuple[str, str, str] | None:
    """(sentence, label, address) of what the chair does next, without a label while others have to act
    first; None when it is someone else's turn."""
    if round_.state == "sealed" and progress.papers:
        return _papers_wait(progress.papers), "", ""
    at: dict[str, Any] = {"round_": round_.public_id}
    return {
        "scoring": (
            _("专家正在评分。本人评分提交后，可以结束评分并封存。"),
            _("结束评分并封存"),
            url_for("chair.close", **at),
        ),
        "sealed": (
            _("评分已封存。启封须由组长申请、监督人员确认。"),
            _("申请启封评分"),
            url_for("chair.unseal", **at),
        ),
        "reconciling": (
            _("评分已启封。请查看需要说明的评分，必要时提请复议。"),
            _("查看评分概览"),
            url_for("chair.overview", **at),
        ),
        "finished": (
            _("复议已结束，请查看排名；尚未冻结的，由组长冻结。"),
            _("查看排名"),
            url_for("chair.rank", **at),
        ),
    }.get(round_.state)


def back(round_: RoundView, endpoint: str = "chair.home") -> dict[str, Any]:
    """The way out of an act page."""
    return {"back_href": url_for(endpoint, round_=round_.public_id), "back_text": _("返回")}


def unseal_page(round_: RoundView, progress: Progress, reason: str, fault: str) -> dict[str, Any]:
    """Asking to unseal."""
    return {
        "title": _("申请启封评分"),
        "lead": round_.name,
        "consequences": [
            _("监督人员确认后，组长和监督人员可按专家代号查看评分；秘书处在复议结束后取得评分汇总表。"),
            _("启封后不再接受新的评分，专家组不再增加人员。"),
            _("启封时间和双方姓名记入监督记录。"),
        ],
        "facts": [(_("封存的评分"), progress.submitted), (_("封存时间"), office_time(round_.closed_at))],
        "code": round_.frozen_digest,
        "code_note": _("开启时冻结的规则、专家组和分派"),
        "reason": {"label": _("申请事由"), "value": reason, "err": fault},
        "act_text": _("提交启封申请"),
        "action": url_for("chair.unseal", round_=round_.public_id),
        "problems": [("", _papers_wait(progress.papers))] if progress.papers else [],
        **back(round_),
    }


def _flag_rows(round_: RoundView, data: Overview, cases: Sequence[CaseRow]) -> list[dict[str, Any]]:
    """The cases with the triggers that they were opened under, then the flags that nobody was asked about."""
    return [
        *(_case_row(case) for case in cases),
        *(_flag_row(round_, row, flag) for row, flag in data.unasked()),
    ]


def _case_row(case: CaseRow) -> dict[str, Any]:
    answer = f"{points(case.before)} → {points(case.after)}" if case.answer == "revise" else "—"
    shape, state = CASE_WORDS[case.answer or case.state]
    first, *others = [say(reason) for reason in case.reasons]
    return {
        "title": f"{case.number} {case.unit}",
        "expert": case.code,
        "reason": first,
        "more": "".join(others),
        "answer": answer,
        "kind": shape,
        "state": say(state),
        "act": "",
    }


def _flag_row(round_: RoundView, row: OverviewRow, flag: Flag) -> dict[str, Any]:
    code = flag.code or row.farthest()
    at: dict[str, Any] = {"round_": round_.public_id, "dossier": row.dossier}
    waits = round_.state == "reconciling"
    return {
        "title": f"{row.number} {row.unit}",
        "expert": code,
        "reason": say(flag.reason),
        "more": "",
        "answer": "—",
        "kind": "warn" if waits else "none",
        "state": _("待处理") if waits else _("未提请复议"),
        "href": url_for("chair.case", code=code, trigger=flag.kind, **at),
        "act": _("提请复议") if waits else "",
        "main": False,
    }


def overview_page(round_: RoundView, data: Overview, cases: Sequence[CaseRow]) -> dict[str, Any]:
    """The heat map and what needs an explanation; no rank, no cut."""
    triggers = round_.rules.triggers
    flagged = {(row.number, flag.code) for row in data.rows for flag in row.flags if flag.code}
    heat = [
        {
            "label": f"{row.number} {row.unit}",
            "href": url_for("chair.sheets", round_=round_.public_id, dossier=row.dossier),
            "cells": [_cell(row, code, (row.number, code) in flagged) for code in data.codes],
            "mean": row.mean,
            "range": row.spread,
            "kind": "warn",
            "hint": _("须说明") if row.flags else None,
            "off": False,
        }
        for row in data.rows
    ] + [_withdrawn_row(number, unit, len(data.codes)) for number, unit in data.withdrawn]
    values = [total for row in data.rows for total in row.totals.values()]
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
        "rule_words": _(
            "偏离均值超过%(percent)s%%，或极差超过%(points)s分（通知未规定，按评审工作方案执行）",
            percent=triggers.deviation_percent,
            points=triggers.range_points,
        ),
        "cases": _flag_rows(round_, data, cases),
        "experts": data.codes,
        "heat": heat,
        "told": round_.state == "finished",
        "strip": _strip(data, values, flagged) if values else None,
        "off_note": _("已撤回的材料评分留存，不参与计算。") if data.withdrawn else "",
    }


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


def _overview_facts(round_: RoundView, data: Overview, cases: Sequence[CaseRow]) -> list[dict[str, Any]]:
    sheets = sum(len(row.totals) for row in data.rows)
    recused = sum(state == "recused" for row in data.rows for state in row.absent.values())
    empty = len(data.rows) * len(data.codes) - sheets
    flags = sum(bool(row.flags) for row in data.rows)
    waiting = sum(case.state == "open" for case in cases)
    return [
        {"label": _("材料"), "value": len(data.rows)},
        {"label": _("有效评分"), "value": sheets},
        {"label": _("回避"), "value": recused}
        if round_.state == "finished"
        else {"label": _("没有评分"), "value": empty},
        {"label": _("须说明的材料"), "value": flags},
        {"label": _("等待答复的复议"), "value": waiting},
    ]


def _absent_word(row: OverviewRow, code: str) -> str:
    """What stands where there are no points: 「—」 for whatever reason, as long as reasons are not told."""
    return say(ABSENT_WORDS.get(row.absent.get(code, ""), mark("—")))


def _cell(row: OverviewRow, code: str, flag: bool) -> dict[str, Any]:
    total = row.totals.get(code)
    if total is None:
        return {"value": None, "word": _absent_word(row, code)}
    return {"value": total, "word": "", "delta": total - (row.mean or total), "flag": flag}


def _strip(data: Overview, values: Sequence[Decimal], flagged: set[tuple[str, str]]) -> dict[str, Any]:
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
            for row in data.rows
        ],
    }


def sheets_page(
    round_: RoundView, row: OverviewRow, codes: Sequence[str], lines: Sequence[SheetLine]
) -> dict[str, Any]:
    """Items by code, the same columns as in the overview; criteria as groups, comments below."""
    rubric = round_.rules.rubric_of(round_.stage)
    by_cell = {(line.item, line.code): line.points for line in lines}
    empty = {code: _absent_word(row, code) for code in codes if code not in row.totals}
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
    comments = [line for line in lines if line.comment]
    return {
        "round": round_,
        "row": row,
        "codes": codes,
        "totals": [row.totals.get(code, empty.get(code)) for code in codes],
        "scored": [code for code in codes if code in row.totals],
        "criteria": criteria,
        "comments": comments,
        "may_ask": round_.state == "reconciling",
    }
