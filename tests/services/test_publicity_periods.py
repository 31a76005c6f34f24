"""The publicity clock on a played selection: appearances, takedowns, corrections, what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call
from review_portal.services import (
    audit,
    public_notice,
    publicity,
    publicity_appearances,
    publicity_clock_views,
    publicity_periods,
    publicity_release,
    publicity_views,
)
from review_portal.services.publicity_appearances import Shot
from review_portal.services.publicity_periods import Period
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules
from tests.exports.test_calendar_file import read
from tests.factories_publicity import SHOT, URL, appear, at, moment, release, take_down
from tests.factories_selection import Selection
from tests.selection_copies import copied

NOT_PUBLIC = "没有正在公示的内容，或公示期已结束。"
TAKEN_DOWN = "公示已撤下，请以重新刊登的公示为准。"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The notice is released on 15 March at 9:00; nothing is registered yet."""
    with copied(request, engine_name, "ranked", tmp_path) as found, found.app.app_context():
        release(found)
        yield found


def row_of(made: Selection) -> Call:
    db.session.rollback()
    return db.session.scalars(sa.select(Call).where(Call.public_id == made.call)).one()


def period(made: Selection, instant: datetime) -> Period | None:
    with moment(instant):
        return publicity_periods.period_of(db.session(), row_of(made))


def over(made: Selection, instant: datetime) -> bool:
    with moment(instant):
        return publicity_periods.over(db.session(), row_of(made))


def public(made: Selection, instant: datetime) -> int | str:
    """Which day the public reads, or what it is told."""
    db.session.rollback()
    with moment(instant):
        try:
            return public_notice.public(call=made.call).today
        except NotFound as gone:
            return str(gone)


def facts(found: Period | None) -> tuple[object, ...]:
    assert found is not None
    return (
        found.number,
        found.first_day.day,
        found.last_day.day,
        found.ended_by,
        found.days_done,
        found.today,
    )


def without_restart(monkeypatch: pytest.MonkeyPatch, **changed: bool) -> None:
    """The call's rule as if it said so."""
    import dataclasses

    def changed_rules(call: Call) -> Rules:
        rules = rules_of(call)
        return dataclasses.replace(rules, publicity=dataclasses.replace(rules.publicity, **changed))

    monkeypatch.setattr(publicity_periods, "rules_of", changed_rules)
    monkeypatch.setattr(publicity_clock_views, "rules_of", changed_rules)


def test_period_runs_from_the_registered_appearance_to_midnight_of_the_last_day(made: Selection) -> None:
    assert period(made, at(15, 12)) is None
    assert (public(made, at(15, 12)), over(made, at(30))) == (NOT_PUBLIC, False)
    appear(made, at(15))
    assert facts(period(made, at(15, 12))) == (1, 15, 21, None, 0, 1)
    assert facts(period(made, at(18))) == (1, 15, 21, None, 3, 3)  # a Saturday
    assert facts(period(made, at(21, 23, 59))) == (1, 15, 21, None, 4, 5)
    assert facts(period(made, at(22, 0))) == (1, 15, 21, "over", 5, 5)
    seen = [public(made, instant) for instant in (at(15, 10), at(17), at(21, 23, 59), at(22, 0))]
    assert seen == [1, 3, 5, NOT_PUBLIC]
    assert [over(made, instant) for instant in (at(21, 23, 59), at(22, 0))] == [False, True]
    found = period(made, at(22, 0))
    assert found is not None
    assert (found.url, found.appeared_at, found.ended_at, found.edition) == (URL, at(15), at(22, 0), 1)
    with moment(at(22, 8)), pytest.raises(Conflict, match="已于2023年3月21日届满"):
        publicity_appearances.register_appearance(
            made.officer, call=made.call, appeared_at=at(22, 7), url=URL, shot=SHOT
        )


def test_takedown_hides_the_page_and_the_next_appearance_begins_a_full_period(made: Selection) -> None:
    appear(made, at(15))
    take_down(made, at(17, 9))
    assert facts(period(made, at(17, 12))) == (1, 15, 21, "takedown", 2, 2)
    assert (public(made, at(17, 12)), over(made, at(30))) == (TAKEN_DOWN, False)
    with pytest.raises(NotFound, match=TAKEN_DOWN):
        public_notice.public_document(call=made.call)
    appear(made, at(20))
    assert facts(period(made, at(21))) == (2, 20, 24, None, 1, 2)
    assert (public(made, at(21)), over(made, at(25, 0))) == (2, True)
    with moment(at(21)):
        row_of(made)
        shown = publicity_clock_views.view(made.supervisor, call=made.call)
    assert [(one.number, one.ended_by) for one in shown.periods] == [(1, "takedown"), (2, None)]
    # the text prints 15 to 21 March, and the period is another one now
    assert [str(text)[:32] for text in shown.differing] == [
        "公示正文印的公示时间为2023年3月15日至3月21日，按登记的"
    ]


