"""What keeps the list from being final: each a sentence that says what to do, found in one place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.domain.messages import Message, mark
from review_portal.domain.working_days import WorkingCalendar
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.services import publicity_facts, reexamination_state
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that must be done first; `key` names the page where."""

    key: str
    said: Message


def of_period(session: Session, call: Call, rules: Rules) -> Gate | None:
    """The publicity period is over."""
    last = _last_day(session, call, rules)
    if last is None:
        return Gate("period", mark("尚未登记公示在官网刊登的日期，公示期无从起算。请先登记刊登情况。"))
    if local_date(clock.now()) <= last:
        day = date_text(last)
        return Gate("period", mark("公示期至%(day)s届满。请在届满次日以后再提请确定名单。", day=day))
    return None


def _last_day(session: Session, call: Call, rules: Rules) -> date | None:
    found = publicity_facts.draft_of(session, call)
    request = publicity_facts.request_of(session, found) if found else None
    if request is None or request.outcome != "approved":
        return None
    return publicity_facts.released(request, rules).last_day


def calendar() -> WorkingCalendar:
    """The calendar that periods are counted by."""
    return WorkingCalendar()


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
