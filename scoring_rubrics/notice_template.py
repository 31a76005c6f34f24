"""The sentences of the publicity notice, with named places for what the call and the office fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from string import Formatter
from types import MappingProxyType
from typing import Final

from scoring_rubrics.reader import Table

_BASIC = frozenset({"project"})
_OPENING = frozenset({"basis", "steps", "quota", "project"})
PLACES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "title_first": _BASIC,
        "title_listed": _BASIC,
        "title_empty": _BASIC,
        "opening": _OPENING | {"units"},
        "opening_empty": _OPENING,
        "period": frozenset({"period", "days"}),
        "objections": frozenset(),
        "attachment": _BASIC,
        "list_title": _BASIC,
    }
)
# What a sentence may not leave out: without it nobody could tell on what, whom or until when.
NEEDED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "title_first": _BASIC,
        "opening": frozenset({"basis", "units"}),
        "opening_empty": frozenset({"basis"}),
        "period": frozenset({"period", "days"}),
    }
)


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """Each field a sentence; `{place}` stands for a fact. See `PLACES`."""

    title_first: str = "关于{project}"
    title_listed: str = "拟入选名单的公示"
    title_empty: str = "评审结果的公示"
    opening: str = "根据{basis}，经{steps}等程序，{quota}拟将{units}列为{project}，现予公示，名单见附件。"
    opening_empty: str = "根据{basis}，经{steps}等程序，本批次没有符合条件的单位，现予公示。"
    period: str = "公示时间为{period}（共{days}个工作日）。"
    objections: str = (
        "公示期内如有异议，请以书面形式反映。单位反映情况须加盖公章，个人反映情况须签署真实姓名并留联系方式，"
        "说明事实依据。匿名、逾期的异议不予受理；有具体线索的转监督核查。"
    )
    attachment: str = "附件：{project}拟入选名单"
    list_title: str = "{project}拟入选名单"

    def said(self, part: str, facts: Mapping[str, str]) -> str:
        """A sentence with its facts; KeyError for a part or place that there is none of."""
        sentence: str = {field.name: getattr(self, field.name) for field in fields(self)}[part]
        return sentence.format_map({place: facts[place] for place in PLACES[part]})


USUAL: Final = NoticeTemplate()


def read_notice_template(table: Table) -> NoticeTemplate:
    """The table [publicity.template]; a sentence that it leaves out is the usual one."""
    if not table.has("template"):
        return USUAL
    given = table.table("template")
    found = {part: given.text(part) for part in PLACES if given.has(part)}
    for part, sentence in found.items():
        _check(given, part, sentence)
    given.finish()
    return NoticeTemplate(**found)


def _check(table: Table, part: str, sentence: str) -> None:
    """Places are known, plain, and those that are needed are there."""
    try:
        pieces = list(Formatter().parse(sentence))
    except ValueError:
        raise table.fault(part, "花括号不成对；文字中要写花括号时写两遍") from None
    places = {name for _text, name, _spec, _way in pieces if name is not None}
    plain = all(not spec and way is None for _text, name, spec, way in pieces if name is not None)
    unknown = sorted(places - PLACES[part])
    if unknown or not plain:
        allowed = "、".join(f"{{{name}}}" for name in sorted(PLACES[part])) or "（没有）"
        raise table.fault(part, f"这一句可用的位置只有：{allowed}")
    missing = sorted(NEEDED.get(part, frozenset()) - places)
    if missing:
        raise table.fault(part, f"缺少位置：{'、'.join(f'{{{name}}}' for name in missing)}")
