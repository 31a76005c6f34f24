"""The form as it was handed in, in its order, with an address for every paragraph and row. No rule here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from review_portal.domain.records import ApplicationForm, DocumentBlock
from review_portal.services.dossiers import DossierView

Line = list[tuple[str, bool]]  # parts of a text: words, and whether they are marked
_RECOGNISED = ("goals", "consortium")  # what was recognised in running text, hence marked there
_TELLING = 5  # characters; a shorter passage would be marked everywhere


def outline(found: DossierView) -> list[dict[str, Any]]:
    """Contents of the form, for m.outline; a part that was not found is left out."""
    form, sources = found.form, found.form.sources
    chapters = [section for section in found.rules.form.sections if len(section.key) == 1]
    body = [
        {"href": f"#{sources[f'body.{one.key}'].at}", "title": f"{one.key}、{one.title}", "parts": None}
        for one in chapters
        if f"body.{one.key}" in sources
    ]
    proofs = sum(len(titles) for titles in form.proofs)
    parts = (
        (_first(form, "cover.applicant", "cover.recommender", "cover.apply_date"), _("封面"), None),
        (_first(form, "unit", "unit.name"), _("单位情况"), None),
        (_first(form, "platform.name", "platform.overview"), _("平台任务"), None),
        (_first(form, "kpi", "kpi.1"), _("重点绩效指标"), None),
        (_first(form, "body"), _("申报书正文"), body),
        (_first(form, "proofs"), _("证明材料　%(n)s件", n=proofs), None),
        (_first(form, "commitment", "commitment.date_raw"), _("承诺书"), None),
    )
    return [{"href": f"#{at}", "title": title, "parts": inner} for at, title, inner in parts if at]


def _first(form: ApplicationForm, *paths: str) -> str:
    return next((form.sources[path].at for path in paths if path in form.sources), "")


def anchors(form: ApplicationForm) -> dict[str, tuple[str, str]]:
    """Place as findings name it -> address in the document and the text read there."""
    passages = (passage for block in form.document for passage in block.passages())
    places = {place: (at, text) for at, place, text in passages}
    places |= {source.place: (source.at, source.text) for source in form.sources.values() if source.at}
    return places | {row.place: (row.at, "　".join((*row.raw_stages, row.raw_total))) for row in form.kpi}


def blocks(found: DossierView) -> list[dict[str, Any]]:
    """The document block by block: at, level (2 and 3 head, 0 text), words; or a table: label, rows.

    A row of a table: at, hit, cells of (words, rows covered, columns covered).
    """
    form = found.form
    recognised = [form.sources[path].text for path in _RECOGNISED if path in form.sources]
    passages = {part.strip() for text in recognised for part in re.split("[；\n]", text)}
    needles = sorted((part for part in passages if len(part) > _TELLING), key=len, reverse=True)
    levels = _levels(form)
    wrong = {row.at for row in form.kpi if row.consistent is False}
    return [
        _table(block, needles, wrong, _label(found, block))
        if block.cells
        else {"at": block.at, "level": levels.get(block.at, 0), "words": _marked(block.text, needles)}
        for block in form.document
    ]


def _levels(form: ApplicationForm) -> dict[str, int]:
    """Address of every heading -> its level."""
    heads = {}
    for path, source in form.sources.items():
        if path in ("unit", "kpi", "proofs", "commitment"):
            heads[source.at] = 2
        elif path.startswith("body."):
            short = len(source.place) < 60  # a heading that its text follows on the same line stays text
            heads[source.at] = (2 if len(path) == len("body.") + 1 else 3) if short else 0
    return {at: level for at, level in heads.items() if at.startswith("p")}


def _label(found: DossierView, block: DocumentBlock) -> str:
    held = {row.at.partition("r")[0] for row in found.form.kpi}
    if block.at in held:
        return found.rules.form.kpi_title
    number = block.at.removeprefix("t")
    return _("原件表%(n)s", n=number)


def _table(block: DocumentBlock, needles: Sequence[str], wrong: Iterable[str], label: str) -> dict[str, Any]:
    rows: dict[int, list[tuple[Line, int, int]]] = {}
    for cell in sorted(block.cells, key=lambda cell: (cell.row, cell.column)):
        rows.setdefault(cell.row, []).append((_marked(cell.text, needles), cell.height, cell.width))
    count = max(cell.row + cell.height for cell in block.cells)
    shown = [
        {"at": f"{block.at}r{row + 1}", "hit": f"{block.at}r{row + 1}" in wrong, "cells": rows.get(row, [])}
        for row in range(count)
    ]
    return {"at": block.at, "label": label, "rows": shown}


def _marked(text: str, needles: Sequence[str]) -> Line:
    """The text in parts, every recognised passage in it marked."""
    if not needles:
        return [(text, False)]
    parts = re.split(f"({'|'.join(map(re.escape, needles))})", text)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]
