"""Dossiers: taken in, checked, confirmed by people, accepted, returned, rejected by two, withdrawn.

One service in several files: `filing` (new forms), `attachments` (scanned proofs), `corrections`,
`recommendations` (附件1), `acts`, `reading`, `downloads`, `trail`; `findings`, `changes`, `comparison`,
`uploads` and `versions` are shared.
"""

from review_portal.services.dossiers.acts import (
    accept,
    accept_changes,
    ask_rejection,
    confirm_finding,
    confirm_findings,
    decide_reject_dossier,
    return_for_correction,
    withdraw,
)
from review_portal.services.dossiers.attachments import add_attachments, remove_attachment
from review_portal.services.dossiers.change import Change
from review_portal.services.dossiers.comparison import Comparison
from review_portal.services.dossiers.corrections import supplement
from review_portal.services.dossiers.downloads import Download, download_file
from review_portal.services.dossiers.filing import Filed, add_dossiers
from review_portal.services.dossiers.findings import Answer, FindingRow
from review_portal.services.dossiers.reading import (
    SORTS,
    ActRow,
    DossierRow,
    DossierView,
    PendingRejection,
    get_dossier,
    list_dossiers,
)
from review_portal.services.dossiers.recommendations import (
    ListedUnit,
    RecommendationRow,
    add_recommendation,
    list_recommendations,
)
from review_portal.services.dossiers.trail import RecentRecord, recent_records
from review_portal.services.dossiers.uploads import COPIES_MAX, Copies, Upload
from review_portal.services.dossiers.versions import VersionRow

__all__ = [
    "COPIES_MAX",
    "SORTS",
    "ActRow",
    "Answer",
    "Change",
    "Comparison",
    "Copies",
    "DossierRow",
    "DossierView",
    "Download",
    "Filed",
    "FindingRow",
    "ListedUnit",
    "PendingRejection",
    "RecentRecord",
    "RecommendationRow",
    "Upload",
    "VersionRow",
    "accept",
    "accept_changes",
    "add_attachments",
    "add_dossiers",
    "add_recommendation",
    "ask_rejection",
    "confirm_finding",
    "confirm_findings",
    "decide_reject_dossier",
    "download_file",
    "get_dossier",
    "list_dossiers",
    "list_recommendations",
    "recent_records",
    "remove_attachment",
    "return_for_correction",
    "supplement",
    "withdraw",
]
