"""登记异议 and 确定办理方式: what comes in is registered at once, then an officer says how it is handled.

Who complained is written once, into a table of its own, and is read by `objection_identity` alone.
"""

from __future__ import annotations

import hashlib
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import objection_rules, policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.objection_rules import CALL_STATES, ROUTES, number_text
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.objections import Complainant, Objection, ObjectionAct, ObjectionFile
from review_portal.services import audit, files, list_notice_facts, objection_rows, publicity_periods, scopes
from review_portal.services.bindings import Bound
from review_portal.services.objection_input import (
    MEDIA_TYPES,
    SUFFIXES,
    Entry,
    Evidence,
    check_entry,
    check_files,
    check_reason,
)


def register(
    actor: Viewer, *, call: str, entry: Entry, evidence: tuple[Evidence, ...] = (), request_key: str
) -> str:
    """Give an objection its number; a late one is taken in as late. Sent twice, it is registered once.

    Returns the public id. Raises `Invalid` by field, `Conflict` before receiving and after the final list,
    `NotFound`.
    """
    key = hashlib.sha256(f"{actor.account_id}:{request_key}".encode()).hexdigest()
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        sent = session.scalar(sa.select(Objection.public_id).where(Objection.request_key == key))
        if sent is not None:
            return sent
        if row.state not in CALL_STATES:
            raise Conflict(mark("异议自开始受理申报起登记，至最终名单公布为止。"))
        check_entry(entry)
        kinds = check_files(evidence)
        _refuse_unknown(session, row, entry.dossiers)
        made = _made(session, actor, row, entry, key)
        bound = [Bound("objection", made), *_kept_apart(session, made, entry)]
        for place, (item, kind) in enumerate(zip(evidence, kinds, strict=True), start=1):
            name = f"{number_text(made.ordinal)}-{place}.{SUFFIXES[kind]}"
            stored = files.put(
                session, item.data, name=name, media_type=MEDIA_TYPES[kind], actor_id=actor.account_id
            )
            file = ObjectionFile(
                objection_id=made.id, file_id=stored.id, sha256=stored.sha256, guarded=item.guarded
            )
            session.add(file)
            session.flush()
            bound.append(Bound("objection_file", file))
        audit.record(
            session,
            actor,
            "register_objection",
            object_kind="objection",
            object_id=made.public_id,
            call_id=row.id,
            detail={"entry": number_text(made.ordinal), "overdue": made.late},
            bound=bound,
        )
        return made.public_id


def _refuse_unknown(session: Session, call: Call, dossiers: tuple[str, ...]) -> None:
    known = set(session.scalars(sa.select(Dossier.public_id).where(Dossier.call_id == call.id)))
    if not set(dossiers) <= known:
        said = mark("请从本批次的申报材料中选择。")
        raise Invalid(said, {"dossiers": said})


def _made(session: Session, actor: Viewer, call: Call, entry: Entry, key: str) -> Objection:
    assert entry.received_at is not None  # it is checked
    late = entry.on_publicity and _late(session, call, entry)
    proposed = objection_rules.propose(
        way=entry.way, identity=entry.identity, signed=entry.signed, checkable=entry.checkable, late=late
    )
    last = session.scalar(sa.select(sa.func.max(Objection.ordinal)).where(Objection.call_id == call.id))
    made = Objection(
        call_id=call.id,
        ordinal=(last or 0) + 1,
        way=entry.way,
        received_at=entry.received_at,
        received_by=entry.received_by.strip(),
        dossiers=sorted(set(entry.dossiers)),
        facts=entry.facts.strip(),
        identity=entry.identity,
        signed=entry.signed,
        checkable=entry.checkable,
        on_publicity=entry.on_publicity,
        late=late,
        proposed=proposed.route,
        request_key=key,
        recorded_at=now(),
        recorded_by=actor.account_id,
    )
    session.add(made)
    session.flush()
    return made


def _late(session: Session, call: Call, entry: Entry) -> bool:
    """A notice taken off the website bars nobody; one that has stood its time bars whoever comes after."""
    if call.state != "publicity":
        said = mark("本批次不在公示，请选择“对其他事项的反映”。")
        raise Invalid(said, {"on_publicity": said})
    found = publicity_periods.period_of(session, call)
    assert entry.received_at is not None  # it is checked
    if found is None or found.ended_by in ("takedown", "corrected") or entry.received_at < found.ends_at:
        return False
    return not _on_change(session, call, entry, local_date(entry.received_at))


def _on_change(session: Session, call: Call, entry: Entry, day: date) -> bool:
    """Whether a notice on a change of the list bore the objection that day: on the unit that it would put on
    the list, or on how; on any where the whole list was made public again.
    """
    shown = list_notice_facts.on_show(session, call, day)
    ids = [need.change.dossier_id for need in shown if need.kind == "newcomer"]
    units = session.scalars(sa.select(Dossier.public_id).where(Dossier.id.in_(ids)))
    whole = len(ids) < len(shown)
    return whole or bool(shown and not entry.dossiers) or not set(units).isdisjoint(entry.dossiers)


def _kept_apart(session: Session, made: Objection, entry: Entry) -> list[Bound]:
    if entry.identity == "anonymous":
        return []
    row = Complainant(
        objection_id=made.id,
        name=entry.name.strip(),
        unit=entry.unit.strip(),
        contact=entry.contact.strip(),
    )
    session.add(row)
    session.flush()
    return [Bound("complainant", row)]


def classify(actor: Viewer, *, objection: str, route: str, reason: str) -> None:
    """确定办理方式: the rule has proposed, the officer decides and says why.

    Raises `Invalid` by field, `Conflict` once it is decided, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row, call = objection_rows.known(session, actor, objection, lock=True)
        policy.can_run_call(actor, call.id).require()
        if route not in ROUTES:
            said = mark("请选择办理方式。")
            raise Invalid(said, {"route": said})
        told = check_reason("reason", reason)
        objection_rows.refuse_naming(session, actor, row, "reason", told)
        objection_rows.refuse_unfit(session, row, "classify")
        made = ObjectionAct(
            objection_id=row.id,
            act="classify",
            choice=route,
            text=told,
            acted_at=now(),
            acted_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "classify_objection",
            object_kind="objection",
            object_id=row.public_id,
            call_id=call.id,
            detail={"entry": number_text(row.ordinal), "route": route},
            bound=[Bound("objection_act", made)],
        )
