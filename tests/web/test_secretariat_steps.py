"""The desk's home names the next act at each point of a selection, or says whose turn it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.selection_copies import copied
from tests.visitor import Page

WRITTEN = "专家书面评审"
UNDELIVERED = "不予受理待送达（送达后生效）"  # two dossiers of the selection are rejected


def tasks(page: Page) -> list[tuple[str, str]]:
    """Title and address of each task of the to-do list."""
    rows = page.doc.xpath("//section[@aria-labelledby='tasks']//tbody/tr")
    return [(row.xpath("string(th)"), row.xpath("string(.//a/@href)")) for row in rows]


SCENES = {
    "assigned": (f"准备并开启{WRITTEN}", "/secretariat/{call}/rounds/{written}/open"),
    "scoring": ("登记签到、推举组长", "/secretariat/{call}/progress"),
    "finished": ("生成答辩名单（组长冻结入围名单后）", "/defense/{defense}/prepare"),
    "ranked": ("登记会议审定结果", "/secretariat/{call}/decision"),
    "decided": ("补齐并提交公示稿", "/secretariat/{call}/notice"),
}


@pytest.mark.parametrize("phase", SCENES)
def test_home_leads_to_the_next_act(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path, phase: str
) -> None:
    title, address = SCENES[phase]
    with copied(request, engine_name, phase, tmp_path) as made:
        officer = made.office.officer.visit(made.app)
        listed = dict(tasks(officer.get(f"/secretariat/{made.call}/")))
        assert listed[title] == address.format(call=made.call, written=made.written, defense=made.defense)
        assert officer.get(listed[title]).status == 200


def test_home_counts_the_sheets_still_to_come(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "scoring", tmp_path) as made:
        home = made.office.officer.visit(made.app).get(f"/secretariat/{made.call}/")
        titles = [title for title, _ in tasks(home)]
        assert titles == [UNDELIVERED, "登记签到、推举组长", f"{WRITTEN}：等待专家提交评分"]


def test_home_says_whose_turn_it_is_when_the_desk_waits(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "sealed", tmp_path) as made:
        home = made.office.officer.visit(made.app).get(f"/secretariat/{made.call}/")
        day = ("会议日清单：签到并核验身份", f"/meeting/{made.written}")
        assert tasks(home) == [day, (UNDELIVERED, f"/secretariat/{made.call}/letters")]
        assert f"{WRITTEN}已封存，等待组长申请启封、监督人员确认。" in home.text
