"""What the statistics are called on a page: one wording for the terminal and the workbook."""

from __future__ import annotations

from collections.abc import Mapping

from review_portal.aggregator.connectivity import Connectivity
from review_portal.exports.plain_text import MISSING

AGREEMENT: Mapping[str, str] = {
    "ICC(1,1)": "组内相关ICC(1,1)",
    "ICC(2,1)": "组内相关ICC(2,1)",
    "ICC(3,1)": "组内相关ICC(3,1)",
    "ICC(1,k)": "组内相关ICC(1,k)",
    "ICC(2,k)": "组内相关ICC(2,k)",
    "ICC(3,k)": "组内相关ICC(3,k)",
    "phi_1": "概化系数（绝对），单名专家",
    "phi_k": "概化系数（绝对），平均分",
    "e_rho2_1": "概化系数（相对），单名专家",
    "e_rho2_k": "概化系数（相对），平均分",
    "experts_needed": "概化系数（绝对）达0.8所需专家数",
    "krippendorff_alpha_nominal": "克里彭多夫α，名义度量",
    "krippendorff_alpha_ordinal": "克里彭多夫α，顺序度量",
    "krippendorff_alpha_interval": "克里彭多夫α，区间度量",
    "krippendorff_alpha_ratio": "克里彭多夫α，比率度量",
    "kendall_W_tie_corrected": "肯德尔和谐系数W，同分已校正",
    "kendall_W_uncorrected": "肯德尔和谐系数W，同分未校正",
    "mean_pearson": "两名专家平均相关，皮尔逊",
    "mean_spearman": "两名专家平均相关，斯皮尔曼",
    "cronbach_alpha": "各指标之间的克龙巴赫α",
}
_MEANINGS = {
    "ICC(1,1)": "每份材料另有专家，单名专家的评分；1为完全一致",
    "ICC(2,1)": "专家为抽样，单名专家的评分；1为完全一致",
    "ICC(3,1)": "仅限这些专家，单名专家的评分；1为完全一致",
    "ICC(1,k)": "每份材料另有专家，平均分；1为完全一致",
    "ICC(2,k)": "专家为抽样，平均分；1为完全一致",
    "ICC(3,k)": "仅限这些专家，平均分；1为完全一致",
    "phi": "换一批专家时评分的可靠程度；评审不完整也适用",
    "e_rho2": "只看先后时评分的可靠程度；评审不完整也适用",
    "experts": "按现有评分估算",
    "krippendorff": "1为完全一致，0为偶然一致的水平；评审不完整也适用",
    "kendall": "专家排出的先后是否一致，1为完全一致",
    "mean": "每两名专家共同评审的材料上评分的相关",
    "cronbach": "各指标是否同高同低；接近1时各指标几乎说的是同一件事",
}


def meaning(key: str) -> str:
    """What a coefficient says, in plain words."""
    return next(said for start, said in _MEANINGS.items() if key.startswith(start))


def value_text(figures: Mapping[str, float], key: str) -> str:
    """A coefficient with three decimals, a number of experts without."""
    if key not in figures:
        return MISSING
    return f"{figures[key]:.0f}" if key == "experts_needed" else f"{figures[key]:.3f}"


def limits_text(figures: Mapping[str, float], key: str) -> str:
    """The 95 % limits of a coefficient that has them."""
    low, high = (figures.get(f"{key}_ci95_{end}") for end in ("lo", "hi"))
    return MISSING if low is None or high is None else f"{low:.3f} – {high:.3f}"


def connection(found: Connectivity) -> list[str]:
    """Whether the round hangs together, how well dossiers compare and where the link is weakest."""
    if not found.components.connected:
        return [f"评审分为{found.components.count}个互不连通的部分，跨部分的名次不能由评分检验。"]
    lines = ["全部评审相互连通。"]
    precision = found.precision
    if precision is not None and precision.efficiency is not None:
        bound = "" if precision.bound is None else f"（同等规模约可达{precision.bound:.3f}）"
        lines.append(f"材料之间比较的效率：{precision.efficiency:.3f}{bound}。")
    if precision is not None and precision.weakest is not None:
        weakest, error = precision.weakest, found.panel_error
        said = "未能算出" if error is None else f"为单份评分偶然波动的{error:.2f}倍"
        lines.append(
            f"联系最弱之处：{weakest.sizes[0]}份材料与其余{weakest.sizes[1]}份之间有{weakest.reviews}份交叉评审，"
            f"两部分平均得分之差的误差{said}。"
        )
    return lines


def crossing_title(found: Connectivity) -> str:
    """What the list of proposed reviews is."""
    join = found.crossing
    if not join.minimum:
        return "不需要补派交叉评审"
    return f"建议补派的交叉评审：至少前{join.minimum}份，宜为{join.recommended}份；分派前请核对回避情形"
