"""The steps after an objection is classified: notice, extension, follow-up, reply, delivery, closing.

Each is one row that stands for good and one entry of the trail. The conclusion itself takes two people
(`objection_conclusions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.objection_rules import LETTER_FIELDS, LETTERS, number_text
from review_portal.domain.policy import Viewer
from review_portal.exports.publicity_notice import known
from review_portal.models.calls import Call, Decision
from review_portal.models.dossiers import Dossier
from review_portal.models.final_lists import ListChange
from review_portal.models.objections import Objection, ObjectionAct
from review_portal.models.reexaminations import Reexamination
from review_portal.services import audit, objection_rows, objection_state, office_calendar
from review_portal.services.bindings import Bound
from review_portal.services.objection_input import check_reason
from review_portal.services.rules import rules_of

BY_OFFICER = ("acknowledge", "extend", "link", "inform", "reply", "deliver", "close")


def take_step(
    actor: Viewer,
    *,
    objection: str,
    act: str,
    text: str,
    letter: Mapping[str, str] | None = None,
    linked: str = "",
) -> None:
    """One step of an officer, or (`find`) what the supervisor found of what was handed to him.

    `letter`: facts of the letter that goes out (fields of `LETTER_FIELDS`); a missing one stops it. `linked`:
    of a `link` what it rests on. Raises `Invalid` by field, `Conflict` out of turn, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row, call = objection_rows.known(session, actor, objection, lock=True)
        watches = act == "find"
        (policy.can_watch_call if watches else policy.can_run_call)(actor, call.id).require()
        if act not in (*BY_OFFICER, "find"):
            raise Conflict(mark("没有这一步。请刷新页面后按提示办理。"))
        objection_rows.refuse_unfit(session, row, act)
        told = check_reason("text", text)
        objection_rows.refuse_naming(session, actor, row, "text", told)
        facts = check_letter(letter or {}) if act in LETTERS else {}
        acts = objection_state.acts_of(session, [row.id])[row.id]
        made = ObjectionAct(
            objection_id=row.id,
            act=act,
            text=told,
            due_on=_due(session, call, acts, act),
            linked=_linked(session, call, row, acts, linked) if act == "link" else "",
            letter=facts,
            acted_at=now(),
            acted_by=actor.account_id,
        )
        if act == "reply":
            _refuse_waiting(session, call, acts)
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "handle_objection",
            object_kind="objection",
            object_id=row.public_id,
            call_id=call.id,
            detail={"entry": number_text(row.ordinal), "handling": act, "handled_by": made.due_on},
            bound=[Bound("objection_act", made)],
        )


def check_letter(letter: Mapping[str, str]) -> dict[str, str]:
    """The letter's facts. Raises `Invalid` by field for each that is missing."""
    facts = {name: letter.get(name, "").strip() for name in LETTER_FIELDS}
    faults: dict[str, Message] = {
        name: mark("请填写“%(label)s”，缺项的函件不能发出。", label=label)
        for name, label in LETTER_FIELDS.items()
        if not known(facts[name])
    }
    faults |= {name: mark("最多100个字，请改短。") for name, value in facts.items() if len(value) > 100}
    if faults:
        raise Invalid(mark("函件还有待填的内容，未发出。"), faults)
    return facts


def _due(session: Session, call: Call, acts: list[ObjectionAct], act: str) -> date | None:
    """The conclusion's day. Raises `Invalid` where a year's days off are not known, `Conflict` where it has
    been extended already.
    """
    rules = rules_of(call).objections
    if act == "acknowledge":
        return office_calendar.calendar(session).period_end(
            local_date(clock.now()), rules.investigate_days, count_start=False
        )
    if act != "extend":
        return None
    if any(item.act == "extend" for item in acts):
        raise Conflict(mark("办理期限只能延长一次，已经延长过。"))
    begun = next(item.acted_at for item in acts if item.act == "acknowledge")
    return office_calendar.calendar(session).period_end(
        local_date(begun), rules.extended_days, count_start=False
    )


def _linked(session: Session, call: Call, row: Objection, acts: list[ObjectionAct], linked: str) -> str:
    """An adjustment rests on a re-examination; a cancellation on one, on a decision made since, or on the
    recorded change that took the unit off the list.
    """
    outcome = acts[-1].choice
    kept = linked.strip()
    reexam = sa.select(Reexamination.id).where(
        Reexamination.call_id == call.id,
        Reexamination.public_id == kept,
        Reexamination.state.in_(("asked", "open", "settled")),
    )
    if session.scalar(reexam) is not None:
        return kept
    decided = sa.select(Decision.id).where(
        Decision.call_id == call.id, Decision.public_id == kept, Decision.recorded_at > row.recorded_at
    )
    if outcome == "cancel" and session.scalar(decided) is not None:
        return kept
    if outcome == "cancel" and kept in {
        change.public_id for change, _number in _taken_off(session, call, row)
    }:
        return kept
    said = (
        mark("请选择本异议的复核；尚未登记的，请先登记异议复核。")
        if outcome == "adjust"
        else mark("请选择依据的复核、会议审定或名单变更；尚未登记的，请先登记。")
    )
    raise Invalid(said, {"linked": said})


def _taken_off(session: Session, call: Call, row: Objection) -> list[tuple[ListChange, str]]:
    """Changes since the entry that took a unit it is about off the list, with the dossier's number."""
    query = (
        sa.select(ListChange, Dossier.number)
        .join(Dossier, Dossier.id == ListChange.dossier_id)
        .where(ListChange.call_id == call.id, ListChange.kind == "vacate")
        .where(ListChange.recorded_at >= row.recorded_at)
        .order_by(ListChange.ordinal)
    )
    if row.dossiers:
        query = query.where(Dossier.public_id.in_(row.dossiers))
    return [(change, number or "") for change, number in session.execute(query)]


def _refuse_waiting(session: Session, call: Call, acts: list[ObjectionAct]) -> None:
    """An answer that announces another list waits until that list is made."""
    linked = [item.linked for item in acts if item.linked]
    waiting = session.scalar(
        sa.select(Reexamination.reference).where(
            Reexamination.call_id == call.id,
            Reexamination.public_id.in_(linked),
            Reexamination.state != "settled",
        )
    )
    if waiting is not None:
        raise Conflict(mark("所依据的异议复核（%(reference)s）尚未办结，办结后再答复。", reference=waiting))


def linkable(viewer: Viewer, *, objection: str) -> list[tuple[str, str]]:
    """What a follow-up may rest on: public id and how it is called. Raises `NotFound`."""
    session = db.session()
    row, call = objection_rows.known(session, viewer, objection)
    reexams = session.execute(
        sa.select(Reexamination.public_id, Reexamination.reference).where(
            Reexamination.call_id == call.id, Reexamination.state.in_(("asked", "open", "settled"))
        )
    )
    decisions = session.execute(
        sa.select(Decision.public_id, Decision.meeting, Decision.minutes_number).where(
            Decision.call_id == call.id, Decision.recorded_at > row.recorded_at
        )
    )
    return [
        *((key, f"异议复核　{reference}") for key, reference in reexams),
        *((key, f"会议审定　{meeting}（{number}）") for key, meeting, number in decisions),
        *(
            (change.public_id, f"名单变更　第{change.ordinal}号　{number}（{change.minutes_number}）")
            for change, number in _taken_off(session, call, row)
        ),
    ]
