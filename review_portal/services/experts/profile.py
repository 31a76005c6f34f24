"""One expert's page, changes to it, and the one act that shows a phone number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ExpertRow
from review_portal.domain.register import masked, masked_email
from review_portal.exports.roster_template import HEADS, cells_of
from review_portal.intake.roster_cells import read_entry
from review_portal.models.experts import Expert
from review_portal.services import audit, scopes
from review_portal.services.experts import entries
from review_portal.services.experts.roster import phone_taken, stated

_KEPT_BLANK = ("手机", "邮箱")  # shown masked, so that blank means: as it is
_CLEARED = "无"
# What may stand on the chain as it was and as it is; of the rest only that it changed.
_SAID = ("姓名", "工作单位", "到任日期", "职称", "专业", "所在区县", "评审份数上限", "在库状态")


@dataclass(frozen=True, slots=True)
class Merged:
    """A row that is the same person's."""

    public_id: str
    name: str
    employer: str


@dataclass(frozen=True, slots=True)
class ExpertProfile:
    """An expert; phone and e-mail are masked in `row`, and empty in `texts`, the cells to be changed.

    `merged` were found to be this person; `moved_to` is the row that this one was merged into.
    """

    public_id: str
    version: int
    row: ExpertRow
    texts: Mapping[str, str]
    merged: tuple[Merged, ...]
    moved_to: Merged | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Phone and e-mail, unmasked."""

    phone: str
    email: str


def get_expert(viewer: Viewer, *, call: str, expert: str) -> ExpertProfile:
    """One expert for the call's offices. Six queries. Raises `NotFound`."""
    scopes.office_call(viewer, call)
    session = db.session()
    return profile_of(session, find(session, expert))


def find(session: Session, public_id: str, *, lock: bool = False) -> Expert:
    """An expert of the register. Raises `NotFound`."""
    query = sa.select(Expert).where(Expert.public_id == public_id)
    row = session.scalars(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound()
    return row


def profile_of(session: Session, person: Expert) -> ExpertProfile:
    """What a page shows of a row. Four queries."""
    row = entries.rows_of(session, [person])[person.id]
    texts = dict(zip(HEADS, cells_of(row), strict=True))
    others = session.scalars(
        sa.select(Expert)
        .where((Expert.merged_into_id == person.id) | (Expert.id == person.merged_into_id))
        .order_by(Expert.id)
    ).all()
    named = {other.id: Merged(other.public_id, other.name, other.employer) for other in others}
    return ExpertProfile(
        person.public_id,
        person.version,
        replace(row, phone=masked(person.phone) or None, email=masked_email(person.email) or None),
        {**texts, **dict.fromkeys(_KEPT_BLANK, "")},
        tuple(name for key, name in named.items() if key != person.merged_into_id),
        named.get(person.merged_into_id or 0),
    )


def edit_expert(actor: Viewer, *, call: str, expert: str, version: int, texts: Mapping[str, str]) -> None:
    """Bring an expert to what was typed under the roster's heads; a blank phone or e-mail stays as it is.

    Raises `Invalid` with faults keyed by column, `Conflict` with the stored profile where somebody was
    faster.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session)
        policy.can_run_call(actor, row.id).require()
        person = find(session, expert, lock=True)
        if person.merged_into_id is not None:
            raise Conflict(mark("该登记已并入另一条，不能再修改。请修改合并后的登记。"))
        if person.version != version:
            raise Conflict(theirs=profile_of(session, person))
        before = entries.rows_of(session, [person])[person.id]
        after = read_entry(_typed(texts, person))
        _refuse_unfit(session, person, after)
        changed = _changed(before, after)
        if not changed:
            return
        entries.fill(session, person, after)
        audit.record(
            session,
            actor,
            "edit_expert",
            object_kind="expert",
            object_id=person.public_id,
            call_id=row.id,
            detail={
                "columns": list(changed),
                "change": {name: pair for name, pair in changed.items() if name in _SAID},
            },
        )


def _typed(texts: Mapping[str, str], person: Expert) -> dict[str, str]:
    """Every column's text, line ends as the roster parts them."""
    typed = {name: texts.get(name, "").strip().replace("\r\n", "\n") for name in HEADS}
    typed["手机"] = typed["手机"] or person.phone
    typed["邮箱"] = "" if typed["邮箱"] == _CLEARED else typed["邮箱"] or person.email
    typed["在库状态"] = typed["在库状态"] or "在库"
    return typed


def _refuse_unfit(session: Session, person: Expert, row: ExpertRow) -> None:
    faults: dict[str, Message] = entries.unfit(row)
    others = session.scalars(
        sa.select(Expert).where(Expert.phone == (row.phone or ""), Expert.id != person.id)
    ).all()
    if row.phone and others:
        faults["手机"] = phone_taken(others[0], row.name) or mark(
            "姓名和手机都与另一条登记相同。如为同一人，请办理合并。"
        )
    if faults:
        raise Invalid(mark("有%(n)s处需要修改，未保存。", n=len(faults)), faults)


def _changed(before: ExpertRow, after: ExpertRow) -> dict[str, list[str]]:
    """Column -> before and after, of those that differ."""
    pairs = zip(HEADS, cells_of(before), cells_of(after), strict=True)
    return {name: [old, new] for name, old, new in pairs if old != new}


def contact_of(actor: Viewer, *, call: str, expert: str, reason: str) -> Contact:
    """Phone and e-mail of one expert, for whoever says why; each time is on the chain.

    Raises `Invalid` without a reason, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session)
        policy.can_see_contacts(actor, row.id).require()
        person = find(session, expert)
        audit.record(
            session,
            actor,
            "unmask_expert",
            object_kind="expert",
            object_id=person.public_id,
            call_id=row.id,
            detail={"reason": stated(reason)},
        )
        return Contact(person.phone, person.email)
