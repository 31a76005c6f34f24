"""What keeps the list from being final: each a sentence that says what to do, found in one place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import date_text
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.services import publicity_periods, reexamination_state


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


def cancelled(session: Session, call: Call) -> Collection[str]:
    """Dossiers (public ids) whose place an objection's outcome has taken away."""
    return ()


def open_objections(session: Session, call: Call) -> int:
    """How many objections are not closed."""
    return 0


def held_dossiers(session: Session, call: Call) -> Collection[str]:
    """Dossiers (public ids) that are held while something is looked into."""
    return ()


def of_objections(session: Session, call: Call, listed: Collection[str]) -> list[Gate]:
    """No re-examination runs, no objection is open, nobody on the list is held."""
    found = []
    if reexamination_state.running(session, call.id) is not None:
        said = mark("异议复核正在办理。请在复核办结、现行排名确定后再提请确定名单。")
        found.append(Gate("reexamination", said))
    count = open_objections(session, call)
    if count:
        said = mark("有%(n)s件异议尚未办结。请先办结并答复，再提请确定名单。", n=count)
        found.append(Gate("objections", said))
    held = sorted(set(held_dossiers(session, call)) & set(listed))
    if held:
        numbers = session.scalars(
            sa.select(Dossier.number).where(Dossier.public_id.in_(held)).order_by(Dossier.number)
        )
        said = mark(
            "%(numbers)s暂缓。请先办结有关异议、解除暂缓，再提请确定名单。", numbers="、".join(numbers)
        )
        found.append(Gate("held", said))
    return found
