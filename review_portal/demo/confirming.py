"""Before the list leaves the room: each expert confirms the own scores, one of them with a pen."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from review_portal.demo import signing
from review_portal.services import confirmations, confirmations_by_two, review_reports

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def confirm_round(story: Story, round_: str, *, but: Collection[str] = ()) -> None:
    """Everybody who has not yet done so confirms a finished round; some (story names) come to it later."""
    for expert in story.told["panel"]:
        own = None if expert in but else confirmations.own(story.expert(expert), round_=round_)
        if own is None or own.state != "open":
            continue
        if (round_, expert) == (story.written, story.told["paper"]["expert"]):
            _on_paper(story, round_, own.code)
        else:
            confirmations.answer(story.expert(expert), round_=round_, digest=own.digest, agrees=True)


def _on_paper(story: Story, round_: str, code: str) -> None:
    """Who scored on paper signs on paper: the office records it, the supervisor has seen it."""
    told, officer = story.told["confirmation"], story.people["officer"]
    seats = confirmations.progress(officer, round_=round_).seats
    member = next(seat.member for seat in seats if seat.code == code)
    asked = confirmations_by_two.ask_for(officer, member=member, kind="paper", reason=told["paper"])
    confirmations_by_two.decide_for(
        story.people["supervisor"], approval=asked, approve=True, note=told["paper_note"]
    )


def confirm(story: Story) -> None:
    """Who was late confirms as well: nothing keeps the list in the room any longer."""
    confirm_round(story, story.defense)
    place = story.told["report"]["place"]
    review_reports.make_report(story.people["officer"], call=story.call, place=place)
    signing.collect(story, "publicity")
