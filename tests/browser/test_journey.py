"""One selection in a real browser: an expert on a phone, the office, the chair, the papers that go out.

With PORTAL_SCREENSHOTS=docs/pictures this writes the pictures of the README.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from review_portal.services import calls
from tests import factories, form_documents
from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.factories import Credential, inside
from tests.factories_selection import CHAIR, OPINION, PANEL, RANKED, Selection, selection

DESK, PICTURE = (1440, 900), (1280, 860)
SAVED = re.compile(r"^已暂存 \d\d:\d\d:\d\d$")
REASON = "服务对象名单未附，覆盖面难以核实（示例）。"
POINTS = (
    "3",
    "10",
    "7",
    "8",
    "7.5",
    "7.5",
    "5",
    "7",
    "2.5",
    "7.5",
    "7",
    "4",
    "2",
)  # the first needs a reason
Shoot = Callable[..., Path]


@pytest.fixture
def play(site: Site) -> Callable[[str], Selection]:
    """Plays the selection up to a phase, in the served portal."""
    return lambda phase: selection(site.app, phase)


def enter(page: Page, person: Credential) -> None:
    """Log in at the front door."""
    page.goto("/login")
    page.get_by_label("账号").fill(person.login)
    page.get_by_label("密码").fill(person.password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def sound(page: Page) -> None:
    """Nothing serious for axe and no sideways scroll: as it is, wide and dark, on a phone."""
    size = page.viewport_size
    assert size is not None
    for width, scheme in ((DESK, "light"), (DESK, "dark"), (PHONE, "light")):
        page.set_viewport_size({"width": width[0], "height": width[1]})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert_fits(page)
        assert_accessible(page)
    page.set_viewport_size(size)


def open_link(page: Page, name: str) -> None:
    """Follow the first link whose words contain `name`, folded away or not, and look at what opens."""
    link = page.get_by_role("link", name=name, include_hidden=True).first
    if not link.is_visible():
        page.locator("nav.side details").filter(has=link).locator("summary").click()
    link.click()
    page.wait_for_load_state()
    sound(page)


def printed_pages(page: Page) -> int:
    """How many sheets of paper the page needs."""
    return len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="A4", prefer_css_page_size=True)))


def declare_no_interest(page: Page) -> None:
    """Tick every unit of the declaration once it is there: boxes are not waited for by themselves."""
    confirm = page.get_by_role("button", name="确认无利害关系")
    expect(confirm).to_be_visible()
    for box in page.get_by_role("checkbox").all():
        box.check()
    confirm.click()


def to_sheet(page: Page, expert: Credential, number: str) -> None:
    """From the login over pledge and declaration to the sheet of a dossier."""
    enter(page, expert)
    sound(page)
    open_link(page, "签署评审承诺")
    page.get_by_label("本人已阅读并承诺").check()
    page.get_by_role("button", name="签署评审承诺").click()
    expect(page.get_by_text("评审承诺已签署。")).to_be_visible()
    sound(page)
    page.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    sound(page)
    declare_no_interest(page)
    expect(page.locator("#score-form")).to_be_visible()
    sound(page)


def test_expert_scores_a_dossier_on_a_phone(
    play: Callable[[str], Selection], browse: Open, shoot: Shoot
) -> None:
    made = play("scoring")
    page = browse(size=PHONE)
    to_sheet(page, made.experts[PANEL[1]], "2023-001")
    page.get_by_role("tab", name="材料").click()
    expect(page.locator("#doc")).to_be_visible()
    expect(page.locator("#rub")).to_be_hidden()
    page.get_by_role("tab", name="评分").click()
    first = page.locator("#points\\.C1\\.1")
    page.locator("#i-C1\\.1").get_by_role("button", name="加").click()
    expect(first).not_to_have_value("")
    first.focus()
    for points in POINTS:
        page.keyboard.press("Control+a")
        page.keyboard.type(points)
        page.keyboard.press("Enter")
    expect(page.locator("#done")).to_have_text("13／13")
    page.locator("#opinion").fill(OPINION)
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.get_by_role("button", name="提交评分").click()
    page.get_by_role("link", name="评为较差，请写明评分理由，不少于10字。").first.click()
    reason = page.locator("#i-C1\\.1").get_by_role("textbox", name="评分理由")
    expect(reason).to_have_attribute("aria-invalid", "true")
    sound(page)
    reason.fill(REASON)
    page.locator("#i-C1\\.1").scroll_into_view_if_needed()
    take(page, shoot, "expert-sheet-390", PHONE)
    page.get_by_role("button", name="提交评分").click()
    page.get_by_role("button", name="确认提交").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("提交回执")
    expect(page.get_by_text("留存内容与校验码一致")).to_be_visible()
    sound(page)
    open_link(page, "下一份未评材料")


def take(page: Page, shoot: Shoot, name: str, size: tuple[int, int] = PICTURE) -> None:
    """A picture for the README, in light colours: what one screen shows."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="light")
    assert shoot(page, name, full_page=False).exists()


