"""What the pages of re-examinations and of the ranking's versions are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services.ranking_versions import Difference, VersionRow
from review_portal.services.ranking_words import OUTCOMES
from review_portal.services.reexamination_versions import ReexaminationRow, Trial
from review_portal.services.sheet_corrections import Correctable, TypedSheet
from review_portal.services.version_words import KINDS, RULES
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say

STATES: dict[str, tuple[str, Message]] = {
    "asked": ("part", mark("等待监督人员同意")),
    "lapsed": ("out", mark("申请已过期")),
    "open": ("part", mark("办理中")),
    "settled": ("done", mark("已办结")),
    "refused": ("out", mark("不同意复核")),
    "ended": ("out", mark("已终止，排名不变")),
}
SHEET_STATES: dict[str, tuple[str, Message]] = {
    "counts": ("none", mark("计入")),
    "found": ("warn", mark("已登记利害关系，待处理")),
    "void": ("bad", mark("已作废")),
    "kept": ("done", mark("经两人同意保留")),
}


def kind_word(kind: str) -> str:
    """The way of looking again; a first version has none."""
    return say(KINDS[kind]) if kind else _("首次冻结")


def units(listed: Sequence[tuple[str, str, str]]) -> str:
    """Dossiers by number and unit."""
    return "、".join(f"{number} {unit}" for _dossier, number, unit in listed)


def line(row: ReexaminationRow) -> dict[str, Any]:
    """A row of the list."""
    kind, word = STATES[row.state]
    return {
        "id": row.public_id,
        "reference": row.reference,
        "received": office_date(row.received_on),
        "way": kind_word(row.kind),
        "dossiers": units(row.dossiers),
        "kind": kind,
        "state": say(word),
        "version": _("第%(n)s版", n=row.made_version) if row.made_version else "",
        "href": url_for("reexaminations.one", call=row.call, reexamination=row.public_id),
    }


def facts(row: ReexaminationRow) -> list[tuple[str, Any]]:
    """What is on record of a re-examination."""
    found: list[tuple[str, Any]] = [
        (_("复核方式"), kind_word(row.kind)),
        (
            _("异议"),
            _("%(reference)s（%(day)s收到）", reference=row.reference, day=office_date(row.received_on)),
        ),
        (_("异议内容和复核理由"), row.grounds),
        (_("有争议的材料"), units(row.dossiers)),
    ]
    if row.kind == "rescore":
        found += [
            (_("重新评审的环节"), row.stage),
            (_("一并重新评审的材料"), units(row.beside) or None),
        ]
        if row.beside_reason:
            found.append((_("另行确定的理由"), row.beside_reason))
    found += [
        (_("针对的排名"), _("第%(n)s版", n=row.version)),
        (_("申请"), _("%(name)s　%(at)s", name=row.asked_by, at=office_time(row.asked_at))),
    ]
    if row.decided_at:
        found.append((_("监督人员答复"), office_time(row.decided_at)))
    if row.settled_at:
        found.append((_("办结"), office_time(row.settled_at)))
    return found


def differences(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Rows of the comparison: before and after of rank, score and outcome, each with whether it changed."""
    return [
        {
            "number": item.number,
            "unit": item.unit,
            "rank": [("—" if value is None else str(value)) for value in item.rank],
            "score": [value or "—" for value in item.score],
            "outcome": [say(OUTCOMES[value]) if value else "—" for value in item.outcome],
        }
        for item in found
    ]


def versions(rows: Sequence[VersionRow], call: str = "") -> list[dict[str, Any]]:
    """Every version, newest first; with `call` (for the offices) also the ways to page and workbook."""
    return [
        {
            "version": row.version,
            "title": _("第%(n)s版", n=row.version),
            "way": kind_word(row.kind),
            "at": office_time(row.frozen_at),
            "current": row.current,
            "digest": row.digest,
            "reference": row.reference,
            "rule": say(RULES[row.kind]) if row.kind else "",
            "changed": row.list_changed,
            "differences": differences(row.differences),
            "first": not row.kind,
            "href": url_for("versions.one", call=call, version=row.version) if call else "",
            "workbook": url_for("results.workbook", call=call, version=row.version) if call else "",
        }
        for row in rows
    ]


def trial(found: Trial) -> dict[str, Any]:
    """The new version as it would be."""
    return {
        "waits": say(found.waits) if found.waits else "",
        "lines": [say(item) for item in found.lines],
        "differences": differences(found.differences),
        "digest": found.view.digest if found.view else "",
    }


def typed_row(row: ReexaminationRow, sheet: TypedSheet) -> dict[str, Any]:
    """A sheet that was typed from paper, with the way to put it right."""
    return {
        "sheet": sheet,
        "scan": url_for("papers.scan", call=row.call, paper=sheet.paper),
        "asked": url_for("approvals.decide", approval=sheet.asked) if sheet.asked else "",
        "href": url_for(
            "reexaminations.sheet", call=row.call, reexamination=row.public_id, review=sheet.review
        )
        if row.state == "open" and not sheet.asked
        else "",
    }


def sheet_page(
    row: ReexaminationRow,
    found: Correctable,
    typed: Mapping[str, Any],
    faults: Mapping[str, str],
    reason: str,
) -> dict[str, Any]:
    """The sheet as it was typed beside what stands on the paper."""
    points, comments = typed.get("points", {}), typed.get("comments", {})
    items = [
        {
            "key": item.key,
            "name": item.name,
            "max": f"{item.max_score.normalize():f}",
            "now": found.sheet.points.get(item.key),
            "value": points.get(item.key, _plain(found.sheet.points.get(item.key))),
            "comment": comments.get(item.key, found.sheet.comments.get(item.key, "")),
            "err": faults.get(f"points.{item.key}", ""),
            "comment_err": faults.get(f"comments.{item.key}", ""),
        }
        for item in found.rubric.items
    ]
    return {
        "row": row,
        "sheet": found.row,
        "items": items,
        "reason": reason,
        "reason_err": faults.get("reason", ""),
        "faults": [(f"#{name}" if name else "", text) for name, text in faults.items()],
        "scan": url_for("papers.scan", call=row.call, paper=found.row.paper),
        "action": url_for(
            "reexaminations.sheet", call=row.call, reexamination=row.public_id, review=found.row.review
        ),
        "back_href": url_for("reexaminations.one", call=row.call, reexamination=row.public_id),
    }


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
