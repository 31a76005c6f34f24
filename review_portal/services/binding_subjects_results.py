"""Rows that audit entries bind from reconciliation on: cases, papers, opinions, rankings, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.models.approvals import Approval
from review_portal.models.calls import Decision, Round
from review_portal.models.cases import CaseAct, CaseDiscussion, ReviewVoid, VoidRequest
from review_portal.models.certificates import IssuedCertificate
from review_portal.models.confirmations import ScoreConfirmation
from review_portal.models.defense_papers import DefenseMeeting, DefenseNotification, LateArrival
from review_portal.models.defense_rooms import DefenseCommitment, DefenseMove, DefenseOrder
from review_portal.models.defenses import DefenseRecord
from review_portal.models.holds import Hold, HoldLifting
from review_portal.models.opinions import OpinionAnswer, OpinionSettlement, PanelOpinion
from review_portal.models.ranking_insights import RankingInsight
from review_portal.models.rankings import Ranking
from review_portal.models.reexaminations import CorrectedRevision, Reexamination
from review_portal.models.review_reports import ReviewReport
from review_portal.models.reviews import ReconciliationCase
from review_portal.models.supervision import SupervisionForm, SupervisionNote
from review_portal.models.tie_votes import TieChoice, TieClosing, TieReferral, TieVote
from review_portal.models.transcriptions import PaperScan, PaperSheet, TranscribedRevision, Transcription
from review_portal.services.binding_subject import Subject

RESULTS: Final[Mapping[str, Subject]] = {
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
    "review_report": Subject(
        ReviewReport,
        ("call_id", "ranking_id", "ordinal", "body", "digest", "made_at", "made_by"),
        every=True,
    ),
    "certificate": Subject(
        IssuedCertificate, ("call_id", "member_id", "ordinal", "body", "digest", "issued_at"), every=True
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
            "panel",
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
