"""Commit, public value, reveal: each once, in order; and what a party that refuses can and cannot do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from review_portal.domain import draw
from review_portal.domain.draw import Draw, Record
from review_portal.domain.errors import Conflict, Invalid, PortalError
from tests.domain.draw.draws import (
    NONCES,
    ROLLS,
    RULES,
    WORDS,
    at,
    committed,
    drawn,
    locked,
    opened,
    thrown,
)

OTHER = "c3" * 32


def refused(current: Draw, party: draw.Party = "supervisor") -> Draw:
    """The other party reveals, this one does not."""
    other = next(name for name in draw.PARTIES if name != party)
    current = draw.reveal(current, other, NONCES[other], WORDS[other], at(6))
    return draw.refuse_to_reveal(current, party, "当场离席", at(7))


def test_either_party_may_commit_and_reveal_first() -> None:
    frozen = locked()
    current = Draw(frozen)
    for party in reversed(draw.PARTIES):
        code = draw.commitment_code(frozen, party, NONCES[party], WORDS[party])
        current = draw.commit(current, party, code, at(1 if party == "organiser" else 2))
    assert current == committed(frozen)
    current = thrown(frozen)
    for party in reversed(draw.PARTIES):
        current = draw.reveal(current, party, NONCES[party], WORDS[party], at(draw.PARTIES.index(party) + 6))
    assert current == opened(frozen)


def test_second_commitment_is_refused_even_when_it_is_the_same() -> None:
    current = committed(locked())
    with pytest.raises(Conflict, match="组织方已经提交密数校验码，一次抽取只能提交一次"):
        draw.commit(current, "organiser", current.commitments[0].code, at(3))


def test_second_public_value_is_refused() -> None:
    with pytest.raises(Conflict, match="公开数已经记录，一次抽取只记录一次，不能更改"):
        draw.fix_public_value(thrown(locked()), ROLLS, at(6))


def test_second_opening_is_refused_after_a_reveal_and_after_a_refusal() -> None:
    done = opened(locked())
    with pytest.raises(Conflict, match="监督方的密数已经处理，不能更改"):
        draw.reveal(done, "supervisor", NONCES["supervisor"], WORDS["supervisor"], at(9))
    with pytest.raises(Conflict, match="监督方的密数已经处理，不能更改"):
        draw.reveal(refused(thrown(locked())), "supervisor", NONCES["supervisor"], "", at(9))


def test_public_value_waits_for_both_commitments() -> None:
    frozen = locked()
    code = draw.commitment_code(frozen, "organiser", NONCES["organiser"])
    one = draw.commit(Draw(frozen), "organiser", code, at(1))
    with pytest.raises(Invalid, match="双方都提交密数校验码以后，才能产生公开数"):
        draw.fix_public_value(one, ROLLS, at(2))


def test_reveal_waits_for_the_public_value() -> None:
    with pytest.raises(Invalid, match="公开数产生以后，才能公开密数"):
        draw.reveal(committed(locked()), "organiser", NONCES["organiser"], WORDS["organiser"], at(5))


def test_result_waits_for_both_openings() -> None:
    current = draw.reveal(thrown(locked()), "organiser", NONCES["organiser"], WORDS["organiser"], at(6))
    with pytest.raises(Conflict, match="双方的密数都处理以后，才能抽取"):
        draw.draw_record(current)


@pytest.mark.parametrize(
    ("nonce", "words"),
    [(OTHER, WORDS["supervisor"]), (NONCES["supervisor"], "4 4 2"), (NONCES["supervisor"], "")],
)
def test_party_can_reveal_nothing_but_what_it_committed_to(nonce: str, words: str) -> None:
    with pytest.raises(Invalid, match="监督方公开的密数与先前提交的校验码不符"):
        draw.reveal(thrown(locked()), "supervisor", nonce, words, at(6))


def test_copied_commitment_cannot_be_opened_by_the_other_party() -> None:
    frozen = locked()
    code = draw.commitment_code(frozen, "organiser", NONCES["organiser"], "7")
    current = draw.commit(Draw(frozen), "organiser", code, at(1))
    current = draw.commit(current, "supervisor", code, at(2))
    current = draw.fix_public_value(current, ROLLS, at(3))
    with pytest.raises(Invalid, match="监督方公开的密数与先前提交的校验码不符"):
        draw.reveal(current, "supervisor", NONCES["organiser"], "7", at(4))


def test_commitment_to_another_locked_draw_cannot_be_opened_in_this_one() -> None:
    other = committed(locked(exclusions=()))
    current = draw.fix_public_value(replace(other, frozen=locked()), ROLLS, at(5))
    with pytest.raises(Invalid, match="与先前提交的校验码不符"):
        draw.reveal(current, "organiser", NONCES["organiser"], WORDS["organiser"], at(6))


@pytest.mark.parametrize("minutes", [-1, 4])
def test_acts_out_of_their_order_in_time_are_refused(minutes: int) -> None:
    frozen = locked()
    with pytest.raises(Invalid, match="早于"):
        if minutes < 0:
            draw.commit(Draw(frozen), "organiser", "ab" * 32, at(minutes))
        else:
            draw.reveal(thrown(frozen), "organiser", NONCES["organiser"], WORDS["organiser"], at(minutes))


def test_public_value_before_a_commitment_is_refused() -> None:
    with pytest.raises(Invalid, match="公开数产生的时间早于密数校验码提交的时间"):
        draw.fix_public_value(committed(locked()), ROLLS, at(1))


@pytest.mark.parametrize("code", ["", "ab" * 31, "AB" * 32, "xy" * 32])
def test_commitment_of_another_form_is_refused(code: str) -> None:
    with pytest.raises(Invalid, match="组织方的密数校验码须为64位"):
        draw.commit(Draw(locked()), "organiser", code, at(1))


def test_fallback_is_read_by_its_own_rule_and_keeps_its_reason() -> None:
    current = draw.fix_public_value(committed(locked()), "03 11 27", at(5), fallback_reason="骰子遗失")
    assert current.public_value == draw.PublicValue("03 11 27", at(5), "fallback", "骰子遗失")


def test_same_figures_from_named_source_and_fallback_give_different_seeds() -> None:
    rules = replace(RULES, fallback=RULES.public_source)
    seeds = set()
    for reason in ("", "第一副骰子有破损"):
        current = draw.fix_public_value(committed(locked(rules=rules)), ROLLS, at(5), fallback_reason=reason)
        for party in draw.PARTIES:
            current = draw.reveal(current, party, NONCES[party], WORDS[party], at(6))
        seeds.add(seed(draw.draw_record(current)))
    assert len(seeds) == 2


def seed(record: Record) -> str:
    assert record.outcome is not None
    return record.outcome.seed


def test_each_share_alone_changes_the_seed_and_so_does_the_public_value() -> None:
    """Whoever holds one share cannot tell the seed: it is different for every value of the others."""
    frozen = locked()
    records = [
        draw.draw_record(opened(frozen, value, {"organiser": first, "supervisor": second}))
        for first in (NONCES["organiser"], OTHER)
        for second in (NONCES["supervisor"], OTHER)
        for value in (ROLLS, ROLLS[::-1])
    ]
    assert len({seed(record) for record in records}) == 8


@pytest.mark.parametrize("party", draw.PARTIES)
def test_refusal_goes_on_with_the_other_nonce_and_stays_on_record(party: draw.Party) -> None:
    record = draw.draw_record(refused(thrown(locked()), party))
    assert [getattr(opening, "refusal", "") for opening in record.openings].count("当场离席") == 1
    assert seed(record) != seed(drawn())
    assert draw.verify_record(draw.record_bytes(record)) == []


def test_both_refusing_leaves_the_public_value_to_decide() -> None:
    current = thrown(locked())
    for party in draw.PARTIES:
        current = draw.refuse_to_reveal(current, party, "未到场", at(6))
    record = draw.draw_record(current)
    assert len(draw.seats(record)) == 6
    assert draw.verify_record(draw.record_bytes(record)) == []


def test_refusal_ends_the_draw_without_result_where_the_rule_says_so() -> None:
    record = draw.draw_record(refused(thrown(locked(rules=replace(RULES, on_refusal="void")))))
    assert (record.outcome, draw.seats(record)) == (None, ())
    assert draw.verify_record(draw.record_bytes(record)) == []
    with pytest.raises(Conflict, match="本次抽取没有结果，不能递补"):
        draw.replace_member(record, "E009", "declined", "出差", at(30))


def test_refusal_without_a_word_is_not_taken() -> None:
    with pytest.raises(PortalError, match="组织方没有公开密数的，须写明情况"):
        draw.refuse_to_reveal(thrown(locked()), "organiser", "", at(6))
