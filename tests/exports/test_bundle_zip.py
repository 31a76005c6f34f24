"""Names of a package's files on every system."""

from __future__ import annotations

import io
import zipfile

import pytest

from review_portal.exports.bundle import Entry, safe_name, write_zip


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ('甲/乙\\丙:丁*?"<>|.docx', "甲_乙_丙_丁______.docx"),
        (" 甲. .docx", "甲.docx"),
        ("\n.pdf", "_.pdf"),
        ("长" * 200 + ".xlsx", "长" * 100 + ".xlsx"),
    ],
)
def test_safe_name_takes_away_what_windows_refuses(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_zip_keeps_papers_of_one_name_apart() -> None:
    entries = [Entry("评审", "A.docx", "", b"1"), Entry("评审", "a.docx", "", b"2")]
    data = write_zip("示例", entries)
    assert data == write_zip("示例", entries)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.namelist() == ["目录.txt", "01_评审/A.docx", "01_评审/a（2）.docx"]
