"""Flags beside deviation and range: comments against their points, experts as a whole; what a case keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import transaction
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.reviews import Review
from review_portal.services import case_views, overviews, points, reconciliation, rounds
from review_portal.services.overviews import Flag, Overview, OverviewRow
from review_portal.services.revisions import add_revision, sheet_of
from tests import form_documents
from tests.factories_selection import CHAIR, OPINION, PANEL, RANKED, Selection
from tests.factories_selection import _unseal as unseal
from tests.selection_copies import copied

EXPERT, NUMBER = PANEL[1], RANKED[1]
BLAMING = "满分项目，但依据不足，缺少可核查的数据（示例）。"
PRAISING = "内容完整，依据充分（示例）。"
QUESTION = "请说明评分理由与得分为何不一致（示例）。"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Unsealed; one expert gave full marks to an item and a low level to another, with the wrong reasons."""
    items = {item.key: item for item in form_documents.green_call().rubric_of("written_review").items}
    with copied(request, engine_name, "sealed", tmp_path) as made, made.app.app_context():
        with transaction() as session:
            review = session.scalars(
                sa.select(Review)
                .join(Expert, Expert.id == Review.expert_id)
                .join(Dossier, Dossier.id == Review.dossier_id)
                .where(Dossier.number == NUMBER, Expert.name == EXPERT)
            ).one()
            given = sheet_of(session, review.revision_id or 0)
            changed = {"C1.1": items["C1.1"].max_score, "C2.1": Decimal(1)}
            said = {**given.comments, "C1.1": BLAMING, "C2.1": PRAISING, "C3.1": PRAISING}
            planted = replace(given, points={**given.points, **changed}, comments=said)
            add_revision(session, review, planted, request_key="planted", reason="（示例）")
        unseal(made, made.written)
        yield made


def test_comment_that_contradicts_its_points_is_flagged_kept_with_the_case_and_not_passed_over(
    made: Selection,
) -> None:
    code, chair = made.codes(made.written)[EXPERT], made.expert(CHAIR)
    found = overviews.overview(chair, round_=made.written)
    ((row, flag),) = found.unasked()
    words = f"{code}在C1.1 服务覆盖面与服务量评满分10.00分，评分理由却指出不足：不足、缺少。共2项如此。"
    assert (row.number, flag.kind, flag.code, str(flag.reason)) == (NUMBER, "contradiction", code, words)
    assert [(line["item"][:4], line["level"], line["words"]) for line in flag.figures["contradiction"]] == [
        ("C1.1", "", "不足、缺少"),
        ("C2.1", "较差", "完整、充分"),  # praise beside C3.1 is in order: its level is not a low one
    ]
    assert row.triggers_on(code) == ("contradiction",)
    with pytest.raises(Invalid):
        rounds.finish_round(chair, round_=made.written)
    reconciliation.open_cases(
        chair,
        round_=made.written,
        dossier=row.dossier,
        codes=[code],
        question=QUESTION,
        trigger="contradiction",
    )
    (case,) = case_views.list_cases(chair, round_=made.written)
    assert (case.trigger, [str(reason) for reason in case.reasons]) == ("contradiction", [words])
    assert overviews.overview(chair, round_=made.written).unasked() == []


def test_opinions_are_read_by_code_for_the_dossiers_asked_about(made: Selection) -> None:
    here = [made.numbers[NUMBER], made.numbers[RANKED[0]]]
    said = points.opinions_of(made.expert(CHAIR), round_=made.written, dossiers=here)
    assert {dossier: len(lines) for dossier, lines in said.items()} == {here[0]: 5, here[1]: 4}
    assert {line.opinion for lines in said.values() for line in lines} == {OPINION}
    assert [line.code for line in said[here[0]]] == sorted(made.codes(made.written).values())


def test_flag_on_an_expert_stands_behind_a_case_only_where_it_is_what_was_asked() -> None:
    severe = Flag("severity", "E01", mark("偏严"), False, {"severity": {"points": "-9.0"}})
    totals = {"E01": Decimal(60), "E02": Decimal(70)}
    row = OverviewRow("id", "N1", "单位", totals, {}, Decimal(65), Decimal(10), (), (severe,))
    assert (row.triggers_on("E01"), row.triggers_on("E01", "severity")) == ((), ("severity",))
    assert (row.triggers_on("E02", "severity"), row.figures_on("E02")) == ((), {})
    assert row.figures_on("E01") == {"severity": {"points": "-9.0"}}
    data = Overview(("E01", "E02"), (row,), (severe,), (), ())
    assert [(found.number, flag.code) for found, flag in data.unasked()] == [("", "E01")]
    asked = Overview(("E01", "E02"), (row,), (replace(severe, asked=True),), (), ())
    assert asked.unasked() == []
