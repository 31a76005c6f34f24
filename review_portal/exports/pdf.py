"""A paper's PDF, set from its own .docx with typst (extra `pdf`) and the fonts of this machine.

Named fonts are used where they are installed; otherwise one Chinese font stands in for all of them.
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import Any

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.exports.typst_source import source_of

try:
    import typst
except ImportError:  # the extra is not installed
    typst = None  # type: ignore[assignment]

# families that have Chinese characters, the better ones first; which is installed, the machine says
CHINESE = (
    "FangSong_GB2312",
    "FangSong",
    "STFangsong",
    "SimSun",
    "NSimSun",
    "Source Han Serif SC",
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "AR PL UMing CN",
    "Source Han Sans SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Songti SC",
)
NO_EXTRA = mark(
    "本机没有安装PDF组件。请管理员在项目文件夹执行“.venv/bin/pip install -r requirements-pdf.txt”后重启门户；"
    "现在可先下载Word文件。"
)
NO_FONT = mark(
    "本机没有中文字体，生成的PDF会缺字。请管理员安装中文字体（如 apt-get install fonts-noto-cjk）后重启门户；"
    "现在可先下载Word文件。"
)


def why_not() -> Conflict | None:
    """What this machine lacks for a PDF, as a refusal that says what to install; None where it has all."""
    if typst is None:
        return Conflict(NO_EXTRA)
    return None if _chinese() else Conflict(NO_FONT)


def from_docx(data: bytes) -> bytes:
    """The PDF of a .docx of ours; equal papers give equal bytes. Raises `Conflict` (what to install)."""
    lacking = why_not()
    if lacking is not None:
        raise lacking
    source = source_of(data, _chinese())
    made: bytes = typst.compile(
        source.markup.encode(),
        format="pdf",
        font_paths=_fonts(),
        timestamp=source.dated.replace(tzinfo=UTC),
    )
    return made


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """The machine's fonts, looked through once."""
    return typst.Fonts()


@lru_cache(maxsize=1)
def _chinese() -> tuple[str, ...]:
    installed = {name.lower() for name in _fonts().families()}
    return tuple(name for name in CHINESE if name.lower() in installed)
