"""Who is drawn: uniform, in order, one per employer, overlapping strata once; and who follows whom."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from review_portal.domain import draw
from review_portal.domain.draw import Candidate, Frozen, Record, Rules, Skip, Stratum
from review_portal.domain.draw.selection import select
from review_portal.domain.errors import Invalid
from tests.domain.draw.draws import (
    EVENT,
    LOTTERY,
    POOL,
    ROLLS,
    RULES,
    at,
    drawn,
    frozen_draws,
    locked,
    opened,
    records,
)

SEEDS = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2000)]
CHI_SQUARE_19 = 50.8  # exceeded by one in 10,000 uniform draws


def simple(pool: list[Candidate], *quotas: int, capped: bool = True, standby: int = 1) -> Frozen:
    """A locked draw of strata s0, s1, … with these quotas."""
    strata = tuple(Stratum(f"s{place}", f"组{place}", quota, standby) for place, quota in enumerate(quotas))
    return draw.freeze(EVENT, pool, Rules(strata, LOTTERY, one_per_employer=capped))


def people(count: int, *strata: str, employer: str | None = None) -> list[Candidate]:
    return [Candidate(f"{strata[0]}-{number:02}", strata, employer) for number in range(count)]


def chi_square(counts: Counter[str], draws: int, persons: int, chosen: int) -> float:
    """Sum of (n - E)^2 / E over persons, times (N - 1) / (N - k): chi-square with N - 1 degrees of freedom
    although k different persons are drawn at a time.
    """
    expected = draws * chosen / persons
    return (
        sum((count - expected) ** 2 for count in counts.values())
        / expected
        * (persons - 1)
        / (persons - chosen)
    )


def test_each_of_twenty_is_drawn_and_placed_equally_often() -> None:
    """Among the five selected, at the head of the order, in its middle and at its end."""
    frozen = simple(people(20, "s0"), 5)
    results = [select(frozen, seed).strata[0] for seed in SEEDS]
    selected = Counter(person for part in results for person in part.selected)
    assert chi_square(selected, len(SEEDS), 20, 5) < CHI_SQUARE_19
    for place in (0, 9, 19):
        placed = Counter(part.order[place].id for part in results)
        assert chi_square(placed, len(SEEDS), 20, 1) < CHI_SQUARE_19


def test_colleagues_are_drawn_as_often_as_colleagues_elsewhere() -> None:
    """Ten employers of two: by symmetry everyone is drawn in a quarter of the draws of five."""
    pool = [Candidate(f"E{number:02}", ("s0",), f"单位{number // 2}") for number in range(20)]
    frozen = simple(pool, 5)
    counts = Counter(person for seed in SEEDS for person in select(frozen, seed).strata[0].selected)
    assert max(abs(count - 500) for count in counts.values()) < 4.5 * (2000 * 0.25 * 0.75) ** 0.5


def test_order_of_a_person_in_one_stratum_says_nothing_about_another() -> None:
    frozen = simple(people(2, "s0", "s1"), 1, 1)
    together = Counter(tuple(part.order[0].id for part in select(frozen, seed).strata) for seed in SEEDS)
    assert len(together) == 4
    assert max(abs(count - 500) for count in together.values()) < 4.5 * (2000 * 0.25 * 0.75) ** 0.5


@settings(max_examples=30, deadline=None)
@given(frozen_draws())
def test_result_keeps_every_rule(frozen: Frozen) -> None:
    outcome = select(frozen, SEEDS[0])
    employers = {person.id: person.employer for person in frozen.pool}
    out = {entry.id for entry in frozen.exclusions}
    held = [person for part in outcome.strata for person in part.selected]
    assert len(set(held)) == len(held)
    assert not out & {person.id for part in outcome.strata for person in part.order}
    known = [employers[person] for person in held if employers[person] is not None]
    assert len(set(known)) == len(known) or not frozen.rules.one_per_employer
    for part, stratum in zip(outcome.strata, frozen.rules.strata, strict=True):
        members = {person.id for person in frozen.drawable if stratum.key in person.strata}
        ranks = [(person.rank, person.id) for person in part.order]
        assert {person.id for person in part.order} == members
        assert ranks == sorted(ranks)
        assert [person.id for person in part.order if person.place == "selected"] == list(part.selected)
        assert [person.id for person in part.order if person.place == "standby"] == list(part.standby)
        assert len(part.selected) + part.vacant == stratum.quota
        assert len(part.standby) <= stratum.standby
        assert not set(part.standby) & set(held)


def test_first_of_the_published_strata_takes_who_belongs_to_both() -> None:
    both, only = people(2, "s0", "s1"), people(4, "s1")
    outcome = select(simple([*both, *only], 2, 2), SEEDS[0])
    assert set(outcome.strata[0].selected) == {person.id for person in both}
    assert set(outcome.strata[1].selected) < {person.id for person in only}
    assert {person.id for person in outcome.strata[1].order if person.place == "elsewhere"} == {
        person.id for person in both
    }


def test_seat_that_nobody_may_take_stays_open_and_is_told() -> None:
    """Both strata could be filled alone, but who sits in the first is missing in the second."""
    outcome = select(simple(people(2, "s0", "s1"), 2, 1), SEEDS[0])
    assert [(len(part.selected), part.vacant) for part in outcome.strata] == [(2, 0), (0, 1)]


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_colleagues_are_passed_over_while_one_of_them_sits(seed: str) -> None:
    strangers = [Candidate(f"F{number}", ("s0",), f"单位{number}") for number in range(3)]
    part = select(simple([*people(3, "s0", employer="同单位"), *strangers], 2), seed).strata[0]
    first, *others = [person.place for person in part.order if person.id.startswith("s0-")]
    if first == "selected":
        assert others == ["employer", "employer"]
    else:  # two strangers stood before them
        assert {first, *others} <= {"standby", "reserve"}


def seated(record: Record) -> list[str]:
    return [seat.id for seat in draw.seats(record)]


def order_of(record: Record, stratum: int = 0) -> list[str]:
    assert record.outcome is not None
    return [person.id for person in record.outcome.strata[stratum].order]


def test_replacement_is_the_next_in_order_and_takes_the_same_seat() -> None:
    record = draw.draw_record(opened(simple(people(6, "s0"), 3)))
    order = order_of(record)
    after = draw.replace_member(record, order[1], "declined", "出差", at(20))
    assert seated(after) == [order[0], order[3], order[2]]
    entry = after.replacements[0]
    assert (entry.number, entry.leaver, entry.successor, entry.skipped) == (1, order[1], order[3], ())
    last = draw.replace_member(after, order[3], "unreachable", "两次未接通", at(20))
    assert seated(last) == [order[0], order[4], order[2]]


def test_colleague_comes_next_only_when_the_one_who_sits_has_left() -> None:
    pool = [*people(2, "s0", employer="同单位"), *(Candidate(f"F{n}", ("s0",), f"单位{n}") for n in range(4))]
    frozen = simple(pool, 2)
    records_of = (
        draw.draw_record(opened(frozen, ROLLS, {"organiser": seed, "supervisor": seed})) for seed in SEEDS
    )
    record = next(
        made for made in records_of if [person[0] for person in order_of(made)[:4]] == ["s", "F", "s", "F"]
    )
    first, other, colleague, third = order_of(record)[:4]
    assert seated(record) == [first, other]
    stranger_left = draw.replace_member(record, other, "declined", "出差", at(20))
    assert (seated(stranger_left), stranger_left.replacements[0].skipped) == (
        [first, third],
        (Skip(colleague, "employer"),),
    )
    colleague_left = draw.replace_member(record, first, "declined", "出差", at(20))
    assert seated(colleague_left) == [colleague, other]


def test_who_sits_in_another_stratum_is_skipped_with_the_reason() -> None:
    record = draw.draw_record(opened(simple([*people(3, "s0", "s1"), *people(2, "s1")], 1, 2)))
    sitting = [person for person in order_of(record) if person in seated(record)[1:]]
    after = draw.replace_member(record, seated(record)[0], "recused", "与S04有利害关系", at(20))
    entry = after.replacements[0]
    position = order_of(record).index(entry.successor or "")
    assert entry.skipped == tuple(
        Skip(person, "elsewhere") for person in order_of(record)[:position] if person in sitting
    )


def test_exhausted_order_leaves_the_seat_open() -> None:
    record = draw.draw_record(opened(simple(people(2, "s0"), 2)))
    first, second = order_of(record)
    after = draw.replace_member(record, first, "withdrew", "生病", at(20))
    assert (seated(after), after.replacements[0].successor) == ([second], None)
    assert draw.vacancies(after) == (draw.Vacancy("s0", "组0", 1),)


def test_nobody_who_left_comes_back() -> None:
    record = draw.draw_record(opened(simple(people(5, "s0"), 1)))
    left = []
    while seated(record):
        left.append(seated(record)[0])
        record = draw.replace_member(record, left[-1], "declined", "出差", at(20))
    assert left == order_of(record)


@pytest.mark.parametrize(
    ("leaver", "reason", "minutes", "sentence"),
    [
        ("E001", "出差", 20, "“E001”不在当前人选中，不能办理递补，请核对编号。"),
        ("E999", "出差", 20, "“E999”不在当前人选中，不能办理递补，请核对编号。"),
        ("E009", "", 20, "请写明递补的原因。"),
        ("E009", "出差", 1, "递补的时间早于前一步的时间，请核对。"),
    ],
)
def test_replacement_that_cannot_be_is_refused(leaver: str, reason: str, minutes: int, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        draw.replace_member(drawn(), leaver, "declined", reason, at(minutes))
    assert str(refusal.value.message) == sentence


@settings(max_examples=25, deadline=None)
@given(records())
def test_panel_keeps_the_rules_after_replacements(record: Record) -> None:
    held = draw.seats(record)
    ids = [seat.id for seat in held]
    left = {entry.leaver for entry in record.replacements}
    known = [seat.employer for seat in held if seat.employer is not None]
    assert len(set(ids)) == len(ids)
    assert not left & set(ids)
    assert len(set(known)) == len(known) or not record.frozen.rules.one_per_employer


def test_input_in_another_order_gives_the_same_record() -> None:
    assert drawn(pool=POOL[::-1]) == drawn()
    assert drawn(rules=replace(RULES, strata=RULES.strata[::-1])) != drawn()
    assert locked(pool=POOL[::-1]).codes == locked().codes
