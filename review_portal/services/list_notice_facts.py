"""Which changes of the list must be made public on their own, and how far each of these notices is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import mark
from review_portal.exports import final_list_notice as export
from review_portal.exports.final_list_notice import FinalNotice
from review_portal.exports.publicity_notice import ListedUnit
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.final_lists import FinalList, ListAppearance, ListChange, ListPaper
from review_portal.services import final_list_facts, office_calendar
from review_portal.services.final_list_facts import RELEASE, Places
from review_portal.services.final_list_gates import Gate
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Need:
    """A change that must be made public: `paper` once drafted, `shown` once it has appeared."""

    kind: str
    change: ListChange
    paper: ListPaper | None
    released: bool
    shown: ListAppearance | None

    def stands(self, day: date) -> bool:
        """Whether the notice is before the public on this day: it has appeared and its period is not over."""
        shown = self.shown
        return self.released and shown is not None and shown.appeared_on <= day <= shown.last_day


def needs(session: Session, call: Call, found: Places) -> list[Need]:
    """Every newcomer that stands, and the newest change of a list that was final where the rule asks it."""
    standing = {place.dossier for place in found.listed}
    ids = {row.id: row.public_id for row in _dossiers(session, found)}
    wanted = [
        ("newcomer", change)
        for change in found.changes
        if change.kind == "fill" and ids.get(change.dossier_id or 0) in standing
    ]
    if rules_of(call).publicity.change_restarts:
        after = [change for change in found.changes if change.kind == "vacate" and change.after_list]
        wanted += [("changed", after[-1])] if after else []
    return [
        _need(session, call, kind, change)
        for kind, change in sorted(wanted, key=lambda item: item[1].ordinal)
    ]


def on_show(session: Session, call: Call, day: date) -> list[Need]:
    """The notices that stand in their own period on this day."""
    if call.state != "publicity":
        return []
    found = needs(session, call, final_list_facts.places(session, call, rules_of(call)))
    return [need for need in found if need.stands(day)]


def _dossiers(session: Session, found: Places) -> list[Dossier]:
    ids = {change.dossier_id for change in found.changes if change.dossier_id}
    return list(session.scalars(sa.select(Dossier).where(Dossier.id.in_(ids)))) if ids else []


def _need(session: Session, call: Call, kind: str, change: ListChange) -> Need:
    made = final_list_facts.paper(session, call.id, kind, change.ordinal)
    shown = appearance(session, made) if made else None
    return Need(kind, change, made, made is not None and is_released(session, made), shown)


def appearance(session: Session, paper: ListPaper) -> ListAppearance | None:
    """The appearance that counts."""
    query = sa.select(ListAppearance).where(ListAppearance.paper_id == paper.id)
    return session.scalars(query.order_by(ListAppearance.ordinal.desc()).limit(1)).first()


def request_of(session: Session, paper: ListPaper) -> Approval | None:
    """The latest request to release a notice on a change."""
    query = sa.select(Approval).where(Approval.action == RELEASE, Approval.object_id == paper.public_id)
    return session.scalars(query.order_by(Approval.id.desc()).limit(1)).first()


def is_released(session: Session, paper: ListPaper) -> bool:
    """Whether two people have released it: then its words stand."""
    if paper.kind == "list":
        return session.scalar(sa.select(FinalList.id).where(FinalList.paper_id == paper.id)) is not None
    request = request_of(session, paper)
    return request is not None and request.outcome == "approved"


def known_paper(session: Session, call: Call, public_id: str) -> ListPaper:
    """A paper of this call. Raises `NotFound`."""
    query = sa.select(ListPaper).where(ListPaper.public_id == public_id, ListPaper.call_id == call.id)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound()
    return found


def notice_on(session: Session, call: Call, paper: ListPaper, found: Places) -> FinalNotice:
    """A notice on a change: as it was released, else as it would be now."""
    request = request_of(session, paper)
    if request is not None and request.outcome == "approved":
        facts = dict(request.payload["facts"])
        units = tuple(ListedUnit(lead, tuple(members), by) for lead, members, by in request.payload["units"])
    else:
        facts, units = dict(paper.facts), _units(session, paper, found)
    made = FinalNotice(
        _kind(session, paper),
        facts,
        units,
        final_list_facts.day_of(facts["issued_on"]),
        final_list_facts.list_digest(units),
    )
    return replace(made, days=period(call, made))


def _kind(session: Session, paper: ListPaper) -> str:
    if paper.kind == "changed":
        return export.CHANGED
    return export.LATER if change_of(session, paper).cause == "later" else export.NEWCOMER


def change_of(session: Session, paper: ListPaper) -> ListChange:
    """The change that a notice is on."""
    query = sa.select(ListChange).where(ListChange.call_id == paper.call_id)
    return session.scalars(query.where(ListChange.ordinal == paper.ordinal)).one()


def _units(session: Session, paper: ListPaper, found: Places) -> tuple[ListedUnit, ...]:
    if paper.kind == "changed":
        return found.units
    change = change_of(session, paper)
    newcomer = session.scalar(sa.select(Dossier.public_id).where(Dossier.id == change.dossier_id))
    return tuple(place.unit for place in found.listed if place.dossier == newcomer)


def period(call: Call, notice: FinalNotice, appeared: date | None = None) -> tuple[date, date] | None:
    """First and last day that follow from the day of appearance, or from the day the notice is dated."""
    start, days = appeared or notice.issued_on, notice.facts.get("working_days", "")
    if start is None or not days:
        return None
    counted = rules_of(call).publicity.count_start
    working = office_calendar.calendar()
    first = working.period_end(start, 1, count_start=counted)
    return first, working.period_end(start, int(days), count_start=counted)


def gates(session: Session, call: Call, found: Places) -> list[Gate]:
    """What the notices on changes still wait for."""
    gates_ = []
    today = local_date(clock.now())
    for need in needs(session, call, found):
        n = need.change.ordinal
        if need.paper is None or not need.released:
            said = mark("名单变更（第%(n)s号）须另行公示，公示稿尚未发布。请起草并提请发布。", n=n)
        elif need.shown is None:
            said = mark("名单变更（第%(n)s号）的公示尚未登记刊登日期。请先登记刊登情况。", n=n)
        elif today <= need.shown.last_day:
            day = date_text(need.shown.last_day)
            said = mark(
                "名单变更（第%(n)s号）的公示期至%(day)s届满。请在届满次日以后再提请确定名单。", n=n, day=day
            )
        else:
            continue
        gates_.append(Gate("notice", said))
    return gates_
