"""Reading a Word file back the way a reader sees it."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.oxml.ns import qn


def opened(data: bytes) -> Any:
    """The document in the bytes."""
    return Document(io.BytesIO(data))


def lines(document: Any) -> list[str]:
    """Texts of the body's paragraphs that are not empty."""
    return [part.text for part in document.paragraphs if part.text.strip()]


def table_texts(table: Any) -> list[list[str]]:
    """Texts of a table, row by row; a merged cell repeats its text."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def chinese_font(run: Any) -> str:
    """The font named for Chinese characters."""
    return str(run._r.rPr.rFonts.get(qn("w:eastAsia")))


def heads_repeat(table: Any) -> bool:
    """Whether the first row is repeated on every page."""
    properties = table.rows[0]._tr.trPr
    return properties is not None and properties.find(qn("w:tblHeader")) is not None
