"""Two panels of one stage: dossiers shared out, each panel's own list, one ranking over those who went on."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from flask import Flask

from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.services import (
    assignments,
    calls,
    confirmations,
    defense_room,
    defenses,
    panel_splits,
    panels,
    ranking,
    ranking_insight,
    ranking_verification,
    report,
    rounds,
    supervision,
    vacant_rankings,
)
from review_portal.services.assignment_grid import list_assignments
from review_portal.services.ranking_words import fixed_sentences
from review_portal.services.worklist import worklist
from review_portal.worker import Worker
from tests import factories_panels as scene
from tests import factories_reexaminations as objections
from tests.archive_checks import assert_archive_holds
from tests.conftest import build_app, close
from tests.exports.spreadsheet import assert_recounted
from tests.factories import TEA_GARDEN
from tests.factories_panels import FIRST, SECOND, TASTERS, TwoPanels, named
from tests.factories_selection import decide

REASON = "第一组有专家须回避该单位，改由第二组评审（示例）。"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal whose only rubric folder is that of a call in two panels."""
    made = build_app(tmp_path, database_url, rubrics=scene.folder(tmp_path / "rules"))
    yield made
    close(made)


def numbers_of(made: TwoPanels, round_: str) -> set[str]:
    """Numbers of the dossiers that a round scores."""
    return {row.number for row in list_assignments(made.officer, round_=round_).dossiers}


def refusal(made: TwoPanels, round_: str) -> str:
    """Why a round does not open."""
    with pytest.raises(Conflict) as refused:
        rounds.open_round(made.officer, round_=round_, deadline=None)
    return str(refused.value)


def split(made: TwoPanels, changed: dict[str, str], reason: str = "") -> None:
    """Shared out in turn, but for the dossiers (by number) that are named with another round."""
    other = {made.numbers[number]: round_ for number, round_ in changed.items()}
    panel_splits.record(made.officer, call=made.call, choices=scene.in_turn(made) | other, reason=reason)


def test_dossiers_are_shared_out_before_the_panels_open(app: Flask) -> None:
    made = scene.two_panels(app, "closed")
    with app.app_context():
        names = [row.name for row in calls.view(made.officer, call=made.call).rounds]
        assert names == ["入园踏勘（第一组）", "入园踏勘（第二组）", "盲评品茶"]
        panels.set_panel(made.officer, round_=made.written, experts=named(made, FIRST))
        with pytest.raises(Conflict) as unsplit:
            assignments.assign_all(made.officer, round_=made.written)
        assert str(unsplit.value).startswith("本环节分组评审，申报材料尚未分组。")
        assert not panel_splits.view(made.officer, call=made.call).recorded

        for viewer, kind in ((made.supervisor, NotAllowed), (made.expert(FIRST[0]), NotFound)):
            with pytest.raises(kind):
                panel_splits.record(viewer, call=made.call, choices=scene.in_turn(made))
        for choices, sentence in (
            ({}, "还有6份材料没有选定评审组。"),
            (dict.fromkeys(made.numbers.values(), made.written), "每个评审组至少要有一份材料。"),
            (
                scene.in_turn(made) | {made.numbers["2030-001"]: made.defense},
                "材料或评审组已有变化，未作任何改动。请刷新页面后重新选择。",
            ),
        ):
            with pytest.raises(Invalid) as invalid:
                panel_splits.record(made.officer, call=made.call, choices=choices)
            assert str(invalid.value) == sentence
        with pytest.raises(Invalid) as unreasoned:
            split(made, {"2030-001": made.other}, "偏")
        assert list(unreasoned.value.fields) == ["reason"]

        split(made, {})
        split(made, {})  # sent twice
        assert panel_splits.view(made.officer, call=made.call).method == "dealt"
        assert numbers_of(made, made.written) == {"2030-001", "2030-003", "2030-005"}
        assignments.assign_all(made.officer, round_=made.written)
        split(made, {"2030-001": made.other}, REASON)
        assert list_assignments(made.officer, round_=made.written).count("assigned") == 6
        assert numbers_of(made, made.other) == {"2030-001", "2030-002", "2030-004", "2030-006"}
        shown = panel_splits.view(made.officer, call=made.call)
        assert (shown.method, shown.reason, shown.recorded) == ("chosen", REASON, True)
        told = [str(line.action) for line in supervision.told_trail(made.supervisor, call=made.call)]
        assert told.count("split_panels") == 2

        plain = calls.create_call(made.officer, folder=TEA_GARDEN.name)
        for act in (panel_splits.view, partial(panel_splits.record, choices={})):
            with pytest.raises(NotFound):  # one panel scores everything: there is nothing to share out
                act(made.officer, call=plain)

        rounds.open_round(made.officer, round_=made.written, deadline=None)
        with pytest.raises(Conflict) as opened:
            split(made, {})
        assert str(opened.value) == "已有评审组开启评审，材料分组不能再改。"


