"""The office's Word documents as typst source: what office_docx and office_tables write, and nothing more.

No paper is laid out twice: its PDF is set from the .docx itself. Paragraphs with alignment, indents, line
height and fonts by name; ruled tables with joined cells and heads that repeat; the foot's page numbers.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from review_portal.exports.typst_tables import table_source

SINGLE = 1.25  # height of a line of Chinese text in single spacing, in sizes of its font
_ALIGN = {
    WD_ALIGN_PARAGRAPH.CENTER: "center",
    WD_ALIGN_PARAGRAPH.RIGHT: "right",
}
_FIELDS = {
    "PAGE": "#context counter(page).display()",
    "NUMPAGES": "#context counter(page).final().first()",
}
# what stands in for a named font that is not installed; the last ones are looked for by the caller
_WESTERN = (
    'regex("[!-~\\u{a0}-\\u{b6}\\u{b8}-\\u{24f}]")'  # quotation marks, dashes and boxes are Chinese ones
)
_SERIF = ("Times New Roman", "Liberation Serif", "Libertinus Serif")


@dataclass(frozen=True, slots=True)
class Source:
    """typst markup, and the day and title that the PDF carries."""

    markup: str
    dated: datetime
    title: str


@dataclass(frozen=True, slots=True)
class _Setting:
    """Fonts that stand in for Chinese ones, in order, and the document's own size and font."""

    chinese: tuple[str, ...]
    font: str
    size: float


def source_of(data: bytes, chinese: Sequence[str]) -> Source:
    """The source of a .docx of ours. `chinese`: installed families with Chinese characters, best first."""
    document = docx.Document(io.BytesIO(data))
    core = document.core_properties
    setting = _setting(document, tuple(chinese))
    parts = [_page(document, setting), _defaults(core.title, core.author, setting)]
    parts.append(_blocks(document.element.body, document, setting))
    return Source("\n".join(parts), core.created, core.title)


def quoted(text: str) -> str:
    """A typst string: its escapes are a part of JSON's."""
    kept = json.dumps(text, ensure_ascii=False)
    return kept.replace("\\b", "").replace("\\f", "").replace("\\/", "/")


def _setting(document: Any, chinese: tuple[str, ...]) -> _Setting:
    style = document.styles["Normal"]
    fonts = style.element.rPr.rFonts
    return _Setting(chinese, fonts.get(qn("w:eastAsia")) or "宋体", style.font.size.pt)


def _defaults(title: str, author: str, setting: _Setting) -> str:
    return "\n".join(
        (
            f"#set document(title: {quoted(title)}, author: {quoted(author)})",
            f'#set text(lang: "zh", region: "cn", size: {setting.size}pt, number-type: "lining",'
            f" font: {_fonts(setting)})",
            "#set par(leading: 0pt, spacing: 0pt)",
            "#set block(spacing: 0pt)",
        )
    )


def _page(document: Any, setting: _Setting) -> str:
    section = document.sections[0]
    margins = {
        "top": section.top_margin.pt,
        "right": section.right_margin.pt,
        "bottom": section.bottom_margin.pt,
        "left": section.left_margin.pt,
    }
    told = ", ".join(f"{name}: {value:.2f}pt" for name, value in margins.items())
    room = section.bottom_margin.pt - section.footer_distance.pt
    odd = _blocks(section.footer._element, document, setting)
    even = odd
    if document.settings.odd_and_even_pages_header_footer:
        even = _blocks(section.even_page_footer._element, document, setting)
    chosen = f"if calc.odd(counter(page).get().first()) [{odd}] else [{even}]"
    foot = f"context block(width: 100%, height: {room:.2f}pt, align(bottom, {chosen}))"
    size = f"width: {section.page_width.pt:.2f}pt, height: {section.page_height.pt:.2f}pt"
    return f"#set page({size}, margin: ({told}), footer-descent: 0pt, footer: {foot})"


def _blocks(parent: Any, document: Any, setting: _Setting) -> str:
    """Paragraphs and tables of a body, a cell or a foot, in their order."""
    parts = []
    for element in parent:
        if element.tag == qn("w:p"):
            parts.append(_paragraph(Paragraph(element, document), document, setting))
        elif element.tag == qn("w:tbl"):
            parts.append(
                table_source(element, lambda cell: _blocks(cell, document, setting), _repeats(element))
            )
    return "\n".join(parts)


def _repeats(table: Any) -> int:
    """How many first rows are the head."""
    count = 0
    for row in table.tr_lst:
        if row.trPr is None or row.trPr.find(qn("w:tblHeader")) is None:
            break
        count += 1
    return count


