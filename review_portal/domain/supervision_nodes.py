"""监督节点: which acts of a selection a supervisor's record has a line for, by the trail's own codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

from review_portal.domain.messages import Message, mark

# Act -> name of the node. Every occurrence is a node of its own, in the order of the trail.
NODES: Final[dict[str, Message]] = {
    "approve_scheme": mark("评审工作方案批准"),
    "close_intake": mark("结束受理"),
    "lock_draw": mark("锁定抽取名单"),
    "draw_experts": mark("专家抽取"),
    "set_panel": mark("确定专家组"),
    "sign_in": mark("专家签到"),
    "elect_chair": mark("推举组长"),
    "open_round": mark("开启评审"),
    "drop_out": mark("专家中途退出"),
    "prepare_defense": mark("生成答辩名单"),
    "draw_defense_order": mark("答辩顺序抽签"),
    "record_absence": mark("确认缺席"),
    "close_round": mark("结束评分并封存"),
    "transcribe_review": mark("纸质评分表代录"),
    "unseal": mark("启封评分"),
    "open_case": mark("复议开始"),
    "void_review": mark("作废评分表"),
    "finish_round": mark("结束复议"),
    "settle_opinion": mark("专家组意见确认完毕"),
    "open_tie_vote": mark("并列表决"),
    "refer_tie": mark("并列提请审定"),
    "freeze_shortlist": mark("冻结入围名单"),
    "freeze_ranking": mark("冻结排名"),
    "freeze_version": mark("冻结新一版排名"),
    "record_decision": mark("会议审定"),
    "release_notice": mark("公示发布"),
    "hold": mark("提请暂停"),
    "lift_hold": mark("解除暂停"),
}
# Of these the first in a round is the node: ten signatures at the door are one line of the record.
FIRST: Final = frozenset({"sign_in", "open_case", "transcribe_review", "settle_opinion"})


class Told(Protocol):
    """An entry of the trail, with the round it is about (None: the call)."""

    @property
    def action(self) -> str: ...
    @property
    def round_id(self) -> int | None: ...


Entry = TypeVar("Entry", bound=Told)


def nodes(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that are nodes, in their order; of what repeats by nature the first of each round."""
    found, seen = [], set()
    for entry in entries:
        if entry.action not in NODES:
            continue
        key = (entry.action, entry.round_id)
        if entry.action in FIRST and key in seen:
            continue
        seen.add(key)
        found.append(entry)
    return found
