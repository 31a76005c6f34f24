"""A call's rules in plain words: the method page of the workbook and the sentences of the review scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from review_portal.domain.chinese_dates import date_text
from review_portal.exports.ranking_report import Parameter
from scoring_rubrics import AssumedValue, ReviewStage
from scoring_rubrics import Call as Rules
from scoring_rubrics.labels import label_of, word_of

_FALLBACKS = {"none": "改用未校准的评分", "z_score": "改用标准分"}


def rule_assumed(rules: Rules) -> bool:
    """Whether the deciding rule comes from the approved scheme instead of the notice."""
    return any(value.key.startswith("call.rule.") for value in rules.assumed)


def quota_text(rules: Rules) -> str:
    """The soft number of places."""
    return f"{rules.quota}个左右"


def key_names(rules: Rules) -> dict[str, str]:
    """Tie keys and the names that a sheet prints for them."""
    names = {
        f"{key}.{criterion.key}": criterion.name
        for key, rubric in rules.rubrics.items()
        for criterion in rubric.criteria
    }
    return names | {f"stage.{stage.key}": f"{stage.name}得分" for stage in rules.scored_stages}


def method(rules: Rules) -> tuple[str, ...]:
    """The pipeline that decides, step by step, in sentences that anybody can redo with a calculator."""
    rule = rules.rule
    return (
        "1．每位专家按评分表逐项打分，各项得分直接相加为该份评分表的总分；缺项的评分表不计入。",
        "2．回避和未评没有得分，不按0分计算。",
        f"3．{_normalizing(rules)}",
        f"4．{_combining(rules)}",
        f"5．各轮得分保留{rule.places}位小数，四舍五入。{_weighing(rules)}",
        f"6．{_tie_breaking(rules)}",
        "7．其他计分方法的结果列在参考栏，不作为排序依据。",
    )


def _normalizing(rules: Rules) -> str:
    rule = rules.rule
    if rule.normalize == "severity":
        return (
            "每轮先作宽严度校准：按各专家评分的总体宽严，从其评分中扣除偏宽的部分或补上偏严的部分；全部专家评了"
            f"全部材料时，结果与不校准相同。专家组之间没有共同评审的材料、不能校准时，{_FALLBACKS[rule.fallback]}。"
        )
    if rule.normalize == "z_score":
        return "每轮先把各专家的评分换算为标准分，再折回本轮的平均水平和离散程度。"
    return "专家评分不作校准。"


def _combining(rules: Rules) -> str:
    rule = rules.rule
    if rule.combine == "drop_high_low":
        fewer = (
            "本轮全部单位改用算术平均"
            if rule.below_threshold == "all_mean"
            else "本轮不予排名，提请专家组处理"
        )
        return (
            "同一单位的专家评分去掉一个最高分和一个最低分后取平均；"
            f"有单位的有效评分少于{rule.min_reviews}份时，{fewer}。"
        )
    word = "中位数" if rule.combine == "median" else "算术平均"
    return f"同一单位的专家评分取{word}。"


def _weighing(rules: Rules) -> str:
    stages = rules.final_stages
    apart = "".join(
        f"{stage.name}分组评审，各组专家和材料不同，得分只决定组内入围，不计入最终得分。"
        for stage in rules.scored_stages
        if stage.panels
    )
    if len(stages) == 1:
        only = f"{stages[0].name}得分" if apart else "本轮得分"
        return f"{apart}最终得分即{only}。"
    parts = "、".join(f"{stage.name}{_number(stage.weight)}" for stage in stages)
    return f"{apart}最终得分为各轮得分按权重（{parts}）相加，再四舍五入。"


def _tie_breaking(rules: Rules) -> str:
    across = "位于拟遴选界线两侧的，由专家组表决或提请审定"
    words = tie_words(rules, rules.final_rule.tie_keys)
    if not words:
        return f"最终得分相同的并列；{across}。"
    return f"最终得分相同的，依次比较{words}；仍相同的并列，{across}。"


def tie_words(rules: Rules, keys: Sequence[str]) -> str:
    """Tie keys in order, as a sentence names them."""
    names = key_names(rules)
    return "、".join(names[key] if key.startswith("stage.") else f"“{names[key]}”平均分" for key in keys)


def _number(value: Decimal | None) -> str:
    return "—" if value is None else f"{value.normalize():f}"


def _stage_key(rules: Rules, stage: ReviewStage) -> str:
    return f"call.review_stages[{rules.review_stages.index(stage) + 1}].weight"


def _deciding(rules: Rules) -> Iterator[tuple[str, str, str]]:
    """(key, label, value) of everything that the result depends on, whether stated or assumed."""
    yield "call.quota", "拟遴选数量", quota_text(rules)
    for stage in rules.scored_stages:
        yield _stage_key(rules, stage), label_of("review_stages.weight", stage.name), _number(stage.weight)
        for number, panel in enumerate(stage.panels, 1):
            key = _stage_key(rules, stage).replace("weight", f"panels[{number}].shortlist")
            yield key, label_of("review_stages.panels.shortlist", panel.name), str(panel.shortlist)
    if len(rules.scored_stages) > 1:
        yield "call.shortlist.places", label_of("shortlist.places"), str(rules.shortlist.places)
        yield "call.shortlist.threshold", label_of("shortlist.threshold"), _number(rules.shortlist.threshold)
    triggers = rules.triggers
    limits = ("deviation_percent", "range_points", "severity_points", "noise_times", "chance_percent")
    for name in limits:
        if (limit := getattr(triggers, name)) is not None:
            yield f"call.triggers.{name}", label_of(f"triggers.{name}"), _number(limit)
    for name, value in rules.rule.canonical().items():
        path = f"rule.{name}"
        shown = (
            tie_words(rules, rules.rule.tie_keys) or "不比较" if name == "tie_keys" else word_of(path, value)
        )
        yield f"call.{path}", label_of(path), shown


def _of_review(rules: Rules, value: AssumedValue) -> bool:
    """Whether an assumed value belongs to intake or review: not to what follows the selection."""
    return value.key.split(".")[0] in {"call", *(str(stage.rubric) for stage in rules.scored_stages)}


def parameters(rules: Rules) -> tuple[Parameter, ...]:
    """Every value of the rule, then every other value that the approved scheme gives."""
    assumed: Mapping[str, AssumedValue] = {value.key: value for value in rules.assumed}
    deciding = list(_deciding(rules))
    listed = {key for key, _label, _value in deciding}
    rows = [
        Parameter(label, value, key in assumed, "" if key in assumed else rules.document_number)
        for key, label, value in deciding
    ]
    rows += [
        Parameter(value.label, value.value, True)
        for value in rules.assumed
        if value.key not in listed and _of_review(rules, value)
    ]
    return tuple(rows)


BOTH_ROUNDS: Final = {
    "allow": "参加过前一轮评审的专家可以参加后一轮。",
    "forbid": "参加过前一轮评审的专家不再参加后一轮。",
    "some_new": "后一轮专家组中，未参加过前一轮评审的专家不少于{n}人。",
}


def panel_sentences(rules: Rules) -> tuple[str, ...]:
    """How the panel is made up and when an expert may not judge."""
    panel = rules.panel
    odd = "，人数为单数" if panel.odd else ""
    spare = f"，另备候补{panel.substitutes}人" if panel.substitutes else ""
    return (
        f"专家组{panel.size}人，不少于{panel.minimum}人{odd}，同一工作单位不超过{panel.per_employer_max}人{spare}。"
        f"到会不少于{panel.quorum}人方可评审。",
        "专家与牵头单位、联合体成员或推荐单位有利害关系的应当回避，任职关系回溯"
        f"{rules.recusal.years('employment')}年（以{date_text(rules.recusal.reference_date)}为基准日）。",
        f"{BOTH_ROUNDS[panel.both_rounds].format(n=panel.new_experts)}",
        "专家在启封前中途退出的，由秘书处登记、监督人员同意，按本方案办理："
        f"{word_of('dropout.rule', rules.dropout.rule)}；启封后不再增加专家。",
        "组长由到会专家推举，有回避情形的专家不得担任组长。",
    )


def process(rules: Rules) -> tuple[tuple[str, str], ...]:
    """Name and text of each step of the review, in the order of the work."""
    steps = [("受理和形式审查", "秘书处登记申报材料，逐项审查并由人员确认；不予受理须两名工作人员办理。")]
    scored = list(rules.scored_stages)
    for stage in rules.review_stages:
        text = f"对应通知环节：{stage.phase}。" if stage.phase else ""
        if stage.kind == "score":
            rubric = rules.rubric_of(stage.key)
            text += f"专家按《{rubric.sheet_title}》独立评分，满分{_number(rubric.total)}分。"
            if stage is not scored[-1]:
                text += _shortlisting(rules, stage)
        elif stage.kind == "opinion":
            text += "专家组集体讨论并出具意见" + (
                f"，结论为{'、'.join(stage.conclusions)}之一。" if stage.conclusions else "。"
            )
        else:
            text += "核对申报材料是否符合条件，不打分。"
        steps.append((stage.name, text))
    publicity = rules.publicity
    steps.append(
        (
            "会议审定和公示",
            f"排名冻结后提请会议审定；审定名单公示{publicity.working_days}个工作日，不公布得分。",
        )
    )
    return tuple(steps)


def _shortlisting(rules: Rules, stage: ReviewStage) -> str:
    short = rules.shortlist
    if stage.panels:
        parts = "、".join(f"{panel.name}前{panel.shortlist}家" for panel in stage.panels)
        return (
            f"分组评审，每位专家只参加一组，每份材料只由一组评审；{parts}且得分不低于"
            f"{_number(short.threshold)}分的进入下一环节，{_LAST_PLACE}；各组得分和名次不跨组比较。"
        )
    return (
        f"按得分取前{short.places}家且得分不低于{_number(short.threshold)}分的进入下一环节，{_LAST_PLACE}。"
    )


_LAST_PLACE = "末位并列、依次比较仍不能区分先后的一并进入"
DISCIPLINE = (
    "专家独立评分，不得互相打听或透露评审情况。",
    "评分结束即封存；启封须由组长申请、监督人员同意，启封前任何人不能查看评分。",
    "提请复议只请专家核对本人评分，不得指定分数；原评分保留。",
    "排名冻结后，方法、参数和名次不再更改。",
)