def test_expert_sits_on_one_panel_of_a_stage(app: Flask) -> None:
    made = scene.two_panels(app, "assigned")
    with app.app_context():
        with pytest.raises(Conflict) as refused:
            panels.set_panel(made.officer, round_=made.other, experts=named(made, (*SECOND, FIRST[0])))
        sentence = f"{FIRST[0]}已在入园踏勘（第一组），同一环节每位专家只参加一组。请另选专家。"
        assert str(refused.value) == sentence
        rounds.open_round(made.officer, round_=made.written, deadline=None)  # each panel opens by itself
        assert [round_.name for round_ in worklist(made.expert(FIRST[1]))] == ["入园踏勘（第一组）"]
        assert worklist(made.expert(SECOND[1])) == ()
        panels.set_panel(made.officer, round_=made.defense, experts=named(made, TASTERS))
        assert refusal(made, made.defense) == "上一轮评审尚未结束。"


def test_panels_make_their_own_lists_and_one_ranking(app: Flask, tmp_path: Path) -> None:
    made = scene.two_panels(app, "finished")
    with app.app_context():
        chair, other = made.expert(FIRST[0]), made.expert(SECOND[0])
        with pytest.raises(NotFound):
            ranking.view(chair, round_=made.other)  # the other panel's list is not this chair's
        scene.freeze(made, made.written, FIRST[0])
        with pytest.raises(Conflict) as waiting:
            defenses.prepare(made.officer, round_=made.defense)
        names = "以下各组尚未冻结入围名单，请各组组长先冻结：入园踏勘（第二组）。"
        assert str(waiting.value) == refusal(made, made.defense) == names

        scene.freeze(made, made.other, SECOND[0])
        first, second = ranking.view(chair, round_=made.written), ranking.view(other, round_=made.other)
        assert listed(first.rows) == [
            (1, "2030-001", "20.00", "shortlisted"),
            (2, "2030-003", "17.00", "shortlisted"),
            (3, "2030-005", "16.00", "not_shortlisted"),  # better than the best of the other panel
        ]
        assert listed(second.rows) == [
            (1, "2030-002", "15.00", "shortlisted"),
            (2, "2030-004", "13.00", "shortlisted"),
            (3, "2030-006", "8.00", "below_threshold"),
        ]
        assert str(first.sentences[0]) == "得分和名次只在第一组内比较，不与其他组比较。"
        with pytest.raises(Conflict) as unseated:
            defenses.prepare(made.officer, round_=made.defense)
        assert str(unseated.value).startswith("上一环节分组评审，本轮专家组不能沿用。")

        scene.rank(made)
        with pytest.raises(Conflict):  # the empty ranking is for the case that nobody goes on
            ranking.freeze(chair, round_=made.written, digest="", nobody=True)
        slots = defense_room.list_slots(made.officer, round_=made.defense)
        assert {slot.number for slot in slots} == {"2030-001", "2030-002", "2030-003", "2030-004"}
        final = ranking.final_view(made.officer, call=made.call)
        assert listed(final.rows) == [  # by the tasting alone
            (1, "2030-002", "9.00", "proposed"),
            (2, "2030-004", "8.00", "proposed"),
            (3, "2030-003", "7.00", "ranked"),
            (4, "2030-001", "6.00", "ranked"),
        ]
        assert final.rows[0]["stage_scores"] == {"blind_tasting": "9.00"}
        assert [(row["number"], row["code"]) for row in final.outside] == [
            ("2030-005", "not_shortlisted"),
            ("2030-006", "not_shortlisted"),
        ]
        assert final.body["rule"]["tie_keys"] == "stage.blind_tasting"  # the visit's key compares in a panel
        said = [str(sentence) for sentence in final.effects]
        assert said[:2] == [f"{name}入围名单：名单未因复议改变。" for name in ("第一组", "第二组")]
        assert [found.holds for found in ranking.verify(made.officer, call=made.call)] == [True] * 3
        assert_archive_holds(made.call, tmp_path / "archive")
        lists = [
            (line.kind, line.panel) for line in supervision.watch(made.supervisor, call=made.call).rankings
        ]
        assert lists == [("shortlist", "第一组"), ("shortlist", "第二组"), ("final", "")]
        assert_explained(made)
        assert_printed(made)
        assert_archive_holds(made.call, tmp_path / "archive")
        confirmed_and_decided(made, [row["number"] for row in final.rows if row["outcome"] == "proposed"])


def all_confirm(made: TwoPanels, parts: Mapping[str, tuple[str, ...]], chosen: list[str]) -> None:
    """Round -> its experts; while one round waits nothing is decided."""
    for round_, names in parts.items():
        with pytest.raises(Conflict) as waiting:
            decide(made, selected=chosen)
        assert "还有专家未确认“与本人评分一致”" in str(waiting.value)
        for name in names:
            own = confirmations.own(made.expert(name), round_=round_)
            confirmations.answer(made.expert(name), round_=round_, digest=own.digest, agrees=True)


def confirmed_and_decided(made: TwoPanels, chosen: list[str]) -> None:
    """Every expert of every panel confirms; an objection that changes nothing leaves the lists."""
    parts = {**made.parts, made.defense: TASTERS}
    all_confirm(made, parts, chosen)
    reexamined = objections.opened(made, "correct", [chosen[0]])
    objections.settle(made, reexamined, TASTERS[0])
    decide(made, selected=chosen)
    assert calls.view(made.officer, call=made.call).state == "decided"
    checked = ranking_verification.verify()
    assert [(one.kind, one.version, one.holds) for one in checked] == [
        ("shortlist", 1, True),
        ("shortlist", 1, True),
        ("final", 1, True),
        ("final", 2, True),
    ]


