"""The register of experts: taken in and given out, looked up, one expert's page, duplicates, conflicts.

One service in several files: `roster` (spreadsheets), `listing`, `profile` (one expert, changes, contact),
`history`, `duplicates` and `merging`, `conflicts`; `entries` is shared.
"""

from review_portal.services.experts.conflicts import ConflictCell, ConflictMatrix, ConflictRow, conflicts_of
from review_portal.services.experts.duplicates import Comparison, Twins, compare, list_duplicates
from review_portal.services.experts.history import ServiceHistory, history_of
from review_portal.services.experts.listing import ExpertLine, ExpertPage, list_experts, search_experts
from review_portal.services.experts.merging import TAKEN, merge
from review_portal.services.experts.profile import Contact, ExpertProfile, contact_of, edit_expert, get_expert
from review_portal.services.experts.roster import RosterReport, export_roster, import_roster, roster_template

__all__ = [
    "TAKEN",
    "Comparison",
    "ConflictCell",
    "ConflictMatrix",
    "ConflictRow",
    "Contact",
    "ExpertLine",
    "ExpertPage",
    "ExpertProfile",
    "RosterReport",
    "ServiceHistory",
    "Twins",
    "compare",
    "conflicts_of",
    "contact_of",
    "edit_expert",
    "export_roster",
    "get_expert",
    "history_of",
    "import_roster",
    "list_duplicates",
    "list_experts",
    "merge",
    "roster_template",
    "search_experts",
]
