"""Frozen rankings as papers look for them: which one, of which rounds, frozen by whom."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Call, Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.rankings import Ranking
from review_portal.services import ranking_rounds, ranking_versions
from review_portal.services.ranking_body import kind_of


def frozen_of(
    session: Session, call: Call, kind: str, panel: str = "", *, version: int | None = None
) -> Ranking | None:
    """The frozen ranking of this kind, of one of several panels where it has a key, its newest version
    unless another is asked for; None without one.
    """
    return ranking_versions.frozen(session, call.id, kind, version, panel=panel)


def frozen_for(session: Session, call: Call, round_: Round) -> Ranking | None:
    """The ranking whose scores a round's papers show: its own list, unless a later version counts anew."""
    last = frozen_of(session, call, "final")
    if round_.reexamination_id is not None or (last is not None and last.version > 1):
        return last
    return frozen_of(session, call, kind_of(session, round_), round_.panel)


def shortlists_of(session: Session, call: Call) -> dict[str, Ranking]:
    """Panel -> its frozen shortlist; the only panel of a stage has the empty key."""
    query = sa.select(Ranking).where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
    return {row.panel: row for row in session.scalars(query)}


def rounds_of(session: Session, call: Call, frozen: Ranking) -> list[Round]:
    """The regular rounds that stood finished when this ranking was frozen."""
    at = frozen.frozen_at
    return [
        row for row in ranking_rounds.regular(session, call.id) if row.finished_at and row.finished_at <= at
    ]


def chair_code(session: Session, round_: Round, account_id: int) -> str:
    """The expert code under which this account sits on the round's panel; "—" when it does not."""
    code = session.scalar(
        sa.select(PanelMember.code)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id == round_.id, Expert.account_id == account_id)
    )
    return code or "—"


def freezer_code(session: Session, rounds: Sequence[Round], frozen: Ranking) -> str:
    """The code of who froze this version, from the newest of its rounds on whose panel that expert sits."""
    codes = (chair_code(session, item, frozen.frozen_by) for item in reversed(rounds))
    return next((code for code in codes if code != "—"), "—")
