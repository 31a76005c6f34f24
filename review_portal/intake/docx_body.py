"""The parts of a form that are running text: body sections, list of proofs, truth pledge.

Parts are told apart by their headings in the words of the call, whatever their numbering, spacing or order.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from review_portal.domain.records import BodySection
from review_portal.domain.text_count import fold
from review_portal.intake.docx_tables import Block, Cell, Line, Table
from review_portal.intake.field_lookup import without_hints
from scoring_rubrics import FormLayout, ProofCategory

_NUMBERING = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]+[、.．,，章节]|[（(][一二三四五六七八九十\d]+[)）][、.．]?"
    r"|\d{1,2}(?:[.．]\d{1,2})*[、.．)）]?(?!\d)|[①-⑩])\s*"
)
_ITEM_NUMBER = re.compile(
    r"^\s*(?:\d+\s*[-—–－.．]\s*\d+(?:\s*[-—–.．]\s*\d+)*[、.．)）]?|[（(]\s*\d+\s*[)）]|\d+\s*[.．、)）]|[①-⑳•·\-—*])\s*"
)
_CATEGORY_NUMBER = re.compile(r"^\s*[（(]?([一二三四五六七八九\d])[)）]?\s*[、.．]?(?![\d\-—–－])")
_CONTENTS_LINE = re.compile(r"[.．…·\t ]{2,}\d+\s*$|\t\d+\s*$")
_AFTER_HEADING = " \t\u3000。.．：:;；、—-"
_HEADING_LENGTH = 24
_ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class Parts:
    """The lines of the three parts; None where the part's heading is missing. `heads` are those headings."""

    body: tuple[Line, ...] | None
    proofs: tuple[Line, ...] | None
    commitment: tuple[Block, ...] | None
    heads: dict[str, Line]


@dataclass(frozen=True, slots=True)
class ProofList:
    """The titles listed in one category of proofs; `at` is the address of its heading, "" without one."""

    titles: tuple[str, ...]
    at: str


def split_parts(blocks: Sequence[Block], form: FormLayout, taken: frozenset[int]) -> Parts:
    """Cut the document at the headings of its parts; tables in `taken` were read as tables already.

    Of a taken table only cells count that open with a heading, for forms that are one table as a whole.
    """
    titles = {
        "proofs": fold(form.proofs_title),
        "commitment": fold(form.commitment_title),
        "kpi": fold(form.kpi_title),
        "unit": fold(form.unit_title),
    }
    found: dict[str, list[Block]] = {}
    heads: dict[str, Line] = {}
    current = ""
    for block in blocks:
        if isinstance(block, Table) and current == "commitment":
            found[current].append(block)
            continue
        lines = (
            (block,) if isinstance(block, Line) else _cell_lines(block, form, titles, block.number in taken)
        )
        for line in lines:
            title = _part_title(line.text, titles)
            if title is None and current in ("", "kpi", "unit") and _heading(line.text, form):
                title = "body"
            current = title or current
            if title is not None:
                heads.setdefault(title, line)
            if title in (None, "body"):
                found.setdefault(current, []).append(line)
            else:
                found.setdefault(current, [])
    return Parts(
        body=_lines(found.get("body")),
        proofs=_lines(found.get("proofs")),
        commitment=tuple(found["commitment"]) if "commitment" in found else None,
        heads=heads,
    )


def _cell_lines(table: Table, form: FormLayout, titles: dict[str, str], taken: bool) -> Iterator[Line]:
    """The table's lines from left to right and top to bottom."""
    open_to_all = not taken
    for cell in table.cells:
        place = f"表{table.number} 第{cell.row + 1}行"
        if taken:
            alone = len(table.row(cell.row)) == 1
            open_to_all = alone and (open_to_all or _opens_part(cell, form, titles))
        if open_to_all:
            yield from (Line(text, place, table.at_row(cell.row)) for text in cell.lines)


def _opens_part(cell: Cell, form: FormLayout, titles: dict[str, str]) -> bool:
    return any(
        _part_title(line, titles) in ("proofs", "commitment") or _heading(line, form) for line in cell.lines
    )


def _lines(blocks: list[Block] | None) -> tuple[Line, ...] | None:
    if blocks is None:
        return None
    return tuple(block for block in blocks if isinstance(block, Line) and block.text.strip())


def _part_title(text: str, titles: dict[str, str]) -> str | None:
    """Which part a line opens, if it is a part's title, a title lengthened in front or shortened."""
    if len(text) > 60:
        return None
    bare = fold(_NUMBERING.sub("", text)).rstrip(":。")
    for part, title in titles.items():
        shortened = len(bare) >= 4 and title.endswith(bare)
        lengthened = bare.endswith(title) and len(bare) <= len(title) + 6
        if shortened or lengthened:
            return part
    return None


