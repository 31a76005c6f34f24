"""The supervisor's desk: sees states, counts, panels and the trail; verifies; changes nothing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, transaction
from review_portal.domain import canonical
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Round
from review_portal.services import audit, sheet_checks
from tests import defense_round, factories
from tests.defense_round import Defense
from tests.selection_copies import copied
from tests.services.test_bound_words import tamper
from tests.visitor import Page, Visitor

PAGES = ("", "panel", "trail", "trail.jsonl", "trail.csv")


@pytest.fixture
def running(app: Flask) -> Defense:
    return defense_round.opened(app)


@pytest.fixture
def supervisor(app: Flask, running: Defense) -> Visitor:
    return running.office.supervisor_a.visit(app)


def entries(app: Flask) -> list[AuditEntry]:
    query = sa.select(AuditEntry).order_by(AuditEntry.sequence)
    return factories.inside(app, lambda: list(db.session.scalars(query)))


def test_home_shows_rounds_by_state_and_the_head_of_a_whole_chain(
    app: Flask, supervisor: Visitor, running: Defense
) -> None:
    home = f"/supervisor/{running.call}/"
    assert supervisor.get(home).text.count("尚未核对过") == 1
    head = entries(app)[-1].digest
    page = verified(supervisor, running.call)
    assert page.text.count("逐条核对无误") == 1
    assert "".join(page.doc.xpath("//p[@class='digest']/span/text()")) == head
    states = [node.text for node in page.doc.xpath("//td/span[contains(@class, 'state')]")]
    assert states == ["已结束", "评分中"]


def verified(supervisor: Visitor, call: str) -> Page:
    """The home once the button under the trail's check has been pressed."""
    page = supervisor.get(f"/supervisor/{call}/")
    return supervisor.post(f"/supervisor/{call}/verify", token=page.token)


def test_home_says_what_the_last_verification_found_without_repeating_it(
    app: Flask, supervisor: Visitor, running: Defense
) -> None:
    verified(supervisor, running.call)
    (found,) = [entry for entry in entries(app) if entry.action == "verify_chain"]
    assert found.detail["whole"] is True
    assert found.detail["entries"] == found.sequence - 1
    officer = running.office.officer.visit(app)  # logs in: an entry more
    assert officer.get(f"/secretariat/{running.call}/").status == 200
    page = supervisor.get(f"/supervisor/{running.call}/")
    assert ("示例监督甲" in page.text, "此后新增1条，尚未核对" in page.text) == (True, True)
    assert [entry.action for entry in entries(app)].count("verify_chain") == 1
    with app.app_context():
        tamper(
            "UPDATE audit_entries SET digest = :digest WHERE sequence = :at",
            digest="f" * 64,
            at=found.sequence - 1,
        )
    assert "监督记录与上次核对不一致" in supervisor.get(f"/supervisor/{running.call}/").text


def test_home_counts_sheets_and_dossiers(supervisor: Visitor, running: Defense) -> None:
    page = supervisor.get(f"/supervisor/{running.call}/")
    numbers = [node.text.strip() for node in page.doc.xpath("//tbody/tr[2]/td[@class='num']")]
    assert numbers == ["0", "14", "0", "0"]
    (counts,) = page.doc.xpath("//dt[.='申报材料']/following-sibling::dd[1]/text()")
    assert counts == "形式审查通过 4"


def test_home_says_from_where_a_chain_is_broken(app: Flask, supervisor: Visitor, running: Defense) -> None:
    false_entry = len(entries(app)) + 1
    with app.app_context(), transaction() as session:
        session.add(
            AuditEntry(
                sequence=false_entry,
                at=defense_round.AT,
                actor_name="示例",
                action="unseal",
                object_kind="round",
                object_id="x",
                detail={},
                previous="0" * 64,
                digest="f" * 64,
            )
        )
    page = verified(supervisor, running.call)
    (warning,) = page.doc.xpath("//div[@role='alert']/p/text()")
    assert warning == (f"从第{false_entry}条起校验码不符。请立即提请暂停，并联系管理员从备份核对。")


def test_panel_shows_presence_and_the_recorded_election(supervisor: Visitor, running: Defense) -> None:
    page = supervisor.get(f"/supervisor/{running.call}/panel")
    (row,) = page.doc.xpath("//table[caption]/tbody/tr")
    cells = [" ".join(cell.text_content().split()) for cell in row]
    assert cells[:4] == ["示例专家1", "举手", "5票，到会5人", "示例监督甲"]
    assert page.text.count("示例会务") == 5


def test_panel_tells_whose_code_is_whose_only_when_the_round_is_finished(
    app: Flask, supervisor: Visitor, running: Defense
) -> None:
    def codes() -> list[str]:
        page = supervisor.get(f"/supervisor/{running.call}/panel")
        return [cell.text for cell in page.doc.xpath("//section[2]//table[not(caption)]/tbody/tr/td[1]")]

    assert codes() == ["—"] * 5
    with app.app_context(), transaction() as session:
        row = session.scalars(sa.select(Round).where(Round.public_id == running.round_)).one()
        row.state = "finished"
    assert sorted(codes()) == ["E01", "E02", "E03", "E04", "E05"]


