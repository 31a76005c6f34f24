"""The draw of the story: the panel is drawn before everybody's eyes and telephoned.

Numbers and nonces are made anew each time, so the drawn order is another in every demonstration. Whoever of
the pool cannot come declines on the telephone and is followed by the next in order: the panel is the told
one whatever the draw gives, and nothing in the draw is arranged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from review_portal.domain.draw import Dice
from review_portal.services import draw_calls, draw_phones, draw_pool, draw_views, draws, panels
from review_portal.services.draws import Plan

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def draw_panel(story: Story) -> None:
    """Lock, both give a number, throw, reveal; telephone; who agreed is the panel and gets an account."""
    officer, supervisor, told = story.people["officer"], story.people["supervisor"], story.told["draw"]
    size, substitutes = story.rules.panel.size, story.rules.panel.substitutes
    plan = Plan(
        seats=[(draw_pool.ANY, size, substitutes)],
        left_out={},
        leave_conflicts_out=True,
        one_per_employer=story.rules.panel.per_employer_max == 1,
        source=Dice(25, 6),
        fallback=Dice(20, 10),
        on_refusal="proceed",
        hash="sha256",
        place=told["place"],
        present=told["present"],
        meeting=told["meeting"],
    )
    draws.lock(officer, round_=story.written, plan=plan)
    draws.commit(officer, round_=story.written, number=told["organiser"])
    draws.commit(supervisor, round_=story.written, number=told["supervisor"])
    draws.fix_value(officer, round_=story.written, value=told["throws"])
    draws.reveal(supervisor, round_=story.written)
    draws.reveal(officer, round_=story.written)
    _telephone(story)
    agreed = draw_views.round_draws(officer, round_=story.written).confirmed
    panels.set_panel(officer, round_=story.written, experts=agreed)
    story.people.open_panel(story.call, story.told["panel"].values())


def _telephone(story: Story) -> None:
    """Everybody is called in order; a substitute as soon as somebody has declined."""
    officer, declining = story.people["officer"], story.told["draw"]["declining"]
    while True:
        (phones,) = draw_phones.phone_list(officer, round_=story.written)
        line = next((item for item in phones.lines if not item.outcome), None)
        if line is None:
            return
        reason = declining.get(line.name, "")
        draw_calls.log_call(
            officer,
            draw=phones.draw,
            expert=line.number,
            outcome="declined" if reason else "agreed",
            note=reason,
        )
