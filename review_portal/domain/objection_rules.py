"""异议与投诉: how an entry came, which way the rule proposes for it, and what may follow on what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from review_portal.domain.messages import Message, mark

WAYS: Final[dict[str, Message]] = {
    "in_person": mark("书面当面"),
    "post": mark("邮寄"),
    "mail": mark("邮件"),
    "phone": mark("电话"),
    "visit": mark("来访"),
}
WRITTEN: Final = ("in_person", "post", "mail")
IDENTITIES: Final[dict[str, Message]] = {
    "named": mark("实名"),
    "unit": mark("单位"),
    "anonymous": mark("匿名"),
}
ROUTES: Final[dict[str, Message]] = {
    "accept": mark("受理"),
    "transfer": mark("转监督核查"),
    "decline": mark("不予受理"),
}
OUTCOMES: Final[dict[str, Message]] = {
    "maintain": mark("维持"),
    "adjust": mark("调整"),
    "cancel": mark("取消"),
}
ACTS: Final[dict[str, Message]] = {
    "classify": mark("确定办理方式"),
    "acknowledge": mark("发出受理通知"),
    "extend": mark("延长办理期限"),
    "conclude": mark("作出处理结论"),
    "link": mark("登记后续办理"),
    "inform": mark("告知不予受理"),
    "find": mark("登记核查结果"),
    "reply": mark("发出答复函"),
    "deliver": mark("登记送达"),
    "close": mark("办结"),
}
STATES: Final[dict[str, Message]] = {
    "registered": mark("待确定办理方式"),
    "accepted": mark("待发受理通知"),
    "investigating": mark("核查中"),
    "concluded": mark("待后续办理"),
    "answerable": mark("待答复"),
    "replied": mark("待登记送达"),
    "delivered": mark("待办结"),
    "transferred": mark("监督核查中"),
    "declined": mark("待告知"),
    "closed": mark("已办结"),
}
# state -> acts that may come next
NEXT: Final[dict[str, tuple[str, ...]]] = {
    "registered": ("classify",),
    "accepted": ("acknowledge",),
    "investigating": ("extend", "conclude"),
    "concluded": ("link",),
    "answerable": ("reply",),
    "replied": ("deliver",),
    "delivered": ("close",),
    "transferred": ("find",),
    "declined": ("inform",),
    "closed": (),
}
CALL_STATES: Final = ("receiving", "reviewing", "ranked", "decided", "publicity")
LETTERS: Final = ("acknowledge", "extend", "inform", "reply")  # acts that go out as a letter
LETTER_FIELDS: Final[dict[str, Message]] = {
    "document_number": mark("发文字号"),
    "contact_office": mark("联系处室"),
    "contact_phone": mark("联系电话"),
}
REASON_MIN: Final = 4
TEXT_MAX: Final = 2000


class ActLike(Protocol):
    """An act as the rules see it."""

    @property
    def act(self) -> str: ...
    @property
    def choice(self) -> str: ...
    @property
    def due_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rule proposes, and why; an officer decides."""

    route: str
    reason: Message


def propose(*, way: str, identity: str, signed: bool, checkable: bool, late: bool) -> Proposal:
    """Real name or stamp, in writing, in time: the ordinary way. Anonymous facts go to the supervisor.

    `late` is of account only for an objection to the publicity; the caller passes False for all others.
    """
    if identity == "anonymous":
        if checkable:
            return Proposal("transfer", mark("匿名，但有可核查的具体事实，转监督人员核查。"))
        return Proposal("decline", mark("匿名且没有可核查的具体事实，不予受理。"))
    if late:
        return Proposal("decline", mark("公示期届满后收到，已逾期，不予受理。"))
    if way not in WRITTEN:
        if checkable:
            return Proposal("transfer", mark("未以书面提出，但有可核查的具体事实，转监督人员核查。"))
        return Proposal("decline", mark("未以书面提出，请异议人补充书面材料。"))
    if not signed:
        return Proposal("decline", mark("书面材料未签名或未盖章，请异议人补齐。"))
    return Proposal("accept", mark("实名（或盖章）、书面、在期限内提出，按规定受理。"))


def state_of(identity: str, acts: Sequence[ActLike]) -> str:
    """Where an objection stands after `acts`, oldest first; a key of `STATES`."""
    state = "registered"
    for item in acts:
        state = _after(state, item, identity)
    return state


def _after(state: str, item: ActLike, identity: str) -> str:
    if item.act == "classify":
        declined = "closed" if identity == "anonymous" else "declined"
        return {"accept": "accepted", "transfer": "transferred", "decline": declined}[item.choice]
    if item.act == "conclude":
        return "answerable" if item.choice == "maintain" else "concluded"
    return {
        "acknowledge": "investigating",
        "extend": "investigating",
        "link": "answerable",
        "inform": "closed",
        "find": "closed",
        "reply": "replied",
        "deliver": "delivered",
        "close": "closed",
    }.get(item.act, state)


def may(state: str, act: str) -> bool:
    """Whether `act` may follow now."""
    return act in NEXT[state]


def due_on(acts: Sequence[ActLike], first: date | None) -> date | None:
    """By when the next step is due: what the last act that set a day said, else `first`."""
    days = [item.due_on for item in acts]
    return days[-1] if days else first


def number_text(ordinal: int) -> str:
    """YY-001."""
    return f"YY-{ordinal:03d}"
