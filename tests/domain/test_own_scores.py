"""Own scores looked at together, by hand-computed figures."""

from __future__ import annotations

from decimal import Decimal

from review_portal.domain import own_scores
from review_portal.domain.own_scores import LevelUse, Spread
from scoring_rubrics import Criterion, Item, Level, Rubric

D = Decimal
GOOD, POOR = Level("优", D(6), D(10), "", "优秀"), Level("差", D(0), D("5.5"), "", "较差")


def item(key: str) -> Item:
    return Item(key, key, D(10), "", (), (GOOD, POOR))


RUBRIC = Rubric(
    "small",
    "小表",
    "小表",
    D(30),
    D("0.5"),
    "stated",
    (
        Criterion("A", "甲项", D(20), "", (item("A.1"), item("A.2"))),
        Criterion("B", "乙项", D(10), "", (item("B.1"),)),
    ),
)


def sheet(*points: str) -> dict[str, Decimal]:
    return dict(zip(("A.1", "A.2", "B.1"), map(D, points), strict=True))


SHEETS = {
    "S01": sheet("8", "7.5", "6"),  # 21.5
    "S02": sheet("5", "8", "8.5"),  # 21.5
    "S03": sheet("10", "9", "10"),  # 29
    "S04": sheet("6", "6", "4"),  # 16
}


def test_totals_stand_from_highest_to_lowest_and_equal_ones_by_number() -> None:
    found = own_scores.look(RUBRIC, SHEETS)
    assert found.totals == (("S03", D(29)), ("S01", D("21.5")), ("S02", D("21.5")), ("S04", D(16)))
    assert found.ties == ((D("21.5"), ("S01", "S02")),)


def test_spread_of_an_even_number_has_the_mean_of_the_two_in_the_middle() -> None:
    assert own_scores.spread([D("7.5"), D(1), D(8), D("0.1")]) == Spread(D("0.1"), D(8), D("4.25"))
    assert own_scores.spread([D(3), D(1), D(2)]).median == D(2)
    assert own_scores.spread([D("81.5")]) == Spread(D("81.5"), D("81.5"), D("81.5"))
    assert own_scores.spread([D("0.1"), D("0.3")]).width == D("0.2")  # no binary fraction anywhere


def test_criteria_have_their_own_spread_and_levels() -> None:
    whole = own_scores.look(RUBRIC, SHEETS)
    first, second = whole.criteria
    assert (first.key, first.maximum, first.spread) == ("A", D(20), Spread(D(12), D(19), D("14.25")))
    assert first.levels == (LevelUse("优秀", 7, 8), LevelUse("较差", 1, 8))
    assert second.spread == Spread(D(4), D(10), D("7.25"))
    assert whole.whole.levels == (LevelUse("优秀", 10, 12), LevelUse("较差", 2, 12))


def test_share_of_a_level_is_rounded_half_up_to_one_place() -> None:
    assert [LevelUse("", count, 16).share for count in (0, 1, 16)] == [D(0), D("6.3"), D(100)]


def test_points_between_whole_numbers_are_counted_where_the_rubric_has_them() -> None:
    found = own_scores.look(RUBRIC, SHEETS)
    assert (found.between, found.points) == (2, 12)


def test_level_nobody_gave_is_listed_with_none() -> None:
    found = own_scores.look(RUBRIC, {"S03": SHEETS["S03"]})
    assert found.whole.levels == (LevelUse("优秀", 3, 3), LevelUse("较差", 0, 3))
    assert found.ties == ()
