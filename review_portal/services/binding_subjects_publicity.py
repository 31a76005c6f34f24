"""Rows that audit entries bind around publicity: signed papers, the notice, its periods, working days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.models.publicity import NoticeDraft, NoticeEdit
from review_portal.models.publicity_periods import PublicityEvent
from review_portal.models.signatures import SignatureEvent, SignatureWaiver
from review_portal.models.working_day_tables import WorkingDayTable
from review_portal.services.binding_subject import Subject

PUBLICITY: Final[Mapping[str, Subject]] = {
    "signature": Subject(
        SignatureEvent,
        (
            "call_id",
            "kind",
            "of",
            "edition",
            "step",
            "happened_on",
            "note",
            "digest",
            "file_id",
            "sha256",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "signature_waiver": Subject(
        SignatureWaiver,
        ("call_id", "gate", "papers", "reason", "recorded_at", "recorded_by"),
        every=True,
    ),
    "notice": Subject(NoticeDraft, ("ranking_id", "edition", "correction", "facts", "texts"), renewed=True),
    "notice_edit": Subject(
        NoticeEdit, ("draft_id", "ordinal", "facts", "texts", "edited_at", "edited_by"), every=True
    ),
    "publicity_event": Subject(
        PublicityEvent,
        (
            "call_id",
            "release_id",
            "kind",
            "at",
            "url",
            "file_id",
            "sha256",
            "last_day",
            "reason",
            "replaces_id",
            "void",
            "registered_at",
            "registered_by",
        ),
        every=True,
    ),
    "working_day_table": Subject(
        WorkingDayTable,
        ("year", "version", "off", "work", "source", "reason", "entered_at", "entered_by"),
        every=True,
    ),
}
