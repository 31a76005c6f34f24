"""What the formal check's page is given: findings with their answers, acts, versions. No rule here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.errors import PortalError
from review_portal.services import letter_views
from review_portal.services.dossiers import Change, Copies, DossierView, FindingRow, VersionRow
from review_portal.web import secretariat_document as document
from review_portal.web import secretariat_dossier_text as text
from review_portal.web.access import viewer
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say
from review_portal.web.secretariat_words import (
    ACTS,
    CHANGES,
    DOSSIER_STATES,
    RESULTS,
    SEVERITIES,
    SUGGESTIONS,
    delivery,
    named,
    word,
)

RESULT, BASIS = "result-", "basis-"
_QUOTE_MAX = 40  # characters of a text that are quoted beside its finding
_ANNEX = "附件1"  # places in the recommending unit's table, which is not the form


def answers(form: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What was filled in: finding -> (result, basis); a finding left alone is not in it."""
    keys = {name.split("-", 1)[1] for name in form if name.startswith((RESULT, BASIS))}
    given = {key: (form.get(RESULT + key, ""), form.get(BASIS + key, "")) for key in keys}
    return {key: pair for key, pair in given.items() if pair[0] or pair[1].strip()}


def facts(found: DossierView) -> list[tuple[str, object]]:
    """The dossier in a few lines, for an act's page."""
    return [
        (_("推荐单位"), found.recommender or None),
        (_("版本"), _("第%(n)s版　%(came)s", n=found.version.ordinal, came=_came(found, found.version))),
        (_("系统提示"), word(SUGGESTIONS[found.overall])[1]),
        (_("待人工确认"), "、".join(found.unanswered) or _("无")),
        (_("不符合"), "、".join(row.rule for row in found.failed) or _("无")),
    ]


