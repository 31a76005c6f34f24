from decimal import Decimal

import pytest

from review_portal.aggregator.comparison import Move
from review_portal.aggregator.influences import (
    Influence,
    JointWeights,
    changing,
    criterion_notices,
    expert_notices,
    joint_notices,
    weight_notices,
)
from review_portal.aggregator.what_if import ListEffect
from review_portal.domain.wording import sentence

SAME = ListEffect((), (), (), 0, False, False, None, ())
SWAP = ListEffect(("S08",), ("S05",), (), 0, True, True, Move("S05", 3, 4), ())
TIED = ListEffect((), ("S05",), ("S05", "S08"), 1, True, True, Move("S08", 4, 3), ())
NAMES = {"S05": "示例汽车能效", "S08": "示例园区能源"}
CRITERIA = {"written_review.C1": "绩效目标合理"}


def expert(key, effect, changes_method=False):
    return Influence(key, None, effect, changes_method)


def said(notices):
    return [str(sentence(each, names=NAMES, criteria=CRITERIA)) for each in notices]


def test_list_that_hangs_on_no_expert_is_said_in_one_sentence():
    assert said(expert_notices([expert("Z1", SAME), expert("Z2", SAME)], 3)) == [
        "任何一名专家的评分都不改变名单：逐一不计每名专家的评分，前3名名单均不变。此为参考，不作为排序依据。"
    ]


def test_experts_without_whom_the_list_changes_are_named_one_by_one():
    swing = [expert("Z1", SWAP), expert("Z2", SAME), expert("Z3", TIED)]
    assert changing(swing) == ("Z1", "Z3")
    assert said(expert_notices(swing, 3)) == [
        "不计专家Z1的评分，前3名名单有变化：列入示例园区能源，不再列入示例汽车能效。此为参考，不作为排序依据。",
        "不计专家Z3的评分，前3名名单有变化：列入—，不再列入示例汽车能效。此为参考，不作为排序依据。",
        "不计专家Z3的评分，示例汽车能效、示例园区能源并列，余1个名额不能确定。此为参考，不作为排序依据。",
    ]


def test_many_experts_are_counted_and_not_named():
    swing = [*(expert(f"Z{number}", SWAP) for number in range(11)), expert("Z99", SAME)]
    assert said(expert_notices(swing, 3)) == [
        "逐一不计12名专家的评分，其中11名会使前3名名单变化，涉及示例汽车能效、示例园区能源等2家。"
        "此为参考，不作为排序依据。"
    ]


def test_absence_that_changes_the_method_or_cannot_be_computed_is_said():
    about = [expert("Z1", SAME, changes_method=True), expert("Z2", None), expert("Z3", SAME)]
    assert said(expert_notices(about, 3)) == [
        "除Z2外，逐一不计其他每名专家的评分，前3名名单均不变。此为参考，不作为排序依据。",
        "逐一不计专家Z1等1名的评分时，有效评分不足或专家组不再连通，按评审规则改用其他计分方法，"
        "名单的变化含方法变化的影响。",
        "逐一不计专家Z2等1名的评分时，按评审规则不能计算得分，未作比较。",
    ]
    assert said(expert_notices([expert("Z2", None)], 3)) == [
        "逐一不计专家Z2等1名的评分时，按评审规则不能计算得分，未作比较。"
    ]


def test_criteria_are_named_as_the_sheet_prints_them():
    assert said(criterion_notices([Influence("written_review.C1", Decimal(0), SAME)], 3)) == [
        "逐一不计每项指标的得分（其他指标按比例放大），前3名名单均不变。此为参考，不作为排序依据。"
    ]
    assert said(criterion_notices([Influence("written_review.C1", Decimal(0), SWAP)], 3)) == [
        "不计“绩效目标合理”的得分（其他指标按比例放大），前3名名单有变化：列入示例园区能源，"
        "不再列入示例汽车能效。此为参考，不作为排序依据。"
    ]
    tied = ListEffect((), (), ("S05", "S08"), 1, True, True, None, ())
    assert said(criterion_notices([Influence("written_review.C1", Decimal(0), tied)], 3)) == [
        "不计“绩效目标合理”的得分（其他指标按比例放大），示例汽车能效、示例园区能源并列，余1个名额不能确定。"
        "此为参考，不作为排序依据。"
    ]


@pytest.mark.parametrize(("factor", "word"), [("1.2", "增加"), ("0.8", "减少")])
def test_weights_that_change_the_list_are_said_with_their_direction(factor, word):
    changed = [Influence("written_review.C1", Decimal(factor), TIED)]
    assert said(weight_notices(changed, Decimal("0.2"), 3)) == [
        f"“绩效目标合理”的权重{word}20%（其他指标相应调整），前3名名单有变化：列入—，不再列入示例汽车能效。"
        "此为参考，不作为排序依据。",
        f"“绩效目标合理”的权重{word}20%（其他指标相应调整），示例汽车能效、示例园区能源并列，余1个名额不能确定。"
        "此为参考，不作为排序依据。",
    ]


def test_weights_that_change_nothing_are_said_only_when_all_were_compared():
    same = Influence("written_review.C1", Decimal("1.2"), SAME)
    assert said(weight_notices([same], Decimal("0.125"), 3)) == [
        "各项指标的权重逐一增加或减少12.5%（其他指标相应调整），前3名名单均不变。此为参考，不作为排序依据。"
    ]
    unknown = Influence("written_review.C2", Decimal("1.2"), None)
    assert said(weight_notices([same, unknown], Decimal("0.2"), 3)) == []
    assert said(criterion_notices([same, unknown], 3)) == []


def test_combinations_of_weights_are_counted():
    same = JointWeights(Decimal("0.2"), 24, False, 0, {}, {}, ())
    assert said(joint_notices(same, 3)) == [
        "各项指标的权重同时增减20%或不变，共比较24种组合，前3名名单均不变。此为参考，不作为排序依据。"
    ]
    changed = JointWeights(Decimal("0.2"), 24, False, 5, {"S08": 5}, {"S05": 5}, ())
    assert said(joint_notices(changed, 3)) == [
        "各项指标的权重同时增减20%或不变，共比较24种组合，其中5种的前3名名单有变化，"
        "涉及示例汽车能效、示例园区能源等2家。此为参考，不作为排序依据。"
    ]
    assert said(joint_notices(JointWeights(Decimal("0.2"), 0, False, 0, {}, {}, ()), 3)) == []
