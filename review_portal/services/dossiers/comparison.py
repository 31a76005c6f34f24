"""A version beside the one that settled things before it: what differs, and whether an officer decided on it.

After the deadline a change that is open needs a recorded decision. The version compared with is the newest
earlier one that was first, was recorded before the deadline, or was decided on: a second correction does not
cover what the first one changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.records import ApplicationForm
from review_portal.models.dossiers import DossierAct, DossierVersion
from review_portal.services.dossiers.change import Change
from review_portal.services.dossiers.changes import changes
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a version changes against the version `ordinal`."""

    ordinal: int
    changes: tuple[Change, ...]
    undecided: tuple[Change, ...]


def compare(session: Session, dossier_id: int, version_id: int, rules: Rules) -> Comparison | None:
    """The version beside the one before it that settled things; None for the first. Three queries."""
    rows = session.execute(
        sa.select(DossierVersion.id, DossierVersion.ordinal, DossierVersion.created_at)
        .where(DossierVersion.dossier_id == dossier_id)
        .order_by(DossierVersion.ordinal)
    ).all()
    at = next(place for place, row in enumerate(rows) if row.id == version_id)
    if at == 0:
        return None
    decided = set(
        session.scalars(
            sa.select(DossierAct.version_id).where(
                DossierAct.dossier_id == dossier_id, DossierAct.action == "accept_changes"
            )
        )
    )
    settled = (row for row in rows[at - 1 : 0 : -1] if row.created_at < rules.deadline or row.id in decided)
    base, shown = next(settled, rows[0]), rows[at]
    stored = sa.select(DossierVersion.id, DossierVersion.form).where(
        DossierVersion.id.in_((base.id, version_id))
    )
    forms = {row.id: row.form for row in session.execute(stored).all()}
    old, new = (ApplicationForm.from_json(forms[key]) for key in (base.id, version_id))
    found = changes(old, new, rules)
    open_ = shown.created_at >= rules.deadline and version_id not in decided
    undecided = tuple(change for change in found if open_ and change.kind == "open")
    return Comparison(base.ordinal, found, undecided)
