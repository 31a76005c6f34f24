"""Which re-examination is under way, and what it allows that a frozen ranking otherwise forbids."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.rankings import Ranking, newest
from review_portal.models.reexaminations import Reexamination
from review_portal.services import ranking_rounds

ACTION = "reexamine"
CORRECT = "correct_sheet"
CALL_STATES = ("ranked", "decided", "publicity")


def known(
    session: Session, viewer: Viewer, public_id: str, *, lock: bool = False
) -> tuple[Reexamination, Call]:
    """A re-examination with its call, for the call's offices and the chair who decides. Raises `NotFound`."""
    query = (
        sa.select(Reexamination, Call)
        .join(Call, Call.id == Reexamination.call_id)
        .where(Reexamination.public_id == public_id)
    )
    found = session.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound()
    row, call = found
    if policy.can_see_call(viewer, call.id) or policy.can_chair(viewer, deciding_round(session, row)):
        return row, call
    raise NotFound()


def deciding_round(session: Session, row: Reexamination) -> Round:
    """The round whose chair freezes the new version: that which scored anew, else the call's last."""
    own = session.scalars(sa.select(Round).where(Round.reexamination_id == row.id)).first()
    if own is not None:
        return own
    last = sa.select(Round).where(Round.call_id == row.call_id, Round.reexamination_id.is_(None))
    return session.scalars(last.order_by(Round.position.desc(), Round.id.desc()).limit(1)).one()


def running(session: Session, call_id: int) -> Reexamination | None:
    """The one under way in a call: asked for and still waiting, or open."""
    row = session.scalars(
        sa.select(Reexamination).where(
            Reexamination.call_id == call_id, Reexamination.state.in_(("asked", "open"))
        )
    ).first()
    if row is not None and row.state == "asked" and waits_until(session, row.public_id) is None:
        return None  # the request has lapsed; nobody agreed to it
    return row


def waits_until(session: Session, public_id: str) -> datetime | None:
    """Until when the request to re-examine waits; None where none does."""
    return session.scalar(
        sa.select(Approval.expires_at).where(
            Approval.action == ACTION,
            Approval.object_id == public_id,
            Approval.outcome == "pending",
            Approval.expires_at > now(),
        )
    )


def open_() -> sa.ColumnElement[bool]:
    """Calls of which a re-examination is open: the panel's opinions and votes go on for its new version."""
    return sa.exists().where(Reexamination.call_id == Call.id, Reexamination.state == "open")


def is_open(session: Session, round_: Round) -> bool:
    """Whether this round scores anew for a re-examination whose version is not frozen yet."""
    query = sa.select(Reexamination.state).where(Reexamination.id == round_.reexamination_id)
    return session.scalar(query) == "open"


def again_now(session: Session, call: Call) -> list[Round]:
    """Rounds scored again that the ranking as it would come out now rests on, oldest first."""
    found = session.scalars(newest(call.id, "final")).first()
    row = running(session, call.id)
    own = ranking_rounds.of_reexaminations(session, [row.id]) if row and row.state == "open" else []
    return [*ranking_rounds.again_in(session, found), *own]


def judges(session: Session, call: Call) -> bool:
    """Whether the panel gives its opinions and votes: before the ranking is frozen, and again for the new
    version of an open re-examination once its own round has ended.
    """
    if call.state == "reviewing":
        return True
    row = running(session, call.id) if call.state in CALL_STATES else None
    if row is None or row.state != "open":
        return False
    return all(item.state == "finished" for item in ranking_rounds.of_reexaminations(session, [row.id]))


def allows_void(session: Session, call_id: int, dossier_id: int) -> bool:
    """Whether a sheet on this dossier may be voided although the ranking is frozen."""
    row = running(session, call_id)
    if row is None or row.state != "open" or row.kind != "void":
        return False
    number = session.scalar(sa.select(Dossier.public_id).where(Dossier.id == dossier_id))
    return number in row.dossiers


def refuse_running(session: Session, call_id: int) -> None:
    """Raise `Conflict` while an objection is looked into: what follows from the ranking waits for it."""
    if running(session, call_id) is not None:
        raise Conflict(mark("异议复核正在办理，办结前不能登记会议审定结果或发布公示。"))


def refuse_undecidable(session: Session, ranking: Ranking) -> None:
    """Raise `Conflict` where nothing may be decided on this version yet."""
    refuse_running(session, ranking.call_id)
    unheard = ranking.body.get("unheard")
    if unheard:
        raise Conflict(
            mark(
                "按现行排名，%(numbers)s应当进入下一环节而未参加。请先对其办理“重新评审”，再登记会议审定结果。",
                numbers="、".join(unheard),
            )
        )
