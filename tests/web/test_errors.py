"""Refusals and accidents: a plain sentence, what to do next, what was typed still there, nothing changed."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from review_portal import create_app
from review_portal.domain.errors import Busy, Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.web.access import Desk
from tests.conftest import build_app, close
from tests.engines import on_sqlite
from tests.visitor import Visitor

TYPED = {"reason": "示例理由：指标口径须说明", "password": "secret-2023"}
POINT = {"points.C1.1": "7"}  # one character that somebody chose
CARRIED = {"version": "3", "act": "save", "key": "c8d755d4542385d3", "confirm": "y", "seen": "ab12cd34"}
LOCKED = OperationalError(
    "UPDATE reviews SET points=?", (87,), sqlite3.OperationalError("database is locked")
)
PROBLEMS: dict[str, tuple[Exception, int, str]] = {
    "not-allowed": (
        NotAllowed(mark("只有本批次秘书处人员可以办理。")),
        403,
        "只有本批次秘书处人员可以办理。",
    ),
    "not-found": (NotFound(), 404, "未找到该材料，或您没有查看权限。"),
    "conflict": (Conflict(), 409, "该内容刚被修改。两份内容都在下方，请选择保留哪一份。"),
    "invalid": (
        Invalid(mark("未保存，请按提示更正。"), {"reason": mark("请写满%(least)d个字。", least=10)}),
        422,
        "请写满10个字。",
    ),
    "busy": (Busy(), 503, "系统繁忙，您填写的内容已保留，请稍后再按一次暂存。"),
    "locked": (LOCKED, 503, "系统繁忙，您填写的内容已保留，请稍后再按一次暂存。"),
}
pytestmark = on_sqlite


def with_problems(app: Flask) -> Flask:
    """The portal with one address for each thing that can go wrong."""
    desk = Desk("problems", __name__)

    @desk.page("/problem/<name>", permission=Permission.PUBLIC, methods=("GET", "POST"))
    def problem(name: str) -> ResponseReturnValue:
        if name == "accident":
            raise ZeroDivisionError("87.5 by Z1")
        if name.isdigit():
            abort(int(name))
        raise PROBLEMS[name][0]

    app.register_blueprint(desk)
    return app


@pytest.fixture
def site(app: Flask) -> Visitor:
    return Visitor(with_problems(app))


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal as it is served: accidents become pages."""
    made = create_app(instance=tmp_path, database_url=database_url)
    yield with_problems(made)
    close(made)


@pytest.mark.parametrize("name", PROBLEMS)
def test_refusal_is_a_page_with_its_sentence(site: Visitor, name: str) -> None:
    _problem, status, sentence = PROBLEMS[name]
    page = site.get(f"/problem/{name}")
    assert page.status == status
    assert sentence in page.text
    assert "返回首页" in page.links


@pytest.mark.parametrize("name", PROBLEMS)
def test_refusal_keeps_what_was_typed_but_no_password(site: Visitor, name: str) -> None:
    page = site.post(f"/problem/{name}", TYPED | POINT | CARRIED)
    kept = [area.text for area in page.doc.iter("textarea")]
    assert [text.strip() for text in kept] == [TYPED["reason"], POINT["points.C1.1"]]
    assert b"secret-2023" not in page.body


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "请求不完整，未作任何改动。请返回上一页重新提交。"),
        (404, "未找到该材料，或您没有查看权限。"),
        (
            413,
            "文件过大，未上传，填写的内容也未收到。请用浏览器的“后退”返回上一页，压缩图片或分开上传后再试。",
        ),
        (429, "操作过于频繁，请一分钟后再试。"),
    ],
)
def test_http_error_says_what_to_do(site: Visitor, status: int, sentence: str) -> None:
    page = site.get(f"/problem/{status}")
    assert page.status == status
    assert sentence in page.text


def test_address_that_does_not_exist_is_the_same_404_as_a_foreign_one(site: Visitor) -> None:
    nowhere, foreign = site.get("/nothing-here"), site.get("/problem/not-found")
    assert (nowhere.status, nowhere.title) == (foreign.status, foreign.title) == (404, "未找到")


def test_wrong_method_says_to_use_the_page(site: Visitor) -> None:
    page = site.get("/logout")
    assert page.status == 405
    assert "请从页面上的按钮进入" in page.text


def test_oversize_upload_is_refused_with_what_to_do(database_url: str, tmp_path: Path) -> None:
    app = with_problems(build_app(tmp_path, database_url, upload_limit_mb=1))
    page = Visitor(app).post("/problem/busy", {}, {"file": ("示例.docx", b"x" * (1024 * 1024 + 1))})
    close(app)
    assert page.status == 413
    assert (
        "文件过大，未上传，填写的内容也未收到。请用浏览器的“后退”返回上一页，压缩图片或分开上传后再试。"
        in page.text
    )


def test_text_beyond_all_measure_is_refused(site: Visitor) -> None:
    page = site.post("/problem/busy", {"reason": "字" * (2 * 1024 * 1024)}, {"file": ("a.docx", b"x")})
    assert page.status == 413


def test_accident_shows_a_number_and_no_trace(served: Flask) -> None:
    page = Visitor(served).get("/problem/accident")
    assert page.status == 500
    assert "系统出现故障，未作任何改动。请把故障编号告诉管理员。" in page.text
    assert not any(word in page.body for word in (b"ZeroDivisionError", b"Traceback", b"87.5"))
    assert re.search(r"故障编号：[0-9a-f]{8}", page.text)


class Lines(logging.Handler):
    """Keeps what the portal logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def log() -> Iterator[list[str]]:
    handler = Lines()
    logging.getLogger("review_portal").addHandler(handler)
    yield handler.lines
    logging.getLogger("review_portal").removeHandler(handler)


def test_accident_is_one_line_in_the_log_without_values(served: Flask, log: list[str]) -> None:
    page = Visitor(served).post("/problem/accident", TYPED)
    (line,) = log
    facts = json.loads(line)
    assert (facts["event"], facts["kind"], facts["endpoint"]) == (
        "accident",
        "ZeroDivisionError",
        "problems.problem",
    )
    assert f"故障编号：{facts['error_id']}" in page.text
    assert not any(value in line for value in (*TYPED.values(), "87.5"))


def test_failed_statement_shows_neither_sql_nor_values(site: Visitor) -> None:
    page = site.get("/problem/locked")
    assert not any(word in page.body for word in (b"UPDATE", b"87", b"sqlite"))
