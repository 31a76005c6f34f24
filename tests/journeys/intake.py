"""Step 1 of a selection: the office moves in, the call is published, dossiers come in and are decided."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from review_portal.clock import OFFICE_ZONE, now
from review_portal.services import accounts
from tests import form_documents
from tests.factories import inside
from tests.factories_selection import (
    FIRST,
    REJECTED,
    VARIANTS,
    forms,
)
from tests.journeys import steps
from tests.journeys.steps import Hand
from tests.journeys.world import CORRECTED, LISTS, World

OFFICE = {
    "联系处室": "节能处（示例）",
    "联系人": "示例经办人",
    "联系电话": "023-00000000",
    "地址": "示例路1号",
    "邮编": "400000",
    "电子邮箱": "office@example.cn",
    "监督部门": "监督处（示例）",
    "监督电话": "023-00000001",
}


def office_moves_in(world: World) -> None:
    """The first start prints two accounts; the administrator opens the second officer's."""
    administrator, officer = inside(world.app, accounts.bootstrap)
    admin = steps.first_time(world.newcomer("admin"), administrator)
    steps.first_time(world.newcomer("officer"), officer)
    admin.follow("账号")
    admin.follow("开通秘书处账号")
    admin.press("开通账号", {"账号": "office-b", "姓名": "示例乙"})
    admin.sees("已开通示例乙的账号。请发放一次性密码。")
    steps.enter(world.newcomer("second"), *steps.slip(admin, "示例乙"))


def call_is_created_and_published(world: World) -> None:
    """From the rubric folder; every assumed value is marked; publishing is an act of its own."""
    officer = world.officer
    officer.follow("新建批次")
    officer.press("新建批次", {"规则文件夹": "green_platform_2023"})
    officer.sees("批次已建立，尚未发布。请核对规则后发布。", "通知未规定，按评审工作方案执行")
    assert officer.download("下载方案（Word）")[:2] == b"PK"
    officer.follow("账号")
    officer.follow("开通监督账号")
    officer.press("开通账号", {"账号": "watch-a", "姓名": "示例监督甲"})
    steps.enter(world.newcomer("supervisor"), *steps.slip(officer, "示例监督甲"))
    officer.follow("批次与规则")
    officer.follow("发布")
    officer.sees("此后开通账号须由另一人确认。")
    officer.press("发布")
    officer.sees("批次已发布，可以收件。")


def dossiers_come_in(world: World) -> None:
    """Nine forms at once; each value stands beside its source."""
    officer = world.officer
    officer.follow("收件登记")
    officer.follow("登记收件")
    files = [(upload.name, upload.data) for upload in forms()]
    officer.press("上传并识别", {"收件时间": "2023-02-16T10:00"}, files={"申报书": files})
    officer.sees("已收件9份：2023-001、2023-002", "共9份")
    officer.follow("审查", "2023-003")
    officer.sees("12500106MAEXAMP30M", "组织机构代码", "F13", "不符合时拟不予受理")


def recommendations_are_compared(world: World) -> None:
    """附件1 as a table and as a document; the later one of the same unit counts."""
    officer = world.officer
    officer.follow("返回收件登记")
    for name in ("annex1_liangjiang.xlsx", "annex1_liangjiang.docx"):
        officer.follow("推荐汇总表")
        officer.press("登记并核对", files={"推荐汇总表": (name, (LISTS / name).read_bytes())})
        officer.sees("推荐汇总表已登记，有关材料已重新核对。")
    officer.sees("有效", "已被后一份替代")
    officer.follow("2023-001")
    officer.sees(FIRST)


def open_dossier(hand: Hand, number: str) -> None:
    """From any page of the desk to a dossier's formal check."""
    if hand.page.doc.xpath("//a[starts-with(normalize-space(), '返回收件登记')]"):
        hand.follow("返回收件登记")
    else:
        hand.follow("收件登记")
    hand.follow("审查" if "审查" in " ".join(acts(hand, number)) else "查看", number)


