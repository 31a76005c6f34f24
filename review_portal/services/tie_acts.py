"""What the acts of an open vote on a tie share: the tie as it is, who may vote, the record. No use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.tie_counting import count
from review_portal.models.calls import Call, Round
from review_portal.models.tie_votes import TieClosing, TieVote
from review_portal.services import audit, ranking_rounds, recusals, reexamination_state, scopes, tie_rows
from review_portal.services.bindings import Bound
from review_portal.services.ranking_body import final_body, kind_of
from review_portal.services.rules import rules_of
from review_portal.services.tie_rows import Matter, Voter
from scoring_rubrics import Call as Rules

REASON_MAX: Final = 1000
CHANGED_SINCE = mark("并列的单位或名额已变化，请重新查看后再办理。")
CHANGED: Final = "并列的单位或名额已变化"


def open_round(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call, Rules]:
    """The last round, locked, for its chair, once reconciliation has ended and until the list is frozen."""
    row = scopes.known_round(actor, round_, session=session, lock=True)
    policy.can_chair(actor, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    if row.reexamination_id is not None:
        raise Conflict(mark("并列由末轮专家组表决，请在末轮的“并列表决”中办理。"))
    if row.state != "finished" or kind_of(session, row) != "final":
        raise Conflict(mark("末轮复议结束后方可进行并列表决。"))
    refuse_frozen(session, call)
    return row, call, rules_of(call)


def refuse_frozen(session: Session, call: Call) -> None:
    """`Conflict` once the ranking is frozen."""
    if not reexamination_state.judges(session, call):
        raise Conflict(mark("排名已冻结，专家组意见和表决不能再改。"))


def matter_now(session: Session, row: Round, call: Call, rules: Rules) -> Matter | None:
    """The tie across the cut as it is now, None where there is none. Raises `Conflict`."""
    recusals.refuse_undecided(session, call.id)
    rounds = ranking_rounds.regular(session, call.id)
    again = reexamination_state.again_now(session, call)
    if any(item.state != "finished" for item in (*rounds, *again)):
        raise Conflict(mark("还有轮次未结束复议，暂不能排名。"))
    tie = final_body(session, call, rounds, rules, again=again)["tie"]
    return tie_rows.matter_of(session, row, tie["standing"], tie["places"]) if tie else None


def heard_anew(session: Session, call: Call) -> dict[int, int]:
    """Dossier (id) -> the round that heard it anew after an objection: its panel's opinion counts."""
    last = ranking_rounds.regular(session, call.id)[-1]
    return ranking_rounds.last_heard(session, last, reexamination_state.again_now(session, call))


def refuse_done(matter: Matter) -> None:
    """`Conflict` where the tie has been decided or sent up."""
    if matter.state == "voted":
        raise Conflict(mark("并列已表决，不再办理。"))
    if matter.state == "referred":
        raise Conflict(mark("并列已提请审定，不再表决。"))


def running_of(session: Session, row: Round) -> TieVote | None:
    """The ballot of the round that is open."""
    votes = tie_rows.votes_of(session, row)
    closed = tie_rows.closings_of(session, [vote.id for vote in votes])
    return next((vote for vote in votes if vote.id not in closed), None)


def short(text: str) -> str:
    """A reason or note as it is kept. Raises `Invalid` when it is endless."""
    text = text.strip()
    if len(text) > REASON_MAX:
        raise Invalid(
            mark("文字过长，未作任何改动。"), {"reason": mark("最多%(most)s个字，请改短。", most=REASON_MAX)}
        )
    return text


def entitled(session: Session, row: Round, rules: Rules, vote: TieVote) -> list[Voter]:
    """Who may vote now of those who could when the ballot was opened."""
    now_ = tie_rows.voters_of(session, row, rules, vote.standing)
    return [voter for voter in now_ if voter.public_id in vote.voters]


def record_of(
    row: Round,
    call: Call,
    rules: Rules,
    vote: TieVote,
    voters: Sequence[Voter],
    choices: Mapping[int, Sequence[str]],
) -> dict[str, Any]:
    """Who voted how and what came out of it, canonical: what the ranking's notice gives the code of."""
    took = [voter for voter in voters if voter.member_id in choices]
    result = count(
        vote.standing,
        vote.places,
        [choices[voter.member_id] for voter in took],
        voters=len(voters),
        of=rules.ties.majority,
    )
    return {
        "call": call.public_id,
        "round": row.public_id,
        "vote": vote.public_id,
        "contest": vote.contest,
        "ballot": vote.ballot,
        "standing": vote.standing,
        "places": vote.places,
        "eligible": len(voters),
        "quorum": rules.ties.needed(len(voters)),
        "cast": result.cast,
        "abstained": result.abstained,
        "needed": result.needed,
        "votes": dict(result.votes),
        "choices": [
            {"member": voter.public_id, "name": voter.name, "named": list(choices[voter.member_id])}
            for voter in took
        ],
        "absent": [voter.name for voter in voters if voter.member_id not in choices],
        "chosen": list(result.chosen),
        "left": list(result.left),
        "places_left": result.places,
        "opened_at": vote.opened_at,
        "closed_at": now(),
    }


def close_ballot(
    session: Session, actor: Viewer, row: Round, vote: TieVote, kind: str, body: Any, reason: str
) -> None:
    """Keep how a ballot ended, counted or void, on the chain."""
    end = TieClosing(
        vote_id=vote.id,
        kind=kind,
        body=body,
        digest=canonical.digest(body),
        reason=reason,
        closed_at=now(),
        closed_by=actor.account_id,
    )
    session.add(end)
    session.flush()
    said = {"cast": body["cast"], "eligible": body["eligible"], "dossiers": body["chosen"]} if body else {}
    audit.record(
        session,
        actor,
        "close_tie_vote" if kind == "counted" else "void_tie_vote",
        object_kind="tie_vote",
        object_id=vote.public_id,
        call_id=row.call_id,
        detail={"ballot": vote.ballot, "digest": end.digest, "round": row.public_id, **said},
        bound=[Bound("tie_closing", end)],
    )


def refuse_quorum(session: Session, row: Round, rules: Rules, vote: TieVote) -> None:
    """Raise `Conflict` where enough have voted: such a ballot is counted, not passed over."""
    voters, choices = entitled(session, row, rules, vote), tie_rows.choices_of(session, vote)
    took = sum(voter.member_id in choices for voter in voters)
    if took >= rules.ties.needed(len(voters)):
        raise Conflict(mark("参加表决的人数已达到规定，请先结束表决、公布结果。"))
