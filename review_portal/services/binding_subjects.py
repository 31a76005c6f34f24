"""Which words of which tables are bound to the audit chain, and how strictly. `bindings` binds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.models.archives import Archive
from review_portal.models.attachments import AttachmentRemoval
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import DossierAct, FindingAnswer
from review_portal.models.draws import DrawAct, DrawCaller, DrawnRecord, ExpertDraw, PhoneCall
from review_portal.models.experts import Declaration, Departure, PanelMember, Substitute
from review_portal.models.meetings import MeetingMark, PresenceEvent
from review_portal.models.panel_splits import PanelSplit
from review_portal.models.reach import DeadlineExtension
from review_portal.models.recusals import ConflictDecision, FoundConflict, RecusalLifting, UnitChange
from review_portal.services.binding_subject import Subject
from review_portal.services.binding_subjects_letters import LETTERS
from review_portal.services.binding_subjects_lists import LISTS
from review_portal.services.binding_subjects_objections import OBJECTIONS
from review_portal.services.binding_subjects_publicity import PUBLICITY
from review_portal.services.binding_subjects_results import RESULTS

SUBJECTS: Final[Mapping[str, Subject]] = {
    "archive": Subject(
        Archive,
        (
            "call_id",
            "profile",
            "final",
            "file_id",
            "manifest",
            "entries",
            "head",
            "files",
            "left_out",
            "label",
            "made_at",
            "made_by",
        ),
        every=True,
    ),
    "dossier_act": Subject(
        DossierAct,
        ("dossier_id", "version_id", "action", "reason", "due_at", "letter_id", "acted_at", "acted_by"),
        every=True,
    ),
    "attachment_removal": Subject(
        AttachmentRemoval, ("attachment_id", "reason", "removed_at", "removed_by"), every=True
    ),
    "finding_answer": Subject(
        FindingAnswer, ("finding_id", "result", "basis", "answered_at", "answered_by"), every=True
    ),
    "scheme": Subject(
        Call,
        ("scheme_digest", "scheme_reference", "scheme_approved_by", "scheme_approved_on"),
        renewed=True,
    ),
    "declaration": Subject(
        Declaration,
        ("call_id", "expert_id", "dossier_id", "units_digest", "answer", "reason", "declared_at"),
        every=True,
    ),
    "recusal_lifting": Subject(
        RecusalLifting,
        ("recusal_id", "approval_id", "covers", "reason", "lifted_at", "lifted_by"),
        every=True,
    ),
    "found_conflict": Subject(
        FoundConflict, ("review_id", "rule", "reason", "keys", "found_at", "found_by"), every=True
    ),
    "conflict_decision": Subject(
        ConflictDecision,
        ("conflict_id", "approval_id", "outcome", "reason", "decided_at", "decided_by"),
        every=True,
    ),
    "unit_change": Subject(
        UnitChange,
        (
            "version_id",
            "legal_representative",
            "recommender",
            "units_digest",
            "reason",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "draw": Subject(
        ExpertDraw,
        ("round_id", "event", "frozen", "code", "place", "present", "meeting", "frozen_at", "frozen_by"),
        every=True,
    ),
    "draw_act": Subject(DrawAct, ("draw_id", "step", "party", "body", "acted_at", "acted_by"), every=True),
    "draw_caller": Subject(DrawCaller, ("draw_id", "account_id", "reason", "since"), every=True),
    "drawn_record": Subject(
        DrawnRecord, ("draw_id", "ordinal", "record", "code", "recorded_at", "recorded_by"), every=True
    ),
    "phone_call": Subject(
        PhoneCall,
        ("draw_id", "expert_id", "attempt", "outcome", "note", "called_at", "called_by"),
        every=True,
    ),
    "panel_split": Subject(
        PanelSplit, ("call_id", "stage", "method", "reason", "shares", "made_at", "made_by"), every=True
    ),
    "sign_in": Subject(
        PanelMember,
        ("round_id", "expert_id", "signed_in_at", "identity_checked_by", "signed_out_at"),
        renewed=True,
    ),
    "presence": Subject(
        PresenceEvent, ("member_id", "kind", "checked_by", "reason", "at", "recorded_by"), every=True
    ),
    "meeting_mark": Subject(
        MeetingMark, ("round_id", "step", "side", "kind", "note", "at", "recorded_by"), every=True
    ),
    "departure": Subject(
        Departure,
        (
            "round_id",
            "member_id",
            "rule",
            "reason",
            "kept",
            "voided",
            "left_at",
            "asked_by",
            "approved_by",
        ),
        every=True,
    ),
    "substitute": Subject(
        Substitute,
        ("round_id", "departure_id", "member_id", "source", "basis", "seated_at", "seated_by"),
        every=True,
    ),
    "election": Subject(
        ChairElection,
        ("round_id", "member_id", "method", "votes", "voters", "witness", "elected_at", "recorded_by"),
        every=True,
    ),
    "extension": Subject(
        DeadlineExtension,
        ("round_id", "member_id", "ordinal", "deadline", "reason", "granted_at", "granted_by"),
        every=True,
    ),
    "close_reason": Subject(Round, ("close_reason",)),
    "frozen_round": Subject(Round, ("frozen", "frozen_digest")),
    **LETTERS,
    **RESULTS,
    **PUBLICITY,
    **LISTS,
    **OBJECTIONS,
}
