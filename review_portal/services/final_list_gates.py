"""What keeps the list from being final: each a sentence that says what to do, found in one place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import objection_rules
from review_portal.domain.chinese_dates import date_text
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.models.calls import Call
from review_portal.models.objections import Objection
from review_portal.services import objection_state, publicity_periods, reexamination_state


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that must be done first; `key` names the page where."""

    key: str
    said: Message


def of_period(session: Session, call: Call) -> Gate | None:
    """The edition of the notice that is in force has stood its full period."""
    try:
        if publicity_periods.over(session, call):
            return None
        found = publicity_periods.period_of(session, call)
    except Invalid as problem:  # a year whose holidays nobody has entered
        return Gate("period", problem.message)
    if found is None:
        return Gate("period", mark("尚未登记公示在官网刊登的日期，公示期无从起算。请先登记刊登情况。"))
    if found.ended_by is None:
        day = date_text(found.last_day)
        return Gate("period", mark("公示期至%(day)s届满。请在届满次日以后再提请确定名单。", day=day))
    return Gate("period", mark("公示已撤下或更正，公示期未满。请重新刊登并登记，公示期满后再提请确定名单。"))


def of_objections(session: Session, call: Call, listed: Collection[str]) -> list[Gate]:
    """No re-examination runs, no objection is open, nobody on the list is held or was to be taken off it.

    `listed`: dossiers (public ids) on the list.
    """
    found = []
    if reexamination_state.running(session, call.id) is not None:
        said = mark("异议复核正在办理。请在复核办结、现行排名确定后再提请确定名单。")
        found.append(Gate("reexamination", said))
    waiting = objection_state.open_objections(session, call.id)
    if waiting:
        said = mark(
            "有%(n)s件异议（%(numbers)s）尚未办结。请先办结并答复，再提请确定名单。",
            n=waiting.count,
            numbers="、".join(waiting.numbers),
        )
        found.append(Gate("objections", said))
    held = objection_state.held_dossiers(session, call.id)
    numbers = [held[dossier].number for dossier in held if dossier in set(listed)]
    if numbers:
        said = mark(
            "%(numbers)s暂缓。请先办结有关异议、解除暂缓，再提请确定名单。", numbers="、".join(numbers)
        )
        found.append(Gate("objections", said))
    found += [
        Gate(
            "change",
            mark("异议%(number)s的结论为取消，有关单位仍在名单上。请先登记名单变更。", number=number),
        )
        for number in _to_be_taken_off(session, call, set(listed))
    ]
    return found


def _to_be_taken_off(session: Session, call: Call, listed: set[str]) -> list[str]:
    """Numbers of objections concluded with a cancellation of which every dossier still stands."""
    rows = session.scalars(sa.select(Objection).where(Objection.call_id == call.id).order_by(Objection.id))
    by_id = {row.id: row for row in rows}
    acts = objection_state.acts_of(session, list(by_id))
    return [
        objection_rules.number_text(row.ordinal)
        for key, row in by_id.items()
        if any(one.act == "conclude" and one.choice == "cancel" for one in acts[key])
        and row.dossiers
        and set(row.dossiers) <= listed
    ]
