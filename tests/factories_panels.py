"""Plays the tea-garden call in two panels: 3 + 3 gardens, two lists of those who go on, one tasting.

The panels share neither experts nor gardens. The second panel is strict: its best garden has fewer points
than the first panel's third. A plain list over both would send three of the first panel on.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from review_portal.db import db
from review_portal.domain.policy import Viewer
from review_portal.services import (
    assignments,
    calls,
    defense_orders,
    defense_records,
    defense_room,
    defenses,
    elections,
    experts,
    panel_splits,
    panels,
    ranking,
    reviews,
    rounds,
)
from tests import factories
from tests import factories_opinions as opinions
from tests.factories_selection import (
    Selection,
    Story,
    _check,
    _people,
    attendees,
    forms,
    own_reviews,
    sheet,
)

FOLDER = "tea_garden_panels"
FIRST = ("甲示例", "丁示例", "己示例")
SECOND = ("癸示例", "丑示例", "子示例")
TASTERS = (*FIRST[:2], SECOND[0])
SHARES = {  # the odd numbers are the first panel's
    "2030-001": "1.00",
    "2030-003": "0.90",
    "2030-005": "0.80",
    "2030-002": "0.75",
    "2030-004": "0.65",
    "2030-006": "0.40",
}
TASTED = {"2030-001": "0.60", "2030-003": "0.70", "2030-002": "0.90", "2030-004": "0.80"}
PHASES = ("closed", "assigned", "scored", "finished", "shortlisted", "ranked")
LOOK = "专家组已查看规则差异，维持原规则（示例）。"

CHANGES = (
    ('weight = { value = 0.75, basis = "assumed" }', 'weight = { value = 0, basis = "assumed" }\nPANELS'),
    ('weight = { value = 0.25, basis = "assumed" }', 'weight = { value = 1, basis = "assumed" }'),
    ("places = 3\n", "places = 4\n"),
)
PANELS = """panels = [
  { key = "a", name = "第一组", shortlist = { value = 2, basis = "assumed" } },
  { key = "b", name = "第二组", shortlist = { value = 2, basis = "assumed" } },
]"""


def folder(root: Path, *, changes: Sequence[tuple[str, str]] = ()) -> Path:
    """Rules under `root`: the tea garden's, and beside them the same with the visit in two panels."""
    shutil.copytree(factories.TEA_GARDEN, root / factories.TEA_GARDEN.name)
    made = root / FOLDER
    shutil.copytree(factories.TEA_GARDEN, made)
    file = made / "call.toml"
    text = file.read_text("utf-8")
    for old, new in (*CHANGES, ("PANELS", PANELS), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")
    return root


@dataclass(frozen=True)
class TwoPanels(Selection):
    """`written` is the first panel's round, `other` the second's."""

    other: str = ""

    @property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """Each panel's round with its experts; the first of them is elected chair."""
        return {self.written: FIRST, self.other: SECOND}


def two_panels(app: Flask, at: str = "ranked", shares: Mapping[str, str] = SHARES) -> TwoPanels:
    """The call played up to the phase `at`; the application's rubric folder is that of `folder`."""
    people = factories.office(app)
    officer = people.officer.viewer(app)
    with app.app_context():
        made = _closed(app, people, officer, shares)
        for step in (_assign, _score, _finish, _shortlist, rank)[: PHASES.index(at)]:
            step(made)
        db.session.rollback()
        return made


def _closed(app: Flask, people: factories.Office, officer: Viewer, shares: Mapping[str, str]) -> TwoPanels:
    story = Story(FOLDER, forms()[3:9], shares, panel=(*FIRST, *SECOND))
    call, known, numbers = _people(story, officer)
    first, second, tasting = (item.public_id for item in calls.view(officer, call=call).rounds)
    made = TwoPanels(story, app, people, call, first, tasting, known, numbers, other=second)
    _check(made, officer)
    calls.close_intake(officer, call=call)
    return made


def in_turn(made: TwoPanels) -> dict[str, str]:
    """Dossier -> round as dealt by number."""
    return {row.dossier: row.dealt for row in panel_splits.view(made.officer, call=made.call).rows}


def named(made: TwoPanels, names: Sequence[str]) -> list[str]:
    """Public ids of experts by name."""
    pool = {line.name: line.public_id for line in experts.list_experts(made.officer, call=made.call)}
    return [pool[name] for name in names]


def _assign(made: TwoPanels) -> None:
    panel_splits.record(made.officer, call=made.call, choices=in_turn(made))
    for round_, names in made.parts.items():
        panels.set_panel(made.officer, round_=round_, experts=named(made, names))
        assignments.assign_all(made.officer, round_=round_)


def _score(made: TwoPanels) -> None:
    for round_, names in made.parts.items():
        rounds.open_round(made.officer, round_=round_, deadline=None)
        _fill(made, round_, names, made.story.shares)


def _fill(made: TwoPanels, round_: str, names: Sequence[str], shares: Mapping[str, str]) -> None:
    members = panels.list_members(made.officer, round_=round_)
    for member in members:
        panels.sign_in(made.officer, member=member.public_id, checked_by="示例会务")
    chair = next(member.public_id for member in members if member.name == names[0])
    elections.elect_chair(
        made.officer, round_=round_, member=chair, method="举手", votes=2, witness="示例监督甲"
    )
    view = calls.view(made.officer, call=made.call)
    rubric = view.rules.rubric_of(next(row.stage for row in view.rounds if row.public_id == round_))
    for name in names:
        viewer = made.expert(name)
        reviews.sign_pledge(viewer, round_=round_)
        for number, dossier, review in own_reviews(round_, viewer):
            if number in shares:
                reviews.declare(viewer, dossier=dossier, answer="clear")
                reviews.submit_review(
                    viewer,
                    review=review,
                    sheet=sheet(rubric, number, shares[number], 2),
                    base_version=0,
                    request_key=f"{round_}-{number}-{name}",
                )


def _finish(made: TwoPanels) -> None:
    for round_, names in made.parts.items():
        end(made, round_, names[0])


def end(made: TwoPanels, round_: str, chair: str) -> None:
    """Closed, unsealed, reconciled."""
    factories.close_round(made.expert(chair), made.supervisor, round_=round_)
    asked = rounds.ask_unseal(made.expert(chair), round_=round_, reason="评分已结束，申请启封（示例）")
    rounds.decide_unseal(made.supervisor, approval=asked, approve=True)
    rounds.finish_round(made.expert(chair), round_=round_)


def freeze(made: TwoPanels, round_: str, chair: str) -> None:
    """The list that the round leads to."""
    viewer = made.expert(chair)
    ranking.freeze(viewer, round_=round_, digest=ranking.view(viewer, round_=round_).digest, look=LOOK)


def _shortlist(made: TwoPanels) -> None:
    for round_, names in made.parts.items():
        freeze(made, round_, names[0])


def prepare_tasting(made: TwoPanels) -> None:
    """The tasters named, the order drawn, the round open."""
    officer = made.officer
    panels.set_panel(officer, round_=made.defense, experts=named(made, TASTERS))
    defenses.prepare(officer, round_=made.defense)
    defense_orders.commit(officer, round_=made.defense)
    defense_orders.draw(
        officer, round_=made.defense, number="0317", caller="甲单位代表（示例）", witness="示例监督甲"
    )
    rounds.open_round(officer, round_=made.defense, deadline=None)


def rank(made: TwoPanels) -> None:
    """The tasting held, its ranking frozen."""
    prepare_tasting(made)
    for slot in defense_room.list_slots(made.officer, round_=made.defense):
        defense_records.record(
            made.officer,
            slot=slot.public_id,
            attendees=attendees(),
            result="recommended",
            conditions="",
        )
    _fill(made, made.defense, TASTERS, TASTED)
    end(made, made.defense, TASTERS[0])
    for slot in defense_room.list_slots(made.officer, round_=made.defense):
        drafted = opinions.draft(made, slot.number, round_=made.defense, chair_name=TASTERS[0])
        opinions.confirm(made, drafted)
    freeze(made, made.defense, TASTERS[0])
