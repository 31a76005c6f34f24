"""A unit that came after the late minutes: chair and supervisor each note whether it is let in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain.defense_notices import due_at, is_early
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.defense_papers import LateArrival
from review_portal.services import audit, defense_absence, defense_minutes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of


def note_late(viewer: Viewer, *, slot: str, arrived_at: datetime | None, admitted: bool, note: str) -> None:
    """Chair or supervisor notes that a unit came late, and whether it is let in. Each speaks for one side.

    Raises `Invalid`, `NotAllowed`, and `Conflict` where the turn is recorded or the round is not scoring.
    """
    with transaction() as session:
        row, round_, call, dossier = defense_minutes.slot_of(session, viewer, slot)
        side = defense_absence.side_of(viewer, round_)
        if side is None:
            raise NotAllowed(mark("迟到情况由组长和监督人员分别登记。"))
        if round_.state != "scoring" or row.position is None or dossier.state != "eligible":
            raise Conflict(mark("答辩评分进行期间方可登记迟到。"))
        if defense_minutes.latest(session, row) is not None:
            raise Conflict(mark("该单位已有到场或缺席登记，不能再登记迟到。"))
        _refuse_same_person(session, viewer, row.id, side)
        due, at, text = due_at(row.starts_at, row.called_at), now(), note.strip()
        late = rules_of(call).defense.late_minutes
        faults = {}
        if arrived_at is None:
            faults["arrived_at"] = mark("请填写到场时间。")
        elif arrived_at > at:
            faults["arrived_at"] = mark("到场时间晚于现在，请核对。")
        elif is_early(due, arrived_at, late):
            faults["arrived_at"] = mark(
                "到场时间未超过规定时间后%(late)s分钟，请直接登记答辩记录。", late=late
            )
        if len(text) > defense_minutes.TEXT_MAX:
            faults["note"] = mark("最多%(most)s个字，请改短。", most=defense_minutes.TEXT_MAX)
        elif not admitted and len(text) < 4:
            faults["note"] = mark("不同意进场的，请写明理由。")
        if faults:
            raise Invalid(mark("迟到情况未登记，请更正标出的内容。"), faults)
        made = LateArrival(
            slot_id=row.id,
            side=side,
            arrived_at=arrived_at,
            admitted=admitted,
            note=text,
            noted_at=at,
            noted_by=viewer.account_id,
        )
        session.add(made)
        session.flush()
        detail = {"dossier": dossier.number, "came_at": arrived_at, "admitted": admitted}
        audit.record(
            session,
            viewer,
            "note_late_arrival",
            object_kind="defense_slot",
            object_id=row.public_id,
            call_id=call.id,
            detail=detail,
            bound=[Bound("late_arrival", made)],
        )


def _refuse_same_person(session: Session, viewer: Viewer, slot_id: int, side: str) -> None:
    for note in defense_absence.notes_of(session, [slot_id]):
        if note.side != side and note.noted_by == viewer.account_id:
            raise NotAllowed(mark("双人办理事项须由另一人确认，申请人不能自行确认。"))
