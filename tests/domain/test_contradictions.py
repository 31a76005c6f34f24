"""A comment against its points: which listed words count, and when they contradict."""

from __future__ import annotations

import pytest

from review_portal.domain.contradictions import contradicting, heard
from tests import form_documents

WORDS = form_documents.green_call().triggers


@pytest.mark.parametrize(
    ("comment", "praise", "faults"),
    [
        ("数据完整，证明材料齐全。", ("完整", "齐全"), ()),
        ("数据不完整。", (), ("不完整",)),
        ("目标不够清晰。", (), ("不够",)),
        ("没有明显不足，支撑有力。", ("有力",), ()),
        ("未发现不足。", (), ()),
        ("没有数据，说明不足。", (), ("不足",)),  # the negation is another clause's
        ("没有附上任何能够说明效果的完整数据。", ("完整",), ()),  # too far before it
        ("建议明确首年任务。", (), ()),
        ("数据充分、充分。", ("充分",), ()),
        ("按要求评分。", (), ()),
        ("", (), ()),
    ],
)
def test_listed_words_count_unless_negated(
    comment: str, praise: tuple[str, ...], faults: tuple[str, ...]
) -> None:
    said = heard(comment, WORDS)
    assert (said.praise, said.faults) == (praise, faults)


def test_low_level_contradicts_praise_alone_and_full_marks_contradict_faults() -> None:
    praising, mixed, blaming = "内容完整，依据充分。", "内容完整，但依据不足。", "依据不足，缺少数据。"
    low = [contradicting(text, WORDS, low=True, full=False) for text in (praising, mixed, blaming)]
    full = [contradicting(text, WORDS, low=False, full=True) for text in (praising, mixed, blaming)]
    other = [contradicting(text, WORDS, low=False, full=False) for text in (praising, mixed, blaming)]
    assert low == [("完整", "充分"), (), ()]
    assert full == [(), ("不足",), ("不足", "缺少")]
    assert other == [(), (), ()]
