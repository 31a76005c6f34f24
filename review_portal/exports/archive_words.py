"""Texts that travel with an archive: how to read and check it, what stands on the disc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from review_portal.domain.chinese_dates import date_text

PROFILES = {"full": "完整", "masked": "遮盖个人信息"}


@dataclass(frozen=True, slots=True)
class Head:
    """What every text of one archive says of it. `head`: check code of the trail's checkpoint."""

    title: str
    document_number: str
    issuer: str
    call: str
    profile: str
    final: bool
    until: date
    entries: int
    head: str

    @property
    def name(self) -> str:
        """What the archive is called, interim ones apart."""
        return f"{self.title}{'归档' if self.final else '阶段归档'}（{PROFILES[self.profile]}）"


def label(head: Head, *, files: int, size: int, code: str = "") -> str:
    """What is written on the disc; `code`, the manifest's, is known only once the archive is written."""
    lines = [
        f"题　　名：{head.title}评审归档{'' if head.final else '（阶段包，批次尚未办结）'}",
        f"文　　号：{head.document_number}",
        f"责 任 者：{head.issuer}",
        f"批次编号：{head.call}",
        f"截止日期：{date_text(head.until)}",
        f"个人信息：{PROFILES[head.profile]}",
        f"内　　容：文件{files}个，共{size / 1_000_000:.1f}兆字节",
        f"检 查 点：监督记录第{head.entries}条，校验码{grouped(head.head[:16])}",
    ]
    if code:
        lines.append(f"清单校验码：{grouped(code)}")
    lines.append("盘　　号：【待填：第　张，共　张】　制作人：【待填】　核对人：【待填】")
    return "".join(f"{line}\n" for line in lines)


def grouped(code: str) -> str:
    """A check code in groups of four, as people read it aloud."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def guide(head: Head, notes: Sequence[str]) -> str:
    """阅读说明.txt."""
    masked = head.profile == "masked"
    lines = [
        head.name,
        "",
        "一、内容",
        "归档目录.xlsx　　各件的题名、日期、保管期限和校验码，按办理先后排列",
        "文书　　　　　　门户生成的全部文书",
        "原件　　　　　　收到的全部文件"
        if not masked
        else "原件　　　　　　含个人信息，不收入，见“未收录.csv”",
        "数据　　　　　　各项原始数据，每项有CSV和JSON两种",
        "规则　　　　　　本批次的规则文件",
        "抽取　　　　　　专家抽取记录",
        "复算　　　　　　每一版冻结的排名和据以计算的评分",
        "监督记录　　　　全部办理记录、检查点",
        "名单.txt　　　　各版名单",
        "MANIFEST.sha256　全部文件的校验码",
        "",
        "二、核对",
        "在任何装有 Python 3.8 或更新版本的电脑上，不联网、不装其他软件：",
        "    python3 verify.py       核对全部文件、监督记录、回执、文书和抽取",
        "    python3 recount.py      由评分重新计算名单，并与“名单.txt”逐字节核对",
        "两个程序可以直接放在解压后的文件夹中运行，也可以在后面写出归档zip的名称。",
        "为防程序本身被改动，请从门户另行取得 verify.py，并核对光盘标签上的清单校验码。",
        "没有登记校验码的文书（收件回执、往来函件等）和收到的原件，程序只与清单核对；经办人、所属材料等编号只在监督记录中核对。",
        "清单和程序若被一并改写，只有光盘标签上的清单校验码和监督人员另存的检查点能够发现：",
        '    python3 verify.py --manifest "清单校验码" --checkpoint "序号:校验码"',
        "CSV中以“=”“+”“-”“@”开头的文字前加有“'”，以免被表格软件当作公式；以JSON为准。",
        "",
        "三、说明",
        *(f"{number}. {note}" for number, note in enumerate(notes, start=1)),
    ]
    return "".join(f"{line}\n" for line in lines)
