"""One fixed Chinese sentence for each code that the aggregator returns; `wording` fills them in.

A sentence on a signed sheet never says that two units cannot be told apart, never counts in fractions of a
unit, and says of every other method 参考，不作为排序依据. `_reference` is said of a rule that is not
one of the office's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.domain.messages import Message, mark

SENTENCES: Final[Mapping[str, Message]] = {
    # input and method
    "sheet_incomplete": mark("专家%(expert)s对%(dossier)s的评分缺%(items)s，该份评分不计入。"),
    "items_reweighted": mark("总分按另设的各项倍数计算（%(factors)s）。此为参考，不作为排序依据。"),
    "severity_not_connected": mark(
        "本轮评审分为%(parts)s个互不连通的专家组，组间没有共同评审的材料，不能作评分校准，按评审规则改用%(fallback)s。"
        "连通各组至少须补派%(crossing)s份交叉评审，建议%(recommended)s份。"
    ),
    "severity_not_settled": mark("评分校准的计算未能收敛，本轮不列该参考值。"),
    "below_threshold_all_mean": mark(
        "%(dossiers)s的有效评分少于%(minimum)s份，按评审规则本轮所有单位均取算术平均，不去掉最高分和最低分。"
    ),
    "z_score_few_reviews": mark("专家%(experts)s的评分少于%(minimum)s份，标准分依据不足，请谨慎参考。"),
    # comparing across panels
    "panels_not_connected": mark(
        "本轮评审分为%(parts)s个互不连通的专家组，组间没有共同评审的材料。"
        "跨组名次只在各组专家宽严程度相同的前提下成立，不能由评分检验。"
        "建议补派至少%(crossing)s份交叉评审（宜为%(recommended)s份），或按组分配名额。"
    ),
    "panels_weakly_linked": mark(
        "有%(smaller)s份材料与其余%(larger)s份之间仅靠%(reviews)s份交叉评审连通，"
        "两部分平均得分之差的误差约%(error)s分，超过材料间一般差异的一半（约%(half)s分），跨部分的名次请谨慎看待。"
        "建议补派至少%(more)s份交叉评审，或按组分配名额。"
    ),
    "panel_error_not_settled": mark("各部分材料之间得分差的误差未能算出，本轮不列该参考值。"),
    # agreement of the experts
    "agreement_no_common_dossier": mark("没有一份材料由两名以上专家评审，不能计算评分一致性。"),
    "agreement_one_dossier": mark("只有一份材料有评分，不计算组内相关系数和肯德尔和谐系数。"),
    "agreement_incomplete": mark(
        "并非每名专家都评审了每份材料（缺%(holes)s份评分），不计算组内相关系数和肯德尔和谐系数，"
        "请看克里彭多夫α系数和概化系数。"
    ),
    "agreement_pairs_left_out": mark(
        "%(pairs)s对专家中有%(left)s对共同评审的材料不足%(minimum)s份或评分没有差异，不计入专家之间的平均相关系数。"
    ),
    "agreement_perfect_pairs": mark(
        "有%(pairs)s对专家的评分或名次完全相关，不能作费希尔变换，不计入变换后的平均相关系数。"
    ),
    "agreement_too_many_pairs": mark("需要比较的评审对超过%(limit)s个，未计算专家之间的平均相关系数。"),
    "agreement_one_criterion": mark("评分表只有一个一级指标，不计算各指标之间的克龙巴赫α系数。"),
    "agreement_no_value": mark("因评分没有差异或完全一致，下列数值不存在，不予列出：%(figures)s。"),
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
    "tie_shared": mark("%(dossiers)s得分均为%(score)s，各项并列规则比较后仍相同，名次并列。"),
    # who goes on
    "shortlist_tie_goes_on": mark(
        "%(dossiers)s并列，位于入围%(places)s家界线两侧，一并进入下一环节，共%(going)s家。"
    ),
    "shortlist_places_suffice": mark(
        "本轮有得分的单位%(dossiers)s家，不多于入围名额%(places)s家，只按最低分确定，%(going)s家进入下一环节。"
    ),
    "shortlist_not_full": mark("达到入围最低分的单位%(going)s家，少于入围名额%(places)s家，名额不补足。"),
    "shortlist_empty": mark("没有单位达到入围最低分%(threshold)s分，无单位进入下一环节。"),
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
    "advice_not_computed": mark(
        "本轮评分不足以推算入选可能性和名次区间，不予列出，请结合分差、极差和专家评语判断。"
    ),
    # what the list owes to single experts, criteria and weights
    "stability_experts_list_same": mark(
        "任何一名专家的评分都不改变名单：逐一不计每名专家的评分，前%(quota)s名名单均不变。此为参考，不作为排序依据。"
    ),
    "stability_other_experts_list_same": mark(
        "除%(experts)s外，逐一不计其他每名专家的评分，前%(quota)s名名单均不变。此为参考，不作为排序依据。"
    ),
    "stability_expert_changes_list": mark(
        "不计专家%(expert)s的评分，前%(quota)s名名单有变化：列入%(entered)s，不再列入%(left)s。"
        "此为参考，不作为排序依据。"
    ),
    "stability_expert_undecided": mark(
        "不计专家%(expert)s的评分，%(dossiers)s并列，余%(places)s个名额不能确定。此为参考，不作为排序依据。"
    ),
    "stability_many_experts_change_list": mark(
        "逐一不计%(experts)s名专家的评分，其中%(changing)s名会使前%(quota)s名名单变化，"
        "涉及%(dossiers)s等%(concerned)s家。此为参考，不作为排序依据。"
    ),
    "stability_not_in_groups": mark(
        "部分单位由另一组专家重新评审，两组没有共同的专家，不推算专家、指标、权重变化对名单的影响。"
    ),
    "stability_experts_change_method": mark(
        "逐一不计专家%(experts)s等%(count)s名的评分时，有效评分不足或专家组不再连通，按评审规则改用其他计分方法，"
        "名单的变化含方法变化的影响。"
    ),
    "stability_experts_not_computable": mark(
        "逐一不计专家%(experts)s等%(count)s名的评分时，按评审规则不能计算得分，未作比较。"
    ),
    "stability_criteria_list_same": mark(
        "逐一不计每项指标的得分（其他指标按比例放大），前%(quota)s名名单均不变。此为参考，不作为排序依据。"
    ),
    "stability_criterion_changes_list": mark(
        "不计“%(key)s”的得分（其他指标按比例放大），前%(quota)s名名单有变化：列入%(entered)s，不再列入%(left)s。"
        "此为参考，不作为排序依据。"
    ),
    "stability_criterion_undecided": mark(
        "不计“%(key)s”的得分（其他指标按比例放大），%(dossiers)s并列，余%(places)s个名额不能确定。"
        "此为参考，不作为排序依据。"
    ),
    "stability_weights_list_same": mark(
        "各项指标的权重逐一增加或减少%(percent)s%%（其他指标相应调整），前%(quota)s名名单均不变。"
        "此为参考，不作为排序依据。"
    ),
    "stability_weight_raised_changes_list": mark(
        "“%(key)s”的权重增加%(percent)s%%（其他指标相应调整），前%(quota)s名名单有变化：列入%(entered)s，"
        "不再列入%(left)s。此为参考，不作为排序依据。"
    ),
    "stability_weight_lowered_changes_list": mark(
        "“%(key)s”的权重减少%(percent)s%%（其他指标相应调整），前%(quota)s名名单有变化：列入%(entered)s，"
        "不再列入%(left)s。此为参考，不作为排序依据。"
    ),
    "stability_weight_raised_undecided": mark(
        "“%(key)s”的权重增加%(percent)s%%（其他指标相应调整），%(dossiers)s并列，余%(places)s个名额不能确定。"
        "此为参考，不作为排序依据。"
    ),
    "stability_weight_lowered_undecided": mark(
        "“%(key)s”的权重减少%(percent)s%%（其他指标相应调整），%(dossiers)s并列，余%(places)s个名额不能确定。"
        "此为参考，不作为排序依据。"
    ),
    "stability_all_weights_list_same": mark(
        "各项指标的权重同时增减%(percent)s%%或不变，共比较%(combinations)s种组合，前%(quota)s名名单均不变。"
        "此为参考，不作为排序依据。"
    ),
    "stability_all_weights_change_list": mark(
        "各项指标的权重同时增减%(percent)s%%或不变，共比较%(combinations)s种组合，其中%(changing)s种的前%(quota)s名"
        "名单有变化，涉及%(dossiers)s等%(concerned)s家。此为参考，不作为排序依据。"
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
    "rule_many_changes": mark(
        "改用%(rule)s后，前%(quota)s名名单变化较大：%(entering)s家列入，%(leaving)s家不再列入，提请专家组说明。"
    ),
    "rule_many_changes_reference": mark(
        "改用%(rule)s后，前%(quota)s名名单变化较大：%(entering)s家列入，%(leaving)s家不再列入。"
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
    # calibrated scores
    "model_few_levels": mark(
        "本轮只有%(dossiers)s份材料、%(experts)s名专家，评分校准模型的估计不够可靠。此为参考，不作为排序依据。"
    ),
    "model_expert_not_separable": mark("每名专家只评了一份材料，不能估计专家宽严程度，评分未作校准。"),
    "model_expert_zero": mark("未见专家之间宽严程度的差别。"),
    "model_dossier_zero": mark("从评分中看不出材料之间的质量差别，校准得分不能用于比较先后。"),
    # statistics on the command line
    "criterion_not_fitted": mark("指标“%(key)s”未能拟合，不列该项结果：%(reason)s"),
    "variance_components_missing": mark("未能估计方差分量，不列概化系数：%(reason)s"),
    "calibration_missing": mark(
        "未能拟合评分校准模型，不列校准得分、名次范围、方差分量和概化系数：%(reason)s"
    ),
    "stability_missing": mark("未作名单稳定性分析：%(reason)s"),
    "quota_missing": mark("没有给出拟遴选数量，不列入选可能性和名单稳定性；需要时请用--quota给出。"),
    "maxima_missing": mark("没有给出各项指标的满分，不分析指标和权重对名单的影响；需要时请用--maxima给出。"),
    "link_not_judged": mark("未能估计方差分量，未判断各部分之间的联系是否足够：%(reason)s"),
    "agreement_no_ratio": mark("有评分为负数，不计算比率度量的克里彭多夫α系数。"),
    # what deserves a look
    "anomaly_prompts": mark(
        "以下情况提请关注，供核对时参考，不是对任何人的结论，也不作为排序依据；每类提示中预计至多%(percent)s%%属于偶然。"
    ),
    "anomaly_review": mark(
        "专家%(expert)s给%(dossier)s评%(points)s分，按其他评分推算约%(expected)s分，相差%(difference)s分，"
        "提请关注评分理由。"
    ),
    "anomaly_generous": mark(
        "专家%(expert)s的%(reviews)s份评分总体偏宽约%(points)s分，超出专家之间的一般差别，提请关注。"
    ),
    "anomaly_strict": mark(
        "专家%(expert)s的%(reviews)s份评分总体偏严约%(points)s分，超出专家之间的一般差别，提请关注。"
    ),
    "anomaly_noisy": mark(
        "专家%(expert)s的%(reviews)s份评分与推算值的出入较大，约为一般水平的%(times)s倍，提请关注。"
    ),
    "anomaly_close": mark(
        "专家%(expert)s的%(reviews)s份评分与推算值的出入较小，约为一般水平的%(times)s倍，提请关注。"
    ),
    "anomaly_crowded": mark(
        "专家%(expert)s的%(reviews)s份评分较为集中，高低差别约%(spread)s分，按所评材料推算约%(usual)s分，提请关注。"
    ),
    "anomaly_halo": mark(
        "专家%(expert)s的%(reviews)s份评分中各项指标高低较为一致（相关程度%(figure)s，其他专家约%(usual)s），"
        "提请关注是否逐项评分。"
    ),
    "anomaly_round_numbers": mark(
        "专家%(expert)s的%(reviews)s份评分中总分为5的整倍数的占%(percent)s%%（其他专家约%(usual)s%%），提请关注。"
    ),
    "anomaly_ties": mark(
        "专家%(expert)s的%(reviews)s份评分中总分相同的材料有%(pairs)s对（一般约%(usual)s对），提请关注。"
    ),
    "anomaly_agreement": mark(
        "专家%(expert)s与专家%(other)s对共同评审的%(common)s份材料，评分偏高偏低的方向较为一致（相关程度%(figure)s），"
        "提请关注。"
    ),
    "anomaly_own_higher": mark(
        "专家%(expert)s对归属相同的%(reviews)s份材料，评分与推算值之差比对其他材料平均高%(points)s分，提请关注回避情况。"
    ),
    "anomaly_own_lower": mark(
        "专家%(expert)s对归属相同的%(reviews)s份材料，评分与推算值之差比对其他材料平均低%(points)s分，提请关注。"
    ),
    "affiliation_higher": mark(
        "专家对归属相同的材料的%(reviews)s份评分，与推算值之差比对其他材料平均高%(points)s分，提请关注回避情况。"
    ),
    "affiliation_lower": mark(
        "专家对归属相同的材料的%(reviews)s份评分，与推算值之差比对其他材料平均低%(points)s分，提请关注。"
    ),
    "anomaly_few_dossiers": mark("本轮有评分的材料不足%(minimum)s份，未作评分情况检查。"),
    "anomaly_few_experts": mark("评分满%(reviews)s份的专家不足%(minimum)s名，未作专家之间评分习惯的比较。"),
    "anomaly_few_reviews": mark("有%(experts)s名专家的评分不足%(minimum)s份，未检查其评分习惯。"),
    "anomaly_one_criterion": mark("评分只有一项一级指标，未检查各项指标高低是否过于一致。"),
    "anomaly_few_common": mark("没有两名专家共同评审满%(minimum)s份材料，未检查专家之间的评分关联。"),
    "anomaly_pairs_too_many": mark("本轮评审规模过大，未逐对检查专家之间的评分关联。"),
    "anomaly_few_own": mark("归属相同或不同的评分不足%(minimum)s份，未检查归属对评分的影响。"),
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
