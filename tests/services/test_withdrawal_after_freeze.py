"""A unit that withdraws after a freeze leaves its place empty and every frozen figure as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.services import dossiers, ranking, report
from review_portal.services.dossiers import Upload
from tests.factories_selection import RANKED, Selection
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
