"""Between the last reconciliation and the frozen ranking: the panel agrees on what it says of each unit."""

from __future__ import annotations

from tests.factories_selection import CHAIR, RANKED
from tests.journeys.world import World

SAID = {
    "主要优点": "服务基础扎实（示例）。",
    "存在问题": "首年任务偏粗（示例）。",
    "建议": "细化接入名单（示例）。",
}
DISSENT = "建议列为有条件推荐（示例），理由见评语。"


def panel_agrees(world: World) -> None:
    """The chair drafts each opinion with the defense's conclusion, the experts confirm, one dissents."""
    chair = world.chair
    chair.follow("专家组意见")
    for number in RANKED:
        chair.follow(f"起草{number}")
        chair.press("保存并征求专家意见", SAID)
        chair.sees("专家组意见已保存，请各位专家确认。")
        chair.follow("返回全部意见")
    others = {name: hand for name, hand in world.experts.items() if name != CHAIR}
    for hand in others.values():
        hand.get("/")
        hand.follow("专家组意见")
        while hand.page.path == "/expert/opinions" and "待确认" in hand.page.text:
            hand.follow("阅读并答复", next(n for n in RANKED if n in waiting(hand.page.doc)))
            dissents = hand is others[max(others)] and RANKED[0] in hand.page.text
            hand.press("提交", {"answer": "dissent", "异议": DISSENT} if dissents else {"answer": "confirm"})
            hand.follow("专家组意见")
    chair.get(chair.page.path)
    chair.sees("4／4")


def waiting(doc: object) -> str:
    """The rows of opinions that wait for an answer."""
    return " ".join(row.text_content() for row in doc.xpath("//tbody/tr[contains(., '待确认')]"))  # type: ignore[attr-defined]
