"""Decides whether an uploaded file may be opened at all, before any reader sees it.

The steps go from cheap to dear, so that a hostile file is refused before it can cost anything:
size -> number of entries -> summed sizes -> ratio -> names -> macros -> external relations ->
bounded full read (declared sizes lie) -> XML without entities or DTD.  Every fault raises
``Invalid`` with a sentence that says what to do next; nothing is written anywhere.
"""

import codecs
import io
import itertools
import posixpath
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import Literal

import puremagic

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.intake.office_xml import (
    CONTENT_TYPES,
    RELATIONS_ROOT,
    BrokenXml,
    ForbiddenXml,
    check_xml,
    content_types,
    relations,
    unpacked,
)

Kind = Literal["docx", "xlsx", "pdf", "png", "jpeg", "csv"]

MIB = 1024 * 1024
_CHUNK = 64 * 1024
_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STRICT_TYPES = "http://purl.oclc.org/ooxml/"
_MAIN_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_ROOTS = {_MAIN_TYPES["docx"]: "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}document"}
_EXTENSIONS: dict[str, Kind] = {
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".pdf": "pdf",
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".csv": "csv",
}
_MAGIC_KINDS: dict[str, Kind] = {
    ".pdf": "pdf",
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jfif": "jpeg",
}
_OLD_WORD = {".doc", ".dot", ".wps", ".wpt", ".rtf"}
_OLD_EXCEL = {".xls", ".xlt", ".et", ".ett"}
_MACRO_EXTENSIONS = {".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xlsb"}
# Parts that run code: VBA, Excel 4 macro sheets, ActiveX controls.
_ACTIVE_TYPE_MARKS = ("macroenabled", "vbaproject", "vbadata", "macrosheet", "activex")
_ACTIVE_NAME_MARKS = ("vbaproject", "vbadata", "macrosheets/", "activex/")

_TOO_MANY_PARTS = _("文件内部结构异常（包含的内容过多）。请在 Word/WPS 中另存一份后重新上传。")
_TOO_LARGE_INSIDE = _("文件解压后过大，无法安全打开。请压缩其中的图片，另存一份后重新上传。")
_DAMAGED = _("文件已损坏，无法打开。请在 Word/WPS 中确认能正常打开，另存一份后重新上传。")
_UNSAFE_NAMES = _("文件内部结构异常（含有不规范的名称）。请在 Word/WPS 中另存一份后重新上传。")
_MACROS = _("文件含有宏或控件，不能接收。请在 Word/WPS 中另存为不含宏的 .docx 或 .xlsx 后重新上传。")
_EXTERNAL = _(
    "文件引用了外部的图片、模板或数据，不能接收。请在 Word/WPS 中把图片改为嵌入、断开外部链接后重新上传。"
)
_FORBIDDEN_XML = _("文件内部含有不允许的定义，不能接收。请在 Word/WPS 中另存一份后重新上传。")
_PASSWORD = _("文件设有打开密码，无法读取。请在 Word/WPS 中取消密码后重新上传。")
_OLD_DOC = _("这是旧版 Word 格式，无法读取。请在 Word/WPS 中另存为 .docx 后重新上传。")
_OLD_XLS = _("这是旧版 Excel 格式，无法读取。请在 Excel/WPS 中另存为 .xlsx 后重新上传。")
_NOT_DOCX = _("这不是 Word 文档（.docx）。请在 Word/WPS 中另存为 .docx 后重新上传。")
_NOT_XLSX = _("这不是 Excel 表格（.xlsx）。请在 Excel/WPS 中另存为 .xlsx 后重新上传。")
_STRICT = _(
    "文件以“Strict Open XML”格式保存，无法读取。请在 Word/WPS 中另存为普通的 .docx 或 .xlsx 后重新上传。"
)
_EMPTY = _("文件是空的。请检查后重新上传。")

