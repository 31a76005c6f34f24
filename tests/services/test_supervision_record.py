"""监督记录: nodes come of the trail, each supervisor notes for himself, versions stay, the form is frozen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.clock import OFFICE_ZONE
from review_portal.db import db, now, transaction
from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.audit import AuditEntry
from review_portal.services import audit, holds, supervision_notes, supervision_record
from review_portal.services.supervision_notes import Entry
from review_portal.services.supervision_record import Node, Record
from tests.engines import on_sqlite
from tests.exports.docx_reading import lines, opened, table_texts
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.selection_copies import copied
from tests.services.counting import queries
from tests.services.test_holds import FINDING, REASON

ODD = Entry("remark", remark="到会晚了十分钟，已说明原因（示例）", place="三楼会议室（示例）")


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A decided selection inside an application context."""
    with copied(request, engine_name, "decided", tmp_path) as made, made.app.app_context():
        yield made


def record(made: Selection) -> Record:
    db.session.rollback()
    return supervision_record.record(made.supervisor, call=made.call)


def node(found: Record, name: str, at: int = 0) -> Node:
    return [item for item in found.nodes if str(item.name) == name][at]


@on_sqlite
def test_nodes_are_the_acts_of_the_trail_under_their_rounds(made: Selection) -> None:
    found = record(made)
    assert {group.name: [str(item.name) for item in group.nodes] for group in found.groups} == {
        "": ["评审工作方案批准", "结束受理", "专家组意见确认完毕", "冻结排名", "会议审定"],
        "专家书面评审": [
            "确定专家组",
            "开启评审",
            "专家签到",
            "推举组长",
            "结束评分并封存",
            "启封评分",
            "复议开始",
            "结束复议",
            "冻结入围名单",
        ],
        "现场答辩": [
            "生成答辩名单",
            "答辩顺序抽签",
            "开启评审",
            "专家签到",
            "推举组长",
            "确认缺席",
            "结束评分并封存",
            "启封评分",
            "结束复议",
        ],
    }
    sealed = node(found, "结束评分并封存")
    entry = db.session.get(AuditEntry, sealed.entry)
    assert entry is not None
    assert (entry.action, entry.at, entry.actor_name) == ("close_round", sealed.at, sealed.by)
    for somebody in (made.officer, made.expert(PANEL[1])):
        with pytest.raises(NotFound):
            supervision_record.record(somebody, call=made.call)


def test_each_supervisor_notes_for_himself_and_corrections_keep_what_stood(made: Selection) -> None:
    watcher, other = made.supervisor, made.office.supervisor_b.viewer(made.app)
    key = node(record(made), "专家签到").key

    def say(who: object, entry: Entry, seen: int, reason: str = "") -> None:
        supervision_notes.note(who, call=made.call, node=key, entry=entry, reason=reason, seen=seen)  # type: ignore[arg-type]

    say(watcher, Entry("normal", place="三楼会议室（示例）"), 0)
    say(other, ODD, 0)
    with pytest.raises(Conflict) as behind:  # another window was faster
        say(watcher, ODD, 0)
    assert behind.value.theirs.verdict == "normal"  # type: ignore[attr-defined]
    with pytest.raises(Invalid) as bare:
        say(watcher, ODD, 1)
    assert set(bare.value.fields) == {"reason"}
    say(watcher, ODD, 1, "看错签到表（示例）")
    versions = node(record(made), "专家签到").versions
    assert [(line.by, line.verdict, line.ordinal, line.mine) for line in versions] == [
        ("示例监督甲", "normal", 1, True),
        ("示例监督乙", "remark", 1, False),
        ("示例监督甲", "remark", 2, True),
    ]
    elected = node(record(made), "推举组长")
    assert (elected.place, elected.offer) == ("", ODD.place)  # offered, not said before somebody notes it
    for entry, fields in (
        (Entry("remark"), {"remark"}),
        (Entry("maybe", place="远" * 101), {"verdict", "place"}),
    ):
        with pytest.raises(Invalid) as refused:
            say(watcher, entry, 2, "另有原因（示例）")
        assert set(refused.value.fields) == fields
    with pytest.raises(NotAllowed):
        say(made.officer, ODD, 0)
    with pytest.raises(NotFound):
        supervision_notes.note(watcher, call=made.call, node="e1", entry=ODD, reason="", seen=0)


