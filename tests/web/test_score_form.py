"""Points read from a sent form: what a person writes as a number, and nothing that only a program would."""

from __future__ import annotations

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from review_portal.web import score_form
from tests import form_documents

CALL = form_documents.green_call()
RUBRIC = CALL.rubric_of("written_review")


def read(text: str) -> score_form.Typed:
    return score_form.read(MultiDict({"points.C1.1": text}), RUBRIC, CALL.comments)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("7.5", "7.5"),
        ("７．５", "7.5"),
        ("７。５", "7.5"),
        (".5", "0.5"),
        ("7.", "7"),
        ("+7", "7"),
        ("-1", "-1"),
        ("007", "7"),
    ],
)
def test_number_as_people_write_it_is_read(text: str, points: str) -> None:
    assert read(text).sheet.points == {"C1.1": Decimal(points)}


@pytest.mark.parametrize("text", ["1_0", "1e1", "1E-9999999", "NaN", "Infinity", "٣", "7,5", "1 0", "."])
def test_what_only_a_program_would_read_is_no_number(text: str) -> None:
    typed = read(text)
    assert (typed.sheet.points, str(typed.faults["points.C1.1"])) == (
        {},
        "“服务覆盖面与服务量”的得分须填数字，请改正。",
    )
    assert typed.content["points"]["C1.1"] == text