def acts(hand: Hand, number: str) -> list[str]:
    return [steps.words(a) for a in hand.page.doc.xpath("//tr[contains(., $n)]//a", n=number)]


def findings_are_confirmed_and_decided(world: World) -> None:
    """What needs a person is answered with its basis; then seven forms are accepted."""
    officer = world.officer
    for number in ("2023-001", *VARIANTS):
        open_dossier(officer, number)
        officer.answer(steps.findings, "保存确认")
        officer.sees("项人工确认。")
        officer.follow("受理")
        officer.press("受理", {"理由": "形式审查通过（示例）"})
        officer.sees("已受理。", "形式审查通过")


def incomplete_form_goes_back_and_returns(world: World) -> None:
    """Blank totals go back; a changed target is refused with its place, filled totals are taken."""
    officer = world.officer
    open_dossier(officer, CORRECTED)
    officer.sees("F18", "指标总目标均填写")
    officer.follow("退回补正")
    due = f"{(now() + timedelta(days=7)).astimezone(OFFICE_ZONE):%Y-%m-%dT%H:%M}"
    officer.press("退回补正", {"补正截止时间": due})
    officer.sees("已退回补正。")
    officer.follow("登记补正件")
    typed = {"补正情况": "补填总目标"}
    officer.press("上传并比对", typed, files={"补正后的申报书": ("补正.docx", totals("25"))})
    officer.sees("原为“20”，补正件为“25”。", "补填总目标")
    officer.press("上传并比对", typed, files={"补正后的申报书": ("补正.docx", totals("20"))})
    officer.sees("补正件已收到，请重新审查。", "第2版")
    officer.answer(steps.findings, "保存确认")
    officer.follow("受理")
    officer.press("受理", {"理由": "补正后符合（示例）"})
    officer.sees("已受理。")


def totals(first_stage: str) -> bytes:
    """The fourth sample with its blank totals written in."""
    opened = form_documents.document(form_documents.SAMPLES[3])
    rows = opened.tables[1].rows
    rows[2].cells[1].text = first_stage
    rows[4].cells[4].text, rows[6].cells[4].text = "45", "12"
    return form_documents.saved(opened)


def two_officers_reject(world: World) -> None:
    """Four members, three goals: one officer proposes, the other agrees."""
    officer, second = world.officer, world.second
    for number, rule in zip(REJECTED, ("F15", "F13"), strict=True):
        open_dossier(officer, number)
        officer.answer(partial(steps.findings, failing=(rule,)), "保存确认")
        officer.follow("拟不予受理")
        officer.press("提交复核", {"理由": "不符合通知规定的条件（示例）"})
        officer.sees("已提交复核，须另一人确认后生效。", "形式审查中")
    for unit in ("重庆示例化工节能工程有限公司", "重庆示例节能监测中心"):
        second.get("/")
        second.follow("复核")
        second.follow("核对并确认", unit)
        second.sees("经确认的不符合项")
        second.press("同意不予受理", tick=["我已核对"])
        second.sees("已同意：拟不予受理。")
    open_dossier(officer, REJECTED[0])
    officer.sees("不予受理")


def rejections_are_told(world: World) -> None:
    """The letters wait for the office's own facts; issued and delivered, the rejections are in force."""
    officer = world.officer
    officer.get("/")
    officer.follow("签发和送达")
    officer.follow("不予受理通知书", REJECTED[0])
    officer.sees("还有待填的事项，不能签发", "联系处室")
    officer.follow("文书")
    officer.follow("办公信息")
    officer.press("保存办公信息", OFFICE)
    officer.sees("办公信息已保存。")
    for place, number in enumerate(REJECTED, start=1):
        officer.follow("签发和送达")
        officer.follow("不予受理通知书", number)
        officer.press("登记签发", {"文号": f"示例函〔2023〕{place}号", "签发人": "示例负责人"})
        officer.sees("已签发，内容已固定。", "尚未送达，不予受理尚未生效。")
        officer.press("登记送达", {"收件人": "示例收发室"})
        officer.sees("已登记送达。", "起生效。")
