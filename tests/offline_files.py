"""The office's stand-in for Excel: a workbook for scoring offline, filled in and saved with openpyxl."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from review_portal.domain.offline_sheet import (
    CONCLUSION_MARK,
    HEAD_MARK,
    ITEM_MARK,
    LEVEL,
    OPINION_MARK,
    POINTS,
    REASON,
    VALUE,
)
from tests.conftest import unavailable


class Filling:
    """An open workbook. `put` writes where a person would: into the row of an item, under a head."""

    def __init__(self, data: bytes) -> None:
        self.book: Workbook = load_workbook(io.BytesIO(data))

    def sheet(self, number: str) -> Worksheet:
        """The worksheet of a dossier."""
        found: Worksheet = self.book[number]
        return found

    def cell(self, number: str, what: str, head: str) -> Any:
        """The cell in the row marked `what`, under the head that begins with `head`."""
        sheet = self.sheet(number)
        marked = {cell.value: cell.row for row in sheet.iter_rows() for cell in row if cell.value}
        heads = {str(cell.value): cell.column for cell in sheet[marked[HEAD_MARK]] if cell.value}
        column = next(at for text, at in heads.items() if text.startswith(head))
        return sheet.cell(marked[what], column)

    def points(self, number: str, item: str) -> Any:
        """The cell of an item's points."""
        return self.cell(number, f"{ITEM_MARK}{item}", POINTS)

    def level(self, number: str, item: str) -> Any:
        """The cell of an item's level."""
        return self.cell(number, f"{ITEM_MARK}{item}", LEVEL)

    def reason(self, number: str, item: str) -> Any:
        """The cell of an item's reason."""
        return self.cell(number, f"{ITEM_MARK}{item}", REASON)

    def opinion(self, number: str) -> Any:
        """The cell of the opinion."""
        return self.cell(number, OPINION_MARK, VALUE)

    def conclusion(self, number: str) -> Any:
        """The cell of the conclusion."""
        return self.cell(number, CONCLUSION_MARK, VALUE)

    def fill(self, number: str, points: Mapping[str, object], *, reason: str = "", opinion: str = "") -> None:
        """Points by item, one reason for all, the opinion."""
        for item, value in points.items():
            self.points(number, item).value = value
            if reason:
                self.reason(number, item).value = reason
        if opinion:
            self.opinion(number).value = opinion

    def saved(self) -> bytes:
        """The file as it would be uploaded."""
        result = io.BytesIO()
        self.book.save(result)
        return result.getvalue()


def resaved(data: bytes, folder: Path) -> bytes:
    """The file opened and saved again by LibreOffice; skips where it is not installed."""
    program = shutil.which("soffice") or ""
    if not program:
        unavailable("没有 LibreOffice，不能核对另存的工作簿：apt-get install libreoffice-calc。")
    (folder / "in").mkdir()
    (folder / "in" / "book.xlsx").write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [program, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    subprocess.run(
        [*command, str(folder), str(folder / "in" / "book.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "book.xlsx").read_bytes()
