"""The papers of a draw: the sheet to sign, and the record with the script that computes it again."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import exports
from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.draw import Record, record_bytes
from review_portal.domain.errors import Conflict, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.exports import draw_record
from review_portal.exports.draw_record import DrawSheet
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.draws import ExpertDraw
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import draw_names, draw_state
from review_portal.services.report_figures import call_head
from review_portal.services.rules import rules_of

RECORD_NAME: Final = "抽取记录.json"
PREVIOUS_NAME: Final = "前次抽取记录.json"
BEFORE_NAME: Final = "更早抽取记录{number}.json"
SCRIPT_NAME: Final = "verify_draw.py"
SHEET_NAME: Final = "评审专家抽取记录表.docx"
OUTCOME_WORDS: Final = {"agreed": "同意", "declined": "婉拒", "unreached": "未接通", "recused": "需回避"}
_SCRIPT = Path(exports.__file__).parent / "standalone" / "verify_draw.py"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Drawn:
    row: ExpertDraw
    round_: Round
    record: Record
    previous: Record | None
    before: tuple[Record, ...]


def _drawn(session: Session, viewer: Viewer, draw: str) -> _Drawn:
    row = session.scalars(sa.select(ExpertDraw).where(ExpertDraw.public_id == draw)).first()
    if row is None:
        raise NotFound()
    round_ = session.scalars(sa.select(Round).where(Round.id == row.round_id)).one()
    if not policy.can_see_call(viewer, round_.call_id):
        raise NotFound()
    (found,) = draw_state.standings(session, [row])
    if found.record is None:
        raise Conflict(mark("抽取尚未完成，没有记录可以打印。"))
    previous = _previous(session, found.record)
    before = _before(session, row, previous) if found.record.frozen.event.supplement else ()
    return _Drawn(row, round_, found.record, previous, before)


def _previous(session: Session, record: Record) -> Record | None:
    """The record that this one follows, as it was then: later replacements are not in its code."""
    told = record.frozen.event.previous
    if told is None:
        return None
    row = session.scalars(sa.select(ExpertDraw).where(ExpertDraw.event == told.event)).one()
    return draw_state.record_with_code(session, row, told.code)


def _before(session: Session, row: ExpertDraw, previous: Record | None) -> tuple[Record, ...]:
    """What a third draw of a round rests on besides its previous one: each as it was at the lock."""
    rows = session.scalars(
        sa.select(ExpertDraw)
        .where(ExpertDraw.round_id == row.round_id, ExpertDraw.id < row.id)
        .order_by(ExpertDraw.id)
    ).all()
    last = previous.frozen.event.id if previous else ""
    return tuple(
        record
        for earlier in rows
        if earlier.event != last
        and (record := draw_state.record_at(session, earlier, row.frozen_at)) is not None
    )


def sheet(viewer: Viewer, *, draw: str) -> bytes:
    """The draw sheet as .docx; names only for who may know them."""
    session = db.session()
    drawn = _drawn(session, viewer, draw)
    call = session.scalars(sa.select(Call).where(Call.id == drawn.round_.call_id)).one()
    names = _names(session, viewer, drawn)
    return draw_record.write(
        DrawSheet(
            call_head(rules_of(call)),
            drawn.record,
            max(opening.at for opening in drawn.record.openings),
            drawn.row.place,
            tuple(line.strip() for line in drawn.row.present.splitlines() if line.strip()),
            names,
            _calls(session, drawn),
        )
    )


def _names(session: Session, viewer: Viewer, drawn: _Drawn) -> dict[str, str] | None:
    caller = draw_state.caller_of(session, drawn.row.id)
    numbers = draw_state.numbers_of(session, drawn.round_.call_id)
    present = set(
        session.scalars(
            sa.select(PanelMember.expert_id).where(
                PanelMember.round_id == drawn.round_.id, PanelMember.signed_in_at.is_not(None)
            )
        )
    )
    known = {expert: number for number, expert in numbers.items()}
    rows = session.execute(sa.select(Expert.id, Expert.name).where(Expert.id.in_(list(known))))
    return {
        known[row.id]: row.name
        for row in rows
        if policy.can_know_drawn(viewer, drawn.round_.call_id, caller, row.id in present)
    } or None


def _calls(session: Session, drawn: _Drawn) -> tuple[draw_record.PhoneCall, ...]:
    numbers = {
        expert: number for number, expert in draw_state.numbers_of(session, drawn.round_.call_id).items()
    }
    calls = draw_state.calls_of(session, [drawn.row.id])
    hands = {call.called_by for call in calls}
    names = {
        row.id: row.name
        for row in session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(sorted(hands))))
    }
    return tuple(
        draw_record.PhoneCall(
            numbers[call.expert_id],
            call.called_at,
            names[call.called_by],
            call.attempt,
            OUTCOME_WORDS[call.outcome],
            call.note,
        )
        for call in calls
    )


def package(viewer: Viewer, *, draw: str) -> bytes:
    """A zip with the record, the one it follows, the script and the sheet; equal states, equal bytes.

    The record gives specialties and colleagues by number, from which a reader of the register could tell who
    is who: NotAllowed for officers who may not know the drawn experts yet.
    """
    drawn = _drawn(db.session(), viewer, draw)
    if draw_names.hidden(db.session(), viewer, drawn.round_):
        raise NotAllowed(
            mark("记录包列有各编号的专业和单位分组，专家签到以前只向拨打人和监督人员提供；记录表可先下载。")
        )
    files = {
        RECORD_NAME: record_bytes(drawn.record),
        SCRIPT_NAME: _SCRIPT.read_bytes(),
        SHEET_NAME: sheet(viewer, draw=draw),
    }
    if drawn.previous is not None:
        files[PREVIOUS_NAME] = record_bytes(drawn.previous)
    for number, earlier in enumerate(drawn.before, start=1):
        files[BEFORE_NAME.format(number=number)] = record_bytes(earlier)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return packed.getvalue()
