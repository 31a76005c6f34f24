"""办公信息: filled once for a call, every version kept, nothing lost to a second pair of hands."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import db as database
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.letter_words import OFFICE_FIELDS
from review_portal.services import audit, calls, office_fact_views, office_facts, scopes
from tests import factories

FACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000",
    "contact_address": "示例路1号",
    "contact_postcode": "400000",
    "supervision_phone": "023-00000001",
}


def test_office_facts_keep_every_version_and_refuse_what_cannot_be(app: Flask, db: SQLAlchemy) -> None:
    people = factories.office(app)
    officer, watcher = people.officer.viewer(app), people.supervisor_a.viewer(app)
    call = calls.create_call(officer, folder="green_platform_2023")
    row = scopes.office_call(officer, call)
    empty = office_fact_views.facts_of(database.session(), row)
    assert empty == dict.fromkeys(OFFICE_FIELDS, "")

    assert office_facts.record(officer, call=call, facts=FACTS) == 1
    assert office_facts.record(officer, call=call, facts=FACTS) == 1  # the same form, sent twice
    with pytest.raises(Conflict, match="已被他人修改"):
        office_facts.record(officer, call=call, facts=FACTS | {"contact_address": "示例路2号"})
    assert office_facts.record(officer, call=call, facts=FACTS | {"contact_person": "示例"}, seen=1) == 2
    with pytest.raises(Invalid) as refused:
        office_facts.record(
            officer,
            call=call,
            facts={"contact_phone": "电话", "contact_postcode": "40", "contact_email": "x"},
            seen=2,
        )
    assert set(refused.value.fields) == {"contact_phone", "contact_postcode", "contact_email"}
    with pytest.raises((NotAllowed, NotFound)):
        office_facts.record(watcher, call=call, facts=FACTS, seen=2)

    row = scopes.office_call(officer, call)
    assert office_fact_views.facts_of(database.session(), row) == empty | FACTS | {"contact_person": "示例"}
    assert [one.ordinal for one in office_fact_views.history(watcher, call=call)] == [2, 1]
    assert audit.verify().broken_at is None


def test_office_facts_page_keeps_what_was_typed_and_saves(app: Flask) -> None:
    people = factories.office(app)
    officer = people.officer.viewer(app)
    call = factories.inside(app, lambda: calls.create_call(officer, folder="green_platform_2023"))
    visitor, address = people.officer.visit(app), f"/secretariat/{call}/office"
    page = visitor.post(address, {"seen": "0", **FACTS, "contact_postcode": "4000"})
    assert page.status == 422
    assert "邮编须为6位数字" in page.text
    assert "示例路1号" in page.body.decode()
    page = visitor.post(address, {"seen": "0", **FACTS})
    assert "办公信息已保存" in page.text
    assert "023-00000001" in visitor.get(address).body.decode()
