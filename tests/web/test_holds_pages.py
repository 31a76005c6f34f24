"""提请暂停 and 监督记录表 over HTTP: what supervisors press, what everybody else is told, who reads what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import on_sqlite
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.selection_copies import copied
from tests.services.test_holds import FINDING, REASON
from tests.visitor import Page, Visitor
from tests.web.test_expert import filled

pytestmark = on_sqlite
MISSING = "a" * 12


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    with copied(request, engine_name, "scoring", tmp_path) as made:
        yield made


def expert(made: Selection, name: str = PANEL[1]) -> Visitor:
    return made.experts[name].visit(made.app)


def filled_sheet(made: Selection) -> tuple[Visitor, str]:
    """An expert's sheet, everything typed and saved, on the page that asks to confirm."""
    visitor = expert(made)
    visitor.get(f"/expert/rounds/{made.written}/pledge")
    visitor.submit(f"/expert/rounds/{made.written}/pledge", confirm="y")
    visitor.get("/expert/")
    address = next(href for href in visitor.page.links.values() if href and "/expert/reviews/" in href)
    page = visitor.get(address)
    (action,) = [action for action in page.forms if "declare" in action or action == address]
    boxes = dict.fromkeys(page.doc.xpath("//input[@type='checkbox']/@name"), "y")
    page = visitor.submit(action, answer="clear", **boxes)
    visitor.submit(page.path, act="submit", **filled())
    return visitor, page.path


def held(page: Page) -> list[str]:
    return ["".join(part.itertext()) for part in page.doc.xpath("//section[@class='held']/p[1]")]


def test_hold_is_told_everywhere_refused_with_its_sentence_and_lifted(made: Selection) -> None:
    scoring, address = filled_sheet(made)
    watcher = made.office.supervisor_a.visit(made.app)
    desk = f"/supervisor/{made.call}/holds"
    assert "本批次没有提请过暂停。" in watcher.get(desk).text
    watcher.get(f"{desk}/new")
    refused = watcher.submit(f"{desk}/new", reason="短")
    assert (refused.status, refused.value("reason").strip()) == (422, "短")
    assert refused.field_error("reason") == "请写明具体情况，至少10个字。"
    page = watcher.submit(f"{desk}/new", round_=made.written, reason=REASON)
    assert (page.path, len(held(page))) == (desk, 1)
    assert watcher.post(f"{desk}/new", {"round_": made.written, "reason": REASON}).status == 409
    assert watcher.post(f"{desk}/new", {"round_": MISSING, "reason": REASON}).status == 422

    stopped = scoring.submit(f"{address}/submit")
    assert (stopped.status, stopped.title) == (409, "核对后提交")
    told = ("监督人员示例监督甲于", REASON, "暂停期间不能办理，未作任何改动")
    assert [words for words in told if words not in stopped.text] == []
    saved = scoring.get(address)
    typed = filled()
    assert [saved.value(name).strip() for name in typed] == list(typed.values())
    officer = made.office.officer.visit(made.app)
    for visitor, path in (
        (scoring, "/expert/"),
        (officer, f"/secretariat/{made.call}/"),
        (officer, f"/secretariat/{made.call}/dossiers"),
        (watcher, f"/supervisor/{made.call}/"),
    ):
        (told,) = held(visitor.get(path))
        assert REASON in told, path
    other = made.office.supervisor_b.visit(made.app)
    other.get(desk)
    (lift,) = [href for href in other.page.links.values() if href and href.endswith("/lift")]
    other.get(lift)
    bare = other.submit(lift, finding="")
    assert (bare.status, bare.field_error("finding")) == (422, "请写明具体情况，至少10个字。")
    watcher.get(lift)  # both have the page open
    assert held(other.post(lift, {"finding": FINDING})) == []
    late = watcher.post(lift, {"finding": FINDING})
    assert (late.status, "该次暂停已于" in late.text) == (409, True)
    assert held(scoring.get("/expert/")) == []
    scoring.get(f"{address}/submit")
    assert scoring.submit(f"{address}/submit").title == "提交回执"
    for path in (desk, f"{desk}/new", lift):
        for somebody in (officer, scoring):
            assert somebody.get(path).status == 404
    assert watcher.get(f"{desk}/{MISSING}/lift").status == 404
    assert watcher.get(f"/supervisor/{MISSING}/holds").status == 404


def test_record_is_noted_corrected_added_to_and_made_into_a_form(made: Selection) -> None:
    watcher, twin = (made.office.supervisor_a.visit(made.app) for _window in range(2))
    desk = f"/supervisor/{made.call}/record"
    page = watcher.get(desk)
    keys = page.doc.xpath("//input[@name='nodes']/@value")
    names = [name.strip() for name in page.doc.xpath("//tbody/tr/th/text()")]
    assert names == ["评审工作方案批准", "结束受理", "确定专家组", "开启评审"]
    assert watcher.post(f"{desk}/normal", {}).status == 422
    assert watcher.post(f"{desk}/normal", {"nodes": keys, "place": "远" * 101}).field_error("place") != ""
    node = f"{desk}/nodes/{keys[2]}"
    twin.get(node)
    done = watcher.post(f"{desk}/normal", {"nodes": keys, "place": "三楼会议室（示例）"})
    assert (done.path, len(done.doc.xpath("//td//span[.='正常']"))) == (desk, 4)
    stale = twin.submit(node, verdict="remark", remark="少一人签到（示例）")
    assert (stale.status, stale.value("remark").strip()) == (409, "少一人签到（示例）")
    assert "第1次记录" in stale.text  # what the other window noted stands above
    assert twin.submit(node, verdict="remark", remark="少一人签到（示例）").field_error("reason") != ""
    kept = twin.submit(node, verdict="remark", remark="少一人签到（示例）", reason="核对后更正（示例）")
    assert (kept.path, "已更正1次" in kept.text) == (desk, True)
    twin.get(f"{desk}/new")
    assert twin.submit(f"{desk}/new", title="").field_error("title") == "请填写节点名称，2至60个字。"
    assert "宣读纪律" in twin.submit(f"{desk}/new", title="宣读纪律", round_=made.written).text

    chair = expert(made, CHAIR)
    forms = f"/supervision/{made.call}/"
    officer = made.office.officer.visit(made.app)
    assert "监督人员尚未生成监督记录表。" in officer.get(forms).text
    form = watcher.post(f"{desk}/forms")
    assert "少一人签到（示例）（第2次记录，更正理由：核对后更正（示例））" in form.text
    assert watcher.post(f"{desk}/forms").status == 409
    assert officer.get(form.path).status == 200
    assert officer.get(f"{form.path}/docx").body[:2] == b"PK"
    assert list(officer.get(forms).links.values()).count(form.path) == 1
    for somebody in (expert(made), chair):  # nobody has been elected yet
        assert {somebody.get(path).status for path in (forms, form.path, f"{form.path}/docx")} == {404}
    for path in (desk, node, f"{desk}/new"):
        assert officer.get(path).status == 404
    assert watcher.get(f"{desk}/nodes/e1").status == 404
