"""Word documents in the office's form: page set-up and fonts after GB/T 9704-2012, repeatable bytes.

Fonts are named, never embedded (they are not freely licensed). Sizes are points, lengths twips (1/1440 inch).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, TypeAlias

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, Twips

from review_portal.exports.plain_text import clean

FANGSONG, HEITI, KAITI, SONGTI, TITLE = "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体", "方正小标宋简体"
LATIN = "Times New Roman"
BODY_SIZE, TITLE_SIZE, PAGE_NUMBER_SIZE = 16.0, 22.0, 14.0
LINE_PITCH = 28.95  # 22 lines in the 225 mm between the margins; with 29 the last one falls off the page
_FOOT_LINE = 88  # half characters that stand beside the page's number on upright A4
TO_FILL = re.compile(r"(【待填[^】]*】)")

Paper: TypeAlias = Literal["A4", "A3"]
_SIZES: Final[Mapping[Paper, tuple[int, int]]] = {"A4": (210, 297), "A3": (297, 420)}  # millimetres
_MARGINS = (2098, 1474, 1984, 1588)  # top 37 mm, right 26 mm, bottom 35 mm, left 28 mm
_FOOTER_FROM_EDGE = 1304  # the page number stands 7 mm below the type area
_TIGHTER = -5  # twentieths of a point: 28 characters of 16 pt stand in 156 mm
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}


@dataclass(frozen=True, slots=True)
class Font:
    """A font by its Chinese name, and the one for Latin letters and figures."""

    name: str = FANGSONG
    size: float = BODY_SIZE
    bold: bool = False
    latin: str = LATIN


@dataclass(frozen=True, slots=True)
class Properties:
    """Core properties; `dated` comes from the data, so that equal data give equal files."""

    title: str
    author: str
    dated: date


BODY, HEADING, TITLE_FONT = Font(), Font(HEITI), Font(TITLE, TITLE_SIZE)
SHEET_BODY, SHEET_HEAD, SIGNATURE = Font(SONGTI, 10.5), Font(HEITI, 10.5), Font(SONGTI, 12)


def new_document(
    properties: Properties, *, landscape: bool = False, sheet: bool = False, paper: Paper = "A4"
) -> Any:
    """An empty document. `sheet`: narrow margins and no character grid, for forms and tables."""
    document = Document()
    _core_properties(document, properties)
    _default_font(document, SHEET_BODY if sheet else BODY)
    section = document.sections[0]
    short, long = map(Mm, _SIZES[paper])
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if landscape else (short, long)
    margins = (1134, 1134, 1134, 1134) if sheet else _MARGINS
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Twips, margins)
    section.footer_distance = Twips(567 if sheet else _FOOTER_FROM_EDGE)
    if not sheet:
        _character_grid(document, section)
    return document


def paragraph(
    place: Any,
    text: str = "",
    font: Font = BODY,
    *,
    align: str = "left",
    indent: int = 0,
    right_indent: int = 0,
    pitch: float | None = LINE_PITCH,
) -> Any:
    """Add a paragraph to a document or cell; indents count characters, `pitch` None is single spacing."""
    added = place.add_paragraph()
    shape(added, font, align=align, indent=indent, right_indent=right_indent, pitch=pitch)
    write_runs(added, text, font)
    return added


def shape(
    target: Any,
    font: Font,
    *,
    align: str = "left",
    indent: int = 0,
    right_indent: int = 0,
    pitch: float | None = LINE_PITCH,
) -> None:
    """Alignment, indents in characters and line height of one paragraph."""
    layout = target.paragraph_format
    layout.alignment = _ALIGN[align]
    layout.space_before = layout.space_after = Pt(0)
    if pitch is None:
        layout.line_spacing_rule = WD_LINE_SPACING.SINGLE
    else:
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    if indent:
        layout.first_line_indent = Pt(font.size * indent)
        target._p.pPr.find(qn("w:ind")).set(qn("w:firstLineChars"), str(100 * indent))
    if right_indent:
        layout.right_indent = Pt(font.size * right_indent)
        target._p.pPr.find(qn("w:ind")).set(qn("w:rightChars"), str(100 * right_indent))


def write_runs(target: Any, text: str, font: Font) -> None:
    """Write text in one font; facts still to be filled (【待填：…】) are highlighted."""
    for part in TO_FILL.split(clean(text)):
        if not part:
            continue
        run = target.add_run(part)
        set_font(run, font)
        if TO_FILL.fullmatch(part):
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def set_font(run: Any, font: Font) -> None:
    """Name the font for Chinese and Latin text; the hint keeps quotation marks in the Chinese font."""
    run.font.name = font.latin
    run.font.size = Pt(font.size)
    run.font.bold = font.bold or None
    _chinese_font(run._r.get_or_add_rPr(), font.name)


def add_page_numbers(document: Any) -> None:
    """4号宋体 with dashes on both sides, odd pages right, even pages left, one character in from the edge."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    font = Font(SONGTI, PAGE_NUMBER_SIZE, latin=SONGTI)
    for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
        target = footer.paragraphs[0]
        shape(target, font, align=align, pitch=None)
        edge = "rightChars" if align == "right" else "leftChars"
        indent = target._p.get_or_add_pPr().get_or_add_ind()
        indent.set(qn(f"w:{edge}"), "100")
        write_runs(target, "— ", font)
        add_field(target, "PAGE", font)
        write_runs(target, " —", font)


