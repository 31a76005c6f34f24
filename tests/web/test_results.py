"""Results, publicity draft and the public notice over HTTP, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.models.rankings import Ranking
from review_portal.services import publicity, publicity_views, ranking, report
from tests.factories_selection import PANEL, RANKED, Selection, decide
from tests.selection_copies import copied
from tests.visitor import Visitor

FACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000（示例）",
    "contact_address": "重庆市示例区示例路1号",
    "published_on": "2023-03-15",
}


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection whose ranking is frozen; no application context is pushed."""
    with copied(request, engine_name, "ranked", tmp_path) as selection:
        yield selection


@pytest.fixture
def officer(made: Selection) -> Visitor:
    """The officer's browser."""
    return made.office.officer.visit(made.app)


def path(made: Selection, what: str) -> str:
    return f"/secretariat/{made.call}/{what}"


def decided(made: Selection) -> None:
    with made.app.app_context():
        decide(made, selected=RANKED[:3])


def drafted(made: Selection, **facts: str) -> None:
    with made.app.app_context():
        publicity.draft(made.officer, call=made.call)
        if facts:
            version = publicity_views.get(made.officer, call=made.call).version
            publicity.update(made.officer, call=made.call, facts=facts, base_version=version)


def test_results_show_the_frozen_ranking_without_any_expert(made: Selection, officer: Visitor) -> None:
    page = officer.get(path(made, "results"))
    assert (page.status, page.title) == (200, "排名与文书")
    assert [name for name in PANEL if name in page.text] == []
    order = [page.text.index(f"{number} ") for number in RANKED]
    assert order == sorted(order)
    assert "专家组组长 E0" in page.text
    assert "改用算术平均后，前3名名单不变。" in page.text


def test_results_before_the_freeze_show_only_states(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "sealed", tmp_path) as made:
        page = made.office.officer.visit(made.app).get(path(made, "results"))
        assert "最后一轮复议结束后，由组长冻结排名。冻结前不显示名次。" in page.text
        assert "已封存（启封前不可见）" in page.text
        assert "最终得分" not in page.text
        assert made.office.officer.visit(made.app).get(path(made, "workbook.xlsx")).status == 404
        assert made.office.officer.visit(made.app).get(path(made, "decision/record")).status == 404


def test_downloads_are_the_papers_of_the_services(made: Selection, officer: Visitor) -> None:
    with made.app.app_context():
        viewer = made.officer
        workbook = report.workbook(viewer, call=made.call)
        summary = report.summary_sheet(viewer, round_=made.written)
    page = officer.get(path(made, "workbook.xlsx"))
    assert (page.status, page.body) == (200, workbook[1])
    assert page.response.headers["Content-Disposition"].startswith("attachment")
    assert page.response.headers["Cache-Control"] == "no-store"
    assert officer.get(f"/secretariat/rounds/{made.written}/summary.docx").body == summary[1]
    supervisor = made.office.supervisor_a.visit(made.app)
    assert supervisor.get(path(made, "workbook.xlsx")).body == workbook[1]
    assert made.experts[PANEL[0]].visit(made.app).get(path(made, "workbook.xlsx")).status == 404


def test_verification_recounts_from_the_sheets(made: Selection, officer: Visitor) -> None:
    page = officer.get(path(made, "results"))
    page = officer.get(page.links["核对校验码"])
    assert "最终排名：冻结结果可由评分复算" in page.text
    assert "入围名单：冻结结果可由评分复算" in page.text
    with made.app.app_context():
        assert [item.holds for item in ranking.verify(made.officer, call=made.call)] == [True, True]
        assert len(db.session.scalars(sa.select(Ranking.id)).all()) == 2


def test_notice_is_drafted_by_a_button_and_marked_as_preview(made: Selection, officer: Visitor) -> None:
    page = officer.get(path(made, "notice"))
    assert "尚未生成公示稿。" in page.text
    page = officer.submit(path(made, "notice/draft"))
    assert page.path == path(made, "notice")
    assert "试拟稿（会议审定前）" in page.text
    blanks = {node.text_content() for node in page.doc.xpath("//span[@class='blank']")}
    assert "【待填：监督电话】" in blanks
    assert "提交发布（双人）" not in page.links


