"""Results in the office's words: names of rules and reasons, words for chances, remarks as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from review_portal.domain.messages import Message, mark
from review_portal.domain.result_sentences import SENTENCES


class Remark(Protocol):
    """What the aggregator says about a result: a code and plain data (see `aggregator.notices.Notice`)."""

    @property
    def code(self) -> str: ...

    @property
    def params(self) -> Mapping[str, object]: ...


REFERENCE_ONLY: Final = mark("参考，不作为排序依据")
ASSUMED: Final = mark("通知未规定，按评审工作方案执行")

RULE_NAMES: Final[Mapping[str, Message]] = {
    "mean": mark("算术平均"),
    "drop_high_low": mark("去掉最高分和最低分"),
    "median": mark("中位数"),
    "severity": mark("评分校准后的算术平均"),
    "z_score": mark("标准分"),
}
FALLBACK_NAMES: Final[Mapping[str, Message]] = {"none": mark("未校准的评分"), "z_score": mark("标准分")}

ABSENT_NAMES: Final[Mapping[str, Message]] = {
    "withdrawn": mark("已撤回"),
    "abstained": mark("放弃答辩"),
    "not_shortlisted": mark("未进入答辩"),
    "rejected": mark("不予受理"),
    "unscored": mark("无有效评分"),
}

CODES: Final = frozenset(SENTENCES)

_OFFICE_RULES: Final = frozenset({"mean", "drop_high_low"})
_DOSSIERS: Final = frozenset({"dossier", "dossiers", "entered", "left"})
_DOSSIER_PLACES: Final = frozenset(
    {"rule_place_changes", "rule_list_changes"}
)  # here before and after are dossiers, elsewhere scores

# 约四成: tenths of a chance as people say them
_TENTHS: Final = (
    mark("零"), mark("一"), mark("二"), mark("三"), mark("四"),
    mark("五"), mark("六"), mark("七"), mark("八"), mark("九"),
)  # fmt: skip

CHANCE_HIGH: Final = mark("把握较大")
CHANCE_OPEN: Final = mark("需要讨论")
CHANCE_LOW: Final = mark("可能性较小")


def sentence(
    remark: Remark,
    *,
    names: Mapping[str, str] | None = None,
    criteria: Mapping[str, str] | None = None,
) -> Message:
    """The sentence of one remark.

    names: dossier key -> what people call the unit; criteria: tie key -> its printed name. A key without a
    name stands as it is. KeyError for a code that has no sentence (a test keeps both sides equal).
    """
    code = remark.code
    rule = remark.params.get("rule")
    if f"{code}_reference" in CODES and rule not in _OFFICE_RULES:
        code += "_reference"
    dossier_params = _DOSSIERS | ({"before", "after"} if remark.code in _DOSSIER_PLACES else frozenset())
    shown: dict[str, object] = {}
    for key, value in remark.params.items():
        if key in dossier_params:
            shown[key] = _named(value, names or {})
        elif key == "key":
            shown[key] = (criteria or {}).get(str(value), str(value))
        elif key == "tenths":
            shown[key] = _TENTHS[int(str(value))]
        elif key == "rule":
            shown[key] = RULE_NAMES[str(value)]
        elif key == "fallback":
            shown[key] = FALLBACK_NAMES[str(value)]
        else:
            shown[key] = _named(value, {})
    return Message(SENTENCES[code].msgid, shown)


def chance_word(percent: int) -> Message:
    """The word for a chance of being selected: from 90 % 把握较大, up to 10 % 可能性较小, else 需要讨论."""
    if percent >= 90:
        return CHANCE_HIGH
    return CHANCE_LOW if percent <= 10 else CHANCE_OPEN


def _named(value: object, names: Mapping[str, str]) -> str:
    """A key or several keys as text, in the order given."""
    keys = value if isinstance(value, tuple | list) else (value,)
    return "、".join(names.get(str(key), str(key)) for key in keys) or "—"
