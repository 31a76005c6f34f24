"""The page behind a link that lets in once, as a phone's chat program opens it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import transaction
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Round
from review_portal.models.reach import EntryPass
from review_portal.services import entry_passes
from tests import factories
from tests.engines import on_sqlite
from tests.factories import inside
from tests.visitor import Visitor

pytestmark = on_sqlite  # pages over services that have their tests on both engines

WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; V2218A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20231002 MicroMessenger/8.0.43.2480 "
    "WeChat/arm64 Weixin NetType/4G Language/zh_CN ABI/arm64"
)
PREVIEW = "Mozilla/5.0 (compatible; LinkPreview/1.0; +https://preview.example)"


@pytest.fixture
def code(app: Flask) -> str:
    """A link for an expert in use, given while the round is a draft."""
    office = factories.office(app)
    call = factories.bare_call(app, published=True)
    expert = factories.expert(app, call, login="expert-1")

    def make() -> str:
        with transaction() as session:
            session.execute(sa.update(Round).values(state="draft"))
        viewer = office.officer.viewer(app)
        return entry_passes.issue_entry(viewer, call=call, account=expert.public_id, hours=2).code

    return inside(app, make)


def state(app: Flask) -> tuple[object, int]:
    """Everything that opening a page could have changed."""

    def read() -> tuple[object, int]:
        with transaction() as session:
            spent = session.scalar(sa.select(EntryPass.spent_at))
            return spent, session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0

    return inside(app, read)


def test_opening_a_link_changes_nothing_and_pressing_the_button_lets_in(app: Flask, code: str) -> None:
    before = state(app)
    preview = app.test_client()
    for method in ("GET", "HEAD", "GET"):
        answer = preview.open(
            f"/enter/{code}", method=method, headers={"User-Agent": PREVIEW, "Purpose": "prefetch"}
        )
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    phone = Visitor(app)
    page = phone.get(f"/enter/{code}", headers={"User-Agent": WECHAT})
    assert state(app) == before
    assert (page.title, "示例专家" in page.text) == ("示例批次 example", False)
    assert page.doc.xpath("//form[@action=$to]//button/text()", to=f"/enter/{code}") == ["进入"]
    entered = phone.submit(f"/enter/{code}", follow=False)
    assert (entered.status, entered.location) == (303, "/")
    assert phone.get("/expert/").status == 200
    second = Visitor(app)
    second.get("/login")
    again = second.post(f"/enter/{code}")
    assert (again.status, "不存在、已使用或已过期" in again.text) == (404, True)


def test_wrong_and_used_links_look_alike(app: Flask, code: str) -> None:
    phone = Visitor(app)
    phone.get(f"/enter/{code}")
    phone.submit(f"/enter/{code}")
    stranger = Visitor(app)
    said = [stranger.get(f"/enter/{given}") for given in (code, "a" * 16, "%20", "a" * 300)]
    assert {(page.status, page.text) for page in said} == {(404, said[0].text)}


def test_link_used_in_a_browser_of_somebody_else_ends_that_login(app: Flask, code: str) -> None:
    other = factories.Credential("admin", factories.PASSWORD, 0, "").visit(app)
    cookie = other.client.get_cookie("portal")
    assert cookie is not None
    other.get(f"/enter/{code}")
    other.submit(f"/enter/{code}", follow=False)
    assert (other.get("/admin/accounts").status, other.get("/expert/").status) == (404, 200)
    before = app.test_client()
    before.set_cookie("portal", cookie.value)
    assert before.get("/admin/accounts").headers["Location"].startswith("/login")


def test_guessing_is_slowed_down(app: Flask) -> None:
    with app.app_context():
        settings = replace(app.extensions["settings"], testing=False)
    from review_portal import create_app

    braked = create_app(instance=settings.instance, testing=False)
    client = braked.test_client()
    answers = [client.get("/enter/aaaa").status_code for _try in range(121)]
    with braked.app_context():
        from review_portal.db import db

        db.engine.dispose()
    assert (set(answers[:120]), answers[120]) == ({404}, 429)
