"""One selection over HTTP, from the first login to the verified trail, by people who only follow links.

Nine forms of the green platform call (four samples, five variants) end as four ranked, one absent, one below
the line, one withdrawn, two rejected. What each person sees at each step is part of the story.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import docx
import openpyxl
from flask import Flask

from review_portal.clock import OFFICE_ZONE, now
from review_portal.services import accounts
from scoring_rubrics import Rubric
from tests import form_documents
from tests.data_builders import roster_xlsx
from tests.factories import inside
from tests.factories_reviews import POOL
from tests.factories_selection import (
    ABSENT,
    BELOW,
    CHAIR,
    COMMENT,
    FIRST,
    OPINION,
    PANEL,
    RANKED,
    REJECTED,
    SHARES,
    VARIANTS,
    WITHDRAWN,
    forms,
    sheet,
)
from tests.journeys import steps
from tests.journeys.steps import Hand

LISTS = Path(__file__).parents[1] / "data" / "recommendations"
LETTER = ("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
STAGES = ("书面评审", "现场答辩")
CORRECTED = "2023-004"
SECRET = "仅本人可见的评分理由（示例）"  # stands in one sheet; nobody else may meet it before unsealing
RECUSED, ASKED = ("壬示例", FIRST), ("癸示例", BELOW)  # by the register, by the expert's own request
REVISES, KEEPS = ("癸示例", "2023-004"), ("丁示例", "2023-001")


@dataclass
class World:
    """The house of one selection: the people in it, by what they are called."""

    app: Flask
    people: dict[str, Hand] = field(default_factory=dict)
    totals: dict[tuple[str, str], Decimal] = field(
        default_factory=dict
    )  # of submitted sheets, by expert and number

    def __getattr__(self, name: str) -> Hand:
        return self.people[name]

    def newcomer(self, name: str) -> Hand:
        """Somebody sits down at a browser of their own."""
        self.people[name] = Hand(self.app)
        return self.people[name]

    @property
    def experts(self) -> Mapping[str, Hand]:
        """The panel by name, in the order of the panel."""
        return {name: self.people[name] for name in PANEL}

    @property
    def chair(self) -> Hand:
        """The expert whom the panel elects."""
        return self.people[CHAIR]


def test_selection_from_dossiers_to_a_verified_trail(app: Flask) -> None:
    world = World(app)
    office_moves_in(world)
    call_is_created_and_published(world)
    dossiers_come_in(world)
    recommendations_are_compared(world)
    findings_are_confirmed_and_decided(world)
    incomplete_form_goes_back_and_returns(world)
    two_officers_reject(world)
    experts_are_imported_and_get_accounts(world)
    intake_closes_and_scheme_is_recorded(world)
    panel_is_set_and_conflicts_are_refused(world)
    round_opens(world)
    panel_meets(world)
    experts_score(world)
    second_thoughts(world)
    applicant_withdraws(world)
    chair_closes_and_asks_to_unseal(world)
    nobody_reads_points_before_unsealing(world)
    supervisor_unseals(world)
    points_are_visible_by_code(world)
    cases_are_opened_and_answered(world)
    shortlist_is_frozen(world)
    defense_is_prepared(world)
    defense_is_held(world)
    defense_is_scored_and_opened(world)
    ranking_is_frozen(world)
    secretariat_takes_the_workbook(world)
    leaders_decide_and_the_notice_is_drafted(world)
    supervisor_reads_the_trail(world)


# 1. The office, the call, the dossiers


def office_moves_in(world: World) -> None:
    """The first start prints two accounts; the administrator opens the second officer's."""
    administrator, officer = inside(world.app, accounts.bootstrap)
    admin = steps.first_time(world.newcomer("admin"), administrator)
    steps.first_time(world.newcomer("officer"), officer)
    admin.follow("账号")
    admin.follow("开通秘书处账号")
    admin.press("开通账号", {"用户名": "office-b", "姓名": "示例乙"})
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
    officer.press("开通账号", {"用户名": "watch-a", "姓名": "示例监督甲"})
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
    hand.follow("审查" if "审查" in " ".join(_acts(hand, number)) else "查看", number)


def _acts(hand: Hand, number: str) -> list[str]:
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
    typed = {"收件时间": "2023-02-23T15:00", "补正情况": "补填总目标"}
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


