"""The drawn order: the fewest departures, every such order equally likely, the same from the same inputs."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain import defense_order as drawing
from review_portal.domain.defense_order import Turn

SECRET = "5b" * 32
EXPERTS = ("R1", "R2", "R3")
LEAVERS = st.frozensets(st.sampled_from(EXPERTS))


def turns(leaving: list[frozenset[str]]) -> list[Turn]:
    return [Turn(f"S{at:02d}", gone) for at, gone in enumerate(leaving, start=1)]


def fixed(leaving: list[frozenset[str]], rule: drawing.Rule = "fewest_departures") -> dict[str, Any]:
    return drawing.frozen("round-example", rule, turns(leaving))


def runs(leaving: list[frozenset[str]]) -> int:
    """Departures as the office counts them: for each expert, the stretches out of the room."""
    out = ["".join("x" if name in gone else " " for gone in leaving) for name in EXPERTS]
    return sum(len(line.split()) for line in out)


def best_orders(leaving: list[frozenset[str]]) -> tuple[int, set[tuple[str, ...]]]:
    """The minimum and all orders that reach it, by trying every one."""
    counted = [(runs([turn.leaving for turn in order]), order) for order in permutations(turns(leaving))]
    least = min(count for count, _order in counted)
    return least, {tuple(turn.number for turn in order) for count, order in counted if count == least}


@given(st.lists(LEAVERS, max_size=6))
def test_departures_are_the_stretches_in_which_somebody_is_out(leaving: list[frozenset[str]]) -> None:
    assert drawing.departures(leaving) == runs(leaving)


@given(st.lists(LEAVERS, min_size=1, max_size=6), st.integers(0, 10**6))
def test_drawn_order_is_one_of_those_with_the_fewest_departures(
    leaving: list[frozenset[str]], number: int
) -> None:
    least, best = best_orders(leaving)
    drawn = drawing.draw(fixed(leaving), SECRET, str(number))
    assert (drawn.departures, drawn.order in best) == (least, True)
    assert (drawn.way, drawn.orders) == ("exact", len(best))


@pytest.mark.parametrize("rule", ["fewest_departures", "random"])
def test_every_order_that_may_come_out_comes_out_as_often(rule: drawing.Rule) -> None:
    leaving = [frozenset({"R1"}), frozenset({"R1", "R2"}), frozenset({"R2"}), frozenset[str]()]
    possible = best_orders(leaving)[1] if rule == "fewest_departures" else set(permutations("1234"))
    draws = 400 * len(possible)
    found = Counter(drawing.draw(fixed(leaving, rule), SECRET, str(number)).order for number in range(draws))
    assert len(found) == len(possible)
    # the numbers are fixed, so this holds or fails for good: chi-square below its 99.99 % point
    chi_square = sum((count - 400) ** 2 / 400 for count in found.values())
    assert chi_square < {"fewest_departures": 21.1, "random": 58.6}[rule]


@given(st.lists(LEAVERS, max_size=8), st.text("0123456789", min_size=1, max_size=12))
def test_draw_is_repeated_exactly_from_its_inputs(leaving: list[frozenset[str]], number: str) -> None:
    again = json.loads(json.dumps(fixed(leaving)))
    assert drawing.draw(again, SECRET, number) == drawing.draw(fixed(leaving), SECRET, number)


def test_order_does_not_depend_on_the_order_in_which_turns_were_listed() -> None:
    listed = turns([frozenset({"R1"}), frozenset(), frozenset({"R2"})])
    one = drawing.frozen("r", "random", listed)
    assert one == drawing.frozen("r", "random", listed[::-1])


def test_published_example_gives_the_published_order() -> None:
    example = fixed([frozenset({"R1"}), frozenset(), frozenset({"R2"}), frozenset({"R1"}), frozenset()])
    assert drawing.commitment(example, SECRET) == (
        "2802f2678eccc0c4b8c8b9650a67f21468970ea786cc710af13552f274376a63"
    )
    drawn = drawing.draw(example, SECRET, "0317")
    assert (drawn.order, drawn.departures, drawn.orders) == (
        ("S05", "S04", "S01", "S03", "S02"),
        2,
        48,
    )


@given(st.lists(LEAVERS, min_size=1, max_size=7))
def test_near_way_keeps_everybody_once_and_turns_with_the_same_leavers_together(
    leaving: list[frozenset[str]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "MOST_STEPS", 0)
        drawn = drawing.draw(fixed(leaving), SECRET, "7")
    by_number = {turn.number: turn.leaving for turn in turns(leaving)}
    in_order = [by_number[number] for number in drawn.order]
    changes = sum(one != other for one, other in pairwise(in_order))
    assert (sorted(drawn.order), changes + 1) == (sorted(by_number), len(set(leaving)))
    assert (drawn.way, drawn.orders, drawn.departures) == ("approximate", None, runs(in_order))


def test_more_than_the_table_holds_is_drawn_near_the_minimum() -> None:
    many = [frozenset({f"R{at}"}) for at in range(14)]
    assert drawing.steps(turns(many)) > drawing.MOST_STEPS
    drawn = drawing.draw(fixed(many), SECRET, "7")
    assert (drawn.way, drawn.departures) == ("approximate", 14)


def record(**changes: Any) -> dict[str, Any]:
    inputs = fixed([frozenset({"R1"}), frozenset(), frozenset({"R1"})])
    drawn = drawing.draw(inputs, SECRET, "42")
    made = {
        "frozen": inputs,
        "secret": SECRET,
        "number": "42",
        "commitment": drawing.commitment(inputs, SECRET),
        "seed": drawing.seed(inputs, SECRET, "42"),
        "order": list(drawn.order),
        "departures": drawn.departures,
        "way": drawn.way,
    }
    return {**made, **changes}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"order": ["S01", "S02", "S03"]}, ["order"]),
        ({"departures": 5}, ["departures"]),
        ({"commitment": "0" * 64}, ["commitment"]),
    ],
)
def test_record_is_checked_by_computing_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], wrong: list[str]
) -> None:
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record(**changes)), encoding="utf-8")
    assert drawing.faults(record(**changes)) == wrong
    assert drawing.main([str(file)]) == bool(wrong)
    assert capsys.readouterr().out.startswith("不一致：" if wrong else "一致：")


def test_record_with_another_number_holds_no_longer() -> None:
    assert "seed" in drawing.faults(record(number="43"))
