"""Tables and their columns; read and written by services only."""

from review_portal.models import (
    accounts,
    approvals,
    audit,
    calls,
    defenses,
    dossiers,
    draws,
    experts,
    files,
    jobs,
    publicity,
    rankings,
    reach,
    recusals,
    reviews,
)

__all__ = [
    "accounts",
    "approvals",
    "audit",
    "calls",
    "defenses",
    "dossiers",
    "draws",
    "experts",
    "files",
    "jobs",
    "publicity",
    "rankings",
    "reach",
    "recusals",
    "reviews",
]