@on_sqlite
def test_own_nodes_and_many_at_once_go_on_while_the_call_is_held(made: Selection) -> None:
    watcher, other = made.supervisor, made.office.supervisor_b.viewer(made.app)
    holds.hold(watcher, call=made.call, reason=REASON)
    at = datetime(2023, 3, 1, 9, 0, tzinfo=OFFICE_ZONE)
    own = Entry("normal", title="宣读纪律", happened_at=at, place="三楼会议室（示例）")
    key = supervision_notes.add_node(watcher, call=made.call, round_=made.written, entry=own)
    with pytest.raises(Conflict):  # a second press
        supervision_notes.add_node(watcher, call=made.call, round_=made.written, entry=own)
    later = Entry("normal", title="早", happened_at=now() + timedelta(days=1))
    with pytest.raises(Invalid) as refused:
        supervision_notes.add_node(watcher, call=made.call, round_="", entry=later)
    assert set(refused.value.fields) == {"title", "happened_at"}
    supervision_notes.note(other, call=made.call, node=key, entry=ODD, reason="", seen=0)
    found = record(made)
    added = node(found, "宣读纪律")
    assert (added.key, added.at, len(added.notes)) == (key, at, 2)
    (group,) = [group for group in found.groups if added in group.nodes]
    assert group.nodes[0] == added  # nodes stand in the order of time, whoever told them
    everything = [item.key for item in found.nodes]
    assert supervision_notes.note_normal(watcher, call=made.call, nodes=everything) == len(everything) - 1
    with pytest.raises(Invalid):
        supervision_notes.note_normal(watcher, call=made.call, nodes=everything)
    assert all(item.mine for item in record(made).nodes)
    report = audit.verify()
    assert (report.holds, report.unbound) == (True, 0)


def test_form_says_what_stood_when_it_was_made_and_is_for_all_who_sign(made: Selection) -> None:
    watcher = made.supervisor
    with pytest.raises(Conflict):
        supervision_notes.make_form(watcher, call=made.call)
    hold = holds.hold(watcher, call=made.call, reason=REASON)
    holds.lift(made.office.supervisor_b.viewer(made.app), call=made.call, hold=hold, finding=FINDING)
    key = node(record(made), "会议审定").key
    supervision_notes.note(watcher, call=made.call, node=key, entry=ODD, reason="", seen=0)
    entries, head = audit.checkpoint()
    form = supervision_notes.make_form(watcher, call=made.call)
    with pytest.raises(Conflict):
        supervision_notes.make_form(watcher, call=made.call)
    name, data = supervision_record.paper(made.expert(CHAIR), form=form)
    assert (name, data) == supervision_record.paper(made.officer, form=form)
    document = opened(data)
    cells = [text for table in document.tables for row in table_texts(table) for text in row]
    printed = "\n".join([*lines(document), *cells])
    checkpoint, signed = f"共{entries}条，末条校验码 {head}", "监督人员（示例监督甲）签字"
    said = (ODD.remark, ODD.place, REASON, FINDING, checkpoint, signed)
    assert [words for words in said if words not in printed] == []
    found, line = supervision_record.get_form(made.officer, form=form)
    assert (found.side, canonical.digest(line.body)) == ("secretariat", line.digest)
    with pytest.raises(NotFound):
        supervision_record.paper(made.expert(PANEL[1]), form=form)
    other = Entry("normal", place="网上办理（示例）")
    supervision_notes.note(watcher, call=made.call, node=key, entry=other, reason="误记（示例）", seen=1)
    assert supervision_record.paper(made.officer, form=form) == (name, data)
    supervision_notes.make_form(watcher, call=made.call)
    assert [item.ordinal for item in record(made).forms] == [2, 1]


@on_sqlite
def test_record_costs_the_same_however_many_nodes(made: Selection) -> None:
    officer, _logged_in = made.officer, record(made)
    few = queries(lambda: record(made))
    count = len(record(made).nodes)
    with transaction() as session:
        call_id = session.scalar(sa.text("SELECT id FROM calls"))
        for _more in range(30):
            about = {"object_kind": "round", "object_id": made.written, "call_id": call_id}
            audit.record(session, officer, "set_panel", **about)
    assert queries(lambda: record(made)) == few
    assert len(record(made).nodes) == count + 30
