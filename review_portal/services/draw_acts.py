"""What every act of a draw does: find the draw, keep the act, tell the chain; in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.draws import DrawAct, ExpertDraw
from review_portal.services import audit, draw_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.draw_state import Standing

KIND = "expert_draw"


def running(session: Session, actor: Viewer, round_: str) -> tuple[Round, Standing]:
    """The round, locked, and its draw that is under way. Conflict: none is."""
    row = scopes.known_round(actor, round_, session=session, lock=True)
    found = draw_state.of_round(session, row)
    if not found or not found[-1].running:
        raise Conflict(mark("本轮没有正在进行的抽取，请刷新页面查看。"))
    return row, found[-1]


def act(
    session: Session,
    actor: Viewer,
    action: str,
    row: Round,
    found: Standing,
    step: str,
    party: str,
    body: object,
) -> None:
    """Keep one act of the protocol and tell the chain."""
    done = DrawAct(
        draw_id=found.row.id,
        step=step,
        party=party,
        body=body,
        acted_at=now(),
        acted_by=actor.account_id,
    )
    session.add(done)
    session.flush()
    tell(session, actor, action, row, found.row, {"party": party}, [Bound("draw_act", done)])


def tell(
    session: Session,
    actor: Viewer,
    action: str,
    row: Round,
    drawn: ExpertDraw,
    detail: Mapping[str, object],
    bound: Sequence[Bound],
) -> None:
    """Write the entry that binds what has been done."""
    audit.record(
        session,
        actor,
        action,
        object_kind=KIND,
        object_id=drawn.public_id,
        call_id=row.call_id,
        detail={"round": row.public_id, "event": drawn.event, **detail},
        bound=bound,
    )
