"""Dossiers as the offices read them: the register, one dossier with its versions and acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review_portal.db import db, now
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ApplicationForm
from review_portal.domain.working_days import receipt_standing
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierAct, DossierVersion
from review_portal.models.files import StoredFile
from review_portal.services import scopes
from review_portal.services.dossiers import findings
from review_portal.services.dossiers.comparison import Comparison, compare
from review_portal.services.dossiers.findings import FindingRow
from review_portal.services.dossiers.versions import VersionRow, list_versions
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

SORTS = ("number", "unit", "district", "received", "state", "open")
_STATE_ORDER = ("received", "returned", "eligible", "rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A line of the register. `overall` is the suggestion after confirmations; `due_at` of an open return."""

    public_id: str
    number: str
    unit_name: str
    recommender: str
    district: str | None
    state: str
    received_at: datetime
    arrived_at: datetime | None
    ordinal: int
    overall: str
    unanswered: int
    failed: tuple[str, ...]
    late: bool
    due_at: datetime | None
    overdue: bool
    rejection_asked: bool


@dataclass(frozen=True, slots=True)
class ActRow:
    """What was done with the dossier; `letter` is the public id of its file."""

    action: str
    reason: str
    due_at: datetime | None
    at: datetime
    by: str
    ordinal: int | None
    letter: str | None


