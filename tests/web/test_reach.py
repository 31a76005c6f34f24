"""提醒与入口: reminders sent and copied, more time for one expert, links; the expert's own deadline page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db as database
from review_portal.db import now, transaction
from review_portal.models.experts import Expert
from review_portal.models.jobs import Job
from review_portal.services import elections, extensions, panels, reach_views
from review_portal.worker import Worker
from tests import factories, factories_reviews
from tests.engines import on_sqlite
from tests.factories import inside
from tests.factories_reviews import Scene
from tests.posting import set_up_mail
from tests.services.counting import queries
from tests.smtp_server import Mailbox, mail_server
from tests.visitor import Visitor

pytestmark = on_sqlite  # pages over services that have their tests on both engines

FIRST = "甲示例"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return factories_reviews.scoring(app)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Visitor:
    return scene.office.officer.visit(app)


def member(app: Flask, scene: Scene, name: str = FIRST) -> str:
    rows = inside(app, lambda: panels.list_members(scene.officer, round_=scene.round))
    return next(row.public_id for row in rows if row.name == name)


def give_addresses() -> None:
    with transaction() as session:
        session.execute(sa.update(Expert).values(email="someone@example.org"))


def queued_earlier() -> None:
    with transaction() as session:
        session.execute(sa.update(Job).values(queued_at=now() - timedelta(minutes=3)))


def test_without_a_mail_server_each_text_is_there_to_copy(app: Flask, scene: Scene, officer: Visitor) -> None:
    page = officer.get(f"/secretariat/{scene.call}/reach")
    assert "未设置邮件服务器" in page.text
    texts = [area.text for area in page.doc.iter("textarea")]
    assert len(texts) == len(factories_reviews.PANEL)
    assert all("您还有2份评分未提交" in text and "http://localhost/" in text for text in texts)
    assert f"/secretariat/{scene.call}/reach/{scene.round}/reminders" not in page.forms
    refused = officer.post(f"/secretariat/{scene.call}/reach/{scene.round}/reminders")
    assert (refused.status, "未设置邮件服务器，不能发送" in refused.text) == (409, True)


def test_one_press_sends_and_the_page_can_be_left_and_come_back_to(
    app: Flask, scene: Scene, officer: Visitor, box: Mailbox
) -> None:
    set_up_mail(app, box)
    inside(app, give_addresses)
    where = f"/secretariat/{scene.call}/reach"
    page = officer.get(where)
    assert "someone@example.org" not in page.text
    waiting = officer.submit(f"{where}/{scene.round}/reminders")
    (bar,) = waiting.doc.iter("progress")
    assert (bar.get("value"), bar.get("max")) == ("0", "5")
    Worker(app).work_off()
    assert officer.client.get(bar.get("data-state")).json == {
        "state": "done",
        "done": 5,
        "total": 5,
        "idle": False,
    }
    after = officer.get(waiting.path)
    assert (after.text.count("已发出"), "someone@example.org" in after.text) == (6, False)
    listed = officer.get(where)
    assert waiting.path in listed.links.values()
    again = officer.submit(f"{where}/{scene.round}/reminders")
    assert (again.status, "没有需要提醒的专家" in again.text) == (409, True)
    assert len(box.letters) == 5


def test_job_that_nobody_takes_up_says_so(app: Flask, scene: Scene, officer: Visitor, box: Mailbox) -> None:
    set_up_mail(app, box)
    inside(app, give_addresses)
    where = f"/secretariat/{scene.call}/reach"
    officer.get(where)
    job = officer.submit(f"{where}/{scene.round}/reminders")
    assert "后台任务没有运行" not in job.text
    inside(app, queued_earlier)
    for path in (where, job.path):
        assert "后台任务没有运行" in officer.get(path).text
    Worker(app).work_off()
    for path in (where, job.path):
        assert "后台任务没有运行" not in officer.get(path).text


def test_extension_is_granted_on_its_own_page_and_shown_to_the_expert(
    app: Flask, scene: Scene, officer: Visitor
) -> None:
    where = f"/secretariat/{scene.call}/reach/members/{member(app, scene)}/deadline"
    officer.get(where)
    wrong = officer.submit(where, deadline="2023-01-01T10:00", reason="出差（示例）")
    assert (wrong.status, wrong.field_error("deadline")) == (422, "新的截止时间已过，请另填。")
    assert wrong.value("reason").strip() == "出差（示例）"
    done = officer.submit(where, deadline="2123-03-05T18:00", reason="出差（示例）")
    assert "甲示例的评分时限已延长。" in done.text
    assert "延长：出差（示例）" in done.text
    expert = scene.credential(app, FIRST).visit(app)
    assert "2123年3月5日 18:00" in expert.get("/expert/").text
    page = expert.get(f"/expert/rounds/{scene.round}/deadline")
    assert ("2123年3月5日 18:00" in page.text, "已为您个人延长" in page.text) == (True, True)
    file = expert.client.get(f"/expert/rounds/{scene.round}/deadline.ics")
    assert file.mimetype == "text/calendar"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert (b"DTSTART:21230305T100000Z\r\n" in file.data, b"SEQUENCE:1\r\n" in file.data) == (True, True)


def test_entry_link_is_issued_alone_or_asked_for_and_printed_once(
    app: Flask, scene: Scene, officer: Visitor
) -> None:
    where = f"/secretariat/{scene.call}/reach/members/{member(app, scene)}/entry"
    officer.get(where)
    slip = officer.submit(where, hours="2")  # nobody has used the account yet
    address = slip.doc.xpath("//dd[starts-with(., 'http')]/text()")[0]
    assert slip.doc.xpath("//figure//*[local-name()='svg']//@style") == []
    assert len(slip.doc.xpath("//figure//*[local-name()='path']")) >= 1
    phone = Visitor(app)
    path = address.removeprefix("http://localhost")
    phone.get(path)
    phone.submit(path)
    assert phone.get("/expert/").status == 200
    assert phone.get("/password").status == 200  # not forced there, and free to go
    officer.get(where)  # in use by now
    empty = officer.submit(where, hours="2", reason="")
    assert (empty.status, bool(empty.field_error("reason"))) == (422, True)
    asked = officer.submit(where, hours="2", reason="换了手机（示例）")
    assert "等待监督人员确认" in asked.text
    supervisor = scene.office.supervisor_a.visit(app)
    waiting = supervisor.get("/approvals/")
    (request,) = {
        href for href in waiting.links.values() if href.startswith("/approvals/") and len(href) > 12
    }
    supervisor.get(request)
    printed = supervisor.submit(request, decision="agree", confirm="y")
    assert printed.doc.xpath("//dd[starts-with(., 'http')]/text()")[0] != address
    assert "issue_entry" not in supervisor.get(f"/supervisor/{scene.call}/trail").text
    tablet = Visitor(app)
    second = printed.doc.xpath("//dd[starts-with(., 'http')]/text()")[0].removeprefix("http://localhost")
    tablet.get(second)
    tablet.submit(second)
    assert "凭一次性入口。不是本人登录的" in tablet.get("/expert/").text


def test_members_and_jobs_of_another_call_are_not_found(app: Flask, scene: Scene, officer: Visitor) -> None:
    other = factories.bare_call(app, slug="other", published=True)
    who = member(app, scene)
    for path in (f"members/{who}/deadline", f"members/{who}/entry", "jobs/aaaaaaaaaaaa"):
        assert officer.get(f"/secretariat/{other}/reach/{path}").status == 404
    assert officer.post(f"/secretariat/{other}/reach/{scene.round}/reminders").status == 404
    stranger = scene.credential(app, FIRST).visit(app)
    assert stranger.get(f"/expert/rounds/{'a' * 12}/deadline.ics").status == 404


def test_page_of_a_larger_panel_takes_no_more_queries(app: Flask) -> None:
    scene = factories_reviews.scoring(app)
    with app.app_context():

        def count() -> int:
            database.session.expunge_all()  # what is still in memory would save a query by chance
            return queries(lambda: reach_views.list_rounds(scene.officer, call=scene.call, address=""))

        many = count()
        with transaction() as session:
            for row in session.scalars(sa.select(factories.PanelMember).limit(3)):
                row.left_at = factories.PUBLISHED
        assert count() == many


def test_closing_page_tells_running_extensions_without_whose_and_asks_why(app: Flask, scene: Scene) -> None:
    def elect() -> None:
        for row in panels.list_members(scene.officer, round_=scene.round):
            panels.sign_in(scene.officer, member=row.public_id, checked_by="示例")
        chosen = {row.name: row.public_id for row in panels.list_members(scene.officer, round_=scene.round)}
        elections.elect_chair(
            scene.officer,
            round_=scene.round,
            member=chosen["丁示例"],
            method="记名投票",
            votes=5,
            witness="示例监督甲",
        )
        extensions.extend_deadline(
            scene.officer,
            member=chosen[FIRST],
            deadline=factories_reviews.OPEN_UNTIL + timedelta(days=2),
            reason="出差（示例）",
        )

    inside(app, elect)
    chair = scene.credential(app, "丁示例").visit(app)
    where = f"/chair/{scene.round}/close"
    page = chair.get(where)
    assert "1位专家，最晚至2123年3月5日 18:00" in page.text
    assert (FIRST in page.text, "E0" in page.doc.find(".//main").text_content()) == (False, False)
    owing = chair.submit(where, reason="提前结束（示例）")
    assert (owing.status, "您本人还有2份评分未提交" in owing.text) == (409, True)
    assert owing.value("reason").strip() == "提前结束（示例）"