def test_where_the_rule_says_no_restart_the_time_off_the_website_does_not_count(
    made: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_restart(monkeypatch, restart_on_takedown=False)
    appear(made, at(15))
    take_down(made, at(17, 9))
    appear(made, at(22))
    found = period(made, at(23))
    assert facts(found) == (1, 15, 24, None, 3, 4)  # 15, 16, 22, 23, 24
    assert found is not None and found.appeared_at == at(15)
    assert over(made, at(25, 0))


def test_corrected_edition_ends_the_period_at_its_release(
    made: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    appear(made, at(15))
    known = publicity_periods.editions_of(db.session(), row_of(made))
    first = dataclasses.replace(known[0], gone_at=at(17, 14))
    second = dataclasses.replace(known[0], number=2, released_at=at(17, 14), release_id=-1)
    for anew, wanted in ((True, (2, 20, 24)), (False, (1, 15, 22))):
        without_restart(monkeypatch, restart_on_correction=anew)
        events = publicity_periods.in_force(publicity_periods.events_of(db.session(), row_of(made).id))
        db.session.expunge_all()
        again = type(events[0])(release_id=-1, kind="appeared", at=at(20), url=URL)
        stands = publicity_periods.standings((first, second), [*events, again])
        with moment(at(20, 12)):
            found = publicity_periods.periods_from(
                row_of(made), stands, publicity_periods.office_calendar.calendar()
            )
            gone = publicity_periods.periods_from(
                row_of(made), stands[:1], publicity_periods.office_calendar.calendar()
            )
        assert (found[-1].number, found[-1].first_day.day, found[-1].last_day.day) == wanted
        assert (gone[-1].ended_by, gone[-1].ended_at) == ("corrected", at(17, 14))


def test_wrong_registration_is_corrected_by_a_further_row(made: Selection) -> None:
    wrong = appear(made, at(15))

    def correct(
        event: str, instant: datetime, *, void: bool = False, reason: str = "截图时间有误（示例）"
    ) -> str:
        with moment(at(16, 12)):
            return publicity_appearances.correct(
                made.officer,
                call=made.call,
                event=event,
                at=instant,
                url=URL,
                reason=reason,
                shot=Shot(),
                void=void,
            )

    with pytest.raises(Invalid) as refused:
        correct(wrong, at(16), reason="")
    assert list(refused.value.fields) == ["reason"]
    right = correct(wrong, at(16))
    assert facts(period(made, at(16, 12))) == (1, 16, 22, None, 0, 1)
    shown = publicity_clock_views.view(made.officer, call=made.call)
    first, second = shown.events
    assert (first.replaced_by, second.replaces, second.in_force, first.at) == (2, 1, True, at(15))
    assert first.sha256 == second.sha256 and second.file == first.file
    with pytest.raises(Conflict, match="已经更正"):
        correct(wrong, at(16))
    down = take_down(made, at(16, 11))
    with pytest.raises(Invalid, match="请先更正其后的登记"):
        correct(right, at(16), void=True)
    correct(down, at(16, 11), void=True)
    correct(right, at(16), void=True)
    assert period(made, at(16, 12)) is None
    assert public(made, at(16, 12)) == NOT_PUBLIC
    report = audit.verify()
    assert (report.broken_at, report.changed, report.unbound) == (None, (), 0)
    acts = db.session.scalars(
        sa.select(AuditEntry.action).order_by(AuditEntry.sequence.desc()).limit(5)
    ).all()
    assert acts[::-1] == [
        "register_appearance",
        "correct_publicity",
        "register_takedown",
        "correct_publicity",
        "correct_publicity",
    ]


WHOLE = "请填写公示页面的完整网址，以http://或https://开头。"
BAD: list[tuple[dict[str, object], dict[str, str]]] = [
    ({"appeared_at": None}, {"at": "请填写时间。"}),
    ({"appeared_at": at(15, 13)}, {"at": "时间尚未到，请核对。"}),
    (
        {"appeared_at": at(15, 8, 59)},
        {"at": "刊登时间早于两人同意发布的时间（2023年3月15日09:00），请核对。"},
    ),
    ({"url": "www.example.com"}, {"url": WHOLE}),
    ({"url": "javascript:alert(1)"}, {"url": WHOLE}),
    ({"url": "https://[x", "shot": Shot()}, {"url": WHOLE, "shot": "请上传公示页面的截图。"}),
    ({"shot": Shot("公示.csv", "甲,乙\n".encode())}, {"shot": "截图须是图片（PNG、JPG）或 PDF。"}),
]


def test_bad_registration_is_refused_at_its_field(made: Selection) -> None:
    for given, faults in BAD:
        wanted: dict[str, object] = {"appeared_at": at(15), "url": URL, "shot": SHOT, **given}
        with moment(at(15, 12)), pytest.raises(Invalid) as refused:
            publicity_appearances.register_appearance(made.officer, call=made.call, **wanted)  # type: ignore[arg-type]
        assert {name: str(text) for name, text in refused.value.fields.items()} == faults
    assert publicity_periods.events_of(db.session(), row_of(made).id) == []


def test_only_the_secretariat_registers_and_one_appearance_at_a_time(made: Selection) -> None:
    with moment(at(15, 12)):
        for act in (publicity_appearances.register_appearance,):
            with pytest.raises(NotAllowed):
                act(made.supervisor, call=made.call, appeared_at=at(15), url=URL, shot=SHOT)
        with pytest.raises(Conflict, match="不用登记撤下"):
            take_down(made, at(15, 11))
    appear(made, at(15))
    with pytest.raises(Conflict, match="登记有误的请更正"):
        appear(made, at(16))
    with pytest.raises(Invalid) as refused:
        take_down(made, at(15))
    assert str(refused.value.fields["at"]) == "时间与前后登记的刊登、撤下次序不符，请核对。"
    media_type, data = publicity_clock_views.screenshot(
        made.supervisor,
        call=made.call,
        file=str(publicity_clock_views.view(made.officer, call=made.call).events[0].file),
    )
    assert (media_type, data) == ("application/pdf", SHOT.data)


def test_day_that_differs_from_the_printed_one_is_told_and_the_later_end_holds(made: Selection) -> None:
    appear(made, at(16))
    with moment(at(16, 12)):
        shown = publicity_clock_views.view(made.officer, call=made.call)
    assert [str(text) for text in shown.differing] == [
        "公示正文印的公示时间为2023年3月15日至3月21日，按登记的刊登时间应为2023年3月16日至3月22日。"
        "请在公示稿页发布更正后的公示；更正以前，公示期至2023年3月22日24时届满。"
    ]
    assert facts(period(made, at(22, 12))) == (1, 16, 22, None, 4, 5)


def test_calendar_file_has_beginning_last_day_and_deadline(made: Selection) -> None:
    with pytest.raises(NotFound):
        publicity_clock_views.calendar(made.officer, call=made.call, address="")
    appear(made, at(15))
    with moment(at(15, 12)):
        row_of(made)
        data = publicity_clock_views.calendar(made.officer, call=made.call, address="https://office.example/")
        assert data == publicity_clock_views.calendar(
            made.supervisor, call=made.call, address="https://office.example/"
        )
    lines = read(data)
    assert [value for name, value in lines if name.startswith("DTSTART")] == [
        "20230315",
        "20230321",
        "20230321T160000Z",
    ]
    assert [value for name, value in lines if name == "TRIGGER"] == ["-PT15H", "-PT15H", "-P1D"]
    assert len({value for name, value in lines if name == "UID"}) == 3
    take_down(made, at(17))
    with moment(at(17, 12)), pytest.raises(NotFound):
        row_of(made)
        publicity_clock_views.calendar(made.officer, call=made.call, address="")


def test_last_day_of_an_appearance_is_kept_as_it_came_out(made: Selection) -> None:
    appear(made, at(15))
    (event,) = publicity_periods.events_of(db.session(), row_of(made).id)
    assert event.last_day == date(2023, 3, 21)


def phones(made: Selection, instant: datetime) -> list[str]:
    """The contact phone that everybody reads at that moment."""
    with moment(instant):
        words = public_notice.public(call=made.call).words
        return [value for label, value in words.contacts if label == "联系电话"]


def test_real_correction_stands_beside_the_first_edition_until_it_appears(made: Selection) -> None:
    """The first edition is public until two release its correction; then days begin anew."""
    appear(made, at(15))
    with moment(at(16)):
        publicity.begin_correction(made.officer, call=made.call, reason="联系电话有误（示例）")
        version = publicity_views.get(made.officer, call=made.call).version
        publicity.update(
            made.officer, call=made.call, facts={"contact_phone": "023-00000009"}, base_version=version
        )
    assert phones(made, at(16, 11)) == ["023-00000000（示例）"]
    with moment(at(16, 14)):
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="更正核对完毕（示例）")
        publicity_release.decide_release_notice(made.second, approval=asked, approve=True)
    with moment(at(16, 15)), pytest.raises(NotFound):
        public_notice.public(call=made.call)
    appear(made, at(16, 16))
    assert phones(made, at(16, 17)) == ["023-00000009"]
    found = period(made, at(16, 17))
    assert found is not None
    assert (found.number, found.edition, found.first_day) == (2, 2, date(2023, 3, 16))
