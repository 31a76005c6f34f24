"""异议登记 in the browser, and the hunt for who complained: all addresses, all kinds of people."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from review_portal.services import objection_acts, objection_views, objections
from review_portal.services.objection_input import Evidence
from tests import factories
from tests.engines import on_sqlite
from tests.factories_objections import CONTACT, LETTER, NAME, NAMED, SECRETS, UNIT, file
from tests.factories_papers import pdf
from tests.factories_selection import CHAIR
from tests.selection_copies import copied
from tests.visitor import Visitor
from tests.web.test_access import MISSING, addresses, path_of

TYPED: dict[str, Any] = {
    "way": "post",
    "received_at": "2023-03-01T09:00",
    "received_by": "示例收件人",
    "on_publicity": "no",
    "facts": NAMED.facts,
    "checkable": "y",
    "identity": "named",
    "signed": "y",
    "name": NAME,
    "unit": UNIT,
    "contact": CONTACT,
}


def words_in(data: bytes) -> str:
    """The text of an answer, of a .docx and .xlsx every part of it."""
    if not data.startswith(b"PK"):
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@pytest.fixture
def office(app: Flask) -> factories.Office:
    return factories.office(app)


@pytest.fixture
def call(app: Flask) -> str:
    return factories.bare_call(app, published=True)


@on_sqlite
def test_officer_registers_and_sees_only_a_mask(app: Flask, office: factories.Office, call: str) -> None:
    visitor = office.officer.visit(app)
    page = visitor.get(f"/objections/calls/{call}/new")
    assert page.status == 200
    wrong = visitor.post(f"/objections/calls/{call}/new", {**TYPED, "facts": f"{NAME}反映业绩不实，附编号"})
    assert wrong.status == 422 and "请改写为“异议人”" in wrong.text
    done = visitor.post(f"/objections/calls/{call}/new", TYPED)
    assert "YY-001" in done.text and "＊＊＊" in done.text
    assert [word for word in SECRETS if word in done.text] == []
    listing = visitor.get(f"/objections/calls/{call}")
    assert "YY-001" in listing.text and "待确定办理方式" in listing.text
    assert "异议待办理" in visitor.get(f"/secretariat/{call}/").text


def test_who_complained_stands_in_no_answer_to_anybody_but_the_supervisor_who_says_why(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with copied(request, "sqlite", "ranked", tmp_path) as made:
        _hunt(made.app, made.office, made.call, made.experts[CHAIR], made.written)


def _hunt(app: Flask, office: factories.Office, call: str, chair: factories.Credential, round_: str) -> None:
    with app.app_context():
        officer = office.officer.viewer(app)
        secret = Evidence(f"{NAME}来信.pdf", pdf(1), True)
        made = file(officer, call, NAMED, secret, Evidence("合同.pdf", pdf(2), False))
        objections.classify(officer, objection=made, route="accept", reason="符合条件（示例）")
        objection_acts.take_step(
            officer, objection=made, act="acknowledge", text="受理（示例）", letter=LETTER
        )
        files = [item.public_id for item in objection_views.one(officer, objection=made).files]
    rules = list(addresses(app))
    people = {
        "officer": office.officer,
        "second officer": office.second_officer,
        "supervisor": office.supervisor_a,
        "administrator": office.administrator,
        "chair": chair,
    }
    visitors = {name: person.visit(app) for name, person in people.items()}
    visitors["nobody"] = Visitor(app)
    found, reached = [], 0
    for name, visitor in visitors.items():
        for rule, method, _permission in rules:
            apart = name not in ("officer", "supervisor") and "objection" not in rule.rule
            if method != "GET" or "/language" in rule.rule or apart:
                continue  # nobody else comes near what the offices see of a call
            for one in files if "<file>" in rule.rule else [MISSING]:
                answer = visitor.client.get(
                    path_of(rule, call=call, objection=made, file=one, act="acknowledge", round_=round_)
                )
                reached += answer.status_code == 200
                text = words_in(answer.data) + str(answer.headers)
                found += [(name, str(rule), word) for word in SECRETS if word in text]
    assert found == [] and reached > 50
    path = f"/supervisor/objections/{made}/complainant"
    told = visitors["supervisor"].post(path, {"reason": "核查需要（示例）"})
    assert all(word in told.text for word in SECRETS)
    silent = visitors["supervisor"].post(path, {"reason": ""})
    assert silent.status == 422 and NAME not in silent.text
    for name in ("officer", "second officer", "administrator", "chair"):
        assert visitors[name].post(path, {"reason": "想知道（示例）"}).status == 404
    trail = visitors["supervisor"].get(f"/supervisor/{call}/trail").text
    assert "查看异议人身份" in trail and "核查需要（示例）" in trail and NAME not in trail


@on_sqlite
def test_supervisor_opens_guarded_evidence_with_a_reason(
    app: Flask, office: factories.Office, call: str
) -> None:
    with app.app_context():
        made = file(office.officer.viewer(app), call, NAMED, Evidence("来信.pdf", pdf(1), True))
        one = objection_views.one(office.officer.viewer(app), objection=made).files[0].public_id
    visitor = office.supervisor_a.visit(app)
    path = f"/supervisor/objections/{made}/files/{one}"
    assert "这一步由秘书处办理" in visitor.get(f"/objections/{made}").text
    assert "这一步由秘书处办理" not in office.officer.visit(app).get(f"/objections/{made}").text
    assert visitor.get(path).status == 200
    assert visitor.post(path, {"reason": ""}).status == 422
    visitor.get(path)
    token = visitor.token()
    answer = visitor.client.post(path, data={"reason": "核查需要（示例）", "csrf_token": token})
    assert answer.data.startswith(b"%PDF") and answer.headers["Cache-Control"] == "no-store"
    assert office.officer.visit(app).get(f"/objections/files/{one}").status == 404


@on_sqlite
def test_every_page_of_an_entry_opens(app: Flask, office: factories.Office, call: str) -> None:
    with app.app_context():
        made = file(office.officer.viewer(app), call)
    visitor = office.officer.visit(app)
    assert visitor.get(f"/objections/{made}/classify").status == 200
    done = visitor.post(f"/objections/{made}/classify", {"route": "transfer", "reason": "转核查（示例）"})
    assert "监督核查中" in done.text
    assert visitor.get(f"/objections/{made}/steps/reply").status == 200
    assert visitor.get(f"/objections/{made}/conclude").status == 200
    assert visitor.get(f"/objections/{made}/steps/nothing").status == 404
    assert visitor.get(f"/objections/calls/{call}/holds/new").status == 200
    assert visitor.get(f"/objections/calls/{call}/later/{MISSING}").status == 404
    watcher = office.supervisor_a.visit(app)
    assert "有异议未办结" in watcher.get(f"/supervisor/{call}/").text
    assert watcher.get(f"/supervisor/objections/{made}/find").status == 200
    closed = watcher.post(f"/supervisor/objections/{made}/find", {"text": "没有发现问题（示例）"})
    assert "已办结" in closed.text
