"""What became of the letters with the result: who was told which outcome, what is still to be sent."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.calls import Call
from review_portal.models.final_lists import FinalList, ResultNotice, ResultNoticeEvent
from review_portal.models.jobs import Job
from review_portal.services.final_list_facts import latest
from review_portal.services.reminder_rows import standing_result
from review_portal.services.result_letter_facts import Letter

RESULTS: Final = ("sent", "failed", "skipped", "unknown")
TOLD: Final = frozenset({"sent", "unknown", "claimed", ""})  # it has gone out, may have, or is about to


def final(session: Session, call: Call) -> FinalList:
    """The list that letters go with. Raises `Conflict` before it is final, or while a change is public."""
    found = latest(session, call.id)
    if found is None:
        raise Conflict(mark("名单确定并公布后，方可办理结果告知。"))
    if call.state == "publicity":
        raise Conflict(mark("名单变更正在公示，待新的一版名单公布后再办理结果告知。"))
    return found


def running(session: Session, call: Call) -> Job | None:
    """The sending under way."""
    return session.scalars(
        sa.select(Job).where(
            Job.call_id == call.id, Job.kind == "notify", Job.state.in_(("queued", "running"))
        )
    ).first()


def events() -> sa.Select[Any]:
    """Events of a notice, correlated."""
    return sa.select(ResultNoticeEvent.id).where(ResultNoticeEvent.notice_id == ResultNotice.id)


def results_of(session: Session, job_id: int) -> dict[str, int]:
    """How many letters of a job ended how."""
    kinds: dict[int, set[str]] = {}
    for notice_id, kind in session.execute(
        sa.select(ResultNoticeEvent.notice_id, ResultNoticeEvent.kind)
        .join(ResultNotice, ResultNotice.id == ResultNoticeEvent.notice_id)
        .where(ResultNotice.job_id == job_id)
    ):
        kinds.setdefault(notice_id, set()).add(kind)
    found = [standing_result(given) for given in kinds.values()]
    return {kind: found.count(kind) for kind in RESULTS}


def newest(session: Session, call: Call) -> dict[int, tuple[ResultNotice, dict[str, ResultNoticeEvent]]]:
    """Dossier id -> the newest notice of this call to it, with its events by kind. Two queries."""
    rows = session.scalars(
        sa.select(ResultNotice)
        .join(FinalList, FinalList.id == ResultNotice.list_id)
        .where(FinalList.call_id == call.id)
        .order_by(ResultNotice.id)
    ).all()
    found = {row.dossier_id: row for row in rows}
    said: dict[int, dict[str, ResultNoticeEvent]] = {}
    for event in session.scalars(
        sa.select(ResultNoticeEvent).where(
            ResultNoticeEvent.notice_id.in_([row.id for row in found.values()])
        )
    ):
        said.setdefault(event.notice_id, {})[event.kind] = event
    return {dossier: (row, said.get(row.id, {})) for dossier, row in found.items()}


def due(session: Session, call: Call, found: list[Letter]) -> list[Letter]:
    """Applicants to be written to: not told this outcome yet; without an address only once."""
    known = newest(session, call)
    return [one for one in found if _owed(one, known.get(one.dossier_id))]


def _owed(one: Letter, last: tuple[ResultNotice, dict[str, ResultNoticeEvent]] | None) -> bool:
    if last is None or last[0].outcome != one.outcome:
        return True
    result = standing_result(set(last[1]))
    if result in TOLD:
        return False
    skipped = last[1].get("skipped")
    return bool(one.email) or skipped is None or skipped.error != "no_address"
