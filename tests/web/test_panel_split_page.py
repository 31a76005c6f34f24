"""The page that shares dossiers out among panels, and the chair's page where nobody goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests import factories_panels as scene
from tests.conftest import build_app, close
from tests.engines import on_sqlite
from tests.factories_panels import FIRST, SECOND

pytestmark = on_sqlite
REASON = "第一组有专家须回避该单位，改由第二组评审（示例）。"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal whose only rubric folder is that of a call in two panels."""
    made = build_app(tmp_path, database_url, rubrics=scene.folder(tmp_path / "rules"))
    yield made
    close(made)


def test_split_is_proposed_in_turn_checked_and_kept_with_its_reason(app: Flask) -> None:
    made = scene.two_panels(app, "closed")
    officer = made.office.officer.visit(app)
    where = f"/secretariat/{made.call}/panels"
    home = officer.get(f"/secretariat/{made.call}/")
    assert "分组评审：确定各组的材料" in home.text
    assert "材料尚未分组" in officer.get(f"/secretariat/{made.call}/rounds/{made.written}/open").text
    page = officer.get(where)
    assert (page.title, "下表按编号轮流分组，尚未保存。请核对后保存。" in page.text) == (
        "材料分组：入园踏勘",
        True,
    )
    first, names = (
        f"panel-{made.numbers['2030-001']}",
        [name for name in page.forms[where] if name.startswith("panel-")],
    )
    assert page.forms[where][first] == made.written

    moved = {**page.forms[where], first: made.other}
    page = officer.post(where, {**moved, "reason": "偏少"})
    assert page.status == 422
    assert page.field_error("reason") == "分组与按编号轮流的结果不同，请写明理由，至少10个字。"
    assert (page.forms[where][first], page.forms[where]["reason"]) == (made.other, "偏少")
    page = officer.post(where, dict.fromkeys(names, ""))
    assert (page.status, "还有6份材料没有选定评审组。" in page.text) == (422, True)
    page = officer.post(where, {first: "x" * 5000, "panel-none": made.written})
    assert (page.status, "材料或评审组已有变化" in page.text) == (422, True)
    page = officer.post(where, {**moved, "reason": REASON})
    assert (page.path, page.status) == (where, 200)
    assert "由秘书处选定" in page.text
    assert page.forms[where][first] == made.other
    assert officer.get(f"{where}?turn=1").forms[where][first] == made.written
    assert "分组评审：确定各组的材料" not in officer.get(f"/secretariat/{made.call}/").text

    for person in (made.office.supervisor_a, made.experts[FIRST[0]]):
        other = person.visit(app)
        assert (other.get(where).status, other.post(where, {first: made.other}).status) == (404, 404)


def test_chair_freezes_the_empty_ranking_where_nobody_goes_on(app: Flask) -> None:
    made = scene.two_panels(app, "shortlisted", dict.fromkeys(scene.SHARES, "0.40"))
    member, chair = made.experts[FIRST[1]].visit(app), made.experts[FIRST[0]].visit(app)
    where = f"/chair/{made.written}/vacant"
    assert (member.get(where).status, member.post(where).status) == (404, 404)
    assert made.experts[SECOND[0]].visit(app).get(where).status == 404
    officer = made.office.officer.visit(app)
    waits = "没有单位进入盲评品茶，等待组长冻结最终排名。"
    assert waits in officer.get(f"/secretariat/{made.call}/").text
    page = chair.get(f"/chair/{made.written}/ranking")
    assert page.links["无单位入围，冻结最终排名"] == where
    assert "没有单位达到入围最低分12分，无单位进入下一环节。" in page.text
    chair.get(where)
    assert chair.submit(where, digest="0" * 64).status == 409
    chair.get(where)
    page = chair.submit(where)
    assert "最终排名已冻结，提请会议审定。" in page.text
    assert chair.get(where).status == 404  # done
    results = officer.get(f"/secretariat/{made.call}/results")
    assert "没有单位进入下一环节，本次排名没有拟遴选单位，提请会议审定。" in results.text
    assert waits not in officer.get(f"/secretariat/{made.call}/").text
    assert officer.get(f"/secretariat/{made.call}/decision").status == 200
