"""会议审定: two officers, the reasons, what ends the call, what follows for the notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from review_portal import clock
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.decision_rules import Choice
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.services import (
    audit,
    calls,
    decision_views,
    decisions,
    dossiers,
    publicity,
    publicity_release,
    publicity_views,
)
from review_portal.services.decisions import Minutes
from review_portal.services.dossiers import Upload
from tests.engines import on_sqlite
from tests.factories_papers import pdf
from tests.factories_selection import (
    CHAIR,
    RANKED,
    Selection,
    ask_decision,
    confirm,
    decide,
    green,
    proposed,
    selection,
)
from tests.selection_copies import copied

LETTER = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
WHY = "经会议研究（示例）"
SCAN = pdf(1)


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A frozen ranking that every expert has confirmed."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def state(made: Selection) -> str:
    return calls.view(made.officer, call=made.call).state


def minutes(**changes: object) -> Minutes:
    plain = Minutes(
        "主任办公会（示例）", local_date(clock.now()), "示例〔2023〕6号", "agreed", "同意（示例）"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_decision_is_recorded_by_one_and_checked_by_another(ranked: Selection) -> None:
    made = ranked
    asked = ask_decision(made, selected=RANKED[:3], scan=SCAN)
    assert state(made) == "ranked" and decision_views.get(made.officer, call=made.call) is None
    with pytest.raises(Conflict):
        ask_decision(made, selected=RANKED[:3])  # sent twice
    for person in (made.officer, made.supervisor, made.expert(CHAIR)):
        with pytest.raises((NotAllowed, NotFound)):
            decisions.decide_decision(person, approval=asked, approve=True)
    decisions.decide_decision(made.second, approval=asked, approve=True, note="已核对（示例）")
    with pytest.raises(Conflict):
        decisions.decide_decision(made.second, approval=asked, approve=True)
    found = decision_views.get(made.supervisor, call=made.call)
    assert found is not None and state(made) == "decided"
    assert (found.outcome, found.result, len(found.selected)) == ("agreed", "full", 3)
    assert [(row.number, row.answer) for row in found.choices] == [
        *((number, "approve") for number in RANKED[:3]),
        (RANKED[3], "reject"),
    ]
    assert found.recorded_by != found.checked_by
    kept = decision_views.scan(made.supervisor, call=made.call, file=found.scan_file)
    assert kept == ("application/pdf", SCAN)
    with pytest.raises(NotFound):
        decision_views.scan(made.expert(CHAIR), call=made.call, file=found.scan_file)
    assert audit.verify().holds


def test_departures_carry_their_reasons_and_the_notice_follows(ranked: Selection) -> None:
    made = ranked
    with pytest.raises(Invalid) as refused:
        ask_decision(made, selected=[RANKED[0], RANKED[3]])
    wanted = {f"reason-{made.numbers[number]}" for number in (RANKED[1], RANKED[2], RANKED[3])}
    assert set(refused.value.fields) == wanted
    decide(made, selected=[RANKED[0], RANKED[3]], departures=WHY)
    found = decision_views.get(made.officer, call=made.call)
    assert found is not None
    assert (found.outcome, found.result, found.departures) == ("adjusted", "short", WHY)
    assert [row.reason for row in found.choices] == ["", WHY, WHY, WHY]
    publicity.draft(made.officer, call=made.call)
    assert len(publicity_views.get(made.officer, call=made.call).words.rows) == 2


def test_matter_put_off_stays_ranked_and_a_later_meeting_decides(ranked: Selection) -> None:
    made = ranked
    asked = ask_decision(made, selected=[], minutes=minutes(outcome="deferred", departures=WHY))
    decisions.decide_decision(made.second, approval=asked, approve=True)
    publicity.draft(made.officer, call=made.call)
    assert (state(made), publicity_views.get(made.officer, call=made.call).preview) == ("ranked", True)
    with pytest.raises(Conflict):
        publicity_release.ask_release(made.officer, call=made.call, reason="提交发布（示例）")
    decide(made, selected=proposed(made))
    found = decision_views.history(made.officer, call=made.call)
    assert [item.result for item in found] == ["full", "deferred"]
    assert state(made) == "decided"


def test_call_without_any_selected_unit_ends_and_its_notice_says_so(ranked: Selection) -> None:
    made = ranked
    decide(made, selected=[], departures=WHY)
    found = decision_views.get(made.officer, call=made.call)
    assert found is not None
    assert (state(made), found.result) == ("void", "vacant")
    publicity.draft(made.officer, call=made.call)
    text = publicity_views.plain_text(made.officer, call=made.call)[1].decode()
    assert "本批次没有符合条件的单位" in text
    for act in (
        lambda: publicity_release.ask_release(made.officer, call=made.call, reason="提交发布（示例）"),
        lambda: ask_decision(made, selected=proposed(made)),
    ):
        with pytest.raises(Conflict):
            act()


@on_sqlite
def test_shortlist_on_which_nobody_stands_is_decided_as_it_is(app: Flask) -> None:
    """No unit reaches the least score: nobody is heard, the meeting can only find that nobody qualifies."""
    low = dict.fromkeys(green().shares, "0.55")
    made = selection(app, "shortlisted", replace(green(), shares=low, withdrawn="", cases=()))
    with app.app_context():
        with pytest.raises(Conflict):  # nobody has confirmed
            ask_decision(made, selected=[], departures=WHY)
        confirm(made, made.written)
        found = decision_views.docket(made.officer, call=made.call)
        assert found is not None and all(one.bar is not None for one in found.candidates)
        assert "没有单位达到最低得分70.00分，本批次无符合条件单位。" in [
            str(text) for text in found.sentences
        ]
        decide(made, selected=[], departures=WHY)
        assert state(made) == "void"
        publicity.draft(made.officer, call=made.call)
        assert publicity_views.get(made.officer, call=made.call).words.rows == ()


def test_faults_are_told_together_at_their_fields(ranked: Selection) -> None:
    made, today = ranked, local_date(clock.now())
    with pytest.raises(Invalid) as refused:
        ask_decision(
            made,
            selected=RANKED[:3],
            minutes=Minutes("", today + timedelta(days=1), " ", "", "x" * 1001),
            scan=b"",
        )
    assert set(refused.value.fields) == {
        "meeting",
        "minutes_number",
        "conclusion",
        "held_on",
        "outcome",
        "scan",
    }
    for changes, field, sentence in (
        ({"scan": b"not a scan"}, "scan", ""),
        ({"minutes": minutes(held_on=None)}, "held_on", "请填写会议日期。"),
        (
            {"minutes": minutes(held_on=today - timedelta(days=2))},
            "held_on",
            "会议日期早于排名冻结之日，请核对。",
        ),
    ):
        with pytest.raises(Invalid) as wrong:
            ask_decision(made, selected=RANKED[:3], **changes)
        assert sentence in str(wrong.value.fields[field])
    with pytest.raises(Conflict):
        decisions.ask_decision(
            made.officer,
            call=made.call,
            digest="0" * 64,
            minutes=minutes(),
            choices={made.numbers[number]: Choice("approve") for number in RANKED},
            scan_name="纪要.pdf",
            scan=SCAN,
        )


def test_unit_that_withdraws_while_the_request_waits_is_not_selected(ranked: Selection) -> None:
    made = ranked
    asked = ask_decision(made, selected=RANKED[:3])
    dossiers.withdraw(made.officer, dossier=made.numbers[RANKED[0]], reason="来函撤回（示例）", letter=LETTER)
    with pytest.raises(Conflict) as refused:
        decisions.decide_decision(made.second, approval=asked, approve=True)
    assert str(refused.value) == f"申请提出后有单位不能再列为入选：{RANKED[0]}。请由申请人重新登记。"
    decisions.decide_decision(made.second, approval=asked, approve=False, note="单位已撤回（示例）")
    decide(made, selected=RANKED[1:3], departures=WHY)
    assert state(made) == "decided"
