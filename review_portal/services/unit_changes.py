"""An accepted dossier's legal representative or recommending unit changes: every holder is checked again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.intake.field_suggestions import recognise_district
from review_portal.models.calls import Call
from review_portal.models.dossiers import DossierUnit
from review_portal.models.recusals import UnitChange
from review_portal.services import audit, found_conflicts, recusals, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

HEAD_MAX, RECOMMENDER_MAX, REASON_MIN = 64, 200, 4


def current_head(viewer: Viewer, *, dossier: str) -> str:
    """The lead's legal representative as it stands now. Raises `NotFound`."""
    version = scopes.office_dossier(viewer, dossier).current_version_id or 0
    return recusals.heads(db.session(), [version])[version] or ""


def change_units(
    actor: Viewer, *, dossier: str, legal_representative: str, recommender: str, reason: str
) -> int:
    """Record that an accepted dossier's legal representative or recommending unit has changed.

    Declarations on it become void, every holder is checked again. Returns how many pairs have a new
    ground. Raises `Invalid` by field, `Conflict` where the dossier is not accepted or ranks are frozen.
    """
    head, office = legal_representative.strip(), recommender.strip()
    _refuse_unfit(head, office, reason.strip())
    with transaction() as session:
        row = scopes.office_dossier(actor, dossier, session=session, lock=True)
        policy.can_run_call(actor, row.call_id).require()
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        version = row.current_version_id
        if row.state != "eligible" or version is None or call.state not in ("receiving", "reviewing"):
            raise Conflict(mark("受理以后、排名冻结以前方可登记变更；受理以前由补正件更正。"))
        before = recusals.dossier_facts(session, [row.id])[row.id]
        if (before.units[0].legal_representative or "", row.recommender) == (head, office):
            raise Invalid(mark("与现有登记相同，没有变更。"))
        change = UnitChange(
            version_id=version,
            legal_representative=head,
            recommender=office,
            units_digest=_digest(session, version, head, office),
            reason=reason.strip(),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        if office != row.recommender:
            district = recognise_district((office,), rules_of(call).districts)
            row.recommender, row.district = office, district or row.district
        session.add(change)
        session.flush()
        concerned = found_conflicts.units_changed(session, actor, row, before)
        audit.record(
            session,
            actor,
            "change_units",
            object_kind="dossier",
            object_id=row.public_id,
            call_id=row.call_id,
            detail={"units": change.units_digest, "new_grounds": concerned},
            bound=[Bound("unit_change", change)],
        )
        return concerned


def _refuse_unfit(head: str, office: str, reason: str) -> None:
    faults = {}
    if not 2 <= len(head) <= HEAD_MAX:
        faults["legal_representative"] = mark("请填写法定代表人姓名。")
    if not 2 <= len(office) <= RECOMMENDER_MAX:
        faults["recommender"] = mark("请填写推荐单位名称。")
    if len(reason) < REASON_MIN:
        faults["reason"] = mark("请写明变更依据，至少%(n)s个字。", n=REASON_MIN)
    if faults:
        raise Invalid(mark("有%(n)s处须更正，未登记。", n=len(faults)), faults)


def _digest(session: Session, version: int, head: str, office: str) -> str:
    names = session.scalars(
        sa.select(DossierUnit.name).where(DossierUnit.version_id == version).order_by(DossierUnit.position)
    )
    return canonical.digest({"units": list(names), "legal_representative": head, "recommender": office})
