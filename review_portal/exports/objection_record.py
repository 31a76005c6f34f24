"""异议登记表: the call's register on a sheet, without who complained; the foot prints its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from review_portal.domain import canonical
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import Font, Properties
from review_portal.exports.office_tables import Column, add_signature_lines, add_table
from review_portal.exports.plain_text import clean

TITLE: Final = "异议登记表"
_COLUMNS = (
    Column("编号", 22, "center"),
    Column("收到时间、方式", 33),
    Column("署名", 14, "center"),
    Column("涉及的材料", 38),
    Column("反映的内容", 51),
    Column("办理方式、结论", 34),
    Column("办理经过", 47),
    Column("状态", 18, "center"),
)


@dataclass(frozen=True, slots=True)
class RecordRow:
    """An entry as printed."""

    number: str
    received: str
    identity: str
    about: str
    facts: str
    handling: str
    steps: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class ObjectionRecord:
    """The register; `dated` is the day of its newest step, so that equal data give equal files."""

    call_title: str
    dated: date
    rows: tuple[RecordRow, ...]

    @property
    def digest(self) -> str:
        """Check code over everything that the table prints."""
        return canonical.digest(
            [
                [
                    row.number,
                    row.received,
                    row.identity,
                    row.about,
                    row.facts,
                    row.handling,
                    list(row.steps),
                    row.state,
                ]
                for row in self.rows
            ]
        )


def write_docx(record: ObjectionRecord) -> bytes:
    """The sheet as .docx bytes; equal records give equal bytes."""
    document = office.new_document(Properties(TITLE, "", record.dated), landscape=True, sheet=True)
    office.paragraph(document, clean(record.call_title), Font("宋体", 10.5), align="center", pitch=None)
    office.paragraph(document, TITLE, Font("黑体", 16), align="center", pitch=30)
    add_table(
        document,
        _COLUMNS,
        [
            (
                row.number,
                row.received,
                row.identity,
                clean(row.about),
                clean(row.facts),
                row.handling,
                clean("\n".join(row.steps) or "—"),
                row.state,
            )
            for row in record.rows
        ],
    )
    office.paragraph(document, "", Font("宋体", 9), pitch=None)
    office.paragraph(document, "异议人的身份单独存放，不在本表。", Font("宋体", 9), align="left", pitch=None)
    add_signature_lines(document, ("经办人", "监督人员"))
    office.add_sheet_footer(document, record.digest, "登记内容校验码")
    return office.save(document)
