"""When two written names are one unit, one office or one person, and when they only may be."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from review_portal.domain.recusal.facts import Record, UnitFacts

Match = Literal["same", "similar"]

_LEGAL_FORMS = ("股份有限公司", "有限责任公司", "股份公司", "有限公司", "公司")
_ECONOMIC_OFFICE = re.compile(r"(?:经济和信息化|经济信息化|经济与信息化|经济信息|经信)(?:委员会|委|局)$")
# Shorter names are too common to be looked for inside longer texts.
SHORTEST_PART = 5
_SHORTEST_EMPLOYER = 4
_SHORT_NAME = re.compile(
    r"(?P<full>[\w()（）]{4,60})\s*[（(]\s*(?:以下)?(?:统一)?简称\s*[:：为]?\s*[“\"「『]?"
    r"(?P<short>[^”\"」』）)，,、；;“「『]{2,20})[”\"」』]?"
)
# What every applicant calls itself in its own text is nobody's name.
_NO_NAMES = re.compile(
    r"(?:本|我|该|贵)?(?:公司|单位|集团|中心|平台|研究院|学院|大学|协会|项目|甲方|乙方|司|院|所|校)"
)


@lru_cache(maxsize=4096)  # every pair of experts and units asks for the same names
def unit_key(name: str) -> str:
    """A unit's name without what people write differently for the same unit.

    Width, spaces, brackets, 有限责任公司 = 有限公司, 股份公司 = 股份有限公司, leading 重庆市 = 重庆.
    Words in brackets stay: 示例（集团）公司 and 示例公司 are two companies, and so are the 股份有限公司
    and the 有限公司 of one name.
    """
    text = re.sub(r"[\s()\[\]{}〔〕【】“”\"'·.,，。]", "", unicodedata.normalize("NFKC", name)).casefold()
    text = re.sub(r"有限责任公司", "有限公司", text)
    text = re.sub(r"股份公司", "股份有限公司", text)
    return re.sub(r"^重庆市", "重庆", text)


def stem(name: str) -> str:
    """The name without its legal form and the leading 重庆: what a short form keeps."""
    key = unit_key(name)
    for form in _LEGAL_FORMS:
        key = key.removesuffix(form)
    return key.removeprefix("重庆")


def match(written: str, unit: UnitFacts) -> Match | None:
    """Whether a written unit is this one, or may be: short form, branch, department, what it belongs to."""
    key, wanted = unit_key(written), unit_key(unit.name)
    if not key or not wanted:
        return None
    if key == wanted:
        return "same"
    inner = len(wanted) >= SHORTEST_PART and key.startswith(wanted)
    outer = len(key) >= _SHORTEST_EMPLOYER and wanted.startswith(key)
    short = stem(written) == stem(unit.name) and len(stem(unit.name)) >= SHORTEST_PART - 1
    alias = any(key == unit_key(name) for name in unit.aliases)
    return "similar" if inner or outer or short or alias else None


def names_in(text: str, name: str, aliases: tuple[str, ...] = ()) -> Match | None:
    """Whether a free text names the unit: in full, or by its stem or a short name of its own."""
    key = unit_key(text)
    if unit_key(name) and unit_key(name) in key:
        return "same"
    short = len(stem(name)) >= SHORTEST_PART - 1 and stem(name) in key
    alias = any(len(unit_key(other)) >= _SHORTEST_EMPLOYER and unit_key(other) in key for other in aliases)
    return "similar" if short or alias else None


def same_code(first: str | None, second: str | None) -> bool:
    """Whether both are recorded and the same credit code."""
    return bool(first and second) and unit_key(first or "") == unit_key(second or "")


def aliases_of(record: Record, name: str) -> tuple[str, ...]:
    """Short names that a dossier's own text gives a unit, in its order."""
    if "简称" not in record.whole:
        return ()
    found = [short for _place, text in record.passages for short in short_names(text, name)]
    return tuple(dict.fromkeys(found))


def short_names(text: str, name: str) -> Iterator[str]:
    """Short names in a text: 重庆示例绿能科技有限公司（以下简称“示例绿能”） gives 示例绿能."""
    for found in _SHORT_NAME.finditer(text):
        short = found["short"].strip()
        if unit_key(found["full"]).endswith(unit_key(name)) and not _NO_NAMES.fullmatch(short):
            yield short


def person(name: str) -> str:
    """A person's name without width and spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


def office_key(name: str) -> str:
    """A government office: remarks in brackets and the city left out, 经信委 in its many short forms."""
    text = re.sub(r"\(.*?\)", "", unicodedata.normalize("NFKC", name))
    return _ECONOMIC_OFFICE.sub("经信", unit_key(text).removeprefix("重庆"))
