"""The panel's opinions and the open vote over HTTP: who finds which page, what a refusal keeps, no script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.services import own_opinions
from tests.engines import on_sqlite
from tests.factories_opinions import agree
from tests.factories_selection import CHAIR, PANEL, RANKED, Selection
from tests.selection_copies import copied
from tests.visitor import Visitor

pytestmark = on_sqlite
FIRST, SECOND = RANKED[2], RANKED[3]
TYPED = {"strengths": "服务基础扎实。", "problems": "首年任务偏粗。", "advice": "细化接入名单。"}
KEPT = {**TYPED, "conclusion": "recommended"}
ABSENT = "该专家因病住院不能参加（示例）。"
DISSENT = "仍按上一版填写的异议（示例）。"


@pytest.fixture
def tied(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Both rounds finished; third and fourth are equal in every key, for one place. No opinions yet."""
    with copied(request, engine_name, "tied", tmp_path) as made:
        yield made


def visit(made: Selection, name: str) -> Visitor:
    return made.experts[name].visit(made.app)


def test_opinion_is_drafted_confirmed_and_corrected_on_the_pages(tied: Selection) -> None:
    chair, expert = visit(tied, CHAIR), visit(tied, PANEL[1])
    listing = f"/panel/{tied.defense}/opinions"
    place = f"/chair/{tied.defense}/opinions/{tied.numbers[RANKED[1]]}"
    assert "专家组意见" not in expert.get("/expert/").links
    assert "起草2023-001" in chair.get(listing).links
    page = chair.get(place)
    assert page.doc.xpath("//input[@name='conclusion'][@checked]/@value") == ["recommended"]
    page = chair.submit(place, **{**TYPED, "conclusion": "not_recommended"})
    assert (page.status, page.value("strengths")) == (422, TYPED["strengths"])
    assert "结论与答辩记录不同，请写明理由，至少10个字。" in page.field_error("reason")
    page = chair.submit(place, conclusion="recommended")
    assert page.path == f"{listing}/{tied.numbers[RANKED[1]]}"
    stale = chair.post(place, {**KEPT, "strengths": "另一窗口所写的优点。", "version": "0"})
    assert stale.status == 409
    assert "另一窗口所写的优点。" in stale.text
    assert TYPED["strengths"] in stale.text
    page = expert.get(expert.get("/expert/").links["专家组意见"])
    (act,) = [href for words, href in page.links.items() if words.startswith("阅读并答复")]
    page = expert.get(act)
    assert TYPED["problems"] in page.text
    page = expert.submit(act, answer="dissent", reason="不行")
    assert (page.status, page.value("reason")) == (422, "不行")
    assert expert.submit(act, answer="confirm", reason="").path == "/expert/opinions"
    page = chair.post(place, {**KEPT, "advice": "改写后的建议。", "version": "1"})
    assert "第2版" in page.text
    late = expert.post(act, {"answer": "dissent", "reason": DISSENT})
    assert (late.status, late.value("reason")) == (409, DISSENT)
    assert "组长已修改这份意见，请看过新的一版再答复。" in late.text
    settle = f"{place}/settle"
    chair.get(settle)
    page = chair.submit(settle, reason=ABSENT)
    assert (page.status, "未过半数" in page.text, page.value("reason")) == (409, True, ABSENT)
    paper = chair.get(f"{listing}.docx")
    assert (paper.status, paper.body[:2]) == (200, b"PK")
    others = {path: expert.get(path).status for path in (listing, place, f"{listing}.docx")}
    assert set(others.values()) == {404}
    office = tied.office.officer.visit(tied.app)
    assert [office.get(path).status for path in (listing, place, f"{listing}.docx")] == [200, 404, 200]
    assert office.get(f"/panel/calls/{tied.call}").path == listing


def test_tie_is_voted_on_from_own_accounts_while_the_supervisor_watches(tied: Selection) -> None:
    with tied.app.app_context():
        agree(tied)
        assert own_opinions.list_own(tied.expert(PANEL[1]), open_only=True) == []
    chair, supervisor = visit(tied, CHAIR), tied.office.supervisor_a.visit(tied.app)
    page, act = f"/panel/{tied.defense}/tie", f"/chair/{tied.defense}/tie"
    experts = {CHAIR: chair, **{name: visit(tied, name) for name in PANEL[1:]}}
    assert "并列表决" not in experts[PANEL[1]].get("/expert/").links
    chair.get(f"{act}/open")
    assert chair.submit(f"{act}/open").path == page
    watched = supervisor.get(page)
    assert ("0／5" in watched.text, "结束表决" in watched.links) == (True, False)
    seen = {"If-None-Match": f'"{watched.doc.xpath("//*[@data-live]/@data-code")[0]}"'}
    assert supervisor.get(f"{page}/live", headers=seen).status == 304
    for name, number in zip(PANEL[:4], (SECOND, SECOND, FIRST, SECOND), strict=True):
        own = experts[name].get("/expert/votes")
        refused = experts[name].submit(own.path)
        assert (refused.status, "请选择单位，或选择弃权。" in refused.text) == (422, True)
        done = experts[name].submit(own.path, named=tied.numbers[number])
        assert (done.status, "您已表决：" in done.text) == (200, True)
    told = json.loads(supervisor.get(f"{page}/live", headers=seen).body)["html"]
    assert (PANEL[0] in told, "4／5" in told, FIRST in told, SECOND in told) == (True, True, False, False)
    chair.get(f"{act}/close")
    assert chair.submit(f"{act}/close").status == 422
    assert chair.submit(f"{act}/close", reason=ABSENT).path == page
    (chosen,) = chair.page.doc.xpath("//tbody/tr[td/span[normalize-space()='表决列入']]")
    assert SECOND in chosen.text_content()
    result = experts[PANEL[1]].get("/expert/votes")
    assert ("表决结果" in result.text, PANEL[2] in result.text) == (True, True)
    for path in (page, f"{page}/live", f"{act}/open", f"{act}/close"):
        assert experts[PANEL[4]].get(path).status == 404
    assert supervisor.get(f"{act}/refer").status == 404
    assert chair.get(f"{act}/refer").status == 404  # nothing is left to send up
