"""Dice read aloud: how many throws, and exactly what was thrown."""

from __future__ import annotations

import math

import pytest

from review_portal.domain.draw import Dice, Published, bits_of, in_words, read_value, rolls_needed
from review_portal.domain.draw.public_value import source_fault
from review_portal.domain.errors import Invalid


@pytest.mark.parametrize(
    ("sides", "bits", "rolls"),
    [(6, 64, 25), (10, 64, 20), (6, 32, 13), (10, 32, 10), (6, 128, 50), (6, 1, 1)],
)
def test_throws_needed_for_an_entropy(sides: int, bits: int, rolls: int) -> None:
    assert rolls_needed(sides, bits) == rolls
    assert (rolls - 1) * math.log2(sides) < bits <= rolls * math.log2(sides)


def test_usual_dice_have_sixty_four_bits() -> None:
    assert (bits_of(Dice()), bits_of(Dice(20, 10)), bits_of(Dice(13))) == (64, 66, 33)


def test_no_entropy_is_no_question() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        rolls_needed(6, 0)


def test_source_is_told_in_plain_words() -> None:
    assert str(in_words(Dice())) == ("当场掷6面骰子25次，逐次读出并记录（约有2的64次方种可能，事先无法算好）")
    assert str(in_words(Published("示例公报第3期首个数"))) == "以公布的数为准：示例公报第3期首个数"


@pytest.mark.parametrize("source", [Dice(12), Dice(9, 10), Dice(0), Published("")])
def test_source_that_can_be_worked_out_before_is_a_fault(source: Dice | Published) -> None:
    assert source_fault(source) is not None


@pytest.mark.parametrize("source", [Dice(13), Dice(10, 10), Published("某公报")])
def test_usable_source_has_no_fault(source: Dice | Published) -> None:
    assert source_fault(source) is None


@pytest.mark.parametrize(
    "typed",
    ["1234561234561", "1 2 3 4 5 6 1 2 3 4 5 6 1", "12345,6 1234、５６1", "1-2-3-4-5-6-1-2-3-4-5-6-1\n"],
)
def test_throws_are_written_in_one_form_however_they_are_typed(typed: str) -> None:
    assert read_value(Dice(13), typed) == "1 2 3 4 5 6 1 2 3 4 5 6 1"


@pytest.mark.parametrize(
    ("dice", "typed", "sentence"),
    [
        (Dice(13), "1234567234561", "第7个“7”不是6面骰子的点数（1至6），请核对记录。"),
        (Dice(10, 10), "012345678x", "第10个“x”不是10面骰子的点数（0至9），请核对记录。"),
        (Dice(13), "12345612345", "规则规定骰子正好掷13次，现记录了11次，请核对；不能多掷，也不能少掷。"),
        (Dice(13), "12345612345612", "规则规定骰子正好掷13次，现记录了14次，请核对；不能多掷，也不能少掷。"),
    ],
)
def test_other_throws_than_published_are_refused(dice: Dice, typed: str, sentence: str) -> None:
    with pytest.raises(Invalid) as told:
        read_value(dice, typed)
    assert str(told.value.message) == sentence


def test_published_text_keeps_its_words_with_single_spaces() -> None:
    assert read_value(Published("某公报"), "  03 11\n27 ") == "03 11 27"
    with pytest.raises(Invalid, match="请填写公布的数"):
        read_value(Published("某公报"), " \n")