@dataclass(frozen=True, slots=True)
class PendingRejection:
    """A rejection that waits for the second officer."""

    approval: str
    asked_by: str
    asked_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DossierView:
    """One dossier with the version that is shown; `is_current` is False for an earlier version.

    `comparison` sets that version beside an earlier one; None for the first.
    """

    public_id: str
    number: str
    unit_name: str
    recommender: str
    district: str | None
    state: str
    received_at: datetime
    arrived_at: datetime | None
    call: str
    rules: Rules
    version: VersionRow
    is_current: bool
    form: ApplicationForm
    findings: tuple[FindingRow, ...]
    overall: str
    versions: tuple[VersionRow, ...]
    acts: tuple[ActRow, ...]
    rejection: PendingRejection | None
    comparison: Comparison | None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Rules that wait for an officer."""
        return tuple(found.rule for found in self.findings if found.unanswered)

    @property
    def failed(self) -> tuple[FindingRow, ...]:
        """Findings that keep the dossier from being accepted."""
        return tuple(found for found in self.findings if found.stands_failed)


def list_dossiers(
    viewer: Viewer, *, call: str, state: str | None = None, sort: str = "number"
) -> list[DossierRow]:
    """The register of a call; `sort` is one of `SORTS`, with a leading "-" for the other way round.

    Unknown sorts fall back to the number. The number of queries does not grow with the rows.
    """
    row = scopes.office_call(viewer, call)
    rules = rules_of(row)
    query = (
        sa.select(
            Dossier.id,
            Dossier.public_id,
            Dossier.number,
            Dossier.unit_name,
            Dossier.name_key,
            Dossier.recommender,
            Dossier.district,
            Dossier.state,
            Dossier.received_at,
            Dossier.arrived_at,
            Dossier.current_version_id,
            DossierVersion.ordinal,
        )
        .join(DossierVersion, DossierVersion.id == Dossier.current_version_id)
        .where(Dossier.call_id == row.id)
        .order_by(Dossier.number)
    )
    if state:
        query = query.where(Dossier.state == state)
    rows = db.session.execute(query).all()
    found = findings.current(db.session(), [item.current_version_id for item in rows], rules)
    due, asked, at = _due(row.id), _asked(row.id), now()
    listed = [
        (item.name_key, _dossier_row(item, found[item.current_version_id], rules, due, asked, at))
        for item in rows
    ]
    return _sorted(listed, sort, rules)


def _dossier_row(
    item: Any,
    found: tuple[FindingRow, ...],
    rules: Rules,
    due: dict[int, datetime],
    asked: frozenset[str],
    at: datetime,
) -> DossierRow:
    due_at = due.get(item.id) if item.state == "returned" else None
    return DossierRow(
        public_id=item.public_id,
        number=item.number,
        unit_name=item.unit_name,
        recommender=item.recommender,
        district=item.district,
        state=item.state,
        received_at=item.received_at,
        arrived_at=item.arrived_at,
        ordinal=item.ordinal,
        overall=findings.suggestion(found),
        unanswered=sum(row.unanswered for row in found) if item.state == "received" else 0,
        failed=tuple(row.rule for row in found if row.stands_failed),
        late=receipt_standing(item.received_at, rules.deadline, by=rules.receipt) == "late",
        due_at=due_at,
        overdue=due_at is not None and due_at <= at,
        rejection_asked=item.public_id in asked,
    )


def _sorted(listed: list[tuple[str, DossierRow]], sort: str, rules: Rules) -> list[DossierRow]:
    district = {item.name: item.seq for item in rules.districts}
    last = len(district) + 1
    keys: dict[str, Callable[[tuple[str, DossierRow]], object]] = {
        "number": lambda pair: pair[1].number,
        "unit": lambda pair: pair[0],
        "district": lambda pair: district.get(pair[1].district or "", last),
        "received": lambda pair: pair[1].received_at,
        "state": lambda pair: _STATE_ORDER.index(pair[1].state) if pair[1].state in _STATE_ORDER else -1,
        "open": lambda pair: -pair[1].unanswered,
    }
    key = keys.get(sort.removeprefix("-"), keys["number"])
    ordered = sorted(listed, key=key, reverse=sort.startswith("-"))  # type: ignore[arg-type]
    return [row for _key, row in ordered]


def _due(call_id: int) -> dict[int, datetime]:
    rows = db.session.execute(
        sa.select(DossierAct.dossier_id, DossierAct.due_at)
        .join(Dossier, Dossier.id == DossierAct.dossier_id)
        .where(Dossier.call_id == call_id, DossierAct.action == "return")
        .order_by(DossierAct.id)
    ).all()
    return {row.dossier_id: row.due_at for row in rows if row.due_at is not None}


def _asked(call_id: int) -> frozenset[str]:
    return frozenset(
        db.session.scalars(
            sa.select(Approval.object_id).where(
                Approval.call_id == call_id,
                Approval.action == "reject_dossier",
                Approval.outcome == "pending",
                Approval.expires_at > now(),
            )
        )
    )


def get_dossier(viewer: Viewer, *, dossier: str, version: str | None = None) -> DossierView:
    """One dossier, at its current version or at an earlier one (public id). Raises `NotFound`."""
    row = scopes.office_dossier(viewer, dossier)
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules = rules_of(call)
    versions = list_versions(row.id)
    by_id = dict(versions)
    assert row.current_version_id is not None  # a dossier is stored together with its first version
    shown = row.current_version_id
    if version is not None:
        shown = next((key for key, item in versions if item.public_id == version), -1)
        if shown == -1:
            raise NotFound()
    form = db.session.scalars(sa.select(DossierVersion.form).where(DossierVersion.id == shown)).one()
    found = findings.current(db.session(), [shown], rules)[shown]
    return DossierView(
        public_id=row.public_id,
        number=row.number,
        unit_name=row.unit_name,
        recommender=row.recommender,
        district=row.district,
        state=row.state,
        received_at=row.received_at,
        arrived_at=row.arrived_at,
        call=call.public_id,
        rules=rules,
        version=by_id[shown],
        is_current=shown == row.current_version_id,
        form=ApplicationForm.from_json(form),
        findings=found,
        overall=findings.suggestion(found),
        versions=tuple(item for _key, item in versions),
        acts=_acts(row.id, by_id),
        rejection=_pending(row.public_id),
        comparison=compare(db.session(), row.id, shown, rules),
    )


def _acts(dossier_id: int, versions: dict[int, VersionRow]) -> tuple[ActRow, ...]:
    rows = db.session.execute(
        sa.select(DossierAct, Account.name, StoredFile.public_id)
        .join(Account, Account.id == DossierAct.acted_by)
        .outerjoin(StoredFile, StoredFile.id == DossierAct.letter_id)
        .where(DossierAct.dossier_id == dossier_id)
        .order_by(DossierAct.id)
    ).all()
    return tuple(
        ActRow(
            act.action,
            act.reason,
            act.due_at,
            act.acted_at,
            name,
            versions[act.version_id].ordinal if act.version_id is not None else None,
            letter,
        )
        for act, name, letter in rows
    )


def _pending(dossier: str) -> PendingRejection | None:
    row = db.session.execute(
        sa.select(Approval.public_id, Account.name, Approval.asked_at, Approval.reason)
        .join(Account, Account.id == Approval.asked_by)
        .where(
            Approval.object_id == dossier,
            Approval.action == "reject_dossier",
            Approval.outcome == "pending",
            Approval.expires_at > now(),
        )
    ).first()
    return PendingRejection(*row) if row else None
