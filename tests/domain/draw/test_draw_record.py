"""The record: one pinned vector, read back equal, recomputed byte for byte, and any change found out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from review_portal.domain import draw
from review_portal.domain.draw import Candidate, Record
from review_portal.domain.errors import Invalid
from tests.domain.draw.draws import (
    POOL,
    RULES,
    drawn,
    following,
    needs_sm3,
    records,
    replaced,
)
from tests.domain.draw.tampering import (
    DATA,
    FORGERIES,
    NO_RECORDS,
    OTHER_BYTES,
    SINGLE_CHANGES,
    STRUCTURE_CHANGES,
    Path,
    forged,
    with_change,
)

PINNED = {
    "pool": "48ac27ec96592f8cefb4d510c263a08f3286d6f48624ce3b3473624657670d04",
    "rules": "26a8090ce662d6cb5af09d3b8975da8803649f3c2551a92cd97c82fe21fad810",
    "exclusions": "940ae72f796f13968816ec7acc812d9c8b28221fa9b2db48cd3a2496838df626",
    "frozen": "7a22b47f95b4c7d9d17df545ea65125294dd84a9d71f02c8fecfbff43c7f643d",
    "organiser": "654e4329621e44155f20e00ceb5a687b5830c54a509ce689df19737fa22bfdb8",
    "supervisor": "1845082335f24bbf1c6563003cc8bc37449ca57cfbef33e405d85fb694e46015",
    "seed": "5915d0447433432a607452fda0b7814366ab4da2be11c7c395f8eaf066ed694b",
    "energy": "E009 E011 E006 E014 | E008 E013 E001 E015 E004 E002 E012 E010 E003",
    "finance": "E019 E016 | E013 E014 E020 E015 E017 E018",
    "code": "9dc231cc371558163b847a6abe0a56148b8d38e4834a3cb4bf0587f56b8b1f2e",
    "replacements": ["E009>E008", "E008>E013"],
    "last": "9cffcbc33700489a2e247989c99c398b8aa6b715336e7170f9088dc7282d6c80",
}

SM3_SEED = "437a8ed516fbf1e02e687a6218e40e65b63529ec3a3d21296f7ade382c412061"


def shown(record: Record) -> dict[str, object]:
    """A record as the vector prints it."""
    assert record.outcome is not None
    codes = record.frozen.codes
    orders = {
        part.key: " ".join([*part.selected, "|", *(row.id for row in part.order if row.place != "selected")])
        for part in record.outcome.strata
    }
    return {
        "pool": codes.pool,
        "rules": codes.rules,
        "exclusions": codes.exclusions,
        "frozen": codes.frozen,
        **{given.party: given.code for given in record.commitments},
        "seed": record.outcome.seed,
        **orders,
        "code": record.code,
        "replacements": [f"{entry.leaver}>{entry.successor}" for entry in record.replacements],
        "last": record.last_code,
    }


def test_sample_draw_gives_the_pinned_vector() -> None:
    """Holds on every machine and Python: a change here breaks every record that was ever signed."""
    assert shown(replaced()) == PINNED


@needs_sm3
def test_sample_draw_under_sm3_gives_its_own_pinned_seed() -> None:
    record = drawn(rules=replace(RULES, hash="sm3"))
    assert record.outcome is not None
    assert record.outcome.seed == SM3_SEED


@settings(max_examples=25, deadline=None)
@given(records())
def test_made_up_record_reads_back_equal_and_recomputes(record: Record) -> None:
    data = draw.record_bytes(record)
    assert draw.read_record(data) == record
    assert draw.verify_record(data) == []


def test_composed_and_decomposed_input_give_the_same_file() -> None:
    files = {
        draw.record_bytes(drawn(pool=(*POOL, Candidate(name, ("energy",), name))))
        for name in ("Andr\u00e9", "Andre\u0301")
    }
    assert len(files) == 1


@pytest.mark.parametrize("path", SINGLE_CHANGES, ids=lambda path: ".".join(map(str, path)))
def test_change_of_any_single_value_is_found(path: Path) -> None:
    assert draw.verify_record(with_change(path)) != []


@pytest.mark.parametrize("name", STRUCTURE_CHANGES)
def test_change_of_the_structure_is_found(name: str) -> None:
    assert draw.verify_record(STRUCTURE_CHANGES[name]) != []


@pytest.mark.parametrize("name", FORGERIES)
def test_forgery_whose_codes_all_fit_is_found(name: str) -> None:
    assert draw.verify_record(FORGERIES[name]) != []


def test_honest_record_of_the_forger_is_good() -> None:
    """The forgeries above fail for what they are named after, not for how they are made."""
    assert draw.verify_record(forged()) == []


@pytest.mark.parametrize("name", OTHER_BYTES)
def test_same_content_in_other_bytes_is_found(name: str) -> None:
    told = [str(problem) for problem in draw.verify_record(OTHER_BYTES[name])]
    assert told == ["文件内容相同，但字节与规范写法不同（空格、顺序、重复项或字符编码被改动过）。"]


@pytest.mark.parametrize("name", NO_RECORDS)
def test_file_that_is_no_record_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="该文件不是"):
        draw.verify_record(NO_RECORDS[name])


def test_problem_names_the_place_and_both_values() -> None:
    told = draw.verify_record(with_change(("outcome", "strata", 0, "standby", 1), "E002"))
    assert str(told[0]) == (
        '抽取结果（outcome.strata[0].standby[1]）与重新计算的结果不一致：记录为"E002"，应为"E001"。'
    )


def test_missing_field_is_told_by_its_place() -> None:
    told = draw.verify_record(STRUCTURE_CHANGES["field_removed"])
    assert [str(problem) for problem in told] == ["抽取记录的“public_value”缺失或格式不对。"]


def test_other_nonce_is_told_as_breach_of_the_commitment() -> None:
    told = [str(fault) for fault in draw.verify_record(with_change(("openings", 1, "nonce"), "00" * 32))]
    assert told[0].startswith("监督方公开的密数与先前提交的校验码不符")
    assert any(sentence.startswith("抽取参数（outcome.seed）") for sentence in told)


@pytest.mark.parametrize("code", [PINNED["code"], PINNED["last"], str(PINNED["last"]).upper()])
def test_code_of_the_signed_sheet_is_compared(code: str) -> None:
    grouped = " ".join(code[start : start + 4] for start in range(0, 64, 4))
    assert draw.verify_record(DATA, code=grouped) == []


def test_other_code_on_the_signed_sheet_is_told() -> None:
    """A record made anew from scratch recomputes; only the signed sheet tells that it is another one."""
    told = draw.verify_record(forged(), code=str(PINNED["code"]))
    assert [str(problem) for problem in told] == ["记录的校验码与所给的校验码不同，请核对签字的抽取记录表。"]


def test_supplement_is_verified_against_the_first_record() -> None:
    first, second = following()
    assert draw.verify_record(second, previous=[first]) == []


def test_supplement_beside_another_first_record_is_found() -> None:
    told = [str(problem) for problem in draw.verify_record(following()[1], previous=[DATA])]
    assert told == [
        "与前次抽取的差异或前次记录的校验码，同所给的前次记录不一致。",
        "补抽所承接的人选、退出人员或空缺名额，同所给的前次记录不一致。",
    ]


def test_first_record_that_is_itself_wrong_is_told() -> None:
    told = draw.verify_record(following()[1], previous=[STRUCTURE_CHANGES["person_removed"]])
    assert [str(problem) for problem in told] == ["所给的前次记录本身不能通过核验，请先核验前次记录。"]


def test_record_that_follows_none_cannot_be_held_against_one() -> None:
    told = draw.verify_record(DATA, previous=[DATA])
    assert [str(problem) for problem in told] == ["该记录没有写明承接前次抽取，不能与前次记录核对。"]