def page(found: DossierView, problem: PortalError | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """Everything that templates/secretariat/dossier.html is given; `typed` is kept after a refusal."""
    editable = found.is_current and found.state in ("received", "returned")
    faults = {key: say(said) for key, said in problem.fields.items()} if problem else {}
    anchors = document.anchors(found.form)
    tables = url_for("secretariat_dossiers.recommendations", call=found.call)
    rows = [
        _finding(row, editable, typed, faults) | _seen(row.place, anchors, tables) for row in found.findings
    ]
    settled = [row for row in rows if row["effective"] == "pass" and not row["answered"] and not row["waits"]]
    todo = [row for row in rows if row["waits"]]
    kind, state = word(DOSSIER_STATES[found.state])
    at: dict[str, Any] = {"call": found.call, "dossier": found.public_id}
    return {
        "dossier": {
            "number": found.number,
            "title": found.unit_name,
            "meta": _meta(found),
            "kind": kind,
            "state": state,
        },
        "delivery": _delivery(found),
        "back_href": url_for("secretariat_dossiers.register", call=found.call),
        "scans_href": url_for("secretariat_attachments.listed", **at),
        "receipt_href": url_for(
            "documents.document",
            call=found.call,
            kind="receipt",
            of=found.public_id,
            edition=found.version.ordinal,
        ),
        "letters_href": url_for("letters.listing", **at),
        "conflicts_href": url_for("recusals.of_dossier", call=found.call, dossier=found.public_id),
        "action": url_for("secretariat_dossiers.check", **at),
        "editable": editable,
        "outline": document.outline(found),
        "blocks": document.blocks(found),
        "todo": todo,
        "others": sorted((row for row in rows if row not in settled and row not in todo), key=_urgency),
        "values": text.values(found),
        "passed": "、".join(row["rule"] for row in settled),
        "passed_rows": settled,
        "passed_count": len(settled),
        "confirmed": sum(row["answered"] is not None for row in rows),
        "count": len(todo) + sum(row["answered"] is not None for row in rows),
        "errors": _errors(problem, found, faults),
        "tally": _tally(found),
        "decisions": _decisions(found),
        "versions": _versions(found),
        "acts": _acts(found),
        "rejection": _rejection(found),
        "compared": _compared(found),
        "suggestion": word(SUGGESTIONS[found.overall]),
    }


def _urgency(row: Mapping[str, Any]) -> int:
    return {"fail": 0, "warn": 1, "not_evaluated": 2}.get(row["effective"], 3)


def _delivery(found: DossierView) -> str:
    if found.state != "rejected":
        return ""
    delivered = letter_views.rejections(viewer(), call=found.call)
    return delivery(delivered.get(found.public_id))


def _meta(found: DossierView) -> str:
    shown = _("%(came)s　第%(n)s版", came=_came(found, found.version), n=found.version.ordinal)
    earlier = "" if found.is_current else f"　{_('（较早版本，仅供查阅）')}"
    return f"{found.recommender}　{shown}{earlier}"


def _errors(
    problem: PortalError | None, found: DossierView, faults: Mapping[str, str]
) -> list[tuple[str, str]]:
    if problem is None:
        return []
    rules = {row.public_id: row.rule for row in found.findings}
    return [(f"#i-{rules[key]}", said) for key, said in faults.items() if key in rules] or [
        ("", say(problem.message))
    ]


def _finding(
    row: FindingRow, editable: bool, typed: Mapping[str, str], faults: Mapping[str, str]
) -> dict[str, Any]:
    kind, state = word(RESULTS[row.effective])
    if row.unanswered and row.result == "pass":
        kind, state = "part", _("待确认")
    return {
        "rule": row.rule,
        "title": row.title,
        "note": row.note,
        "guide": row.guide,
        "severity": named(SEVERITIES, row.severity),
        "place": row.place,
        "kind": kind,
        "state": state,
        "effective": row.effective,
        "waits": row.unanswered,
        "answered": _answered(row),
        "form": editable,
        "result_name": RESULT + row.public_id,
        "basis_name": BASIS + row.public_id,
        "result": typed.get(RESULT + row.public_id, ""),
        "basis": typed.get(BASIS + row.public_id, ""),
        "error": faults.get(row.public_id, ""),
    }


def _seen(place: str, anchors: Mapping[str, tuple[str, str]], tables: str) -> dict[str, str]:
    """Where a finding's place leads: into the document, with what stands there, or to the tables' page."""
    at, words = anchors.get(place, ("", ""))
    if at:
        return {"anchor": f"#{at}", "quote": words if len(words) <= _QUOTE_MAX else ""}
    return {"anchor": tables if place.startswith(_ANNEX) else "", "quote": ""}


def _answered(row: FindingRow) -> str | None:
    if row.answer is None:
        return None
    result = word(RESULTS[row.answer.result])[1]
    return _(
        "%(by)s %(at)s 确认%(result)s：%(basis)s",
        by=row.answer.by,
        at=office_time(row.answer.at),
        result=result,
        basis=row.answer.basis,
    )


def _tally(found: DossierView) -> list[tuple[str, str]]:
    """What does not hold, what is doubtful, what merely waits, what holds: each finding once."""
    results = [row.effective for row in found.findings]
    waiting = sum(row.unanswered and row.effective not in ("fail", "warn") for row in found.findings)
    holding = sum(row.effective == "pass" and not row.unanswered for row in found.findings)
    counted = (
        ("bad", _("不符合"), results.count("fail")),
        ("warn", _("提示"), results.count("warn")),
        ("part", _("待确认"), waiting),
        ("done", _("符合"), holding),
    )
    return [(kind, f"{label} {n}") for kind, label, n in counted if n]


def _decisions(found: DossierView) -> list[dict[str, str]]:
    """The acts that are open in this state, as links to their pages."""
    if not found.is_current:
        return []
    at: dict[str, Any] = {"call": found.call, "dossier": found.public_id}

    def link(endpoint: str, label: str, cls: str = "") -> dict[str, str]:
        return {"href": url_for(f"secretariat_dossier_acts.{endpoint}", **at), "text": label, "cls": cls}

    leave = link("withdraw", _("登记撤回"), "btn-quiet")
    if found.state == "received":
        ready = not (found.unanswered or found.failed or _undecided(found))
        return [
            leave,
            link("reject", _("拟不予受理"), "btn-grave"),
            link("return_", _("退回补正")),
            *([link("accept_changes", _("同意改动"))] if _undecided(found) else []),
            link("accept", _("受理"), "btn-main" if ready else ""),
        ]
    if found.state == "returned":
        late = link("reject", _("拟不予受理"), "btn-grave")
        return [leave, late, link("supplement", _("登记补正件"), "btn-main")]
    return [leave] if found.state == "eligible" else []


def _undecided(found: DossierView) -> tuple[Change, ...]:
    return found.comparison.undecided if found.comparison else ()


def _compared(found: DossierView) -> dict[str, Any] | None:
    """What the version changes, old beside new, with what that means; None for the first version."""
    if found.comparison is None:
        return None
    undecided = _undecided(found)
    rows = [
        {
            "place": change.place,
            "old": change.old or _("空白"),
            "new": change.new or _("空白"),
            "kind": CHANGES["undecided" if change in undecided else change.kind][0],
            "state": word(CHANGES["undecided" if change in undecided else change.kind])[1],
        }
        for change in found.comparison.changes
    ]
    note = _("与第%(n)s版比对，%(count)s处不同", n=found.comparison.ordinal, count=len(rows))
    return {"note": note, "rows": rows, "overdue": found.version.overdue}


def _versions(found: DossierView) -> list[dict[str, Any]]:
    at: dict[str, Any] = {"call": found.call, "dossier": found.public_id}
    return [
        {
            "ordinal": item.ordinal,
            "words": _version_words(found, item),
            "overdue": item.overdue,
            "href": url_for("secretariat_dossiers.check", **at, version=item.public_id),
            "file": url_for("secretariat_dossiers.file", call=found.call, file=item.file),
            "file_name": item.file_name,
            "shown": item.public_id == found.version.public_id,
        }
        for item in reversed(found.versions)
    ]


def _came(found: DossierView, item: VersionRow) -> str:
    """When a version came; of the first also when it was posted, where that is what counts."""
    if item.ordinal > 1 or found.arrived_at is None:
        return _("%(at)s收件", at=office_time(item.received_at))
    posted, arrived = office_date(item.received_at), office_time(found.arrived_at)
    return _("%(day)s邮戳　%(at)s送达（以邮戳日为准）", day=posted, at=arrived)


def _with_copies(came: str, copies: Copies) -> str:
    """What came on paper and discs, too, where somebody counted."""
    if copies.paper is not None:
        came = _("%(came)s，纸质件%(n)s份", came=came, n=copies.paper)
    return _("%(came)s，光盘%(n)s张", came=came, n=copies.discs) if copies.discs is not None else came


def _version_words(found: DossierView, item: VersionRow) -> str:
    """Receipt and registration; both times where a correction's receipt was typed."""
    came, recorded = _with_copies(_came(found, item), item.copies), office_time(item.recorded_at)
    if item.ordinal == 1 or office_time(item.received_at) == recorded:
        return _("%(came)s，%(by)s登记", came=came, by=item.created_by)
    return _("%(came)s，%(by)s于%(recorded)s登记", came=came, by=item.created_by, recorded=recorded)


def _acts(found: DossierView) -> list[dict[str, Any]]:
    return [
        {
            "name": named(ACTS, act.action),
            "words": f"{office_time(act.at)}　{act.by}",
            "reason": act.reason,
            "due": _("截止 %(at)s", at=office_time(act.due_at)) if act.due_at else "",
            "letter": url_for("secretariat_dossiers.file", call=found.call, file=act.letter)
            if act.letter
            else "",
        }
        for act in reversed(found.acts)
    ]


def _rejection(found: DossierView) -> str:
    if found.rejection is None:
        return ""
    asked = found.rejection
    return _(
        "%(by)s于%(at)s提出不予受理，等待另一人复核。理由：%(reason)s",
        by=asked.asked_by,
        at=office_time(asked.asked_at),
        reason=asked.reason,
    )
