"""What may be opened at all: safe Office files pass, everything else is refused with a way out."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from review_portal.domain.errors import Invalid
from review_portal.intake.upload_guard import PackageLimits, check_docx, check_size, check_xlsx, sniff
from tests.data_builders import altered, sheet_xlsx

RECOMMENDATIONS = Path(__file__).parents[1] / "data" / "recommendations"
DOCX = (RECOMMENDATIONS / "annex1_liangjiang.docx").read_bytes()
XLSX = (RECOMMENDATIONS / "annex1_liangjiang.xlsx").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512

DAMAGED = "文件已损坏，无法打开。请在 Word/WPS 中确认能正常打开，另存一份后重新上传。"
MACROS = "文件含有宏或控件，不能接收。请在 Word/WPS 中另存为不含宏的 .docx 或 .xlsx 后重新上传。"
EXTERNAL = (
    "文件引用了外部的图片、模板或数据，不能接收。请在 Word/WPS 中把图片改为嵌入、断开外部链接后重新上传。"
)
FORBIDDEN = "文件内部含有不允许的定义，不能接收。请在 Word/WPS 中另存一份后重新上传。"
TOO_LARGE_INSIDE = "文件解压后过大，无法安全打开。请压缩其中的图片，另存一份后重新上传。"
NAMES = "文件内部结构异常（含有不规范的名称）。请在 Word/WPS 中另存一份后重新上传。"
PASSWORD = "文件设有打开密码，无法读取。请在 Word/WPS 中取消密码后重新上传。"
OLD_DOC = "这是旧版 Word 格式，无法读取。请在 Word/WPS 中另存为 .docx 后重新上传。"
OLD_XLS = "这是旧版 Excel 格式，无法读取。请在 Excel/WPS 中另存为 .xlsx 后重新上传。"
NOT_DOCX = "这不是 Word 文档（.docx）。请在 Word/WPS 中另存为 .docx 后重新上传。"


def refusal(check, *arguments) -> str:
    with pytest.raises(Invalid) as refused:
        check(*arguments)
    return str(refused.value.message)


def relation(kind: str, target: str) -> tuple[bytes, bytes]:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    text = f'<Relationship Id="rX" Type="{base}/{kind}" Target="{target}" TargetMode="External"/>'
    return b"</Relationships>", f"{text}</Relationships>".encode()


def test_check_accepts_real_forms():
    check_docx(DOCX)
    check_docx((RECOMMENDATIONS / "annex1_blank.docx").read_bytes())
    check_xlsx(XLSX)
    check_xlsx(sheet_xlsx([["姓名"]]))


def test_check_size_names_both_sizes():
    check_size(1024, 1024)
    assert refusal(check_size, 3 * 1024 * 1024, 2 * 1024 * 1024) == (
        "文件大小为 3.0 MB，超过上限 2 MB。请压缩图片或拆分后重新上传。"
    )
    assert refusal(check_size, 0, 10) == "文件是空的。请检查后重新上传。"


def test_check_docx_refuses_oversize_before_opening():
    message = refusal(check_docx, b"x" * 1_600_000, PackageLimits(file_bytes=1024 * 1024))
    assert message == "文件大小为 1.5 MB，超过上限 1 MB。请压缩图片或拆分后重新上传。"


@pytest.mark.parametrize("cut", [10, 200, 20_000, len(DOCX) - 30])
def test_check_docx_refuses_truncated_file(cut):
    assert refusal(check_docx, DOCX[:cut]) == DAMAGED


def test_check_docx_refuses_flipped_bytes_in_content():
    with zipfile.ZipFile(io.BytesIO(DOCX)) as archive:
        start = archive.getinfo("word/document.xml").header_offset + 200
    broken = DOCX[:start] + bytes(byte ^ 0xFF for byte in DOCX[start : start + 40]) + DOCX[start + 40 :]
    assert refusal(check_docx, broken) == DAMAGED


def test_check_refuses_the_other_office_kind():
    assert refusal(check_docx, XLSX) == NOT_DOCX
    assert (
        refusal(check_xlsx, DOCX) == "这不是 Excel 表格（.xlsx）。请在 Excel/WPS 中另存为 .xlsx 后重新上传。"
    )


@pytest.mark.parametrize("data", [b"%PDF-1.7 text", b"plain text", b"MZ\x90\x00", b"<html></html>"])
def test_check_docx_refuses_what_is_no_package(data):
    assert refusal(check_docx, data) == NOT_DOCX


def test_check_docx_refuses_a_plain_zip():
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert refusal(check_docx, plain.getvalue()) == NOT_DOCX


def test_check_docx_refuses_a_template():
    template = altered(
        DOCX,
        replace={
            "[Content_Types].xml": (b"wordprocessingml.document.main", b"wordprocessingml.template.main")
        },
    )
    assert refusal(check_docx, template) == NOT_DOCX


@pytest.mark.parametrize(
    ("mark", "excel", "plain"),
    [
        ("WordDocument", OLD_DOC, OLD_DOC),
        ("Workbook", OLD_XLS, OLD_XLS),
        ("EncryptedPackage", PASSWORD, PASSWORD),
        ("", OLD_XLS, OLD_DOC),
    ],
)
def test_check_tells_old_formats_from_encrypted_files(mark, excel, plain):
    data = OLE + mark.encode("utf-16-le")
    assert refusal(check_xlsx, data) == excel
    assert refusal(check_docx, data) == plain


@pytest.mark.parametrize("name", ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "word/vbaData.xml"])
def test_check_docx_refuses_macro_parts(name):
    assert refusal(check_docx, altered(DOCX, add={name: b"<a/>"})) == MACROS


def test_check_refuses_macro_content_types():
    macro_docx = altered(
        DOCX,
        replace={
            "[Content_Types].xml": (
                b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                b"application/vnd.ms-word.document.macroEnabled.main+xml",
            )
        },
    )
    assert refusal(check_docx, macro_docx) == MACROS
    hidden = b'<Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    disguised = altered(
        DOCX, replace={"[Content_Types].xml": (b"</Types>", hidden)}, add={"word/x.bin": b"x"}
    )
    assert refusal(check_docx, disguised) == MACROS


@pytest.mark.parametrize("kind", ["image", "attachedTemplate", "oleObject", "frame", "subDocument"])
def test_check_docx_refuses_external_relations(kind):
    part = "word/_rels/document.xml.rels"
    data = altered(DOCX, replace={part: relation(kind, "http://example.com/x")})
    assert refusal(check_docx, data) == EXTERNAL


def test_check_docx_accepts_hyperlinks():
    check_docx(
        altered(DOCX, replace={"word/_rels/document.xml.rels": relation("hyperlink", "http://example.com")})
    )


def test_check_xlsx_refuses_linked_workbooks():
    part = "xl/_rels/workbook.xml.rels"
    data = altered(XLSX, replace={part: relation("externalLinkPath", "file:///C:/other.xlsx")})
    assert refusal(check_xlsx, data) == EXTERNAL


@pytest.mark.parametrize(
    "name", ["../evil.xml", "word/../../evil.xml", "/etc/x.xml", "C:/x.xml", "word\\x.xml", "word/a\x01.xml"]
)
def test_check_docx_refuses_path_tricks(name):
    assert refusal(check_docx, altered(DOCX, add={name: b"<a/>"})) == NAMES


def test_check_docx_refuses_names_that_differ_only_in_case():
    assert refusal(check_docx, altered(DOCX, add={"Word/Document.xml": b"<a/>"})) == NAMES


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>',
        b"<!DOCTYPE a><a/>",
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_check_docx_refuses_entities_dtd_and_deep_nesting(declaration):
    assert refusal(check_docx, altered(DOCX, add={"customXml/item9.xml": declaration})) == FORBIDDEN


def test_check_docx_reads_xml_by_its_declared_type():
    override = b'<Override PartName="/word/x.dat" ContentType="application/foo+xml"/></Types>'
    data = altered(
        DOCX,
        replace={"[Content_Types].xml": (b"</Types>", override)},
        add={"word/x.dat": b"<!DOCTYPE a><a/>"},
    )
    assert refusal(check_docx, data) == FORBIDDEN


def test_check_docx_refuses_broken_xml():
    assert refusal(check_docx, altered(DOCX, add={"customXml/item9.xml": b"<a><b></a>"})) == DAMAGED


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        (
            "word/document.xml",
            b"<?xml version='1.0' encoding='UTF-8'",
            b"<?xml version='1.0' encoding='nobody'",
        ),
        ("word/document.xml", b"wordprocessingml/2006/main", b"wordprocessingml/2006/other"),
        ("_rels/.rels", b"package/2006/relationships", b"package/2006/other"),
    ],
    ids=["encoding", "document root", "relations root"],
)
def test_check_docx_refuses_what_its_reader_would_stumble_over(part, before, after):
    assert refusal(check_docx, altered(DOCX, replace={part: (before, after)})) == DAMAGED


def test_check_docx_refuses_a_bomb_by_its_ratio():
    bomb = altered(DOCX, add={"word/media/image1.png": b"\x00" * (20 * 1024 * 1024)})
    assert len(bomb) < 100_000
    assert refusal(check_docx, bomb) == TOO_LARGE_INSIDE


def test_check_docx_refuses_summed_sizes_and_too_many_entries():
    assert refusal(check_docx, DOCX, PackageLimits(unpacked_bytes=500_000)) == TOO_LARGE_INSIDE
    assert refusal(check_docx, DOCX, PackageLimits(xml_bytes=500_000)) == TOO_LARGE_INSIDE
    assert refusal(check_docx, DOCX, PackageLimits(entries=17)) == (
        "文件内部结构异常（包含的内容过多）。请在 Word/WPS 中另存一份后重新上传。"
    )


def test_check_docx_refuses_sizes_that_lie_even_with_a_matching_checksum():
    """A reader that stops at the declared size passes this part; one that does not unpacks it all."""
    content = b"<a/>" + b" " * 5_000_000
    data = bytearray(altered(DOCX, add={"customXml/item9.xml": content}))
    central = data.rindex(b"customXml/item9.xml") - 46
    local = data.index(b"customXml/item9.xml") - 30
    for place in (central + 16, local + 14):
        struct.pack_into("<I", data, place, zlib.crc32(content[:4]))
    for place in (central + 24, local + 22):
        struct.pack_into("<I", data, place, 4)
    assert refusal(check_docx, bytes(data)) == DAMAGED


def test_check_docx_refuses_encrypted_entries():
    data = bytearray(DOCX)
    central = data.rindex(b"word/document.xml") - 46
    assert data[central : central + 4] == b"PK\x01\x02"
    data[central + 8] |= 1
    assert refusal(check_docx, bytes(data)) == PASSWORD


def test_sniff_tells_kinds_whose_name_agrees():
    assert sniff(DOCX, "附件1.DOCX") == "docx"
    assert sniff(XLSX, "附件1.xlsx") == "xlsx"
    assert sniff(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "扫描件.pdf") == "pdf"
    assert sniff(b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 20, "图.png") == "png"
    assert sniff(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 20, "图.jpg") == "jpeg"
    assert sniff("姓名,手机\n甲示例,19900001001\n".encode("gb18030"), "专家.csv") == "csv"
    assert sniff("姓名,手机\n".encode("utf-8-sig"), "专家.csv") == "csv"


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.docx", "文件是空的。请检查后重新上传。"),
        (OLE + "WordDocument".encode("utf-16-le"), "a.docx", OLD_DOC),
        (OLE, "a.doc", OLD_DOC),
        (OLE, "a.xls", OLD_XLS),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", PASSWORD),
        (DOCX, "a.docm", MACROS),
        (DOCX, "a.exe", "不支持“.exe”文件。请上传 .docx、.xlsx、.csv、.pdf、.png 或 .jpg。"),
        (DOCX, "a", "不支持“无扩展名”文件。请上传 .docx、.xlsx、.csv、.pdf、.png 或 .jpg。"),
        (
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
            "a.docx",
            "文件名是 .docx，内容却是 .pdf。请用原软件另存为正确的格式后重新上传，不要只改扩展名。",
        ),
        (
            DOCX,
            "a.xlsx",
            "文件名是 .xlsx，内容却是 .docx。请用原软件另存为正确的格式后重新上传，不要只改扩展名。",
        ),
        (
            b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 64,
            "a.pdf",
            "文件内容与扩展名 .pdf 不符，或文件已损坏。请用原软件打开确认后重传。",
        ),
        (
            DOCX[:5000],
            "a.docx",
            "文件内容与扩展名 .docx 不符，或文件已损坏。请用原软件打开确认后重传。",
        ),
    ],
)
def test_sniff_refuses(data, name, message):
    assert refusal(sniff, data, name) == message
