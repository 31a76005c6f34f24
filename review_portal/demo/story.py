"""The demonstration call, step by step: every act by a real account through the services."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from flask import Flask

from review_portal.clock import run_from
from review_portal.demo import confirming, defense, drawing, objecting, publishing, receiving, written
from review_portal.demo.documents import DATA
from review_portal.demo.people import People
from review_portal.demo.scores import Pair, Points, filled, leave_tied, read_scores
from review_portal.domain.defense_results import result_words
from review_portal.domain.policy import Viewer
from review_portal.services.revisions import Sheet
from scoring_rubrics import Call as Rules


class Story:
    """Where the demonstration is: who acts, what has public ids by now.

    Everything but `play` needs an application context.
    """

    def __init__(self, app: Flask, *, tie_unresolved: bool = False) -> None:
        self.app = app
        self.told: Mapping[str, Any] = tomllib.loads((DATA / "story.toml").read_text(encoding="utf-8"))
        self.people = People(self.told["accounts"])
        self.tie_unresolved = tie_unresolved
        self.rules: Rules
        self.call = self.written = self.defense = self.case = ""
        self.dossiers: dict[str, str] = {}  # story name -> public id
        self.reached = 0

    def expert(self, name: str) -> Viewer:
        """A panel member by story name, with the rights of this moment."""
        return self.people.holder(self.told["panel"][name]["login"])

    def chair(self) -> Viewer:
        """Who was elected."""
        return self.expert(self.told["election"]["chair"])

    def sheets(self, round_: str) -> Mapping[Pair, Sheet]:
        """The sheets of a round as first submitted."""
        return self._written("written.csv") if round_ == self.written else self._defended()

    def revised(self) -> Mapping[Pair, Sheet]:
        """The sheets of the written round after reconciliation."""
        return self._written("written_reconciled.csv")

    @cache  # noqa: B019 one story lives as long as its process
    def _written(self, name: str) -> dict[Pair, Sheet]:
        stage = self.rules.scored_stages[0].key
        scores, rubric = read_scores(name), self.rules.rubric_of(stage)
        if self.tie_unresolved:
            tie = self.told["tie"]
            leave_tied(scores, rubric, tie["loser"], tie["winner"], tie["criterion"])
        return self._filled(scores, stage, self.told["opinions"])

    @cache  # noqa: B019
    def _defended(self) -> dict[Pair, Sheet]:
        opinions = {name: told["opinions"] for name, told in self._heard().items()}
        return self._filled(read_scores("defense.csv"), self.rules.scored_stages[1].key, opinions)

    def _heard(self) -> dict[str, Mapping[str, Any]]:
        return {name: told for name, told in self.told["defense"].items() if name in self.dossiers}

    def _filled(
        self, scores: Mapping[Pair, Points], stage: str, opinions: Mapping[str, list[str]]
    ) -> dict[Pair, Sheet]:
        rubric, words = self.rules.rubric_of(stage), result_words(self.rules, stage)
        experts = list(self.told["panel"])
        return {
            (dossier, expert): filled(
                points,
                rubric,
                self.rules.comments,
                self.told["comments"],
                opinion=opinions[dossier][experts.index(expert) % len(opinions[dossier])],
                conclusion=words[self._heard()[dossier]["result"]] if words else None,
            )
            for (dossier, expert), points in scores.items()
        }

    def play(self, to: str) -> None:
        """Go on as far as a point of `POINTS`, each step at its own moment; never backwards."""
        steps = STEPS[: POINTS[to]]
        with self.app.app_context():
            for step in steps[self.reached :]:
                run_from(self.told["moments"][step.__name__])
                step(self)
                self.reached += 1


STEPS: tuple[Callable[[Story], None], ...] = (
    receiving.open_call,
    receiving.receive,
    receiving.check,
    receiving.deliver,
    drawing.draw_panel,
    written.open_written,
    written.score_in_part,
    written.score_rest,
    written.ask_case,
    written.finish_written,
    defense.defend,
    defense.rank,
    confirming.confirm,
    defense.decide,
    defense.draft_notice,
    publishing.release,
    publishing.appear,
    objecting.object_to,
)
POINTS = {
    "scoring": STEPS.index(written.score_in_part) + 1,
    "reconciling": STEPS.index(written.ask_case) + 1,
    "ranked": STEPS.index(defense.rank) + 1,
    "decided": STEPS.index(defense.draft_notice) + 1,
    "publicity": len(STEPS),
}