def test_editing_saves_and_shows_what_was_changed(made: Selection, officer: Visitor) -> None:
    decided(made)
    drafted(made)
    officer.get(path(made, "notice"))
    page = officer.submit(path(made, "notice"), **FACTS)
    assert "已保存。" in page.text
    assert "公示时间为2023年3月15日至3月21日（共5个工作日）。" in page.text
    assert "1项待填" in page.text
    assert page.value("contact_office") == FACTS["contact_office"]
    text = officer.get(path(made, "notice.txt"))
    assert "联系处室：节能与综合利用处（示例）" in text.body.decode()
    assert officer.get(path(made, "notice.docx")).status == 200


def test_bad_fact_stays_typed_with_its_sentence(made: Selection, officer: Visitor) -> None:
    drafted(made)
    officer.get(path(made, "notice"))
    page = officer.submit(path(made, "notice"), working_days="五天", contact_office="示例处")
    assert (page.status, page.field_error("working_days")) == (422, "请填写1至60之间的整数。")
    assert (page.value("working_days"), page.value("contact_office")) == ("五天", "示例处")
    page = officer.submit(path(made, "notice"), working_days="5")
    assert (page.status, page.value("contact_office")) == (200, "示例处")


def test_two_windows_see_both_texts_and_one_may_be_kept(made: Selection, officer: Visitor) -> None:
    drafted(made)
    other = made.office.second_officer.visit(made.app)
    officer.get(path(made, "notice"))
    other.get(path(made, "notice"))
    other.submit(path(made, "notice"), contact_office="甲处（示例）")
    page = officer.submit(path(made, "notice"), contact_office="乙处（示例）")
    assert page.status == 409
    assert "甲处（示例）" in page.text and "乙处（示例）" in page.text
    page = officer.submit(path(made, "notice"))
    assert (page.status, page.value("contact_office")) == (200, "乙处（示例）")


def test_release_page_lists_what_is_missing_and_offers_no_button(made: Selection, officer: Visitor) -> None:
    decided(made)
    drafted(made, **FACTS)
    page = officer.get(path(made, "notice/release"))
    assert "待填：监督电话" in page.text
    assert path(made, "notice/release") not in page.forms
    page = officer.post(path(made, "notice/release"), {"reason": "提交发布（示例）"})
    assert page.status == 422
    assert "还有1项待填：监督电话。补齐后方可提交发布。" in page.text


def _release(made: Selection, officer: Visitor) -> None:
    officer.get(path(made, "notice/release"))
    page = officer.submit(path(made, "notice/release"), reason="")
    assert (page.status, page.field_error("reason")) == (422, "请写明事由，至少2个字。")
    page = officer.submit(path(made, "notice/release"), reason="经办人核对完毕（示例）")
    assert "已提交发布，等待复核人确认" in page.text
    request = page.links["查看申请"]
    assert officer.post(request, {"decision": "agree", "confirm": "y"}).status == 403
    second = made.office.second_officer.visit(made.app)
    assert "我已逐项核对公示稿和名单" in second.get(request).text
    second.submit(request, decision="agree", confirm="y")
    assert "公示已发布" in officer.get(path(made, "notice")).text


def test_two_officers_release_and_the_public_reads_nothing_before_the_appearance(
    made: Selection, officer: Visitor
) -> None:
    decided(made)
    drafted(made, **FACTS, supervision_phone="023-00000002（示例）")
    public = f"/public/notice/{made.call}"
    stranger = Visitor(made.app)
    with pytest.MonkeyPatch.context() as patched:  # the login stays: its cookie is of today
        patched.setattr("review_portal.clock.now", lambda: datetime(2023, 3, 16, 2, 0, tzinfo=UTC))
        _release(made, officer)
        for address in (public, f"{public}.docx"):
            page = stranger.get(address)
            assert (page.status, page.response.headers["Cache-Control"]) == (404, "no-store")


def test_pages_take_the_same_queries_whatever_is_listed(made: Selection, officer: Visitor) -> None:
    seen: list[str] = []

    def count(_c: object, _k: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with made.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        officer.get(path(made, "results"))
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
    assert len([text for text in seen if text.startswith("SELECT")]) <= 40
