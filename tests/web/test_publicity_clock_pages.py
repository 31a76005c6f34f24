"""公示期 over HTTP: registering, correcting, the public page and its cache, the calendar file, the to-do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from review_portal import clock
from review_portal.domain.chinese_dates import SHANGHAI
from tests.engines import on_sqlite
from tests.factories_publicity import SHOT, URL, at, moment, release
from tests.factories_selection import FIRST, PANEL, VARIANTS, Selection
from tests.selection_copies import copied
from tests.visitor import Page, Visitor

pytestmark = on_sqlite
FILE = {"shot": (SHOT.name, SHOT.data)}


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The notice is released on 15 March at 9:00; no application context is pushed."""
    with copied(request, engine_name, "ranked", tmp_path) as found:
        with found.app.app_context():
            release(found)
        yield found


def path(made: Selection, what: str = "") -> str:
    return f"/secretariat/{made.call}/publicity{what}"


def typed(**changes: str) -> dict[str, str]:
    now = clock.now().astimezone(SHANGHAI)
    return {"at": f"{now:%Y-%m-%dT%H:%M}", "url": URL, **changes}


def states(page: Page) -> list[str]:
    return [
        " ".join(cell.text_content().split()) for cell in page.doc.xpath("//tbody/tr/td[@data-label='状态']")
    ]


def test_office_registers_takes_down_corrects_and_the_public_follows(made: Selection) -> None:
    officer, stranger = made.office.officer.visit(made.app), Visitor(made.app)
    supervisor = made.office.supervisor_a.visit(made.app)
    public = f"/public/notice/{made.call}"
    with moment(at(15, 10)):
        home = officer.get(f"/secretariat/{made.call}/")
        assert "登记公示在官网刊登" in home.text
        page = officer.get(path(made))
        assert "请在官网刊登第1版公示文本，并登记刊登时间、网址和截图。" in page.text
        assert page.links["打开异议登记"] == f"/objections/calls/{made.call}"
        assert stranger.get(public).status == 404
        form = path(made, "/appearance")
        officer.get(form)
        page = officer.submit(form, at="", url="example.com")
        assert page.status == 422
        assert page.field_error("shot") == "请上传公示页面的截图。"
        assert (page.value("url"), page.field_error("at") != "") == ("example.com", True)
        page = officer.post(form, page.forms[form] | typed(), FILE)
        assert (page.path, page.status) == (path(made), 200)
        assert "已登记官网刊登，公示期自此起算。" in page.text
        assert "第1日" in page.text and URL in page.text and states(page) == ["有效"]
        assert form not in officer.get(form).forms  # nothing to register while it stands
        assert officer.get(path(made)).links["加入日历"] == path(made) + ".ics"
        ics = officer.get(path(made) + ".ics")
        assert ics.response.headers["Content-Type"].startswith("text/calendar")
        shot = supervisor.get(supervisor.get(path(made)).links["查看截图：第1条"])
        assert (shot.body, shot.response.headers["Cache-Control"]) == (SHOT.data, "no-store")
        assert "更正" not in supervisor.get(path(made)).links
        assert supervisor.get(form).status == 404
        assert "公示期届满" in officer.get(f"/secretariat/{made.call}/").text
        assert supervisor.get(path(made, "/screenshots/aaaaaaaaaaaa")).status == 404
    with moment(at(17, 10)):
        page = stranger.get(public)
        wanted = "公示期：3月15日至3月21日（5个工作日，今日第3日） 截止于3月21日24时"
        assert page.status == 200 and wanted in page.text
        assert [text for text in (*PANEL, "E01", "80.54", "89.94", "名次") if text in page.text] == []
        rows = [" ".join(row.text_content().split()) for row in page.doc.xpath("//tbody/tr")]
        assert [FIRST in rows[2], VARIANTS["2023-005"][0] in rows[0]] == [True, True]
        assert stranger.get(f"{public}.docx").response.headers["Cache-Control"] == "no-store"
        officer.get(path(made, "/takedown"))
        page = officer.submit(path(made, "/takedown"), at="2023-03-17T09:30", reason="")
        assert (page.status, page.field_error("reason")) == (422, "请写明理由，5至500个字。")
        page = officer.submit(path(made, "/takedown"), at="2023-03-17T09:30", reason="网站检修（示例）")
        assert "已登记撤下，公示页不再对外显示。" in page.text
        assert "公示已撤下。重新刊登后请登记，公示期自重新刊登之日起重新起算。" in page.text
        for address in (public, f"{public}.docx"):
            gone = stranger.get(address)
            assert (gone.status, gone.response.headers["Cache-Control"]) == (404, "no-store")
            assert "公示已撤下，请以重新刊登的公示为准。" in gone.text
            assert FIRST not in gone.text
        assert officer.get(path(made) + ".ics").status == 404
        where = next(href for text, href in page.links.items() if text.startswith("更正：第2条"))
        form = officer.get(where)
        assert "url" not in form.forms[where]
        page = officer.submit(where, reason="登记有误，未撤下（示例）", void="y")
        assert states(page) == ["撤销第2条", "已由第3条更正", "有效"]
        assert officer.get(where).status == 404
        assert stranger.get(public).status == 200


