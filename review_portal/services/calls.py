"""Calls: made from a rubric folder, published, intake closed; the scheme and its approval."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.services import audit, scopes, signature_state
from review_portal.services.bindings import Bound
from review_portal.services.rules import file_rules, folders, round_name, rules_of, scheme_digest
from scoring_rubrics import Call as Rules

_STAGE_OF_STATE = {"ranked": 6, "decided": 7, "publicity": 8, "listed": 9, "delivering": 10, "archived": 11}


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in the switcher; `stage` is its place among the eleven."""

    public_id: str
    title: str
    state: str
    stage: int | None


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round of a call, without anything that points could tell."""

    public_id: str
    stage: str
    name: str
    state: str
    position: int
    deadline: datetime | None
    opened_at: datetime | None
    frozen_digest: str | None
    panel: str = ""
    again: bool = False  # scores some dossiers anew after an objection


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as its offices see it."""

    public_id: str
    title: str
    state: str
    rules: Rules
    scheme_digest: str
    scheme_reference: str | None
    scheme_approved_by: str | None
    scheme_approved_on: date | None
    scheme_holds: bool
    rounds: tuple[RoundRow, ...]
    version: int


def list_for_switcher(viewer: Viewer) -> list[CallRow]:
    """The viewer's calls, newest first. Two queries however many there are."""
    rows = db.session.scalars(scopes.visible_calls(viewer).order_by(sa.desc(Call.id))).all()
    opened = db.session.execute(
        sa.select(Round.call_id, sa.func.max(Round.position))
        .where(Round.call_id.in_([row.id for row in rows]), Round.state != "draft")
        .group_by(Round.call_id)
    ).all()
    positions: dict[int, int] = dict(opened)
    return [CallRow(r.public_id, r.title, r.state, _stage(r.state, positions.get(r.id))) for r in rows]


def _stage(state: str, position: int | None) -> int | None:
    if state == "reviewing":
        return 3 if position is None else min(3 + position, 5)
    return {"draft": 1, "receiving": 2, **_STAGE_OF_STATE}.get(state)


def create_call(actor: Viewer, *, folder: str, request_key: str = "") -> str:
    """A call from a rubric folder, with one draft round per scoring stage or one for each of its panels.

    Returns its public id. A form that is sent twice carries the same `request_key` and makes one call.
    Raises `NotAllowed`, `Invalid` with file, key and reason of a fault in the rules.
    """
    policy.can_create_call(actor).require()
    with transaction() as session:
        key = (
            hashlib.sha256(f"{actor.account_id}:{request_key}".encode()).hexdigest() if request_key else None
        )
        made = session.scalar(sa.select(Call.public_id).where(Call.request_key == key)) if key else None
        if made is not None:
            return made
        rule_set, rules = file_rules(session, folder)
        signature_state.refuse_unknown(rules)
        call = Call(rule_set_id=rule_set.id, title=rules.short_title, request_key=key, created_at=now())
        session.add(call)
        session.flush()
        for position, stage in enumerate(rules.scored_stages, start=1):
            for panel in [panel.key for panel in stage.panels] or [""]:
                session.add(Round(call_id=call.id, stage=stage.key, panel=panel, position=position))
        audit.record(
            session,
            actor,
            "create_call",
            object_kind="call",
            object_id=call.public_id,
            call_id=call.id,
            detail={"rules": rules.digest, "folder": folder},
        )
        return call.public_id


def available_folders() -> tuple[str, ...]:
    """Rubric folders that a call can be made from."""
    return folders()


def view(viewer: Viewer, *, call: str) -> CallView:
    """A call with its rounds. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    rules = rules_of(row)
    rounds = db.session.scalars(
        sa.select(Round).where(Round.call_id == row.id).order_by(Round.position, Round.id)
    )
    digest = scheme_digest(rules)
    return CallView(
        row.public_id,
        row.title,
        row.state,
        rules,
        digest,
        row.scheme_reference,
        row.scheme_approved_by,
        row.scheme_approved_on,
        row.scheme_digest == digest,
        tuple(_round_row(item, rules) for item in rounds),
        row.version,
    )


def _round_row(item: Round, rules: Rules) -> RoundRow:
    return RoundRow(
        item.public_id,
        item.stage,
        round_name(rules, item),
        item.state,
        item.position,
        item.deadline,
        item.opened_at,
        item.frozen_digest,
        item.panel,
        item.reexamination_id is not None,
    )


def _advance(actor: Viewer, call: str, action: str) -> None:
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        row.state = states.advance(states.CALL, row.state, action)
        if action == "publish":
            row.published_at = now()
        else:
            _refuse_open_dossiers(row.id)
            row.intake_closed_at = now()
        audit.record(
            session, actor, action, object_kind="call", object_id=row.public_id, call_id=row.id, detail={}
        )


def publish(actor: Viewer, *, call: str) -> None:
    """Open the call for dossiers; from here on roles are granted by two people."""
    _advance(actor, call, "publish")


def close_intake(actor: Viewer, *, call: str) -> None:
    """End intake; refused while a dossier waits for a decision of the office."""
    _advance(actor, call, "close_intake")


def _refuse_open_dossiers(call_id: int) -> None:
    waiting = db.session.scalars(
        sa.select(Dossier.number)
        .where(
            Dossier.call_id == call_id, Dossier.state.in_(("filed", "recommended", "received", "returned"))
        )
        .order_by(Dossier.number)
    ).all()
    if waiting:
        raise Conflict(
            mark(
                "还有%(n)s份材料未作出受理决定：%(numbers)s。请先办结再结束受理。",
                n=len(waiting),
                numbers="、".join(waiting),
            )
        )


def record_scheme(
    actor: Viewer, *, call: str, reference: str, approved_by: str, approved_on: date | None
) -> None:
    """Record that the generated 评审工作方案 was approved; a round opens only under it."""
    faults: dict[str, Message] = {}
    if not reference.strip():
        faults["reference"] = mark("请填写审批文号或会议纪要号。")
    if not approved_by.strip():
        faults["approved_by"] = mark("请填写批准人或批准会议。")
    if approved_on is None:
        faults["approved_on"] = mark("请填写批准日期。")
    if faults:
        raise Invalid(mark("方案审批未登记，请补齐标出的内容。"), faults)
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        if row.state not in ("draft", "receiving", "reviewing"):
            raise Conflict(mark("本批次评审已结束，不能再登记方案审批。"))
        row.scheme_digest = scheme_digest(rules_of(row))
        row.scheme_reference, row.scheme_approved_by = reference.strip(), approved_by.strip()
        row.scheme_approved_on = approved_on
        audit.record(
            session,
            actor,
            "approve_scheme",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={"scheme": row.scheme_digest, "reference": row.scheme_reference, "on": approved_on},
            bound=[Bound("scheme", row)],
        )
