"""The register as a spreadsheet: taken in all rows or none, and given out to be taken in again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ExpertRow
from review_portal.exports.roster_template import write_roster, write_template
from review_portal.intake.expert_roster import read_roster
from review_portal.models.experts import Expert
from review_portal.services import audit, scopes
from review_portal.services.experts import entries


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What an import did: how many were new, how many were brought up to date."""

    added: int
    updated: int


def roster_template() -> bytes:
    """The empty roster as .xlsx bytes."""
    return write_template()


def import_roster(actor: Viewer, *, call: str, name: str, data: bytes) -> RosterReport:
    """Take in a roster, all rows or none; who is known by name and phone is brought up to date.

    Columns that the file lacks stay as they are. Raises `Invalid` with every fault, `fields` keyed
    第3行 手机; `NotFound`, `NotAllowed`.
    """
    policy.can_run_call(actor, scopes.office_call(actor, call).id).require()
    rows = read_roster(data, name)
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        known = _known(session, rows)
        _refuse_unfit(rows, known)
        report = _write(session, rows, known)
        audit.record(
            session,
            actor,
            "import_experts",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={
                "file": hashlib.sha256(data).hexdigest(),
                "added": report.added,
                "updated": report.updated,
            },
        )
        return report


def _known(session: Session, rows: Sequence[ExpertRow]) -> dict[str, Expert]:
    phones = [row.phone for row in rows if row.phone]
    found = session.scalars(
        sa.select(Expert)
        .where(Expert.phone.in_(phones))
        .order_by(Expert.merged_into_id.is_(None), Expert.id)  # who still counts prevails
    )
    return {expert.phone: expert for expert in found}


def _refuse_unfit(rows: Sequence[ExpertRow], known: dict[str, Expert]) -> None:
    faults: dict[str, Message] = {}
    for row in rows:
        faults |= {f"{row.place} {column}": message for column, message in entries.unfit(row).items()}
        other = known.get(row.phone or "")
        if other is not None and (taken := phone_taken(other, row.name)):
            faults[f"{row.place} 手机"] = taken
    if faults:
        raise Invalid(
            mark("专家名单有%(n)s处需要修改，未导入任何一行。请修改后重新上传。", n=len(faults)), faults
        )


def phone_taken(other: Expert, name: str) -> Message | None:
    """Why a number cannot be that of `name` while `other` holds it; None where it can."""
    if other.merged_into_id is not None:
        return mark("该手机号码的登记已并入另一条，不再使用。请改用合并后登记的手机号码。")
    if other.name != name:
        return mark("该手机号码已登记在专家%(name)s名下。请核对姓名或手机号码。", name=other.name)
    return None


def _write(session: Session, rows: Sequence[ExpertRow], known: dict[str, Expert]) -> RosterReport:
    added = 0
    for row in rows:
        expert = known.get(row.phone or "")
        if expert is None:
            expert = entries.blank(row)
            added += 1
        entries.fill(session, expert, row)
    return RosterReport(added, len(rows) - added)


def export_roster(actor: Viewer, *, call: str, reason: str) -> bytes:
    """The register as a workbook that `import_roster` takes, phone numbers and all; on the chain with why.

    Raises `Invalid` without a reason, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session)
        policy.can_see_contacts(actor, row.id).require()
        said = stated(reason)
        people = session.scalars(
            sa.select(Expert).where(Expert.merged_into_id.is_(None)).order_by(Expert.name_key, Expert.id)
        ).all()
        rows = entries.rows_of(session, people)
        data = write_roster([rows[person.id] for person in people])
        audit.record(
            session,
            actor,
            "export_experts",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={"people": len(people), "file": hashlib.sha256(data).hexdigest(), "reason": said},
        )
        return data


def stated(reason: str) -> str:
    """The reason, trimmed. Raises `Invalid` where there is none, or more than the trail takes."""
    said = reason.strip()
    if not 2 <= len(said) <= 200:
        raise Invalid(mark("请写明事由。"), {"reason": mark("请写明事由，2至200个字。")})
    return said