# 2. The experts


def experts_are_imported_and_get_accounts(world: World) -> None:
    """All or nothing from a spreadsheet; accounts need a second person once the call is published."""
    officer, second = world.officer, world.second
    officer.follow("返回收件登记")
    officer.follow("专家与分派")
    broken = [dict(POOL["experts"][0], name=""), *POOL["experts"][1:]]
    officer.press("导入", files={"专家名单": ("专家.xlsx", roster_xlsx(broken))})
    officer.sees("专家名单未导入", "第2行", "姓名", "专家库还没有专家")
    officer.press("导入", files={"专家名单": ("专家.xlsx", roster_xlsx(POOL["experts"]))})
    officer.sees(f"专家名单已导入：新增{len(POOL['experts'])}人")
    officer.follow("账号")
    officer.follow("开通专家账号")
    officer.press("开通账号", {"事由": "组建专家组（示例）"}, tick=PANEL)
    officer.sees("开通5个账号的申请已提交，须由另一人确认后生效。")
    second.get("/")
    second.follow("确认")
    second.follow("核对并确认")
    second.press("同意开通", tick=["我已核对"])
    officer.follow("账号")
    for name in PANEL:
        steps.enter(world.newcomer(name), *steps.slip(officer, name))
        world.people[name].sees("本轮尚未开启，开启后将在此显示您的评审任务。")


def intake_closes_and_scheme_is_recorded(world: World) -> None:
    """The generated scheme is approved outside; its approval is recorded, intake ends."""
    officer = world.officer
    officer.follow("批次与规则")
    officer.follow("登记审批")
    officer.press(
        "登记",
        {
            "审批文号": "示例〔2023〕5号",
            "批准人": "示例主任办公会",
            "批准日期": "2023-02-20",
        },
    )
    officer.sees("方案审批已登记。", "示例〔2023〕5号")
    officer.follow("结束受理")
    officer.press("结束受理")
    officer.sees("受理已结束，进入评审。")


def panel_is_set_and_conflicts_are_refused(world: World) -> None:
    """A conflicted pair is refused with its reason; everything else is assigned at once."""
    officer = world.officer
    officer.follow("专家与分派")
    officer.follow("核对利害关系")
    officer.sees("授信业务经办人")
    officer.follow("返回")
    officer.follow("开启评审", "专家书面评审")
    officer.sees("尚未分派评审任务。")
    officer.follow("专家与分派")
    officer.follow("专家组", "专家书面评审")
    chosen = [
        node.get("value")
        for name in PANEL
        for node in officer.page.doc.xpath("//tr[contains(., $name)]//input[@name='expert']", name=name)
    ]
    officer.post(officer.page.path, {"expert": chosen})
    officer.sees("专家组已保存。")
    person, unit = RECUSED
    officer.press(
        "分派", {"专家": _choice(officer, "expert", person), "材料": _choice(officer, "dossier", unit)}
    )
    officer.sees("1项未分派", person, "授信业务经办人")
    officer.press("全部分派")
    officer.sees("已分派34项")
    officer.follow("专家与分派")


def _choice(hand: Hand, name: str, text: str) -> str:
    """The value behind an option that shows this text."""
    (found,) = hand.page.doc.xpath("//select[@name=$name]/option[contains(., $text)]", name=name, text=text)
    return str(found.get("value"))


def round_opens(world: World) -> None:
    """With a deadline; experts see their tasks, nobody sees more than numbers of sheets."""
    officer = world.officer
    officer.follow("开启评审", "专家书面评审")
    officer.press("开启评审", {"评分截止时间": "2027-03-03T18:00"})
    officer.sees("已开启，专家可以评分。", "已提交评分表0／34")


def panel_meets(world: World) -> None:
    """Sign-in and election; who is recused cannot be chair."""
    officer = world.officer
    for name in PANEL:
        officer.press("签到", {"checked_by": "示例会务"}, row=name)
        officer.sees("已签到。")
    assert officer.page.doc.xpath("//select[@name='member']/option[contains(., '壬示例')]") == []
    officer.press(
        "登记推举结果",
        {
            "当选专家": _choice(officer, "member", CHAIR),
            "推举方式": "记名投票",
            "得票数": "4",
            "见证人": "示例监督甲",
        },
    )
    officer.sees("组长推举结果已登记。")


