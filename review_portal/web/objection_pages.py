"""What the pages of the register of objections are given."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.objection_rules import ACTS, IDENTITIES, OUTCOMES, ROUTES, STATES, WAYS
from review_portal.services.objection_views import ActRow, ObjectionRow
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say

KINDS = {"registered": "warn", "transferred": "sealed", "closed": "done", "declined": "warn"}
MASK = "＊＊＊"


def units(row: ObjectionRow) -> str:
    """The dossiers that it is about, or the procedure."""
    return "、".join(f"{number} {unit}".strip() for _key, number, unit in row.dossiers) or _("程序")


def line(row: ObjectionRow) -> dict[str, Any]:
    """A row of the register."""
    return {
        "number": row.number,
        "received": office_time(row.received_at),
        "way": say(WAYS[row.way]),
        "identity": say(IDENTITIES[row.identity]),
        "about": units(row),
        "late": row.late,
        "kind": KINDS.get(row.state, "part"),
        "state": say(STATES[row.state]),
        "due": office_date(row.due_on) if row.due_on else "",
        "overdue": row.overdue,
        "href": url_for("objections.one", objection=row.public_id),
    }


def facts(row: ObjectionRow) -> list[tuple[str, Any]]:
    """What is on record of one; who complained stands there as a mask."""
    who = say(IDENTITIES[row.identity])
    masked = who if row.identity == "anonymous" else _("%(kind)s　%(mask)s", kind=who, mask=MASK)
    return [
        (_("反映方式"), say(WAYS[row.way])),
        (_("收到"), _("%(at)s　%(who)s", at=office_time(row.received_at), who=row.received_by)),
        (_("针对"), _("公示") if row.on_publicity else _("其他事项")),
        (_("涉及的材料"), units(row)),
        (_("异议人"), masked),
        (_("签名或盖章"), _("是") if row.signed else _("否")),
        (_("可核查的事实"), _("有") if row.checkable else _("没有")),
        (_("登记"), _("%(name)s　%(at)s", name=row.recorded_by, at=office_time(row.recorded_at))),
    ]


def step(item: ActRow, row: ObjectionRow) -> dict[str, Any]:
    """A step that was taken, with its letter where one went out."""
    words = {**ROUTES, **OUTCOMES}
    return {
        "act": say(ACTS[item.act]),
        "choice": say(words[item.choice]) if item.choice else "",
        "text": item.text,
        "at": office_time(item.at),
        "by": _("%(by)s，%(second)s复核", by=item.by, second=item.agreed_by) if item.agreed_by else item.by,
        "due": office_date(item.due_on) if item.due_on else "",
        "letter": url_for("objections.letter", objection=row.public_id, act=item.act) if item.letter else "",
    }


def next_acts(row: ObjectionRow, watches: bool) -> list[tuple[str, str]]:
    """The steps that this reader may take now: words and address."""
    if row.waiting:
        return [(_("处理结论待另一人复核"), url_for("approvals.decide", approval=row.waiting))]
    extended = any(item.act == "extend" for item in row.acts)
    found = []
    for act in row.next:
        if (act == "find") != watches or (act == "extend" and extended):
            continue
        if act == "find":
            address = url_for("objection_watch.find", objection=row.public_id)
        elif act in ("classify", "conclude"):
            address = url_for(f"objections.{act}", objection=row.public_id)
        else:
            address = url_for("objections.step", objection=row.public_id, act=act)
        found.append((say(ACTS[act]), address))
    return found
