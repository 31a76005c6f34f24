"""The notice's sentences may be the call's own: places are checked where they are written."""

from __future__ import annotations

import pytest

from scoring_rubrics import Call, RubricFault, parse_call
from scoring_rubrics.notice_template import NEEDED, PLACES, NoticeTemplate
from tests.form_documents import green_call


def with_template(lines: str) -> Call:
    green = green_call()
    text = green.files["call.toml"].decode()
    head, mark, rest = text.partition("[reminders]")
    content = f"{head}[publicity.template]\n{lines}\n\n{mark}{rest}"
    return parse_call({**green.files, "call.toml": content.encode()}, green.slug)


def test_call_s_own_sentence_replaces_the_usual_one() -> None:
    found = with_template('period = "公示期{days}个工作日，自{period}。"').publicity.template
    assert found.period == "公示期{days}个工作日，自{period}。"
    assert found.opening == NoticeTemplate().opening
    assert found.said("period", {"days": "5", "period": "3月15日"}) == "公示期5个工作日，自3月15日。"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('period = "公示期{days}个工作日。"', "缺少位置：{period}"),
        ('period = "公示{period}{days}{units}。"', "可用的位置只有"),
        ('period = "公示{period}{days!r}。"', "可用的位置只有"),
        ('period = "公示{period}{days。"', "花括号不成对"),
        ('clause = "一句话"', "clause"),
    ],
)
def test_fault_in_a_sentence_is_named_with_its_line(line: str, reason: str) -> None:
    with pytest.raises(RubricFault, match=reason) as problem:
        with_template(line)
    assert problem.value.line is not None


def test_usual_sentences_keep_to_their_places() -> None:
    usual = NoticeTemplate()
    for part, places in PLACES.items():
        assert NEEDED.get(part, frozenset()) <= places
        assert usual.said(part, {place: f"<{place}>" for place in places})
