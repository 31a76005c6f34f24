"""After a freeze: a unit that withdraws leaves every figure as it was, and no unfit unit is selected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.domain.decision_rules import Choice
from review_portal.domain.errors import Invalid
from review_portal.services import calls, defense_records, defense_room, dossiers, ranking, report
from review_portal.services.dossiers import Upload
from tests.factories_selection import (
    ABSENT,
    BELOW,
    RANKED,
    WITHDRAWN,
    Selection,
    ask_decision,
    attendees,
    decide,
)
from tests.factories_selection import (
    _rank as rank,
)
from tests.selection_copies import copied

LETTER = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")


@pytest.fixture(params=["shortlisted", "ranked"])
def frozen(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection in which something is frozen, inside an application context."""
    with copied(request, engine_name, request.param, tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection with its final ranking frozen, inside an application context."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def withdraw(made: Selection, number: str) -> None:
    dossiers.withdraw(
        made.officer, dossier=made.numbers[number], reason="申报单位来函撤回（示例）", letter=LETTER
    )


def test_frozen_ranking_still_comes_out_of_its_sheets(frozen: Selection) -> None:
    before = ranking.verify(frozen.officer, call=frozen.call)
    withdraw(frozen, RANKED[2])
    assert ranking.verify(frozen.officer, call=frozen.call) == before
    assert [found.holds for found in before] == [True] * len(before)


def test_papers_of_frozen_scores_stay_the_same_bytes(ranked: Selection) -> None:
    papers = (
        lambda: report.workbook(ranked.officer, call=ranked.call),
        lambda: report.summary_sheet(ranked.officer, round_=ranked.written),
        lambda: report.summary_sheet(ranked.officer, round_=ranked.defense),
    )
    before = [paper() for paper in papers]
    withdraw(ranked, RANKED[2])
    assert [paper() for paper in papers] == before


def test_decision_selects_no_unit_without_a_place(ranked: Selection) -> None:
    for number in (ABSENT, BELOW, WITHDRAWN):
        choices = {ranked.numbers[number]: Choice("approve", "经会议研究调整（示例）")}
        with pytest.raises(Invalid) as refused:
            ask_decision(ranked, selected=[], choices=choices)
        assert str(refused.value) == "入选单位须从冻结的排名中选择，请刷新后重新填写。"
    assert calls.view(ranked.officer, call=ranked.call).state == "ranked"


def test_decision_selects_no_unit_that_has_withdrawn_since(ranked: Selection) -> None:
    withdraw(ranked, RANKED[0])
    with pytest.raises(Invalid) as refused:
        decide(ranked, selected=[RANKED[0], RANKED[1]], departures="经会议研究调整（示例）")
    assert str(refused.value.fields[f"answer-{ranked.numbers[RANKED[0]]}"]) == "已撤回，不能列为入选。"
    decide(ranked, selected=[RANKED[1]], departures="申报单位已撤回（示例）")
    assert calls.view(ranked.officer, call=ranked.call).state == "decided"


def test_decision_selects_no_unit_that_the_panel_does_not_recommend(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "defending", tmp_path) as made, made.app.app_context():
        slot = next(
            row
            for row in defense_room.list_slots(made.officer, round_=made.defense)
            if row.number == RANKED[0]
        )
        defense_records.record(
            made.officer,
            slot=slot.public_id,
            attendees=attendees(),
            result="not_recommended",
            reason="更正专家组结论（示例）",
        )
        rank(made)
        with pytest.raises(Invalid) as refused:
            decide(made, selected=[RANKED[0]], departures="经会议研究调整（示例）")
        sentence = str(refused.value.fields[f"answer-{made.numbers[RANKED[0]]}"])
        assert sentence == "专家组结论为不推荐，不能列为入选。"