def test_public_page_is_the_same_for_everybody_and_no_copy_outlives_the_period(made: Selection) -> None:
    public, officer = f"/public/notice/{made.call}", made.office.officer.visit(made.app)
    with moment(at(15, 10)):
        officer.get(path(made, "/appearance"))
        officer.post(path(made, "/appearance"), officer.page.forms[path(made, "/appearance")] | typed(), FILE)
    with moment(at(17, 2)):
        english = Visitor(made.app)
        english.get("/login")
        english.submit("/language", language="en")
        stranger = Visitor(made.app)
        answers = [one.get(public) for one in (stranger, english, officer)]
        assert len({page.body for page in answers}) == 1
        for page in answers:
            headers = page.response.headers
            assert headers["Cache-Control"] == "public, max-age=60, must-revalidate"
            assert [name for name in ("Set-Cookie", "Vary") if name in headers] == []
        again = stranger.get(public, headers={"If-None-Match": answers[0].response.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
        assert "Set-Cookie" not in again.response.headers
    with moment(at(21, 23, 59) + timedelta(seconds=30)):
        age = stranger.get(public).response.cache_control.max_age
        assert age is not None and 0 < age <= 30
    with moment(at(22, 0)):
        assert stranger.get(public).status == 404
        assert "公示期已届满。没有未办结的异议的，可以形成公布名单。" in officer.get(path(made)).text


def test_administrator_enters_a_year_and_sees_every_fault_by_its_line(made: Selection) -> None:
    administrator = made.office.administrator.visit(made.app)
    form = "/admin/working-days/edit"
    page = administrator.get("/admin/working-days")
    assert "系统内置" in page.text
    administrator.get(f"{form}?year=2031")
    page = administrator.submit(form, off="甲\n乙", work="", source="国办发明电〔2030〕1号（示例）")
    assert page.status == 422
    assert [page.text.count(text) for text in ("第1行“甲”不是日期", "第2行“乙”不是日期")] == [2, 2]
    assert (page.value("off").split(), page.value("year")) == (["甲", "乙"], "2031")
    page = administrator.submit(form, off="1月1日、5月1日\n10月1日至3日")
    assert (page.path, page.status) == ("/admin/working-days", 200)
    assert "已录入2031年的工作日表" in page.text and "已录入第1版" in page.text
    page = administrator.get(f"{form}?year=2031")
    assert page.value("seen") == "1" and page.value("off").split()[0] == "2031-01-01"
    assert administrator.submit(form, reason="补正理由（示例）").status == 409
    assert made.office.officer.visit(made.app).get("/admin/working-days").status == 404
