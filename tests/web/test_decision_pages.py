"""会议审定 and 评分确认 over HTTP: who sees what, what is refused, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal import clock
from review_portal.domain.chinese_dates import local_date
from review_portal.services import confirmations
from tests.engines import on_sqlite
from tests.factories_papers import pdf
from tests.factories_selection import CHAIR, PANEL, RANKED, Selection
from tests.selection_copies import copied
from tests.visitor import Page, Visitor

pytestmark = on_sqlite
MINUTES = pdf(1)
SCAN = {"scan": ("会议纪要.pdf", MINUTES)}
WHY = "经会议研究（示例）"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A ranking that every expert has confirmed; no application context is pushed."""
    with copied(request, engine_name, "ranked", tmp_path) as selection:
        yield selection


def path(made: Selection, what: str) -> str:
    return f"/secretariat/{made.call}/{what}"


def meeting(**changes: str) -> dict[str, str]:
    plain = {
        "meeting": "主任办公会（示例）",
        "held_on": f"{local_date(clock.now())}",
        "minutes_number": "示例会纪〔2023〕6号",
        "outcome": "agreed",
        "conclusion": "同意3家（示例）",
    }
    return plain | changes


def chosen(page: Page) -> dict[str, str]:
    nodes = page.doc.xpath("//input[starts-with(@name, 'answer-') and @checked]")
    return {str(node.get("name")): str(node.get("value")) for node in nodes}


def test_form_offers_the_proposal_keeps_what_was_typed_and_takes_two(made: Selection) -> None:
    officer = made.office.officer.visit(made.app)
    form = path(made, "decision/record")
    page = officer.get(form)
    answers = [f"answer-{made.numbers[number]}" for number in RANKED]
    assert chosen(page) == dict(zip(answers, ["approve"] * 3 + ["reject"], strict=True))
    departing = meeting(**{answers[0]: "hold", "conclusion": ""})
    page = officer.submit(form, **departing)
    assert page.status == 422
    assert page.field_error(f"reason-{made.numbers[RANKED[0]]}") == "请写明理由，至少4个字。"
    assert page.field_error("scan") == "请上传会议纪要扫描件。"
    assert page.field_error("conclusion") == "请填写此项。"
    assert (page.value("meeting"), chosen(page)[answers[0]]) == ("主任办公会（示例）", "hold")
    fields = page.forms[form] | meeting(held_on="2023-02-30")
    page = officer.post(form, fields, SCAN)
    assert page.status == 422 and "held_on" in page.forms[form]
    fields |= meeting() | {answers[0]: "approve"}
    page = officer.post(form, fields, SCAN)
    assert (page.path, page.status) == (path(made, "decision"), 200)
    assert officer.post(form, fields, SCAN).status == 409  # sent twice
    request = officer.get(path(made, "decision")).links["查看申请"]
    assert officer.post(request, {"decision": "agree", "confirm": "y"}).status == 403
    second = made.office.second_officer.visit(made.app)
    page = second.get(request)
    scan = second.get(page.links["打开扫描件"])
    assert (scan.body, scan.response.headers["Content-Disposition"]) == (MINUTES, "inline")
    second.get(request)
    second.submit(request, decision="agree", confirm="y")
    supervisor = made.office.supervisor_a.visit(made.app)
    page = supervisor.get(path(made, "decision"))
    assert "与拟遴选数量一致" in page.text and "示例会纪〔2023〕6号" in page.text
    assert "登记会议审定结果" not in page.links
    for stranger in (made.experts[CHAIR].visit(made.app), Visitor(made.app)):
        assert stranger.get(path(made, "decision"), follow=False).status in (302, 303, 404)
        assert stranger.get(page.links["打开扫描件"], follow=False).status in (302, 303, 404)
    assert supervisor.get(path(made, "decision/scans/aaaaaaaaaaaa")).status == 404
    assert officer.get(form).status == 200  # says why nothing can be recorded any more
    assert "本批次不在等待会议审定，不能登记。" in officer.page.text


def test_disputing_expert_is_seen_by_chair_and_offices_and_blocks_the_form(made: Selection) -> None:
    expert = made.experts[PANEL[2]].visit(made.app)
    own = f"/expert/rounds/{made.defense}/confirm"
    page = expert.get(own)
    with made.app.app_context():
        sheets = confirmations.own(made.expert(PANEL[2]), round_=made.defense).sheets
        others = confirmations.own(made.expert(PANEL[4]), round_=made.defense).sheets
    assert all(f"{sheet.total:.2f}" in page.text for sheet in sheets)
    foreign = {f"{sheet.total:.2f}" for sheet in others} - {f"{sheet.total:.2f}" for sheet in sheets}
    assert [text for text in foreign if text in page.text] == []
    assert [name for name in PANEL if name != PANEL[2] and name in page.text] == []
    assert expert.submit(own, answer="").field_error("reason") == ""
    assert expert.page.status == 422 and "请选择“一致”或“不一致”。" in expert.page.text
    page = expert.submit(own, answer="differ", reason="短")
    assert (page.status, page.value("reason")) == (422, "短")
    stale = expert.submit(own, answer="agree", digest="0" * 64)
    assert stale.status == 409 and "本人评分的清单已有变化" in stale.text
    expert.submit(own, answer="differ", reason=WHY)
    chair = made.experts[CHAIR].visit(made.app)
    page = chair.get(f"/chair/{made.defense}/confirmations")
    assert WHY in page.text and "已确认 4／5人" in page.text
    assert [name for name in PANEL[1:] if name in page.text] == []
    officer = made.office.officer.visit(made.app)
    assert "（不一致）" in officer.get(path(made, "decision/record")).text
    assert path(made, "decision/record") not in officer.page.forms
    assert WHY in officer.get(path(made, "confirmations")).text
    hrefs = officer.page.doc.xpath("//td[@class='act']/a/@href")
    assert len(hrefs) == 1
    officer.get(hrefs[0])
    page = officer.submit(hrefs[0], kind="absent", reason=WHY)
    assert page.status == 409 and "不能按未能到场登记" in page.text
    page = officer.submit(hrefs[0], kind="", reason=WHY)
    assert (page.status, page.value("reason")) == (422, WHY)
    assert made.experts[PANEL[1]].visit(made.app).get(hrefs[0], follow=False).status == 404
    assert officer.get(path(made, "confirmations/aaaaaaaaaaaa")).status == 404
    page = officer.get(f"/secretariat/{made.call}/")
    assert "专家确认本人评分（确认以前名单不离开现场）" in page.text


def test_pages_before_anything_is_frozen_say_what_they_wait_for(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "sealed", tmp_path) as made:
        officer = made.office.officer.visit(made.app)
        assert "排名冻结后，会议在此审定。" in officer.get(path(made, "decision")).text
        assert "复议结束后，专家在此确认本人评分。" in officer.get(path(made, "confirmations")).text
        assert officer.get(path(made, "decision/record")).status == 404
        expert = made.experts[PANEL[1]].visit(made.app)
        assert expert.get(f"/expert/rounds/{made.written}/confirm").status == 409
        assert made.experts[CHAIR].visit(made.app).get(f"/chair/{made.written}/confirmations").status == 403
