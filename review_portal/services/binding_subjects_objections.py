"""Rows of the register of objections that audit entries bind; who complained only as a salted commitment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.models.objections import (
    Complainant,
    DossierHold,
    DossierRelease,
    LaterDecision,
    Objection,
    ObjectionAct,
    ObjectionFile,
)
from review_portal.services.binding_subject import Subject

OBJECTIONS: Final[Mapping[str, Subject]] = {
    "objection": Subject(
        Objection,
        (
            "call_id",
            "ordinal",
            "way",
            "received_at",
            "received_by",
            "dossiers",
            "facts",
            "identity",
            "signed",
            "checkable",
            "on_publicity",
            "late",
            "proposed",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "complainant": Subject(Complainant, ("objection_id", "name", "unit", "contact"), every=True),
    "objection_file": Subject(ObjectionFile, ("objection_id", "file_id", "sha256", "guarded"), every=True),
    "objection_act": Subject(
        ObjectionAct,
        (
            "objection_id",
            "act",
            "choice",
            "text",
            "due_on",
            "linked",
            "letter",
            "approval_id",
            "acted_at",
            "acted_by",
        ),
        every=True,
    ),
    "dossier_hold": Subject(
        DossierHold,
        (
            "call_id",
            "dossier_id",
            "objection_id",
            "reason",
            "approval_id",
            "held_at",
            "asked_by",
            "agreed_by",
        ),
        every=True,
    ),
    "dossier_release": Subject(
        DossierRelease,
        ("hold_id", "finding", "approval_id", "released_at", "asked_by", "agreed_by"),
        every=True,
    ),
    "later_decision": Subject(
        LaterDecision,
        (
            "call_id",
            "decision_id",
            "dossier_id",
            "meeting",
            "held_on",
            "minutes_number",
            "answer",
            "reason",
            "scan_id",
            "scan",
            "approval_id",
            "recorded_at",
            "recorded_by",
            "checked_by",
        ),
        every=True,
    ),
}
