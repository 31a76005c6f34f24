"""Which words of which tables are bound to the audit chain, and how strictly. `bindings` binds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from review_portal.models.approvals import Approval
from review_portal.models.attachments import AttachmentRemoval
from review_portal.models.calls import Call, ChairElection, Decision, Round
from review_portal.models.cases import CaseAct, CaseDiscussion, ReviewVoid, VoidRequest
from review_portal.models.confirmations import ScoreConfirmation
from review_portal.models.defense_papers import DefenseMeeting, DefenseNotification, LateArrival
from review_portal.models.defense_rooms import DefenseCommitment, DefenseMove, DefenseOrder
from review_portal.models.defenses import DefenseRecord
from review_portal.models.dossiers import DossierAct, FindingAnswer
from review_portal.models.draws import DrawAct, DrawCaller, DrawnRecord, ExpertDraw, PhoneCall
from review_portal.models.experts import Declaration, Departure, PanelMember, Substitute
from review_portal.models.holds import Hold, HoldLifting
from review_portal.models.meetings import MeetingMark, PresenceEvent
from review_portal.models.opinions import OpinionAnswer, OpinionSettlement, PanelOpinion
from review_portal.models.panel_splits import PanelSplit
from review_portal.models.publicity import NoticeDraft
from review_portal.models.ranking_insights import RankingInsight
from review_portal.models.rankings import Ranking
from review_portal.models.reach import DeadlineExtension
from review_portal.models.recusals import ConflictDecision, FoundConflict, RecusalLifting, UnitChange
from review_portal.models.reexaminations import CorrectedRevision, Reexamination
from review_portal.models.reviews import ReconciliationCase
from review_portal.models.supervision import SupervisionForm, SupervisionNote
from review_portal.models.tie_votes import TieChoice, TieClosing, TieReferral, TieVote
from review_portal.models.transcriptions import PaperScan, PaperSheet, TranscribedRevision, Transcription


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a table's row is bound.

    `every`: no row without an entry. `renewed`: the row is written again later, with an entry of its own;
    only the newest can be compared with what stands there.
    """

    table: type[Any]
    fields: tuple[str, ...]
    every: bool = False
    renewed: bool = False


