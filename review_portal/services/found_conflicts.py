"""Grounds found after assignment, noted inside another act's transaction: recused at once, or kept apart."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import states
from review_portal.domain.policy import Viewer
from review_portal.domain.recusal import Conflict as Ground
from review_portal.domain.recusal import DossierFacts, check
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.recusals import FoundConflict
from review_portal.models.reviews import Review
from review_portal.services import audit, recusals
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

LIVE = ("assigned", "draft", "returned", "submitted", "missed")


def units_changed(session: Session, actor: Viewer, dossier: Dossier, before: DossierFacts) -> int:
    """Check all holders of the dossier against what it is now, in the caller's transaction.

    A ground that was not there before recuses at once where it binds and nothing has been submitted;
    otherwise it waits for people, a submitted sheet standing apart; in a round that is not open yet the
    assignment is taken back and waits in the assignment table. Returns how many pairs it concerned.
    """
    after = recusals.dossier_facts(session, [dossier.id])[dossier.id]
    if after == before:
        return 0
    call = session.scalars(sa.select(Call).where(Call.id == dossier.call_id)).one()
    rules = rules_of(call).recusal
    holders = live_reviews(session, call.id, [dossier.id])
    people = recusals.expert_facts(session, {pair[0] for pair in holders})
    passed = recusals.covered(session, [dossier.id])
    concerned = 0
    for pair, reviews in holders.items():
        known = {item.key for item in check(people[pair[0]], before, rules).conflicts}
        said = check(people[pair[0]], after, rules, passed.get(pair, frozenset())).conflicts
        new = [item for item in said if item.key not in known]
        if new:
            concerned += 1
            _note(session, actor, call, pair, reviews, new)
    return concerned


def _note(
    session: Session,
    actor: Viewer,
    call: Call,
    pair: recusals.Pair,
    reviews: Sequence[Review],
    new: Sequence[Ground],
) -> None:
    reason = "；".join(str(item.reason) for item in new)
    keys = [item.key for item in new]
    scored = [review for review in reviews if review.state == "submitted"]
    binding = [item for item in new if item.level != "to_decide"]
    if binding and not scored:
        first = binding[0]
        recuse_now(session, actor, call, pair, first.rule, first.level, reason)
        return
    out = _without_drafts(session, actor, call, reviews, reason)
    record_found(session, actor, call, scored or out, new[0].rule, reason, keys)


def _without_drafts(
    session: Session, actor: Viewer, call: Call, reviews: Sequence[Review], reason: str
) -> list[Review]:
    """Those of open rounds; what a draft round had assigned is taken back, to be decided there."""
    drafts = dict(
        session.execute(
            sa.select(Round.id, Round.public_id).where(Round.call_id == call.id, Round.state == "draft")
        ).all()
    )
    for review in reviews:
        if review.round_id in drafts:
            expert = session.scalars(sa.select(Expert.public_id).where(Expert.id == review.expert_id)).one()
            paper = session.scalars(sa.select(Dossier.public_id).where(Dossier.id == review.dossier_id)).one()
            audit.record(
                session,
                actor,
                "find_conflict",
                object_kind="round",
                object_id=drafts[review.round_id],
                call_id=call.id,
                detail={"pairs": [[expert, paper]], "reason": reason},
            )
            session.delete(review)
    return [review for review in reviews if review.round_id not in drafts]


def live_reviews(
    session: Session, call_id: int, dossiers: Sequence[int]
) -> dict[recusals.Pair, list[Review]]:
    """Sheets given out and neither recused nor void, of rounds that are not void, by pair. One query."""
    found: dict[recusals.Pair, list[Review]] = {}
    for review in session.scalars(
        sa.select(Review)
        .join(Round, Round.id == Review.round_id)
        .where(Round.call_id == call_id, Round.state != "void")
        .where(Review.dossier_id.in_(dossiers), Review.state.in_(LIVE))
        .order_by(Review.id)
        .with_for_update(of=Review)
    ):
        found.setdefault((review.expert_id, review.dossier_id), []).append(review)
    return found


def record_found(
    session: Session,
    actor: Viewer,
    call: Call,
    reviews: Sequence[Review],
    rule: str,
    reason: str,
    keys: Sequence[str],
) -> None:
    """Note the conflict on each of these sheets, in the caller's transaction."""
    for review in reviews:
        conflict = FoundConflict(
            review_id=review.id,
            rule=rule,
            reason=reason,
            keys=list(keys),
            found_at=now(),
            found_by=actor.account_id,
        )
        session.add(conflict)
        session.flush()
        audit.record(
            session,
            actor,
            "find_conflict",
            object_kind="conflict",
            object_id=conflict.public_id,
            call_id=call.id,
            detail={"sheets": [review.public_id]},
            bound=[Bound("found_conflict", conflict)],
        )


def recuse_now(
    session: Session, actor: Viewer, call: Call, pair: recusals.Pair, rule: str, level: str, reason: str
) -> None:
    """Keep the pair apart from now on; sheets that were not handed in end, in the caller's transaction."""
    row = recusals.recorded(session, call.id).get(pair) or recusals.record(
        session, call_id=call.id, pair=pair, rule=rule, level=level, reason=reason, by=actor.account_id
    )
    for review in live_reviews(session, call.id, [pair[1]]).get(pair, []):
        if states.may(states.REVIEW, review.state, "recuse"):
            review.state = states.advance(states.REVIEW, review.state, "recuse")
            recusals.forget_draft(session, review)
    audit.record(
        session,
        actor,
        "find_conflict",
        object_kind="recusal",
        object_id=row.public_id,
        call_id=call.id,
        detail={"sheet_outcome": "recused", "reason": reason},
    )
