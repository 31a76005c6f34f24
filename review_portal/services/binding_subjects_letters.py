"""The words of letters and of the office's facts that are bound to the audit chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.models.office_letters import IssuedLetter, LetterDelivery, OfficeFacts
from review_portal.models.paper_facts import PaperFacts
from review_portal.services.binding_subject import Subject

LETTERS: Final[Mapping[str, Subject]] = {
    "office_facts": Subject(
        OfficeFacts, ("call_id", "ordinal", "facts", "recorded_at", "recorded_by"), every=True
    ),
    "paper_facts": Subject(
        PaperFacts,
        ("call_id", "kind", "of", "edition", "ordinal", "facts", "recorded_at", "recorded_by"),
        every=True,
    ),
    "issued_letter": Subject(
        IssuedLetter,
        (
            "call_id",
            "dossier_id",
            "kind",
            "source",
            "number",
            "issued_on",
            "signed_by",
            "body",
            "digest",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "letter_delivery": Subject(
        LetterDelivery,
        ("letter_id", "delivered_on", "way", "receiver", "note", "recorded_at", "recorded_by"),
        every=True,
    ),
}
