"""The fixed Chinese sentences of the results: one for each code that the aggregator returns.

A sentence on a signed sheet never says that two units cannot be told apart, never counts in fractions of a
unit, and says of every other method 参考，不作为排序依据.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from review_portal.domain.messages import Message, mark


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

_SENTENCES: Final[Mapping[str, Message]] = {
    # input and method
    "sheet_incomplete": mark("专家%(expert)s对%(dossier)s的评分缺%(items)s，该份评分不计入。"),
    "items_reweighted": mark("总分按另设的各项倍数计算（%(factors)s）。此为参考，不作为排序依据。"),
    "severity_not_connected": mark(
        "本轮评审分为%(parts)s个互不连通的专家组，组间没有共同评审的材料，不能作评分校准，按评审规则改用%(fallback)s。"
    ),
    "severity_not_settled": mark("评分校准的计算未能收敛，本轮不列该参考值。"),
    "below_threshold_all_mean": mark(
        "%(dossiers)s的有效评分少于%(minimum)s份，按评审规则本轮所有单位均取算术平均，不去掉最高分和最低分。"
    ),
    "z_score_few_reviews": mark("专家%(experts)s的评分少于%(minimum)s份，标准分依据不足，请谨慎参考。"),
    # groups with places of their own
    "panels_ranked_apart": mark("本次按%(groups)s分组排名，名额按组计算，不同组的得分不作比较。"),
    "severity_group_not_connected": mark(
        "%(groups)s组内的评审互不连通，不能作评分校准，按评审规则改用%(fallback)s。"
    ),
    # ties
    "tie_resolved": mark("%(dossiers)s得分均为%(score)s，按并列规则比较%(key)s后，先后依次为%(dossiers)s。"),
    "tie_undecided": mark("%(dossiers)s得分均为%(score)s，各项并列规则比较后仍相同，并列待定。"),
    "tie_straddles_cut": mark(
        "%(dossiers)s并列，位于拟遴选%(quota)s家界线两侧，余%(places)s个名额，请专家组表决或提请审定。"
    ),
    # small numbers and close margins
    "few_dossiers": mark(
        "本轮参评单位不足%(minimum)s家，不计算入选可能性和名次区间，请结合分差、极差和专家评语判断。"
    ),
    "few_reviews": mark(
        "部分单位的有效评分不足%(minimum)s份，不计算入选可能性和名次区间，请结合分差、极差和专家评语判断。"
    ),
    "as_many_as_quota": mark("申报单位数量与拟遴选数量相当，按合格性评审。"),
    "margin_below_usual": mark(
        "第%(place)s名与第%(next)s名相差%(margin)s分，小于本轮评分的一般波动（约%(usual)s分），提请专家组重点关注。"
    ),
    "swap_likely": mark(
        "按现有评分估算，第%(next)s名与第%(place)s名调换的可能性较大（约%(tenths)s成）。此为参考，不作为排序依据。"
    ),
    "overlap_expected": mark(
        "若请另一组同等水平专家重评，预计前%(quota)s名中约%(kept)s家不变。此为统计参考，不作为排序依据。"
    ),
    # other rules
    "rule_list_same": mark("改用%(rule)s后，前%(quota)s名名单不变。"),
    "rule_place_changes": mark(
        "改用%(rule)s后，第%(place)s名由%(before)s变为%(after)s（相差%(margin)s分），提请专家组说明。"
    ),
    "rule_place_changes_reference": mark(
        "改用%(rule)s后，第%(place)s名由%(before)s变为%(after)s（相差%(margin)s分）。此为参考，不作为排序依据。"
    ),
    "rule_list_changes": mark(
        "改用%(rule)s后，%(before)s（原第%(place)s名）不在前%(quota)s名，%(after)s列入（相差%(margin)s分），提请专家组说明。"
    ),
    "rule_list_changes_reference": mark(
        "改用%(rule)s后，%(before)s（原第%(place)s名）不在前%(quota)s名，%(after)s列入（相差%(margin)s分）。"
        "此为参考，不作为排序依据。"
    ),
    "rule_shortlist_changes": mark(
        "改用%(rule)s后，入围名单将有变化：列入%(entered)s，不再列入%(left)s。提请专家组说明。"
    ),
    "rule_undecided": mark("改用%(rule)s后，%(dossiers)s并列，余%(places)s个名额不能确定，提请专家组说明。"),
    "rule_undecided_reference": mark(
        "改用%(rule)s后，%(dossiers)s并列，余%(places)s个名额不能确定。此为参考，不作为排序依据。"
    ),
    "rule_not_applicable": mark("%(rule)s在本轮不适用（专家组互不连通或有效评分不足），未作比较。"),
    # reconciliation
    "reconciliation_list_same": mark("名单未因复议改变。"),
    "reconciliation_entered": mark(
        "名单因复议改变：%(dossier)s复议后得分由%(before)s变为%(after)s，列入名单。"
    ),
    "reconciliation_left": mark(
        "名单因复议改变：%(dossier)s复议后得分由%(before)s变为%(after)s，不再列入名单。"
    ),
    "reconciliation_left_same": mark("名单因复议改变：%(dossier)s得分%(after)s未变，不再列入名单。"),
    "reconciliation_undecided": mark("名单因复议改变：%(dossiers)s并列待定。"),
}
CODES: Final = frozenset(_SENTENCES)

_OFFICE_RULES: Final = frozenset({"mean", "drop_high_low"})
_DOSSIERS: Final = frozenset({"dossier", "dossiers", "entered", "left"})
_DOSSIER_PLACES: Final = frozenset(
    {"rule_place_changes", "rule_list_changes"}
)  # here before and after are dossiers, elsewhere scores

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
    if code in {"rule_place_changes", "rule_list_changes", "rule_undecided"} and rule not in _OFFICE_RULES:
        code += "_reference"
    dossier_params = _DOSSIERS | ({"before", "after"} if remark.code in _DOSSIER_PLACES else frozenset())
    shown: dict[str, object] = {}
    for key, value in remark.params.items():
        if key in dossier_params:
            shown[key] = _named(value, names or {})
        elif key == "key":
            shown[key] = (criteria or {}).get(str(value), str(value))
        elif key == "rule":
            shown[key] = RULE_NAMES[str(value)]
        elif key == "fallback":
            shown[key] = FALLBACK_NAMES[str(value)]
        else:
            shown[key] = _named(value, {})
    return Message(_SENTENCES[code].msgid, shown)


def chance_word(percent: int) -> Message:
    """The word for a chance of being selected: from 90 % 把握较大, up to 10 % 可能性较小, else 需要讨论."""
    if percent >= 90:
        return CHANCE_HIGH
    return CHANCE_LOW if percent <= 10 else CHANCE_OPEN


def _named(value: object, names: Mapping[str, str]) -> str:
    """A key or several keys as text, in the order given."""
    keys = value if isinstance(value, tuple | list) else (value,)
    return "、".join(names.get(str(key), str(key)) for key in keys) or "—"
