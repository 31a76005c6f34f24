"""A draw that follows another: what has changed since, and the 补抽 for seats that stayed open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from review_portal.domain import draw
from review_portal.domain.draw import Candidate, Event, Exclusion, Rules, Seat, Vacancy
from review_portal.domain.errors import Conflict, Invalid
from tests.domain.draw.draws import (
    EVENT,
    EXCLUSIONS,
    FEW,
    OPEN,
    POOL,
    RULES,
    SECOND,
    at,
    conclude,
    drawn,
    exhausted,
    opened,
    replaced,
    seats_of,
)

THIRD = Event("2023-03-written", "2023年示例批次书面评审专家第二次补抽", at(120))


def test_difference_to_the_last_draw_stands_in_the_locked_event() -> None:
    last = replaced()
    pool = (*POOL[1:-1], replace(POOL[-1], employer="新单位"), Candidate("E021", ("finance",)))
    exclusions = (EXCLUSIONS[0], Exclusion("E010", "亲属关系", "子女任职于S05"))
    frozen = draw.freeze_after(last, SECOND, pool, replace(RULES, one_per_employer=False), exclusions)
    previous = frozen.event.previous
    assert previous is not None
    assert (previous.event, previous.code) == (EVENT.id, last.replacements[-1].code)
    assert previous.difference == draw.Difference(
        added=("E021",),
        removed=("E001",),
        changed=("E020",),
        newly_excluded=("E010",),
        no_longer_excluded=("E005",),
        rules=("one_per_employer",),
    )


def test_same_pool_in_another_order_is_no_difference() -> None:
    frozen = draw.freeze_after(drawn(), SECOND, POOL[::-1], RULES, EXCLUSIONS)
    assert frozen.event.previous is not None
    assert frozen.event.previous.difference == draw.Difference((), (), (), (), (), ())


def test_supplement_carries_who_sits_who_left_and_what_is_open() -> None:
    new = Candidate("E03", ("energy",), "丁")
    frozen = draw.freeze_supplement(
        exhausted(), SECOND, [*FEW, new], seats_of("energy", 1), reason="候补用尽"
    )
    assert frozen.event.supplement == draw.Supplement(
        reason="候补用尽",
        seated=(Seat("energy", "E02", "乙"),),
        departed=("E01", "F01"),
        vacant=(Vacancy("energy", "能源", 1), Vacancy("finance", "财务", 1)),
    )
    assert [person.id for person in frozen.drawable] == ["E03"]
    assert frozen.exclusions[0] == Exclusion("E01", "已在前次抽取中产生", "已退出（抽取事项2023-01-written）")


def test_colleague_of_who_sits_already_is_not_drawn() -> None:
    pool = [Candidate("E03", ("energy",), "乙"), Candidate("E04", ("energy",), "戊")]
    record = conclude(
        draw.freeze_supplement(exhausted(), SECOND, pool, seats_of("energy", 1), reason="候补用尽")
    )
    assert [seat.id for seat in draw.seats(record)] == ["E04"]
    with pytest.raises(Invalid, match="最多可选0人"):
        draw.freeze_supplement(exhausted(), SECOND, pool[:1], seats_of("energy", 1), reason="候补用尽")


def test_supplement_after_a_supplement_carries_on() -> None:
    first = exhausted()
    pool = [Candidate("E03", ("energy",), "丁"), Candidate("F02", ("finance",), "戊")]
    second = conclude(draw.freeze_supplement(first, SECOND, pool, seats_of("energy", 1), reason="候补用尽"))
    third = draw.freeze_supplement(second, THIRD, pool, seats_of("finance", 1), reason="财务组空缺")
    assert third.event.supplement == draw.Supplement(
        reason="财务组空缺",
        seated=(Seat("energy", "E02", "乙"), Seat("energy", "E03", "丁")),
        departed=("E01", "F01"),
        vacant=(Vacancy("finance", "财务", 1),),
    )
    assert draw.verify_record(draw.record_bytes(conclude(third)), previous=[draw.record_bytes(second)]) == []


def test_void_draw_is_supplemented_for_all_its_seats() -> None:
    frozen = draw.freeze(EVENT, FEW, replace(OPEN, on_refusal="void"))
    current = opened(frozen)
    refused = replace(current, openings=(current.openings[0],))
    void = draw.draw_record(draw.refuse_to_reveal(refused, "supervisor", "离席", at(8)))
    again = draw.freeze_supplement(void, SECOND, FEW, OPEN, reason="上次抽取因监督方未公开密数作废")
    assert len(again.drawable) == 3
    assert draw.vacancies(void) == (Vacancy("energy", "能源", 2), Vacancy("finance", "财务", 1))


@pytest.mark.parametrize(
    ("rules", "reason", "sentence"),
    [
        (seats_of("energy", 2), "候补用尽", "补抽2人，多于空缺的1人"),
        (seats_of("other", 1), "候补用尽", "补抽1人，多于空缺的0人"),
        (seats_of("energy", 1), "", "补抽须写明原因"),
    ],
)
def test_supplement_for_seats_that_are_not_open_is_refused(rules: Rules, reason: str, sentence: str) -> None:
    pool = [Candidate(f"N{number}", ("energy", "other"), None) for number in range(3)]
    with pytest.raises(Invalid, match=sentence):
        draw.freeze_supplement(exhausted(), SECOND, pool, rules, reason=reason)


def test_supplement_takes_an_event_of_its_own() -> None:
    pool = [Candidate("E03", ("energy",), "丁")]
    with pytest.raises(Conflict, match="不能再次抽取"):
        draw.freeze_supplement(
            exhausted(), EVENT, pool, seats_of("energy", 1), reason="候补用尽", used_events=[EVENT.id]
        )


def test_full_panel_has_no_vacancies() -> None:
    assert draw.vacancies(replaced()) == ()
