"""A tie across the cut that the keys leave open: voted on by the panel or sent up, never by the chair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.experts import Expert
from review_portal.models.tie_votes import TieChoice
from review_portal.services import audit, dossiers, late_conflicts, ranking, tie_reading, tie_votes
from review_portal.services.dossiers import Upload
from review_portal.services.tie_reading import TieView
from tests.archive_checks import assert_archive_holds
from tests.factories_opinions import agree
from tests.factories_selection import CHAIR, PANEL, RANKED, Selection
from tests.selection_copies import copied

FIRST, SECOND = RANKED[2], RANKED[3]
REASON = "专家组表决未能分出先后（示例）。"
ABSENT = "该专家因病住院不能参加（示例）。"
LETTER = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")


@pytest.fixture
def tied(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Both rounds finished; third and fourth are equal in every key, for one place. No opinions yet."""
    with copied(request, engine_name, "tied", tmp_path) as made, made.app.app_context():
        yield made


def seen(made: Selection) -> TieView:
    db.session.rollback()
    return tie_reading.view(made.expert(CHAIR), round_=made.defense)


def opened(made: Selection) -> str:
    return tie_votes.open_vote(made.expert(CHAIR), round_=made.defense, contest=seen(made).contest)


def vote(made: Selection, ballot: str, name: str, *numbers: str) -> None:
    tie_votes.cast(
        made.expert(name), vote=ballot, named=[made.numbers[n] for n in numbers], abstain=not numbers
    )


def outcomes(made: Selection) -> dict[str, str]:
    db.session.rollback()
    rows = ranking.view(made.expert(CHAIR), round_=made.defense).rows
    return {row["number"]: row["outcome"] for row in rows}


def freeze(made: Selection) -> str:
    chair = made.expert(CHAIR)
    shown = ranking.view(chair, round_=made.defense)
    return ranking.freeze(
        chair, round_=made.defense, digest=shown.digest, look="维持原规则，已说明（示例）。"
    )


def refused(act: Callable[[], object]) -> str:
    with pytest.raises((Conflict, Invalid)) as problem:
        act()
    return str(problem.value)


def test_vote_waits_for_opinions_and_decides_who_is_proposed(tied: Selection, tmp_path: Path) -> None:
    view = seen(tied)
    assert (view.state, view.places, [unit.number for unit in view.units]) == ("open", 1, [FIRST, SECOND])
    assert sorted(view.voters) == sorted(PANEL)  # the one recused expert is so from another unit
    assert refused(lambda: opened(tied)).startswith(f"{FIRST}、{SECOND}的专家组意见尚未形成")
    agree(tied)
    assert outcomes(tied) == {**dict.fromkeys(RANKED[:2], "proposed"), FIRST: "tied", SECOND: "tied"}
    assert refused(lambda: freeze(tied)).startswith("遴选界线上有单位并列，须先由专家表决")
    ballot = opened(tied)
    assert opened(tied) == ballot  # a second click opens no second ballot
    for name, number in zip(PANEL[:3], (SECOND, FIRST, SECOND), strict=True):
        vote(tied, ballot, name, number)
    chair = tied.expert(CHAIR)
    assert refused(lambda: tie_votes.close(chair, vote=ballot)) == (
        "有表决权5人，已参加3人，未达到4人，不能结束表决；可等候，或提请审定。"
    )
    vote(tied, ballot, PANEL[1], SECOND)  # changes the choice
    vote(tied, ballot, PANEL[1], SECOND)  # twice is once
    vote(tied, ballot, PANEL[3])
    running = seen(tied).running
    assert running is not None
    assert (len(running.voted), running.waiting, running.complete) == (4, (PANEL[4],), True)
    assert outcomes(tied)[SECOND] == "tied"  # nothing of an open ballot shows
    assert refused(lambda: tie_votes.close(chair, vote=ballot)) == "表决未结束，请更正标出的内容。"
    assert refused(
        lambda: tie_votes.refer(chair, round_=tied.defense, contest=view.contest, reason=REASON)
    ).startswith("参加表决的人数已达到规定")
    assert tie_votes.close(chair, vote=ballot, reason=ABSENT) == "counted"
    assert refused(lambda: vote(tied, ballot, PANEL[4], FIRST)) == "本次表决已结束，不能再投票或修改。"
    (closed,) = seen(tied).ballots
    assert {name: [unit.number for unit in units] for name, units in closed.choices} == {
        **{name: [SECOND] for name in PANEL[:3]},
        PANEL[3]: [],
    }
    assert ([unit.number for unit in closed.chosen], closed.absent, closed.reason) == (
        [SECOND],
        (PANEL[4],),
        ABSENT,
    )
    assert outcomes(tied) == {**dict.fromkeys(RANKED[:2], "proposed"), FIRST: "ranked", SECOND: "proposed"}
    freeze(tied)
    view = seen(tied)
    assert (view.state, view.open, [unit.number for unit in view.chosen]) == ("voted", False, [SECOND])
    body = ranking.final_view(tied.officer, call=tied.call).body
    told = next(item["params"] for item in body["notices"] if item["code"] == "tie_voted")
    assert told["digest"] == closed.digest
    assert (told["voters"], told["cast"], told["abstained"], told["votes"]) == ("5", "4", "1", ["0", "3"])
    assert [found.holds for found in ranking.verify(tied.supervisor, call=tied.call)] == [True, True]
    stored = db.session.scalars(sa.select(TieChoice).order_by(TieChoice.id)).all()
    assert len(stored) == 5  # every version of a choice is kept
    assert audit.verify().holds
    assert_archive_holds(tied.call, tmp_path / "archive")
    assert refused(lambda: opened(tied)) == "排名已冻结，专家组意见和表决不能再改。"


