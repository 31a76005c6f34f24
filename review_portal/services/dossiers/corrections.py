"""Corrections of returned dossiers: what they may change is refused or put before an officer to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ApplicationForm
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierAct, DossierVersion
from review_portal.services import audit, found_conflicts, recusals, scopes
from review_portal.services.bindings import Bound
from review_portal.services.dossiers import recommendations
from review_portal.services.dossiers.change import Change
from review_portal.services.dossiers.changes import LEAD, changes, name_key
from review_portal.services.dossiers.filing import add_version, read_upload
from review_portal.services.dossiers.uploads import Copies, Upload, arrival_after
from review_portal.services.rules import rules_of

_UNCOUNTED = Copies()


def supplement(
    actor: Viewer,
    *,
    dossier: str,
    name: str,
    data: bytes,
    reason: str,
    received_at: datetime | None = None,
    copies: Copies = _UNCOUNTED,
) -> int:
    """Take in the corrected form of a returned dossier; back under check. Returns the version's ordinal.

    After the deadline only form, signature, arithmetic and missing proofs may change: raises `Invalid` with
    every change of what is fixed by place; other changes await `acts.accept_changes`. Before it the unit
    alone is fixed. The recording counts, not the receipt that is typed, which lies after the return and
    the version before.
    """
    rules = rules_of(_call_of(scopes.office_dossier(actor, dossier)))
    item, counted = read_upload(Upload(name, data), rules), copies.checked()
    if len(reason.strip()) < 2:
        raise Invalid(mark("请写明补正情况。"), {"reason": mark("请写明补正了哪些内容，至少2个字。")})
    with transaction() as session:
        row = scopes.office_dossier(actor, dossier, session=session, lock=True)
        policy.can_run_call(actor, row.call_id).require()
        row.state = states.advance(states.DOSSIER, row.state, "refile")
        last = _current_version(session, row)
        asked = _last_return(session, row)
        at = arrival_after(received_at, returned_at=asked.acted_at, last_at=last.received_at)
        found = changes(ApplicationForm.from_json(last.form), item.form, rules)
        _refuse_fixed(found, late=now() >= rules.deadline)
        tables = recommendations.known(session, row.call_id, rules)
        before = recusals.dossier_facts(session, [row.id])[row.id]
        version = add_version(session, actor, row, item, rules, tables, at, counted)
        row.unit_name, row.name_key = item.lead, name_key(item.lead)
        row.recommender, row.district = (item.form.cover.recommender or "")[:200], item.form.district
        act = DossierAct(
            dossier_id=row.id,
            version_id=version.id,
            action="supplement",
            reason=reason.strip(),
            acted_at=now(),
            acted_by=actor.account_id,
        )
        session.add(act)
        audit.record(
            session,
            actor,
            "supplement_dossier",
            object_kind="dossier",
            object_id=row.public_id,
            call_id=row.call_id,
            detail={
                "number": row.number,
                "before": last.digest,
                "version": version.digest,
                "ordinal": version.ordinal,
                "received_at": at,
                **asdict(counted),
                "overdue": asked.due_at is not None and at > asked.due_at,
                "changes": [change.to_json() for change in found],
            },
            bound=[Bound("dossier_act", act)],
        )
        found_conflicts.units_changed(session, actor, row, before)
        return version.ordinal


def _call_of(dossier: Dossier) -> Call:
    return db.session.scalars(sa.select(Call).where(Call.id == dossier.call_id)).one()


def _current_version(session: Session, row: Dossier) -> DossierVersion:
    return session.scalars(sa.select(DossierVersion).where(DossierVersion.id == row.current_version_id)).one()


def _last_return(session: Session, row: Dossier) -> DossierAct:
    """The return that a correction answers; a returned dossier has one."""
    return session.scalars(
        sa.select(DossierAct)
        .where(DossierAct.dossier_id == row.id, DossierAct.action == "return")
        .order_by(sa.desc(DossierAct.id))
        .limit(1)
    ).one()


def _refuse_fixed(found: Sequence[Change], *, late: bool) -> None:
    refused = [change for change in found if change.kind == "fixed" and (late or change.place == LEAD)]
    if refused:
        faults = {change.place: change.sentence() for change in refused}
        raise Invalid(
            mark(
                "补正件改动了截止后不得变更的内容，未收件：%(places)s。请申报单位恢复原内容，只作形式补正。",
                places="；".join(f"{place}{message}" for place, message in faults.items()),
            ),
            faults,
        )