def _paragraph(paragraph: Any, document: Any, setting: _Setting) -> str:
    layout = paragraph.paragraph_format
    runs = "".join(_runs(paragraph, setting))
    size = _largest(paragraph, setting)
    pitch = layout.line_spacing.pt if hasattr(layout.line_spacing, "pt") else SINGLE * size
    if isinstance(layout.line_spacing, float):
        pitch = layout.line_spacing * SINGLE * size
    if not runs:
        return _broken(layout, f"#block(width: 100%, height: {pitch:.2f}pt, breakable: false)[]")
    above, below = pitch / 2 + 0.38 * size, pitch / 2 - 0.38 * size
    first, left, right = (
        _points(layout, name) for name in ("first_line_indent", "left_indent", "right_indent")
    )
    settings = [
        f"#set text(top-edge: {above:.2f}pt, bottom-edge: {-below:.2f}pt)",
        f"#set align({_ALIGN.get(layout.alignment, 'left')})",
        f"#set par(justify: {str(layout.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY).lower()}, "
        + (
            f"first-line-indent: (amount: {first:.2f}pt, all: true))"
            if first >= 0
            else f"hanging-indent: {-first:.2f}pt)"
        ),
    ]
    left += min(first, 0)
    before, after = _points(layout, "space_before"), _points(layout, "space_after")
    sticky = str(bool(layout.keep_with_next)).lower()
    inset = f"inset: (left: {left:.2f}pt, right: {right:.2f}pt, top: {before:.2f}pt, bottom: {after:.2f}pt)"
    told = "".join(f"{one};" for one in settings)
    return _broken(layout, f"#block(width: 100%, sticky: {sticky}, {inset})[{told}#par[{runs}]]")


def _broken(layout: Any, block: str) -> str:
    return f"#pagebreak(weak: true)\n{block}" if layout.page_break_before else block


def _points(layout: Any, name: str) -> float:
    value = getattr(layout, name)
    return 0.0 if value is None else float(value.pt)


def _largest(paragraph: Any, setting: _Setting) -> float:
    sizes = [run.font.size.pt for run in paragraph.runs if run.font.size is not None]
    if not sizes:
        mark = paragraph._p.pPr.find(qn("w:rPr")) if paragraph._p.pPr is not None else None
        size = None if mark is None else mark.find(qn("w:sz"))
        return setting.size if size is None else int(size.get(qn("w:val"))) / 2
    return max(sizes)


def _runs(paragraph: Any, setting: _Setting) -> Iterable[str]:
    """Each run as markup; the last value that Word counted for a field is left out."""
    skipping = False
    for run in paragraph.runs:
        for part in run._r:
            if part.tag == qn("w:fldChar"):
                skipping = part.get(qn("w:fldCharType")) == "separate"
            elif part.tag == qn("w:instrText"):
                yield _text(run, setting, _FIELDS.get((part.text or "").strip(), ""))
            elif part.tag == qn("w:t") and not skipping and part.text:
                yield _text(run, setting, f"#{quoted(part.text)};")
            elif part.tag == qn("w:br"):
                yield "#pagebreak(weak: true)" if part.get(qn("w:type")) == "page" else "#linebreak();"
            elif part.tag == qn("w:tab"):
                yield "#h(2em);"


def _text(run: Any, setting: _Setting, content: str) -> str:
    font = run.font
    named = None if run._r.rPr is None or run._r.rPr.rFonts is None else run._r.rPr.rFonts
    chinese = None if named is None else named.get(qn("w:eastAsia"))
    told = [f"font: {_fonts(setting, chinese, font.name)}"]
    if font.size is not None:
        told.append(f"size: {font.size.pt}pt")
    if font.bold:
        told.append('weight: "bold", stroke: 0.02em')  # few Chinese fonts have a bold cut
    spacing = None if run._r.rPr is None else run._r.rPr.find(qn("w:spacing"))
    if spacing is not None:
        told.append(f"tracking: {int(spacing.get(qn('w:val'))) / 20}pt")
    inner = f"#highlight(fill: yellow)[{content}]" if font.highlight_color is not None else content
    inner = f"#underline[{inner}]" if font.underline else inner
    return f"#text({', '.join(told)})[{inner}];"


def _fonts(setting: _Setting, chinese: str | None = None, latin: str | None = None) -> str:
    """Latin letters and figures in their font, Chinese in the named one or else in what is installed."""
    serif = [name for name in dict.fromkeys((latin or _SERIF[0], *_SERIF)) if name.isascii()]
    western = [f"(name: {quoted(name)}, covers: {_WESTERN})" for name in serif]
    named = dict.fromkeys((chinese or setting.font, *setting.chinese))
    return f"({', '.join([*western, *map(quoted, named)])},)"