def test_sheet_is_saved_and_submitted_without_scripts(play: Callable[[str], Selection], browse: Open) -> None:
    made = play("scoring")
    page = browse(size=PHONE, java_script_enabled=False)
    enter(page, made.experts[PANEL[1]])
    page.get_by_role("link", name="签署评审承诺").first.click()
    page.get_by_label("本人已阅读并承诺").check()
    page.get_by_role("button", name="签署评审承诺").click()
    page.get_by_role("row").filter(has_text="2023-001").get_by_role("link").click()
    declare_no_interest(page)
    page.locator("#opinion").fill(OPINION)
    page.get_by_role("button", name="暂存").click()
    expect(page.locator("#saved")).to_have_text(SAVED)
    for field, points in zip(page.locator(".stepper input").all(), POINTS, strict=True):
        field.fill(points)
    page.get_by_role("button", name="提交评分").click()
    page.get_by_role("link", name="评为较差，请写明评分理由，不少于10字。").first.click()
    page.locator("#i-C1\\.1").get_by_role("textbox", name="评分理由").fill(REASON)
    page.get_by_role("button", name="提交评分").click()
    page.get_by_role("button", name="确认提交").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("提交回执")


def test_wide_sheet_and_the_check_of_a_form(
    play: Callable[[str], Selection], browse: Open, shoot: Shoot
) -> None:
    made = play("scoring")
    page = browse(size=DESK)
    to_sheet(page, made.experts[PANEL[2]], "2023-004")
    for item, points in zip(page.locator(".stepper input").all()[:5], POINTS[1:], strict=False):
        item.fill(points)
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.locator("#i-C1\\.2").get_by_role("link", name="指标填报表第4行").click()
    expect(page.locator("#doc .hit-row")).to_be_in_viewport()
    page.locator("#rub").evaluate("pane => pane.scrollTo(0, 0)")
    take(page, shoot, "expert-sheet")
    assert printed_pages(page) >= 1
    office = browse(size=DESK)
    enter(office, made.office.officer)
    sound(office)
    for name in ("推荐汇总表", "批次与规则", "专家与分派", "评审进度", "账号", "收件登记"):
        open_link(office, name)


def test_officer_takes_forms_in_and_checks_them_beside_their_text(
    site: Site, browse: Open, shoot: Shoot
) -> None:
    people = factories.office(site.app)
    officer = people.officer.viewer(site.app)
    call = inside(site.app, lambda: calls.create_call(officer, folder="green_platform_2023"))
    inside(site.app, lambda: calls.publish(officer, call=call))
    page = browse(size=DESK)
    enter(page, people.officer)
    open_link(page, "登记收件")
    files = [form_documents.FORMS / f"{name}.docx" for name in form_documents.SAMPLES]
    page.get_by_label("申报书（附件2，.docx）").set_input_files(files)
    page.get_by_label("收件时间（北京时间）").fill("2023-02-16T10:00")
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_text("已收件4份")).to_be_visible()
    page.get_by_role("row").filter(has_text="2023-003").get_by_role("link").click()
    sound(page)
    page.locator("#i-F13").get_by_role("link").click()
    expect(page.locator("mark").first).to_be_in_viewport()
    assert (
        page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    )  # panes scroll, not the page
    take(page, shoot, "secretariat-check")
    page.locator("#i-F13").get_by_role("radio", name="不符合").check()
    page.get_by_role("button", name="保存确认").click()
    expect(page.get_by_text("请写明依据").first).to_be_visible()
    sound(page)


def test_chair_looks_over_the_points_and_freezes_the_shortlist(
    play: Callable[[str], Selection], browse: Open, shoot: Shoot
) -> None:
    made = play("finished")
    page = browse(size=DESK)
    enter(page, made.experts[CHAIR])
    open_link(page, "组长工作台")
    open_link(page, "评分概览")
    expect(page.get_by_role("cell", name="回避", exact=True)).to_be_visible()
    take(page, shoot, "chair-overview")
    open_link(page, "2023-004")
    open_link(page, "复议台账")
    open_link(page, "排名与说明")
    open_link(page, "冻结入围名单")
    if page.locator("#look").count():
        page.locator("#look").fill("专家组已查看规则差异，维持原规则（示例）。")
    page.get_by_role("button", name="冻结入围名单").click()
    expect(page.get_by_text("排名已冻结。")).to_be_visible()
    sound(page)
    assert printed_pages(page) >= 1


def test_ranking_workbook_and_notice_leave_the_house(
    play: Callable[[str], Selection], browse: Open, shoot: Shoot
) -> None:
    made = play("decided")
    page = browse(size=DESK)
    enter(page, made.office.officer)
    open_link(page, "现场答辩")
    open_link(page, "排名与文书")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载排名工作簿").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    numbers = [row[1] for row in book.worksheets[1].iter_rows(values_only=True) if row[1] in RANKED]
    assert numbers == list(RANKED)
    assert printed_pages(page) >= 1
    open_link(page, "公示稿")
    page.get_by_role("button", name="生成公示稿").click()
    expect(page.get_by_text("补齐后方可发布")).to_be_visible()
    sound(page)
    take(page, shoot, "notice-draft")
    chair = browse(size=DESK)
    enter(chair, made.experts[CHAIR])
    open_link(chair, "组长工作台")
    open_link(chair, "排名与说明")
    take(chair, shoot, "ranking")
    watcher = browse(size=DESK)
    enter(watcher, made.office.supervisor_a)
    for name in ("监督概况", "专家组与组长推举", "提请暂停", "监督记录", "监督记录表", "待确认事项"):
        open_link(watcher, name)
