"""异议登记: the whole way of an entry, what is refused, who complained told to nobody, dossiers held."""

from __future__ import annotations

import io
from datetime import datetime
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from docx import Document
from flask import Flask

from review_portal.clock import OFFICE_ZONE
from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.domain.working_days import WorkingCalendar
from review_portal.models.audit import AuditEntry
from review_portal.services import (
    approvals,
    audit,
    objection_acts,
    objection_conclusions,
    objection_identity,
    objection_papers,
    objection_state,
    objection_views,
    objections,
    office_calendar,
)
from review_portal.services.objection_input import Evidence
from tests import factories
from tests.factories_objections import ANONYMOUS, CONTACT, LETTER, NAME, NAMED, SECRETS, UNIT, file
from tests.factories_papers import pdf


class Scene(NamedTuple):
    call: str
    officer: Viewer
    second: Viewer
    supervisor: Viewer


@pytest.fixture
def scene(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    known = WorkingCalendar(years=frozenset(range(2023, 2040)))  # whatever today is
    monkeypatch.setattr(office_calendar, "calendar", lambda _session=None: known)
    office = factories.office(app)
    call = factories.bare_call(app, published=True)
    return Scene(
        call,
        office.officer.viewer(app),
        office.second_officer.viewer(app),
        office.supervisor_a.viewer(app),
    )


def step(scene: Scene, objection: str, act: str, **more: object) -> None:
    actor = scene.supervisor if act == "find" else scene.officer
    objection_acts.take_step(
        actor, objection=objection, act=act, text="按规定办理（示例）", letter=LETTER, **more
    )


def conclude(scene: Scene, objection: str, outcome: str) -> None:
    asked = objection_conclusions.ask_conclude(
        scene.officer, objection=objection, outcome=outcome, reason="经核对合同原件，反映不属实（示例）"
    )
    with pytest.raises(NotAllowed):
        objection_conclusions.decide_conclude(scene.officer, approval=asked, approve=True)
    objection_conclusions.decide_conclude(scene.second, approval=asked, approve=True)


def call_id(scene: Scene) -> int:
    return factories.call_id(scene.call)


def text_of(paper: tuple[str, bytes]) -> str:
    document = Document(io.BytesIO(paper[1]))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    foot = [item.text for section in document.sections for item in section.footer.paragraphs]
    return "\n".join([paper[0], *(item.text for item in document.paragraphs), *cells, *foot])


def test_real_name_goes_its_whole_way_and_names_nobody(app: Flask, scene: Scene) -> None:
    with app.app_context():
        file(scene.officer, scene.call, ANONYMOUS, key="a")
        made = file(scene.officer, scene.call)
        row = objection_views.one(scene.officer, objection=made)
        assert (row.number, row.proposed, row.state, row.late) == ("YY-002", "accept", "registered", False)
        assert objection_state.open_objections(db.session(), call_id(scene)).numbers == ("YY-001", "YY-002")
        with pytest.raises(Conflict):
            step(scene, made, "acknowledge")
        objections.classify(scene.officer, objection=made, route="accept", reason="符合受理条件（示例）")
        with pytest.raises(Invalid) as lacking:
            objection_acts.take_step(
                scene.officer, objection=made, act="acknowledge", text="受理（示例）", letter={}
            )
        assert set(lacking.value.fields) == set(LETTER)
        blank = {**LETTER, "document_number": "【待填：发文字号】"}
        with pytest.raises(Invalid) as lacking:
            objection_acts.take_step(
                scene.officer, objection=made, act="acknowledge", text="受理（示例）", letter=blank
            )
        assert set(lacking.value.fields) == {"document_number"}
        step(scene, made, "acknowledge")
        first = objection_views.one(scene.officer, objection=made).due_on
        step(scene, made, "extend")
        later = objection_views.one(scene.officer, objection=made).due_on
        assert first is not None and later is not None and first < later
        with pytest.raises(Conflict):
            step(scene, made, "extend")
        conclude(scene, made, "maintain")
        for act in ("reply", "deliver", "close"):
            step(scene, made, act)
        assert objection_views.one(scene.officer, objection=made).state == "closed"
        assert objection_state.open_objections(db.session(), call_id(scene)).count == 1
        papers = [objection_papers.register_sheet(scene.officer, call=scene.call)]
        papers += [
            objection_papers.letter(scene.officer, objection=made, act=act)
            for act in ("acknowledge", "extend", "reply")
        ]
        told = "\n".join(map(text_of, papers))
        assert papers[0] == objection_papers.register_sheet(scene.supervisor, call=scene.call)
        assert "YY-002" in told and "处理结论为：维持" in told and "登记内容校验码" in told
        assert "【待填" not in told
        trail = "\n".join(
            f"{item.detail} {item.object_id}" for item in db.session.scalars(sa.select(AuditEntry))
        )
        assert [word for word in SECRETS if word in told + trail] == []
        assert audit.verify().holds


def test_anonymous_facts_go_to_the_supervisor_and_rest_with_him(app: Flask, scene: Scene) -> None:
    with app.app_context():
        made = file(scene.officer, scene.call, ANONYMOUS)
        assert made == file(scene.officer, scene.call, ANONYMOUS)  # sent twice
        assert objection_views.one(scene.officer, objection=made).proposed == "transfer"
        objections.classify(scene.officer, objection=made, route="transfer", reason="有可核查的事实（示例）")
        with pytest.raises(NotAllowed):
            objection_acts.take_step(scene.officer, objection=made, act="find", text="没有发现（示例）")
        assert objection_state.open_objections(db.session(), call_id(scene))
        step(scene, made, "find")
        assert not objection_state.open_objections(db.session(), call_id(scene))
        with pytest.raises(NotFound):
            objection_identity.read_complainant(scene.supervisor, objection=made, reason="核查需要（示例）")


def test_declined_is_told_unless_nobody_gave_a_name(app: Flask, scene: Scene) -> None:
    with app.app_context():
        known = file(scene.officer, scene.call, signed=False)
        objections.classify(scene.officer, objection=known, route="decline", reason="未签名（示例）")
        assert objection_views.one(scene.officer, objection=known).state == "declined"
        step(scene, known, "inform")
        nobody = file(scene.officer, scene.call, ANONYMOUS, key="2", checkable=False)
        objections.classify(scene.officer, objection=nobody, route="decline", reason="没有事实（示例）")
        assert not objection_state.open_objections(db.session(), call_id(scene))
        told = text_of(objection_papers.letter(scene.officer, objection=known, act="inform"))
        assert "不予受理" in told and NAME not in told


def test_identity_is_the_supervisors_with_a_reason_each_time(app: Flask, scene: Scene) -> None:
    guarded = Evidence(f"{NAME}来信.pdf", pdf(1), True)
    with app.app_context():
        file(scene.officer, scene.call, ANONYMOUS, key="0")
        made = file(scene.officer, scene.call, NAMED, guarded, Evidence("合同.pdf", pdf(2), False))
        closed, open_ = objection_views.one(scene.officer, objection=made).files
        assert (closed.guarded, closed.name, open_.name) == (True, "YY-002-1", "YY-002-2")
        for actor in (scene.officer, scene.second):
            with pytest.raises(NotFound):
                objection_identity.read_complainant(actor, objection=made, reason="想知道是谁（示例）")
            with pytest.raises(NotFound):
                objection_identity.guarded_file(actor, file=closed.public_id, reason="想看（示例）")
            with pytest.raises(NotFound):
                objection_identity.open_file(actor, file=closed.public_id)
        assert objection_identity.open_file(scene.officer, file=open_.public_id)[0] == "YY-002-2.pdf"
        with pytest.raises(Invalid):
            objection_identity.read_complainant(scene.supervisor, objection=made, reason="")
        found = objection_identity.read_complainant(
            scene.supervisor, objection=made, reason="核查需要（示例）"
        )
        assert (found.name, found.unit, found.contact) == SECRETS
        name, _kind, data = objection_identity.guarded_file(
            scene.supervisor, file=closed.public_id, reason="核查需要（示例）"
        )
        assert (name, data) == ("YY-002-1.pdf", guarded.data)
        acts = [item.action for item in db.session.scalars(sa.select(AuditEntry))]
        assert (acts.count("read_complainant"), acts.count("read_guarded_evidence")) == (1, 1)


@pytest.mark.parametrize("word", SECRETS)
def test_facts_that_name_the_complainant_are_refused_without_repeating_it(
    app: Flask, scene: Scene, word: str
) -> None:
    with app.app_context():
        with pytest.raises(Invalid) as refused:
            file(scene.officer, scene.call, facts=f"{word}反映业绩证明不实，附合同编号（示例）。")
        assert set(refused.value.fields) == {"facts"} and word not in str(refused.value.fields["facts"])
        made = file(scene.officer, scene.call)
        with pytest.raises(Invalid):
            objections.classify(scene.officer, objection=made, route="accept", reason=f"{word}实名反映")
        # for anybody else an answer by trial would be the name
        objections.classify(scene.second, objection=made, route="accept", reason=f"{word}实名反映")


def test_entry_that_lacks_something_is_refused_by_field(app: Flask, scene: Scene) -> None:
    later = datetime(2999, 1, 1, tzinfo=OFFICE_ZONE)
    with app.app_context():
        with pytest.raises(Invalid) as refused:
            file(scene.officer, scene.call, way="", received_at=later, facts="短", contact="", name="")
        assert set(refused.value.fields) == {"way", "received_at", "facts", "name", "contact"}
        with pytest.raises(Invalid) as named:
            file(scene.officer, scene.call, ANONYMOUS, contact=CONTACT, unit=UNIT)
        assert set(named.value.fields) == {"contact", "unit"}
        with pytest.raises(Invalid) as program:
            file(scene.officer, scene.call, ANONYMOUS, *[Evidence(f"{NAME}.exe", b"MZ", True)])
        assert NAME not in str(program.value.fields["files"])
        with pytest.raises(Invalid):
            file(scene.officer, scene.call, on_publicity=True)  # nothing is published
        assert objection_views.register(scene.officer, call=scene.call).rows == ()


def test_no_request_of_an_outcome_stands_twice(app: Flask, scene: Scene) -> None:
    with app.app_context():
        made = file(scene.officer, scene.call)
        objections.classify(scene.officer, objection=made, route="accept", reason="符合条件（示例）")
        step(scene, made, "acknowledge")
        conclude(scene, made, "adjust")
        with pytest.raises(Invalid):
            step(scene, made, "link", linked="a" * 12)
        assert approvals.list_waiting(scene.second) == []
