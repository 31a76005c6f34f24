"""The defense's papers over HTTP: notices, who was told, one page for both sides of an absence, documents."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from docx import Document
from flask import Flask

from review_portal.clock import OFFICE_ZONE
from review_portal.services import defense_absence, defense_papers, defense_records
from tests import defense_round, factories
from tests.defense_round import Defense
from tests.visitor import Visitor

UNIT = "重庆示例绿能科技有限公司"
MEETING = {
    "place": "示例大厦301会议室",
    "waiting_place": "示例大厦303室",
    "contact": "示例处王老师",
    "phone": "023-00000000",
    "issued_on": "2023-03-01",
}
HOSTILE = "<script>alert(1)</script>\x0b=1+1"


@pytest.fixture
def running(app: Flask) -> Defense:
    return defense_round.opened(app)


@pytest.fixture
def officer(app: Flask, running: Defense) -> Visitor:
    return running.office.officer.visit(app)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(OFFICE_ZONE):%Y-%m-%dT%H:%M}"


def plan(officer: Visitor, running: Defense, first: str = "2023-03-07T10:40") -> None:
    officer.get(f"/defense/{running.round_}/timetable")
    officer.submit(f"/defense/{running.round_}/timetable", first=first, break_minutes="0")


def meet(officer: Visitor, running: Defense, **changes: str) -> None:
    officer.get(f"/defense/{running.round_}/notices/meeting")
    officer.submit(f"/defense/{running.round_}/notices/meeting", **{**MEETING, **changes})


def words_of(data: bytes) -> list[str]:
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def test_notice_without_facts_says_what_is_to_be_filled(officer: Visitor, running: Defense) -> None:
    page = officer.get(f"/defense/{running.round_}/notices")
    assert page.text.count("答辩时间、答辩地点、候场地点、联系人、联系电话、发文日期") == 1
    written = words_of(officer.get(f"/defense/{running.round_}/notices.docx").response.data)
    assert sum(text.startswith("二、地点：【待填：答辩地点】") for text in written) == 3


def test_letters_of_all_units_say_time_place_and_rules(officer: Visitor, running: Defense) -> None:
    plan(officer, running)
    meet(officer, running)
    written = words_of(officer.get(f"/defense/{running.round_}/notices.docx").response.data)
    assert not any("待填" in text for text in written)
    times = [text for text in written if text.startswith("一、时间：")]
    assert [text[5:20] for text in times] == [
        "2023年3月7日 10:40",
        "2023年3月7日 11:00",
        "2023年3月7日 11:20",
    ]
    assert [text for text in written if text.endswith("公司：")] == [
        f"{defense_round.UNITS[number]}：" for number in defense_round.SHORTLIST
    ]
    people = next(text for text in written if text.startswith("三、人员"))
    assert "到场不超过3人" in people
    assert "授权委托书" in people
    assert written.count("授权委托书") == 3


def test_text_to_copy_is_the_letter(app: Flask, officer: Visitor, running: Defense) -> None:
    plan(officer, running)
    meet(officer, running)
    slot = running.slots(app)["2023-001"]
    page = officer.get(f"/defense/turns/{slot}/notice")
    (long,) = page.doc.xpath("//textarea[@id='long-text']/text()")
    letter = words_of(officer.get(f"/defense/turns/{slot}/notice.docx").response.data)
    points = [line.strip("　") for line in long.splitlines() if line[2:4] in ("一、", "四、", "七、")]
    assert len(points) == 3
    assert [text for text in letter if text[:2] in ("一、", "四、", "七、")] == points
    (short,) = page.doc.xpath("//textarea[@id='short-text']/text()")
    assert "2023年3月7日 10:40" in short
    assert "规定时间后15分钟未到的" in short


def test_hostile_facts_stand_as_text(officer: Visitor, running: Defense) -> None:
    meet(officer, running, place=HOSTILE)
    page = officer.get(f"/defense/{running.round_}/notices")
    assert page.doc.xpath("//script[contains(., 'alert')]") == []
    written = words_of(officer.get(f"/defense/{running.round_}/notices.docx").response.data)
    assert sum("<script>alert(1)</script>" in text for text in written) == 3


@pytest.mark.parametrize(("field", "value"), [("place", "字" * 201), ("issued_on", "2023-13-01")])
def test_faulty_fact_is_refused_at_its_field(
    officer: Visitor, running: Defense, field: str, value: str
) -> None:
    officer.get(f"/defense/{running.round_}/notices/meeting")
    page = officer.submit(f"/defense/{running.round_}/notices/meeting", **{**MEETING, field: value})
    assert (page.status, page.value("contact"), page.field_error(field) != "") == (422, "示例处王老师", True)


def test_second_officer_sees_both_texts_of_the_meeting(
    app: Flask, officer: Visitor, running: Defense
) -> None:
    path = f"/defense/{running.round_}/notices/meeting"
    second = running.office.second_officer.visit(app)
    second.get(path)
    meet(officer, running)
    page = second.submit(path, place="另一处（示例）")
    assert (page.status, page.text.count("另一处（示例）"), page.text.count("示例大厦301会议室")) == (
        409,
        1,
        1,
    )
    second.submit(path)
    viewer = running.officer(app)
    kept = factories.inside(app, lambda: defense_papers.meeting(viewer, round_=running.round_))
    assert (kept.facts["place"], kept.version) == ("另一处（示例）", 2)


def told(officer: Visitor, slot: str, **changes: str) -> str:
    path = f"/defense/turns/{slot}/notice"
    officer.get(path)
    values = {"told_at": "2023-03-02T09:30", "way": "phone", "told_to": "示例联系人，示例号码"}
    return str(officer.submit(path, **{**values, **changes}).status)


def test_telling_a_unit_is_logged_and_a_moved_time_asks_for_it_again(
    app: Flask, officer: Visitor, running: Defense
) -> None:
    slot = running.slots(app)["2023-001"]
    assert told(officer, slot) == "409"  # no time and no place that could have been told
    plan(officer, running)
    meet(officer, running)
    assert told(officer, slot) == "200"
    page = officer.get(f"/defense/{running.round_}/notices")
    assert page.text.count("尚未通知2家") == 1
    assert page.text.count("2023年3月2日 09:30") == 1
    assert told(officer, slot) == "200"  # pressed twice: logged once
    assert officer.get(f"/defense/turns/{slot}/notice").text.count("2023年3月2日 09:30") == 1
    meet(officer, running, place="示例大厦302会议室")
    page = officer.get(f"/defense/{running.round_}/notices")
    assert (page.text.count("尚未通知3家"), page.text.count("须重新通知")) == (1, 2)  # a row and the rule


def test_faulty_log_entry_keeps_nothing(app: Flask, officer: Visitor, running: Defense) -> None:
    plan(officer, running)
    meet(officer, running)
    slot = running.slots(app)["2023-001"]
    assert told(officer, slot, told_at="2100-01-01T00:00") == "422"
    assert told(officer, slot, way="pigeon") == "422"
    assert told(officer, slot, told_to=" ") == "422"
    viewer = running.officer(app)
    assert factories.inside(app, lambda: defense_papers.notice(viewer, slot=slot)).log == ()


@pytest.mark.parametrize("who", ["chair", "expert"])
@pytest.mark.parametrize(
    "path",
    [
        "{round}/notices",
        "{round}/notices.docx",
        "turns/{slot}/notice",
        "turns/{slot}/notice.docx",
        "{round}/sign-in.docx",
        "{round}/notices/meeting",
    ],
)
def test_whom_the_office_writes_to_is_no_experts_business(
    app: Flask, running: Defense, who: str, path: str
) -> None:
    slot = running.slots(app)["2023-001"]
    visitor = getattr(running, who).visit(app)
    assert visitor.get("/defense/" + path.format(round=running.round_, slot=slot)).status == 404


def test_supervisor_reads_notices_and_changes_nothing(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    visitor = running.office.supervisor_a.visit(app)
    page = visitor.get(f"/defense/turns/{slot}/notice")
    assert (page.status, [path for path in page.forms if path.startswith("/defense")]) == (200, [])
    assert visitor.post(f"/defense/turns/{slot}/notice", {"way": "phone"}).status == 404
    assert visitor.get(f"/defense/{running.round_}/notices/meeting").status == 404


def test_absence_before_the_late_minutes_are_over_takes_a_reason(
    app: Flask, officer: Visitor, running: Defense
) -> None:
    plan(officer, running, local(datetime.now(UTC) - timedelta(minutes=10)))
    slot = running.slots(app)["2023-001"]
    path, chair = f"/defense/turns/{slot}/absent", running.chair.visit(app)
    chair.get(path)
    page = chair.submit(path)
    assert page.status == 422
    assert page.field_error("early").endswith("未满15分钟。请满时后再提请；确需提前确认的，请写明原因。")
    chair.submit(path, early="该单位来电放弃")
    viewer = running.officer(app)
    (asked,) = factories.inside(app, lambda: defense_absence.view(viewer, slot=slot)).statements
    assert (asked.early, asked.outcome) == ("该单位来电放弃", "pending")


def test_both_sides_of_an_absence_stand_on_one_page(app: Flask, officer: Visitor, running: Defense) -> None:
    plan(officer, running, "2023-03-07T10:40")
    slot = running.slots(app)["2023-001"]
    path = f"/defense/turns/{slot}/absent"
    chair, supervisor = running.chair.visit(app), running.office.supervisor_a.visit(app)
    assert f"{path}/answer" not in chair.get(path).forms
    chair.submit(path)
    page = supervisor.get(path)
    assert f"{path}/answer" in page.forms
    page = supervisor.submit(f"{path}/answer", decision="agree")
    assert page.field_error("confirm") == "请勾选，确认您在场见证。"
    page = supervisor.submit(f"{path}/answer", decision="agree", confirm="y", decision_note="属实")
    viewer = running.officer(app)
    (kept,) = factories.inside(app, lambda: defense_records.view(viewer, slot=slot)).records
    assert kept.result == "abstained"
    assert page.doc.xpath("count(//p[contains(@class, 'signline')])") == 2
    written = words_of(officer.get(f"/defense/turns/{slot}/minutes.docx").response.data)
    assert "放弃答辩" in written
    assert sum("示例专家1" in text for text in written) == 1  # the chair's statement


def test_nobody_supplies_the_other_half(app: Flask, officer: Visitor, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    path = f"/defense/turns/{slot}/absent"
    supervisor = running.office.supervisor_a.visit(app)
    supervisor.get(path)
    assert supervisor.post(path, {"reason": "未到场", "early": "未排定时间"}).status == 404
    officer.get(path)
    assert officer.post(f"{path}/answer", {"decision": "agree", "confirm": "y"}).status == 404
    chair = running.chair.visit(app)
    chair.get(path)
    assert chair.post(f"{path}/answer", {"decision": "agree", "confirm": "y"}).status == 404


def late(visitor: Visitor, slot: str, admitted: str, **changes: str) -> int:
    path = f"/defense/turns/{slot}/absent"
    visitor.get(path)
    values = {"arrived_at": "2023-03-07T11:00", "admitted": admitted, "note": "途中堵车"}
    return visitor.submit(f"{path}/late", **{**values, **changes}).status


def test_late_unit_is_let_in_by_both(app: Flask, officer: Visitor, running: Defense) -> None:
    plan(officer, running)
    slot = running.slots(app)["2023-001"]
    chair, supervisor = running.chair.visit(app), running.office.supervisor_a.visit(app)
    assert late(chair, slot, "y", arrived_at="2023-03-07T10:50") == 422  # in time by the rule
    assert late(chair, slot, "") == 422
    viewer = running.officer(app)
    assert late(chair, slot, "y") == 200
    seen = factories.inside(app, lambda: defense_absence.view(viewer, slot=slot))
    assert (len(seen.notes), seen.admitted) == (1, None)
    assert late(supervisor, slot, "y") == 200
    seen = factories.inside(app, lambda: defense_absence.view(viewer, slot=slot))
    assert ([note.side for note in seen.notes], seen.admitted) == (["chair", "supervisor"], True)
    assert chair.post(f"/defense/turns/{slot}/absent", {"reason": "未到场"}).status == 409


def test_late_unit_that_neither_lets_in_has_no_record(app: Flask, officer: Visitor, running: Defense) -> None:
    plan(officer, running)
    slot = running.slots(app)["2023-001"]
    assert late(running.chair.visit(app), slot, "n") == 200
    assert late(running.office.supervisor_a.visit(app), slot, "n") == 200
    officer.get(f"/defense/turns/{slot}")
    page = officer.submit(f"/defense/turns/{slot}", **{"name-0": "甲示例", "role-0": "主讲人"})
    assert (page.status, page.text.count("组长、监督人员未同意该单位迟到进场")) == (409, 1)


RECORD = {
    "name-0": "甲示例",
    "role-0": "主讲人",
    "checked-0": "y",
    "name-1": "乙示例",
    "role-1": "顾问",
    "guest-1": "y",
    "arrived_at": "2023-03-07T10:20",
    "asker-0": "chair",
    "question-0": "节能量如何核定",
    "answer-0": "第三方核定",
    "question-1": f"数据从何而来{HOSTILE}",
    "commitments": "补充名单",
    "opinion": "实施安排较具体",
    "result": "recommended",
}


def test_minutes_follow_the_rubric_and_tell_what_a_correction_changed(
    app: Flask, officer: Visitor, running: Defense
) -> None:
    slot = running.slots(app)["2023-001"]
    path = f"/defense/turns/{slot}"
    officer.get(path)
    officer.submit(path, **RECORD)
    officer.get(path)
    officer.submit(path, commitments="补充名单和合同", reason="漏记")
    first = words_of(officer.get(f"{path}/minutes.docx?version=1").response.data)
    assert "补充名单" in first
    assert not any("漏记" in text for text in first)
    last = words_of(officer.get(f"{path}/minutes.docx").response.data)
    assert "甲示例（主讲人，身份证件已核验）、乙示例（顾问，身份证件未核验，非本单位人员）" in last
    assert [text for text in last if text in ("组长", "节能量如何核定", "第三方核定")] == [
        "组长",
        "节能量如何核定",
        "第三方核定",
    ]
    assert any(text.startswith("第2版") and "登记" in text for text in last)
    (change,) = [text for text in last if "理由：漏记" in text]
    assert "更改现场承诺。" in change
    signed = [text.split("签字：")[0] for text in last if "签字：" in text]
    assert signed == ["记录人", "组长", "监督人员"]
    assert officer.get(f"{path}/minutes.docx?version=3").status == 404
    assert officer.get(f"{path}/minutes.docx?version=x").status == 404


def test_record_page_shows_every_version_and_escapes(app: Flask, officer: Visitor, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    officer.get(f"/defense/turns/{slot}")
    officer.submit(f"/defense/turns/{slot}", **RECORD)
    page = officer.get(f"/defense/turns/{slot}")
    assert page.doc.xpath("//script[contains(., 'alert')]") == []
    assert (page.value("answer-0"), page.value("arrived_at")) == ("第三方核定", "2023-03-07T10:20")
    assert page.text.count("乙示例（顾问，身份未核验，非本单位人员）") == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question-0": "", "answer-0": "只有回答"}, "exchanges"),
        ({"asker-0": "示例专家1"}, "exchanges"),
        ({"arrived_at": "昨天"}, "arrived_at"),
        ({"arrived_at": "2100-01-01T00:00"}, "arrived_at"),
        ({"opinion": "字" * 4001}, "opinion"),
        ({"question-0": "字" * 4001}, "exchanges"),
    ],
)
def test_faulty_rows_are_refused_and_kept(
    app: Flask, officer: Visitor, running: Defense, changes: dict[str, str], field: str
) -> None:
    slot = running.slots(app)["2023-001"]
    officer.get(f"/defense/turns/{slot}")
    page = officer.submit(f"/defense/turns/{slot}", **{**RECORD, **changes})
    assert (page.status, page.value("commitments")) == (422, "补充名单")
    assert page.doc.xpath(f"//*[@id='{field}-e']/text()") != []


def test_sign_in_sheet_has_lines_for_units_and_panel_and_no_names(officer: Visitor, running: Defense) -> None:
    plan(officer, running)
    data = officer.get(f"/defense/{running.round_}/sign-in.docx").response.data
    units, panel = Document(io.BytesIO(data)).tables
    assert (len(units.rows), len(panel.rows)) == (1 + 3 * 3, 1 + 5)
    assert [units.rows[1 + 3 * n].cells[1].text for n in range(3)] == [
        "3月7日 10:40",
        "3月7日 11:00",
        "3月7日 11:20",
    ]
    assert not any("示例专家" in text for text in words_of(data))


def test_attendance_counts_people_and_checks(app: Flask, officer: Visitor, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    plan(officer, running)
    officer.get(f"/defense/turns/{slot}")
    officer.submit(f"/defense/turns/{slot}", **{**RECORD, "arrived_at": "2023-03-07T10:45"})
    page = running.chair.visit(app).get(f"/defense/{running.round_}/attendance")
    assert page.text.count("共3家，已登记到场1家，放弃答辩0家；到场2人，已核验身份1人。") == 1
    assert page.text.count("迟到5分钟") == 1
    assert running.expert.visit(app).get(f"/defense/{running.round_}/attendance").status == 404
