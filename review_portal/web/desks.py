"""Which desks there are."""

from __future__ import annotations

from flask import Flask

from review_portal.web import (
    admin,
    approvals,
    auth,
    chair_versions,
    defense_live,
    defense_orders,
    defense_papers,
    defense_records,
    draw,
    draw_phone,
    entry,
    expert,
    expert_attachments,
    expert_calendar,
    expert_matrix,
    expert_offline,
    expert_own,
    expert_submit,
    home,
    meeting,
    public,
    reach,
    secretariat,
    secretariat_accounts,
    secretariat_attachments,
    secretariat_departures,
    secretariat_dossier_acts,
    secretariat_dossiers,
    secretariat_experts,
    secretariat_experts_register,
    secretariat_papers,
    secretariat_plan,
    secretariat_recusals,
    secretariat_reexaminations,
    secretariat_results,
    styleguide,
    supervisor,
    supervisor_papers,
    transcription,
    versions,
)


def register(app: Flask) -> None:
    """Register every desk; the style guide only where the setting asks for it."""
    for desk in (
        auth.desk,
        home.desk,
        chair_versions.desk,  # the chair's own, the versions of the ranking included
        admin.desk,
        secretariat.desk,
        secretariat_dossiers.desk,
        secretariat_dossier_acts.desk,
        secretariat_attachments.desk,
        secretariat_accounts.desk,
        approvals.desk,
        meeting.desk,
        defense_records.desk,  # the defense's own, its turns' records included
        defense_live.desk,
        defense_orders.desk,
        defense_papers.desk,
        draw.desk,
        draw_phone.desk,
        supervisor.desk,
        expert.desk,
        expert_attachments.desk,
        expert_submit.desk,
        expert_calendar.desk,
        entry.desk,
        reach.desk,
        expert_offline.desk,
        expert_matrix.desk,
        expert_own.desk,
        secretariat_experts.desk,
        secretariat_plan.desk,
        secretariat_departures.desk,
        secretariat_recusals.desk,
        secretariat_experts_register.desk,
        secretariat_results.desk,
        secretariat_reexaminations.desk,
        versions.desk,
        secretariat_papers.desk,
        supervisor_papers.desk,
        transcription.desk,
        public.desk,
    ):
        app.register_blueprint(desk)
    if app.extensions["settings"].styleguide:
        app.register_blueprint(styleguide.desk)