def _heading(text: str, form: FormLayout) -> tuple[str, str] | None:
    """(section key, text behind the heading on the same line) when a line is a heading of the body."""
    if _CONTENTS_LINE.search(text) or not text.strip():
        return None
    numbered = _NUMBERING.match(text)
    rest = text[numbered.end() :] if numbered else text.lstrip()
    folded = fold(rest)
    for section in form.sections:
        title = fold(section.title)
        if folded.rstrip("。.:：;；") == title:
            return section.key, ""
        if folded.startswith(title):
            behind = _behind(rest, len(title))
            if behind[:1] in _AFTER_HEADING or (numbered and len(folded) <= len(title) + 6):
                return section.key, behind.lstrip(_AFTER_HEADING) if behind[:1] in _AFTER_HEADING else ""
    if numbered and len(folded) <= _HEADING_LENGTH and not re.search(r"[，,；;]", rest.strip("；;")):
        bare = folded.rstrip("。.:：")
        best = max(form.sections, key=lambda section: _likeness(bare, section.title), default=None)
        if best is not None and _likeness(bare, best.title) >= _ALIKE:
            return best.key, ""
    return None


def _behind(text: str, folded_length: int) -> str:
    """What follows the first `folded_length` visible characters."""
    seen = 0
    for at, character in enumerate(text):
        if seen == folded_length:
            return text[at:]
        seen += len(fold(character))
    return ""


def _likeness(bare: str, title: str) -> float:
    return SequenceMatcher(None, bare, fold(title), autojunk=False).ratio()


def read_sections(
    lines: Iterable[Line], form: FormLayout
) -> tuple[tuple[BodySection, ...], Mapping[str, Line]]:
    """The leaf sections that the body has, in the order of the call, without headings and prompts.

    Beside them the headings of the chapters that only hold sections, by key.
    Where a heading comes twice (a table of contents before the text), the longer text is the section.
    """
    texts: dict[str, list[tuple[str, list[str]]]] = {}
    titles: dict[str, str] = {}
    chapters: dict[str, Line] = {}
    leaves = {section.key for section in form.leaves}
    current: list[str] | None = None
    for written in lines:
        line = written.text
        heading = _heading(line, form)
        if heading is not None:
            key, behind = heading
            current = [behind] if behind else []
            texts.setdefault(key, []).append((written.at, current))
            if key not in leaves:
                chapters[key] = written
            titles.setdefault(key, (line[: len(line) - len(behind)] if behind else line).strip())
        elif current is not None and not _CONTENTS_LINE.search(line):
            current.append(line.strip())
    sections = []
    for section in form.leaves:
        versions = [("\n".join(lines), at) for at, lines in texts.get(section.key, [])]
        if versions:
            longest, at = max(versions, key=lambda version: len(version[0]))
            text = without_hints(longest, form.hints)
            sections.append(BodySection(section.key, titles[section.key], text.strip(), at))
    return tuple(sections), chapters


def read_proofs(lines: Iterable[Line], form: FormLayout) -> tuple[ProofList, ...]:
    """The proofs, one list per category of the call."""
    heads: dict[int, str] = {}
    found: dict[int, list[str]] = {category.number: [] for category in form.proofs}
    current: int | None = None
    for written in lines:
        line = written.text
        category = _category(line, form.proofs)
        if category is not None:
            heads.setdefault(category.number, written.at)
            current = category.number
            behind = _behind_category(line, category)
            if behind:
                found[current] += _items(behind)
        elif current is not None:
            item = _ITEM_NUMBER.sub("", line).strip(" \t\u3000;；。")
            if item:
                found[current].append(item)
    return tuple(
        ProofList(tuple(found[category.number]), heads.get(category.number, "")) for category in form.proofs
    )


def _category(line: str, categories: tuple[ProofCategory, ...]) -> ProofCategory | None:
    """The category that a line opens: by the words of its title, or numbered and much alike."""
    numbered = _CATEGORY_NUMBER.match(line)
    folded = fold(line)
    for category in categories:
        if fold(category.title).rstrip("。") in folded:
            return category
    if _ITEM_NUMBER.match(line) and not numbered:
        return None
    head = re.split(r"[(（:：。]", folded, maxsplit=1)[0]
    bare = _NUMBERING.sub("", head)
    best = max(categories, key=lambda category: _likeness(bare, category.title), default=None)
    return best if best is not None and numbered and _likeness(bare, best.title) >= _ALIKE else None


def _behind_category(line: str, category: ProofCategory) -> str:
    """What stands behind a category's title on its own line, without the hint in brackets."""
    rest = _NUMBERING.sub("", line)
    title = fold(category.title)
    if title in fold(rest):
        at = fold(rest).index(title)
        rest = _behind(rest, at + len(title))
    else:
        rest = re.split(r"[:：]", rest, maxsplit=1)[1] if re.search(r"[:：]", rest) else ""
    return re.sub(r"^[。.:：\s]*(?:[（(][^（）()]*[)）])?[。.：:\s]*", "", rest)


def _items(text: str) -> list[str]:
    parts = re.split(r"[、；;\n]", text)
    return [item for part in parts if (item := _ITEM_NUMBER.sub("", part).strip(" 。"))]
