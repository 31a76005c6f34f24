"""Paper sheets over HTTP: the clerks' blank form, the offices' pages, and what none of them tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask

from review_portal.services import paper_views, rounds
from tests import factories_papers as build
from tests import factories_reviews as scenes
from tests.engines import on_sqlite
from tests.factories import Credential
from tests.factories_papers import PNG, Papers, pdf
from tests.paper_copies import sealed as copied
from tests.visitor import Visitor

POINTS = "points.C1.1"


@dataclass(frozen=True)
class Desk:
    """The application, who is in it, and the address of the first sheet."""

    app: Flask
    made: Papers

    @property
    def sheet(self) -> str:
        return f"/transcription/{self.made.first}"

    @property
    def papers(self) -> str:
        return f"/secretariat/{self.made.scene.call}/papers"

    def visit(self, who: Credential) -> Visitor:
        return who.visit(self.app)

    def filled(self, **changes: str) -> dict[str, str]:
        """The form as the paper has it."""
        with self.app.app_context():
            typed = build.sheet(self.made)
        total = sum(typed.points.values(), Decimal(0))
        return {
            **{f"points.{item}": f"{value.normalize():f}" for item, value in typed.points.items()},
            **{f"comments.{item}": text for item, text in typed.comments.items()},
            "opinion": typed.opinion,
            "total": f"{total.normalize():f}",
            **{name.replace("__", "."): value for name, value in changes.items()},
        }

    def states(self) -> list[str]:
        with self.app.app_context():
            listed = paper_views.list_registered(self.made.scene.officer, call=self.made.scene.call)
            return [row.state for row in listed]


@pytest.fixture
def desk(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Desk]:
    with copied(request, engine_name, tmp_path) as (app, made):
        yield Desk(app, made)


@on_sqlite
def test_clerk_lands_on_the_list_and_types_the_sheet(desk: Desk) -> None:
    clerk = desk.visit(desk.made.counting)
    page = clerk.get("/")
    assert (page.path, page.title) == ("/transcription/", "待录评分表")
    assert page.links["录入：S01 " + page.doc.xpath("//tbody/tr[1]/td[2]/text()")[0]] == desk.sheet
    clerk.get(desk.sheet)
    page = clerk.submit(desk.sheet, **desk.filled())
    assert (page.path, desk.states()) == ("/transcription/", ["half", "waiting"])
    assert "已保存并封存，等待另一人录入" in page.text


def test_both_entries_over_http_submit_the_sheet(desk: Desk) -> None:
    for who in (desk.made.counting, desk.made.checking):
        clerk = desk.visit(who)
        clerk.get(desk.sheet)
        page = clerk.submit(desk.sheet, **desk.filled())
    assert "两人录入一致，评分表已提交封存" in page.text
    assert desk.states() == ["done", "waiting"]


def test_second_clerks_page_is_the_one_before_the_first_entry(desk: Desk) -> None:
    second = desk.visit(desk.made.checking)

    def seen() -> list[str]:
        fields = second.get(desk.sheet).forms[desk.sheet]
        fields = {name: value for name, value in fields.items() if name not in ("csrf_token", "key")}
        return [second.page.text, second.get("/transcription/").text, repr(fields)]

    before = seen()
    first = desk.visit(desk.made.counting)
    first.get(desk.sheet)
    first.submit(desk.sheet, **desk.filled())
    assert seen() == before


@on_sqlite
def test_differing_cells_are_named_and_own_values_stay(desk: Desk) -> None:
    first, second = desk.visit(desk.made.counting), desk.visit(desk.made.checking)
    for clerk, value in ((first, "2.5"), (second, "3.5")):
        clerk.get(desk.sheet)
        page = clerk.submit(desk.sheet, **desk.filled(points__C1__1=value), total_wrong="y")
    assert page.path == desk.sheet
    assert "有1处与另一遍不一致" in page.text
    assert page.value(POINTS) == "3.5"
    assert "2.5" not in page.forms[desk.sheet].values()
    page = first.get(desk.sheet)
    assert page.value(POINTS) == "2.5"
    assert "3.5" not in page.forms[desk.sheet].values()


@on_sqlite
def test_faults_stand_at_the_cells_and_nothing_typed_is_lost(desk: Desk) -> None:
    clerk = desk.visit(desk.made.counting)
    clerk.get(desk.sheet)
    page = clerk.submit(desk.sheet, **desk.filled(points__C1__1="八分", opinion="", total="很多"))
    assert (page.status, desk.states()[0]) == (422, "waiting")
    assert [page.value(name) for name in (POINTS, "total")] == ["八分", "很多"]
    assert page.field_error(POINTS) and page.field_error("opinion") and page.field_error("total")
    assert page.value("comments.C1.1") == scenes.REASON


@on_sqlite
def test_total_of_the_paper_that_is_not_the_sum_is_told_to_the_typist(desk: Desk) -> None:
    clerk = desk.visit(desk.made.counting)
    clerk.get(desk.sheet)
    page = clerk.submit(desk.sheet, **desk.filled(total="1"))
    assert page.status == 422
    assert "与纸质表合计1.00不符" in page.field_error("total")
    page = clerk.submit(desk.sheet, total_wrong="y")
    assert desk.states()[0] == "half"


@on_sqlite
@pytest.mark.parametrize("total", ["-1", "1e9", "1.234", "9" * 40, "NaN"])
def test_strange_totals_are_a_sentence(desk: Desk, total: str) -> None:
    clerk = desk.visit(desk.made.counting)
    clerk.get(desk.sheet)
    assert clerk.submit(desk.sheet, **desk.filled(total=total)).status == 422


@on_sqlite
def test_empty_body_keeps_nothing(desk: Desk) -> None:
    clerk = desk.visit(desk.made.counting)
    clerk.get(desk.sheet)
    assert clerk.post(desk.sheet, {}).status == 422
    assert desk.states()[0] == "waiting"


@on_sqlite
def test_stale_tab_is_told_and_keeps_what_was_typed(desk: Desk) -> None:
    first, second = desk.visit(desk.made.counting), desk.visit(desk.made.checking)
    for clerk in (first, second):
        clerk.get(desk.sheet)
        clerk.submit(desk.sheet, **desk.filled())
    page = first.post(desk.sheet, {**desk.filled(points__C1__1="1"), "key": "stale"})
    assert page.status == 409
    assert "无须代录" in page.text


@on_sqlite
def test_scan_stands_beside_the_form_for_the_clerks_alone(desk: Desk) -> None:
    clerk = desk.visit(desk.made.counting)
    page = clerk.get(desk.sheet)
    assert page.doc.xpath("//figure//img/@src") == [f"{desk.sheet}/scan/1.webp"]
    headers = clerk.get(f"{desk.sheet}/scan/1.webp").response.headers
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("image/webp", "no-store")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert clerk.get(f"{desk.sheet}/scan").doc.xpath("//main//img/@src") == [f"{desk.sheet}/scan/1.webp"]
    office = desk.made.scene.office
    watcher = desk.visit(office.supervisor_a)
    assert watcher.get(f"/supervisor/{desk.made.scene.call}/papers/{desk.made.first}/scan").status == 404
    for other in (office.officer, office.supervisor_a):
        for path in (f"{desk.sheet}/scan", f"{desk.sheet}/scan/1.webp"):
            assert desk.visit(other).get(path).status == 404


@on_sqlite
def test_scan_that_is_a_pdf_stands_page_under_page_beside_the_form(desk: Desk) -> None:
    with desk.app.app_context():
        build.attach(desk.made, desk.made.first, "评分表.pdf", pdf(2))
    clerk = desk.visit(desk.made.counting)
    shown = [f"{desk.sheet}/scan/{number}.webp" for number in (1, 2)]
    assert clerk.get(desk.sheet).doc.xpath("//figure//img/@src") == shown
    assert [clerk.get(path).status for path in shown] == [200, 200]
    assert clerk.get(f"{desk.sheet}/scan/3.webp").status == 404


@on_sqlite
def test_clerk_has_no_other_desk(desk: Desk) -> None:
    clerk = desk.visit(desk.made.counting)
    call = desk.made.scene.call
    for path in (
        f"/secretariat/{call}/",
        f"/supervisor/{call}/",
        "/expert/",
        f"/calls/{call}",
        f"/chair/{desk.made.scene.round}/",
        desk.papers,
    ):
        assert clerk.get(path).status == 404, path
    page = clerk.get("/transcription/")
    assert "甲示例" not in page.text
    assert page.doc.xpath("//nav[@class='side']//a/text()") == ["待录评分表"]


@on_sqlite
def test_secretariat_registers_scans_and_prints_the_receipt(desk: Desk) -> None:
    officer = desk.visit(desk.made.scene.office.officer)
    register = f"/secretariat/{desk.made.scene.call}/rounds/{desk.made.scene.round}/papers"
    page = officer.get(register)
    box = page.doc.xpath("//input[@name='reviews']/@value")[0]
    page = officer.post(register, {"reviews": box})
    assert (page.status, page.field_error("reason")) == (422, "请写明事由，至少4个字。")
    page = officer.post(register, {"reviews": box, "reason": build.REASON})
    assert "已登记纸质评分表1份" in page.text
    address = next(
        href for href in page.links.values() if href.endswith("/scan") and desk.made.first not in href
    )
    officer.get(address)
    page = officer.post(address, {"checked_by": ""}, {"scan": ("表.png", PNG)})
    assert page.status == 422
    page = officer.post(address, {"checked_by": "示例会务"}, {"scan": ("表.docx", b"x")})
    assert page.field_error("scan")
    page = officer.post(address, {"checked_by": "示例会务"}, {"scan": ("表.png", PNG)})
    assert "扫描件和签名已登记" in page.text
    with desk.app.app_context():
        build.enter(desk.made, desk.made.counting)
        build.enter(desk.made, desk.made.checking)
    page = officer.get(f"{desk.papers}/{desk.made.first}/receipt")
    assert "由计分人计分人示例、复核人复核人示例代录自纸质评分表" in page.text
    assert scenes.OPINION not in page.text


@on_sqlite
def test_differing_sheet_is_registered_anew_or_dropped_by_two(desk: Desk) -> None:
    with desk.app.app_context():
        build.enter(desk.made, desk.made.counting, build.sheet(desk.made, C1_1="2.5"))
        build.enter(desk.made, desk.made.checking)
    officer = desk.visit(desk.made.scene.office.officer)
    restart = f"{desk.papers}/{desk.made.first}/restart"
    officer.get(restart)
    assert officer.post(restart, {"reason": " "}).field_error("reason")
    assert "从头录入" in officer.post(restart, {"reason": "字迹不清，专家已注明"}).text
    assert officer.post(restart, {"reason": "再点一次"}).status == 404  # that registration is no more
    (second,) = [paper for paper in desk.made.papers.values() if paper != desk.made.first]
    officer.get(f"{desk.papers}/{second}/drop")
    page = officer.post(f"{desk.papers}/{second}/drop", {"reason": "缺页，不能计入"})
    assert "等待监督人员同意" in page.text
    watcher = desk.visit(desk.made.scene.office.supervisor_a)
    page = watcher.get("/approvals/")
    address = next(href for href in page.links.values() if href.startswith("/approvals/") and len(href) > 12)
    assert "不予计入" in watcher.get(address).text
    watcher.post(address, {"decision": "agree", "confirm": "y", "note": "已核对"})
    assert desk.states() == ["waiting", "dropped"]


@on_sqlite
def test_offices_pages_tell_states_and_nothing_typed(desk: Desk) -> None:
    with desk.app.app_context():
        build.enter(desk.made, desk.made.counting)
    office, call = desk.made.scene.office, desk.made.scene.call
    watcher, officer = desk.visit(office.supervisor_a), desk.visit(office.officer)
    pages = [watcher.get(f"/supervisor/{call}/papers"), officer.get(desk.papers)]
    for page in pages:
        assert "一人已录" in page.text and "待录入" in page.text
        assert scenes.OPINION not in page.text and scenes.REASON not in page.text
    home = officer.get(f"/secretariat/{call}/")
    assert "纸质评分表待计分人、复核人录完" in home.text


@on_sqlite
def test_chair_is_told_of_missing_papers_before_asking_to_unseal(desk: Desk) -> None:
    made = desk.made
    chair = desk.visit(made.scene.credential(desk.app, build.CHAIR))
    home, ask = f"/chair/{made.scene.round}/", f"/chair/{made.scene.round}/unseal"
    page = chair.get(home)
    assert "还有2份纸质评分表等待计分人、复核人代录" in page.text
    assert ask not in page.links.values() and ask not in chair.get(ask).forms
    with desk.app.app_context():
        for paper in made.papers.values():
            build.enter(made, made.counting, paper=paper)
            build.enter(made, made.checking, paper=paper)
    assert ask in chair.get(home).links.values()


@on_sqlite
def test_expert_and_chair_see_the_source_after_unsealing(desk: Desk) -> None:
    made = desk.made
    with desk.app.app_context():
        for paper in made.papers.values():
            build.enter(made, made.counting, paper=paper)
            build.enter(made, made.checking, paper=paper)
        asked = rounds.ask_unseal(build.chair(made), round_=made.scene.round, reason="启封（示例）")
        rounds.decide_unseal(made.scene.supervisor, approval=asked, approve=True)
    credential = made.scene.credential(desk.app, build.CHAIR)
    expert = desk.visit(credential)
    listed = expert.get("/expert/")
    receipt = next(href for href in listed.links.values() if "/receipts/" in (href or ""))
    assert "由计分人计分人示例、复核人复核人示例代录自纸质评分表" in expert.get(receipt).text
    dossier = next(iter(made.scene.dossiers.values()))
    page = expert.get(f"/chair/{made.scene.round}/dossiers/{dossier}")
    assert "其中1份评分表由计分人、复核人代录自纸质评分表" in page.text


@on_sqlite
def test_secretariat_opens_a_clerks_account(desk: Desk) -> None:
    officer = desk.visit(desk.made.scene.office.officer)
    address = f"/secretariat/{desk.made.scene.call}/accounts/clerk"
    officer.get(address)
    page = officer.post(address, {"role": "", "login": "luru", "name": "录入示例"})
    assert page.status == 422
    taken = {"role": "checking_clerk", "login": "jifen", "name": "计分人示例", "reason": "代录"}
    assert "不能由一人兼任" in officer.post(address, taken).text
    page = officer.post(address, {**taken, "login": "luru", "name": "录入示例"})
    assert "须由另一人确认后生效" in page.text