SUBJECTS: Final[Mapping[str, Subject]] = {
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
    "case_question": Subject(
        ReconciliationCase,
        (
            "round_id",
            "review_id",
            "trigger",
            "figures",
            "question",
            "grounds",
            "opened_at",
            "opened_by",
            "before_revision_id",
        ),
        every=True,
    ),
    "case_answer": Subject(ReconciliationCase, ("answer", "reason", "after_revision_id", "answered_at")),
    "case_act": Subject(CaseAct, ("case_id", "act", "reason", "due_at", "acted_at", "acted_by"), every=True),
    "case_discussion": Subject(
        CaseDiscussion,
        (
            "round_id",
            "dossier_id",
            "ordinal",
            "present",
            "others",
            "substance",
            "outcome",
            "reason",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "void_request": Subject(
        VoidRequest,
        ("round_id", "review_id", "by_code", "breach", "reason", "asked_at", "asked_by"),
        every=True,
    ),
    "review_void": Subject(
        ReviewVoid, ("request_id", "review_id", "approval_id", "voided_at", "voided_by"), every=True
    ),
    "set_aside": Subject(Round, ("set_aside",)),
    "defense_record": Subject(
        DefenseRecord,
        (
            "slot_id",
            "ordinal",
            "attendees",
            "arrived_at",
            "exchanges",
            "opinion",
            "commitments",
            "result",
            "conditions",
            "reason",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "paper_sheet": Subject(
        PaperSheet,
        ("review_id", "ordinal", "kind", "reason", "registered_at", "registered_by"),
        every=True,
    ),
    "paper_scan": Subject(
        PaperScan,
        ("review_id", "file_id", "sha256", "sizes", "signature_checked_by", "received_at", "received_by"),
        every=True,
    ),
    "transcription": Subject(
        Transcription,
        ("paper_id", "role", "ordinal", "body", "differing", "request_key", "entered_at", "entered_by"),
        every=True,
    ),
    "transcribed": Subject(
        TranscribedRevision,
        ("revision_id", "paper_id", "scan_id", "counting_id", "checking_id", "made_at"),
        every=True,
    ),
    "defense_commitment": Subject(
        DefenseCommitment,
        ("round_id", "ordinal", "frozen", "secret", "commitment", "committed_at", "committed_by"),
        every=True,
    ),
    "defense_order": Subject(
        DefenseOrder,
        ("round_id", "commitment_id", "number", "caller", "witness", "body", "drawn_at", "drawn_by"),
        every=True,
    ),
    "defense_move": Subject(
        DefenseMove,
        ("slot_id", "before", "after", "following", "reason", "moved_at", "moved_by"),
        every=True,
    ),
    "defense_meeting": Subject(
        DefenseMeeting, ("round_id", "place", "waiting_place", "contact", "phone", "issued_on"), renewed=True
    ),
    "defense_notification": Subject(
        DefenseNotification,
        (
            "slot_id",
            "told_at",
            "way",
            "told_to",
            "note",
            "starts_at",
            "place",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "late_arrival": Subject(
        LateArrival,
        ("slot_id", "side", "arrived_at", "admitted", "note", "noted_at", "noted_by"),
        every=True,
    ),
    "hold": Subject(Hold, ("call_id", "round_id", "reason", "held_at", "held_by"), every=True),
    "hold_lifting": Subject(HoldLifting, ("hold_id", "finding", "lifted_at", "lifted_by"), every=True),
    "supervision_note": Subject(
        SupervisionNote,
        (
            "call_id",
            "round_id",
            "node",
            "title",
            "happened_at",
            "place",
            "verdict",
            "remark",
            "ordinal",
            "reason",
            "written_at",
            "written_by",
        ),
        every=True,
    ),
    "supervision_form": Subject(
        SupervisionForm, ("call_id", "ordinal", "body", "digest", "made_at", "made_by"), every=True
    ),
    "panel_opinion": Subject(
        PanelOpinion,
        (
            "round_id",
            "dossier_id",
            "ordinal",
            "strengths",
            "problems",
            "advice",
            "conclusion",
            "conditions",
            "recorded",
            "reason",
            "drafted_at",
            "drafted_by",
        ),
        every=True,
    ),
    "opinion_answer": Subject(
        OpinionAnswer,
        ("opinion_id", "member_id", "ordinal", "answer", "reason", "answered_at"),
        every=True,
    ),
    "opinion_settlement": Subject(
        OpinionSettlement,
        ("opinion_id", "agreed", "voters", "absent", "reason", "settled_at", "settled_by"),
        every=True,
    ),
    "tie_vote": Subject(
        TieVote,
        ("round_id", "contest", "ballot", "standing", "places", "voters", "note", "opened_at", "opened_by"),
        every=True,
    ),
    "tie_choice": Subject(TieChoice, ("vote_id", "member_id", "ordinal", "named", "cast_at"), every=True),
    "tie_closing": Subject(
        TieClosing, ("vote_id", "kind", "body", "digest", "reason", "closed_at", "closed_by"), every=True
    ),
    "tie_referral": Subject(
        TieReferral,
        ("round_id", "contest", "standing", "places", "reason", "referred_at", "referred_by"),
        every=True,
    ),
    "ranking": Subject(
        Ranking,
        (
            "call_id",
            "kind",
            "version",
            "replaces_id",
            "reexamination_id",
            "body",
            "digest",
            "software",
            "frozen_at",
            "frozen_by",
        ),
        every=True,
    ),
    "reexamination": Subject(
        Reexamination,
        (
            "call_id",
            "ranking_id",
            "kind",
            "reference",
            "received_on",
            "grounds",
            "dossiers",
            "stage",
            "beside",
            "beside_reason",
            "asked_at",
            "asked_by",
        ),
        every=True,
    ),
    "correction": Subject(
        CorrectedRevision,
        (
            "revision_id",
            "before_revision_id",
            "reexamination_id",
            "scan_id",
            "approval_id",
            "reason",
            "made_at",
        ),
        every=True,
    ),
    "ranking_insight": Subject(
        RankingInsight,
        (
            "call_id",
            "round_id",
            "kind",
            "basis",
            "input_digest",
            "rules_digest",
            "digest",
            "seed",
            "software",
            "body",
            "computed_at",
            "computed_by",
        ),
        every=True,
    ),
    "decision": Subject(
        Decision,
        (
            "call_id",
            "ranking_id",
            "meeting",
            "held_on",
            "minutes_number",
            "outcome",
            "conclusion",
            "choices",
            "selected",
            "departures",
            "scan_id",
            "scan",
            "approval_id",
            "recorded_at",
            "recorded_by",
            "checked_by",
        ),
        every=True,
    ),
    "score_confirmation": Subject(
        ScoreConfirmation,
        (
            "round_id",
            "member_id",
            "answer",
            "sheets",
            "digest",
            "reason",
            "approval_id",
            "recorded_at",
            "recorded_by",
        ),
        every=True,
    ),
    "notice": Subject(NoticeDraft, ("ranking_id", "facts"), renewed=True),
    "request": Subject(
        Approval,
        (
            "call_id",
            "action",
            "object_kind",
            "object_id",
            "digest",
            "payload",
            "reason",
            "asked_by",
            "asked_at",
        ),
        every=True,
    ),
    "settlement": Subject(Approval, ("outcome", "decided_by", "decided_at", "note")),
}