def add_code_below(document: Any, text: str) -> None:
    """A check code under the page numbers of `add_page_numbers`, so that it takes no line of the text."""
    section = document.sections[0]
    for footer in (section.footer, section.even_page_footer):
        paragraph(footer, text, Font(SONGTI, 7), align="center", pitch=None)


def add_sheet_footer(document: Any, check_code: str, label: str = "校验码") -> None:
    """The foot of a form: what the check code is of, the code, and 第x页 共y页."""
    font, section = Font(SONGTI, 8), document.sections[0]
    target, before = section.footer.paragraphs[0], f"{label} {check_code}"
    shape(target, font, align="center", pitch=None)
    if 2 * len(label) + len(check_code) > _FOOT_LINE and section.page_width < section.page_height:
        write_runs(target, before, font)
        target, before = paragraph(section.footer, "", font, align="center", pitch=None), ""
    write_runs(target, f"{before}　　第" if before else "第", font)
    add_field(target, "PAGE", font)
    write_runs(target, "页 共", font)
    add_field(target, "NUMPAGES", font)
    write_runs(target, "页", font)


def add_field(target: Any, code: str, font: Font) -> None:
    """A field that Word counts itself, such as PAGE."""
    for kind in ("begin", None, "separate", "1", "end"):
        run = target.add_run()
        set_font(run, font)
        if kind is None:
            element = OxmlElement("w:instrText")
            element.text = f" {code} "
        elif kind == "1":
            element = OxmlElement("w:t")
            element.text = kind
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def page_break_before(target: Any) -> None:
    """Start a new page with this paragraph."""
    target.paragraph_format.page_break_before = True


def save(document: Any) -> bytes:
    """The document as .docx bytes; entries carry a fixed date, so equal documents are equal files."""
    written = io.BytesIO()
    document.save(written)
    target = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            copy.writestr(fixed, source.read(entry))
    return target.getvalue()


def _core_properties(document: Any, properties: Properties) -> None:
    core = document.core_properties
    core.title, core.author = clean(properties.title)[:255], clean(properties.author)[:255]
    core.last_modified_by = core.author
    core.comments, core.revision, core.language = "", 1, "zh-CN"
    day = properties.dated
    core.created = core.modified = datetime(day.year, day.month, day.day, tzinfo=UTC).replace(tzinfo=None)


def _default_font(document: Any, font: Font) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(font.size)
    properties = style.element.get_or_add_rPr()
    _chinese_font(properties, font.name)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    properties.append(language)


def _chinese_font(properties: Any, name: str) -> None:
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), name)
    fonts.set(qn("w:cs"), LATIN)
    fonts.set(qn("w:hint"), "eastAsia")


def _character_grid(document: Any, section: Any) -> None:
    """22 lines of 28 characters on the type area of 156 mm x 225 mm.

    The characters' width comes from `_TIGHTER`: in a character grid narrower than the font LibreOffice gives
    every character two cells.
    """
    settings = section._sectPr
    for old in settings.findall(qn("w:docGrid")):
        settings.remove(old)
    grid = OxmlElement("w:docGrid")
    for key, value in (("type", "lines"), ("linePitch", str(round(LINE_PITCH * 20)))):
        grid.set(qn(f"w:{key}"), value)
    settings.append(grid)
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(_TIGHTER))
    document.styles["Normal"].element.get_or_add_rPr().append(spacing)
