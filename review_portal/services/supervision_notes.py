"""监督记录 as a supervisor writes it: nodes noted, corrected and added, and the form made for signature."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import new_public_id, now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.holds import Hold, HoldLifting
from review_portal.models.supervision import VERDICTS, SupervisionForm, SupervisionNote
from review_portal.services import audit, scopes, supervision_record
from review_portal.services.bindings import Bound
from review_portal.services.supervision_record import Node, Record

REMARK_MIN, REMARK_MAX, PLACE_MAX, TITLE_MAX, REASON_MIN = 5, 500, 100, 60, 5


@dataclass(frozen=True, slots=True)
class Entry:
    """What a supervisor says of a node. `title` and `happened_at` belong to a node of one's own."""

    verdict: str
    remark: str = ""
    place: str = ""
    title: str = ""
    happened_at: datetime | None = None


def _watched(session: Session, actor: Viewer, call: str) -> Call:
    row = scopes.office_call(actor, call, session=session, lock=True)
    policy.can_watch_call(actor, row.id).require()
    return row


def note(actor: Viewer, *, call: str, node: str, entry: Entry, reason: str, seen: int) -> None:
    """Note a node, or correct the own note of it; the earlier version stays.

    `seen` is the version that the page showed, 0 for none. Raises `NotFound`, `NotAllowed`, `Invalid` by
    field, `Conflict` with `theirs` where another window was faster.
    """
    with transaction() as session:
        row = _watched(session, actor, call)
        known = supervision_record.record_of(session, actor, row)
        found = next((item for item in known.nodes if item.key == node), None)
        if found is None:
            raise NotFound()
        last = found.mine
        if seen != (last.ordinal if last else 0):
            raise Conflict(theirs=last)
        adds = found.entry is None and (last is not None and found.versions[0].mine)
        _refuse_unfit(entry, reason if last else None, added=adds)
        made = _make(actor, row, found.key, _round_id(session, row, known, found), entry)
        made.ordinal = last.ordinal + 1 if last else 1
        made.reason = reason.strip() if last else ""
        if not adds:
            made.title, made.happened_at = _heading(session, row, found)
        _keep(session, actor, row, [made], found)


def _make(actor: Viewer, row: Call, key: str, round_id: int | None, entry: Entry) -> SupervisionNote:
    return SupervisionNote(
        call_id=row.id,
        round_id=round_id,
        node=key,
        title=entry.title.strip(),
        happened_at=entry.happened_at,
        place=entry.place.strip(),
        verdict=entry.verdict,
        remark=entry.remark.strip(),
        ordinal=1,
        reason="",
        written_at=now(),
        written_by=actor.account_id,
    )


def _round_id(session: Session, row: Call, known: Record, found: Node) -> int | None:
    group = next(group for group in known.groups if found in group.nodes)
    query = sa.select(Round.id).where(Round.public_id == group.round_, Round.call_id == row.id)
    return session.scalar(query) if group.round_ else None


def _heading(session: Session, row: Call, found: Node) -> tuple[str, datetime | None]:
    """A node of somebody else's keeps the title and time that were given to it."""
    return ("", None) if found.entry is not None else (str(found.name), found.at)


def _refuse_unfit(entry: Entry, reason: str | None, *, added: bool) -> None:
    """`reason` is None for a first note. Raises `Invalid` with every fault at its field."""
    faults: dict[str, Message] = {}
    remark = len(entry.remark.strip())
    if entry.verdict not in VERDICTS:
        faults["verdict"] = mark("请选择“正常”或“有情况”。")
    elif entry.verdict == "remark" and remark < REMARK_MIN:
        faults["remark"] = mark("请写明情况，至少%(n)s个字。", n=REMARK_MIN)
    if remark > REMARK_MAX:
        faults["remark"] = mark("请不超过%(n)s个字。", n=REMARK_MAX)
    if len(entry.place.strip()) > PLACE_MAX:
        faults["place"] = mark("请不超过%(n)s个字。", n=PLACE_MAX)
    if reason is not None and not REASON_MIN <= len(reason.strip()) <= REMARK_MAX:
        faults["reason"] = mark(
            "请写明更正的理由，%(least)s至%(most)s个字。", least=REASON_MIN, most=REMARK_MAX
        )
    if added:
        faults.update(_heading_faults(entry))
    if faults:
        raise Invalid(mark("监督记录未保存，请按提示更正。所填内容已保留。"), faults)


def _heading_faults(entry: Entry) -> dict[str, Message]:
    faults: dict[str, Message] = {}
    if not 2 <= len(entry.title.strip()) <= TITLE_MAX:
        faults["title"] = mark("请填写节点名称，2至%(most)s个字。", most=TITLE_MAX)
    if entry.happened_at is None:
        faults["happened_at"] = mark("请填写时间。")
    elif entry.happened_at > now():
        faults["happened_at"] = mark("时间尚未到，请核对。")
    return faults


def _keep(
    session: Session, actor: Viewer, row: Call, made: Sequence[SupervisionNote], of: Node | None = None
) -> None:
    session.add_all(made)
    session.flush()
    told = {"step": str(of.name)} if of is not None and of.entry is not None else {}
    audit.record(
        session,
        actor,
        "note_supervision",
        object_kind="call",
        object_id=row.public_id,
        call_id=row.id,
        detail={"node": [item.node for item in made], "ordinal": made[0].ordinal, **told},
        bound=[Bound("supervision_note", item) for item in made],
    )


