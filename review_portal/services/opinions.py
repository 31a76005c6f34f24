"""专家组意见: drafted by the chair from the experts' comments, confirmed or contradicted by each expert.

A new version asks everybody again. What is said of a dossier here rules its outcome: it is later than the
defense's record and by the whole panel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.opinions import OpinionAnswer, OpinionSettlement, PanelOpinion
from review_portal.services import audit, opinion_rows, ranking_rounds, reexamination_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.opinion_reading import OpinionText, Versioned, recorded_result, text_of
from review_portal.services.opinion_rows import Asked, words_of
from review_portal.services.ranking_body import kind_of
from review_portal.services.rules import rules_of

TEXT_MAX: Final = 2000
_TEXTS: Final = ("strengths", "problems", "advice")
_NEWER = mark("组长已修改这份意见，请看过新的一版再答复。")


def draft(
    actor: Viewer, *, round_: str, dossier: str, text: OpinionText, reason: str = "", after: int = 0
) -> int:
    """The chair writes a version; who may confirm is asked about it, the chair has confirmed it by drafting.

    `after` is the version that was on the page (0 for none): a newer one is a `Conflict` with it. The same
    text again is no new version, unless somebody who confirmed it may not speak of it any more. Returns the
    ordinal. Raises `Invalid` by field, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row, call = open_round(session, actor, round_)
        policy.can_chair(actor, row).require()
        found = _dossier(session, row, dossier)
        _refuse_settled(session, row, call, found)
        latest = opinion_rows.newest(session, row, dossier_id=found.id).get(found.id)
        again = bool(opinion_rows.outdated(session, row, [found.id]))
        if latest is not None and _same(latest, text, reason) and not again:
            return latest.ordinal
        if after != (latest.ordinal if latest else 0):
            raise Conflict(theirs=Versioned(latest.ordinal, text_of(latest)) if latest else None)
        recorded = recorded_result(session, row, found.id)
        _refuse_faulty(words_of(rules_of(call), row.stage), text, reason, recorded)
        made = PanelOpinion(
            round_id=row.id,
            dossier_id=found.id,
            ordinal=(latest.ordinal if latest else 0) + 1,
            **{name: getattr(text, name).strip() for name in (*_TEXTS, "conclusion", "conditions")},
            recorded=recorded,
            reason=reason.strip() if recorded not in (None, text.conclusion) else "",
            drafted_at=now(),
            drafted_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        asked = opinion_rows.voters_of(session, row, [found.id]).get(found.id, ())
        own = [_answer(session, made, person, "confirm", "") for person in asked if _is(person, actor)]
        audit.record(
            session,
            actor,
            "draft_opinion",
            object_kind="dossier",
            object_id=found.public_id,
            call_id=call.id,
            detail={"ordinal": made.ordinal, "round": row.public_id},
            bound=[Bound("panel_opinion", made), *(Bound("opinion_answer", item) for item in own)],
        )
        _settle_if_complete(session, actor, row, found, made, asked)
        return made.ordinal


def open_round(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    """The last round, locked, once its reconciliation has ended and until the ranking is frozen."""
    row = scopes.known_round(actor, round_, session=session, lock=True)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    refuse_closed(session, row, call)
    return row, call


def refuse_closed(session: Session, row: Round, call: Call) -> None:
    """`Conflict` outside of the time in which the panel's opinions are made."""
    if row.state != "finished" or kind_of(session, row) != "final":
        raise Conflict(mark("末轮复议结束后方可起草专家组意见。"))
    if not reexamination_state.judges(session, call):
        raise Conflict(mark("排名已冻结，专家组意见和表决不能再改。"))


def _dossier(session: Session, row: Round, public_id: str) -> Dossier:
    found = opinion_rows.dossiers_of(session, row).values()
    for dossier in found:
        if dossier.public_id == public_id:
            return dossier
    raise NotFound()


def _refuse_settled(session: Session, row: Round, call: Call, dossier: Dossier) -> None:
    """After the freeze only what an objection has opened: the contested, and what no opinion stands of."""
    if call.state == "reviewing":
        return
    running = reexamination_state.running(session, call.id)
    heard = ranking_rounds.last_heard(session, row, reexamination_state.again_now(session, call))
    if heard.get(dossier.id, row.id) != row.id:
        raise Conflict(mark("该材料已由重新评审的专家组评审，意见由其起草。"))
    agreed = opinion_rows.agreed_of(session, call, heard=heard)
    contested = running is not None and dossier.public_id in running.dossiers
    if not contested and dossier.id in agreed and not opinion_rows.outdated(session, row, [dossier.id]):
        raise Conflict(mark("该材料的意见已经专家组确认，与正在办理的复核无关，不再修改。"))


def _is(person: Asked, actor: Viewer) -> bool:
    return person.account_id == actor.account_id


def _same(latest: PanelOpinion, text: OpinionText, reason: str) -> bool:
    kept = latest.reason == reason.strip() or not latest.reason
    return kept and text_of(latest) == text.stripped()


def _refuse_faulty(words: Collection[str], text: OpinionText, reason: str, recorded: str | None) -> None:
    faults: dict[str, Message] = {}
    for name in _TEXTS:
        if len(getattr(text, name).strip()) < 4:
            faults[name] = mark("请填写，至少4个字；没有的写明“未发现”一类的意见。")
    typed = {name: getattr(text, name) for name in (*_TEXTS, "conditions")} | {"reason": reason}
    for name, words_typed in typed.items():
        if len(words_typed) > TEXT_MAX:
            faults[name] = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
    if text.conclusion not in words:
        faults["conclusion"] = mark("请选择专家组结论。")
    conditions = text.conditions.strip()
    if text.conclusion == "conditional" and len(conditions) < 4:
        faults["conditions"] = mark("有条件的结论须写明条件，条件将写入任务书。")
    if text.conclusion != "conditional" and conditions:
        faults["conditions"] = mark("只有附条件的结论才填写条件，请改选结论或清空此项。")
    if recorded not in (None, text.conclusion) and "conclusion" not in faults and len(reason.strip()) < 10:
        faults["reason"] = mark("结论与答辩记录不同，请写明理由，至少10个字。")
    if faults:
        raise Invalid(mark("专家组意见未保存，请更正标出的内容。"), faults)


def answer(actor: Viewer, *, opinion: str, answer: str, reason: str = "") -> None:
    """An expert confirms the newest version or dissents; until everybody has answered it may be changed.

    Raises `NotFound` for others and the recused, `Conflict` when there is a newer version or the asking is
    over, `Invalid` by field.
    """
    with transaction() as session:
        row, dossier, made, person, asked = _asked(session, actor, opinion)
        if opinion_rows.settled_of(session, [made.id]):
            raise Conflict(mark("这份意见的确认已结束，不能再改。"))
        faults: dict[str, Message] = {}
        if answer not in ("confirm", "dissent"):
            faults["answer"] = mark("请选择同意或有异议。")
        if answer == "dissent" and len(reason.strip()) < 10:
            faults["reason"] = mark("请写明异议，至少10个字；异议将印在评审意见表上。")
        if len(reason) > TEXT_MAX:
            faults["reason"] = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
        if faults:
            raise Invalid(mark("答复未提交，请更正标出的内容。"), faults)
        reason = reason.strip() if answer == "dissent" else ""
        before = opinion_rows.answers_of(session, [made.id]).get(made.id, {}).get(person.member_id)
        if before is not None and (before.answer, before.reason) == (answer, reason):
            return
        given = _answer(session, made, person, answer, reason)
        audit.record(
            session,
            actor,
            "answer_opinion",
            object_kind="dossier",
            object_id=dossier.public_id,
            call_id=row.call_id,
            detail={"answer": answer, "ordinal": made.ordinal, "round": row.public_id},
            bound=[Bound("opinion_answer", given)],
        )
        _settle_if_complete(session, actor, row, dossier, made, asked)


def _asked(
    session: Session, actor: Viewer, opinion: str
) -> tuple[Round, Dossier, PanelOpinion, Asked, Sequence[Asked]]:
    """The version that the actor is asked about, under its round's lock. Raises `NotFound`, `Conflict`."""
    made = session.scalars(sa.select(PanelOpinion).where(PanelOpinion.public_id == opinion)).first()
    if made is None:
        raise NotFound()
    row = session.scalars(sa.select(Round).where(Round.id == made.round_id).with_for_update()).one()
    asked = opinion_rows.voters_of(session, row, [made.dossier_id]).get(made.dossier_id, ())
    person = next((person for person in asked if _is(person, actor)), None)
    dossier = opinion_rows.dossiers_of(session, row).get(made.dossier_id)
    if person is None or dossier is None:
        raise NotFound()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    refuse_closed(session, row, call)
    latest = opinion_rows.newest(session, row, dossier_id=made.dossier_id)[made.dossier_id]
    if latest.id != made.id:
        raise Conflict(_NEWER)
    return row, dossier, made, person, asked


def _answer(session: Session, made: PanelOpinion, person: Asked, word: str, reason: str) -> OpinionAnswer:
    last = session.scalar(
        sa.select(sa.func.max(OpinionAnswer.ordinal)).where(
            OpinionAnswer.opinion_id == made.id, OpinionAnswer.member_id == person.member_id
        )
    )
    given = OpinionAnswer(
        opinion_id=made.id,
        member_id=person.member_id,
        ordinal=(last or 0) + 1,
        answer=word,
        reason=reason,
        answered_at=now(),
    )
    session.add(given)
    session.flush()
    return given


def _settle_if_complete(
    session: Session, actor: Viewer, row: Round, dossier: Dossier, made: PanelOpinion, asked: Sequence[Asked]
) -> None:
    answers = opinion_rows.answers_of(session, [made.id]).get(made.id, {})
    if asked and all(person.member_id in answers for person in asked):
        _settle(session, actor, row, dossier, made, asked, reason="")


def _settle(
    session: Session,
    actor: Viewer,
    row: Round,
    dossier: Dossier,
    made: PanelOpinion,
    asked: Sequence[Asked],
    *,
    reason: str,
) -> None:
    answers = opinion_rows.answers_of(session, [made.id]).get(made.id, {})
    confirmed = sum(
        person.member_id in answers and answers[person.member_id].answer == "confirm" for person in asked
    )
    end = OpinionSettlement(
        opinion_id=made.id,
        agreed=2 * confirmed > len(asked),
        voters=[person.public_id for person in asked],
        absent=[person.public_id for person in asked if person.member_id not in answers],
        reason=reason,
        settled_at=now(),
        settled_by=actor.account_id,
    )
    session.add(end)
    session.flush()
    audit.record(
        session,
        actor,
        "settle_opinion",
        object_kind="dossier",
        object_id=dossier.public_id,
        call_id=row.call_id,
        detail={
            "ordinal": made.ordinal,
            "confirmed": confirmed,
            "eligible": len(asked),
            "round": row.public_id,
        },
        bound=[Bound("opinion_settlement", end)],
    )


def settle(actor: Viewer, *, round_: str, dossier: str, reason: str = "", after: int) -> None:
    """The chair ends the asking and says why those who have not answered could not.

    The opinion is the panel's only when more than half of those asked confirm it: otherwise this is refused,
    as it is when nobody is left to wait for. `after` is the version that was looked at.
    """
    with transaction() as session:
        row, _call = open_round(session, actor, round_)
        policy.can_chair(actor, row).require()
        found = _dossier(session, row, dossier)
        made = opinion_rows.newest(session, row, dossier_id=found.id).get(found.id)
        if made is None:
            raise NotFound()
        if made.ordinal != after:
            raise Conflict(mark("意见已有新的一版，请看过后再办理。"))
        if opinion_rows.settled_of(session, [made.id]):
            raise Conflict(mark("这份意见的确认已结束。"))
        asked = opinion_rows.voters_of(session, row, [found.id]).get(found.id, ())
        answers = opinion_rows.answers_of(session, [made.id]).get(made.id, {})
        confirmed = sum(
            person.member_id in answers and answers[person.member_id].answer == "confirm" for person in asked
        )
        if 2 * confirmed <= len(asked):
            raise Conflict(
                mark(
                    "应答复%(voters)s人，已同意%(confirmed)s人，未过半数，不能结束确认。请等候答复，或修改意见后重新征求。",
                    voters=len(asked),
                    confirmed=confirmed,
                )
            )
        waiting = any(person.member_id not in answers for person in asked)
        if (waiting and len(reason.strip()) < 10) or len(reason) > TEXT_MAX:
            fault = mark("请写明未答复的专家为何不能答复，至少10个字。")
            raise Invalid(mark("确认未结束，请更正标出的内容。"), {"reason": fault})
        _settle(session, actor, row, found, made, asked, reason=reason.strip())
