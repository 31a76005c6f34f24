"""Builds the files that tests feed to intake: altered Office packages, rosters, tables."""

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence

import docx
import xlsxwriter

ROSTER_HEADS = (
    "姓名",
    "工作单位",
    "职称",
    "专业",
    "手机",
    "邮箱",
    "所在区县",
    "任职经历",
    "亲属任职",
    "声明的利害关系",
)


def altered(
    package: bytes,
    *,
    add: Mapping[str, bytes] | None = None,
    replace: Mapping[str, tuple[bytes, bytes]] | None = None,
    drop: Collection[str] = (),
) -> bytes:
    """A copy of an Office file with parts added, dropped, or one byte string in them exchanged."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename in drop:
                continue
            content = old.read(entry)
            if replace and entry.filename in replace:
                before, after = replace[entry.filename]
                assert before in content
                content = content.replace(before, after, 1)
            new.writestr(entry.filename, content)
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return result.getvalue()


def sheet_xlsx(rows: Sequence[Sequence[object]], sheet: str = "Sheet1") -> bytes:
    """A workbook with one sheet holding these rows from A1 on."""
    result = io.BytesIO()
    book = xlsxwriter.Workbook(result, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return result.getvalue()


def table_docx(paragraphs: Sequence[str], *tables: Sequence[Sequence[str]]) -> bytes:
    """A Word file with these paragraphs and then these tables."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    for rows in tables:
        table = document.add_table(len(rows), max(len(row) for row in rows))
        for cells, row in zip(table.rows, rows, strict=True):
            for cell, text in zip(cells.cells, row, strict=False):
                cell.text = text
    result = io.BytesIO()
    document.save(result)
    return result.getvalue()


def roster_rows(experts: Sequence[Mapping[str, object]]) -> list[list[object]]:
    """Roster rows, in the order of ROSTER_HEADS, from expert records as in tests/data/experts."""
    return [
        [
            expert["name"],
            expert["employer"],
            expert.get("title", ""),
            expert.get("field", ""),
            expert.get("phone", ""),
            expert.get("email", ""),
            expert.get("district", ""),
            _joined(expert, "past_roles", ("org", "role", "end")),
            _joined(expert, "relatives", ("name", "relation", "org", "position")),
            "；".join(str(text) for text in _items(expert, "signed_conflict")),
        ]
        for expert in experts
    ]


def roster_xlsx(experts: Sequence[Mapping[str, object]]) -> bytes:
    """An expert roster workbook from expert records as in tests/data/experts/experts_recusal.json."""
    return sheet_xlsx([ROSTER_HEADS, *roster_rows(experts)], "专家名单")


def _joined(expert: Mapping[str, object], key: str, parts: Sequence[str]) -> str:
    return "；".join("/".join(str(item[part] or "至今") for part in parts) for item in _items(expert, key))


def _items(expert: Mapping[str, object], key: str) -> list:
    found = expert.get(key, [])
    assert isinstance(found, list)
    return found