def add_node(actor: Viewer, *, call: str, round_: str, entry: Entry) -> str:
    """Add a node that the portal knows nothing of, with what was seen there. Returns its key.

    Raises `NotFound`, `NotAllowed`, `Invalid` by field, `Conflict` where the same was added already.
    """
    with transaction() as session:
        row = _watched(session, actor, call)
        _refuse_unfit(entry, None, added=True)
        round_id = None
        if round_:
            query = sa.select(Round.id).where(Round.public_id == round_, Round.call_id == row.id)
            round_id = session.scalar(query)
            if round_id is None:
                raise NotFound()
        same = sa.select(SupervisionNote.id).where(
            SupervisionNote.call_id == row.id,
            SupervisionNote.written_by == actor.account_id,
            SupervisionNote.title == entry.title.strip(),
            SupervisionNote.happened_at == entry.happened_at,
            SupervisionNote.node.startswith("o"),
        )
        if session.scalar(same.limit(1)):
            raise Conflict(mark("同一时间的同名节点已经添加。"))
        key = "o" + new_public_id()
        _keep(session, actor, row, [_make(actor, row, key, round_id, entry)])
        return key


def note_normal(actor: Viewer, *, call: str, nodes: Collection[str], place: str = "") -> int:
    """Note several nodes as normal at once; those that the actor has noted already stay. Returns how many.

    `place` goes to those of which none is known; without it what was noted last in their round. Raises
    `NotFound`, `NotAllowed`, `Invalid`.
    """
    with transaction() as session:
        row = _watched(session, actor, call)
        known = supervision_record.record_of(session, actor, row)
        chosen = [item for item in known.nodes if item.key in set(nodes) and item.mine is None]
        if not chosen:
            raise Invalid(mark("请先勾选尚未记录的节点。"))
        if len(place.strip()) > PLACE_MAX:
            fault = mark("请不超过%(n)s个字。", n=PLACE_MAX)
            raise Invalid(mark("监督记录未保存，请按提示更正。所填内容已保留。"), {"place": fault})
        made = []
        for item in chosen:
            entry = Entry("normal", place=item.place or place.strip() or item.offer)
            one = _make(actor, row, item.key, _round_id(session, row, known, item), entry)
            one.title, one.happened_at = _heading(session, row, item)
            made.append(one)
        _keep(session, actor, row, made)
        return len(made)


def make_form(actor: Viewer, *, call: str) -> str:
    """Make 监督记录表 of what stands now, to be printed and signed. Returns its public id.

    Offices and chairs may read it from here on. Raises `NotFound`, `NotAllowed`, `Conflict` where nothing has
    been noted, or nothing new since the last.
    """
    with transaction() as session:
        row = _watched(session, actor, call)
        known = supervision_record.record_of(session, actor, row)
        if not any(node.versions for node in known.nodes):
            raise Conflict(mark("尚未记录任何节点，请先记录。"))
        content = {"rows": _rows(known), "holds": _holds(session, row)}
        if known.forms and canonical.digest(content) == known.forms[0].body["content"]:
            raise Conflict(mark("自第%(n)s版以来没有新的记录，无须再次生成。", n=known.forms[0].ordinal))
        entries, head = audit.checkpoint()
        made_at, ordinal = now(), len(known.forms) + 1
        body = {
            **content,
            "content": canonical.digest(content),
            "call_title": row.title,
            "ordinal": ordinal,
            "made_at": made_at.isoformat(timespec="seconds"),
            "made_by": actor.name,
            "signers": sorted({note.by for node in known.nodes for note in node.notes}),
            "checkpoint": {"entries": entries, "head": head},
        }
        form = SupervisionForm(
            call_id=row.id,
            ordinal=ordinal,
            body=body,
            digest=canonical.digest(body),
            made_at=made_at,
            made_by=actor.account_id,
        )
        session.add(form)
        session.flush()
        audit.record(
            session,
            actor,
            "make_supervision_form",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={"ordinal": ordinal, "digest": form.digest},
            bound=[Bound("supervision_form", form)],
        )
        return form.public_id


def _rows(known: Record) -> list[dict[str, Any]]:
    return [
        {
            "group": group.name,
            "name": str(node.name),
            "at": node.at.isoformat(timespec="seconds"),
            "by": node.by,
            "entry": node.entry,
            "place": node.place,
            "notes": [
                {
                    "by": item.by,
                    "verdict": item.verdict,
                    "remark": item.remark,
                    "ordinal": item.ordinal,
                    "reason": item.reason,
                }
                for item in node.notes
            ],
        }
        for group in known.groups
        for node in group.nodes
    ]


def _holds(session: Session, row: Call) -> list[dict[str, Any]]:
    """Each hold with its end: both are nodes too; here stands what was asked and found."""
    rows = session.execute(
        sa.select(Hold, HoldLifting)
        .outerjoin(HoldLifting, HoldLifting.hold_id == Hold.id)
        .where(Hold.call_id == row.id)
        .order_by(Hold.id)
    )
    return [
        {
            "at": made.held_at.isoformat(timespec="seconds"),
            "reason": made.reason,
            "lifted_at": end.lifted_at.isoformat(timespec="seconds") if end else None,
            "finding": end.finding if end else "",
            "same": bool(end and end.lifted_by == made.held_by),
        }
        for made, end in rows
    ]
