"""A dossier's text for reading: headings, paragraphs, indicators, each with an anchor that evidence names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from review_portal.domain.records import ApplicationForm, KpiRow
from review_portal.web.filters import MISSING
from scoring_rubrics import Call as Rules


def anchor_of(path: str, form: ApplicationForm) -> str:
    """The id of the passage that an evidence path points at; the nearest one above where it is missing."""
    if path.startswith("kpi."):
        which = path.removeprefix("kpi.")
        there = any(not row.named if which == "other" else str(row.index) == which for row in form.kpi)
        return f"d-{path.replace('.', '-')}" if there else "d-kpi"
    if path.startswith(("body.", "proofs.")) or path in (
        "unit.intro",
        "platform.overview",
        "kpi",
        "commitment",
    ):
        return f"d-{path.replace('.', '-')}"
    return "d-unit"


Scans = Mapping[int, Sequence[Mapping[str, Any]]]  # number of the form's proof -> what m.scan shows


def passages(form: ApplicationForm, rules: Rules, scans: Scans) -> list[dict[str, Any]]:
    """The dossier in the order of the form: id, title, level, paragraphs, facts, kpi, scans."""
    layout = rules.form
    return [
        {"id": "d-unit", "title": _("申报单位基本情况"), "level": 2, "facts": _facts(form)},
        _text("unit-intro", layout.intro_label, 2, form.unit.intro),
        _text("platform-overview", layout.overview_label, 2, form.platform.overview),
        {"id": "d-kpi", "title": layout.kpi_title, "level": 2, "kpi": _kpi(form, rules)},
        *_body(form, rules),
        *_proofs(form, rules, scans),
    ]


def _text(path: str, title: str, level: int, text: str) -> dict[str, Any]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return {"id": f"d-{path}", "title": title, "level": level, "paragraphs": lines or [MISSING]}


def _body(form: ApplicationForm, rules: Rules) -> list[dict[str, Any]]:
    found = []
    for section in rules.form.sections:
        below = len(section.key) > 1
        head = f"（{section.key[1:]}）{section.title}" if below else f"{section.key}、{section.title}"
        if section.leaf:
            written = form.section(section.key)
            part = _text(f"body-{section.key}", head, 3 if below else 2, written.text if written else "")
        else:
            part = {"id": f"d-body-{section.key}", "title": head, "level": 2, "paragraphs": []}
        found.append(part)
    return found


def _proofs(form: ApplicationForm, rules: Rules, scans: Scans) -> list[dict[str, Any]]:
    head = {"id": "d-proofs", "title": rules.form.proofs_title, "level": 2, "paragraphs": []}
    parts = [head]
    for proof in rules.form.proofs:
        titles = form.proofs[proof.number - 1] if proof.number <= len(form.proofs) else ()
        part = _text(f"proofs-{proof.number}", proof.title, 3, "\n".join(titles))
        parts.append(part | {"scans": scans.get(proof.number, ())})
    return parts


def _facts(form: ApplicationForm) -> list[tuple[str, str]]:
    unit = form.unit
    money = (
        _("%(n)s万元", n=f"{unit.registered_capital_wan:f}")
        if unit.registered_capital_wan is not None
        else None
    )
    revenue = (
        _("%(n)s万元", n=f"{unit.revenue_last_fy_wan:f}") if unit.revenue_last_fy_wan is not None else None
    )
    return [
        (_("牵头单位"), form.lead or MISSING),
        (_("联合体成员"), "、".join(form.members) or _("无，独立申报")),
        (_("平台名称"), form.platform.name or MISSING),
        (_("注册资本"), money or MISSING),
        (_("上一财年营业收入"), revenue or MISSING),
        (_("职工人数"), MISSING if unit.headcount is None else str(unit.headcount)),
        (_("所在区县"), form.district or MISSING),
    ]


def _kpi(form: ApplicationForm, rules: Rules) -> dict[str, Any]:
    others = [row for row in form.kpi if not row.named]
    return {
        "stages": [stage.label for stage in rules.stages],
        "rows": [_row(row, first_other=bool(others) and row is others[0]) for row in form.kpi],
    }


def _row(row: KpiRow, *, first_other: bool) -> dict[str, Any]:
    anchor = f"d-kpi-{row.index}" if row.named else "d-kpi-other" if first_other else ""
    label = f"{row.name}（{row.unit}）" if row.unit else row.name
    return {"id": anchor, "label": label, "cells": [*row.raw_stages, row.raw_total]}


def outline(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The contents beside the text: level 2 with its level 3 below."""
    tops: list[dict[str, Any]] = []
    for part in parts:
        entry = {"href": f"#{part['id']}", "title": part["title"], "parts": []}
        if part["level"] == 2 or not tops:
            tops.append(entry)
        else:
            tops[-1]["parts"].append(entry)
    return tops
