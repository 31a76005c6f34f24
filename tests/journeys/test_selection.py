"""One selection over HTTP, from the first login to the verified trail, by people who only follow links.

Nine forms of the green platform call (four samples, five variants) end as four ranked, one absent, one below
the line, one withdrawn, two rejected. What each person sees at each step is part of the story.
"""

from __future__ import annotations

from flask import Flask

from tests.journeys import chairing, closing, defending, intake, panel, scoring
from tests.journeys.world import World


def test_selection_from_dossiers_to_a_verified_trail(app: Flask) -> None:
    world = World(app)
    intake.office_moves_in(world)
    intake.call_is_created_and_published(world)
    intake.dossiers_come_in(world)
    intake.recommendations_are_compared(world)
    intake.findings_are_confirmed_and_decided(world)
    intake.incomplete_form_goes_back_and_returns(world)
    intake.two_officers_reject(world)
    intake.rejections_are_told(world)
    panel.experts_are_imported_and_get_accounts(world)
    panel.intake_closes_and_scheme_is_recorded(world)
    panel.panel_is_set_and_conflicts_are_refused(world)
    panel.round_opens(world)
    panel.panel_meets(world)
    scoring.experts_score(world)
    scoring.second_thoughts(world)
    scoring.applicant_withdraws(world)
    chairing.chair_closes_and_asks_to_unseal(world)
    chairing.nobody_reads_points_before_unsealing(world)
    chairing.supervisor_unseals(world)
    chairing.points_are_visible_by_code(world)
    chairing.cases_are_opened_and_answered(world)
    chairing.shortlist_is_frozen(world)
    defending.defense_is_prepared(world)
    defending.defense_is_held(world)
    defending.defense_is_scored_and_opened(world)
    closing.ranking_is_frozen(world)
    closing.secretariat_takes_the_workbook(world)
    closing.experts_confirm_their_own_scores(world)
    closing.leaders_decide_and_the_notice_is_drafted(world)
    closing.supervisor_reads_the_trail(world)
