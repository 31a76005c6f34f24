"""What the analysis is called on a page: coefficients, their meaning, the sides of a difference, a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from review_portal.domain.messages import Message, mark

Cell = str | Message | None
Body = Mapping[str, Any]
NUM, WORD = "num", ""

SIDES: Final[Mapping[str, Message]] = {
    "dossier": mark("材料质量"),
    "expert": mark("专家宽严程度"),
    "residual": mark("偶然波动"),
}
AGREEMENT: Final[Mapping[str, Message]] = {
    "ICC(1,1)": mark("组内相关ICC(1,1)"),
    "ICC(2,1)": mark("组内相关ICC(2,1)"),
    "ICC(3,1)": mark("组内相关ICC(3,1)"),
    "ICC(1,k)": mark("组内相关ICC(1,k)"),
    "ICC(2,k)": mark("组内相关ICC(2,k)"),
    "ICC(3,k)": mark("组内相关ICC(3,k)"),
    "phi_1": mark("概化系数（绝对），单名专家"),
    "phi_k": mark("概化系数（绝对），平均分"),
    "e_rho2_1": mark("概化系数（相对），单名专家"),
    "e_rho2_k": mark("概化系数（相对），平均分"),
    "experts_needed": mark("概化系数（绝对）达0.8所需专家数"),
    "krippendorff_alpha_interval": mark("克里彭多夫α，区间度量"),
    "krippendorff_alpha_ordinal": mark("克里彭多夫α，顺序度量"),
    "krippendorff_alpha_ratio": mark("克里彭多夫α，比率度量"),
    "krippendorff_alpha_nominal": mark("克里彭多夫α，名义度量"),
    "kendall_W_tie_corrected": mark("肯德尔和谐系数W，同分已校正"),
    "kendall_W_uncorrected": mark("肯德尔和谐系数W，同分未校正"),
    "mean_pearson": mark("两名专家平均相关，皮尔逊"),
    "mean_spearman": mark("两名专家平均相关，斯皮尔曼"),
    "cronbach_alpha": mark("各指标之间的克龙巴赫α"),
}
_MEANINGS: Final[tuple[tuple[str, Message], ...]] = (
    ("ICC(1,1)", mark("每份材料另有专家，单名专家的评分；1为完全一致")),
    ("ICC(2,1)", mark("专家为抽样，单名专家的评分；1为完全一致")),
    ("ICC(3,1)", mark("仅限这些专家，单名专家的评分；1为完全一致")),
    ("ICC(1,k)", mark("每份材料另有专家，平均分；1为完全一致")),
    ("ICC(2,k)", mark("专家为抽样，平均分；1为完全一致")),
    ("ICC(3,k)", mark("仅限这些专家，平均分；1为完全一致")),
    ("phi", mark("换一批专家时评分的可靠程度；评审不完整也适用")),
    ("e_rho2", mark("只看先后时评分的可靠程度；评审不完整也适用")),
    ("experts", mark("按现有评分估算")),
    ("krippendorff", mark("1为完全一致，0为偶然一致的水平；评审不完整也适用")),
    ("kendall", mark("专家排出的先后是否一致，1为完全一致")),
    ("mean", mark("每两名专家共同评审的材料上评分的相关")),
    ("cronbach", mark("各指标是否同高同低；接近1时各指标几乎说的是同一件事")),
)
CASES: Final[Mapping[str, Message]] = {
    "experts": mark("不计专家"),
    "criteria": mark("不计指标"),
    "raised": mark("权重增加"),
    "lowered": mark("权重减少"),
    "others": mark("改用算法"),
}
CHANGED, SAME, IMPOSSIBLE = mark("有变化"), mark("不变"), mark("不能计算")


@dataclass(frozen=True, slots=True)
class Table:
    """`heads`: with the kind of their column (num or words). `by_rank`: the rows follow the ranks."""

    key: str
    title: Message
    note: Message
    heads: tuple[tuple[Message, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    by_rank: bool = False


def meaning(key: str) -> Message:
    """What a coefficient says, in plain words."""
    return next(said for start, said in _MEANINGS if key.startswith(start))