# 3. Scoring


def experts_score(world: World) -> None:
    """Pledge, declaration, text beside rubric, submission, receipt; each expert the own units only."""
    rubric = form_documents.green_call().rubric_of("written_review")
    for at, (name, hand) in enumerate(world.experts.items()):
        sign_pledge(hand)
        for number in own_numbers(hand):
            if number == WITHDRAWN and at > 2:
                continue  # had not come to it when the unit withdrew
            hand.follow("开始评分", number)
            assert hand.page.title == "回避声明"
            assert "平台任务概述" not in hand.page.text
            hand.press("确认无利害关系", tick=["与牵头单位", *members(hand), "与推荐单位"])
            assert hand.page.title.startswith(number)
            if (name, number) == ASKED:
                ask_for_recusal(hand, number)
                continue
            if (at, number) == (1, "2023-005"):
                draft_is_kept_and_bad_points_are_refused(hand)
            submit(world, name, number, typed(rubric, number, at))


def own_numbers(hand: Hand) -> list[str]:
    """Numbers of the tasks that can be begun, in the order of the page."""
    rows = hand.page.doc.xpath("//tr[.//a[starts-with(normalize-space(), '开始评分')]]/td[1]")
    return [steps.words(cell) for cell in rows]


def members(hand: Hand) -> list[str]:
    """The labels of the consortium's members on the declaration page."""
    return [steps.words(label) for label in hand.page.doc.xpath("//label[contains(., '联合体成员')]")]


def sign_pledge(hand: Hand) -> None:
    """Nothing opens before the pledge."""
    hand.get("/")
    hand.follow("签署评审承诺")
    hand.press("签署评审承诺", tick=["本人已阅读"])
    hand.sees("评审承诺已签署。")


def typed(rubric: Rubric, number: str, at: int, *, less: str = "0") -> dict[str, str]:
    """What an expert fills in for a unit: points, reasons, opinion."""
    filled = sheet(rubric, number, SHARES[number], at, less=Decimal(less))
    fields = {f"points.{key}": str(value) for key, value in filled.points.items()}
    fields |= {f"comments.{key}": COMMENT for key in filled.comments}
    if (at, number) == (1, "2023-005"):
        fields[f"comments.{rubric.items[0].key}"] = SECRET
    return fields | {"opinion": OPINION} | ({"conclusion": filled.conclusion} if filled.conclusion else {})


def total(fields: Mapping[str, str]) -> Decimal:
    """The sum of what was typed."""
    return sum((Decimal(text) for name, text in fields.items() if name.startswith("points.")), Decimal(0))


def submit(world: World, name: str, number: str, fields: Mapping[str, str]) -> None:
    """Submit the open sheet; the receipt shows the check code, the way leads home."""
    hand = world.people[name]
    hand.press("提交评分", fields)
    assert hand.page.title == "提交回执", hand.page.text
    hand.sees("留存内容与校验码一致", f"合计 {total(fields):.2f}")
    world.totals[name, number] = total(fields)
    hand.follow("返回我的评审任务")
    hand.sees("已提交")


def draft_is_kept_and_bad_points_are_refused(hand: Hand) -> None:
    """A draft comes back as typed; a point beyond the maximum stays in its field beside the sentence."""
    hand.press("暂存", {"points.C1.1": "8.5", "opinion": "待补充"})
    hand.sees("已暂存", "1／13")
    assert (hand.page.value("points.C1.1"), hand.page.value("opinion").strip()) == ("8.5", "待补充")
    hand.press("提交评分", {"points.C1.1": "11"})
    assert (hand.page.status, hand.page.value("points.C1.1")) == (422, "11")
    assert "10" in hand.page.field_error("points.C1.1")


def ask_for_recusal(hand: Hand, number: str) -> None:
    """From the open sheet; afterwards the unit is gone and is no zero."""
    hand.follow("申请回避")
    hand.press("申请回避", {"回避事由": "项目负责人为本人导师（示例）"})
    hand.sees(f"回避已登记，{number}的材料不再向您显示。", "（已回避，不再显示）")


