"""Step 6 of a selection: the final ranking, the papers that go out, the trail."""

from __future__ import annotations

import hashlib
import io
import json

import docx
import openpyxl

from tests.factories_selection import (
    ABSENT,
    BELOW,
    PANEL,
    RANKED,
    VARIANTS,
    WITHDRAWN,
)
from tests.journeys import steps
from tests.journeys.chairing import freeze, ranked_rows
from tests.journeys.world import SECRET, STAGES, World


def ranking_is_frozen(world: World) -> None:
    """Both rounds weighted; the tie is told apart by the second key; the absent unit has no place."""
    chair = world.chair
    chair.sees("书面评审", "现场答辩", "同分说明", "同分，按并列规则确定先后")
    rows = ranked_rows(chair)
    assert [cells[1].split()[0] for cells in rows[:4]] == list(RANKED)
    assert [cells[0] for cells in rows[:4]] == ["1", "2", "3", "4"]
    outside = {cells[1].split()[0]: cells[-1] for cells in rows[4:]}
    assert outside == {ABSENT: "放弃答辩", BELOW: "未进入答辩", WITHDRAWN: "已撤回"}
    freeze(chair, "冻结排名")


def secretariat_takes_the_workbook(world: World) -> None:
    """What is printed is what was frozen: places and scores read back from the file."""
    officer = world.officer
    officer.follow("排名与文书")
    rows = ranked_rows(officer)
    book = openpyxl.load_workbook(io.BytesIO(officer.download("下载排名工作簿")))
    printed = list(book.worksheets[1].iter_rows(values_only=True))
    for cells in rows[:4]:
        (line,) = [row for row in printed if cells[1].split()[0] in row]
        scores = [f"{cell:.2f}" for cell in line[1:] if isinstance(cell, int | float)]
        assert (str(line[0]), scores[: len(STAGES) + 1]) == (cells[0], cells[2 : len(STAGES) + 3])
    text = steps.readable(officer.download("下载排名工作簿"))
    assert all(name not in text for name in PANEL)


def leaders_decide_and_the_notice_is_drafted(world: World) -> None:
    """The decision is recorded with its minutes; what nobody has said yet prints as 【待填】."""
    officer = world.officer
    officer.follow("登记会议审定结果")
    officer.press(
        "登记会议审定结果",
        {
            "会议名称": "主任办公会（示例）",
            "会议日期": "2023-03-13",
            "纪要号": "示例会纪〔2023〕6号",
            "结论": "同意3家（示例）",
        },
    )
    officer.sees("会议审定结果已登记。", "示例会纪〔2023〕6号")
    officer.follow("公示稿")
    officer.press("生成公示稿")
    officer.sees("补齐后方可发布", "【待填：监督电话】")
    notice = document_text(officer.download("下载 Word"))
    assert "【待填：监督电话】" in notice
    assert [number for number, (unit, _by) in VARIANTS.items() if unit in notice] == ["2023-005"]
    officer.press("保存", {"监督电话": "023-00000000（示例）"})
    assert "023-00000000（示例）" in document_text(officer.download("下载 Word"))


def document_text(data: bytes) -> str:
    """Paragraphs and tables of a document."""
    opened = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in opened.paragraphs), *cells])


def supervisor_reads_the_trail(world: World) -> None:
    """Every act is there; each line of the download gives its own check code again."""
    supervisor = world.supervisor
    supervisor.get("/")
    supervisor.follow("监督概况")
    supervisor.press("现在核对")
    supervisor.sees("逐条核对无误")
    supervisor.follow("监督记录")
    lines = [json.loads(line) for line in supervisor.download("下载核验文件").splitlines()]
    for line in lines:
        code = line.pop("digest")
        body = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(body.encode()).hexdigest() == code
    done = {line["action"] for line in lines}
    assert {"publish", "approve_unseal", "freeze_ranking", "record_decision"} <= done
    assert SECRET not in str(lines)
