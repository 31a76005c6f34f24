"""Tables and their columns; read and written by services only."""

from review_portal.models import (
    accounts,
    approvals,
    attachments,
    audit,
    calls,
    defenses,
    dossiers,
    draws,
    experts,
    files,
    meetings,
    publicity,
    rankings,
    recusals,
    reviews,
    transcriptions,
)

__all__ = [
    "accounts",
    "approvals",
    "attachments",
    "audit",
    "calls",
    "defenses",
    "dossiers",
    "draws",
    "experts",
    "files",
    "meetings",
    "publicity",
    "rankings",
    "recusals",
    "reviews",
    "transcriptions",
]
