"""核对监督记录: the whole chain recomputed because a supervisor asked, and what was found put on record."""

from __future__ import annotations

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.policy import Viewer
from review_portal.services import audit, scopes
from review_portal.services.audit import ChainReport


def verify_chain(actor: Viewer, *, call: str) -> ChainReport:
    """Recompute chain, bound words and sheets, and record the result with the checkpoint reached.

    What is broken is recorded too: an entry more does not mend it. Raises `NotFound`, `NotAllowed`.
    """
    row = scopes.office_call(actor, call)
    policy.can_watch_call(actor, row.id).require()
    report = audit.verify()
    with transaction() as session:
        audit.record(
            session,
            actor,
            "verify_chain",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={
                "entries": report.entries,
                "head": report.head,
                "whole": report.holds,
                "problems": {
                    "broken_at": report.broken_at,
                    "changed": list(report.changed),
                    "unbound": report.unbound,
                    "sheets": [[sheet.number, sheet.receipt] for sheet in report.sheets],
                },
            },
        )
    return report
