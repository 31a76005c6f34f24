"""Two who object after the decision: one by name on a client that S05 lists, one by telephone, unnamed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from review_portal.services import calls, objection_acts, objection_conclusions, objections
from review_portal.services.objection_input import Entry

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def object_to(story: Story) -> None:
    """The first is accepted, looked into and maintained; the second is handed to the supervisor."""
    told, officer = story.told["objections"], story.people["officer"]
    named = _register(story, told["named"])
    objections.classify(officer, objection=named, route="accept", reason=told["accepted"])
    letter = told["letter"]
    objection_acts.take_step(
        officer, objection=named, act="acknowledge", text=told["acknowledged"], letter=letter
    )
    asked = objection_conclusions.ask_conclude(
        officer, objection=named, outcome="maintain", reason=told["maintained"]
    )
    objection_conclusions.decide_conclude(story.people["second_officer"], approval=asked, approve=True)
    caller = _register(story, told["anonymous"])
    objections.classify(officer, objection=caller, route="transfer", reason=told["transferred"])


def _register(story: Story, told: dict[str, Any]) -> str:
    officer = story.people["officer"]
    came: datetime = told["received_at"]
    entry = Entry(
        told["way"],
        came,
        told["received_by"],
        (story.dossiers[told["about"]],) if told["about"] else (),
        told["facts"],
        told["identity"],
        told["signed"],
        checkable=True,
        on_publicity=calls.view(officer, call=story.call).state == "publicity",
        name=told.get("name", ""),
        unit=told.get("unit", ""),
        contact=told.get("contact", ""),
    )
    return objections.register(officer, call=story.call, entry=entry, request_key=told["identity"])