def test_vote_without_majority_is_repeated_and_then_sent_up(tied: Selection, tmp_path: Path) -> None:
    agree(tied)
    chair, contest = tied.expert(CHAIR), seen(tied).contest
    assert refused(lambda: tie_votes.refer(chair, round_=tied.defense, contest=contest, reason="略")) == (
        "未提请审定，请更正标出的内容。"
    )
    for ordinal in (1, 2):
        ballot = opened(tied)
        for name, number in zip(PANEL[:4], (FIRST, FIRST, SECOND, SECOND), strict=True):
            vote(tied, ballot, name, number)
        tie_votes.close(chair, vote=ballot, reason=ABSENT)
        assert [item.ballot for item in seen(tied).ballots] == list(range(1, ordinal + 1))
    assert refused(lambda: opened(tied)) == "已表决2次，仍未分出，请提请审定。"
    tie_votes.refer(chair, round_=tied.defense, contest=contest, reason=REASON)
    assert refused(
        lambda: tie_votes.refer(chair, round_=tied.defense, contest=contest, reason=REASON)
    ).startswith("并列已提请审定")
    freeze(tied)
    body = ranking.final_view(tied.officer, call=tied.call).body
    assert [row["outcome"] for row in body["rows"]] == ["proposed", "proposed", "tied", "tied"]
    assert (body["tie"]["state"], body["tie"]["reason"], len(body["tie"]["records"])) == (
        "referred",
        REASON,
        2,
    )
    assert [found.holds for found in ranking.verify(tied.supervisor, call=tied.call)] == [True, True]
    assert_archive_holds(tied.call, tmp_path / "archive")


def test_vote_says_nothing_of_another_tie(tied: Selection) -> None:
    agree(tied)
    ballot = opened(tied)
    for name in PANEL:
        vote(tied, ballot, name, SECOND)
    dossiers.withdraw(tied.officer, dossier=tied.numbers[RANKED[0]], reason="来函撤回（示例）", letter=LETTER)
    assert (seen(tied).running, seen(tied).stale) == (None, ballot)
    assert tie_votes.close(tied.expert(CHAIR), vote=ballot) == "void"  # by now there is a place for each
    view = seen(tied)
    assert (view.state, [item.kind for item in view.ballots]) == ("none", ["void"])
    assert outcomes(tied) == dict.fromkeys(RANKED[1:], "proposed")
    freeze(tied)
    assert all(found.holds for found in ranking.verify(tied.supervisor, call=tied.call))


def test_unit_that_is_not_recommended_leaves_the_tie(tied: Selection) -> None:
    agree(tied, {SECOND: "not_recommended"})
    assert (seen(tied).state, outcomes(tied)[FIRST], outcomes(tied)[SECOND]) == ("none", "proposed", "ranked")
    freeze(tied)
    body = ranking.final_view(tied.officer, call=tied.call).body
    assert [item["params"]["dossiers"] for item in body["notices"] if item["code"].startswith("tie_not")] == [
        [SECOND]
    ]


def test_only_who_is_not_recused_votes_and_only_the_chair_opens(tied: Selection) -> None:
    agree(tied)
    ballot, contest = opened(tied), seen(tied).contest
    assert tie_reading.view(tied.supervisor, round_=tied.defense).contest == contest
    vote(tied, ballot, PANEL[1], FIRST)
    recused_late(tied, PANEL[1])
    for act in (
        lambda: vote(tied, ballot, PANEL[1], SECOND),
        lambda: tie_votes.cast(tied.officer, vote=ballot, named=[tied.numbers[FIRST]]),
        lambda: tie_votes.cast(tied.expert(CHAIR), vote="nosuchvote00", abstain=True),
        lambda: tie_votes.open_vote(tied.expert(PANEL[2]), round_=tied.defense, contest=contest),
        lambda: tie_reading.view(tied.expert(PANEL[2]), round_=tied.defense),
        lambda: tie_reading.own(tied.expert(PANEL[1]), vote=ballot),
    ):
        with pytest.raises(NotFound):
            act()
    for office in (tied.officer, tied.supervisor):
        with pytest.raises(NotAllowed):
            tie_votes.open_vote(office, round_=tied.defense, contest=contest)
        with pytest.raises(NotAllowed):
            tie_votes.refer(office, round_=tied.defense, contest=contest, reason=REASON)
    for typed in (
        {"named": [tied.numbers[RANKED[0]]]},
        {"named": [tied.numbers[FIRST], tied.numbers[SECOND]]},
        {"named": [tied.numbers[FIRST]], "abstain": True},
        {},
    ):
        with pytest.raises(Invalid):
            tie_votes.cast(tied.expert(PANEL[2]), vote=ballot, **typed)  # type: ignore[arg-type]
    assert refused(lambda: tie_votes.close(tied.expert(CHAIR), vote=ballot)).startswith("有2份评分表")


def recused_late(made: Selection, name: str) -> None:
    """A conflict with one of the tied units becomes known while the ballot is open."""
    expert = db.session.scalars(sa.select(Expert.public_id).where(Expert.name == name)).one()
    late_conflicts.report_conflict(
        made.officer, call=made.call, expert=expert, dossier=made.numbers[FIRST], reason="曾任顾问（示例）"
    )
