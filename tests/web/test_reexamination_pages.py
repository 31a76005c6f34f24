"""An objection over HTTP: from the secretariat's request to the chair's new version and its comparison."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import on_sqlite
from tests.factories_reexaminations import LOOK, opened, settle, typed_from_paper
from tests.factories_selection import CHAIR, PANEL, RANKED, Selection
from tests.selection_copies import copied

pytestmark = on_sqlite

THIRD, FOURTH = RANKED[2], RANKED[3]


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection whose ranking is frozen; no application context is pushed."""
    with copied(request, engine_name, "ranked", tmp_path) as selection:
        yield selection


def base(made: Selection) -> str:
    return f"/secretariat/{made.call}/reexaminations"


def request_of(made: Selection, **changed: object) -> dict[str, object]:
    return {
        "kind": "correct",
        "reference": "异议〔2023〕1号（示例）",
        "received_on": "2023-03-17",
        "grounds": "来函称纸质评分表录入有误（示例）。",
        "dossiers": [made.numbers[FOURTH]],
        **changed,
    }


def test_objection_goes_from_the_secretariat_over_the_supervisor_to_the_chairs_new_version(
    made: Selection,
) -> None:
    with made.app.app_context():
        review = typed_from_paper(made, PANEL[1], FOURTH)
    officer, supervisor = made.office.officer.visit(made.app), made.office.supervisor_a.visit(made.app)
    chair = made.experts[CHAIR].visit(made.app)
    empty = officer.get(base(made))
    assert "没有异议复核" in empty.text
    form = officer.get(f"{base(made)}/new")
    neighbours = {made.numbers[THIRD], made.numbers[FOURTH]}
    assert set(form.doc.xpath("//input[@name='beside' and @checked]/@value")) == neighbours
    wrong = officer.post(
        f"{base(made)}/new", request_of(made, kind="", dossiers=[], reference="", grounds="无")
    )
    assert wrong.status == 422
    assert wrong.value("grounds").strip() == "无"
    twice = request_of(made, key=form.value("key"))
    first, second = (officer.post(f"{base(made)}/new", twice, follow=False) for _time in range(2))
    assert (first.status, second.status) == (303, 303)
    page = officer.get(base(made))
    assert page.text.count("异议〔2023〕1号（示例）") == 2  # the row and its link for screen readers
    one = next(href for href in page.links.values() if href and href.startswith(f"{base(made)}/"))
    approval = officer.get(one).links["查看申请"]
    asked = supervisor.get(approval)
    assert (asked.title, "专家不重新评分" in asked.text) == ("同意异议复核：更正计分", True)
    assert supervisor.post(approval, {"decision": "agree", "confirm": "y"}, follow=False).status == 303

    sheet = f"{one}/sheets/{review}"
    typed = officer.get(sheet)
    assert PANEL[1] not in typed.text
    points = {name: value for name, value in typed.forms[sheet].items() if name != "csrf_token"}
    lacking = officer.post(sheet, {**points, "points.C1.1": "xx", "reason": "录错（示例）"})
    assert (lacking.status, lacking.value("points.C1.1"), lacking.value("reason")) == (
        422,
        "xx",
        "录错（示例）",
    )
    same = officer.post(sheet, {**points, "reason": "录错（示例）"})
    assert (same.status, "没有需要更正的" in same.text) == (409, True)
    paper = str(float(points["points.C1.1"]) + 2)
    assert (
        officer.post(sheet, {**points, "points.C1.1": paper, "reason": "录错（示例）"}, follow=False).status
        == 303
    )
    compared = officer.get(one).links["查看申请：" + FOURTH]
    comparing = supervisor.get(compared)
    assert f"纸质表{float(paper):.2f}" in comparing.text
    assert comparing.links["在新标签页打开扫描件"].startswith(f"/supervisor/{made.call}/papers/")
    assert supervisor.post(compared, {"decision": "agree", "confirm": "y"}, follow=False).status == 303

    versions = f"/chair/{made.defense}/versions"
    shown = chair.get(versions)
    freeze = shown.links["冻结新一版排名"]
    assert "须重新会议审定并另行公示" in shown.text
    act = chair.get(freeze)
    assert chair.post(freeze, {"digest": "0" * 64, "look": LOOK}).status == 409
    done = chair.post(freeze, {"digest": act.value("digest"), "look": LOOK}, follow=False)
    assert (done.status, done.location) == (303, versions)
    assert chair.post(freeze, {"digest": act.value("digest"), "look": LOOK}).status == 409
    for reader in (
        chair.get(versions),
        officer.get(f"/versions/{made.call}"),
        supervisor.get(f"/versions/{made.call}"),
    ):
        assert (reader.status, reader.title) == (200, "排名版本")
        assert "3 → 4" in reader.text
        assert "4 → 3" in reader.text
        assert [name for name in PANEL if name in reader.text.replace("甲示例", "")] == []
    old, new = (officer.get(f"/versions/{made.call}/{version}") for version in (1, 2))
    assert (old.title, new.title) == ("第1版排名", "第2版排名")
    assert "因异议复核（更正计分）形成" in new.text
    books = [officer.get(f"/secretariat/{made.call}/workbook.xlsx?version={n}").body for n in (1, 2)]
    assert books[0] != books[1]
    assert officer.get(f"/secretariat/{made.call}/workbook.xlsx").body == books[1]
    results = officer.get(f"/secretariat/{made.call}/results?verify=1")
    assert "最终排名第2版：冻结结果可由评分复算" in results.text
    trail = supervisor.get(f"/supervisor/{made.call}/trail")
    assert [
        word for word in ("登记异议复核", "更正代录差错", "冻结新一版排名") if word not in trail.text
    ] == []


