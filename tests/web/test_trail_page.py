"""The supervisor's trail says who did what to which named thing and why, as far as the state allows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db, transaction
from review_portal.domain.trail_facts import FACTS, UNTOLD
from review_portal.domain.trail_words import OBJECTS
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Round
from review_portal.services import audit, reconciliation, rounds, supervision
from review_portal.services.trail_lines import TOLD, Line
from tests import factories
from tests.factories_cases import opened
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.selection_copies import copied
from tests.services.counting import queries
from tests.visitor import Visitor

QUESTION = "请说明该项评分的依据（示例）。"
REASON = "已按申报书所附证明材料评分（示例）。"
NUMBER = "2023-004"


@pytest.fixture
def whole(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection to the decision, for visits."""
    with copied(request, engine_name, "decided", tmp_path) as made:
        yield made


@pytest.fixture
def decided(whole: Selection) -> Iterator[Selection]:
    """The same inside an application context."""
    with whole.app.app_context():
        yield whole


@pytest.fixture
def answered(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Just unsealed, one case opened and answered, the round not finished; for visits."""
    with copied(request, engine_name, "sealed", tmp_path) as made:
        with made.app.app_context():
            _ask_and_answer(made)
        yield made


@pytest.fixture
def unsealed(answered: Selection) -> Iterator[Selection]:
    """The same inside an application context."""
    with answered.app.app_context():
        yield answered


def _ask_and_answer(made: Selection) -> None:
    asked = rounds.ask_unseal(made.expert(CHAIR), round_=made.written, reason="评分已结束（示例）")
    rounds.decide_unseal(made.supervisor, approval=asked, approve=True)
    case = opened(
        made.expert(CHAIR),
        made.supervisor,
        round_=made.written,
        dossier=made.numbers[NUMBER],
        code=made.codes(made.written)[PANEL[4]],
        question=QUESTION,
    )
    reconciliation.answer_case(made.expert(PANEL[4]), case=case, answer="keep", reason=REASON)


def told(made: Selection) -> list[Line]:
    return supervision.told_trail(made.supervisor, call=made.call)


def first(made: Selection, action: str) -> Line:
    return next(line for line in told(made) if line.action == action)


def desk(made: Selection) -> Visitor:
    return made.office.supervisor_a.visit(made.app)


def table(made: Selection) -> list[dict[str, str]]:
    page = desk(made).get(f"/supervisor/{made.call}/trail.csv")
    return list(csv.DictReader(io.StringIO(page.body.decode("utf-8-sig"))))


def enter_state(made: Selection, state: str) -> None:
    with transaction() as session:
        session.scalars(sa.select(Round).where(Round.public_id == made.written)).one().state = state


def test_every_entry_names_what_it_was_about(decided: Selection) -> None:
    lines = told(decided)
    unnamed = {line.kind for line in lines if not line.object}
    assert unnamed <= {"ranking", "signature"}  # the act's own word says which, or the paper beside it
    assert {line.kind for line in lines} <= set(OBJECTS)


def test_every_fact_is_told_or_kept_back_on_purpose(decided: Selection) -> None:
    keys = {key for detail in db.session.scalars(sa.select(AuditEntry.detail)) for key in detail}
    assert sorted(keys - set(FACTS) - UNTOLD) == []
    wanted = {fact for facts in TOLD.values() for fact in facts.values()}
    assert sorted(wanted - set(FACTS)) == ["finding", "set_aside"]  # these two are said as findings, reason


def test_no_id_is_left_where_a_name_belongs(decided: Selection) -> None:
    tables = ("dossiers", "experts", "panel_members", "reviews", "accounts")
    ids = {key for name in tables for key in db.session.scalars(sa.text(f"SELECT public_id FROM {name}"))}
    shown = {str(line.facts) for line in told(decided)}
    assert [text for text in shown if any(key in text for key in ids)] == []


def test_election_says_who_was_elected_how_and_before_whom(decided: Selection) -> None:
    line = first(decided, "elect_chair")
    assert line.facts["member"] == [f"{CHAIR}（{decided.codes(decided.written)[CHAIR]}）"]
    assert set(line.facts) == {"member", "method", "votes", "voters", "witness"}


def test_dossier_acts_name_the_unit_the_reason_and_who_acted(decided: Selection) -> None:
    line = first(decided, "withdraw_dossier")
    assert (line.object[:8], line.facts["reason"]) == ("2023-009", "申报单位来函撤回（示例）")
    assert (line.actor, line.login) == (decided.officer.name, decided.office.officer.login)


def test_confirmations_stand_with_rule_result_and_basis(decided: Selection) -> None:
    found = first(decided, "confirm_findings").facts["findings"]
    assert {(item.rule[0], item.result, item.basis) for item in found} == {
        ("F", "pass", "已核对纸质件（示例）")
    }


def test_decision_stands_with_meeting_minutes_outcome_and_units(decided: Selection) -> None:
    facts = first(decided, "record_decision").facts
    assert {"meeting", "on", "minutes_number", "outcome", "selected"} <= set(facts)
    assert {name[:5] for name in facts["selected"]} == {"2023-"}


def test_account_is_named_with_its_login(decided: Selection) -> None:
    line = first(decided, "open_account")
    assert (line.object, line.facts["role"]) == (f"{PANEL[0]}（expert-1）", "expert")


def test_page_of_the_trail_says_it_in_words(whole: Selection) -> None:
    page = desk(whole).get(f"/supervisor/{whole.call}/trail")
    (row,) = [row for row in page.doc.xpath("//tbody/tr") if "登记会议审定结果" in row.text_content()]
    labels = [node.text for node in row.xpath(".//span[@class='muted']")]
    assert labels == [
        "会议",
        "日期",
        "纪要号",
        "审定结论",
        "决定事项",
        "入选",
        "文件校验码",
        "排名校验码",
    ]


def test_table_for_a_spreadsheet_names_objects_and_reasons(whole: Selection) -> None:
    (row,) = [row for row in table(whole) if row["action"] == "withdraw_dossier"]
    assert row["对象"][:8] == "2023-009"
    assert "事由：申报单位来函撤回（示例）" in row["说明"].split("；")


def test_case_tells_code_and_words_after_unsealing_but_not_who_answered(unsealed: Selection) -> None:
    code = unsealed.codes(unsealed.written)[PANEL[4]]
    asked, answered = first(unsealed, "open_case"), first(unsealed, "answer_case")
    assert (asked.object[-5:], answered.object) == (f"（{code}）", asked.object)
    assert (asked.facts["question"], answered.facts["reason"]) == (QUESTION, REASON)
    assert (asked.actor, answered.actor, answered.login) == (CHAIR, None, "")


def test_nothing_pairs_a_code_with_a_name_before_the_round_has_finished(answered: Selection) -> None:
    visitor = desk(answered)
    page = visitor.get(f"/supervisor/{answered.call}/trail")
    (row,) = [row for row in page.doc.xpath("//tbody/tr") if "答复复议" in row.text_content()]
    assert PANEL[4] not in row.text_content()
    (row,) = [row for row in table(answered) if row["action"] == "answer_case"]
    assert row["actor_name"] == ""
    lines = visitor.get(f"/supervisor/{answered.call}/trail.jsonl").body.decode().splitlines()
    bodies = {body["action"]: body for body in map(json.loads, lines)}
    assert bodies["answer_case"]["withheld"] == ["actor", "actor_name"]
    assert {"actor", "actor_name"} & set(bodies["answer_case"]) == set()
    assert set(bodies["open_case"]["detail"]) == {"answer_by", "trigger", "words"}


def test_who_answered_is_told_once_the_round_has_finished(unsealed: Selection) -> None:
    enter_state(unsealed, "finished")
    line = first(unsealed, "answer_case")
    assert (line.actor, line.login) == (PANEL[4], "expert-5")


def test_words_about_scores_are_not_told_where_points_may_not_be_seen(unsealed: Selection) -> None:
    enter_state(unsealed, "void")
    asked, answered = first(unsealed, "open_case"), first(unsealed, "answer_case")
    assert set(asked.facts) == {"trigger", "answer_by"}
    assert set(answered.facts) == {"answer"}
    assert "（" not in asked.object


def test_queries_do_not_grow_with_the_rows(unsealed: Selection) -> None:
    viewer = unsealed.supervisor

    def look() -> list[Line]:
        return list(supervision.trail(viewer, call=unsealed.call).entries)

    before, few = look(), queries(look)
    with transaction() as session:
        call_id = factories.call_id(unsealed.call, session)
        acts = [(line.action, line.kind, "x") for line in before]
        acts += [("accept_dossier", "dossier", dossier) for dossier in unsealed.numbers.values()]
        for action, kind, key in acts:
            audit.record(session, viewer, action, object_kind=kind, object_id=key, call_id=call_id)
    assert (len(look()), queries(look) <= few <= 25) == (audit.PAGE, True)


def scores(made: Selection) -> str:
    return f"/supervisor/{made.call}/scores/{made.written}"


def test_supervisor_reads_scores_by_code_after_unsealing_and_changes_nothing(answered: Selection) -> None:
    visitor = desk(answered)
    page = visitor.get(scores(answered))
    assert page.status == 200
    assert [name for name in PANEL if name in page.doc.xpath("//main")[0].text_content()] == []
    assert page.doc.xpath("//table//th[@class='h']/text()") == ["E01", "E02", "E03", "E04", "E05"]
    assert QUESTION in page.text and REASON in page.text
    assert sorted(page.forms) == ["/language", "/logout"]
    assert "查看评分" in visitor.get(f"/supervisor/{answered.call}/").links


def test_scores_of_a_sealed_round_are_refused_and_no_link_leads_there(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "sealed", tmp_path) as made:
        visitor = desk(made)
        assert visitor.get(scores(made)).status == 403
        assert "查看评分" not in visitor.get(f"/supervisor/{made.call}/").links


def test_scores_are_the_supervisors_page_alone(answered: Selection) -> None:
    for person in (answered.office.officer, answered.experts[CHAIR]):
        assert person.visit(answered.app).get(scores(answered)).status == 404
