"""名单公布 over HTTP: what is missing leads on, nothing typed is lost, two people, letters, other desks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import factories_lists as lists
from tests.engines import on_sqlite
from tests.factories_lists import LIST_FACTS, OVER, SETTLED, change_rules
from tests.factories_papers import pdf
from tests.factories_selection import RANKED, Selection
from tests.later_entries import decided_later
from tests.posting import at
from tests.selection_copies import copied
from tests.visitor import Visitor

pytestmark = on_sqlite
SCAN = {"scan": ("纪要.pdf", pdf(1))}


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A list in publicity; no application context is pushed."""
    with copied(request, engine_name, "decided", tmp_path) as found:
        with found.app.app_context():
            lists.publish(found)
        yield found


def test_office_goes_from_what_is_missing_to_the_released_list_and_its_letters(made: Selection) -> None:
    base = f"/secretariat/{made.call}/final-list"
    officer = made.office.officer.visit(made.app)
    with at(SETTLED):
        page = officer.get(base)
        assert "公布名单的通知尚未起草" in page.text and "名单确定并公布后，方可办理结果告知。" in page.text
        page = officer.submit(f"{base}/papers")
        editor = page.path
        assert "【待填：名单文号】" in page.text
        page = officer.submit(f"{editor}/facts", issued_on="2023-02-30", list_number="示例号")
        assert (page.status, page.value("list_number")) == (422, "示例号")
        assert page.field_error("issued_on") == "请按2023-03-15的形式填写日期。"
        page = officer.submit(f"{editor}/facts", **LIST_FACTS)
        assert (page.status, "【待填" in page.text) == (200, False)
        page = officer.get(officer.get(base).links["提请确定并公布名单（双人）"])
        page = officer.submit(f"{base}/settle", reason="公示期满（示例）")
        assert page.path == base
        request = page.links["查看申请"]
        assert officer.post(request, {"decision": "agree", "confirm": "y"}).status == 403
        second = made.office.second_officer.visit(made.app)
        shown = second.get(request)
        assert LIST_FACTS["list_number"] in shown.text
        second.submit(request, decision="agree", confirm="y")
        page = officer.get(base)
        assert "已公布第1版" in page.text and "未设置邮件服务器" in page.text
        for suffix in ("docx", "txt"):
            assert officer.get(f"{editor}.{suffix}").status == 200
        assert officer.get(f"{base}/letters.docx").status == 200
        deliver = f"{base}/letters/{made.numbers['2023-006']}/delivery"
        assert officer.get(deliver).status == 200
        page = officer.submit(deliver, way="handed", on="2023-03-23", receiver="")
        assert (page.status, page.field_error("receiver")) == (422, "请填写签收人或邮件单号。")
        page = officer.submit(deliver, way="handed", on="2023-03-23", receiver="示例签收人")
        assert "当面领取" in page.text and "示例签收人" in page.text
        watcher = made.office.supervisor_a.visit(made.app)
        page = watcher.get(base)
        assert page.status == 200 and not [path for path in page.forms if "final-list" in path]
        assert watcher.get(f"{base}/settle").status == 404


def test_change_keeps_what_was_typed_and_filling_is_not_offered_by_default(made: Selection) -> None:
    base = f"/secretariat/{made.call}/final-list"
    officer = made.office.officer.visit(made.app)
    with at(OVER):
        assert officer.get(f"{base}/fill").status == 404
        assert officer.get(f"{base}/enter/{made.numbers['2023-004']}").status == 404  # nobody approved later
        form = f"{base}/change"
        page = officer.get(form)
        typed = {"cause": "disqualified", "meeting": "主任办公会（示例）", "reason": "核"}
        page = officer.submit(form, **typed)
        assert (page.status, page.value("meeting")) == (422, "主任办公会（示例）")
        assert page.field_error("scan") == "请上传会议纪要或来函的扫描件。"
        assert page.field_error("dossier") == "请选择名单上的单位。"
        fields = (
            page.forms[form]
            | typed
            | {
                "dossier": made.numbers["2023-004"],
                "held_on": "2023-03-21",
                "minutes_number": "示例会纪〔2023〕9号",
                "reason": "经核查资格不符（示例）",
            }
        )
        page = officer.post(form, fields, SCAN)
        assert (page.path, page.status) == (base, 200)
        second = made.office.second_officer.visit(made.app)
        request = page.links["查看申请"]
        shown = second.get(request)
        assert second.get(shown.links["打开扫描件"]).body == SCAN["scan"][1]
        second.get(request)
        second.submit(request, decision="agree", confirm="y")
        page = officer.get(base)
        assert "保持空缺，不递补" in page.text and "登记递补" not in page.text
        with made.app.app_context():
            change_rules(made, vacancy="decision")
        page = officer.get(base)
        assert "登记递补（双人）" in page.links
        page = officer.get(f"{base}/fill")
        assert "（下一名）" in page.text


def test_unit_approved_later_is_offered_and_its_entry_asked_for(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "ranked", tmp_path) as made:
        with made.app.app_context():
            decided_later(made)
            lists.publish(made)
        base = f"/secretariat/{made.call}/final-list"
        officer = made.office.officer.visit(made.app)
        with at(OVER):
            page = officer.get(base)
            enter = page.links[f"提请列入（双人）：{RANKED[0]}"]
            assert f"{RANKED[0]}已另行审定同意，尚未列入名单。" in page.text
            assert officer.get(enter).status == 200
            page = officer.submit(enter)
            request_ = page.links["查看申请"]
            second = made.office.second_officer.visit(made.app)
            assert "复核另行审定单位列入名单" in second.get(request_).text
            second.submit(request_, decision="agree", confirm="y")
            page = officer.get(base)
            assert "拟增列单位公示" in page.text and "另行审定同意、尚未列入名单" not in page.text
            assert officer.get(enter).status == 404
        with made.app.app_context(), at(SETTLED):
            paper = lists.shown_alone(made, ordinal=1)
        address = f"/public/notice/{made.call}/changes/{paper}"
        with at(SETTLED):
            assert officer.get(base).links["打开公示页：拟增列单位公示"] == address
            stranger = Visitor(made.app)
            page = stranger.get(address)
            assert (page.status, RANKED[0] in page.text) == (200, False)
            assert "公示期：3月23日至3月29日（5个工作日，今日第1日）" in page.text
            headers = page.response.headers
            assert (headers["Cache-Control"], "Set-Cookie" in headers) == (
                "public, max-age=60, must-revalidate",
                False,
            )
            for suffix in ("docx", "txt"):
                assert stranger.get(f"{address}.{suffix}").status == 200
            assert stranger.get(f"{address[:-1]}_").status == 404
        with at(datetime(2023, 3, 30, 1, tzinfo=UTC)):
            assert [stranger.get(address + end).status for end in ("", ".docx", ".txt")] == [404, 404, 404]
            assert "打开公示页：拟增列单位公示" not in officer.get(base).links
