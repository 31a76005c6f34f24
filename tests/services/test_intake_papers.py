"""Letters on dossiers, issued and delivered; receipts, formal check, 附件1 and the papers of the meeting."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from docx import Document
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from openpyxl import load_workbook

from review_portal.clock import OFFICE_ZONE, now
from review_portal.db import db as database
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.intake.recommendation_summary import read_recommendation
from review_portal.models.calls import ChairElection
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import audit, calls, documents, dossiers, letter_views, letters, office_facts
from review_portal.services.dossiers import Copies, Upload
from tests import factories, form_documents
from tests.factories_selection import REJECTED, Selection
from tests.selection_copies import copied

LISTS = Path(__file__).parents[1] / "data" / "recommendations"
FACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000",
    "contact_address": "示例路1号",
    "contact_postcode": "400000",
    "supervision_office": "机关纪委（示例）",
    "supervision_phone": "023-00000001",
}
RECEIVED = datetime(2023, 2, 16, 10, 0, tzinfo=OFFICE_ZONE)


@dataclass(frozen=True)
class Desk:
    call: str
    officer: Viewer
    watcher: Viewer
    dossier: str


@pytest.fixture
def desk(app: Flask, db: SQLAlchemy) -> Desk:
    """A published call with one dossier, one late one and 附件1 of one recommending unit."""
    people = factories.office(app)
    officer = people.officer.viewer(app)
    call = calls.create_call(officer, folder="green_platform_2023")
    calls.publish(officer, call=call)
    sample = form_documents.SAMPLES[3]
    (filed,) = dossiers.add_dossiers(
        officer,
        call=call,
        uploads=[Upload("申报书.docx", form_documents.data(sample))],
        received_at=RECEIVED,
        copies=Copies(paper=2, discs=0),
    )
    dossiers.add_dossiers(
        officer,
        call=call,
        uploads=[Upload("迟到.docx", form_documents.data(form_documents.SAMPLES[0]))],
        received_at=datetime(2023, 2, 20, 9, 0, tzinfo=OFFICE_ZONE),
    )
    name = "annex1_liangjiang.xlsx"
    dossiers.add_recommendation(
        officer, call=call, name=name, data=(LISTS / name).read_bytes(), received_at=RECEIVED
    )
    return Desk(call, officer, people.supervisor_a.viewer(app), filed.public_id)


@pytest.fixture
def sealed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    """Two dossiers are rejected; the first round's panel has met and elected its chair."""
    with copied(request, "sqlite", "sealed", tmp_path) as made, made.app.app_context():
        yield made


def papers(actor: Viewer, call: str) -> dict[str, list[tuple[str, str, int]]]:
    found: dict[str, list[tuple[str, str, int]]] = {}
    for group in documents.listing(actor, call=call):
        for paper in group.papers:
            found.setdefault(paper.kind.key, []).append(paper.key)
    return found


def data(actor: Viewer, call: str, key: tuple[str, str, int]) -> bytes:
    first, again = (documents.document(actor, call=call, key=key)[1] for _time in range(2))
    assert first == again
    return first


def text(content: bytes) -> str:
    """Paragraphs, cells and footers of a Word file."""
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    foot = [line.text for line in document.sections[0].footer.paragraphs]
    return "\n".join([*(line.text for line in document.paragraphs), *cells, *foot])


def today() -> date:
    return local_date(now())


