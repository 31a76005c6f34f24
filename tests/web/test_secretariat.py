"""The secretariat's desk over HTTP: a call from a folder, files in, findings answered, decisions taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from review_portal import db as database
from review_portal.clock import OFFICE_ZONE, now
from review_portal.domain.policy import Viewer
from review_portal.services import calls, dossiers
from tests import factories, form_documents
from tests.visitor import Page, Visitor

LIST = Path(__file__).parents[1] / "data" / "recommendations" / "annex1_liangjiang.xlsx"
SINGLE, FOUR, THREE_GOALS, NO_TOTALS = form_documents.SAMPLES
LETTER = ("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")


@dataclass(frozen=True)
class Desk:
    """An officer at the desk of a published call."""

    app: Flask
    people: factories.Office
    officer: Viewer
    visitor: Visitor
    call: str

    def path(self, rest: str = "") -> str:
        return f"/secretariat/{self.call}/{rest}"

    def send(self, *samples: str, received_at: str = "2023-02-16T10:00") -> Page:
        self.visitor.get(self.path("intake"))
        files = [(f"{name}.docx", form_documents.data(name)) for name in samples]
        return self.visitor.post(self.path("intake"), {"received_at": received_at}, {"files": files})

    def rows(self) -> list[dossiers.DossierRow]:
        return factories.inside(self.app, lambda: dossiers.list_dossiers(self.officer, call=self.call))

    def view(self, number: str) -> dossiers.DossierView:
        key = next(row.public_id for row in self.rows() if row.number == number)
        return factories.inside(self.app, lambda: dossiers.get_dossier(self.officer, dossier=key))

    def check(self, number: str, act: str = "") -> str:
        found = next(row.public_id for row in self.rows() if row.number == number)
        return self.path(f"dossiers/{found}{'/' + act if act else ''}")

    def answers(self, number: str, *, failing: tuple[str, ...] = ()) -> dict[str, str]:
        """What an officer fills in to answer everything that waits."""
        filled = {}
        for row in self.view(number).findings:
            if row.unanswered or row.rule in failing:
                filled[f"result-{row.public_id}"] = "fail" if row.rule in failing else "pass"
                filled[f"basis-{row.public_id}"] = "已核对纸质件"
        return filled

    def confirm_all(self, number: str, *, failing: tuple[str, ...] = ()) -> Page:
        self.visitor.get(self.check(number))
        return self.visitor.post(self.check(number), self.answers(number, failing=failing))


@pytest.fixture
def draft(app: Flask) -> Desk:
    people = factories.office(app)
    officer = people.officer.viewer(app)
    call = factories.inside(app, lambda: calls.create_call(officer, folder="green_platform_2023"))
    return Desk(app, people, officer, people.officer.visit(app), call)


@pytest.fixture
def desk(draft: Desk) -> Desk:
    factories.inside(draft.app, lambda: calls.publish(draft.officer, call=draft.call))
    return draft


def typed(page: Page, field: str) -> str:
    """What a text field holds, as a browser reads it: the first line break belongs to the markup."""
    return page.value(field).removeprefix("\n")


def office_time(days: int) -> str:
    return f"{(now() + timedelta(days=days)).astimezone(OFFICE_ZONE):%Y-%m-%dT%H:%M}"


def test_call_is_made_from_a_folder_and_published_after_its_rules_were_seen(app: Flask) -> None:
    visitor = factories.office(app).officer.visit(app)
    visitor.get("/secretariat/")
    page = visitor.submit("/secretariat/", folder="green_platform_2023")
    assert (page.status, page.title) == (200, "批次与规则")
    assert "批次已建立，尚未发布。请核对规则后发布。" in page.text
    act = visitor.get(page.links["发布"])
    published = visitor.submit(act.path)
    assert "批次已发布，可以收件。" in published.text


def test_call_form_sent_twice_makes_one_call(app: Flask) -> None:
    visitor = factories.office(app).officer.visit(app)
    form = visitor.get("/secretariat/")
    sent = {"folder": "green_platform_2023", "key": form.value("key")}
    first, second = visitor.post("/secretariat/", sent), visitor.post("/secretariat/", sent)
    assert (first.path, second.path) == (first.path, first.path)
    assert len(visitor.get("/secretariat/").doc.xpath("//tbody/tr")) == 1
    visitor.submit("/secretariat/", folder="green_platform_2023")  # a form shown anew makes another
    assert len(visitor.get("/secretariat/").doc.xpath("//tbody/tr")) == 2


def test_unknown_folder_is_refused_in_place(app: Flask) -> None:
    visitor = factories.office(app).officer.visit(app)
    visitor.get("/secretariat/")
    page = visitor.post("/secretariat/", {"folder": "../etc"})
    assert (page.status, page.title) == (422, "批次")


def test_rules_page_marks_every_value_that_the_notice_does_not_give(draft: Desk) -> None:
    page = draft.visitor.get(draft.path("rules"))
    rules = form_documents.green_call()
    rows = page.doc.xpath("//section[@aria-labelledby='assumed']//tbody/tr")
    assert len(rows) == len(rules.assumed)
    assert all("通知未规定，按评审工作方案执行" in row.text_content() for row in rows)
    assert len(page.doc.xpath("//section[@aria-labelledby='formal']//tbody/tr")) == 31


def test_scheme_is_downloaded_and_its_approval_recorded(draft: Desk) -> None:
    document = draft.visitor.get(draft.path("scheme.docx"))
    assert (document.status, document.body[:2]) == (200, b"PK")
    draft.visitor.get(draft.path("scheme"))
    refused = draft.visitor.post(draft.path("scheme"), {"reference": "示例纪要〔2023〕3号"})
    assert (refused.status, refused.value("reference")) == (422, "示例纪要〔2023〕3号")
    assert refused.field_error("approved_on") == "请填写批准日期。"
    recorded = draft.visitor.post(
        draft.path("scheme"),
        {
            "reference": "示例纪要〔2023〕3号",
            "approved_by": "主任办公会（示例）",
            "approved_on": "2023-02-24",
        },
    )
    assert recorded.title == "批次与规则"
    assert "示例纪要〔2023〕3号" in recorded.text


def test_forms_sent_together_stand_in_the_register_by_number(desk: Desk) -> None:
    page = desk.send(*form_documents.SAMPLES)
    assert page.title == "收件登记"
    assert "已收件4份：2023-001、2023-002、2023-003、2023-004。" in page.text
    units = [cell.text_content().split()[0] for cell in page.doc.xpath("//tbody/tr/th")]
    assert units == [
        "重庆示例绿能科技有限公司",
        "重庆示例化工节能工程有限公司",
        "重庆示例节能监测中心",
        "重庆示例能源服务股份有限公司",
    ]


def test_bad_file_takes_nothing_in_keeps_the_time_and_says_which(desk: Desk) -> None:
    desk.visitor.get(desk.path("intake"))
    page = desk.visitor.post(
        desk.path("intake"),
        {"received_at": "2023-02-16T10:00"},
        {"files": [("好.docx", form_documents.data(SINGLE)), ("坏.docx", b"PK\x03\x04 cut off")]},
    )
    assert (page.status, desk.rows()) == (422, [])
    assert page.value("received_at") == "2023-02-16T10:00"
    (fault,) = page.doc.xpath("//div[@role='alert']//li")
    assert fault.text_content().startswith("坏.docx：")


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("明天", "时间格式须为 2023-02-17 16:30。"),
        ("0001-01-01T00:00", "年份须写四位数，例如 2023。"),
        ("0023-02-16T10:00", "年份须写四位数，例如 2023。"),
        ("2999-01-01T10:00", "收件时间不能晚于现在。请按北京时间填写。"),
    ],
)
def test_time_of_receipt_that_cannot_be_is_refused_at_its_field(
    desk: Desk, moment: str, sentence: str
) -> None:
    page = desk.send(SINGLE, received_at=moment)
    assert (page.status, page.field_error("received_at"), desk.rows()) == (422, sentence, [])
    assert page.value("received_at") == moment


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("一份", "请填写整数，例如 1。"),
        ("100", "请填0至99的整数，没有清点的不填。"),
        ("-1", "请填0至99的整数，没有清点的不填。"),
    ],
)
def test_count_that_cannot_be_is_refused_at_its_field_and_kept(desk: Desk, typed: str, sentence: str) -> None:
    desk.visitor.get(desk.path("intake"))
    files = {"files": [("好.docx", form_documents.data(SINGLE))]}
    page = desk.visitor.post(desk.path("intake"), {"paper_copies": typed, "discs": "1"}, files)
    assert (page.status, page.field_error("paper_copies"), desk.rows()) == (422, sentence, [])
    assert (page.value("paper_copies"), page.value("discs")) == (typed, "1")


def test_copies_that_were_counted_stand_beside_the_version(desk: Desk) -> None:
    desk.visitor.get(desk.path("intake"))
    files = {"files": [("好.docx", form_documents.data(SINGLE))]}
    desk.visitor.post(desk.path("intake"), {"paper_copies": "1", "discs": "0"}, files)
    (row,) = desk.rows()
    page = desk.visitor.get(desk.path(f"dossiers/{row.public_id}"))
    assert "收件，纸质件1份，光盘0张" in page.text


def test_upload_without_a_file_says_what_to_choose(desk: Desk) -> None:
    page = desk.send()
    assert (page.status, page.field_error("files")) == (422, "请选择至少一个文件。")


def test_recommendation_table_is_shown_beside_its_dossiers(desk: Desk) -> None:
    desk.send(SINGLE)
    desk.visitor.get(desk.path("recommendations"))
    page = desk.visitor.post(desk.path("recommendations"), {}, {"file": (LIST.name, LIST.read_bytes())})
    assert "推荐汇总表已登记，有关材料已重新核对。" in page.text
    rows = [" ".join(cell.text_content() for cell in row) for row in page.doc.xpath("//tbody/tr")]
    assert rows[0] == "1 重庆示例绿能科技有限公司 周示例 19900000001 2023-001"
    assert rows[1].endswith("未收到")


def test_register_sorts_and_filters_by_its_address(desk: Desk) -> None:
    desk.send(*form_documents.SAMPLES)
    page = desk.visitor.get(desk.path("dossiers?sort=-number&state=received"))
    assert [row.text for row in page.doc.xpath("//tbody/tr/td[1]")] == [
        "2023-004",
        "2023-003",
        "2023-002",
        "2023-001",
    ]
    (sorted_by,) = page.doc.xpath("//th[@aria-sort]")
    assert (sorted_by.text_content(), sorted_by.get("aria-sort")) == ("编号", "descending")
    empty = desk.visitor.get(desk.path("dossiers?state=eligible"))
    assert "没有这种状态的材料。" in empty.text


def test_formal_check_shows_values_with_their_places_and_every_finding(desk: Desk) -> None:
    desk.send(THREE_GOALS)
    page = desk.visitor.get(desk.check("2023-001"))
    waiting = page.doc.xpath("//div[@id='rub']//section[starts-with(@id, 'i-')]/@id")
    assert waiting[:3] == ["i-F04", "i-F13", "i-F14"]
    head = page.doc.get_element_by_id("i-F13")
    assert "不符合时拟不予受理" in head.text_content()
    code = page.doc.xpath("//dt[text()='信用代码']/following-sibling::dd[1]")[0]
    assert "12500106MAEXAMP30M" in code.text_content()
    assert "校验位正确" in code.text_content()
    assert "组织机构代码" in code.text_content()
    marked = page.doc.xpath("//article//mark")
    assert marked[0].text_content()[:14] == "到2025年达到以下3种服务"
    ids = page.doc.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("sample", form_documents.SAMPLES)
def test_left_pane_is_the_whole_document_in_its_order(desk: Desk, sample: str) -> None:
    desk.send(sample)
    (article,) = desk.visitor.get(desk.check("2023-001")).doc.xpath("//article")
    shown = "".join("".join(article.itertext()).split())
    opened = form_documents.document(sample)
    paragraphs = [form_documents.compact(paragraph.text) for paragraph in opened.paragraphs]
    at = 0
    for text in filter(None, paragraphs):  # the pledge and whatever stands outside known sections too
        at = shown.index(text, at) + len(text)
    grids = [form_documents.grid(table) for table in opened.tables]
    cells = {form_documents.compact(cell) for rows in grids for row in rows for cell in row}
    assert cells <= {form_documents.compact(cell.text_content()) for cell in article.xpath(".//td")}
    assert "我单位对所报送的全部资料真实性负责" in shown


def test_every_place_leads_to_the_paragraph_or_row_that_holds_the_value(desk: Desk) -> None:
    desk.send(SINGLE)
    page = desk.visitor.get(desk.check("2023-001"))
    rows = {dt.text_content(): dt.getnext() for dt in page.doc.xpath("//div[@id='rub']//dl[@class='kv']/dt")}
    held = {
        "信用代码": "91500000MAEXAMP14Y",
        "单位地址": "重庆市两江新区示例大道1号",
        "传真": "023-00000001",
        "封面申报单位": "重庆示例绿能科技有限公司",
        "申报日期": "2023年2月8日",
        "日期": "二〇二三年二月八日",
        "服务目标": "智慧能源优化",
        "开展技术推广等公益性活动场次": "22",
        "F03 组织机构代码/统一社会信用代码格式与校验位": "91500000MAEXAMP14Y",
        "F06 注册资本（万元）可解析": "5000",
    }
    for label, words in held.items():
        value = next(cell for name, cell in rows.items() if name.startswith(label))
        (href,) = value.xpath(".//a/@href")
        assert words in page.doc.get_element_by_id(href.removeprefix("#")).text_content()
    anchors = page.doc.xpath("//div[@id='rub']//a[@data-see]/@href | //nav[@class='outline']//a/@href")
    assert len(anchors) > 40
    assert all(page.doc.xpath("//article//*[@id=$key]", key=href.removeprefix("#")) for href in anchors)


def test_findings_that_hold_say_where_and_what_was_read(desk: Desk) -> None:
    desk.send(SINGLE)
    page = desk.visitor.get(desk.check("2023-001"))
    passed = page.doc.xpath("//section[@aria-label='已符合事项']//dl")[0]
    shown = {dt.text_content()[:3]: dt.getnext().text_content() for dt in passed.xpath("dt")}
    assert "符合　重庆示例绿能科技有限公司" in shown["F02"]
    assert "申报表 第5行" in shown["F06"]
    assert "报送时间2023年2月16日10:00" in shown["F25"]


def test_confirmation_without_basis_keeps_everything_typed_and_saves_nothing(desk: Desk) -> None:
    desk.send(SINGLE)
    first, second = [row for row in desk.view("2023-001").findings if row.unanswered][:2]
    desk.visitor.get(desk.check("2023-001"))
    page = desk.visitor.post(
        desk.check("2023-001"),
        {
            f"result-{first.public_id}": "pass",
            f"basis-{first.public_id}": "营业执照原件第1页",
            f"result-{second.public_id}": "fail",
        },
    )
    assert page.status == 422
    assert typed(page, f"basis-{first.public_id}") == "营业执照原件第1页"
    assert "请写明依据" in page.field_error(f"basis-{second.public_id}")
    assert all(row.answer is None for row in desk.view("2023-001").findings)


def test_dossier_is_accepted_once_everything_is_confirmed(desk: Desk) -> None:
    desk.send(SINGLE)
    desk.visitor.get(desk.path("recommendations"))
    desk.visitor.post(desk.path("recommendations"), {}, {"file": (LIST.name, LIST.read_bytes())})
    desk.visitor.get(desk.check("2023-001", "accept"))
    early = desk.visitor.submit(desk.check("2023-001", "accept"), reason="符合条件")
    assert (early.status, typed(early, "reason")) == (409, "符合条件")
    assert "还有11项须人工确认" in early.text
    assert "已保存11项人工确认。" in desk.confirm_all("2023-001").text
    desk.visitor.get(desk.check("2023-001", "accept"))
    page = desk.visitor.submit(desk.check("2023-001", "accept"), reason="符合条件")
    assert "形式审查通过" in page.text
    assert desk.view("2023-001").state == "eligible"


def test_blank_totals_go_back_and_return_filled(desk: Desk) -> None:
    desk.send(NO_TOTALS)
    page = desk.visitor.get(desk.check("2023-001", "return"))
    assert typed(page, "items").startswith("F18 指标总目标均填写：")
    refused = desk.visitor.submit(page.path)
    assert (refused.status, refused.field_error("due_at")) == (422, "请填写补正截止时间。")
    desk.visitor.submit(page.path, due_at=office_time(7))
    assert desk.view("2023-001").state == "returned"
    moved = totals("45", "12", first_stage="25")
    supplement = desk.check("2023-001", "supplement")
    desk.visitor.get(supplement)
    page = desk.visitor.post(
        supplement,
        {"reason": "补填总目标", "received_at": "2023-02-16T15:00"},
        {"file": ("补正.docx", moved)},
    )
    assert (page.status, typed(page, "reason")) == (422, "补填总目标")
    assert page.field_error("received_at").startswith("不能早于退回补正")
    received_at = office_time(0)
    page = desk.visitor.post(
        supplement,
        {"reason": "补填总目标", "received_at": received_at},
        {"file": ("补正.docx", moved)},
    )
    assert (page.status, typed(page, "reason")) == (422, "补填总目标")
    assert "原为“20”，补正件为“25”。" in page.text
    page = desk.visitor.post(
        supplement,
        {"reason": "补填总目标", "received_at": received_at},
        {"file": ("补正.docx", totals("45", "12"))},
    )
    assert "补正件已收到，请重新审查。" in page.text
    assert (desk.view("2023-001").state, desk.view("2023-001").version.ordinal) == ("received", 2)


def test_what_a_correction_changes_stands_old_beside_new_until_somebody_decides(desk: Desk) -> None:
    desk.send(NO_TOTALS)
    legal = desk.view("2023-001").form.unit.legal_representative or ""
    page = desk.visitor.get(desk.check("2023-001", "return"))
    desk.visitor.submit(page.path, due_at=office_time(7))
    opened = form_documents.docx.Document(BytesIO(totals("45", "12")))
    form_documents.replace_text(opened, legal, "示例新代表")
    supplement = desk.check("2023-001", "supplement")
    desk.visitor.get(supplement)
    file = ("补正.docx", form_documents.saved(opened))
    page = desk.visitor.post(supplement, {"reason": "补填总目标"}, {"file": file})
    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.doc.xpath("//section[@id='changes']//tbody/tr")
    ]
    assert rows[0] == ["法定代表人", legal, "示例新代表", "待决定"]
    assert [row[1:] for row in rows if row[3] == "补填空缺"] == [
        ["空白", "45", "补填空缺"],
        ["空白", "12", "补填空缺"],
    ]
    act = desk.visitor.get(page.links["同意改动"])
    assert "原为“" + legal + "”，补正件为“示例新代表”。" in act.text
    refused = desk.visitor.submit(act.path, reason="")
    assert (refused.status, refused.field_error("reason")) == (422, "请写明理由，至少2个字。")
    page = desk.visitor.submit(act.path, reason="已核对登记通知书")
    assert "已同意补正件的改动。" in page.text
    assert "同意改动" not in page.links


def totals(third: str, fifth: str, *, first_stage: str = "20") -> bytes:
    """The fourth sample with its blank totals written in."""
    opened = form_documents.document(NO_TOTALS)
    rows = opened.tables[1].rows
    rows[2].cells[1].text = first_stage
    rows[4].cells[4].text, rows[6].cells[4].text = third, fifth
    return form_documents.saved(opened)


def test_rejection_waits_for_the_second_officer(desk: Desk) -> None:
    desk.send(FOUR)
    desk.confirm_all("2023-001", failing=("F15",))
    page = desk.visitor.get(desk.check("2023-001", "reject"))
    assert "F15 联合体不超过3家（含3家）" in page.text
    page = desk.visitor.submit(page.path, reason="联合体4家，超过3家")
    assert "已提交复核，须另一人确认后生效。" in page.text
    assert desk.view("2023-001").state == "received"
    second = desk.people.second_officer.viewer(desk.app)
    pending = desk.view("2023-001").rejection
    assert pending is not None
    factories.inside(
        desk.app,
        lambda: dossiers.decide_reject_dossier(second, approval=pending.approval, approve=True),
    )
    assert "不予受理" in desk.visitor.get(desk.check("2023-001")).text
    assert desk.view("2023-001").state == "rejected"


def test_withdrawal_keeps_the_letter(desk: Desk) -> None:
    desk.send(SINGLE)
    act = desk.check("2023-001", "withdraw")
    desk.visitor.get(act)
    refused = desk.visitor.post(act, {"reason": "单位申请撤回"})
    assert (refused.status, typed(refused, "reason")) == (422, "单位申请撤回")
    page = desk.visitor.post(act, {"reason": "单位申请撤回"}, {"letter": LETTER})
    letter = desk.visitor.client.get(page.links["盖章函件"])
    assert (letter.get_data(), letter.headers["Content-Disposition"].split(";")[0]) == (
        LETTER[1],
        "attachment",
    )
    letter.close()


def test_decision_from_a_second_tab_is_refused_and_keeps_the_reason(desk: Desk) -> None:
    desk.send(SINGLE)
    act = desk.check("2023-001", "accept")
    desk.visitor.get(act)
    other = desk.people.second_officer.visit(desk.app)
    back = desk.check("2023-001", "return")
    other.get(back)
    other.submit(back, items="补盖公章", due_at=office_time(7))
    page = desk.visitor.submit(act, reason="符合条件")
    assert (page.status, typed(page, "reason")) == (409, "符合条件")
    assert desk.view("2023-001").state == "returned"


def test_home_counts_what_waits(desk: Desk) -> None:
    desk.send(SINGLE, FOUR)
    page = desk.visitor.get(desk.path())
    tasks = {
        " ".join(row.find("th").text_content().split()): row.xpath("td[1]")[0].text_content()
        for row in page.doc.xpath("//section[@aria-labelledby='tasks']//tbody/tr")
    }
    assert tasks == {"形式审查待人工确认（共24项）": "2", "登记评审工作方案审批": "1"}


@pytest.mark.parametrize(
    "rest",
    ["", "dossiers", "intake", "recommendations", "rules", "publish", "close-intake", "scheme", "accounts"],
)
def test_page_of_an_unknown_call_is_not_found(desk: Desk, rest: str) -> None:
    assert desk.visitor.get(f"/secretariat/{'a' * 12}/{rest}").status == 404


def test_dossier_of_another_call_is_not_found_under_this_one(desk: Desk) -> None:
    desk.send(SINGLE)
    other = factories.inside(desk.app, lambda: calls.create_call(desk.officer, folder="green_platform_2023"))
    path = desk.check("2023-001").replace(desk.call, other)
    assert desk.visitor.get(path).status == 404


def test_supervisor_and_administrator_have_no_place_at_the_desk(desk: Desk) -> None:
    for person in (desk.people.supervisor_a, desk.people.administrator):
        assert person.visit(desk.app).get(desk.path("dossiers")).status == 404


def test_supervisors_account_is_opened_by_two_and_gets_a_slip(desk: Desk) -> None:
    act = desk.path("accounts/supervisor")
    desk.visitor.get(act)
    refused = desk.visitor.submit(act, login="watch-c", name="示例监督丙")
    assert (refused.status, refused.value("login")) == (422, "watch-c")
    page = desk.visitor.submit(act, login="watch-c", name="示例监督丙", reason="监督B角")
    assert "1人开通账号或授予角色的申请已提交，须由另一人确认后生效。" in page.text


def test_one_time_password_is_shown_once_on_a_slip(draft: Desk) -> None:
    act = draft.path("accounts/supervisor")
    draft.visitor.get(act)
    page = draft.visitor.submit(act, login="watch-c", name="示例监督丙")
    assert "已办理1人。新开通的账号请发放一次性密码，已有账号沿用原密码。" in page.text
    issue = draft.visitor.get(page.links["发放一次性密码：示例监督丙"])
    slip = draft.visitor.submit(issue.path)
    assert (slip.status, slip.title) == (200, "账号密码条")
    password = slip.doc.xpath("//dt[text()='一次性密码']/following-sibling::dd[1]/text()")[0]
    assert password not in draft.visitor.get(draft.path("accounts")).text


def queries(app: Flask, act: Callable[[], object]) -> int:
    """How many statements `act` sends."""
    seen: list[str] = []

    def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine: sa.Engine = database.db.engine
    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("rest", ["", "dossiers", "recommendations"])
def test_page_sends_no_more_queries_for_more_dossiers(desk: Desk, rest: str) -> None:
    desk.send(SINGLE)
    desk.visitor.get(desk.path(rest))
    one = queries(desk.app, lambda: desk.visitor.get(desk.path(rest)))
    desk.send(FOUR, THREE_GOALS, NO_TOTALS)
    desk.visitor.get(desk.path(rest))
    assert queries(desk.app, lambda: desk.visitor.get(desk.path(rest))) == one
