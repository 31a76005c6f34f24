"""Sentences and the values that fill them."""

from __future__ import annotations

from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark


def test_message_without_places_is_its_sentence() -> None:
    assert str(mark("比例不超过 100%")) == "比例不超过 100%"


def test_message_is_filled_by_name() -> None:
    assert str(mark("没有编号为 %(call)s 的批次。", call="2023")) == "没有编号为 2023 的批次。"


def test_message_keeps_sentence_and_values_apart_for_the_translators() -> None:
    assert mark("至少%(least)d位", least=10) == Message("至少%(least)d位", {"least": 10})


def test_error_speaks_by_its_message() -> None:
    assert str(Invalid(mark("至少%(least)d位", least=10))) == "至少10位"


def test_missing_foreign_and_recused_are_one_sentence() -> None:
    assert (str(NotFound()), NotFound.status) == ("未找到该材料，或您没有查看权限。", 404)


def test_conflict_keeps_what_is_stored_now() -> None:
    assert Conflict(theirs={"reason": "示例"}).theirs == {"reason": "示例"}
