"""Who must not score what: the rules of 回避 as pure functions over a call's rule set (`RecusalRules`).

Checked are the lead and **every** member unit, their legal representatives, and the recommending unit: what
the expert's record says of them, and what the dossier's own record says of the expert and the employer.
Grounds follow Art. 9 of the 政府采购法实施条例 (post within three years, kinship with the legal
representative, other relation) as the call applies them.  A ground that rests on a name alone never
recuses by itself: it is handed to people (``to_decide``).
"""

from review_portal.domain.recusal.checking import Checked, check, conflicts, considered, same_employer
from review_portal.domain.recusal.facts import (
    Conflict,
    Considered,
    DossierFacts,
    ExpertFacts,
    Level,
    Record,
    SameEmployer,
    UnitFacts,
)
from review_portal.domain.recusal.names import aliases_of, unit_key

__all__ = [
    "Checked",
    "Conflict",
    "Considered",
    "DossierFacts",
    "ExpertFacts",
    "Level",
    "Record",
    "SameEmployer",
    "UnitFacts",
    "aliases_of",
    "check",
    "conflicts",
    "considered",
    "same_employer",
    "unit_key",
]
