"""Tables and their columns; read and written by services only."""

from review_portal.models import (
    accounts,
    approvals,
    audit,
    calls,
    defense_papers,
    defense_rooms,
    defenses,
    dossiers,
    draws,
    experts,
    files,
    publicity,
    rankings,
    recusals,
    reviews,
)

__all__ = [
    "accounts",
    "approvals",
    "audit",
    "calls",
    "defense_papers",
    "defense_rooms",
    "defenses",
    "dossiers",
    "draws",
    "experts",
    "files",
    "publicity",
    "rankings",
    "recusals",
    "reviews",
]
