"""What an expert promises before the first sheet of a round: the same on the page and on the signed paper."""

from __future__ import annotations

from typing import Final

from review_portal.domain.messages import Message, mark

PLEDGE: Final[tuple[Message, ...]] = (
    mark("独立评审。依据申报材料和评分标准独立评分，对本人评分负责，不与他人商议分数。"),
    mark("如实声明。逐一核对申报单位、联合体成员和推荐单位，有利害关系的主动回避。"),
    mark("严守保密。不向任何人透露申报材料、评分和评审情况，不复制、不留存材料。"),
    mark("廉洁自律。不接受申报单位及其关联方的馈赠、宴请和其他利益，不私下接触申报单位。"),
)
