"""The final list for reading: where it stands, what is missing, its versions and papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal import clock
from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.exports import final_list_notice as export
from review_portal.exports.final_list_notice import FinalNotice, FinalText
from review_portal.models.accounts import Account
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.files import StoredFile
from review_portal.models.final_lists import FinalList, ListChange, ListPaper
from review_portal.services import (
    approvals,
    final_list_facts,
    final_list_waits,
    later_decision_state,
    list_notice_facts,
    scopes,
    vacancy_facts,
)
from review_portal.services.final_list_facts import CHANGE, FILL, RELEASE, SETTLE, Places, Vacancy
from review_portal.services.final_list_gates import Gate
from review_portal.services.later_decision_state import PutOff
from review_portal.services.list_notice_facts import Need
from review_portal.services.rules import rules_of
from review_portal.services.vacancy_facts import Newcomer

Paper = tuple[str, bytes]  # file name and content


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A recorded change of the list; `scan_file` opens the minutes."""

    ordinal: int
    kind: str
    cause: str
    unit: str
    meeting: str
    held_on: date
    minutes_number: str
    reason: str
    departures: str
    scan_file: str
    recorded_at: datetime
    recorded_by: str
    checked_by: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as it was released."""

    public_id: str
    ordinal: int
    number: str
    issued_on: date
    count: int
    digest: str
    reason: str
    released_at: datetime
    released_by: str
    checked_by: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice that a change needs: `paper` is empty before it is drafted, days once it has appeared.

    `public` while everybody may read it: from its appearance to the end of its period.
    """

    kind: str
    ordinal: int
    paper: str
    released: bool
    waiting: str | None
    url: str
    first_day: date | None
    last_day: date | None
    later: bool = False
    public: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """The page 名单公布. `none`: why there is no list to speak of, else None.

    `draft`: public id of the next version's notice, empty before it is drafted; `may_draft` whether there is
    one to draft. `waiting`: open requests by action. `newcomers` only where the rule lets a place be filled.
    Approved after they had been put off: `entered` numbers on the list, `entering` those that wait for it.
    """

    call: str
    state: str
    none: Message | None
    units: tuple[tuple[str, str, str, bool], ...] = ()
    vacant: tuple[Vacancy, ...] = ()
    gates: tuple[Gate, ...] = ()
    missing: tuple[str, ...] = ()
    draft: str = ""
    may_draft: bool = False
    versions: tuple[VersionRow, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    notices: tuple[NoticeRow, ...] = ()
    waiting: Mapping[str, str] | None = None
    fills: bool = False
    newcomers: tuple[Newcomer, ...] = ()
    entered: tuple[str, ...] = ()
    entering: tuple[PutOff, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper in its editor; `facts` as typed, `waiting` the open request to release it."""

    public_id: str
    kind: str
    ordinal: int
    facts: Mapping[str, str]
    words: FinalText
    missing: tuple[str, ...]
    digest: str
    version: int
    updated_at: datetime
    updated_by: str
    released: bool
    waiting: str | None
    again: bool
    later: bool


def overview(viewer: Viewer, *, call: str) -> Overview:
    """Everything about the call's list, for its offices. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    rules = rules_of(row)
    versions = _versions(session, row)
    if row.state not in final_list_facts.STATES and not versions:
        waits = final_list_waits.gates(session, row, rules)
        return Overview(row.public_id, row.state, waits[0].said)
    try:
        found = final_list_facts.places(session, row, rules)
    except Conflict as problem:
        return Overview(row.public_id, row.state, problem.message, versions=versions)
    gates = final_list_waits.gates(session, row, rules) if row.state in final_list_facts.STATES else []
    next_ = final_list_facts.paper(session, row.id, "list", len(versions) + 1)
    changed = row.state == "publicity" or not versions or _upto(session, row) < found.upto
    notice = final_list_facts.list_notice(session, row, next_.facts, found) if next_ and changed else None
    needs = list_notice_facts.needs(session, row, found)
    open_ = approvals.open_on(session, RELEASE, [need.paper.public_id for need in needs if need.paper])
    fills = rules.publicity.vacancy == "decision"
    return Overview(
        row.public_id,
        row.state,
        None,
        tuple((one.number, one.unit.lead_unit, one.unit.recommender, one.newcomer) for one in found.listed),
        found.vacant,
        tuple(gates),
        notice.missing() if notice else (),
        next_.public_id if next_ and changed else "",
        changed and row.state in final_list_facts.STATES,
        versions,
        _changes(session, row),
        tuple(_notice_row(need, open_) for need in needs),
        _waiting(session, row, next_),
        fills,
        tuple(vacancy_facts.newcomers(session, row, rules, found)) if fills else (),
        tuple(one.number for one in found.listed if one.later),
        later_decision_state.to_enter(session, row, found.known),
    )


def _upto(session: Session, call: Call) -> int:
    last = final_list_facts.latest(session, call.id)
    return last.upto if last else 0


def _waiting(session: Session, call: Call, next_: ListPaper | None) -> dict[str, str]:
    objects = {CHANGE: call.public_id, FILL: call.public_id, SETTLE: next_.public_id if next_ else ""}
    found = {action: approvals.open_on(session, action, [one]) for action, one in objects.items() if one}
    return {action: open_[objects[action]] for action, open_ in found.items() if open_}


def _notice_row(need: Need, open_: Mapping[str, str]) -> NoticeRow:
    paper = need.paper.public_id if need.paper else ""
    shown = need.shown
    return NoticeRow(
        need.kind,
        need.change.ordinal,
        paper,
        need.released,
        open_.get(paper),
        shown.url if shown else "",
        shown.first_day if shown else None,
        shown.last_day if shown else None,
        need.change.cause == "later",
        need.stands(local_date(clock.now())),
    )


def _versions(session: Session, call: Call) -> tuple[VersionRow, ...]:
    asker, checker = aliased(Account), aliased(Account)
    rows = session.execute(
        sa.select(FinalList, asker.name, checker.name)
        .join(asker, asker.id == FinalList.released_by)
        .join(checker, checker.id == FinalList.checked_by)
        .where(FinalList.call_id == call.id)
        .order_by(FinalList.ordinal.desc())
    )
    return tuple(
        VersionRow(
            row.public_id,
            row.ordinal,
            row.number,
            row.issued_on,
            len(row.units),
            row.digest,
            row.reason,
            row.released_at,
            by,
            checked,
        )
        for row, by, checked in rows
    )


def _changes(session: Session, call: Call) -> tuple[ChangeRow, ...]:
    asker, checker = aliased(Account), aliased(Account)
    rows = session.execute(
        sa.select(ListChange, Dossier, StoredFile.public_id, asker.name, checker.name)
        .outerjoin(Dossier, Dossier.id == ListChange.dossier_id)
        .join(StoredFile, StoredFile.id == ListChange.scan_id)
        .join(asker, asker.id == ListChange.recorded_by)
        .join(checker, checker.id == ListChange.checked_by)
        .where(ListChange.call_id == call.id)
        .order_by(ListChange.ordinal.desc())
    )
    return tuple(
        ChangeRow(
            row.ordinal,
            row.kind,
            row.cause,
            f"{dossier.number} {dossier.unit_name}" if dossier else "",
            row.meeting,
            row.held_on,
            row.minutes_number,
            row.reason,
            row.departures,
            scan,
            row.recorded_at,
            by,
            checked,
        )
        for row, dossier, scan, by, checked in rows
    )


def _loaded(viewer: Viewer, call: str, paper: str) -> tuple[Session, Call, ListPaper, FinalNotice]:
    session = db.session()
    row = scopes.office_call(viewer, call)
    found = list_notice_facts.known_paper(session, row, paper)
    return session, row, found, _notice(session, row, found)


def _notice(session: Session, call: Call, found: ListPaper) -> FinalNotice:
    """A paper as it stands: a released version as two people agreed to it."""
    if found.kind == "list":
        released = session.scalars(sa.select(FinalList).where(FinalList.paper_id == found.id)).first()
        if released is not None:
            return final_list_facts.released_notice(session, released)
    places: Places = final_list_facts.places(session, call, rules_of(call))
    if found.kind == "list":
        return final_list_facts.list_notice(session, call, found.facts, places)
    return list_notice_facts.notice_on(session, call, found, places)


def paper(viewer: Viewer, *, call: str, paper: str) -> PaperView:
    """A paper with its words and what is missing. Raises `NotFound`."""
    session, _row, found, notice = _loaded(viewer, call, paper)
    action = SETTLE if found.kind == "list" else RELEASE
    name = session.scalar(sa.select(Account.name).where(Account.id == found.updated_by))
    return PaperView(
        found.public_id,
        found.kind,
        found.ordinal,
        notice.facts,
        export.wording(notice),
        notice.missing(),
        notice.digest,
        found.version,
        found.updated_at,
        name or "",
        list_notice_facts.is_released(session, found),
        approvals.open_on(session, action, [found.public_id]).get(found.public_id),
        notice.kind not in (export.FIRST, export.VACANT),
        notice.kind == export.LATER,
    )


_NAMES = {
    "list": "公布名单的通知",
    "newcomer": "拟递补单位公示稿",
    "later": "拟增列单位公示稿",
    "changed": "名单变更公示稿",
}


def document(viewer: Viewer, *, call: str, paper: str, suffix: str = "docx") -> Paper:
    """A paper as .docx or .txt; missing facts stand in it as 【待填：…】. Raises `NotFound`."""
    _session, row, found, notice = _loaded(viewer, call, paper)
    title = _NAMES["later" if notice.kind == export.LATER else found.kind]
    name = f"{title}_第{found.ordinal}版_{row.public_id}.{suffix}"
    if suffix == "txt":
        return name, export.text(notice).encode()
    return name, export.write_docx(notice)


def version(viewer: Viewer, *, call: str, version: str) -> str:
    """The paper (public id) of a released version. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    found = db.session.scalar(
        sa.select(ListPaper.public_id)
        .join(FinalList, FinalList.paper_id == ListPaper.id)
        .where(FinalList.public_id == version, FinalList.call_id == row.id)
    )
    if found is None:
        raise NotFound()
    return str(found)


def listed(viewer: Viewer, *, call: str) -> list[tuple[str, str]]:
    """Dossier (public id) and name of every unit on the list. Raises `NotFound`, `Conflict`."""
    row = scopes.office_call(viewer, call)
    found = final_list_facts.places(db.session(), row, rules_of(row))
    return [(one.dossier, f"{one.number} {one.unit.lead_unit}") for one in found.listed]
