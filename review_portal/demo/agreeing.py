"""What the panel agrees on before the ranking is frozen: its opinions, and a vote where a tie stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review_portal.services import opinion_reading, opinions, own_opinions, tie_reading, tie_votes
from review_portal.services.opinion_reading import OpinionText

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def agree(story: Story) -> None:
    """The chair drafts each opinion with the defense's conclusion, every expert answers; one dissents."""
    names = {public_id: name for name, public_id in story.dossiers.items()}
    dissent, number = story.told["dissent"], ""
    for row in opinion_reading.list_opinions(story.chair(), round_=story.defense):
        _draft(story, names[row.dossier], row.dossier)
        number = row.number if names[row.dossier] == dissent["dossier"] else number
    for expert in story.told["panel"]:
        viewer = story.expert(expert)
        for own in own_opinions.list_own(viewer, open_only=True):
            against = own.number == number and expert == dissent["expert"]
            opinions.answer(
                viewer,
                opinion=own.public_id,
                answer="dissent" if against else "confirm",
                reason=dissent["reason"] if against else "",
            )


def _draft(story: Story, name: str, dossier: str) -> None:
    told = story.told["panel_opinions"][name]
    view = opinion_reading.view(story.chair(), round_=story.defense, dossier=dossier)
    text = OpinionText(
        told["strengths"], told["problems"], told["advice"], view.recorded or "", view.recorded_conditions
    )
    opinions.draft(story.chair(), round_=story.defense, dossier=dossier, text=text)


def vote(story: Story) -> None:
    """An open vote where two units are still tied across the cut."""
    view = tie_reading.view(story.chair(), round_=story.defense)
    if view.state != "open":
        return
    ballot = tie_votes.open_vote(story.chair(), round_=story.defense, contest=view.contest)
    for expert, name in story.told["tie"]["votes"].items():
        tie_votes.cast(story.expert(expert), vote=ballot, named=[story.dossiers[name]])
    tie_votes.close(story.chair(), vote=ballot)