def second_thoughts(world: World) -> None:
    """A submitted sheet is withdrawn and submitted again; both versions are kept."""
    name = "癸示例"
    hand = world.people[name]
    hand.follow("查看回执", "2023-006")
    hand.press("撤回修改")
    hand.sees("评分已撤回，修改后须重新提交。原评分留存。")
    rubric = form_documents.green_call().rubric_of("written_review")
    submit(world, name, "2023-006", typed(rubric, "2023-006", 4))
    hand.follow("查看回执", "2023-006")
    hand.sees("第2次", "每次提交均留存")


def applicant_withdraws(world: World) -> None:
    """Only with the stamped letter; the sheets already in are kept and count for nothing."""
    officer = world.officer
    open_dossier(officer, WITHDRAWN)
    officer.follow("登记撤回")
    officer.press("登记撤回", {"事由": "申报单位来函撤回（示例）"})
    assert officer.page.status == 422
    officer.sees("申报单位来函撤回（示例）")
    officer.press("登记撤回", files={"盖章函件": LETTER})
    officer.sees("撤回已登记。", "已撤回")
    assert officer.download("盖章函件") == LETTER[1]


# 4. The chair


def chair_closes_and_asks_to_unseal(world: World) -> None:
    """After the own sheets are in; nothing is computed from points yet."""
    chair = at_chairs_desk(world)
    chair.follow("结束评分并封存")
    chair.sees("未提交的评分按未评处理，不计分，也不是0分。")
    chair.press("结束评分并封存")
    chair.sees("本轮评分已结束并封存。", "已封存（启封前不可见）")
    chair.follow("申请启封评分")
    chair.press("提交启封申请", {"申请事由": "评分已结束，申请启封（示例）"})
    chair.sees("启封申请已提交，请监督人员确认。")


def at_chairs_desk(world: World) -> Hand:
    """The chair's desk of the newest round."""
    world.chair.get("/")
    world.chair.follow("组长工作台")
    return world.chair


def nobody_reads_points_before_unsealing(world: World) -> None:
    """On no page and in no file that anybody can reach stands another person's total or reason."""
    for person, hand in world.people.items():
        own = {value for (name, _number), value in world.totals.items() if name == person}
        foreign = [f"{value:.2f}" for value in set(world.totals.values()) - own]
        secret = [] if person == PANEL[1] else [SECRET]
        for path, text in steps.everything(hand):
            found = [words for words in (*foreign, *secret) if words in text]
            assert not found, f"{person} reads {found} on {path}"


def supervisor_unseals(world: World) -> None:
    """The second half of the act; both names go into the record."""
    supervisor = world.supervisor
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.sees("启封后不能恢复封存")
    supervisor.press("同意启封评分", tick=["我已核对校验码"])
    supervisor.sees("已同意：启封评分。")


def points_are_visible_by_code(world: World) -> None:
    """The heat map shows every total; experts stand as codes, a recusal as a word."""
    chair = at_chairs_desk(world)
    chair.follow("查看评分概览")
    chair.sees(f"{world.totals[PANEL[1], '2023-005']:.2f}".rstrip("0").rstrip("."), "回避")
    assert all(name not in chair.page.text for name in PANEL[1:])
    chair.follow("2023-005")
    chair.sees(SECRET)


def code_of(hand: Hand) -> str:
    """The own code, which an expert sees beside the name."""
    hand.get("/")
    return steps.words(hand.page.doc.xpath("//div[@class='bar-who']/span")[0]).split()[-1]


def cases_are_opened_and_answered(world: World) -> None:
    """Two questions: one expert revises, one keeps; both give a reason, the earlier sheet stays."""
    rubric = form_documents.green_call().rubric_of("written_review")
    for name, number in (REVISES, KEEPS):
        hand, code = world.people[name], code_of(world.people[name])
        chair = at_chairs_desk(world)
        chair.follow("评分概览")
        chair.follow(number)
        chair.follow(code)
        chair.press("提请复议", {"请专家说明的问题": "请说明该项评分的主要依据（示例）。"})
        chair.sees("已提请复议，专家将看到您的问题和本人评分。")
        hand.get("/")
        hand.sees("有1件复议等待您答复")
        hand.follow("查看并答复")
        hand.follow("答复", number)
        fields = typed(rubric, number, PANEL.index(name), less="0.5") if name == REVISES[0] else {}
        hand.press("修改评分" if fields else "维持原评分", {"理由": "短", **fields})
        assert hand.page.status == 422
        hand.press(
            "修改评分" if fields else "维持原评分", {"理由": "已重新核对证明材料，见正文（示例）。", **fields}
        )
        hand.sees("复议已答复。原评分保留。")
    chair = at_chairs_desk(world)
    chair.follow("复议台账")
    chair.sees("修改评分", "维持原评分", "未触发规则，组长提请")
    chair.follow("结束复议")
    chair.press("结束复议")
    chair.sees("复议已结束，可以试算排名。")