def test_pages_of_a_re_examination_are_for_its_call_and_its_people(made: Selection) -> None:
    with made.app.app_context():
        found = opened(made, "void", [THIRD])
    officer, stranger = made.office.officer.visit(made.app), made.experts[PANEL[1]].visit(made.app)
    chair = made.experts[CHAIR].visit(made.app)
    page = officer.get(f"{base(made)}/{found}")
    assert page.text.count("登记利害关系") >= len(PANEL)
    assert officer.get(f"{base(made)}/{'a' * 12}").status == 404
    assert officer.get(f"{base(made)}/{found}/sheets/{'a' * 12}").status == 404
    assert officer.get(f"/versions/{made.call}/9").status == 404
    for path in (
        base(made),
        f"{base(made)}/{found}",
        f"/versions/{made.call}",
        f"/chair/{made.defense}/versions",
    ):
        assert stranger.get(path).status == 404
    assert chair.get(f"/chair/{made.written}/versions").status == 404  # the list of another round
    assert chair.get(f"/chair/{made.written}/reexaminations/{found}/freeze").status == 404
    assert chair.post(f"/chair/{made.defense}/reexaminations/{found}/freeze", {}).status == 409
    with made.app.app_context():
        settle(made, found, CHAIR)
    assert "排名未变" in officer.get(f"/versions/{made.call}").text


def test_page_of_a_new_round_leads_to_its_steps_and_to_giving_it_up(made: Selection) -> None:
    beside = [made.numbers[THIRD]]
    officer, supervisor = made.office.officer.visit(made.app), made.office.supervisor_a.visit(made.app)
    for stage, step in (("written_review", "/assignments"), ("onsite_defense", "/defense/")):
        with made.app.app_context():
            given = {"stage": stage, "beside": beside, "request_key": stage}
            found = opened(made, "rescore", [FOURTH], **given)
        page = officer.get(f"{base(made)}/{found}")
        steps = page.doc.xpath("//main//ol//a/@href")
        assert len(steps) == 3
        assert step in steps[1]
        assert [officer.get(href).status for href in steps[:2]] == [200, 200]
        end = f"{base(made)}/{found}/end"
        assert officer.post(end, {"reason": "无"}).status == 422
        assert officer.post(end, {"reason": "没有其他专家可以评审（示例）"}).status == 200
        asked = supervisor.get("/approvals/").doc.xpath("//main//a[starts-with(@href,'/approvals/')]/@href")[
            0
        ]
        answer = {"decision": "agree", "confirm": "y", "note": "同意（示例）"}
        assert supervisor.post(asked, answer).status == 200
        assert "已终止，排名不变" in officer.get(f"{base(made)}/{found}").text
