"""Rows that audit entries bind after publicity: versions of the final list, its changes, its letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.models.final_lists import FinalList, ListAppearance, ListChange, ListPaper, ResultDelivery
from review_portal.services.binding_subject import Subject

LISTS: Final[Mapping[str, Subject]] = {
    "final_list": Subject(
        FinalList,
        (
            "call_id",
            "ordinal",
            "decision_id",
            "paper_id",
            "upto",
            "number",
            "issued_on",
            "facts",
            "units",
            "digest",
            "reason",
            "approval_id",
            "released_at",
            "released_by",
            "checked_by",
        ),
        every=True,
    ),
    "list_change": Subject(
        ListChange,
        (
            "call_id",
            "decision_id",
            "ordinal",
            "kind",
            "cause",
            "dossier_id",
            "replaces_id",
            "meeting",
            "held_on",
            "minutes_number",
            "reason",
            "departures",
            "after_list",
            "scan_id",
            "scan",
            "approval_id",
            "recorded_at",
            "recorded_by",
            "checked_by",
        ),
        every=True,
    ),
    "list_appearance": Subject(
        ListAppearance,
        (
            "paper_id",
            "ordinal",
            "url",
            "appeared_on",
            "working_days",
            "first_day",
            "last_day",
            "scan_id",
            "scan",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "result_delivery": Subject(
        ResultDelivery,
        (
            "list_id",
            "dossier_id",
            "ordinal",
            "way",
            "delivered_on",
            "receiver",
            "note",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "list_paper": Subject(ListPaper, ("kind", "ordinal", "facts"), renewed=True),
}
