"""An administrator's table of working days: whole, versioned, on the chain, used wherever days count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.services import (
    audit,
    office_calendar,
    public_notice,
    publicity_clock_views,
    publicity_views,
    working_day_tables,
)
from tests import factories
from tests.domain.test_working_day_list import OFF, WORK
from tests.factories_publicity import appear, at, moment, release
from tests.factories_selection import Selection
from tests.selection_copies import copied

SOURCE = "国办发明电〔2026〕7号（示例）"
OFF_2023 = "\n".join(
    (
        "1月1日至2日",
        "1月21日至27日",
        "4月5日",
        "4月29日至5月3日",
        "6月22日至24日",
        "9月29日至10月6日",
    )
)
WORK_2023 = "1月28日、1月29日、4月23日、5月6日、6月25日、10月7日、10月8日"


@pytest.fixture
def office(app: Flask) -> factories.Office:
    return factories.office(app)


@pytest.fixture
def administrator(app: Flask, office: factories.Office) -> Iterator[Viewer]:
    found = office.administrator.viewer(app)
    with app.app_context():
        yield found


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The notice is released on 15 March 2023 at 9:00."""
    with copied(request, engine_name, "ranked", tmp_path) as found, found.app.app_context():
        release(found)
        yield found


def enter(actor: Viewer, year: int, off: str, work: str, *, reason: str = "", seen: int = 0) -> str:
    return working_day_tables.set_year(
        actor, year=year, off=off, work=work, source=SOURCE, reason=reason, seen=seen
    )


def test_unknown_year_is_counted_once_its_table_is_entered(administrator: Viewer) -> None:
    with pytest.raises(Invalid) as unknown:
        office_calendar.calendar().is_working(date(2027, 2, 4))
    assert str(unknown.value) == (
        "2027年的节假日安排尚未录入，请由系统管理员在“工作日表”中录入该年的休假日和调休上班日后再办理。"
    )
    with moment(at(15)):
        assert [(row.year, row.known, row.version) for row in working_day_tables.years(administrator)] == [
            (2024, True, None),
            (2023, True, None),
            (2022, True, None),
        ]
    enter(administrator, 2027, OFF, WORK)
    db.session.rollback()
    assert office_calendar.calendar().period_end(date(2027, 2, 4), 5) == date(2027, 2, 17)
    (row,) = working_day_tables.versions(administrator)
    assert (row.year, row.version, row.source, row.current, len(row.off)) == (2027, 1, SOURCE, True, 25)
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)).one()
    assert (entry.action, entry.detail["year"], entry.detail["days_off"]) == ("set_working_days", 2027, 25)
    report = audit.verify()
    assert (report.changed, report.unbound) == ((), 0)


def test_further_version_needs_a_reason_and_the_version_that_was_seen(administrator: Viewer) -> None:
    enter(administrator, 2027, OFF, WORK)
    with pytest.raises(Invalid) as refused:
        enter(administrator, 2027, OFF, "", seen=1)
    assert list(refused.value.fields) == ["reason"]
    with pytest.raises(Conflict, match="刚有新的版次"):
        enter(administrator, 2027, OFF, "", reason="补正（示例）", seen=0)
    with pytest.raises(Conflict, match="完全相同"):
        enter(administrator, 2027, OFF, WORK, reason="补正（示例）", seen=1)
    enter(administrator, 2027, OFF, "9月26日", reason="补正（示例）", seen=1)
    db.session.rollback()
    newest, first = working_day_tables.versions(administrator)
    assert (newest.current, first.current, newest.reason) == (True, False, "补正（示例）")
    assert newest.differing == (date(2027, 2, 20), date(2027, 10, 9))
    assert first.differing == ()


def test_faulty_table_is_refused_whole_and_only_an_administrator_enters_one(
    app: Flask, office: factories.Office, administrator: Viewer
) -> None:
    with pytest.raises(Invalid) as refused:
        working_day_tables.set_year(
            administrator, year=None, off=OFF, work=WORK, source="", reason="", seen=0
        )
    assert list(refused.value.fields) == ["year", "source"]
    with pytest.raises(Invalid) as faulty:
        enter(administrator, 2027, OFF + "\n甲", "2月22日")
    assert list(faulty.value.fields) == ["off", "work"]
    officer = office.officer.viewer(app)
    for act in (working_day_tables.years, working_day_tables.versions, working_day_tables.moved_periods):
        with pytest.raises(NotAllowed):
            act(officer)
    with pytest.raises(NotAllowed):
        enter(officer, 2027, OFF, WORK)
    assert office_calendar.newest_tables(db.session()) == {}


def test_changed_table_moves_no_printed_end_and_the_pages_say_what_to_do(made: Selection) -> None:
    appear(made, at(15))
    administrator = made.viewer(made.office.administrator)
    with moment(at(16)):
        enter(administrator, 2023, OFF_2023, WORK_2023)
        db.session.rollback()
        assert working_day_tables.versions(administrator)[0].differing == ()  # as the library has it
        assert publicity_clock_views.view(made.officer, call=made.call).differing == ()
        enter(administrator, 2023, OFF_2023 + "\n3月20日", WORK_2023, reason="临时放假（示例）", seen=1)
        db.session.rollback()
        shown = publicity_clock_views.view(made.officer, call=made.call)
        assert shown.period is not None
        assert (shown.period.last_day, shown.period.counted_last) == (date(2023, 3, 22), date(2023, 3, 22))
        assert [str(text) for text in shown.differing] == [
            "公示正文印的公示时间为2023年3月15日至3月21日，按登记的刊登时间应为2023年3月15日至3月22日。"
            "请在公示稿页发布更正后的公示；更正以前，公示期至2023年3月22日24时届满。",
            "登记刊登时算得2023年3月21日届满，此后工作日表或登记已改动，现算得2023年3月22日届满。"
            "请核对工作日表；无误的，请发布更正后的公示。",
        ]
        (moved,) = working_day_tables.moved_periods(administrator)
        assert (moved.printed, moved.counted) == (date(2023, 3, 21), date(2023, 3, 22))
        words = publicity_views.get(made.officer, call=made.call).words
        assert "公示时间为2023年3月15日至3月21日（共5个工作日）。" in words.paragraphs
        enter(administrator, 2023, OFF_2023, WORK_2023 + "、3月18日", reason="临时上班（示例）", seen=2)
        db.session.rollback()
        # shorter now: whoever reads the printed text is not cut off
        shown = publicity_clock_views.view(made.officer, call=made.call)
        assert shown.period is not None
        assert (shown.period.last_day, shown.period.counted_last) == (date(2023, 3, 21), date(2023, 3, 20))
        assert public_notice.public(call=made.call).last_day == date(2023, 3, 21)
