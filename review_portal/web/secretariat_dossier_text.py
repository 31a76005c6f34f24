"""The form as it was read, and its values with their places: left pane of the formal check. No rule here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from review_portal.domain.records import ApplicationForm
from review_portal.domain.text_count import count_text
from review_portal.services.dossiers import DossierView
from review_portal.web.filters import office_date

Line = list[tuple[str, bool]]  # parts of a paragraph: words, and whether they are marked
_RECOGNISED = ("goals", "consortium")  # what was recognised in running text, hence marked there
_TELLING = 5  # characters; a shorter passage would be marked everywhere
Value = tuple[str, str | None, str]  # label, value, path of its source


def outline(found: DossierView) -> list[dict[str, Any]]:
    """Contents of the form, for m.outline."""
    form = found.form
    heads = [section for section in found.rules.form.sections if len(section.key) == 1]
    body = [{"href": f"#b-{head.key}", "title": f"{head.key}、{head.title}", "parts": None} for head in heads]
    proofs = sum(len(titles) for titles in form.proofs)
    return [
        {"href": "#p-cover", "title": _("封面"), "parts": None},
        {"href": "#p-unit", "title": _("单位情况"), "parts": None},
        {"href": "#p-platform", "title": _("平台任务"), "parts": None},
        {"href": "#p-kpi", "title": _("重点绩效指标"), "parts": None},
        {"href": "#p-body", "title": _("申报书正文"), "parts": body},
        {"href": "#p-proofs", "title": _("证明材料　%(n)s件", n=proofs), "parts": None},
        {"href": "#p-pledge", "title": _("承诺书"), "parts": None},
    ]


def sections(found: DossierView) -> list[dict[str, Any]]:
    """The form part by part: id, title, level, paragraphs as `Line`, kpi or None."""
    form = found.form
    recognised = [form.sources[path].text for path in _RECOGNISED if path in form.sources]
    passages = {part.strip() for text in recognised for part in text.split("；")}
    needles = sorted((part for part in passages if len(part) > _TELLING), key=len, reverse=True)

    def texts(*given: str | None) -> list[Line]:
        lines = [line for text in given for line in (text or "").splitlines() if line.strip()]
        return [_marked(line, needles) for line in lines] or [[(_("（空白）"), False)]]

    cover, pledge = form.cover, form.commitment
    sections: list[dict[str, Any]] = [
        _section(
            "p-cover",
            _("封面"),
            texts(
                _pairs(_("申报单位"), cover.applicant),
                _pairs(_("推荐单位"), cover.recommender),
                _pairs(_("申报日期"), office_date(cover.apply_date)),
            ),
        ),
        _section("p-unit", found.rules.form.unit_title, texts(form.unit.intro)),
        _section("p-platform", _("平台任务概述"), texts(form.platform.name, form.platform.overview)),
        _section("p-kpi", found.rules.form.kpi_title, [], kpi=_kpi(found)),
        _section("p-body", _("申报书正文"), [] if form.body else texts(None)),
    ]
    for head in found.rules.form.sections:
        part = form.section(head.key)
        if part or not head.leaf:
            lines = texts(part.text) if part else []
            sections.append(
                _section(f"b-{head.key}", part.title if part else f"{head.key}、{head.title}", lines, level=3)
            )
    proofs = [
        f"{number}．{'；'.join(titles) or _('（未列）')}" for number, titles in enumerate(form.proofs, 1)
    ]
    sections.append(_section("p-proofs", found.rules.form.proofs_title, texts(*proofs)))
    signed = (
        _pairs(_("联系人"), pledge.contact),
        _pairs(_("联系电话"), pledge.phone),
        _pairs(_("法定代表人"), pledge.legal_representative),
        _pairs(_("日期"), pledge.date_raw),
    )
    sections.append(_section("p-pledge", found.rules.form.commitment_title, texts(*signed)))
    return sections


def _section(
    key: str, title: str, paragraphs: list[Line], *, level: int = 2, kpi: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"id": key, "title": title, "level": level, "paragraphs": paragraphs, "kpi": kpi}


def _pairs(label: str, value: str | None) -> str:
    return f"{label}：{value or _('（空白）')}"


def _marked(line: str, needles: Sequence[str]) -> Line:
    """The line in parts, every recognised passage in it marked."""
    if not needles:
        return [(line, False)]
    parts = re.split(f"({'|'.join(map(re.escape, needles))})", line)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def _kpi(found: DossierView) -> dict[str, Any]:
    first_wrong = next((row for row in found.form.kpi if row.consistent is False), None)
    rows = [
        {"label": row.name, "cells": [*row.raw_stages, row.raw_total], "hit": row is first_wrong}
        for row in found.form.kpi
    ]
    return {"stages": [stage.label for stage in found.rules.stages], "rows": rows}


def _number(value: Decimal | int | None, unit: str = "") -> str | None:
    if value is None:
        return None
    return f"{value:,f}{unit}" if isinstance(value, Decimal) else f"{value:,}{unit}"


def values(found: DossierView) -> list[dict[str, Any]]:
    """Values as read, each with the place it was read from."""
    form, unit, limits = found.form, found.form.unit, found.rules.limits
    names = {goal.number: goal.name for goal in found.rules.goals}
    listed = None if unit.listed is None else _("是") if unit.listed else _("否")
    body = count_text("\n".join(part.text for part in form.body)).word
    rows: list[Value] = [
        (_("单位名称"), unit.name, "unit.name"),
        (_("信用代码"), unit.credit_code, "unit.credit_code"),
        (_("法定代表人"), unit.legal_representative, "unit.legal_representative"),
        (_("联系人"), unit.contact.name, "unit.contact.name"),
        (_("手机"), unit.contact.mobile, "unit.contact.mobile"),
        (_("邮箱"), unit.contact.email, "unit.contact.email"),
        (_("单位地址"), unit.address, "unit.address"),
        (_("注册资本"), _number(unit.registered_capital_wan, _("万元")), "unit.registered_capital_wan"),
        (_("业务收入"), _number(unit.revenue_last_fy_wan, _("万元")), "unit.revenue_last_fy_wan"),
        (_("单位人数"), _number(unit.headcount), "unit.headcount"),
        (_("单位性质"), unit.ownership, "unit.ownership"),
        (_("是否上市"), listed, "unit.listed"),
    ]
    recognised: list[Value] = [
        (_("所在区县"), form.district, "district"),
        (_("联合体"), "、".join(form.members) or _("独立申报"), "consortium"),
        (_("服务目标"), "；".join(f"{n}．{names[n]}" for n in form.goals) or None, "goals"),
    ]
    lengths: list[Value] = [
        (_("申报单位简介"), _length(count_text(unit.intro).word, limits.intro), "unit.intro"),
        (
            _("平台任务概述"),
            _length(count_text(form.platform.overview).word, limits.overview),
            "platform.overview",
        ),
        (_("申报书"), _length(body, limits.body), ""),
    ]
    return [
        {"title": _("识别字段"), "note": _("与正文核对"), "rows": _placed(form, rows)},
        {"title": _("文字中识别"), "note": _("仅供参考，须人工确认"), "rows": _placed(form, recognised)},
        {"title": _("字数"), "note": "", "rows": _placed(form, lengths)},
    ]


def _length(count: int, limit: int) -> str:
    return _("%(n)s字（上限%(limit)s字）", n=count, limit=limit)


def _placed(form: ApplicationForm, rows: list[Value]) -> list[dict[str, str]]:
    """Each value with the place it was read from and, for the code, what its check character says."""
    shown = []
    for label, value, path in rows:
        source = form.sources.get(path)
        row = {"label": label, "value": value or "—", "place": source.place if source else ""}
        if path == "unit.credit_code" and value:
            valid = form.unit.credit_code_valid
            row["kind"], row["state"] = ("done", _("校验位正确")) if valid else ("bad", _("校验位有误"))
        shown.append(row)
    return shown
