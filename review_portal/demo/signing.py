"""What is signed by hand comes back to the office, all but one expert's list that is still under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review_portal.clock import now
from review_portal.domain.chinese_dates import local_date
from review_portal.services import confirmations, signature_views, signatures
from scoring_rubrics import SignatureGate

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def collect(story: Story, gate: SignatureGate) -> None:
    """Record as back what a step waits for, but the late expert's list of written scores."""
    officer = story.people["officer"]
    lacking = signature_views.missing(officer, call=story.call, gate=gate)
    late = _late_seat(story) if any(paper.kind.key == "own_list" for paper in lacking) else ""
    keys = [paper.key for paper in lacking if paper.of != late]
    if keys:
        day = local_date(now())
        signatures.record(officer, call=story.call, keys=keys, step="returned", happened_on=day)


def _late_seat(story: Story) -> str:
    expert = story.expert(story.told["signatures"]["late"])
    code = confirmations.own(expert, round_=story.written).code
    seats = confirmations.progress(story.people["officer"], round_=story.written).seats
    return next(seat.member for seat in seats if seat.code == code)
