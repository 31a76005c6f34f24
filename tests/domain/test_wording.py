import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from review_portal.domain.wording import ABSENT_NAMES, CODES, chance_word, sentence

AGGREGATOR = Path(__file__).parents[2] / "review_portal" / "aggregator"


@dataclass(frozen=True)
class Remark:
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


NAMES = {"S05": "示例汽车能效", "S08": "示例园区能源"}


@pytest.mark.parametrize(
    ("remark", "text"),
    [
        (
            Remark("few_dossiers", {"minimum": 10}),
            "本轮参评单位不足10家，不计算入选可能性和名次区间，请结合分差、极差和专家评语判断。",
        ),
        (
            Remark("margin_below_usual", {"place": 3, "next": 4, "margin": "0.12", "usual": "0.9"}),
            "第3名与第4名相差0.12分，小于本轮评分的一般波动（约0.9分），提请专家组重点关注。",
        ),
        (Remark("rule_list_same", {"rule": "mean", "quota": 3}), "改用算术平均后，前3名名单不变。"),
        (
            Remark(
                "rule_place_changes",
                {"rule": "mean", "place": 3, "before": "S05", "after": "S08", "margin": "0.10"},
            ),
            "改用算术平均后，第3名由示例汽车能效变为示例园区能源（相差0.10分），提请专家组说明。",
        ),
        (
            Remark(
                "rule_place_changes",
                {"rule": "z_score", "place": 3, "before": "S05", "after": "S08", "margin": "0.01"},
            ),
            "改用标准分后，第3名由示例汽车能效变为示例园区能源（相差0.01分）。此为参考，不作为排序依据。",
        ),
        (
            Remark(
                "rule_list_changes",
                {"rule": "mean", "place": 2, "quota": 3, "before": "S05", "after": "S08", "margin": "0.10"},
            ),
            "改用算术平均后，示例汽车能效（原第2名）不在前3名，示例园区能源列入（相差0.10分），提请专家组说明。",
        ),
        (
            Remark("rule_shortlist_changes", {"rule": "mean", "entered": ("S05",), "left": ()}),
            "改用算术平均后，入围名单将有变化：列入示例汽车能效，不再列入—。提请专家组说明。",
        ),
        (
            Remark("rule_undecided", {"rule": "median", "dossiers": ("S05", "S08"), "places": 1}),
            "改用中位数后，示例汽车能效、示例园区能源并列，余1个名额不能确定。此为参考，不作为排序依据。",
        ),
        (
            Remark(
                "tie_resolved", {"dossiers": ("S05", "S08"), "score": "83.40", "key": "written_review.C2"}
            ),
            "示例汽车能效、示例园区能源得分均为83.40，按并列规则比较目标路径设置科学后，先后依次为示例汽车能效、示例园区能源。",
        ),
        (
            Remark(
                "severity_not_connected",
                {"parts": 3, "fallback": "none", "crossing": 2, "recommended": 10, "stage": "written_review"},
            ),
            "本轮评审分为3个互不连通的专家组，组间没有共同评审的材料，不能作评分校准，按评审规则改用未校准的评分。"
            "连通各组至少须补派2份交叉评审，建议10份。",
        ),
        (
            Remark("panels_not_connected", {"parts": 3, "crossing": 2, "recommended": 10}),
            "本轮评审分为3个互不连通的专家组，组间没有共同评审的材料。"
            "跨组名次只在各组专家宽严程度相同的前提下成立，不能由评分检验。"
            "建议补派至少2份交叉评审（宜为10份），或按组分配名额。",
        ),
        (
            Remark(
                "panels_weakly_linked",
                {"smaller": 8, "larger": 9, "reviews": 1, "error": "8.2", "half": "2.5", "more": 10},
            ),
            "有8份材料与其余9份之间仅靠1份交叉评审连通，"
            "两部分平均得分之差的误差约8.2分，超过材料间一般差异的一半（约2.5分），跨部分的名次请谨慎看待。"
            "建议补派至少10份交叉评审，或按组分配名额。",
        ),
        (
            Remark("anomaly_round_numbers", {"expert": "Z5", "reviews": 20, "percent": 95, "usual": 24}),
            "专家Z5的20份评分中总分为5的整倍数的占95%（其他专家约24%），提请关注。",
        ),
        (
            Remark(
                "anomaly_review",
                {
                    "expert": "Z5",
                    "dossier": "S05",
                    "points": "95.00",
                    "expected": "71.3",
                    "difference": "23.7",
                },
            ),
            "专家Z5给示例汽车能效评95.00分，按其他评分推算约71.3分，相差23.7分，提请关注评分理由。",
        ),
        (
            Remark("swap_likely", {"place": 3, "next": 4, "tenths": 4}),
            "按现有评分估算，第4名与第3名调换的可能性较大（约四成）。此为参考，不作为排序依据。",
        ),
        (
            Remark("overlap_expected", {"quota": 3, "kept": 2}),
            "若请另一组同等水平专家重评，预计前3名中约2家不变。此为统计参考，不作为排序依据。",
        ),
        (
            Remark("sheet_incomplete", {"dossier": "S06", "expert": "Z5", "items": ("C2.1", "C2.2")}),
            "专家Z5对S06的评分缺C2.1、C2.2，该份评分不计入。",
        ),
        (
            Remark("reconciliation_entered", {"dossier": "S05", "before": "79.07", "after": "81.57"}),
            "名单因复议改变：示例汽车能效复议后得分由79.07变为81.57，列入名单。",
        ),
        (Remark("reconciliation_list_same"), "名单未因复议改变。"),
        (
            Remark("shortlist_tie_goes_on", {"dossiers": ("S05", "S08"), "places": 6, "going": 7}),
            "示例汽车能效、示例园区能源并列，位于入围6家界线两侧，一并进入下一环节，共7家。",
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Remark) else "",
)
def test_sentence_of_a_remark(remark, text):
    assert str(sentence(remark, names=NAMES, criteria={"written_review.C2": "目标路径设置科学"})) == text


def test_every_code_of_the_aggregator_has_a_sentence_and_every_sentence_a_code():
    source = "".join(path.read_text("utf-8") for path in AGGREGATOR.glob("*.py"))
    used = set(re.findall(r'notice\(\s*"([a-z_]+)"', source))
    assert {code for code in CODES if not code.endswith("_reference")} == used


def test_unknown_code_is_an_error():
    with pytest.raises(KeyError):
        sentence(Remark("no_such_code"))


def test_absent_codes_have_their_office_words():
    assert str(ABSENT_NAMES["abstained"]) == "放弃答辩"


@pytest.mark.parametrize(
    ("percent", "word"),
    [
        (100, "把握较大"),
        (90, "把握较大"),
        (89, "需要讨论"),
        (11, "需要讨论"),
        (10, "可能性较小"),
        (0, "可能性较小"),
    ],
)
def test_words_for_chance(percent, word):
    assert str(chance_word(percent)) == word
