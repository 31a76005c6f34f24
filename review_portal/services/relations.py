"""Control and cooperation registered for an expert: what a roster's columns do not hold."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.errors import Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.experts import Expert, ExpertTie
from review_portal.services import audit, scopes

KINDS = ("control", "cooperation")


def _enter(session: Session, actor: Viewer, call: str, expert: str) -> tuple[Call, Expert]:
    row = scopes.office_call(actor, call, session=session)
    policy.can_run_call(actor, row.id).require()
    person = session.scalars(sa.select(Expert).where(Expert.public_id == expert)).first()
    if person is None:
        raise NotFound()
    return row, person


def add_relation(
    actor: Viewer,
    *,
    call: str,
    expert: str,
    kind: str,
    organisation: str,
    words: str,
    until: date | None,
) -> None:
    """Register shares, control or cooperation; `until` None while it lasts. Raises `Invalid` by field."""
    _refuse_unfit(kind, organisation.strip(), words.strip())
    with transaction() as session:
        row, person = _enter(session, actor, call, expert)
        session.add(
            ExpertTie(
                expert_id=person.id,
                kind=kind,
                organisation=organisation.strip(),
                post=words.strip(),
                until=until,
            )
        )
        _record(session, actor, row, person, "add_relation", kind, organisation.strip())


def remove_relation(actor: Viewer, *, call: str, expert: str, key: int) -> None:
    """Take one out that was registered by mistake. Raises `NotFound`."""
    with transaction() as session:
        row, person = _enter(session, actor, call, expert)
        tie = session.scalars(
            sa.select(ExpertTie).where(
                ExpertTie.id == key, ExpertTie.expert_id == person.id, ExpertTie.kind.in_(KINDS)
            )
        ).first()
        if tie is None:
            raise NotFound()
        _record(session, actor, row, person, "remove_relation", tie.kind, tie.organisation)
        session.delete(tie)


def _refuse_unfit(kind: str, organisation: str, words: str) -> None:
    faults: dict[str, Message] = {}
    if kind not in KINDS:
        faults["kind"] = mark("请选择关系种类。")
    if not 2 <= len(organisation) <= 200:
        faults["organisation"] = mark("请填写单位全称，不超过200字。")
    if not 2 <= len(words) <= 100:
        faults["words"] = mark("请写明关系内容，2至100字。")
    if faults:
        raise Invalid(mark("有%(n)s处须更正，未登记。", n=len(faults)), faults)


def _record(
    session: Session, actor: Viewer, call: Call, expert: Expert, act: str, kind: str, organisation: str
) -> None:
    audit.record(
        session,
        actor,
        act,
        object_kind="expert",
        object_id=expert.public_id,
        call_id=call.id,
        detail={"relation": kind, "organisation": organisation},
    )
