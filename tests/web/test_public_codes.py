"""核对校验码: genuine papers are told from others, to anybody and without a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.models.experts import Expert
from review_portal.models.rankings import Ranking
from review_portal.services import scopes
from review_portal.services.papers import catalogue
from tests.exports.docx_reading import opened, table_texts
from tests.factories_selection import PANEL, Selection
from tests.selection_copies import copied
from tests.visitor import Visitor


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made:
        yield made


def certificates_of(made: Selection) -> tuple[str, list[dict[str, str]]]:
    """The call's title, and what each certificate states."""
    call = scopes.office_call(made.officer, made.call)
    found = [paper for paper in catalogue.listed(made.officer, call) if paper.kind.key == "certificate"]
    made_now = [catalogue.make(made.officer, call, paper)[1] for paper in found]
    return call.title, [dict(table_texts(opened(data).tables[0])) for data in made_now]


def test_certificates_and_rankings_are_found_genuine_without_naming_anybody(ranked: Selection) -> None:
    with ranked.app.app_context():
        title, seen = certificates_of(ranked)
        digest = db.session().scalars(sa.select(Ranking.digest)).first()
    assert digest
    assert len({facts["校验码"] for facts in seen}) == len(seen) == 2 * len(PANEL)  # two rounds
    chairs = [facts["评审轮次"] for facts in seen if facts["担任"] == "专家组组长"]
    assert len(chairs) == len(set(chairs)) >= 1
    visitor = Visitor(ranked.app)
    for kind, code in (
        ("参评证明", seen[0]["校验码"]),
        ("排名（名单）", digest),
        ("排名（名单）", digest[:16]),
    ):
        page = visitor.get(f"/public/verify?code={code.upper()}")
        assert page.status == 200
        assert all(word in page.text for word in ("校验码属实", kind, title))
        assert not any(facts["专家"] in page.text for facts in seen)


def test_certificate_stays_what_it_was_when_a_name_is_corrected(ranked: Selection) -> None:
    with ranked.app.app_context():
        _title, before = certificates_of(ranked)
        for expert in db.session.scalars(sa.select(Expert)):
            expert.name, expert.employer = f"{expert.name}（改）", "另一示例单位"
        db.session.commit()
        assert certificates_of(ranked)[1] == before
        assert [facts["编号"] for facts in before] == [f"第{n}号" for n in range(1, len(before) + 1)]
    page = Visitor(ranked.app).get(f"/public/verify?code={before[-1]['校验码']}")
    assert "校验码属实" in page.text


def test_login_page_leads_to_the_check_of_codes(visitor: Visitor) -> None:
    assert visitor.get("/login").links["核对校验码"] == "/public/verify"


def test_unknown_and_impossible_codes_are_not_genuine(visitor: Visitor) -> None:
    assert "没有查到" in visitor.get("/public/verify?code=0000 0000 0000 0000").text
    short = visitor.get("/public/verify?code=0123%25")
    assert short.status == 422
    assert "至少16位" in short.text
    assert short.value("code") == "0123%"
    blank = visitor.get("/public/verify")
    assert blank.status == 200
    assert "没有查到" not in blank.text
