"""复议 over HTTP: the form of asking, the countersign, answers in time, discussion, voids, the minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import now, transaction
from review_portal.models.reviews import ReconciliationCase
from review_portal.services import rounds
from tests.engines import on_sqlite
from tests.factories_cases import GROUNDS
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.selection_copies import copied
from tests.visitor import Page, Visitor

pytestmark = on_sqlite
NUMBER, ASKED, OTHER = "2023-004", PANEL[4], PANEL[1]
QUESTION = "请说明该项评分的主要依据（示例）。"
REASON = "已重新核对证明材料，维持原评分（示例）。"
FACT = "经核实，该份评分由其助理代为填写（示例）。"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """An unsealed round in which nothing fires; no application context is pushed."""
    with copied(request, engine_name, "sealed", tmp_path) as selection:
        with selection.app.app_context():
            asked = rounds.ask_unseal(
                selection.expert(CHAIR), round_=selection.written, reason="评分已结束（示例）"
            )
            rounds.decide_unseal(selection.supervisor, approval=asked, approve=True)
        yield selection


def at(made: Selection, page: str = "cases") -> str:
    return f"/chair/{made.written}/{page.format(dossier=made.numbers[NUMBER])}"


def visit(made: Selection, name: str = CHAIR) -> Visitor:
    return made.experts[name].visit(made.app)


def codes(made: Selection) -> dict[str, str]:
    with made.app.app_context():
        return made.codes(made.written)


def countersign(made: Selection, decision: str = "agree") -> Page:
    supervisor = made.office.supervisor_a.visit(made.app)
    page = supervisor.get("/approvals/")
    address = next(href for href in page.links.values() if href.startswith("/approvals/") and len(href) > 12)
    supervisor.get(address)
    return supervisor.submit(address, confirm="y", decision=decision, note="已核对（示例）")


def ask(made: Selection, chair: Visitor, *names: str) -> Page:
    chair.get(at(made, "dossiers/{dossier}/case"))
    data = {
        **chair.page.forms[at(made, "dossiers/{dossier}/case")],
        "codes": [codes(made)[name] for name in names],
        "question": QUESTION,
        "grounds": GROUNDS,
    }
    return chair.post(at(made, "dossiers/{dossier}/case"), data)


def pass_time(made: Selection) -> None:
    with made.app.app_context(), transaction() as session:
        for row in session.scalars(sa.select(ReconciliationCase)):
            row.due_at = now() - timedelta(minutes=1)


def test_form_of_asking_keeps_what_was_typed_and_marks_the_chairs_own_sheet(made: Selection) -> None:
    chair, known = visit(made), codes(made)
    here = at(made, "dossiers/{dossier}/case")
    page = chair.get(f"{here}?code={known[ASKED]}")
    ticked = page.doc.xpath("//input[@name='codes'][@checked]/@value")
    barred = page.doc.xpath("//input[@name='codes'][@disabled]/@value")
    assert (ticked, barred) == ([known[ASKED]], [known[CHAIR]])
    assert f"{known[CHAIR]}（本人）" in page.text
    page = chair.post(here, {"codes": [known[ASKED], known[OTHER]], "question": QUESTION, "due_at": "x"})
    assert page.status == 422
    assert page.doc.xpath("//input[@name='codes'][@checked]/@value") == sorted([known[ASKED], known[OTHER]])
    assert (page.value("question"), page.field_error("due_at")) == (
        QUESTION,
        "请填写日期和时间，例如2023-02-17 16:00。",
    )
    page = chair.post(here, {"codes": [known[ASKED]], "question": QUESTION})
    assert (page.status, page.field_error("grounds")) == (
        422,
        "请写明在规则之外提请复议的理由，至少10个字。",
    )
    assert chair.post(here, {"codes": ["E99"], "question": QUESTION, "grounds": GROUNDS}).status == 404
    assert chair.post(here, {"codes": [known[CHAIR]], "question": QUESTION, "grounds": GROUNDS}).status == 409
    assert f"{known[CHAIR]}（本人）" in chair.get(at(made, "overview")).text


def test_case_outside_of_the_rules_goes_by_the_supervisor_to_the_expert_and_stands_apart(
    made: Selection,
) -> None:
    chair, expert = visit(made), visit(made, ASKED)
    page = ask(made, chair, ASKED, OTHER)
    assert (page.status, "规则外的复议2件已提交监督人员会签" in page.text) == (200, True)
    assert "等待您答复" not in expert.get("/expert/").text
    assert QUESTION not in expert.get("/expert/cases").text
    page = chair.get(at(made, "finish"))
    assert "还有2件规则外的复议等待监督人员会签。" in page.text
    assert at(made, "finish") not in page.forms
    assert "已同意：会签规则外的复议。" in countersign(made).text
    assert "已登记不同意：会签规则外的复议。" in countersign(made, "refuse").text
    asked = next(name for name in (ASKED, OTHER) if "等待您答复" in visit(made, name).get("/expert/").text)
    hand = visit(made, asked)
    page = hand.get("/expert/cases")
    case = next(href for words, href in page.links.items() if words.startswith("答复"))
    page = hand.get(case)
    others = [code for name, code in codes(made).items() if name != asked and f"{code} " in page.text]
    assert ("以前答复" in page.text, others) == (True, [])
    typed = page.forms[case]
    page = hand.post(case, {**typed, "answer": "revise", "reason": REASON})
    assert (page.status, "评分没有改动。" in page.text) == (422, True)
    assert page.value("reason") == REASON
    pass_time(made)
    page = hand.post(case, {**typed, "answer": "keep", "reason": REASON})
    assert (page.status, REASON in page.text, "答复期限已过" in page.text) == (409, True, True)
    assert visit(made, CHAIR).get(case).status == 404  # another expert's
    page = chair.get(at(made))
    lapse = next(href for words, href in page.links.items() if words.startswith("登记未答复"))
    chair.get(lapse)
    assert chair.submit(lapse, reason="短").status == 422
    page = chair.submit(lapse, reason="电话未接通（示例）")
    assert page.status == 200
    outside = page.doc.xpath("//section[@aria-labelledby='outside']//tbody/tr")
    assert [" ".join(row[-1].text_content().split()) for row in outside].count(
        "未在期限内答复，原评分保留"
    ) == 1
    assert page.doc.xpath("//section[@aria-labelledby='within']") == []
    extend = lapse.replace("/lapse", "/extend")
    chair.get(extend)
    page = chair.submit(extend, due_at="2023-03-08T10:00", reason="专家在途中（示例）")
    assert page.status == 409  # the tab is stale
    assert chair.get(lapse.replace("/lapse", "/answer")).status == 404


def test_discussion_is_recorded_and_corrected_with_a_reason(made: Selection) -> None:
    chair, here = visit(made), at(made, "dossiers/{dossier}/discussion")
    chair.get(here)
    page = chair.submit(here, substance="短")
    assert page.status == 422
    assert page.value("substance") == "短"
    typed = {
        **chair.page.forms[here],
        "present": [CHAIR, ASKED],
        "substance": "核对了服务对象名单和减排量测算边界（示例）。",
        "outcome": "各专家维持独立评分（示例）。",
    }
    page = chair.post(here, typed)
    assert (page.status, f"{typed['outcome']}" in page.text) == (200, True)
    assert chair.post(here, typed).status == 409  # sent twice
    page = chair.get(here)
    assert page.doc.xpath("//input[@name='present'][@checked]/@value") == sorted(
        [CHAIR, ASKED], key=page.doc.xpath("//input[@name='present']/@value").index
    )
    page = chair.submit(here, outcome="补充：提请两位专家复核（示例）。")
    assert page.field_error("reason") == "更正须写明理由，至少4个字。"
    for person in (made.experts[OTHER], made.office.officer, made.office.supervisor_a):
        assert person.visit(made.app).get(here).status == 404


def test_void_is_asked_by_code_at_the_chairs_desk_and_by_name_at_the_supervisors(made: Selection) -> None:
    chair, supervisor = visit(made), made.office.supervisor_a.visit(made.app)
    here = f"/cases/{made.written}/dossiers/{made.numbers[NUMBER]}/void"
    known = codes(made)
    shown = {
        words for node in chair.get(here).doc.xpath("//input[@name='who']/@value") for words in [str(node)]
    }
    assert shown == set(known.values())
    assert [name for name in PANEL[1:] if name in chair.page.text] == []
    page = supervisor.get(here)
    assert [code for code in known.values() if code in page.text] == []
    assert ASKED in page.text
    page = chair.submit(here, reason="短")
    assert (page.status, page.value("reason")) == (422, "短")
    page = chair.submit(here, who=known[ASKED], breach="proxy", reason=FACT)
    assert (page.status, "作废申请已提交" in page.text) == (200, True)
    assert "已同意：作废评分表。" in countersign(made).text
    own = visit(made, ASKED).get("/expert/").text
    assert ("您的一份评分表已作废" in own, "由他人代评" in own, FACT in own) == (True, True, False)
    for person in (made.experts[OTHER], made.office.officer):
        assert person.visit(made.app).get(here).status in (403, 404)


def test_minutes_are_for_chair_and_offices_and_speak_of_the_list_after_the_end(made: Selection) -> None:
    addresses = [f"/cases/{made.written}/minutes", f"/cases/{made.written}/minutes.docx"]
    chair = visit(made)
    readers = [chair, made.office.officer.visit(made.app), made.office.supervisor_a.visit(made.app)]
    assert {reader.get(one).status for reader in readers for one in addresses} == {200}
    assert {visit(made, OTHER).get(one).status for one in addresses} == {404}
    assert "名单未因复议改变" not in chair.get(addresses[0]).text
    chair.get(at(made, "finish"))
    chair.submit(at(made, "finish"))
    assert "名单未因复议改变。" in chair.get(addresses[0]).text
    assert "名单未因复议改变。" in chair.get(at(made)).text
