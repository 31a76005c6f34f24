"""A NUL in an address or a form: refused alike on both engines, before any row is asked for."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import factories
from tests.visitor import Visitor

SENTENCE = "所填内容含有无法保存的控制字符，未作任何改动。请删去后重新提交。"


@pytest.mark.parametrize("path", ["/public/notice/a%00b", "/public/notice/a%00b.docx"])
def test_address_with_a_nul_is_not_found(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status == 404


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("officer", "/secretariat/a%00b/dossiers"),
        ("officer", "/approvals/a%00b"),
        ("supervisor_a", "/supervisor/a%00b/trail"),
    ],
)
def test_desk_address_with_a_nul_is_not_found(app: Flask, who: str, path: str) -> None:
    visitor = getattr(factories.office(app), who).visit(app)
    assert visitor.get(path).status == 404


def test_form_with_a_nul_is_refused_with_a_sentence(app: Flask, visitor: Visitor) -> None:
    factories.office(app)
    visitor.get("/login")
    page = visitor.submit("/login", login="off\0ice", password=factories.PASSWORD)
    assert page.status == 422
    assert SENTENCE in page.text


def test_trail_page_beyond_any_number_is_not_found(app: Flask) -> None:
    office = factories.office(app)
    call = factories.bare_call(app)
    visitor = office.supervisor_a.visit(app)
    path = f"/supervisor/{call}/trail?before="
    assert [visitor.get(path + digits).status for digits in ("999999999", "9999999999")] == [200, 404]
