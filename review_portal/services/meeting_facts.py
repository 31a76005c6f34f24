"""What the portal knows of a round's meeting day: counts, times and names of offices, nothing from points."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.domain.meeting_steps import Facts
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember, Recusal, present
from review_portal.models.meetings import MeetingMark
from review_portal.models.recusals import standing
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services.points import in_the_running
from review_portal.services.rules import rules_of

OPEN = ("assigned", "draft", "returned")


def marks_of(session: Session, round_id: int) -> list[MeetingMark]:
    """All ticks, takings back and remarks of a round in their order."""
    query = sa.select(MeetingMark).where(MeetingMark.round_id == round_id).order_by(MeetingMark.id)
    return list(session.scalars(query))


def facts_of(session: Session, row: Round, call: Call) -> Facts:
    """The day as the data have it. At most seven queries."""
    panel, came, here, pledged = _people(session, row)
    sheets = _sheets(session, row)
    elected = _election(session, row)
    closed_by = _two_of(session, row, "close") if row.closed_at else ("", "")
    asked, agreed = _two_of(session, row, "unseal") if row.unsealed_at else ("", "")
    return Facts(
        state=row.state,
        panel=panel,
        came=came,
        present=here,
        quorum=rules_of(call).panel.quorum,
        pledged=pledged,
        elected_at=elected.elected_at if elected else None,
        votes=elected.votes if elected else 0,
        voters=elected.voters if elected else 0,
        open=sum(sheets.get(state, 0) for state in OPEN),
        submitted=sheets.get("submitted", 0),
        closed_at=row.closed_at,
        closed_by=closed_by,
        unsealed_at=row.unsealed_at,
        asked_by=asked,
        agreed_by=agreed,
        finished_at=row.finished_at,
        cases=_cases(session, row) if row.finished_at else 0,
    )


def _people(session: Session, row: Round) -> tuple[int, int, int, int]:
    """On the panel, signed in at least once, in the room, pledged of those who came."""
    came = PanelMember.signed_in_at.is_not(None)
    found = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(sa.case((came, 1))),
            sa.func.count(sa.case((present(), 1))),
            sa.func.count(sa.case((sa.and_(came, PanelMember.pledged_at.is_not(None)), 1))),
        ).where(PanelMember.round_id == row.id, PanelMember.left_at.is_(None))
    ).one()
    return found[0], found[1], found[2], found[3]


def _sheets(session: Session, row: Round) -> Mapping[str, int]:
    """State -> how many sheets; those on a unit that withdrew are owed by nobody."""
    rows = session.execute(
        sa.select(Review.state, sa.func.count())
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Review.round_id == row.id, in_the_running(row.finished_at))
        .group_by(Review.state)
    ).all()
    return dict(rows)


def _election(session: Session, row: Round) -> ChairElection | None:
    """The latest election; while scoring goes on none whose chair has become recused."""
    found = session.execute(
        sa.select(ChairElection, PanelMember.expert_id)
        .join(PanelMember, PanelMember.id == ChairElection.member_id)
        .where(ChairElection.round_id == row.id)
        .order_by(ChairElection.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    recused = sa.select(Recusal.id).where(
        Recusal.call_id == row.call_id, Recusal.expert_id == found.expert_id, standing()
    )
    if row.state == "scoring" and session.scalar(recused.limit(1)) is not None:
        return None
    election: ChairElection = found[0]
    return election


def _two_of(session: Session, row: Round, action: str) -> tuple[str, str]:
    """Who asked for an act on the round and who agreed."""
    asker, decider = aliased(Account), aliased(Account)
    found = session.execute(
        sa.select(asker.name, decider.name)
        .select_from(Approval)
        .join(asker, asker.id == Approval.asked_by)
        .join(decider, decider.id == Approval.decided_by)
        .where(
            Approval.action == action,
            Approval.object_id == row.public_id,
            Approval.outcome == "approved",
        )
        .order_by(Approval.id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else ("", "")


def _cases(session: Session, row: Round) -> int:
    query = sa.select(sa.func.count()).where(
        ReconciliationCase.round_id == row.id, ReconciliationCase.state.in_(("open", "answered", "lapsed"))
    )
    return session.scalar(query.select_from(ReconciliationCase)) or 0
