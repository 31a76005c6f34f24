"""The second half of the story: the defense, the final ranking, the decision, the notice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from review_portal.clock import OFFICE_ZONE, now
from review_portal.demo.agreeing import agree, vote
from review_portal.demo.confirming import confirm_round
from review_portal.demo.papers import scan
from review_portal.demo.written import freeze, seat, submit, tick_day, unseal
from review_portal.domain.decision_rules import Choice
from review_portal.services import (
    decision_views,
    decisions,
    defense_orders,
    defense_records,
    defense_room,
    defenses,
    publicity,
    publicity_views,
    reviews,
    rounds,
)
from review_portal.services.decisions import Minutes

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def defend(story: Story) -> None:
    """The order as drawn by lot, one unit that does not come, the others heard, recorded and scored."""
    officer, told = story.people["officer"], story.told["defense"]
    defenses.prepare(officer, round_=story.defense)
    slots = _slots(story)
    defense_orders.record_lots(
        officer,
        round_=story.defense,
        order=[slots[name] for name in told["order"]],
        witness=story.told["witness"],
    )
    first = datetime.combine(now().astimezone(OFFICE_ZONE).date(), told["starts"], OFFICE_ZONE)
    defenses.set_timetable(officer, round_=story.defense, first=first)
    rounds.open_round(officer, round_=story.defense, deadline=None)
    seat(story, story.defense)
    for name in told["order"]:
        if name == told["absent"]:
            _absent(story, slots[name])
        else:
            _hear(story, name, slots[name])
    for expert in story.told["panel"]:
        reviews.sign_pledge(story.expert(expert), round_=story.defense)
        submit(story, story.defense, expert)


def _slots(story: Story) -> dict[str, str]:
    names = {public_id: name for name, public_id in story.dossiers.items()}
    rows = defense_room.list_slots(story.people["officer"], round_=story.defense)
    return {names[row.dossier]: row.public_id for row in rows}


def _hear(story: Story, name: str, slot: str) -> None:
    officer, told = story.people["officer"], story.told["defense"][name]
    defenses.call_in(officer, slot=slot)
    defense_records.record(
        officer,
        slot=slot,
        attendees=[(person, role, checked) for person, role, checked in told["attendees"]],
        arrived_at=now(),
        exchanges=[("expert", *pair) for pair in told["exchanges"]],
        opinion=told["opinion"],
        commitments=told["commitments"],
        result=told["result"],
        conditions=told.get("conditions", ""),
    )


def _absent(story: Story, slot: str) -> None:
    told = story.told["defense"]
    asked = defense_records.ask_absent(
        story.chair(), slot=slot, reason=told["absent_reason"], early=told["absent_early"]
    )
    defense_records.decide_absent(
        story.people["supervisor"], approval=asked, approve=True, note=told["absent_note"]
    )


def rank(story: Story) -> None:
    """Close, unseal, nothing to reconcile; the panel agrees on its opinions; freeze the final ranking."""
    unseal(story, story.defense)
    rounds.finish_round(story.chair(), round_=story.defense)
    tick_day(story, story.defense)
    agree(story)
    vote(story)
    freeze(story, story.defense)
    confirm_round(story, story.defense, but=[story.told["confirmation"]["late"]])


def decide(story: Story) -> None:
    """The leaders' decision follows the ranking; a second officer checks."""
    told = story.told["decision"]
    found = decision_views.docket(story.people["officer"], call=story.call)
    assert found is not None  # the ranking is frozen
    choices = {
        one.dossier: Choice("approve" if one.outcome == "proposed" else "reject", "")
        for one in found.candidates
    }
    asked = decisions.ask_decision(
        story.people["officer"],
        call=story.call,
        digest=found.digest,
        minutes=Minutes(
            told["meeting"], told["held_on"], told["minutes_number"], "agreed", told["conclusion"]
        ),
        choices=choices,
        scan_name=f"{told['minutes_number']}.pdf",
        scan=scan([f"{told['meeting']}纪要　{told['minutes_number']}", told["conclusion"]]),
    )
    decisions.decide_decision(story.people["second_officer"], approval=asked, approve=True, note=told["note"])


def draft_notice(story: Story) -> None:
    """The notice is drafted and most of its facts are filled; the supervision phone is not known yet."""
    officer = story.people["officer"]
    publicity.draft(officer, call=story.call)
    notice = publicity_views.get(officer, call=story.call)
    publicity.update(officer, call=story.call, facts=story.told["notice"], base_version=notice.version)