def test_correction_letter_is_held_by_what_is_to_be_filled_then_frozen_and_delivered(desk: Desk) -> None:
    found = dossiers.get_dossier(desk.officer, dossier=desk.dossier)
    placed = next(row for row in found.findings if row.result == "fail" and row.place)
    dossiers.return_for_correction(
        desk.officer,
        dossier=desk.dossier,
        items=[f"{placed.rule} {placed.title}", "补盖公章"],
        due_at=now() + timedelta(days=7),
    )
    key = ("correction", desk.dossier, 1)
    draft = text(data(desk.officer, desk.call, key))
    assert "【待填：文号】" in draft
    assert "【待填：联系电话】" in draft
    assert f"1．{placed.rule} {placed.title}" in draft
    assert placed.place in draft
    assert "实质内容不得变更" in draft
    how = {"number": "示例〔2023〕7号", "issued_on": today(), "signed_by": "示例处长"}
    with pytest.raises(Conflict, match="联系处室、联系电话、地址"):
        letters.issue(desk.officer, call=desk.call, key=key, **how)
    office_facts.record(desk.officer, call=desk.call, facts=FACTS)
    with pytest.raises(Invalid) as refused:
        letters.issue(desk.officer, call=desk.call, key=key, number="", issued_on=None, signed_by="x" * 99)
    assert set(refused.value.fields) == {"number", "issued_on", "signed_by"}
    with pytest.raises(Invalid, match="不能晚于今天"):
        letters.issue(desk.officer, call=desk.call, key=key, **how | {"issued_on": today() + timedelta(1)})
    with pytest.raises((NotAllowed, NotFound)):
        letters.issue(desk.watcher, call=desk.call, key=key, **how)
    with pytest.raises(Conflict, match="尚未签发"):
        letters.deliver(
            desk.officer, call=desk.call, key=key, delivered_on=today(), way="post", receiver="示例人"
        )
    letters.issue(desk.officer, call=desk.call, key=key, **how)
    issued = data(desk.officer, desk.call, key)
    assert "【待填" not in text(issued)
    assert "示例〔2023〕7号" in text(issued)
    with pytest.raises(Conflict, match="已签发"):
        letters.issue(desk.officer, call=desk.call, key=key, **how)

    office_facts.record(desk.officer, call=desk.call, facts=FACTS | {"contact_phone": "023-99999999"}, seen=1)
    assert data(desk.officer, desk.call, key) == issued  # what was issued says the same for good

    assert letter_views.letter(desk.watcher, call=desk.call, key=key).answered_at is None
    dossiers.supplement(
        desk.officer,
        dossier=desk.dossier,
        name="补正.docx",
        data=form_documents.data(form_documents.SAMPLES[3]),
        reason="补盖公章（示例）",
    )
    assert letter_views.letter(desk.officer, call=desk.call, key=key).answered_at is not None
    assert data(desk.officer, desk.call, key) == issued


def test_rejection_takes_effect_when_its_delivery_is_recorded(sealed: Selection) -> None:
    office, call = sealed.officer, sealed.call
    office_facts.record(office, call=call, facts=FACTS)
    first, second = (("rejection", sealed.numbers[number], 1) for number in REJECTED)
    letters.issue(
        office, call=call, key=first, number="示例〔2023〕8号", issued_on=today(), signed_by="示例主任"
    )
    with pytest.raises(Invalid, match="文号已使用"):
        letters.issue(
            office, call=call, key=second, number="示例〔2023〕8号", issued_on=today(), signed_by="示例主任"
        )
    told = text(data(office, call, first))
    assert "5个工作日内" in told  # the call's sentence on statement, defence and review
    assert "渝经信节能〔2023〕1号" in told
    assert "经办人" in told
    assert "复核人" in told
    assert letter_views.letter(office, call=call, key=first).delivered_on is None
    (form,) = papers(office, call)["delivery"]
    assert "□直接" in text(data(office, call, form))
    with pytest.raises(Invalid) as refused:
        letters.deliver(office, call=call, key=first, delivered_on=None, way="鸽子", receiver="")
    assert set(refused.value.fields) == {"delivered_on", "way", "receiver"}
    with pytest.raises(Invalid, match="不能早于签发日期"):
        letters.deliver(
            office, call=call, key=first, delivered_on=date(2023, 1, 1), way="direct", receiver="示例收件人"
        )
    (summary,) = papers(office, call)["checks"]
    assert text(data(office, call, summary)).count("不予受理（未送达）") == 2
    sent = {"delivered_on": today(), "way": "direct", "receiver": "示例收件人"}
    letters.deliver(office, call=call, key=first, **sent)
    with pytest.raises(Conflict, match="已登记送达"):
        letters.deliver(office, call=call, key=first, **sent)
    assert text(data(office, call, summary)).count("不予受理（未送达）") == 1
    assert "示例收件人" in text(data(office, call, form))
    assert letter_views.letter(office, call=call, key=first).delivered_on == today()
    assert audit.verify().broken_at is None


def test_count_that_nobody_hands_in_is_refused_at_its_field(desk: Desk) -> None:
    upload = Upload("另一份.docx", form_documents.data(form_documents.SAMPLES[1]))
    with pytest.raises(Invalid) as refused:
        dossiers.add_dossiers(desk.officer, call=desk.call, uploads=[upload], copies=Copies(100, -1))
    assert set(refused.value.fields) == {"paper_copies", "discs"}
    assert len(dossiers.list_dossiers(desk.officer, call=desk.call)) == 2


