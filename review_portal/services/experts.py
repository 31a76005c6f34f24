"""The pool of experts: import from a roster, the register, who stands too near to which dossier."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.pinyin import sort_key
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ExpertRow
from review_portal.domain.recusal import same_employer
from review_portal.exports.roster_template import write_template
from review_portal.intake.expert_roster import read_roster
from review_portal.models.accounts import Grant
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, ExpertTie, Recusal
from review_portal.models.recusals import standing
from review_portal.services import audit, recusals, scopes
from review_portal.services.rules import rules_of

LENGTHS = {"姓名": 64, "工作单位": 200, "职称": 100, "专业": 100, "手机": 40, "邮箱": 200, "所在区县": 40}
GONE = ("rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What an import did: how many were new, how many were brought up to date."""

    added: int
    updated: int


@dataclass(frozen=True, slots=True)
class ExpertLine:
    """An expert in the register; the phone is masked for everybody but the call's secretariat.

    `has_account`: can log in; `in_call`: and has the expert's role in this call.
    """

    public_id: str
    name: str
    employer: str
    title: str
    field: str
    phone: str
    district: str
    ties: int
    has_account: bool
    in_call: bool
    recused: int


@dataclass(frozen=True, slots=True)
class ConflictCell:
    """One pair: its strongest level (`recorded` for what already stands), and why, in sentences."""

    dossier: str
    number: str
    unit: str
    level: str
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """An expert and the dossiers about which there is something to say, by number."""

    public_id: str
    name: str
    employer: str
    cells: tuple[ConflictCell, ...]


@dataclass(frozen=True, slots=True)
class ConflictMatrix:
    """`dossiers` and `experts` that were compared; `warnings` are experts of one employer."""

    rows: tuple[ConflictRow, ...]
    experts: int
    dossiers: int
    look_back_years: int
    reference_date: date
    warnings: tuple[Message, ...]


def roster_template() -> bytes:
    """The empty roster as .xlsx bytes."""
    return write_template()


def import_roster(actor: Viewer, *, call: str, name: str, data: bytes) -> RosterReport:
    """Take in a roster, all rows or none; who is known by name and phone is brought up to date.

    Raises `Invalid` with every fault, `fields` keyed 第3行 手机; `NotFound`, `NotAllowed`.
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
    found = session.scalars(sa.select(Expert).where(Expert.phone.in_(phones)))
    return {expert.phone: expert for expert in found}


def _texts(row: ExpertRow) -> dict[str, str]:
    return {
        "姓名": row.name,
        "工作单位": row.employer,
        "职称": row.title or "",
        "专业": row.field or "",
        "手机": row.phone or "",
        "邮箱": row.email or "",
        "所在区县": row.district or "",
    }


def _refuse_unfit(rows: Sequence[ExpertRow], known: dict[str, Expert]) -> None:
    faults: dict[str, Message] = {}
    for row in rows:
        for column, text in _texts(row).items():
            if len(text) > LENGTHS[column]:
                faults[f"{row.place} {column}"] = mark(
                    "超过%(limit)s字，请缩短后重新上传。", limit=LENGTHS[column]
                )
        if any(len(text) > limit for tie in _ties(row) for text, limit in _limits(tie)):
            faults[f"{row.place} 任职经历"] = mark("单位名称或职务过长（单位200字、职务100字），请缩短。")
        other = known.get(row.phone or "")
        if other is not None and other.name != row.name:
            faults[f"{row.place} 手机"] = mark(
                "该手机号码已登记在专家%(name)s名下。请核对姓名或手机号码。", name=other.name
            )
    if faults:
        raise Invalid(
            mark("专家名单有%(n)s处需要修改，未导入任何一行。请修改后重新上传。", n=len(faults)), faults
        )


def _limits(tie: ExpertTie) -> tuple[tuple[str, int], ...]:
    return (
        (tie.organisation, 200),
        (tie.post or "", 100),
        (tie.relative or "", 64),
        (tie.relation or "", 40),
    )


def _ties(row: ExpertRow) -> list[ExpertTie]:
    return [
        *(
            ExpertTie(kind="past_role", organisation=role.org, post=role.role, until=role.end)
            for role in row.past_roles
        ),
        *(
            ExpertTie(
                kind="relative",
                organisation=kin.org,
                post=kin.position,
                relative=kin.name,
                relation=kin.relation,
            )
            for kin in row.relatives
        ),
        *(ExpertTie(kind="declared", organisation=text) for text in row.declared),
    ]


def _write(session: Session, rows: Sequence[ExpertRow], known: dict[str, Expert]) -> RosterReport:
    added = 0
    for row in rows:
        expert = known.get(row.phone or "")
        if expert is None:
            expert = Expert(name=row.name, phone=row.phone or "")
            added += 1
        expert.name_key = sort_key(row.name, person=True)[:200]
        expert.employer, expert.title, expert.field = row.employer, row.title or "", row.field or ""
        expert.email, expert.district = row.email or "", row.district or ""
        session.add(expert)
        session.flush()
        session.execute(  # what the roster holds; control and cooperation are registered apart
            sa.delete(ExpertTie).where(
                ExpertTie.expert_id == expert.id, ExpertTie.kind.in_(("past_role", "relative", "declared"))
            )
        )
        for tie in _ties(row):
            tie.expert_id = expert.id
            session.add(tie)
    return RosterReport(added, len(rows) - added)


def masked(phone: str) -> str:
    """199****1001: enough to tell two apart, not enough to call."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else "****"


