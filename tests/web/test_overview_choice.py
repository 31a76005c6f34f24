"""Which dossiers a page of the overview shows: sorted, filtered and cut by what stands in the address."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask

from review_portal.domain.messages import mark
from review_portal.services.case_rows import CaseRow
from review_portal.services.overviews import Flag, Overview, OverviewRow
from review_portal.web import overview_choice
from review_portal.web.overview_choice import PAGE, Choice, part_of

FLAG = Flag("range", "", mark("极差"), False)


def row(number: int, spread: int | None, flags: int = 0) -> OverviewRow:
    totals = {} if spread is None else {"E01": Decimal(70), f"E{2 + number % 2:02d}": Decimal(70 + spread)}
    found = None if spread is None else Decimal(spread)
    return OverviewRow(
        f"id{number}", f"N{number:03d}", f"单位{number}", totals, {}, found, found, (FLAG,) * flags
    )


def overview(*rows: OverviewRow) -> Overview:
    return Overview(("E01", "E02", "E03"), rows, (), (), ())


def numbers(data: Overview, choice: Choice, cases: tuple[CaseRow, ...] = ()) -> list[int]:
    return [int(found.number[1:]) for found in part_of(data, cases, choice).rows]


def waiting(number: str, answer: str | None) -> CaseRow:
    at = datetime(2023, 3, 6, tzinfo=UTC)
    total = Decimal(70)
    state = "open" if answer is None else "answered"
    return CaseRow("c", number, "", "E01", "own", (), "", at, total, None, answer, "", None, state, at, "id")


DATA = overview(row(1, 8, 1), row(2, None), row(3, 30, 2), row(4, 2), row(5, 8))


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), [1, 2, 3, 4, 5]),
        (Choice("-number"), [5, 4, 3, 2, 1]),
        (Choice("spread"), [4, 1, 5, 3, 2]),
        (Choice("-spread"), [3, 1, 5, 4, 2]),  # what has no spread is last either way
        (Choice("-flags"), [3, 1, 2, 4, 5]),
        (Choice(only="flagged"), [1, 3]),
        (Choice(only="open"), [4]),
        (Choice(query="单位3"), [3]),
        (Choice(query="n00 单位"), [1, 2, 3, 4, 5]),
        (Choice(query="没有"), []),
        (Choice(expert="E02"), [4]),
        (Choice(expert="E09"), []),
    ],
)
def test_choice_decides_which_dossiers_stand_where(choice: Choice, expected: list[int]) -> None:
    assert numbers(DATA, choice, (waiting("N004", None), waiting("N005", "keep"))) == expected


def test_pages_are_cut_after_filtering_and_a_page_too_far_is_the_last() -> None:
    many = overview(*(row(number, number % 7, number % 2) for number in range(1, 231)))
    whole = part_of(many, (), Choice(page=2))
    assert (len(whole.rows), whole.found, whole.first, whole.last_page) == (PAGE, 230, 51, 5)
    flagged = part_of(many, (), Choice(only="flagged", page=99))
    assert (len(flagged.rows), flagged.found, flagged.page, flagged.first) == (15, 115, 3, 101)


@pytest.mark.parametrize(
    ("address", "choice"),
    [
        ("?sort=-spread&only=flagged&q=单位 3&page=2", Choice("-spread", "flagged", "单位 3", page=2)),
        ("?sort=mean&only=first&page=-1", Choice()),  # no order by points is to be had
        ("?sort=--flags&page=0", Choice(page=1)),
        ("?page=99999999999999", Choice()),
    ],
)
def test_address_is_read_and_what_it_cannot_mean_is_left_out(
    app: Flask, address: str, choice: Choice
) -> None:
    with app.test_request_context(f"/chair/r/overview{address}"):
        found = overview_choice.asked_for()
        assert found == choice