def test_receipt_and_formal_check_tell_what_came_and_what_was_found(desk: Desk) -> None:
    found = papers(desk.officer, desk.call)
    receipt, late = (text(data(desk.officer, desk.call, key)) for key in found["receipt"])
    shown = dossiers.get_dossier(desk.officer, dossier=desk.dossier)
    assert shown.number in receipt
    assert shown.unit_name in receipt
    assert "申报书.docx" in receipt
    assert "纸质申报书2份　　光盘0张　　其他：" in receipt
    assert "纸质申报书　　份　　光盘　　张　　其他：" in late  # nobody counted: left to a pen
    assert "在受理截止以内（2023年2月17日）" in receipt
    assert "晚于受理截止，是否受理由会议决定" in late
    (key,) = found["checks"]
    content = data(desk.officer, desk.call, key)
    table = Document(io.BytesIO(content)).tables[0]
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert len(cells) == 1 + 2 + 1
    assert cells[0][3:-2] == [rule.id.removeprefix("F") for rule in shown.rules.formal_rules]
    marks = {"pass": "√", "fail": "×", "warn": "△", "not_evaluated": "—"}
    by_rule = {row.rule: "待" if row.unanswered else marks[row.effective] for row in shown.findings}
    assert cells[1][3:-2] == [by_rule.get(rule.id, "—") for rule in shown.rules.formal_rules]
    assert "共2份：审查中2份。" in text(content)


def test_annex_written_from_data_reads_the_same_in_word_and_excel(desk: Desk) -> None:
    name = "annex1_liangjiang.xlsx"
    original = read_recommendation((LISTS / name).read_bytes(), name)
    found = papers(desk.officer, desk.call)
    for kind, suffix in (("annex1", "docx"), ("annex1_xlsx", "xlsx")):
        (key,) = found[kind]
        content = data(desk.officer, desk.call, key)
        again = read_recommendation(content, f"附件1.{suffix}")
        assert (again.recommender, again.contact, again.phone) == (
            original.recommender,
            original.contact,
            original.phone,
        )
        assert [(one.unit, one.contact, one.mobile) for one in again.entries] == [
            (one.unit, one.contact, one.mobile) for one in original.entries
        ]
    (key,) = found["recommended_xlsx"]
    sheet = load_workbook(io.BytesIO(data(desk.officer, desk.call, key))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert [row[2] for row in rows] == [one.unit for one in original.entries]
    (key,) = found["recommended"]
    assert f"申报单位{len(original.entries)}家" in text(data(desk.officer, desk.call, key))


def test_meeting_papers_name_who_was_there_and_no_amounts(sealed: Selection) -> None:
    found = papers(sealed.officer, sealed.call)
    chair = text(data(sealed.officer, sealed.call, found["chair"][0]))
    for name in sealed.story.panel:
        assert name in chair
    assert "推举甲示例为专家组组长" in chair
    assert "有回避情形，不得担任组长" in chair
    assert "缺席" not in chair
    discipline = text(data(sealed.officer, sealed.call, found["discipline"][0]))
    assert "专家独立评分，不得互相打听或透露评审情况。" in discipline
    fees = Document(io.BytesIO(data(sealed.officer, sealed.call, found["fees"][0]))).tables[0]
    rows = [[cell.text for cell in row.cells] for row in fees.rows[1:-1]]
    assert [row[1] for row in rows] == list(sealed.story.panel)
    assert all(row[3] == "1" for row in rows)
    assert all(row[4:] == [""] * 5 for row in rows)


def test_record_of_the_election_names_the_absent_without_a_place_to_sign(sealed: Selection) -> None:
    told = dict.fromkeys(("employer", "title", "field", "phone", "email", "district"), "示例")
    expert, session = Expert(name="缺席示例", name_key="缺席示例", **told), database.session
    election = session.scalars(sa.select(ChairElection)).one()
    session.add(expert)
    session.flush()
    session.add(PanelMember(round_id=election.round_id, expert_id=expert.id, order_key="0" * 32))
    session.commit()
    found = papers(sealed.officer, sealed.call)
    content = data(sealed.officer, sealed.call, found["chair"][0])
    assert "缺席，不签字：缺席示例。" in text(content)
    signing = Document(io.BytesIO(content)).tables[1]
    assert "缺席示例" not in [row.cells[1].text for row in signing.rows]
