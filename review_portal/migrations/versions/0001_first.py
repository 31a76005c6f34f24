"""The first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from review_portal.migrations.append_only import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "archives",
    "attachment_removals",
    "audit_bindings",
    "audit_entries",
    "case_acts",
    "case_discussions",
    "chair_elections",
    "complainants",
    "conflict_decisions",
    "corrected_revisions",
    "deadline_extensions",
    "decisions",
    "declarations",
    "defense_commitments",
    "defense_moves",
    "defense_notifications",
    "defense_orders",
    "defense_records",
    "dossier_acts",
    "dossier_attachments",
    "dossier_holds",
    "dossier_releases",
    "dossier_units",
    "dossier_versions",
    "draw_acts",
    "draw_callers",
    "draw_numbers",
    "draw_secrets",
    "drawn_records",
    "expert_draws",
    "final_lists",
    "finding_answers",
    "findings",
    "found_conflicts",
    "hold_liftings",
    "holds",
    "issued_certificates",
    "issued_letters",
    "late_arrivals",
    "later_decisions",
    "letter_deliveries",
    "list_appearances",
    "list_changes",
    "meeting_marks",
    "notice_edits",
    "objection_acts",
    "objection_files",
    "objections",
    "office_facts",
    "opinion_answers",
    "opinion_settlements",
    "panel_departures",
    "panel_opinions",
    "panel_splits",
    "panel_substitutes",
    "paper_facts",
    "paper_scans",
    "paper_sheets",
    "phone_calls",
    "presence_events",
    "publicity_events",
    "ranking_insights",
    "ranking_papers",
    "ranking_rows",
    "rankings",
    "recommendation_entries",
    "recommendation_lists",
    "recusal_liftings",
    "reminder_events",
    "reminders",
    "result_deliveries",
    "result_notice_events",
    "result_notices",
    "review_reports",
    "review_revisions",
    "review_voids",
    "revision_points",
    "rule_sets",
    "score_confirmations",
    "signature_events",
    "signature_waivers",
    "stored_files",
    "supervision_forms",
    "supervision_notes",
    "tie_choices",
    "tie_closings",
    "tie_referrals",
    "tie_votes",
    "transcribed_revisions",
    "transcriptions",
    "unit_changes",
    "void_requests",
    "working_day_tables",
)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
        sa.UniqueConstraint("public_id", name=op.f("uq_accounts_public_id")),
    )
    op.create_table(
        "rule_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_sets")),
        sa.UniqueConstraint("digest", name=op.f("uq_rule_sets_digest")),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("rule_set_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intake_closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheme_digest", sa.String(length=64), nullable=True),
        sa.Column("scheme_reference", sa.String(length=200), nullable=True),
        sa.Column("scheme_approved_by", sa.String(length=100), nullable=True),
        sa.Column("scheme_approved_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'receiving', 'reviewing', 'ranked', 'decided', 'publicity', 'listed', 'delivering', 'archived', 'void')",
            name=op.f("ck_calls_state"),
        ),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_sets.id"], name=op.f("fk_calls_rule_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calls_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_calls_request_key")),
    )
    op.create_table(
        "experts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("employer", sa.String(length=200), nullable=False),
        sa.Column("employer_since", sa.Date(), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("district", sa.String(length=40), nullable=False),
        sa.Column("load_limit", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("status_reason", sa.String(length=200), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'paused', 'removed')", name=op.f("ck_experts_status")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_experts_account_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["experts.id"], name=op.f("fk_experts_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_experts_account_id")),
        sa.UniqueConstraint("name", "phone", name=op.f("uq_experts_name_phone")),
        sa.UniqueConstraint("public_id", name=op.f("uq_experts_public_id")),
    )
    op.create_index(op.f("ix_experts_merged_into_id"), "experts", ["merged_into_id"], unique=False)
    op.create_index(op.f("ix_experts_name_key"), "experts", ["name_key"], unique=False)
    op.create_table(
        "expert_absences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_absences_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_absences")),
    )
    op.create_index(op.f("ix_expert_absences_expert_id"), "expert_absences", ["expert_id"], unique=False)
    op.create_table(
        "login_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.CheckConstraint("way IN ('password', 'entry', 'early_entry')", name=op.f("ck_login_sessions_way")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_login_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_sessions_token_hash")),
    )
    op.create_index(op.f("ix_login_sessions_account_id"), "login_sessions", ["account_id"], unique=False)
    op.create_table(
        "stored_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["stored_by"], ["accounts.id"], name=op.f("fk_stored_files_stored_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_files_public_id")),
    )
    op.create_index(op.f("ix_stored_files_sha256"), "stored_files", ["sha256"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('pending', 'approved', 'refused', 'lapsed')", name=op.f("ck_approvals_outcome")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name=op.f("ck_approvals_two_people")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_approvals_asked_by")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_approvals_call_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_approvals_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_approvals_public_id")),
    )
    op.create_index(op.f("ix_approvals_call_id"), "approvals", ["call_id"], unique=False)
    op.create_index(op.f("ix_approvals_object_id"), "approvals", ["object_id"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["accounts.id"], name=op.f("fk_audit_entries_actor_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_audit_entries_call_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_entries_digest")),
    )
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entries_call_id"), "audit_entries", ["call_id"], unique=False)
    op.create_index(op.f("ix_audit_entries_object_id"), "audit_entries", ["object_id"], unique=False)
    op.create_table(
        "audit_bindings",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["audit_entries.sequence"], name=op.f("fk_audit_bindings_sequence")
        ),
        sa.PrimaryKeyConstraint("sequence", "subject", "row_id", name=op.f("pk_audit_bindings")),
    )
    op.create_index("ix_audit_bindings_subject_row_id", "audit_bindings", ["subject", "row_id"], unique=False)
    op.create_table(
        "dossiers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("recommender", sa.String(length=200), nullable=False),
        sa.Column("district", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_version_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'filed', 'recommended', 'received', 'returned', 'eligible', 'rejected', 'withdrawn')",
            name=op.f("ck_dossiers_state"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_dossiers_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossiers")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_dossiers_call_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dossiers_public_id")),
    )
    op.create_index(op.f("ix_dossiers_call_id"), "dossiers", ["call_id"], unique=False)
    op.create_table(
        "expert_ties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("post", sa.String(length=100), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("relative", sa.String(length=64), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "kind IN ('past_role', 'relative', 'declared', 'control', 'cooperation')",
            name=op.f("ck_expert_ties_kind"),
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_ties_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_ties")),
    )
    op.create_index(op.f("ix_expert_ties_expert_id"), "expert_ties", ["expert_id"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('administrator', 'secretariat', 'supervisor', 'expert', 'counting_clerk', 'checking_clerk')",
            name=op.f("ck_grants_role"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_grants_account_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_grants_call_id")),
        sa.ForeignKeyConstraint(["granted_by"], ["accounts.id"], name=op.f("fk_grants_granted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_account_id"), "grants", ["account_id"], unique=False)
    op.create_index(op.f("ix_grants_call_id"), "grants", ["call_id"], unique=False)
    op.create_table(
        "recommendation_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("recommender", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recommendation_lists_call_id")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_recommendation_lists_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_lists")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recommendation_lists_public_id")),
    )
    op.create_index(
        op.f("ix_recommendation_lists_call_id"), "recommendation_lists", ["call_id"], unique=False
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen", sa.Text(), nullable=True),
        sa.Column("frozen_digest", sa.String(length=64), nullable=True),
        sa.Column("set_aside", sa.Text(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("reexamination_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'scoring', 'sealed', 'reconciling', 'finished', 'void')",
            name=op.f("ck_rounds_state"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_rounds_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint(
            "call_id", "stage", "reexamination_id", name=op.f("uq_rounds_call_id_stage_reexamination_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_rounds_public_id")),
    )
    op.create_index(op.f("ix_rounds_call_id"), "rounds", ["call_id"], unique=False)
    op.create_index(
        "ix_rounds_regular",
        "rounds",
        ["call_id", "stage", "panel"],
        unique=True,
        sqlite_where=sa.text("reexamination_id IS NULL"),
        postgresql_where=sa.text("reexamination_id IS NULL"),
    )
    op.create_table(
        "panel_splits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("shares", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("method IN ('dealt', 'chosen')", name=op.f("ck_panel_splits_method")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_panel_splits_call_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_panel_splits_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_splits")),
    )
    op.create_index(op.f("ix_panel_splits_call_id"), "panel_splits", ["call_id"], unique=False)
    op.create_table(
        "declarations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("units_digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('clear', 'recuse')", name=op.f("ck_declarations_answer")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_declarations_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_declarations_dossier_id")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_declarations_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declarations")),
    )
    op.create_index(op.f("ix_declarations_call_id"), "declarations", ["call_id"], unique=False)
    op.create_index(op.f("ix_declarations_dossier_id"), "declarations", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_declarations_expert_id"), "declarations", ["expert_id"], unique=False)
    op.create_table(
        "defense_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_defense_slots_dossier_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_defense_slots_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_slots")),
        sa.UniqueConstraint("public_id", name=op.f("uq_defense_slots_public_id")),
        sa.UniqueConstraint("round_id", "dossier_id", name=op.f("uq_defense_slots_round_id_dossier_id")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_defense_slots_round_id_position")),
    )
    op.create_index(op.f("ix_defense_slots_round_id"), "defense_slots", ["round_id"], unique=False)
    op.create_table(
        "defense_rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("phase", sa.String(length=12), nullable=False),
        sa.Column("clock_planned", sa.Integer(), nullable=False),
        sa.Column("clock_left", sa.Integer(), nullable=False),
        sa.Column("clock_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_minutes", sa.Integer(), nullable=False),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("pauses", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "phase IN ('idle', 'waiting', 'presenting', 'presented', 'asking', 'over')",
            name=op.f("ck_defense_rooms_phase"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_defense_rooms_round_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["defense_slots.id"], name=op.f("fk_defense_rooms_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_rooms")),
        sa.UniqueConstraint("round_id", name=op.f("uq_defense_rooms_round_id")),
    )
    op.create_table(
        "defense_commitments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["committed_by"], ["accounts.id"], name=op.f("fk_defense_commitments_committed_by")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_defense_commitments_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_commitments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_defense_commitments_public_id")),
        sa.UniqueConstraint("round_id", "ordinal", name=op.f("uq_defense_commitments_round_id_ordinal")),
    )
    op.create_index(
        op.f("ix_defense_commitments_round_id"), "defense_commitments", ["round_id"], unique=False
    )
    op.create_table(
        "defense_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("commitment_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("witness", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["defense_commitments.id"], name=op.f("fk_defense_orders_commitment_id")
        ),
        sa.ForeignKeyConstraint(["drawn_by"], ["accounts.id"], name=op.f("fk_defense_orders_drawn_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_defense_orders_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_orders")),
        sa.UniqueConstraint("public_id", name=op.f("uq_defense_orders_public_id")),
        sa.UniqueConstraint("round_id", name=op.f("uq_defense_orders_round_id")),
    )
    op.create_table(
        "defense_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("following", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["moved_by"], ["accounts.id"], name=op.f("fk_defense_moves_moved_by")),
        sa.ForeignKeyConstraint(["slot_id"], ["defense_slots.id"], name=op.f("fk_defense_moves_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_moves")),
        sa.UniqueConstraint("public_id", name=op.f("uq_defense_moves_public_id")),
    )
    op.create_index(op.f("ix_defense_moves_slot_id"), "defense_moves", ["slot_id"], unique=False)
    op.create_table(
        "dossier_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("units_digest", sa.String(length=64), nullable=False),
        sa.Column("overall", sa.String(length=40), nullable=False),
        sa.Column("paper_copies", sa.Integer(), nullable=True),
        sa.Column("discs", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name=op.f("fk_dossier_versions_created_by")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_versions_dossier_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_dossier_versions_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_versions")),
        sa.UniqueConstraint("dossier_id", "ordinal", name=op.f("uq_dossier_versions_dossier_id_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dossier_versions_public_id")),
    )
    op.create_index(op.f("ix_dossier_versions_dossier_id"), "dossier_versions", ["dossier_id"], unique=False)
    op.create_table(
        "panel_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=True),
        sa.Column("order_key", sa.String(length=32), nullable=False),
        sa.Column("pledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identity_checked_by", sa.String(length=64), nullable=False),
        sa.Column("signed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_panel_members_expert_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_panel_members_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_members")),
        sa.UniqueConstraint("public_id", name=op.f("uq_panel_members_public_id")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_panel_members_round_id_code")),
        sa.UniqueConstraint("round_id", "expert_id", name=op.f("uq_panel_members_round_id_expert_id")),
    )
    op.create_index(op.f("ix_panel_members_expert_id"), "panel_members", ["expert_id"], unique=False)
    op.create_index(op.f("ix_panel_members_round_id"), "panel_members", ["round_id"], unique=False)
    op.create_table(
        "issued_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_issued_certificates_call_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_issued_certificates_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_certificates")),
        sa.UniqueConstraint("call_id", "ordinal", name=op.f("uq_issued_certificates_call_id_ordinal")),
        sa.UniqueConstraint("member_id", name=op.f("uq_issued_certificates_member_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_issued_certificates_public_id")),
    )
    op.create_table(
        "rankings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("reexamination_id", sa.Integer(), nullable=True),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("rules_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("software", sa.String(length=40), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('shortlist', 'final')", name=op.f("ck_rankings_kind")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_rankings_call_id")),
        sa.ForeignKeyConstraint(["frozen_by"], ["accounts.id"], name=op.f("fk_rankings_frozen_by")),
        sa.ForeignKeyConstraint(["replaces_id"], ["rankings.id"], name=op.f("fk_rankings_replaces_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_rankings_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rankings")),
        sa.UniqueConstraint(
            "call_id", "kind", "panel", "version", name=op.f("uq_rankings_call_id_kind_panel_version")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_rankings_public_id")),
    )
    op.create_index(op.f("ix_rankings_call_id"), "rankings", ["call_id"], unique=False)
    op.create_table(
        "review_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_review_reports_call_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_review_reports_made_by")),
        sa.ForeignKeyConstraint(["ranking_id"], ["rankings.id"], name=op.f("fk_review_reports_ranking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_reports")),
        sa.UniqueConstraint("call_id", "ordinal", name=op.f("uq_review_reports_call_id_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_review_reports_public_id")),
    )
    op.create_table(
        "ranking_insights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("rules_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("software", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('shortlist', 'final')", name=op.f("ck_ranking_insights_kind")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_ranking_insights_call_id")),
        sa.ForeignKeyConstraint(
            ["computed_by"], ["accounts.id"], name=op.f("fk_ranking_insights_computed_by")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_ranking_insights_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_insights")),
        sa.UniqueConstraint("public_id", name=op.f("uq_ranking_insights_public_id")),
        sa.UniqueConstraint(
            "round_id",
            "kind",
            "basis",
            "software",
            name=op.f("uq_ranking_insights_round_id_kind_basis_software"),
        ),
    )
    op.create_index(op.f("ix_ranking_insights_call_id"), "ranking_insights", ["call_id"], unique=False)
    op.create_index(op.f("ix_ranking_insights_round_id"), "ranking_insights", ["round_id"], unique=False)
    op.create_table(
        "recommendation_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("mobile", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["recommendation_lists.id"], name=op.f("fk_recommendation_entries_list_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_entries")),
    )
    op.create_index(
        op.f("ix_recommendation_entries_list_id"), "recommendation_entries", ["list_id"], unique=False
    )
    op.create_table(
        "recusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("level IN ('automatic', 'declared', 'decided')", name=op.f("ck_recusals_level")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recusals_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_recusals_dossier_id")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_recusals_expert_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_recusals_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recusals_public_id")),
    )
    op.create_index(op.f("ix_recusals_call_id"), "recusals", ["call_id"], unique=False)
    op.create_index(op.f("ix_recusals_dossier_id"), "recusals", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_recusals_expert_id"), "recusals", ["expert_id"], unique=False)
    op.create_table(
        "chair_elections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.Column("witness", sa.String(length=64), nullable=False),
        sa.Column("elected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_chair_elections_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_chair_elections_recorded_by")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_chair_elections_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chair_elections")),
    )
    op.create_index(op.f("ix_chair_elections_round_id"), "chair_elections", ["round_id"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_holds_call_id")),
        sa.ForeignKeyConstraint(["held_by"], ["accounts.id"], name=op.f("fk_holds_held_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_holds_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint("public_id", name=op.f("uq_holds_public_id")),
    )
    op.create_index(op.f("ix_holds_call_id"), "holds", ["call_id"], unique=False)
    op.create_table(
        "hold_liftings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_hold_liftings_hold_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["accounts.id"], name=op.f("fk_hold_liftings_lifted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_liftings")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_hold_liftings_hold_id")),
    )
    op.create_table(
        "supervision_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("node", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("verdict IN ('normal', 'remark')", name=op.f("ck_supervision_notes_verdict")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_supervision_notes_call_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_supervision_notes_round_id")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["accounts.id"], name=op.f("fk_supervision_notes_written_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_notes")),
        sa.UniqueConstraint(
            "call_id",
            "node",
            "written_by",
            "ordinal",
            name=op.f("uq_supervision_notes_call_id_node_written_by_ordinal"),
        ),
    )
    op.create_index(op.f("ix_supervision_notes_call_id"), "supervision_notes", ["call_id"], unique=False)
    op.create_table(
        "supervision_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_supervision_forms_call_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_supervision_forms_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_forms")),
        sa.UniqueConstraint("call_id", "ordinal", name=op.f("uq_supervision_forms_call_id_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_supervision_forms_public_id")),
    )
    op.create_table(
        "meeting_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("side IN ('secretariat', 'supervisor')", name=op.f("ck_meeting_marks_side")),
        sa.CheckConstraint("kind IN ('tick', 'back', 'remark')", name=op.f("ck_meeting_marks_kind")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_meeting_marks_recorded_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_meeting_marks_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_marks")),
    )
    op.create_index(op.f("ix_meeting_marks_round_id"), "meeting_marks", ["round_id"], unique=False)
    op.create_table(
        "presence_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("checked_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('in', 'out', 'undo')", name=op.f("ck_presence_events_kind")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_presence_events_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_presence_events_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_events")),
    )
    op.create_index(op.f("ix_presence_events_member_id"), "presence_events", ["member_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.String(length=100), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes_number", sa.String(length=100), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("selected", sa.Text(), nullable=False),
        sa.Column("departures", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(length=64), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('agreed', 'adjusted', 'deferred')", name=op.f("ck_decisions_outcome")
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_decisions_approval_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_decisions_call_id")),
        sa.ForeignKeyConstraint(["checked_by"], ["accounts.id"], name=op.f("fk_decisions_checked_by")),
        sa.ForeignKeyConstraint(["ranking_id"], ["rankings.id"], name=op.f("fk_decisions_ranking_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_decisions_recorded_by")),
        sa.ForeignKeyConstraint(["scan_id"], ["stored_files.id"], name=op.f("fk_decisions_scan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_decisions_approval_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_decisions_public_id")),
    )
    op.create_index(op.f("ix_decisions_call_id"), "decisions", ["call_id"], unique=False)
    op.create_table(
        "archives",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(length=6), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("profile IN ('full', 'masked')", name=op.f("ck_archives_profile")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_archives_call_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_archives_file_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_archives_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
        sa.UniqueConstraint("public_id", name=op.f("uq_archives_public_id")),
    )
    op.create_index(op.f("ix_archives_call_id"), "archives", ["call_id"], unique=False)
    op.create_table(
        "ranking_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("of", sa.String(length=12), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('workbook', 'summary', 'minutes')", name=op.f("ck_ranking_papers_kind")),
        sa.ForeignKeyConstraint(["ranking_id"], ["rankings.id"], name=op.f("fk_ranking_papers_ranking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_papers")),
        sa.UniqueConstraint("ranking_id", "kind", "of", name=op.f("uq_ranking_papers_ranking_id_kind_of")),
    )
    op.create_table(
        "score_confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("sheets", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "answer IN ('confirmed', 'disputed', 'paper', 'absent')",
            name=op.f("ck_score_confirmations_answer"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_score_confirmations_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_score_confirmations_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_score_confirmations_recorded_by")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_score_confirmations_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_confirmations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_score_confirmations_public_id")),
    )
    op.create_index(
        op.f("ix_score_confirmations_round_id"), "score_confirmations", ["round_id"], unique=False
    )
    op.create_table(
        "defense_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("attendees", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exchanges", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("commitments", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "result IN ('recommended', 'conditional', 'not_recommended', 'abstained')",
            name=op.f("ck_defense_records_result"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_defense_records_recorded_by")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["defense_slots.id"], name=op.f("fk_defense_records_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_records")),
        sa.UniqueConstraint("public_id", name=op.f("uq_defense_records_public_id")),
        sa.UniqueConstraint("slot_id", "ordinal", name=op.f("uq_defense_records_slot_id_ordinal")),
    )
    op.create_index(op.f("ix_defense_records_slot_id"), "defense_records", ["slot_id"], unique=False)
    op.create_table(
        "defense_meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("waiting_place", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.String(length=10), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_defense_meetings_round_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["accounts.id"], name=op.f("fk_defense_meetings_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_meetings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_defense_meetings_public_id")),
        sa.UniqueConstraint("round_id", name=op.f("uq_defense_meetings_round_id")),
    )
    op.create_table(
        "defense_notifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("told_to", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "way IN ('letter', 'phone', 'text', 'email', 'in_person')",
            name=op.f("ck_defense_notifications_way"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_defense_notifications_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["defense_slots.id"], name=op.f("fk_defense_notifications_slot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defense_notifications")),
        sa.UniqueConstraint("public_id", name=op.f("uq_defense_notifications_public_id")),
    )
    op.create_index(
        op.f("ix_defense_notifications_slot_id"), "defense_notifications", ["slot_id"], unique=False
    )
    op.create_table(
        "late_arrivals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("side IN ('chair', 'supervisor')", name=op.f("ck_late_arrivals_side")),
        sa.ForeignKeyConstraint(["noted_by"], ["accounts.id"], name=op.f("fk_late_arrivals_noted_by")),
        sa.ForeignKeyConstraint(["slot_id"], ["defense_slots.id"], name=op.f("fk_late_arrivals_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_arrivals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_late_arrivals_public_id")),
    )
    op.create_index(op.f("ix_late_arrivals_slot_id"), "late_arrivals", ["slot_id"], unique=False)
    op.create_table(
        "dossier_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["acted_by"], ["accounts.id"], name=op.f("fk_dossier_acts_acted_by")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_acts_dossier_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["stored_files.id"], name=op.f("fk_dossier_acts_letter_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dossier_versions.id"], name=op.f("fk_dossier_acts_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_acts")),
    )
    op.create_index(op.f("ix_dossier_acts_dossier_id"), "dossier_acts", ["dossier_id"], unique=False)
    op.create_table(
        "dossier_attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("proof", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("sizes", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["accounts.id"], name=op.f("fk_dossier_attachments_added_by")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_attachments_dossier_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_dossier_attachments_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_attachments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dossier_attachments_public_id")),
    )
    op.create_index(
        op.f("ix_dossier_attachments_dossier_id"), "dossier_attachments", ["dossier_id"], unique=False
    )
    op.create_table(
        "attachment_removals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["dossier_attachments.id"], name=op.f("fk_attachment_removals_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by"], ["accounts.id"], name=op.f("fk_attachment_removals_removed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_removals")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_attachment_removals_attachment_id")),
    )
    op.create_table(
        "dossier_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("legal_representative", sa.String(length=64), nullable=True),
        sa.CheckConstraint("role IN ('lead', 'member')", name=op.f("ck_dossier_units_role")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dossier_versions.id"], name=op.f("fk_dossier_units_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_units")),
    )
    op.create_index(op.f("ix_dossier_units_version_id"), "dossier_units", ["version_id"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["dossier_versions.id"], name=op.f("fk_findings_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_findings_public_id")),
    )
    op.create_index(op.f("ix_findings_version_id"), "findings", ["version_id"], unique=False)
    op.create_table(
        "notice_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_notice_drafts_call_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["rankings.id"], name=op.f("fk_notice_drafts_ranking_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["accounts.id"], name=op.f("fk_notice_drafts_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_drafts")),
        sa.UniqueConstraint(
            "call_id", "ranking_id", "edition", name=op.f("uq_notice_drafts_call_id_ranking_id_edition")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_drafts_public_id")),
    )
    op.create_table(
        "notice_edits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["notice_drafts.id"], name=op.f("fk_notice_edits_draft_id")),
        sa.ForeignKeyConstraint(["edited_by"], ["accounts.id"], name=op.f("fk_notice_edits_edited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_edits")),
        sa.UniqueConstraint("draft_id", "ordinal", name=op.f("uq_notice_edits_draft_id_ordinal")),
    )
    op.create_index(op.f("ix_notice_edits_draft_id"), "notice_edits", ["draft_id"], unique=False)
    op.create_table(
        "ranking_rows",
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_ranking_rows_dossier_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["rankings.id"], name=op.f("fk_ranking_rows_ranking_id")),
        sa.PrimaryKeyConstraint("ranking_id", "dossier_id", name=op.f("pk_ranking_rows")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("dossier_version_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('assigned', 'draft', 'submitted', 'returned', 'recused', 'missed', 'void')",
            name=op.f("ck_reviews_state"),
        ),
        sa.ForeignKeyConstraint(["assigned_by"], ["accounts.id"], name=op.f("fk_reviews_assigned_by")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_reviews_dossier_id")),
        sa.ForeignKeyConstraint(
            ["dossier_version_id"], ["dossier_versions.id"], name=op.f("fk_reviews_dossier_version_id")
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_reviews_expert_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_reviews_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reviews_public_id")),
        sa.UniqueConstraint(
            "round_id",
            "expert_id",
            "dossier_version_id",
            name=op.f("uq_reviews_round_id_expert_id_dossier_version_id"),
        ),
    )
    op.create_index(op.f("ix_reviews_dossier_id"), "reviews", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_reviews_dossier_version_id"), "reviews", ["dossier_version_id"], unique=False)
    op.create_index(op.f("ix_reviews_expert_id"), "reviews", ["expert_id"], unique=False)
    op.create_index(op.f("ix_reviews_round_id"), "reviews", ["round_id"], unique=False)
    op.create_table(
        "finding_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("result IN ('pass', 'fail')", name=op.f("ck_finding_answers_result")),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["accounts.id"], name=op.f("fk_finding_answers_answered_by")
        ),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_finding_answers_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_answers")),
    )
    op.create_index(op.f("ix_finding_answers_finding_id"), "finding_answers", ["finding_id"], unique=False)
    op.create_table(
        "review_drafts",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_review_drafts_review_id")),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_drafts")),
    )
    op.create_table(
        "review_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_review_revisions_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_revisions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_review_revisions_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_review_revisions_request_key")),
        sa.UniqueConstraint("review_id", "ordinal", name=op.f("uq_review_revisions_review_id_ordinal")),
    )
    op.create_index(op.f("ix_review_revisions_review_id"), "review_revisions", ["review_id"], unique=False)
    op.create_table(
        "reconciliation_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("before_revision_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("after_revision_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("answer IN ('keep', 'revise')", name=op.f("ck_reconciliation_cases_answer")),
        sa.CheckConstraint(
            "state IN ('waiting', 'open', 'answered', 'lapsed', 'refused', 'withdrawn')",
            name=op.f("ck_reconciliation_cases_state"),
        ),
        sa.ForeignKeyConstraint(
            ["after_revision_id"],
            ["review_revisions.id"],
            name=op.f("fk_reconciliation_cases_after_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["before_revision_id"],
            ["review_revisions.id"],
            name=op.f("fk_reconciliation_cases_before_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["accounts.id"], name=op.f("fk_reconciliation_cases_opened_by")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_reconciliation_cases_review_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_reconciliation_cases_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_cases")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reconciliation_cases_public_id")),
    )
    op.create_index(
        op.f("ix_reconciliation_cases_review_id"), "reconciliation_cases", ["review_id"], unique=False
    )
    op.create_index(
        op.f("ix_reconciliation_cases_round_id"), "reconciliation_cases", ["round_id"], unique=False
    )
    op.create_table(
        "case_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "act IN ('release', 'refuse', 'withdraw', 'extend', 'lapse')", name=op.f("ck_case_acts_act")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["reconciliation_cases.id"], name=op.f("fk_case_acts_case_id")),
        sa.ForeignKeyConstraint(["acted_by"], ["accounts.id"], name=op.f("fk_case_acts_acted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_acts")),
    )
    op.create_index(op.f("ix_case_acts_case_id"), "case_acts", ["case_id"], unique=False)
    op.create_table(
        "case_discussions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("others", sa.String(length=200), nullable=False),
        sa.Column("substance", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_case_discussions_dossier_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_case_discussions_recorded_by")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_case_discussions_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_discussions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_discussions_public_id")),
        sa.UniqueConstraint(
            "round_id", "dossier_id", "ordinal", name=op.f("uq_case_discussions_round_id_dossier_id_ordinal")
        ),
    )
    op.create_index(op.f("ix_case_discussions_dossier_id"), "case_discussions", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_case_discussions_round_id"), "case_discussions", ["round_id"], unique=False)
    op.create_table(
        "void_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("by_code", sa.Boolean(), nullable=False),
        sa.Column("breach", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("breach IN ('proxy', 'contact', 'other')", name=op.f("ck_void_requests_breach")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_void_requests_asked_by")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_void_requests_review_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_void_requests_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_void_requests")),
        sa.UniqueConstraint("public_id", name=op.f("uq_void_requests_public_id")),
    )
    op.create_index(op.f("ix_void_requests_review_id"), "void_requests", ["review_id"], unique=False)
    op.create_index(op.f("ix_void_requests_round_id"), "void_requests", ["round_id"], unique=False)
    op.create_table(
        "review_voids",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_review_voids_approval_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["void_requests.id"], name=op.f("fk_review_voids_request_id")
        ),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_review_voids_review_id")),
        sa.ForeignKeyConstraint(["voided_by"], ["accounts.id"], name=op.f("fk_review_voids_voided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_voids")),
        sa.UniqueConstraint("request_id", name=op.f("uq_review_voids_request_id")),
        sa.UniqueConstraint("review_id", name=op.f("uq_review_voids_review_id")),
    )
    op.create_table(
        "revision_points",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["review_revisions.id"], name=op.f("fk_revision_points_revision_id")
        ),
        sa.PrimaryKeyConstraint("revision_id", "item", name=op.f("pk_revision_points")),
    )
    op.create_table(
        "draw_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_draw_numbers_call_id")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_draw_numbers_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_numbers")),
        sa.UniqueConstraint("call_id", "expert_id", name=op.f("uq_draw_numbers_call_id_expert_id")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_draw_numbers_call_id_number")),
    )
    op.create_index(op.f("ix_draw_numbers_expert_id"), "draw_numbers", ["expert_id"], unique=False)
    op.create_table(
        "expert_draws",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("meeting", sa.String(length=200), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_expert_draws_round_id")),
        sa.ForeignKeyConstraint(["frozen_by"], ["accounts.id"], name=op.f("fk_expert_draws_frozen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_draws")),
        sa.UniqueConstraint("event", name=op.f("uq_expert_draws_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_expert_draws_public_id")),
    )
    op.create_index(op.f("ix_expert_draws_round_id"), "expert_draws", ["round_id"], unique=False)
    op.create_table(
        "draw_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("party", sa.String(length=12), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("party IN ('organiser', 'supervisor', 'room')", name=op.f("ck_draw_acts_party")),
        sa.CheckConstraint("step IN ('cancel', 'commit', 'value', 'open')", name=op.f("ck_draw_acts_step")),
        sa.ForeignKeyConstraint(["draw_id"], ["expert_draws.id"], name=op.f("fk_draw_acts_draw_id")),
        sa.ForeignKeyConstraint(["acted_by"], ["accounts.id"], name=op.f("fk_draw_acts_acted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_acts")),
        sa.UniqueConstraint("draw_id", "step", "party", name=op.f("uq_draw_acts_draw_id_step_party")),
    )
    op.create_table(
        "draw_callers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["expert_draws.id"], name=op.f("fk_draw_callers_draw_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_draw_callers_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_callers")),
    )
    op.create_index(op.f("ix_draw_callers_draw_id"), "draw_callers", ["draw_id"], unique=False)
    op.create_table(
        "draw_secrets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=12), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.CheckConstraint("party IN ('organiser', 'supervisor')", name=op.f("ck_draw_secrets_party")),
        sa.ForeignKeyConstraint(["draw_id"], ["expert_draws.id"], name=op.f("fk_draw_secrets_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_secrets")),
        sa.UniqueConstraint("draw_id", "party", name=op.f("uq_draw_secrets_draw_id_party")),
    )
    op.create_table(
        "drawn_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["expert_draws.id"], name=op.f("fk_drawn_records_draw_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_drawn_records_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawn_records")),
        sa.UniqueConstraint("draw_id", "ordinal", name=op.f("uq_drawn_records_draw_id_ordinal")),
    )
    op.create_table(
        "phone_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('agreed', 'declined', 'unreached', 'recused')", name=op.f("ck_phone_calls_outcome")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["expert_draws.id"], name=op.f("fk_phone_calls_draw_id")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_phone_calls_expert_id")),
        sa.ForeignKeyConstraint(["called_by"], ["accounts.id"], name=op.f("fk_phone_calls_called_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_calls")),
        sa.UniqueConstraint(
            "draw_id", "expert_id", "attempt", name=op.f("uq_phone_calls_draw_id_expert_id_attempt")
        ),
    )
    op.create_index(op.f("ix_phone_calls_draw_id"), "phone_calls", ["draw_id"], unique=False)
    op.create_table(
        "recusal_liftings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recusal_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_recusal_liftings_approval_id")
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["accounts.id"], name=op.f("fk_recusal_liftings_lifted_by")),
        sa.ForeignKeyConstraint(["recusal_id"], ["recusals.id"], name=op.f("fk_recusal_liftings_recusal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusal_liftings")),
        sa.UniqueConstraint("recusal_id", name=op.f("uq_recusal_liftings_recusal_id")),
    )
    op.create_table(
        "found_conflicts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["found_by"], ["accounts.id"], name=op.f("fk_found_conflicts_found_by")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_found_conflicts_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_conflicts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_found_conflicts_public_id")),
    )
    op.create_index(op.f("ix_found_conflicts_review_id"), "found_conflicts", ["review_id"], unique=False)
    op.create_table(
        "conflict_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conflict_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("outcome IN ('void', 'keep')", name=op.f("ck_conflict_decisions_outcome")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_conflict_decisions_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["conflict_id"], ["found_conflicts.id"], name=op.f("fk_conflict_decisions_conflict_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_conflict_decisions_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_decisions")),
        sa.UniqueConstraint("conflict_id", name=op.f("uq_conflict_decisions_conflict_id")),
    )
    op.create_table(
        "panel_departures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("voided", sa.Text(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_panel_departures_round_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_panel_departures_member_id")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_panel_departures_asked_by")),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["accounts.id"], name=op.f("fk_panel_departures_approved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_departures")),
        sa.UniqueConstraint("member_id", name=op.f("uq_panel_departures_member_id")),
    )
    op.create_index(op.f("ix_panel_departures_round_id"), "panel_departures", ["round_id"], unique=False)
    op.create_table(
        "panel_substitutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seated_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("source IN ('draw', 'register')", name=op.f("ck_panel_substitutes_source")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_panel_substitutes_round_id")),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["panel_departures.id"], name=op.f("fk_panel_substitutes_departure_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_panel_substitutes_member_id")
        ),
        sa.ForeignKeyConstraint(["seated_by"], ["accounts.id"], name=op.f("fk_panel_substitutes_seated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_substitutes")),
        sa.UniqueConstraint("departure_id", name=op.f("uq_panel_substitutes_departure_id")),
        sa.UniqueConstraint("member_id", name=op.f("uq_panel_substitutes_member_id")),
    )
    op.create_index(op.f("ix_panel_substitutes_round_id"), "panel_substitutes", ["round_id"], unique=False)
    op.create_table(
        "unit_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("legal_representative", sa.String(length=64), nullable=False),
        sa.Column("recommender", sa.String(length=200), nullable=False),
        sa.Column("units_digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_unit_changes_recorded_by")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dossier_versions.id"], name=op.f("fk_unit_changes_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_changes")),
    )
    op.create_index(op.f("ix_unit_changes_version_id"), "unit_changes", ["version_id"], unique=False)
    op.create_table(
        "paper_sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('paper', 'dropped')", name=op.f("ck_paper_sheets_kind")),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["accounts.id"], name=op.f("fk_paper_sheets_registered_by")
        ),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_paper_sheets_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_sheets")),
        sa.UniqueConstraint("public_id", name=op.f("uq_paper_sheets_public_id")),
        sa.UniqueConstraint("review_id", "ordinal", name=op.f("uq_paper_sheets_review_id_ordinal")),
    )
    op.create_index(op.f("ix_paper_sheets_review_id"), "paper_sheets", ["review_id"], unique=False)
    op.create_table(
        "paper_scans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sizes", sa.Text(), nullable=False),
        sa.Column("signature_checked_by", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_paper_scans_file_id")),
        sa.ForeignKeyConstraint(["received_by"], ["accounts.id"], name=op.f("fk_paper_scans_received_by")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_paper_scans_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_scans")),
    )
    op.create_index(op.f("ix_paper_scans_review_id"), "paper_scans", ["review_id"], unique=False)
    op.create_table(
        "transcriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("differing", sa.Text(), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "role IN ('counting_clerk', 'checking_clerk')", name=op.f("ck_transcriptions_role")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["accounts.id"], name=op.f("fk_transcriptions_entered_by")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper_sheets.id"], name=op.f("fk_transcriptions_paper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcriptions")),
        sa.UniqueConstraint(
            "paper_id", "role", "ordinal", name=op.f("uq_transcriptions_paper_id_role_ordinal")
        ),
        sa.UniqueConstraint("request_key", name=op.f("uq_transcriptions_request_key")),
    )
    op.create_index(op.f("ix_transcriptions_paper_id"), "transcriptions", ["paper_id"], unique=False)
    op.create_table(
        "transcribed_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("counting_id", sa.Integer(), nullable=False),
        sa.Column("checking_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["checking_id"], ["transcriptions.id"], name=op.f("fk_transcribed_revisions_checking_id")
        ),
        sa.ForeignKeyConstraint(
            ["counting_id"], ["transcriptions.id"], name=op.f("fk_transcribed_revisions_counting_id")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper_sheets.id"], name=op.f("fk_transcribed_revisions_paper_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["review_revisions.id"], name=op.f("fk_transcribed_revisions_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["paper_scans.id"], name=op.f("fk_transcribed_revisions_scan_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcribed_revisions")),
        sa.UniqueConstraint("paper_id", name=op.f("uq_transcribed_revisions_paper_id")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_transcribed_revisions_revision_id")),
    )
    op.create_table(
        "reexaminations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("dossiers", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=True),
        sa.Column("beside", sa.Text(), nullable=False),
        sa.Column("beside_reason", sa.Text(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('correct', 'void', 'rescore')", name=op.f("ck_reexaminations_kind")),
        sa.CheckConstraint(
            "state IN ('asked', 'open', 'settled', 'refused', 'ended')",
            name=op.f("ck_reexaminations_state"),
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_reexaminations_asked_by")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_reexaminations_call_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["rankings.id"], name=op.f("fk_reexaminations_ranking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reexaminations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reexaminations_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_reexaminations_request_key")),
    )
    op.create_index(op.f("ix_reexaminations_call_id"), "reexaminations", ["call_id"], unique=False)
    op.create_table(
        "corrected_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("before_revision_id", sa.Integer(), nullable=False),
        sa.Column("reexamination_id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_corrected_revisions_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["before_revision_id"],
            ["review_revisions.id"],
            name=op.f("fk_corrected_revisions_before_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reexamination_id"], ["reexaminations.id"], name=op.f("fk_corrected_revisions_reexamination_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["review_revisions.id"], name=op.f("fk_corrected_revisions_revision_id")
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["paper_scans.id"], name=op.f("fk_corrected_revisions_scan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrected_revisions")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_corrected_revisions_approval_id")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_corrected_revisions_revision_id")),
    )
    op.create_index(
        op.f("ix_corrected_revisions_reexamination_id"),
        "corrected_revisions",
        ["reexamination_id"],
        unique=False,
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_by", sa.Integer(), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('remind', 'insight', 'archive', 'notify', 'bundle')", name=op.f("ck_jobs_kind")
        ),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_jobs_call_id")),
        sa.ForeignKeyConstraint(["queued_by"], ["accounts.id"], name=op.f("fk_jobs_queued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_jobs_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_jobs_public_id")),
    )
    op.create_index(op.f("ix_jobs_call_id"), "jobs", ["call_id"], unique=False)
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"], unique=False)
    op.create_table(
        "entry_passes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_entry_passes_account_id")),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_entry_passes_approval_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_entry_passes_call_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["accounts.id"], name=op.f("fk_entry_passes_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_passes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_entry_passes_code_hash")),
        sa.UniqueConstraint("public_id", name=op.f("uq_entry_passes_public_id")),
    )
    op.create_index(op.f("ix_entry_passes_account_id"), "entry_passes", ["account_id"], unique=False)
    op.create_table(
        "deadline_extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["accounts.id"], name=op.f("fk_deadline_extensions_granted_by")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_deadline_extensions_member_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_deadline_extensions_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_extensions")),
        sa.UniqueConstraint("member_id", "ordinal", name=op.f("uq_deadline_extensions_member_id_ordinal")),
    )
    op.create_index(
        op.f("ix_deadline_extensions_round_id"), "deadline_extensions", ["round_id"], unique=False
    )
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_reminders_job_id")),
        sa.ForeignKeyConstraint(["member_id"], ["panel_members.id"], name=op.f("fk_reminders_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("job_id", "member_id", name=op.f("uq_reminders_job_id_member_id")),
    )
    op.create_index(op.f("ix_reminders_member_id"), "reminders", ["member_id"], unique=False)
    op.create_table(
        "reminder_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reminder_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("open_sheets", sa.Integer(), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=16), nullable=False),
        sa.Column("reply", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('claimed', 'sent', 'failed', 'skipped', 'unknown')",
            name=op.f("ck_reminder_events_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminders.id"], name=op.f("fk_reminder_events_reminder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_events")),
        sa.UniqueConstraint("reminder_id", "kind", name=op.f("uq_reminder_events_reminder_id_kind")),
    )
    op.create_table(
        "panel_opinions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("strengths", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.String(length=20), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("recorded", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "conclusion IN ('recommended', 'conditional', 'not_recommended')",
            name=op.f("ck_panel_opinions_conclusion"),
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_panel_opinions_dossier_id")),
        sa.ForeignKeyConstraint(["drafted_by"], ["accounts.id"], name=op.f("fk_panel_opinions_drafted_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_panel_opinions_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_opinions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_panel_opinions_public_id")),
        sa.UniqueConstraint(
            "round_id", "dossier_id", "ordinal", name=op.f("uq_panel_opinions_round_id_dossier_id_ordinal")
        ),
    )
    op.create_index(op.f("ix_panel_opinions_dossier_id"), "panel_opinions", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_panel_opinions_round_id"), "panel_opinions", ["round_id"], unique=False)
    op.create_table(
        "opinion_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('confirm', 'dissent')", name=op.f("ck_opinion_answers_answer")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["panel_members.id"], name=op.f("fk_opinion_answers_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["opinion_id"], ["panel_opinions.id"], name=op.f("fk_opinion_answers_opinion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_answers")),
        sa.UniqueConstraint(
            "opinion_id", "member_id", "ordinal", name=op.f("uq_opinion_answers_opinion_id_member_id_ordinal")
        ),
    )
    op.create_index(op.f("ix_opinion_answers_opinion_id"), "opinion_answers", ["opinion_id"], unique=False)
    op.create_table(
        "opinion_settlements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("voters", sa.Text(), nullable=False),
        sa.Column("absent", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opinion_id"], ["panel_opinions.id"], name=op.f("fk_opinion_settlements_opinion_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["accounts.id"], name=op.f("fk_opinion_settlements_settled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_settlements")),
        sa.UniqueConstraint("opinion_id", name=op.f("uq_opinion_settlements_opinion_id")),
    )
    op.create_table(
        "tie_votes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("contest", sa.String(length=64), nullable=False),
        sa.Column("ballot", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("voters", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["opened_by"], ["accounts.id"], name=op.f("fk_tie_votes_opened_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_tie_votes_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie_votes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tie_votes_public_id")),
        sa.UniqueConstraint(
            "round_id", "contest", "ballot", name=op.f("uq_tie_votes_round_id_contest_ballot")
        ),
    )
    op.create_index(op.f("ix_tie_votes_round_id"), "tie_votes", ["round_id"], unique=False)
    op.create_table(
        "tie_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vote_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("named", sa.Text(), nullable=False),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["panel_members.id"], name=op.f("fk_tie_choices_member_id")),
        sa.ForeignKeyConstraint(["vote_id"], ["tie_votes.id"], name=op.f("fk_tie_choices_vote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie_choices")),
        sa.UniqueConstraint(
            "vote_id", "member_id", "ordinal", name=op.f("uq_tie_choices_vote_id_member_id_ordinal")
        ),
    )
    op.create_index(op.f("ix_tie_choices_vote_id"), "tie_choices", ["vote_id"], unique=False)
    op.create_table(
        "tie_closings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vote_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('counted', 'void')", name=op.f("ck_tie_closings_kind")),
        sa.ForeignKeyConstraint(["closed_by"], ["accounts.id"], name=op.f("fk_tie_closings_closed_by")),
        sa.ForeignKeyConstraint(["vote_id"], ["tie_votes.id"], name=op.f("fk_tie_closings_vote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie_closings")),
        sa.UniqueConstraint("vote_id", name=op.f("uq_tie_closings_vote_id")),
    )
    op.create_table(
        "tie_referrals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("contest", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("referred_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["referred_by"], ["accounts.id"], name=op.f("fk_tie_referrals_referred_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_tie_referrals_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie_referrals")),
        sa.UniqueConstraint("round_id", "contest", name=op.f("uq_tie_referrals_round_id_contest")),
    )
    op.create_index(op.f("ix_tie_referrals_round_id"), "tie_referrals", ["round_id"], unique=False)
    op.create_table(
        "signature_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("of", sa.String(length=12), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "step IN ('printed', 'signed', 'returned', 'scanned', 'annulled')",
            name=op.f("ck_signature_events_step"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_signature_events_call_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_signature_events_file_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_signature_events_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_signature_events_public_id")),
    )
    op.create_index(op.f("ix_signature_events_call_id"), "signature_events", ["call_id"], unique=False)
    op.create_table(
        "signature_waivers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("gate", sa.String(length=10), nullable=False),
        sa.Column("papers", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "gate IN ('freeze', 'publicity', 'archive')", name=op.f("ck_signature_waivers_gate")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_signature_waivers_call_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_signature_waivers_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_waivers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_signature_waivers_public_id")),
    )
    op.create_index(op.f("ix_signature_waivers_call_id"), "signature_waivers", ["call_id"], unique=False)
    op.create_table(
        "publicity_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('appeared', 'taken_down')", name=op.f("ck_publicity_events_kind")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_publicity_events_call_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_publicity_events_file_id")),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["accounts.id"], name=op.f("fk_publicity_events_registered_by")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["approvals.id"], name=op.f("fk_publicity_events_release_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["publicity_events.id"], name=op.f("fk_publicity_events_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publicity_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_publicity_events_public_id")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_publicity_events_replaces_id")),
    )
    op.create_index(op.f("ix_publicity_events_call_id"), "publicity_events", ["call_id"], unique=False)
    op.create_table(
        "working_day_tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("off", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_working_day_tables_entered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_day_tables")),
        sa.UniqueConstraint("public_id", name=op.f("uq_working_day_tables_public_id")),
        sa.UniqueConstraint("year", "version", name=op.f("uq_working_day_tables_year_version")),
    )
    op.create_table(
        "office_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_office_facts_call_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_office_facts_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_facts")),
        sa.UniqueConstraint("call_id", "ordinal", name=op.f("uq_office_facts_call_id_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_office_facts_public_id")),
    )
    op.create_index(op.f("ix_office_facts_call_id"), "office_facts", ["call_id"], unique=False)
    op.create_table(
        "paper_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("of", sa.String(length=12), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_paper_facts_call_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_paper_facts_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_facts")),
        sa.UniqueConstraint(
            "call_id",
            "kind",
            "of",
            "edition",
            "ordinal",
            name=op.f("uq_paper_facts_call_id_kind_of_edition_ordinal"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_paper_facts_public_id")),
    )
    op.create_index(op.f("ix_paper_facts_call_id"), "paper_facts", ["call_id"], unique=False)
    op.create_table(
        "issued_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("signed_by", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('correction', 'rejection')", name=op.f("ck_issued_letters_kind")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_issued_letters_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_issued_letters_dossier_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_issued_letters_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_letters")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_issued_letters_call_id_number")),
        sa.UniqueConstraint("kind", "source", name=op.f("uq_issued_letters_kind_source")),
        sa.UniqueConstraint("public_id", name=op.f("uq_issued_letters_public_id")),
    )
    op.create_index(op.f("ix_issued_letters_call_id"), "issued_letters", ["call_id"], unique=False)
    op.create_index(op.f("ix_issued_letters_dossier_id"), "issued_letters", ["dossier_id"], unique=False)
    op.create_table(
        "letter_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("receiver", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "way IN ('direct', 'leaving', 'post', 'entrusted', 'electronic', 'public')",
            name=op.f("ck_letter_deliveries_way"),
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["issued_letters.id"], name=op.f("fk_letter_deliveries_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_letter_deliveries_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_deliveries")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_letter_deliveries_letter_id")),
    )
    op.create_table(
        "list_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('list', 'newcomer', 'changed')", name=op.f("ck_list_papers_kind")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_list_papers_call_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["accounts.id"], name=op.f("fk_list_papers_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_papers")),
        sa.UniqueConstraint("call_id", "kind", "ordinal", name=op.f("uq_list_papers_call_id_kind_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_list_papers_public_id")),
    )
    op.create_table(
        "list_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("meeting", sa.String(length=100), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes_number", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("departures", sa.Text(), nullable=False),
        sa.Column("after_list", sa.Boolean(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(length=64), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cause IN ('withdrawn', 'cancelled', 'disqualified', 'filled', 'corrected', 'later')",
            name=op.f("ck_list_changes_cause"),
        ),
        sa.CheckConstraint("kind IN ('vacate', 'fill', 'correct')", name=op.f("ck_list_changes_kind")),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_list_changes_approval_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_list_changes_call_id")),
        sa.ForeignKeyConstraint(["checked_by"], ["accounts.id"], name=op.f("fk_list_changes_checked_by")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_list_changes_decision_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_list_changes_dossier_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_list_changes_recorded_by")),
        sa.ForeignKeyConstraint(["replaces_id"], ["dossiers.id"], name=op.f("fk_list_changes_replaces_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["stored_files.id"], name=op.f("fk_list_changes_scan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_changes")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_list_changes_approval_id")),
        sa.UniqueConstraint("call_id", "ordinal", name=op.f("uq_list_changes_call_id_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_list_changes_public_id")),
    )
    op.create_table(
        "list_appearances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("appeared_on", sa.Date(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["list_papers.id"], name=op.f("fk_list_appearances_paper_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_list_appearances_recorded_by")
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["stored_files.id"], name=op.f("fk_list_appearances_scan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_appearances")),
        sa.UniqueConstraint("paper_id", "ordinal", name=op.f("uq_list_appearances_paper_id_ordinal")),
    )
    op.create_table(
        "final_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Integer(), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_final_lists_approval_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_final_lists_call_id")),
        sa.ForeignKeyConstraint(["checked_by"], ["accounts.id"], name=op.f("fk_final_lists_checked_by")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_final_lists_decision_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["list_papers.id"], name=op.f("fk_final_lists_paper_id")),
        sa.ForeignKeyConstraint(["released_by"], ["accounts.id"], name=op.f("fk_final_lists_released_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_final_lists")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_final_lists_approval_id")),
        sa.UniqueConstraint("call_id", "ordinal", name=op.f("uq_final_lists_call_id_ordinal")),
        sa.UniqueConstraint("paper_id", name=op.f("uq_final_lists_paper_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_final_lists_public_id")),
    )
    op.create_table(
        "result_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("letter", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('selected', 'not_selected', 'cancelled')", name=op.f("ck_result_notices_outcome")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_result_notices_dossier_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_result_notices_job_id")),
        sa.ForeignKeyConstraint(["list_id"], ["final_lists.id"], name=op.f("fk_result_notices_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_notices")),
        sa.UniqueConstraint("job_id", "dossier_id", name=op.f("uq_result_notices_job_id_dossier_id")),
    )
    op.create_index(op.f("ix_result_notices_list_id"), "result_notices", ["list_id"], unique=False)
    op.create_table(
        "result_notice_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("error", sa.String(length=16), nullable=False),
        sa.Column("reply", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('claimed', 'sent', 'failed', 'skipped', 'unknown')",
            name=op.f("ck_result_notice_events_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["result_notices.id"], name=op.f("fk_result_notice_events_notice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_notice_events")),
        sa.UniqueConstraint("notice_id", "kind", name=op.f("uq_result_notice_events_notice_id_kind")),
    )
    op.create_table(
        "objections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=False),
        sa.Column("dossiers", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("identity", sa.String(length=10), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("checkable", sa.Boolean(), nullable=False),
        sa.Column("on_publicity", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("proposed", sa.String(length=10), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("identity IN ('named', 'unit', 'anonymous')", name=op.f("ck_objections_identity")),
        sa.CheckConstraint(
            "proposed IN ('accept', 'transfer', 'decline')", name=op.f("ck_objections_proposed")
        ),
        sa.CheckConstraint(
            "way IN ('in_person', 'post', 'mail', 'phone', 'visit')", name=op.f("ck_objections_way")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_objections_call_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_objections_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("call_id", "ordinal", name=op.f("uq_objections_call_id_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_objections_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_objections_request_key")),
    )
    op.create_index(op.f("ix_objections_call_id"), "objections", ["call_id"], unique=False)
    op.create_table(
        "complainants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objections.id"], name=op.f("fk_complainants_objection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complainants")),
        sa.UniqueConstraint("objection_id", name=op.f("uq_complainants_objection_id")),
    )
    op.create_table(
        "dossier_holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agreed_by"], ["accounts.id"], name=op.f("fk_dossier_holds_agreed_by")),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_dossier_holds_approval_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_dossier_holds_asked_by")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_dossier_holds_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_holds_dossier_id")),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objections.id"], name=op.f("fk_dossier_holds_objection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_holds")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_dossier_holds_approval_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dossier_holds_public_id")),
    )
    op.create_index(op.f("ix_dossier_holds_call_id"), "dossier_holds", ["call_id"], unique=False)
    op.create_index(op.f("ix_dossier_holds_dossier_id"), "dossier_holds", ["dossier_id"], unique=False)
    op.create_table(
        "objection_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("linked", sa.String(length=100), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "act IN ('classify', 'acknowledge', 'extend', 'conclude', 'link', 'inform', 'find', 'reply', 'deliver', 'close')",
            name=op.f("ck_objection_acts_act"),
        ),
        sa.CheckConstraint(
            "choice IN ('', 'accept', 'transfer', 'decline', 'maintain', 'adjust', 'cancel')",
            name=op.f("ck_objection_acts_choice"),
        ),
        sa.ForeignKeyConstraint(["acted_by"], ["accounts.id"], name=op.f("fk_objection_acts_acted_by")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_objection_acts_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objections.id"], name=op.f("fk_objection_acts_objection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection_acts")),
    )
    op.create_index(op.f("ix_objection_acts_objection_id"), "objection_acts", ["objection_id"], unique=False)
    op.create_table(
        "objection_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_objection_files_file_id")),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objections.id"], name=op.f("fk_objection_files_objection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_objection_files_public_id")),
    )
    op.create_index(
        op.f("ix_objection_files_objection_id"), "objection_files", ["objection_id"], unique=False
    )
    op.create_table(
        "dossier_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agreed_by"], ["accounts.id"], name=op.f("fk_dossier_releases_agreed_by")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_dossier_releases_approval_id")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_dossier_releases_asked_by")),
        sa.ForeignKeyConstraint(["hold_id"], ["dossier_holds.id"], name=op.f("fk_dossier_releases_hold_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_releases")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_dossier_releases_approval_id")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_dossier_releases_hold_id")),
    )
    op.create_table(
        "later_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.String(length=100), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes_number", sa.String(length=100), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(length=64), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("answer IN ('approve', 'reject')", name=op.f("ck_later_decisions_answer")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_later_decisions_approval_id")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_later_decisions_call_id")),
        sa.ForeignKeyConstraint(["checked_by"], ["accounts.id"], name=op.f("fk_later_decisions_checked_by")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_later_decisions_decision_id")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_later_decisions_dossier_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_later_decisions_recorded_by")
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["stored_files.id"], name=op.f("fk_later_decisions_scan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_later_decisions")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_later_decisions_approval_id")),
        sa.UniqueConstraint(
            "decision_id", "dossier_id", name=op.f("uq_later_decisions_decision_id_dossier_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_later_decisions_public_id")),
    )
    op.create_index(op.f("ix_later_decisions_call_id"), "later_decisions", ["call_id"], unique=False)
    op.create_table(
        "result_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("receiver", sa.String(length=100), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("way IN ('handed', 'posted', 'other')", name=op.f("ck_result_deliveries_way")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_result_deliveries_dossier_id")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["final_lists.id"], name=op.f("fk_result_deliveries_list_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_result_deliveries_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_deliveries")),
        sa.UniqueConstraint(
            "list_id", "dossier_id", "ordinal", name=op.f("uq_result_deliveries_list_id_dossier_id_ordinal")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_result_deliveries_public_id")),
    )
    for table in APPEND_ONLY:
        protect(op, table)


def downgrade() -> None:
    op.drop_table("result_deliveries")
    op.drop_table("result_notice_events")
    op.drop_index(op.f("ix_result_notices_list_id"), table_name="result_notices")
    op.drop_table("result_notices")
    op.drop_table("final_lists")
    op.drop_table("list_appearances")
    op.drop_table("list_changes")
    op.drop_table("list_papers")
    op.drop_index(op.f("ix_later_decisions_call_id"), table_name="later_decisions")
    op.drop_table("later_decisions")
    op.drop_table("dossier_releases")
    op.drop_index(op.f("ix_objection_files_objection_id"), table_name="objection_files")
    op.drop_table("objection_files")
    op.drop_index(op.f("ix_objection_acts_objection_id"), table_name="objection_acts")
    op.drop_table("objection_acts")
    op.drop_index(op.f("ix_dossier_holds_call_id"), table_name="dossier_holds")
    op.drop_index(op.f("ix_dossier_holds_dossier_id"), table_name="dossier_holds")
    op.drop_table("dossier_holds")
    op.drop_table("complainants")
    op.drop_index(op.f("ix_objections_call_id"), table_name="objections")
    op.drop_table("objections")
    op.drop_table("letter_deliveries")
    op.drop_index(op.f("ix_issued_letters_dossier_id"), table_name="issued_letters")
    op.drop_index(op.f("ix_issued_letters_call_id"), table_name="issued_letters")
    op.drop_table("issued_letters")
    op.drop_index(op.f("ix_paper_facts_call_id"), table_name="paper_facts")
    op.drop_table("paper_facts")
    op.drop_index(op.f("ix_office_facts_call_id"), table_name="office_facts")
    op.drop_table("office_facts")
    op.drop_table("working_day_tables")
    op.drop_index(op.f("ix_publicity_events_call_id"), table_name="publicity_events")
    op.drop_table("publicity_events")
    op.drop_index(op.f("ix_signature_waivers_call_id"), table_name="signature_waivers")
    op.drop_table("signature_waivers")
    op.drop_index(op.f("ix_signature_events_call_id"), table_name="signature_events")
    op.drop_table("signature_events")
    op.drop_index(op.f("ix_tie_referrals_round_id"), table_name="tie_referrals")
    op.drop_table("tie_referrals")
    op.drop_table("tie_closings")
    op.drop_index(op.f("ix_tie_choices_vote_id"), table_name="tie_choices")
    op.drop_table("tie_choices")
    op.drop_index(op.f("ix_tie_votes_round_id"), table_name="tie_votes")
    op.drop_table("tie_votes")
    op.drop_table("opinion_settlements")
    op.drop_index(op.f("ix_opinion_answers_opinion_id"), table_name="opinion_answers")
    op.drop_table("opinion_answers")
    op.drop_index(op.f("ix_panel_opinions_dossier_id"), table_name="panel_opinions")
    op.drop_index(op.f("ix_panel_opinions_round_id"), table_name="panel_opinions")
    op.drop_table("panel_opinions")
    op.drop_index(op.f("ix_corrected_revisions_reexamination_id"), table_name="corrected_revisions")
    op.drop_table("corrected_revisions")
    op.drop_index(op.f("ix_reexaminations_call_id"), table_name="reexaminations")
    op.drop_table("reexaminations")
    op.drop_table("transcribed_revisions")
    op.drop_index(op.f("ix_transcriptions_paper_id"), table_name="transcriptions")
    op.drop_table("transcriptions")
    op.drop_index(op.f("ix_paper_scans_review_id"), table_name="paper_scans")
    op.drop_table("paper_scans")
    op.drop_index(op.f("ix_paper_sheets_review_id"), table_name="paper_sheets")
    op.drop_table("paper_sheets")
    op.drop_table("reminder_events")
    op.drop_index(op.f("ix_reminders_member_id"), table_name="reminders")
    op.drop_table("reminders")
    op.drop_index(op.f("ix_deadline_extensions_round_id"), table_name="deadline_extensions")
    op.drop_table("deadline_extensions")
    op.drop_index(op.f("ix_entry_passes_account_id"), table_name="entry_passes")
    op.drop_table("entry_passes")
    op.drop_index(op.f("ix_jobs_state"), table_name="jobs")
    op.drop_index(op.f("ix_jobs_call_id"), table_name="jobs")
    op.drop_table("jobs")
    op.drop_index(op.f("ix_unit_changes_version_id"), table_name="unit_changes")
    op.drop_table("unit_changes")
    op.drop_table("conflict_decisions")
    op.drop_index(op.f("ix_found_conflicts_review_id"), table_name="found_conflicts")
    op.drop_table("found_conflicts")
    op.drop_table("recusal_liftings")
    op.drop_index(op.f("ix_panel_substitutes_round_id"), table_name="panel_substitutes")
    op.drop_table("panel_substitutes")
    op.drop_index(op.f("ix_panel_departures_round_id"), table_name="panel_departures")
    op.drop_table("panel_departures")
    op.drop_index(op.f("ix_phone_calls_draw_id"), table_name="phone_calls")
    op.drop_table("phone_calls")
    op.drop_table("drawn_records")
    op.drop_table("draw_secrets")
    op.drop_index(op.f("ix_draw_callers_draw_id"), table_name="draw_callers")
    op.drop_table("draw_callers")
    op.drop_table("draw_acts")
    op.drop_index(op.f("ix_expert_draws_round_id"), table_name="expert_draws")
    op.drop_table("expert_draws")
    op.drop_index(op.f("ix_draw_numbers_expert_id"), table_name="draw_numbers")
    op.drop_table("draw_numbers")
    op.drop_table("revision_points")
    op.drop_table("review_voids")
    op.drop_index(op.f("ix_void_requests_round_id"), table_name="void_requests")
    op.drop_index(op.f("ix_void_requests_review_id"), table_name="void_requests")
    op.drop_table("void_requests")
    op.drop_index(op.f("ix_case_discussions_round_id"), table_name="case_discussions")
    op.drop_index(op.f("ix_case_discussions_dossier_id"), table_name="case_discussions")
    op.drop_table("case_discussions")
    op.drop_index(op.f("ix_case_acts_case_id"), table_name="case_acts")
    op.drop_table("case_acts")
    op.drop_index(op.f("ix_reconciliation_cases_round_id"), table_name="reconciliation_cases")
    op.drop_index(op.f("ix_reconciliation_cases_review_id"), table_name="reconciliation_cases")
    op.drop_table("reconciliation_cases")
    op.drop_index(op.f("ix_review_revisions_review_id"), table_name="review_revisions")
    op.drop_table("review_revisions")
    op.drop_table("review_drafts")
    op.drop_index(op.f("ix_finding_answers_finding_id"), table_name="finding_answers")
    op.drop_table("finding_answers")
    op.drop_index(op.f("ix_reviews_round_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_expert_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_dossier_version_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_dossier_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_table("ranking_rows")
    op.drop_index(op.f("ix_notice_edits_draft_id"), table_name="notice_edits")
    op.drop_table("notice_edits")
    op.drop_table("notice_drafts")
    op.drop_index(op.f("ix_findings_version_id"), table_name="findings")
    op.drop_table("findings")
    op.drop_index(op.f("ix_dossier_units_version_id"), table_name="dossier_units")
    op.drop_table("dossier_units")
    op.drop_table("attachment_removals")
    op.drop_index(op.f("ix_dossier_attachments_dossier_id"), table_name="dossier_attachments")
    op.drop_table("dossier_attachments")
    op.drop_index(op.f("ix_dossier_acts_dossier_id"), table_name="dossier_acts")
    op.drop_table("dossier_acts")
    op.drop_index(op.f("ix_late_arrivals_slot_id"), table_name="late_arrivals")
    op.drop_table("late_arrivals")
    op.drop_index(op.f("ix_defense_notifications_slot_id"), table_name="defense_notifications")
    op.drop_table("defense_notifications")
    op.drop_table("defense_meetings")
    op.drop_index(op.f("ix_defense_records_slot_id"), table_name="defense_records")
    op.drop_table("defense_records")
    op.drop_index(op.f("ix_score_confirmations_round_id"), table_name="score_confirmations")
    op.drop_table("score_confirmations")
    op.drop_index(op.f("ix_archives_call_id"), table_name="archives")
    op.drop_table("archives")
    op.drop_table("ranking_papers")
    op.drop_index(op.f("ix_decisions_call_id"), table_name="decisions")
    op.drop_table("decisions")
    op.drop_index(op.f("ix_presence_events_member_id"), table_name="presence_events")
    op.drop_table("presence_events")
    op.drop_index(op.f("ix_meeting_marks_round_id"), table_name="meeting_marks")
    op.drop_table("meeting_marks")
    op.drop_table("supervision_forms")
    op.drop_index(op.f("ix_supervision_notes_call_id"), table_name="supervision_notes")
    op.drop_table("supervision_notes")
    op.drop_table("hold_liftings")
    op.drop_index(op.f("ix_holds_call_id"), table_name="holds")
    op.drop_table("holds")
    op.drop_index(op.f("ix_chair_elections_round_id"), table_name="chair_elections")
    op.drop_table("chair_elections")
    op.drop_index(op.f("ix_recusals_expert_id"), table_name="recusals")
    op.drop_index(op.f("ix_recusals_dossier_id"), table_name="recusals")
    op.drop_index(op.f("ix_recusals_call_id"), table_name="recusals")
    op.drop_table("recusals")
    op.drop_index(op.f("ix_recommendation_entries_list_id"), table_name="recommendation_entries")
    op.drop_table("recommendation_entries")
    op.drop_table("review_reports")
    op.drop_index(op.f("ix_rankings_call_id"), table_name="rankings")
    op.drop_table("rankings")
    op.drop_table("issued_certificates")
    op.drop_index(op.f("ix_panel_members_round_id"), table_name="panel_members")
    op.drop_index(op.f("ix_panel_members_expert_id"), table_name="panel_members")
    op.drop_table("panel_members")
    op.drop_index(op.f("ix_dossier_versions_dossier_id"), table_name="dossier_versions")
    op.drop_table("dossier_versions")
    op.drop_index(op.f("ix_defense_moves_slot_id"), table_name="defense_moves")
    op.drop_table("defense_moves")
    op.drop_table("defense_orders")
    op.drop_index(op.f("ix_defense_commitments_round_id"), table_name="defense_commitments")
    op.drop_table("defense_commitments")
    op.drop_table("defense_rooms")
    op.drop_index(op.f("ix_defense_slots_round_id"), table_name="defense_slots")
    op.drop_table("defense_slots")
    op.drop_index(op.f("ix_declarations_expert_id"), table_name="declarations")
    op.drop_index(op.f("ix_declarations_dossier_id"), table_name="declarations")
    op.drop_index(op.f("ix_declarations_call_id"), table_name="declarations")
    op.drop_table("declarations")
    op.drop_index(op.f("ix_panel_splits_call_id"), table_name="panel_splits")
    op.drop_table("panel_splits")
    op.drop_index("ix_rounds_regular", table_name="rounds")
    op.drop_index(op.f("ix_rounds_call_id"), table_name="rounds")
    op.drop_table("rounds")
    op.drop_index(op.f("ix_recommendation_lists_call_id"), table_name="recommendation_lists")
    op.drop_table("recommendation_lists")
    op.drop_index(op.f("ix_grants_call_id"), table_name="grants")
    op.drop_index(op.f("ix_grants_account_id"), table_name="grants")
    op.drop_table("grants")
    op.drop_index(op.f("ix_expert_ties_expert_id"), table_name="expert_ties")
    op.drop_table("expert_ties")
    op.drop_index(op.f("ix_dossiers_call_id"), table_name="dossiers")
    op.drop_table("dossiers")
    op.drop_index("ix_audit_bindings_subject_row_id", table_name="audit_bindings")
    op.drop_table("audit_bindings")
    op.drop_index(op.f("ix_audit_entries_object_id"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_call_id"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_action"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index(op.f("ix_approvals_object_id"), table_name="approvals")
    op.drop_index(op.f("ix_approvals_call_id"), table_name="approvals")
    op.drop_table("approvals")
    op.drop_index(op.f("ix_stored_files_sha256"), table_name="stored_files")
    op.drop_table("stored_files")
    op.drop_index(op.f("ix_login_sessions_account_id"), table_name="login_sessions")
    op.drop_table("login_sessions")
    op.drop_index(op.f("ix_expert_absences_expert_id"), table_name="expert_absences")
    op.drop_table("expert_absences")
    op.drop_index(op.f("ix_experts_name_key"), table_name="experts")
    op.drop_index(op.f("ix_experts_merged_into_id"), table_name="experts")
    op.drop_table("experts")
    op.drop_table("calls")
    op.drop_table("rule_sets")
    op.drop_table("accounts")
