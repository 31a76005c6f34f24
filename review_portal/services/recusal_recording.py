"""Recording what the rules find before anybody is invited, so that two people can lift it in time."""

from __future__ import annotations

import sqlalchemy as sa

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.services import assignment_rows, audit, draw_names, found_conflicts, recusals, scopes
from review_portal.services.rules import rules_of


def record_ground(actor: Viewer, *, call: str, expert: str, dossier: str) -> None:
    """Record the recusal that the rules demand of a pair to which nothing is assigned.

    Without it only an assignment records recusals: who is kept out of the draw by one could never be let in
    by two people. Raises `Conflict` where nothing binds, something is recorded or assigned already,
    `NotFound`, `NotAllowed`, also while somebody was drawn whom the actor may not know.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        if draw_names.hidden_in_call(session, actor, row.id):
            raise NotAllowed(mark("抽中的专家签到以前，回避由拨打人登记。"))
        person = session.scalars(
            sa.select(Expert).where(Expert.public_id == expert, Expert.merged_into_id.is_(None))
        ).first()
        paper = session.scalars(
            sa.select(Dossier).where(
                Dossier.public_id == dossier,
                Dossier.call_id == row.id,
                Dossier.state.not_in(("rejected", "withdrawn")),
            )
        ).first()
        if person is None or paper is None:
            raise NotFound()
        pair = (person.id, paper.id)
        said = recusals.grounds(session, [person.id], [paper.id], rules_of(row).recusal).get(pair)
        if recusals.kept_apart(session, row.id, pair):
            raise Conflict(mark("该专家对该材料的回避已登记。"))
        if pair in found_conflicts.live_reviews(session, row.id, [paper.id]):
            raise Conflict(mark("该材料已分派给该专家，请登记新发现。"))
        if said is None or not said.binds:
            raise Conflict(mark("按回避规则，该专家对该材料没有须回避的情形，未作登记。"))
        made = assignment_rows.recuse(session, actor, row.id, pair, said)
        audit.record(
            session,
            actor,
            "record_recusal",
            object_kind="recusal",
            object_id=made.public_id,
            call_id=row.id,
            detail={"reason": made.reason},
        )
