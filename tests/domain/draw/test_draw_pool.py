"""Locking a draw: equal content gives equal codes, what cannot be drawn is refused, an event is used once."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from review_portal.domain import draw
from review_portal.domain.draw import Candidate, Dice, Exclusion, Published, Rules, Stratum
from review_portal.domain.errors import Conflict, Invalid
from tests.domain.draw.draws import EVENT, EXCLUSIONS, LOTTERY, POOL, RULES, locked

ENERGY, FINANCE = RULES.strata


def told(refusal: pytest.ExceptionInfo[Invalid]) -> list[str]:
    """Every fault that the refusal tells."""
    return [str(fault) for fault in refusal.value.fields.values()] or [str(refusal.value.message)]


@pytest.mark.parametrize("seed", range(5))
def test_order_of_the_input_changes_nothing(seed: int) -> None:
    mixed = random.Random(seed)
    pool = [replace(person, strata=tuple(mixed.sample(person.strata, len(person.strata)))) for person in POOL]
    mixed.shuffle(pool)
    out = mixed.sample(EXCLUSIONS, len(EXCLUSIONS))
    assert locked(pool=pool, exclusions=out) == locked()


def test_repeated_specialty_and_repeated_exclusion_count_once() -> None:
    pool = [replace(person, strata=person.strata * 2) for person in POOL]
    assert locked(pool=pool, exclusions=EXCLUSIONS * 2) == locked()


def test_composed_and_decomposed_names_are_one() -> None:
    composed, decomposed = "Andr\u00e9", "Andre\u0301"
    first, second = (
        locked(pool=(*POOL, Candidate(name, ("energy",), name)), exclusions=[Exclusion(name, name, name)])
        for name in (composed, decomposed)
    )
    assert first == second


def test_pool_is_published_as_sorted_lines_whose_code_is_that_of_the_file() -> None:
    lines = draw.pool_lines(locked().pool).decode().splitlines()
    assert lines[:2] == [
        '{"employer":"单位0","id":"E001","strata":["energy"]}',
        '{"employer":"单位1","id":"E002","strata":["energy"]}',
    ]
    assert len(lines) == 20


@pytest.mark.parametrize(
    "changes",
    [
        {"event": replace(EVENT, id="2023-02")},
        {"event": replace(EVENT, title="另一事项")},
        {"pool": POOL[:-1]},
        {"pool": (*POOL[:-1], replace(POOL[-1], employer="单位9"))},
        {"rules": replace(RULES, strata=(FINANCE, ENERGY))},
        {"rules": replace(RULES, public_source=Dice(26))},
        {"rules": replace(RULES, hash="sm3")},
        {"exclusions": EXCLUSIONS[:1]},
        {"exclusions": (EXCLUSIONS[0], replace(EXCLUSIONS[1], reason="另一理由"))},
    ],
)
def test_any_change_changes_the_code_that_the_parties_commit_to(changes: dict[str, object]) -> None:
    assert locked(**changes).codes.frozen != locked().codes.frozen


def test_event_that_was_used_is_refused_whatever_it_brings() -> None:
    with pytest.raises(Conflict) as refusal:
        draw.freeze(EVENT, POOL[:10], RULES, used_events=["2022-01", "2023-01-written"])
    assert str(refusal.value.message) == (
        "抽取事项“2023-01-written”已经锁定过，不能再次抽取。人选有缺的按顺序递补；无人可递补的，另立事项补抽。"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"event": replace(EVENT, id="")}, "请填写抽取事项的编号和名称。"),
        ({"rules": Rules(strata=(), fallback=LOTTERY)}, "抽取规则至少要有一个专业组。"),
        ({"rules": replace(RULES, strata=(ENERGY, ENERGY))}, "专业组代码“energy”重复或为空，请改正。"),
        (
            {"rules": replace(RULES, strata=(replace(ENERGY, quota=0),))},
            "专业组“energy”须有名称，名额至少1人，候补人数不能为负数。",
        ),
        (
            {"rules": replace(RULES, strata=(replace(ENERGY, standby=-1),))},
            "专业组“energy”须有名称，名额至少1人，候补人数不能为负数。",
        ),
        (
            {"rules": replace(RULES, public_source=Dice(5))},
            "6面骰子至少掷13次，现定5次，次数太少，结果可能被事先算好。",
        ),
        ({"rules": replace(RULES, fallback=Published(""))}, "公开数的来源须写明名称、时间和读取方法。"),
        ({"pool": (*POOL, POOL[3])}, "专家编号“E004”重复或为空，请改正。"),
        ({"pool": (*POOL, Candidate("", ("energy",)))}, "专家编号“”重复或为空，请改正。"),
        ({"exclusions": [Exclusion("E099", "规则", "理由")]}, "排除的“E099”不在名单中，请核对编号。"),
        ({"exclusions": [Exclusion("E001", "规则", "")]}, "排除“E001”须写明依据和理由。"),
        (
            {"rules": replace(RULES, strata=(ENERGY, replace(FINANCE, quota=9)))},
            "专业组“财务与金融”名额9人，名单中最多可选8人（已扣除排除人员和同单位人员），请补充名单或调整名额。",
        ),
    ],
)
def test_draw_that_cannot_be_held_is_refused_in_a_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        locked(**changes)
    assert told(refusal) == [sentence]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        locked(exclusions=[Exclusion("E098", "规则", "理由"), Exclusion("E099", "规则", "理由")])
    assert str(refusal.value.message) == "抽取材料有2处不符合要求，请逐项改正。"
    assert len(told(refusal)) == 2


def test_empty_pool_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        locked(pool=(), exclusions=())
    assert "名单是空的，请先选定参加抽取的专家。" in told(refusal)


def test_seats_are_counted_by_employer_only_where_one_of_each_may_sit() -> None:
    pool = [Candidate(f"E{number}", ("energy",), "同一单位") for number in range(4)]
    rules = Rules(strata=(Stratum("energy", "能源", 2, 0),), fallback=LOTTERY)
    with pytest.raises(Invalid, match="最多可选1人"):
        locked(pool=pool, rules=rules, exclusions=())
    assert len(locked(pool=pool, rules=replace(rules, one_per_employer=False), exclusions=()).drawable) == 4