def assert_explained(made: TwoPanels) -> None:
    """Each panel's list and the ranking have their own analysis, of what counts there."""
    Worker(made.app).work_off()
    found = []
    for round_, name in ((made.written, FIRST[0]), (made.other, SECOND[0]), (made.defense, TASTERS[0])):
        body = ranking.view(made.expert(name), round_=round_).body
        insight = ranking_insight.get(made.expert(name), round_=round_, body=body)
        assert insight.body["problem"] is None
        found.append((insight.body["order"], [stage["key"] for stage in insight.body["stages"]]))
    assert found == [
        (["2030-001", "2030-003", "2030-005"], ["garden_visit"]),
        (["2030-002", "2030-004", "2030-006"], ["garden_visit"]),
        (["2030-002", "2030-004", "2030-003", "2030-001"], ["blind_tasting"]),
    ]


def listed(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [(row["rank"], row["number"], row["final"], row["outcome"]) for row in rows]


def assert_printed(made: TwoPanels) -> None:
    """The workbook keeps the panels apart and ranks by what counts."""
    data = report.workbook(made.officer, call=made.call)[1]
    assert_recounted(data)
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    cells = [[cell.value for cell in row if cell.value is not None] for row in book["分组入围"]]
    assert [row[:2] for row in cells if row and row[0] in (1, 2, 3)] == [
        [1, "2030-001"],
        [2, "2030-003"],
        [3, "2030-005"],
        [1, "2030-002"],
        [2, "2030-004"],
        [3, "2030-006"],
    ]
    heads = [cell.value for cell in book["排名"][4]]
    assert "盲评品茶" in heads
    assert not [head for head in heads if "入园踏勘" in str(head)]
    assert "评分汇总（入园踏勘（第二组））" in book.sheetnames
    paper, _data = report.summary_sheet(made.officer, round_=made.other)
    assert paper == f"评分汇总表_入园踏勘（第二组）_{made.other}.docx"


def test_nobody_over_the_threshold_leads_to_an_empty_ranking_for_the_meeting(
    app: Flask, tmp_path: Path
) -> None:
    made = scene.two_panels(app, "finished", dict.fromkeys(scene.SHARES, "0.40"))
    with app.app_context():
        chair = made.expert(FIRST[0])
        scene.freeze(made, made.written, FIRST[0])
        assert vacant_rankings.offered(chair, round_=made.written) is None  # the other panel has not frozen
        with pytest.raises(Conflict) as early:
            ranking.freeze(chair, round_=made.written, digest="", nobody=True)
        assert str(early.value) == "还有轮次未结束复议，暂不能排名。"
        scene.freeze(made, made.other, SECOND[0])
        said = [str(item) for item in ranking.view(chair, round_=made.written).sentences]
        assert "没有单位达到入围最低分12分，无单位进入下一环节。" in said
        panels.set_panel(made.officer, round_=made.defense, experts=named(made, TASTERS))
        with pytest.raises(Conflict) as empty:
            defenses.prepare(made.officer, round_=made.defense)
        assert str(empty.value) == "入围名单中没有可以参加答辩的单位。"

        offered = vacant_rankings.offered(chair, round_=made.written)
        assert offered is not None
        with pytest.raises(NotAllowed):
            ranking.freeze(made.officer, round_=made.written, digest=offered["digest"], nobody=True)
        ranking.freeze(chair, round_=made.written, digest=offered["digest"], nobody=True)
        assert vacant_rankings.offered(chair, round_=made.written) is None
        final = ranking.final_view(made.officer, call=made.call)
        assert (final.rows, len(final.outside), {row["code"] for row in final.outside}) == (
            [],
            6,
            {"not_shortlisted"},
        )
        assert [str(item) for item in final.sentences] == [
            "没有单位进入下一环节，本次排名没有拟遴选单位，提请会议审定。",
            "没有单位达到最低得分12.00分，本批次无符合条件单位。",
            "第一组入围名单：名单未因复议改变。",
            "第二组入围名单：名单未因复议改变。",
        ]
        gone = [{**line, "admission": {"outcome": "shortlisted"}} for line in final.outside]
        assert fixed_sentences({**final.body, "outside": gone}, final.rules) == ()
        assert [found.holds for found in ranking.verify(made.officer, call=made.call)] == [True] * 3
        book = openpyxl.load_workbook(
            io.BytesIO(report.workbook(made.officer, call=made.call)[1]), data_only=True
        )
        assert [sheet for sheet in book.sheetnames if sheet.startswith("评分汇总")] == [
            "评分汇总（入园踏勘（第一组））",
            "评分汇总（入园踏勘（第二组））",
        ]
        all_confirm(made, made.parts, [])
        decide(made, selected=(), departures="本批次无符合条件单位（示例）")
        assert calls.view(made.officer, call=made.call).state == "void"