# What a damaged archive makes the standard library and the XML reader raise.
_UNREADABLE = (
    BrokenXml,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class PackageLimits:
    """Bounds on one Office file; sizes in bytes, ratio = unpacked / packed.

    The ratio counts only from ``ratio_floor`` on, because Word's own style parts pack 20 to 1 and
    a small part cannot hurt.  Depth stays under lxml's own limit of 256, so that the reader never
    meets a document that it has to give up on.
    """

    file_bytes: int = 50 * MIB
    entries: int = 4000
    unpacked_bytes: int = 200 * MIB
    xml_bytes: int = 64 * MIB
    ratio: int = 100
    ratio_floor: int = 2 * MIB
    xml_depth: int = 200


DEFAULT_LIMITS = PackageLimits()


def check_size(size: int, limit: int) -> None:
    """Refuse an empty file and one over ``limit`` bytes."""
    if size <= 0:
        raise Invalid(_EMPTY)
    if size > limit:
        raise Invalid(
            _(
                "文件大小为 %(size)s MB，超过上限 %(limit)s MB。请压缩图片或拆分后重新上传。",
                size=f"{size / MIB:.1f}",
                limit=f"{limit / MIB:g}",
            )
        )


def check_docx(data: bytes, limits: PackageLimits = DEFAULT_LIMITS) -> None:
    """Pass a Word document that is safe to hand to python-docx; else raise ``Invalid``."""
    _check_package(data, "docx", limits)


def check_xlsx(data: bytes, limits: PackageLimits = DEFAULT_LIMITS) -> None:
    """Pass a workbook that is safe to hand to calamine; else raise ``Invalid``."""
    _check_package(data, "xlsx", limits)


def sniff(data: bytes, file_name: str) -> Kind:
    """What the file is by content, when its name agrees; else ``Invalid``.

    It looks at content and name only: a caller still runs ``check_docx`` or ``check_xlsx``.
    """
    if not data:
        raise Invalid(_EMPTY)
    suffix = posixpath.splitext(file_name.strip().casefold())[1]
    if suffix in _MACRO_EXTENSIONS:
        raise Invalid(_MACROS)
    if data.startswith(_OLE_MAGIC) or suffix in _OLD_WORD | _OLD_EXCEL:
        raise Invalid(_old_format(data, excel=suffix in _OLD_EXCEL or suffix == ".xlsx"))
    named = _EXTENSIONS.get(suffix)
    if named is None:
        raise Invalid(
            _(
                "不支持“%(suffix)s”文件。请上传 .docx、.xlsx、.csv、.pdf、.png 或 .jpg。",
                suffix=suffix or "无扩展名",
            )
        )
    found = _kind_of_content(data)
    if found != named:
        raise Invalid(_mismatch(named, found))
    return named


def _mismatch(named: Kind, found: Kind | None) -> Message:
    if found is None:
        return _("文件内容与扩展名 .%(named)s 不符，或文件已损坏。请用原软件打开确认后重传。", named=named)
    return _(
        "文件名是 .%(named)s，内容却是 .%(found)s。请用原软件另存为正确的格式后重新上传，不要只改扩展名。",
        named=named,
        found=found,
    )


def _kind_of_content(data: bytes) -> Kind | None:
    if data.startswith(_ZIP_MAGIC):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return None
        if any(name.startswith("word/") for name in names):
            return "docx"
        return "xlsx" if any(name.startswith("xl/") for name in names) else None
    if _is_text(data):
        return "csv"
    try:
        return _MAGIC_KINDS.get(puremagic.from_string(data[: 64 * 1024]))
    except (puremagic.PureError, ValueError):
        return None


def _is_text(data: bytes) -> bool:
    if b"\x00" in data or data.startswith(b"%PDF"):
        return False
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            decoder.decode(data[:_CHUNK])
        except UnicodeDecodeError:
            continue
        return True
    return False


def _old_format(data: bytes, *, excel: bool) -> Message:
    """OLE containers are old Office files, or new ones under a password; the directory tells."""
    if data.startswith(_OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return _PASSWORD
        if "WordDocument".encode("utf-16-le") in data:
            return _OLD_DOC
        if "Workbook".encode("utf-16-le") in data:
            return _OLD_XLS
    return _OLD_XLS if excel else _OLD_DOC


def _check_package(data: bytes, kind: Literal["docx", "xlsx"], limits: PackageLimits) -> None:
    check_size(len(data), limits.file_bytes)
    if data.startswith(_OLE_MAGIC):
        raise Invalid(_old_format(data, excel=kind == "xlsx"))
    wrong_kind = _NOT_DOCX if kind == "docx" else _NOT_XLSX
    if not data.startswith(_ZIP_MAGIC):
        raise Invalid(wrong_kind)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive.infolist(), limits)
            _check_names(archive.infolist())
            if CONTENT_TYPES not in archive.namelist():
                raise Invalid(wrong_kind)
            types = content_types(archive, limits.xml_depth)
            _check_no_macros(archive, types)
            if _MAIN_TYPES[kind] not in types.values():
                raise Invalid(wrong_kind)
            _check_relations(archive, limits)
            _check_full_read(data, archive.infolist())
            _check_all_xml(archive, types, limits)
    except ForbiddenXml as error:
        raise Invalid(_FORBIDDEN_XML) from error
    except _UNREADABLE as error:
        raise Invalid(_DAMAGED) from error
    except RuntimeError as error:  # zipfile's way to ask for a password
        raise Invalid(_PASSWORD) from error


def _check_entries(entries: list[zipfile.ZipInfo], limits: PackageLimits) -> None:
    if len(entries) > limits.entries:
        raise Invalid(_TOO_MANY_PARTS)
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise Invalid(_TOO_LARGE_INSIDE)
    if any(
        entry.file_size > limits.ratio_floor and entry.file_size > limits.ratio * entry.compress_size
        for entry in entries
    ):
        raise Invalid(_TOO_LARGE_INSIDE)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Invalid(_PASSWORD)
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Invalid(_DAMAGED)
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, following in itertools.pairwise(ordered):
        # Entries that share bytes are how a small archive declares a huge content.
        if entry.header_offset + 30 + entry.compress_size > following.header_offset:
            raise Invalid(_DAMAGED)


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        key = unicodedata.normalize("NFC", name).casefold()
        unsafe = (
            key in seen
            or not name
            or name.startswith("/")
            or "\\" in name
            or ":" in name
            or any(step in ("..", ".") for step in name.split("/"))
            or any(unicodedata.category(character) == "Cc" for character in name)
        )
        if unsafe:
            raise Invalid(_UNSAFE_NAMES)
        seen.add(key)


def _check_no_macros(archive: zipfile.ZipFile, types: dict[str, str]) -> None:
    names = (name.casefold() for name in archive.namelist())
    if any(mark in name for name in names for mark in _ACTIVE_NAME_MARKS):
        raise Invalid(_MACROS)
    if any(mark in declared.casefold() for declared in types.values() for mark in _ACTIVE_TYPE_MARKS):
        raise Invalid(_MACROS)


def _check_relations(archive: zipfile.ZipFile, limits: PackageLimits) -> None:
    for relation in relations(archive, limits.xml_depth):
        if relation.type.startswith(_STRICT_TYPES) and relation.type.endswith("/officeDocument"):
            raise Invalid(_STRICT)
        # A hyperlink does nothing until a person follows it; everything else is fetched on opening.
        if relation.external and not relation.type.endswith("/hyperlink"):
            raise Invalid(_EXTERNAL)


def _check_full_read(data: bytes, entries: list[zipfile.ZipInfo]) -> None:
    for entry in entries:
        if unpacked(data, entry) != (entry.file_size, entry.CRC):
            raise Invalid(_DAMAGED)


def _check_all_xml(archive: zipfile.ZipFile, types: dict[str, str], limits: PackageLimits) -> None:
    budget = limits.xml_bytes
    for entry in archive.infolist():
        # Readers go by the declared type, not by the name; VML is left out because Excel writes it
        # ill-formed and no reader here parses it.
        declared = types.get(entry.filename.casefold(), "")
        if not (declared.endswith(("+xml", "/xml")) or entry.filename.casefold().endswith((".xml", ".rels"))):
            continue
        budget -= entry.file_size
        if budget < 0:
            raise Invalid(_TOO_LARGE_INSIDE)
        with archive.open(entry) as part:
            root = check_xml(part, max_depth=limits.xml_depth)
        # Readers stumble over relations and documents whose root is of another make.
        expected = (
            RELATIONS_ROOT if entry.filename.casefold().endswith(".rels") else _ROOTS.get(declared, root)
        )
        if root != expected:
            raise Invalid(_DAMAGED)
