"""Finds the value that belongs to a label, wherever a form puts it.

A value may stand right of its label (in one cell or several), below it, in the label's own cell behind a
colon or on the next line, or in a paragraph outside tables. Labels are compared without spaces, width,
brackets and colons.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from review_portal.domain.text_count import fold
from review_portal.intake.docx_tables import Block, Cell, Line, Table
from review_portal.intake.field_values import clean

_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_SHORT_CELL = 120  # characters; a longer cell is prose, in which a word before a colon is no label
_SEALS = re.compile(r"[(（][^()（）]*(?:盖章|公章|签字|签章)[^()（）]*[)）]")

# Wordings of each label that forms use; those of the call itself are added by the reader.
UNIT_LABELS: dict[str, tuple[str, ...]] = {
    "unit.name": (
        "单位名称",
        "申报单位名称",
        "单位全称",
        "企业名称",
        "牵头单位名称",
        "申报单位全称",
        "牵头单位",
        "申报单位",
    ),
    "unit.contact.name": (
        "姓名",
        "申报联系人姓名",
        "联系人姓名",
        "申报联系人",
        "联系人",
        "项目联系人",
    ),
    "unit.contact.mobile": (
        "手机",
        "手机号码",
        "手机号",
        "移动电话",
        "联系手机",
        "联系人手机",
        "手机/电话",
        "联系电话",
        "电话",
    ),
    "unit.contact.email": ("邮箱", "电子邮箱", "电子邮件", "邮箱地址", "e-mail", "email", "邮件"),
    "unit.contact.fax": ("传真", "传真号码", "传真电话"),
    "unit.legal_representative": ("法定代表人", "法定代表人姓名", "法人代表", "法人代表姓名", "法定代表"),
    "unit.registered_capital_wan": (
        "注册资本",
        "注册资金",
        "注册资本金",
        "开办资金",
        "注册资本/开办资金",
        "注册资本或开办资金",
    ),
    "unit.address": ("单位地址", "地址", "注册地址", "通讯地址", "通信地址", "联系地址", "办公地址", "住所"),
    "unit.credit_code": (
        "组织机构代码/三证合一码",
        "三证合一码/组织机构代码",
        "统一社会信用代码/组织机构代码",
        "组织机构代码/统一社会信用代码",
        "统一社会信用代码",
        "社会信用代码",
        "信用代码",
        "三证合一码",
        "三证合一代码",
        "组织机构代码",
    ),
    "unit.ownership": ("单位性质", "企业性质", "单位类型", "企业类型", "申报单位性质"),
    "unit.listed": (
        "是否上市公司",
        "是否为上市公司",
        "是否上市",
        "是否上市企业",
        "是否属于上市公司",
    ),
    "unit.revenue_last_fy_wan": (
        "整体业务收入",
        "业务收入",
        "上年度整体业务收入",
        "上一财年整体业务收入",
        "整体营业收入",
        "营业收入",
        "主营业务收入",
        "整体业务总收入",
    ),
    "unit.headcount": (
        "单位人数",
        "员工人数",
        "职工人数",
        "单位总人数",
        "员工总数",
        "职工总数",
        "从业人数",
        "人数",
    ),
    "unit.consortium": (
        "联合体成员",
        "联合体成员单位",
        "联合体单位",
        "成员单位",
        "联合单位",
        "联合体成员名称",
    ),
}
# What a list of units, a letter or a business card gives as well.
_LISTED_FIELDS = frozenset(
    ("unit.name", "unit.consortium", *(field for field in UNIT_LABELS if field.startswith("unit.contact.")))
)
COVER_LABELS: dict[str, tuple[str, ...]] = {
    "cover.applicant": ("申报单位", "申报单位名称", "牵头申报单位", "申报主体"),
    "cover.recommender": ("推荐单位", "推荐部门", "推荐单位名称", "推荐区县"),
    "cover.apply_date": ("申报日期", "填报日期", "申报时间", "填报时间", "日期"),
}
COMMITMENT_LABELS: dict[str, tuple[str, ...]] = {
    "commitment.contact": ("联系人", "申报联系人", "联系人姓名"),
    "commitment.phone": ("联系电话", "联系人电话", "电话", "手机", "联系方式"),
    "commitment.legal_representative": ("法定代表人", "法人代表", "法定代表人签字"),
    "commitment.date": ("日期", "签署日期", "承诺日期"),
}


@dataclass(frozen=True, slots=True)
class FoundText:
    """The text that stands for a label, where it stands, the label as printed, and its cells' lines.

    `at` is the address of the label's paragraph or row in the document.
    """

    text: str
    place: str
    label: str
    group: str
    at: str


class Lookup:
    """The values of one part of a form, by field name."""

    def __init__(self, blocks: Iterable[Block], labels: Mapping[str, tuple[str, ...]], part: str) -> None:
        self._labels = {fold(wording): field for field, wordings in labels.items() for wording in wordings}
        self._order = {
            (field, fold(wording)): at for field, words in labels.items() for at, wording in enumerate(words)
        }
        self._part = part
        self._inline = _inline_pattern([word for words in labels.values() for word in words])
        self._found: dict[str, list[tuple[int, FoundText]]] = {}
        for block in blocks:
            self._read(block)

    def find(self, field: str, prefer_group: str = "") -> FoundText | None:
        """The field's text: first the one whose row names `prefer_group`, then by wording and place.

        A place with a text goes before one without; None when the form has no such label at all.
        """
        found = self._found.get(field, [])
        if not found:
            return None
        ranked = sorted(
            enumerate(found),
            key=lambda item: (
                not item[1][1].text,
                bool(prefer_group) and prefer_group not in item[1][1].group,
                item[1][0],
                item[0],
            ),
        )
        return ranked[0][1][1]

    def __len__(self) -> int:
        return len(self._found)

    @property
    def own_fields(self) -> int:
        """How many fields were found that only an application form asks for, not a list of units too."""
        return len(self._found.keys() - _LISTED_FIELDS)

    def label_of(self, text: str) -> str | None:
        """The field whose label this text is, or None."""
        bare = _BRACKETS.sub("", fold(text)).strip(":;。.*、")
        return self._labels.get(re.sub(r"^[\d.、]+", "", bare))

    def _add(self, field: str, wording: str, found: FoundText) -> None:
        bare = re.sub(r"^[\d.、]+", "", _BRACKETS.sub("", fold(wording)).strip(":;。.*、"))
        self._found.setdefault(field, []).append((self._order.get((field, bare), 0), found))

    def _read(self, block: Block) -> None:
        if isinstance(block, Line):
            for wording, value in self._pairs(block.text):
                self._keep(wording, value, self._part, block.at)
            return
        for cell in block.cells:
            self._read_cell(block, cell)

    def _keep(self, wording: str, value: str, place: str, at: str, group: str = "") -> None:
        field = self.label_of(wording)
        if field:
            label = re.sub(r"\s+", "", wording)
            self._add(field, wording, FoundText(value, f"{place} {label}", label, group, at))

    def _read_cell(self, table: Table, cell: Cell) -> None:
        place, at = f"{self._part} 第{cell.row + 1}行", table.at_row(cell.row)
        group = "".join(left.text for left in table.row(cell.row) if left.column < cell.column)
        if self.label_of(cell.text):
            self._keep(cell.text, self._beside(table, cell), place, at, group + cell.text)
            return
        lines = [line for line in cell.lines if line.strip()]
        heads = [count for count in (1, 2) if count < len(lines) and self.label_of("".join(lines[:count]))]
        if heads:
            head = heads[-1]
            self._keep("".join(lines[:head]), "\n".join(lines[head:]), place, at, group)
            return
        for wording, value in self._pairs_of_cell(cell):
            self._keep(wording, value, place, at, group)

    def _pairs_of_cell(self, cell: Cell) -> list[tuple[str, str]]:
        if len(cell.text) <= _SHORT_CELL:
            return [pair for line in cell.lines for pair in self._pairs(line)]
        opening = self._inline.match(cell.text)
        if not opening:
            return []
        return [(opening.group("label"), cell.text[opening.end() :].strip())]

    def _pairs(self, line: str) -> Iterator[tuple[str, str]]:
        """label：value pairs of one line, each value up to the next label."""
        found = list(self._inline.finditer(line))
        ends = [match.start() for match in found[1:]] + [len(line)]
        for match, end in zip(found, ends, strict=False):
            yield match.group("label"), line[match.end() : end].strip(" \t\u3000;；,，、|")

    def _beside(self, table: Table, label: Cell) -> str:
        """The text right of a label up to the next label; below it when a label or nothing stands right."""
        texts: list[str] = []
        blank_cell = False
        for row in range(label.row, label.below):
            for cell in table.row(row):
                if cell.column < label.right or cell.row != row:
                    continue
                if self._opens_field(cell):
                    break
                blank_cell = True
                texts.append(cell.text)
        if blank_cell:
            return "\n".join(text for text in texts if text)
        below = [cell for cell in table.row(label.below) if cell.overlap(label.column, label.right)]
        if label.below < table.rows and below and not any(self._opens_field(cell) for cell in below):
            return "\n".join(cell.text for cell in below if cell.text)
        return ""

    def _opens_field(self, cell: Cell) -> bool:
        return self.label_of(cell.text) is not None or (
            len(cell.text) <= _SHORT_CELL and self._inline.match(cell.text) is not None
        )


def _inline_pattern(wordings: Iterable[str]) -> re.Pattern[str]:
    spaced = (r"\s*".join(map(re.escape, wording)) for wording in sorted(wordings, key=len, reverse=True))
    return re.compile(
        rf"(?:^|(?<=[\s;；,，、|]))(?P<label>(?:{'|'.join(spaced)})(?:\s*[(（][^()（）]{{0,16}}[)）])?)\s*[:：]",
        re.IGNORECASE,
    )


def without_seals(text: str) -> str | None:
    """The text without （盖章）, （加盖单位公章） and （签字）."""
    return clean(_SEALS.sub(" ", text))


def without_hints(text: str, hints: Iterable[str]) -> str:
    """The text without the lines that are prompts of the blank form.

    A prompt is known by its opening words; a long line that opens so has been written on and is kept.
    """
    folded_hints = [fold(hint).rstrip("。.") for hint in hints]
    return "\n".join(
        line for line in text.splitlines() if not _is_prompt(fold(line).rstrip("。."), folded_hints)
    )


def _is_prompt(line: str, hints: list[str]) -> bool:
    return any(
        line == hint or (len(hint) > 8 and line.startswith(hint) and len(line) < 3 * len(hint) + 20)
        for hint in hints
    )
