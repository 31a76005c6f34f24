"""How far a signed paper has come, and the steps that wait for it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.domain.messages import Message, mark

STEP_WORDS: Final[Mapping[str, Message]] = {
    "printed": mark("待签"),
    "signed": mark("已签"),
    "returned": mark("已收回"),
    "scanned": mark("已扫描"),
    "annulled": mark("作废重签"),
}
GATE_WORDS: Final[Mapping[str, Message]] = {
    "freeze": mark("冻结排名前"),
    "publicity": mark("发布公示前"),
    "archive": mark("归档前"),
}
