"""A draw of experts, act by act, through the services."""

from __future__ import annotations

from review_portal.db import now as real_now
from review_portal.domain.draw import Dice
from review_portal.services import draw_pool, draws
from review_portal.services.draws import Plan
from tests.factories_reviews import Scene

__all__ = ["PLAN", "THROWS", "committed", "drawn", "real_now", "valued"]

THROWS = "3 5 1 6 2 4 4 1 3 6 2 5 5 1 3 2 6 4 1 2 3 4 5 6 1"
PLAN = Plan(
    seats=[(draw_pool.ANY, 5, 2)],
    left_out={},
    leave_conflicts_out=False,
    one_per_employer=True,
    source=Dice(),
    fallback=Dice(20, 10),
    on_refusal="proceed",
    hash="sha256",
    place="示例会议室",
    present="示例秘书\n示例监督甲",
    meeting="2月27日上午9时，示例会议室",
)


def committed(scene: Scene, plan: Plan = PLAN) -> str:
    public_id = draws.lock(scene.officer, round_=scene.round, plan=plan)
    draws.commit(scene.officer, round_=scene.round, number="20231107")
    draws.commit(scene.supervisor, round_=scene.round, number="3 1 4 1 5")
    return public_id


def valued(scene: Scene, plan: Plan = PLAN) -> str:
    public_id = committed(scene, plan)
    draws.fix_value(scene.officer, round_=scene.round, value=THROWS)
    return public_id


def drawn(scene: Scene, plan: Plan = PLAN) -> str:
    public_id = valued(scene, plan)
    draws.reveal(scene.supervisor, round_=scene.round)
    draws.reveal(scene.officer, round_=scene.round)
    return public_id