def freeze(chair: Hand, act: str) -> None:
    """Freeze exactly what is shown, with the panel's look where the rules differ."""
    chair.follow(act)
    asked = chair.page.doc.xpath("//textarea[@name='look']")
    chair.press(act, {"look": "专家组已查看规则差异，维持原规则（示例）。"} if asked else {})
    chair.sees("排名已冻结。")


def ranked_rows(hand: Hand) -> list[list[str]]:
    """The ranking table as it is read."""
    rows = hand.page.doc.xpath("//section[@aria-labelledby='rank']//tbody/tr")
    return [[steps.words(cell) for cell in row] for row in rows]


def shortlist_is_frozen(world: World) -> None:
    """Five within the line, one under the threshold, one withdrawn; other rules beside as advice only."""
    chair = world.chair
    chair.sees("入围名单（试算）", "参考，不作为排序依据", "通知未规定，按评审工作方案执行")
    shown = {cells[1].split()[0]: cells[-1] for cells in ranked_rows(chair)}
    assert {number for number, state in shown.items() if state == "进入现场答辩"} == {*RANKED, ABSENT}
    assert shown[WITHDRAWN] == "已撤回"
    freeze(chair, "冻结入围名单")


# 5. The defense


def defense_is_prepared(world: World) -> None:
    """Turns from the frozen shortlist, order drawn once, the round opened, the panel seated again."""
    officer = world.officer
    officer.follow("现场答辩")
    officer.follow("生成答辩名单")
    officer.press("生成答辩名单")
    officer.sees("答辩名单已生成，专家组和评审任务已就绪。", "5家单位", "顺序待抽签")
    officer.follow("抽定答辩顺序")
    officer.press("抽签", {"见证人": "示例监督甲"})
    officer.sees("答辩顺序已抽定并记入监督记录。")
    officer.follow("专家与分派")
    officer.follow("开启评审", "现场答辩")
    officer.press("开启评审", {"评分截止时间": "2027-03-07T18:00"})
    panel_meets(world)


def defense_is_held(world: World) -> None:
    """Each turn is recorded; who does not come is absent by two."""
    officer, chair, supervisor = world.officer, world.chair, world.supervisor
    units = {number: unit for number, (unit, _by) in VARIANTS.items()}
    for number in RANKED:
        officer.follow("现场答辩")
        officer.press("请进场", row=number)
        officer.follow("登记", number)
        conditional = number == "2023-005"
        officer.press(
            "保存记录",
            {
                "name-0": "示例主讲人",
                "role-0": "项目负责人",
                "checked-0": "y",
                "result": "conditional" if conditional else "recommended",
                "conditions": "明确首年接入企业名单（示例）" if conditional else "",
            },
        )
        officer.sees("答辩记录已保存。")
    at_chairs_desk(world)
    chair.follow("现场答辩")
    chair.follow("缺席", ABSENT)
    chair.press("提请监督人员确认", {"事由": "规定时间后15分钟未到（示例）"})
    chair.sees("已提请监督人员确认缺席。")
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.sees(units[ABSENT], "放弃答辩")
    supervisor.press("确认缺席", tick=["我在场见证"])
    supervisor.sees("已同意：确认缺席。")


def defense_is_scored_and_opened(world: World) -> None:
    """The own rubric of the defense; then closed, unsealed by two and finished."""
    rubric = form_documents.green_call().rubric_of("onsite_defense")
    for at, (name, hand) in enumerate(world.experts.items()):
        sign_pledge(hand)
        for number in own_numbers(hand):
            hand.follow("开始评分", number)
            submit(world, name, number, typed(rubric, number, at))
    chair_closes_and_asks_to_unseal(world)
    supervisor_unseals(world)
    chair = at_chairs_desk(world)
    chair.follow("复议台账")
    chair.follow("结束复议")
    chair.press("结束复议")


# 6. Out


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
