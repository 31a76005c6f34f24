"""The public value: where it comes from, how many throws it takes, how what was read aloud is written.

It is fixed after both commitments. Its number of throws is published and exact: whoever may stop throwing
when the numbers please steers the draw.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark

LEAST_BITS: Final = 32
USUAL_BITS: Final = 64
_FACES: Final = {6: "123456", 10: "0123456789"}
_FACE_WORDS: Final = {6: mark("1至6"), 10: mark("0至9")}
_BETWEEN = re.compile(r"[\s,.;、。，；/|-]+")


@dataclass(frozen=True, slots=True)
class Dice:
    """Throws of one die (or that many dice in turn), read aloud one by one. Ten-sided dice show 0 to 9."""

    rolls: int = 25
    sides: Literal[6, 10] = 6
    kind: Literal["dice"] = "dice"


@dataclass(frozen=True, slots=True)
class Published:
    """A number that somebody else publishes later; `description` says which, where and how it is read."""

    description: str
    kind: Literal["published"] = "published"


PublicSource: TypeAlias = Dice | Published
USUAL_DICE: Final = Dice()  # 64 bits


def rolls_needed(sides: Literal[6, 10], bits: int = USUAL_BITS) -> int:
    """The fewest throws with at least 2^bits outcomes: sides^n >= 2^bits, in whole numbers.

    64 bits take 25 throws of six sides or 20 of ten, 32 bits 13 or 10.
    """
    if bits < 1:
        raise ValueError("entropy is asked for in whole bits, at least 1")
    rolls = 1
    while sides**rolls < 1 << bits:
        rolls += 1
    return rolls


def bits_of(dice: Dice) -> int:
    """Whole bits of entropy: the largest b with 2^b <= sides^rolls."""
    return int(dice.sides**dice.rolls).bit_length() - 1


def in_words(source: PublicSource) -> Message:
    """The source as people read it before the draw."""
    if isinstance(source, Published):
        return mark("以公布的数为准：%(description)s", description=source.description)
    return mark(
        "当场掷%(sides)s面骰子%(rolls)s次，逐次读出并记录（约有2的%(bits)s次方种可能，事先无法算好）",
        sides=source.sides,
        rolls=source.rolls,
        bits=bits_of(source),
    )


def source_fault(source: PublicSource) -> Message | None:
    """Why a source cannot be used, or None."""
    if isinstance(source, Published):
        return None if source.description else mark("公开数的来源须写明名称、时间和读取方法。")
    needed = rolls_needed(source.sides, LEAST_BITS)
    if source.rolls >= needed:
        return None
    return mark(
        "%(sides)s面骰子至少掷%(needed)s次，现定%(rolls)s次，次数太少，结果可能被事先算好。",
        sides=source.sides,
        needed=needed,
        rolls=source.rolls,
    )


def read_value(source: PublicSource, typed: str) -> str:
    """What was read aloud or published in its one written form: "3 5 1 6 …", or text without extra spaces.

    Full-width figures and any usual separator are taken. Invalid: a figure that the die does not have, or not
    exactly the published number of throws.
    """
    if isinstance(source, Published):
        text = " ".join(unicodedata.normalize("NFC", typed).split())
        if not text:
            raise Invalid(mark("请填写公布的数。"))
        return text
    thrown = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed))
    for place, figure in enumerate(thrown, start=1):
        if figure not in _FACES[source.sides]:
            raise Invalid(
                mark(
                    "第%(place)s个“%(figure)s”不是%(sides)s面骰子的点数（%(faces)s），请核对记录。",
                    place=place,
                    figure=figure,
                    sides=source.sides,
                    faces=_FACE_WORDS[source.sides],
                )
            )
    if len(thrown) != source.rolls:
        raise Invalid(
            mark(
                "规则规定骰子正好掷%(rolls)s次，现记录了%(count)s次，请核对；不能多掷，也不能少掷。",
                rolls=source.rolls,
                count=len(thrown),
            )
        )
    return " ".join(thrown)
