"""The bytes of EXDRAW-1: known answers, and framing that keeps different parts apart."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.draw import protocol
from review_portal.domain.errors import Invalid
from tests.domain.draw.draws import needs_sm3

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=4)


@needs_sm3
def test_sm3_gives_the_known_answer_of_its_standard() -> None:
    known = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert protocol.hash_hex("sm3", b"abc") == known


def test_sha256_gives_the_known_answer_of_its_standard() -> None:
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert protocol.hash_hex("sha256", b"abc") == known


def test_missing_hash_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str, data: bytes = b"") -> None:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(protocol.hashlib, "new", without)
    with pytest.raises(Invalid) as told:
        protocol.hash_hex("sm3", b"abc")
    assert str(told.value.message) == (
        "本机的密码库没有SM3算法，请在支持该算法的电脑上办理；尚未锁定名单的，也可在抽取规则中改用SHA-256。"
    )


def test_frame_puts_eight_bytes_of_length_before_each_part() -> None:
    assert protocol.frame("ab", b"", "示") == (
        bytes(7) + b"\x02ab" + bytes(8) + bytes(7) + b"\x03" + "示".encode()
    )


@given(TEXTS, TEXTS)
def test_different_parts_never_give_the_same_frame(first: list[str], second: list[str]) -> None:
    same_parts = protocol.json_lines([first]) == protocol.json_lines([second])
    assert (protocol.frame(*first) == protocol.frame(*second)) == same_parts


def test_rank_is_the_hmac_of_framed_stratum_and_id_under_the_seed() -> None:
    seed = "0b" * 32
    data = protocol.frame("EXDRAW-1/rank", "energy", "E001")
    by_hand = hmac.new(bytes([11]) * 32, data, hashlib.sha256).hexdigest()
    assert protocol.rank("sha256", seed, "energy", "E001") == by_hand


@needs_sm3
def test_hmac_of_sm3_pads_to_its_own_block_of_64_bytes() -> None:
    key, data = bytes([7]) * 32, protocol.frame("EXDRAW-1/rank", "energy", "E001")
    inner = hashlib.new("sm3", bytes(byte ^ 0x36 for byte in key + bytes(32)) + data).digest()
    outer = hashlib.new("sm3", bytes(byte ^ 0x5C for byte in key + bytes(32)) + inner).hexdigest()
    assert protocol.rank("sm3", key.hex(), "energy", "E001") == outer


def test_composed_and_decomposed_text_are_one_part() -> None:
    assert protocol.frame("caf\u00e9") == protocol.frame("cafe\u0301")


@pytest.mark.parametrize(
    "typed", ["AB12" * 16, " ".join(["ab12"] * 16), "ａｂ12" * 16, "\n".join(["ab12ab12"] * 8)]
)
def test_nonce_is_taken_in_any_grouping(typed: str) -> None:
    assert protocol.nonce_text(typed) == "ab12" * 16


@pytest.mark.parametrize("typed", ["", "ab12" * 15, "ab12" * 17, "xy12" * 16])
def test_nonce_of_another_form_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="密数须为64位的0—9、a—f"):
        protocol.nonce_text(typed)
