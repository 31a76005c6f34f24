"""并列表决: the chair opens an open vote on a tie, every expert without recusal there votes.

The chair cannot close a vote without its quorum, sees nothing of the choices before it is closed, and can
only send up what the panel does not settle.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.tie_votes import TieChoice, TieReferral, TieVote
from review_portal.services import audit, opinion_rows, tie_rows
from review_portal.services.bindings import Bound
from review_portal.services.points import in_the_running
from review_portal.services.rules import rules_of
from review_portal.services.tie_acts import (
    CHANGED,
    CHANGED_SINCE,
    close_ballot,
    entitled,
    heard_anew,
    matter_now,
    open_round,
    record_of,
    refuse_done,
    refuse_frozen,
    refuse_quorum,
    running_of,
    short,
)
from review_portal.services.tie_rows import Matter, Voter


def open_vote(actor: Viewer, *, round_: str, contest: str, note: str = "") -> str:
    """Put the tie to a ballot. `contest` is the tie that was on the page. Returns the ballot's public id.

    A ballot that is open already is the answer to a second click. Raises `Conflict` where there is no such
    tie, the panel's opinions of its units are not agreed, all ballots are used or nobody may vote.
    """
    with transaction() as session:
        row, call, rules = open_round(session, actor, round_)
        matter = matter_now(session, row, call, rules)
        if matter is None or matter.contest != contest:
            raise Conflict(CHANGED_SINCE)
        refuse_done(matter)
        running = running_of(session, row)
        if running is not None and running.contest == contest:
            return running.public_id
        _refuse_unjudged(session, call, matter)
        if len(matter.records) >= rules.ties.ballots:
            raise Conflict(mark("已表决%(n)s次，仍未分出，请提请审定。", n=len(matter.records)))
        voters = tie_rows.voters_of(session, row, rules, matter.standing)
        if not voters:
            raise Conflict(mark("没有可以参加表决的专家，请提请审定。"))
        if running is not None:
            close_ballot(session, actor, row, running, "void", {}, CHANGED)
        vote = TieVote(
            round_id=row.id,
            contest=contest,
            ballot=len(tie_rows.votes_of(session, row, contest)) + 1,
            standing=list(matter.left),
            places=matter.places_left,
            voters=[voter.public_id for voter in voters],
            note=short(note),
            opened_at=now(),
            opened_by=actor.account_id,
        )
        session.add(vote)
        session.flush()
        audit.record(
            session,
            actor,
            "open_tie_vote",
            object_kind="tie_vote",
            object_id=vote.public_id,
            call_id=call.id,
            detail={"ballot": vote.ballot, "dossiers": vote.standing, "places": vote.places,
                    "eligible": len(voters), "round": row.public_id},
            bound=[Bound("tie_vote", vote)],
        )  # fmt: skip
        return vote.public_id


def _refuse_unjudged(session: Session, call: Call, matter: Matter) -> None:
    agreed = opinion_rows.agreed_of(session, call, heard=heard_anew(session, call))
    lacking = session.scalars(
        sa.select(Dossier.number)
        .where(Dossier.public_id.in_(matter.standing), Dossier.id.not_in(list(agreed)))
        .order_by(Dossier.number)
    ).all()
    if lacking:
        raise Conflict(
            mark(
                "%(units)s的专家组意见尚未形成或尚未确认，不推荐的不参加表决，请先办理专家组意见。",
                units="、".join(str(number) for number in lacking),
            )
        )


def cast(actor: Viewer, *, vote: str, named: Sequence[str] = (), abstain: bool = False) -> None:
    """An expert names up to as many units as there are places, or abstains; changeable until it is closed.

    Raises `NotFound` for who may not vote, `Conflict` once closed, `Invalid` on a choice that is none.
    """
    with transaction() as session:
        row, call, found, voter = _own(session, actor, vote)
        refuse_frozen(session, call)
        if tie_rows.closings_of(session, [found.id]):
            raise Conflict(mark("本次表决已结束，不能再投票或修改。"))
        running = session.scalar(
            sa.select(sa.func.count())
            .select_from(Dossier)
            .where(Dossier.public_id.in_(found.standing), in_the_running(None))
        )
        if running != len(found.standing):
            raise Conflict(mark("并列的单位已变化，本次表决不再进行。"))
        choice = sorted(set(named))
        _refuse_choice(found, choice, abstain)
        before = tie_rows.choices_of(session, found).get(voter.member_id)
        if before is not None and before.named == choice:
            return
        made = TieChoice(
            vote_id=found.id,
            member_id=voter.member_id,
            ordinal=(before.ordinal if before else 0) + 1,
            named=choice,
            cast_at=now(),
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "cast_tie_vote",
            object_kind="tie_vote",
            object_id=found.public_id,
            call_id=call.id,
            detail={"ballot": found.ballot, "round": row.public_id},  # the choice itself is bound, not said
            bound=[Bound("tie_choice", made)],
        )


def _own(session: Session, actor: Viewer, vote: str) -> tuple[Round, Call, TieVote, Voter]:
    """The ballot and the actor's vote in it, under its round's lock. Raises `NotFound`."""
    found = session.scalars(sa.select(TieVote).where(TieVote.public_id == vote)).first()
    if found is None or actor.expert_id is None:
        raise NotFound()
    row = session.scalars(sa.select(Round).where(Round.id == found.round_id).with_for_update()).one()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    for voter in entitled(session, row, rules_of(call), found):
        if voter.account_id == actor.account_id:
            return row, call, found, voter
    raise NotFound()


def _refuse_choice(vote: TieVote, choice: Sequence[str], abstain: bool) -> None:
    fault = None
    if abstain and choice:
        fault = mark("弃权的不再选择单位，请只选其一。")
    elif not abstain and not choice:
        fault = mark("请选择单位，或选择弃权。")
    elif not set(choice) <= set(vote.standing):
        fault = mark("请从列出的单位中选择。")
    elif len(choice) > vote.places:
        fault = mark("最多选择%(n)s家，现选%(chosen)s家。", n=vote.places, chosen=len(choice))
    if fault is not None:
        raise Invalid(mark("表决未提交，请更正标出的内容。"), {"named": fault})


def close(actor: Viewer, *, vote: str, reason: str = "") -> str:
    """The chair ends the ballot: refused without quorum, with a reason where somebody has not voted.

    Whoever has become recused since does not count. If the tie is another one by now the ballot is void and
    says so. Returns "counted" or "void".
    """
    with transaction() as session:
        found = session.scalars(sa.select(TieVote).where(TieVote.public_id == vote)).first()
        public_id = (
            session.scalar(sa.select(Round.public_id).where(Round.id == found.round_id)) if found else None
        )
        if found is None or public_id is None:
            raise NotFound()
        row, call, rules = open_round(session, actor, public_id)
        if tie_rows.closings_of(session, [found.id]):
            raise Conflict(mark("本次表决已结束。"))
        matter = matter_now(session, row, call, rules)
        if matter is None or matter.contest != found.contest:
            close_ballot(session, actor, row, found, "void", {}, CHANGED)
            return "void"
        voters = entitled(session, row, rules, found)
        choices = tie_rows.choices_of(session, found)
        took = [voter for voter in voters if voter.member_id in choices]
        needed = rules.ties.needed(len(voters))
        if len(took) < needed:
            raise Conflict(
                mark(
                    "有表决权%(voters)s人，已参加%(cast)s人，未达到%(needed)s人，不能结束表决；可等候，或提请审定。",
                    voters=len(voters),
                    cast=len(took),
                    needed=needed,
                )
            )
        reason = short(reason)
        if len(took) < len(voters) and len(reason) < 10:
            fault = mark("请写明未参加的专家为何不能参加，至少10个字。")
            raise Invalid(mark("表决未结束，请更正标出的内容。"), {"reason": fault})
        body = record_of(row, call, rules, found, voters, {key: item.named for key, item in choices.items()})
        close_ballot(session, actor, row, found, "counted", body, reason)
        return "counted"


def refer(actor: Viewer, *, round_: str, contest: str, reason: str) -> None:
    """并列提请审定: what is still open of the tie goes to the leaders' meeting; the list may be frozen so.

    Refused while a ballot with its quorum is open: then the panel has decided, and it is to be counted.
    """
    with transaction() as session:
        row, call, rules = open_round(session, actor, round_)
        matter = matter_now(session, row, call, rules)
        if matter is None or matter.contest != contest:
            raise Conflict(CHANGED_SINCE)
        refuse_done(matter)
        reason = short(reason)
        if len(reason) < 10:
            fault = mark("请写明提请审定的理由，至少10个字。")
            raise Invalid(mark("未提请审定，请更正标出的内容。"), {"reason": fault})
        running = running_of(session, row)
        if running is not None:
            refuse_quorum(session, row, rules, running)
            close_ballot(session, actor, row, running, "void", {}, reason)
        sent = TieReferral(
            round_id=row.id,
            contest=contest,
            standing=list(matter.left),
            places=matter.places_left,
            reason=reason,
            referred_at=now(),
            referred_by=actor.account_id,
        )
        session.add(sent)
        session.flush()
        audit.record(
            session,
            actor,
            "refer_tie",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"dossiers": sent.standing, "places": sent.places},
            bound=[Bound("tie_referral", sent)],
        )