def list_experts(viewer: Viewer, *, call: str) -> list[ExpertLine]:
    """The pool in the order of names, for the call's offices. Two queries. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    full = bool(policy.can_run_call(viewer, row.id))
    ties = sa.select(ExpertTie.expert_id, sa.func.count().label("n")).group_by(ExpertTie.expert_id).subquery()
    apart = (
        sa.select(Recusal.expert_id, sa.func.count().label("n"))
        .where(Recusal.call_id == row.id, standing())
        .group_by(Recusal.expert_id)
        .subquery()
    )
    role = sa.exists().where(
        Grant.account_id == Expert.account_id,
        Grant.role == "expert",
        (Grant.call_id == row.id) | Grant.call_id.is_(None),
        Grant.revoked_at.is_(None),
    )
    found = db.session.execute(
        sa.select(Expert, sa.func.coalesce(ties.c.n, 0), sa.func.coalesce(apart.c.n, 0), role)
        .outerjoin(ties, ties.c.expert_id == Expert.id)
        .outerjoin(apart, apart.c.expert_id == Expert.id)
        .order_by(Expert.name_key, Expert.id)
    ).all()
    return [
        ExpertLine(
            expert.public_id,
            expert.name,
            expert.employer,
            expert.title,
            expert.field,
            expert.phone if full else masked(expert.phone),
            expert.district,
            bound,
            expert.account_id is not None,
            in_call,
            recused,
        )
        for expert, bound, recused, in_call in found
    ]


def conflicts_of(viewer: Viewer, *, call: str) -> ConflictMatrix:
    """Experts × dossiers with every reason, also those that were looked at and do not bind.

    Lead and all members, their legal representatives and the recommending unit are compared; nothing is
    recorded by looking. Queries do not grow with rows. Raises `NotFound`.
    """
    row = scopes.office_call(viewer, call)
    rules = rules_of(row).recusal
    session = db.session()
    experts = session.execute(
        sa.select(Expert.id, Expert.public_id, Expert.name, Expert.employer).order_by(
            Expert.name_key, Expert.id
        )
    ).all()
    dossiers = session.execute(
        sa.select(Dossier.id, Dossier.public_id, Dossier.number, Dossier.unit_name)
        .where(Dossier.call_id == row.id, Dossier.state.not_in(GONE))
        .order_by(Dossier.number)
    ).all()
    said = recusals.grounds(session, [e.id for e in experts], [d.id for d in dossiers], rules)
    standing = recusals.recorded(session, row.id)
    rows = []
    for expert in experts:
        cells = tuple(
            _cell(
                dossier.public_id,
                dossier.number,
                dossier.unit_name,
                said.get((expert.id, dossier.id)),
                standing.get((expert.id, dossier.id)),
            )
            for dossier in dossiers
            if (expert.id, dossier.id) in said or (expert.id, dossier.id) in standing
        )
        if cells:
            rows.append(ConflictRow(expert.public_id, expert.name, expert.employer, cells))
    facts = recusals.expert_facts(session, [e.id for e in experts])
    pairs = same_employer([facts[e.id] for e in experts])
    return ConflictMatrix(
        tuple(rows),
        len(experts),
        len(dossiers),
        rules.years("employment"),
        rules.reference_date,
        tuple(pair.reason for pair in pairs),
    )


def _cell(
    public_id: str, number: str, unit: str, said: recusals.Grounds | None, standing: Recusal | None
) -> ConflictCell:
    reasons = tuple(ground.reason for ground in said.conflicts) if said else ()
    if standing is not None:
        return ConflictCell(public_id, number, unit, "recorded", (Message(standing.reason),))
    if said is None or said.conflicts:
        return ConflictCell(public_id, number, unit, said.level if said else "", reasons)
    return ConflictCell(public_id, number, unit, "considered", tuple(item.reason for item in said.considered))
