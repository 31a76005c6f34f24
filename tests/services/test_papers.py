"""All papers of a call from one catalogue: each comes out, the same each time, and none before its time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.domain.errors import NotFound
from review_portal.models.calls import Call
from review_portal.services import documents, objection_acts, objections, publicity, scopes
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import GROUPS, Paper
from tests import factories_lists as lists
from tests.exports.docx_reading import opened
from tests.factories_objections import LETTER, SECRETS, file
from tests.factories_selection import PANEL, Selection
from tests.posting import at
from tests.selection_copies import copied

OF_POINTS = {"own_list", "summary", "cases", "opinions", "workbook", "request"}


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def papers(made: Selection) -> tuple[Call, list[Paper]]:
    call = scopes.office_call(made.officer, made.call)
    return call, catalogue.listed(made.officer, call)


def test_kinds_are_told_apart_and_belong_to_a_step() -> None:
    kinds = [source.kind for source in catalogue.SOURCES]
    assert len({kind.key for kind in kinds}) == len(kinds)
    assert {kind.group for kind in kinds} <= set(GROUPS)


def test_every_paper_of_a_ranked_call_comes_out_twice_the_same(ranked: Selection) -> None:
    call, found = papers(ranked)
    assert len({paper.key for paper in found}) == len(found)
    assert len({paper.name for paper in found}) == len(found)
    assert {paper.kind.key for paper in found} >= OF_POINTS
    places = [list(GROUPS).index(paper.kind.group) for paper in found]
    assert places == sorted(places)
    for paper in found:
        name, data = catalogue.make(ranked.officer, call, paper)
        assert name.replace("_待填", "") == f"{paper.name}.{paper.kind.suffix}"
        assert (name, data) == catalogue.make(ranked.officer, call, paper)
        if paper.kind.suffix == "docx":
            assert opened(data) is not None
        else:
            assert zipfile.is_zipfile(io.BytesIO(data))
        open_ = paper.kind.key == "sign_in" or paper.name.endswith("_草稿")  # no timetable yet, not issued
        assert paper.dated is not None or open_


def test_each_expert_has_a_list_to_sign_that_carries_no_name(ranked: Selection) -> None:
    _call, found = papers(ranked)
    lists = [paper for paper in found if paper.kind.key == "own_list"]
    assert len(lists) == 2 * len(PANEL)  # two rounds
    for paper in lists:
        assert not any(name in paper.name for name in PANEL)


def test_no_paper_tells_of_points_before_reconciliation_has_ended(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "sealed", tmp_path) as made, made.app.app_context():
        _call, found = papers(made)
        assert not {paper.kind.key for paper in found} & OF_POINTS
        with pytest.raises(NotFound):
            documents.document(made.officer, call=made.call, key=("summary", made.written, 1))


def test_papers_are_the_offices_alone(ranked: Selection) -> None:
    with pytest.raises(NotFound):
        documents.listing(ranked.expert(PANEL[1]), call=ranked.call)
    for group in documents.listing(ranked.supervisor, call=ranked.call):
        for paper in group.papers:
            documents.document(ranked.supervisor, call=ranked.call, key=paper.key)
    with pytest.raises(NotFound):
        documents.document(ranked.officer, call=ranked.call, key=("minutes", "a" * 12, 1))
    with pytest.raises(NotFound):
        documents.document(ranked.officer, call=ranked.call, key=("nothing", "a" * 12, 1))


def test_papers_of_publicity_come_with_its_steps_and_name_nobody(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "decided", tmp_path) as made, made.app.app_context():
        assert not of_publicity(made)
        publicity.draft(made.officer, call=made.call)
        assert of_publicity(made) == {"notice": ["公示稿_草稿"]}
        lists.publish(made)
        assert of_publicity(made) == {"notice": ["公示_第1版"]}
        publicity.begin_correction(made.officer, call=made.call, reason="联系电话有误（示例）")
        assert of_publicity(made) == {"notice": ["公示_第1版", "更正公示稿_草稿"]}
        entry = file(made.officer, made.call)
        assert of_publicity(made)["objections"] == ["异议登记表"]
        assert not [kind for kind in of_publicity(made) if kind.startswith("objection_")]
        objections.classify(made.officer, objection=entry, route="accept", reason="符合受理条件（示例）")
        with at(lists.PUBLISHED):
            objection_acts.take_step(
                made.officer, objection=entry, act="acknowledge", text="受理（示例）", letter=LETTER
            )
        assert of_publicity(made)["objection_acknowledge"] == ["异议受理通知_YY-001"]
        call = scopes.office_call(made.officer, made.call)
        for paper in catalogue.listed(made.officer, call, kinds=set(of_publicity(made))):
            _check_paper(made, paper)


def test_final_list_and_letters_on_it_are_papers_once_it_is_final(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "decided", tmp_path) as made, made.app.app_context():
        lists.publish(made)
        lists.drafted(made)
        assert of_publicity(made) == {"notice": ["公示_第1版"]}  # a draft of the list is no paper
        lists.settle(made)
        found = of_publicity(made)
        assert found["final_list"] == ["公布名单的通知_第1版"]
        assert found["result_letters"] == ["结果告知书_名单第1版"]
        call = scopes.office_call(made.officer, made.call)
        for paper in catalogue.listed(made.supervisor, call, kinds={"final_list", "result_letters"}):
            _check_paper(made, paper)


def of_publicity(made: Selection) -> dict[str, list[str]]:
    """Kind -> names of its papers."""
    found: dict[str, list[str]] = {}
    for paper in papers(made)[1]:
        if paper.kind.group == "publicity":
            found.setdefault(paper.kind.key, []).append(paper.name)
    return found


def _check_paper(made: Selection, paper: Paper) -> None:
    call = scopes.office_call(made.officer, made.call)
    name, data = catalogue.make(made.officer, call, paper)
    assert (name, data) == catalogue.make(made.supervisor, call, paper)
    text = "".join(line.text for line in opened(data).paragraphs)
    assert text and not [word for word in SECRETS if word in text]
    assert paper.dated is not None
