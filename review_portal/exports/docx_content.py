"""What a Word file says, whatever wrapped it: its text in its structure, without dates, styles or packing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import docx
from docx.table import Table

from review_portal.domain import canonical


def content(data: bytes) -> list[Any]:
    """Body, headers and footers, each as its paragraphs (texts) and tables (rows of cells of the same)."""
    document = docx.Document(io.BytesIO(data))
    parts: list[Any] = [document]
    for section in document.sections:
        parts += [section.header, section.footer]
    return [list(_blocks(part)) for part in parts]


def content_digest(data: bytes) -> str:
    """SHA-256 of the content in canonical form: two files that say the same have the same."""
    return canonical.digest(content(data))


def _blocks(part: Any) -> Iterator[Any]:
    for block in part.iter_inner_content():
        if isinstance(block, Table):
            yield [[list(_blocks(cell)) for cell in row.cells] for row in block.rows]
        else:
            yield block.text
