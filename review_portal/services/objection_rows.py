"""The way to one objection, and whether a step may follow. Reads only; who complained is not among it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import objection_rules, policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.objection_rules import ACTS, STATES
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.objections import Complainant, Objection
from review_portal.services import objection_state


def known(session: Session, viewer: Viewer, public_id: str, *, lock: bool = False) -> tuple[Objection, Call]:
    """An objection with its call, for the call's offices. Raises `NotFound`. `lock` holds the call."""
    found = session.execute(
        sa.select(Objection, Call)
        .join(Call, Call.id == Objection.call_id)
        .where(Objection.public_id == public_id)
    ).first()
    if found is None or not policy.can_see_call(viewer, found[1].id):
        raise NotFound()
    if lock:
        session.scalars(sa.select(Call).where(Call.id == found[1].id).with_for_update()).one()
    return found[0], found[1]


def refuse_unfit(session: Session, row: Objection, act: str) -> None:
    """Raise `Conflict` where the step does not follow on what was done."""
    state = objection_rules.state_of(row.identity, objection_state.acts_of(session, [row.id])[row.id])
    if not objection_rules.may(state, act):
        raise Conflict(
            mark(
                "该异议现为“%(state)s”，不能办理“%(act)s”。请刷新页面后按提示办理。",
                state=STATES[state],
                act=ACTS[act],
            )
        )


def refuse_naming(session: Session, actor: Viewer, row: Objection, field: str, text: str) -> None:
    """Raise `Invalid` where the officer who registered an objection writes who complained into a text.

    Nobody else is told: an answer by trial would tell them the name.
    """
    if row.recorded_by != actor.account_id:
        return
    told = session.execute(
        sa.select(Complainant.name, Complainant.unit, Complainant.contact).where(
            Complainant.objection_id == row.id
        )
    ).first()
    if told is not None and any(len(one) >= 2 and one in text for one in told):
        said = mark("内容中写有异议人的姓名、单位或联系方式，请改写为“异议人”。")
        raise Invalid(said, {field: said})