def test_trail_is_newest_first_in_chinese_words(supervisor: Visitor, running: Defense) -> None:
    page = supervisor.get(f"/supervisor/{running.call}/trail")
    assert page.doc.xpath("//nav[@class='side']//a[@aria-current]/text()") == ["监督记录"]
    acts = [node.text for node in page.doc.xpath("//tbody/tr/th")]
    assert acts[:3] == ["推举组长", "专家签到", "专家签到"]
    assert acts[-1] == "新建批次"
    (said,) = page.doc.xpath("//tbody/tr[1]/td[4]")
    words = [" ".join(node.text_content().split()) for node in said.xpath("div")]
    assert words == ["组长 示例专家1", "方式 举手", "得票 5", "到会 5", "见证人 示例监督甲"]


def test_trail_goes_on_by_pages_without_losing_an_entry(
    app: Flask, supervisor: Visitor, running: Defense
) -> None:
    watcher = running.office.supervisor_a.viewer(app)
    with app.app_context(), transaction() as session:
        call_id = factories.call_id(running.call, session)
        for _number in range(2 * audit.PAGE):
            audit.record(
                session, watcher, "call_in", object_kind="defense_slot", object_id="x", call_id=call_id
            )
    path, seen = f"/supervisor/{running.call}/trail", []
    while path:
        page = supervisor.get(path)
        seen.append([int(node.text) for node in page.doc.xpath("//tbody/tr/td[1]")])
        path = page.links.get("下一页", "")
    numbers = [number for part in seen for number in part]
    assert [len(part) for part in seen[:2]] == [audit.PAGE, audit.PAGE]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == len([entry for entry in entries(app) if entry.call_id == call_id])
    back = supervisor.get(page.links["上一页"])
    assert [int(node.text) for node in back.doc.xpath("//tbody/tr/td[1]")] == seen[1]


@pytest.mark.parametrize("before", ["x", "-1", "99999999999999", "1 OR 1=1"])
def test_trail_with_a_strange_page_is_not_found(supervisor: Visitor, running: Defense, before: str) -> None:
    page = supervisor.get(f"/supervisor/{running.call}/trail", query_string={"before": before})
    assert page.status == 404


def test_downloaded_lines_verify_by_themselves(app: Flask, supervisor: Visitor, running: Defense) -> None:
    page = supervisor.get(f"/supervisor/{running.call}/trail.jsonl")
    lines = [json.loads(line) for line in page.body.decode().splitlines()]
    assert [canonical.digest({k: v for k, v in line.items() if k != "digest"}) for line in lines] == [
        line["digest"] for line in lines
    ]
    assert page.response.headers["Content-Disposition"] == f"attachment; filename=trail-{running.call}.jsonl"
    call_ids = {entry.call_id for entry in entries(app) if entry.digest == lines[0]["digest"]}
    assert [line["sequence"] for line in lines] == [
        entry.sequence for entry in entries(app) if entry.call_id in call_ids
    ]


def test_downloaded_table_holds_the_same_entries(supervisor: Visitor, running: Defense) -> None:
    lines = supervisor.get(f"/supervisor/{running.call}/trail.jsonl").body.decode().splitlines()
    page = supervisor.get(f"/supervisor/{running.call}/trail.csv")
    table = list(csv.DictReader(io.StringIO(page.body.decode("utf-8-sig"))))
    assert [row["digest"] for row in table] == [json.loads(line)["digest"] for line in lines]
    assert table[-1]["事项"] == "推举组长"


@pytest.mark.parametrize("page", PAGES)
def test_desk_is_missing_for_everybody_else(app: Flask, running: Defense, page: str) -> None:
    path = f"/supervisor/{running.call}/{page}"
    for person in (running.office.officer, running.chair, running.office.administrator):
        assert person.visit(app).get(path).status == 404


def test_desk_of_another_call_is_missing_for_the_supervisor_of_one(app: Flask, running: Defense) -> None:
    other = factories.bare_call(app)

    def hire() -> factories.Credential:
        made = factories.accounts.create_from_host("watch-c", "示例监督丙", "supervisor", other)
        return factories.settle(made)

    visitor = factories.inside(app, hire).visit(app)
    assert visitor.get(f"/supervisor/{running.call}/").status == 404


def test_desk_has_nothing_that_changes_anything(supervisor: Visitor, running: Defense) -> None:
    own = {"": [f"/supervisor/{running.call}/verify"], "panel": [], "trail": []}
    for page, forms in own.items():
        found = supervisor.get(f"/supervisor/{running.call}/{page}")
        assert sorted(found.forms) == ["/language", "/logout", *forms]


def test_home_names_a_sheet_that_was_altered(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with copied(request, "sqlite", "sealed", tmp_path) as made:
        with made.app.app_context():
            tamper(
                "UPDATE revision_points SET points = points + 50 WHERE revision_id ="
                " (SELECT min(id) FROM review_revisions)"
            )
            (sheet,) = sheet_checks.altered(db.session()).sheets
        page = verified(made.office.supervisor_a.visit(made.app), made.call)
    (warning,) = page.doc.xpath("//div[@role='alert']/p/text()")
    assert warning == (
        f"下列评分表与提交时的回执校验码不符：{sheet.number}（回执编号{sheet.receipt}）。"
        "请立即提请暂停，并联系管理员从备份核对。"
    )
    assert "逐条核对无误" not in page.text
