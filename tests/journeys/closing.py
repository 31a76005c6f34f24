"""Step 6 of a selection: the final ranking, the papers that go out, the trail."""

from __future__ import annotations

import hashlib
import io
import json

import docx
import openpyxl

from review_portal import clock
from review_portal.domain.chinese_dates import local_date
from tests.factories_papers import pdf
from tests.factories_selection import (
    ABSENT,
    BELOW,
    PANEL,
    RANKED,
    VARIANTS,
    WITHDRAWN,
)
from tests.journeys import steps
from tests.journeys.agreeing import panel_agrees
from tests.journeys.chairing import freeze, ranked_rows
from tests.journeys.intake import OFFICE
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
    panel_agrees(world)
    chair.follow("排名与说明")
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


def experts_confirm_their_own_scores(world: World) -> None:
    """One disputes and takes it back, one signs on paper; until all have confirmed nothing is decided."""
    officer, disputing, signing = world.officer, world.people[PANEL[1]], PANEL[2]
    for name, hand in world.experts.items():
        for _round in STAGES:
            hand.get("/")
            if name == signing and len(hand.page.doc.xpath("//a[.='核对并确认']")) == 1:
                continue
            href = hand.page.doc.xpath("//a[.='核对并确认']/@href")[-1]
            hand.get(href)
            hand.sees("计入排名的本人评分", "这里只显示您本人的评分。")
            hand.press("提交确认", {"answer": "agree"})
            hand.sees("已确认与本人评分一致。")
    disputing.press("提交确认", {"answer": "differ", "不一致的内容": "短"})
    assert disputing.page.status == 422
    disputing.press("提交确认", {"answer": "differ", "不一致的内容": "2023-001合计应为88分（示例）"})
    disputing.sees("您已表示不一致，名单暂不离开评审现场")
    world.supervisor.get("/")
    world.supervisor.follow("评分确认")
    world.supervisor.sees("2023-001合计应为88分（示例）", "已确认 8／10人")
    officer.follow("会议审定")
    officer.sees("现在不能登记", "（不一致）")
    disputing.press("提交确认", {"answer": "agree"})
    officer.follow("查看评分确认")
    officer.follow("登记", signing)
    officer.press("提交监督人员", {"kind": "paper", "事由": "当面签字（示例）"})
    world.supervisor.get("/")
    world.supervisor.follow("核对并确认")
    world.supervisor.press("同意登记", tick=["我已当面核对专家签字"])
    officer.follow("评分确认")
    officer.sees("已确认 10／10人", "纸质签字，已登记")


def leaders_decide_and_the_notice_is_drafted(world: World) -> None:
    """The decision is recorded by one and checked by another; what nobody has said prints as 【待填】."""
    officer, second = world.officer, world.second
    officer.follow("会议审定")
    officer.follow("登记会议审定结果")
    officer.press(
        "提交复核（双人）",
        {
            "会议名称": "主任办公会（示例）",
            "会议日期": f"{local_date(clock.now())}",
            "纪要号": "示例会纪〔2023〕6号",
            "outcome": "agreed",
            "决定事项": "同意3家（示例）",
        },
        files={"会议纪要扫描件": ("会议纪要.pdf", pdf(1))},
    )
    officer.sees("已提交，等待复核人核对")
    second.get("/approvals/")
    second.follow("核对并确认")
    second.sees("示例会纪〔2023〕6号", "我已对照会议纪要逐项核对")
    second.press("复核同意", tick=["我已对照会议纪要逐项核对"])
    officer.follow("会议审定")
    officer.sees("与拟遴选数量一致", "示例会纪〔2023〕6号", "同意3家（示例）")
    officer.follow("公示稿")
    officer.press("生成公示稿")
    officer.sees("补齐后方可发布", OFFICE["监督电话"])  # taken over from the office's own facts
    notice = document_text(officer.download("下载 Word"))
    assert OFFICE["监督电话"] in notice
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
