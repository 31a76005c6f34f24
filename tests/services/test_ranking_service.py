"""Ranking: when it may be seen, what is frozen and by whom, and that it comes out of the sheets again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from review_portal.db import db, transaction
from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.models.reviews import Review, RevisionPoint
from review_portal.services import calls, dossiers, ranking, rounds
from review_portal.services.dossiers import Upload
from review_portal.services.ranking import RankingView
from tests.disputed_ranking import dispute
from tests.factories_selection import ABSENT, BELOW, CHAIR, PANEL, RANKED, WITHDRAWN, Selection
from tests.selection_copies import copied

LATER = "复议结束后方可试算排名。"
LOOK = "专家组已查看规则差异，维持原规则（示例）。"
LETTER = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
RECUSED = "壬示例"


@pytest.fixture
def sealed(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The first round is sealed; inside an application context."""
    with copied(request, engine_name, "sealed", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def finished(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The first round's reconciliation has ended, nothing is frozen."""
    with copied(request, engine_name, "finished", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def disputed(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Everything has been scored; the plain mean would select another unit than the rule does."""
    with copied(request, engine_name, "shortlisted", tmp_path) as made, made.app.app_context():
        yield dispute(made)


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Shortlist and final ranking are frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def shown(made: Selection, round_: str) -> RankingView:
    return ranking.view(made.expert(CHAIR), round_=round_)


def freeze(made: Selection, round_: str, *, look: str = "") -> str:
    digest = shown(made, round_).digest
    return ranking.freeze(made.expert(CHAIR), round_=round_, digest=digest, look=look)


def frozen(kind: str) -> list[Ranking]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Ranking).where(Ranking.kind == kind)))


def stored_rows(kind: str) -> dict[str, tuple[int | None, Decimal | None, str]]:
    rows = db.session.execute(
        sa.select(Dossier.number, RankingRow.place, RankingRow.score, RankingRow.outcome)
        .join(RankingRow, RankingRow.dossier_id == Dossier.id)
        .join(Ranking, Ranking.id == RankingRow.ranking_id)
        .where(Ranking.kind == kind)
    )
    return {number: (place, score, outcome) for number, place, score, outcome in rows}


def expected_rows(body: Any) -> dict[str, tuple[int | None, Decimal | None, str]]:
    rows = {row["number"]: (row["rank"], Decimal(row["final"]), row["outcome"]) for row in body["rows"]}
    return rows | {row["number"]: (None, None, row["code"]) for row in body["outside"]}


def own_totals(made: Selection, round_: str) -> dict[tuple[str, str], Decimal]:
    """(number, expert's name) -> sum of the points that count, straight from what is stored."""
    rows = db.session.execute(
        sa.select(Dossier.number, Expert.name, sa.func.sum(RevisionPoint.points))
        .select_from(Review)
        .join(Round, Round.id == Review.round_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(RevisionPoint, RevisionPoint.revision_id == Review.revision_id)
        .where(Round.public_id == round_, Review.state == "submitted")
        .group_by(Dossier.number, Expert.name)
    )
    return {(number, name): total for number, name, total in rows}


def alter_a_point(made: Selection, round_: str) -> None:
    """Half a point more on one stored item, past the triggers that refuse it: somebody holds the database."""
    point = (
        sa.select(Review.revision_id)
        .join(Round, Round.id == Review.round_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Round.public_id == round_, Dossier.number == RANKED[0], Review.state == "submitted")
        .order_by(Review.id)
        .limit(1)
    )
    with transaction() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(sa.text("DROP TRIGGER revision_points_no_update"))
        else:
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        item = sa.select(sa.func.min(RevisionPoint.item)).where(
            RevisionPoint.revision_id == point.scalar_subquery()
        )
        session.execute(
            sa.update(RevisionPoint)
            .where(
                RevisionPoint.revision_id == point.scalar_subquery(),
                RevisionPoint.item == item.scalar_subquery(),
            )
            .values(points=RevisionPoint.points + Decimal("0.5"))
            .execution_options(synchronize_session=False)
        )


def test_ranks_are_refused_before_reconciliation_has_ended(sealed: Selection) -> None:
    chair = sealed.expert(CHAIR)
    asked = rounds.ask_unseal(chair, round_=sealed.written, reason="评分已结束（示例）")
    rounds.decide_unseal(sealed.supervisor, approval=asked, approve=True)
    for viewer in (chair, sealed.officer, sealed.supervisor):
        for see in (
            lambda who: ranking.view(who, round_=sealed.written),
            lambda who: ranking.composites(who, round_=sealed.written, body={}),
        ):
            with pytest.raises(NotAllowed) as refused:
                see(viewer)
            assert str(refused.value) == LATER
    with pytest.raises(NotAllowed) as refused:
        ranking.freeze(chair, round_=sealed.written, digest="0" * 64)
    assert (str(refused.value), frozen("shortlist")) == (LATER, [])


def test_ranks_do_not_exist_for_other_experts(finished: Selection) -> None:
    with pytest.raises(NotFound):
        ranking.view(finished.expert(PANEL[1]), round_=finished.written)
    with pytest.raises(NotFound):
        ranking.composites(finished.expert(PANEL[1]), round_=finished.written, body={})


def test_final_ranking_waits_for_the_last_round(finished: Selection) -> None:
    with pytest.raises(NotAllowed) as refused:
        ranking.view(finished.officer, round_=finished.defense)
    assert str(refused.value) == LATER
    with pytest.raises(NotFound) as missing:
        ranking.final_view(finished.officer, call=finished.call)
    assert str(missing.value) == "本批次尚未冻结排名。"


def test_trying_out_writes_nothing_and_gives_the_same_each_time(finished: Selection) -> None:
    first, again = shown(finished, finished.written), shown(finished, finished.written)
    assert (first.kind, first.frozen_at, first.public_id) == ("shortlist", None, None)
    assert (first.digest, first.digest) == (again.digest, canonical.digest(first.body))
    assert frozen("shortlist") == []


def test_freeze_is_refused_when_something_changed_since_the_look(finished: Selection) -> None:
    digest = shown(finished, finished.written).digest
    dossiers.withdraw(
        finished.officer, dossier=finished.numbers[RANKED[2]], reason="来函撤回（示例）", letter=LETTER
    )
    with pytest.raises(Conflict) as refused:
        ranking.freeze(finished.expert(CHAIR), round_=finished.written, digest=digest)
    assert str(refused.value) == "试算后数据已变化，请重新查看排名后再冻结。"
    assert frozen("shortlist") == []


def test_only_the_chair_freezes(finished: Selection) -> None:
    digest = shown(finished, finished.written).digest
    for office in (finished.officer, finished.supervisor):
        with pytest.raises(NotAllowed) as refused:
            ranking.freeze(office, round_=finished.written, digest=digest)
        assert str(refused.value) == "只有本轮专家组组长可以办理。"
    with pytest.raises(NotFound):
        ranking.freeze(finished.expert(PANEL[1]), round_=finished.written, digest=digest)
    assert frozen("shortlist") == []


def test_shortlist_is_frozen_as_it_was_shown_and_once(finished: Selection) -> None:
    before = shown(finished, finished.written)
    public_id = freeze(finished, finished.written)
    (row,) = frozen("shortlist")
    after = shown(finished, finished.written)
    assert (after.public_id, after.digest) == (public_id, row.digest)
    assert row.body == {**before.body, "look": ""}
    assert row.digest == canonical.digest(row.body)
    assert (after.rows, after.outside, after.sentences) == (before.rows, before.outside, before.sentences)
    assert stored_rows("shortlist") == expected_rows(before.body)
    assert {number: outcome for number, (_place, _score, outcome) in stored_rows("shortlist").items()} == {
        **dict.fromkeys((*RANKED, ABSENT), "shortlisted"),
        BELOW: "below_threshold",
        WITHDRAWN: "withdrawn",
    }
    with pytest.raises(Conflict) as refused:
        freeze(finished, finished.written)
    assert (str(refused.value), len(frozen("shortlist"))) == ("排名已冻结，不能再次冻结。", 1)


@pytest.mark.parametrize("look", ["", "维持原规则。", "　　　　　　　　　　　"])
def test_final_freeze_demands_the_panels_word_where_the_plain_mean_selects_others(
    disputed: Selection, look: str
) -> None:
    assert shown(disputed, disputed.defense).body["demands_look"] is True
    with pytest.raises(Invalid) as refused:
        freeze(disputed, disputed.defense, look=look)
    assert str(refused.value.fields["look"]) == "请写明专家组对规则差异的说明，至少10个字。"
    assert (frozen("final"), calls.view(disputed.officer, call=disputed.call).state) == ([], "reviewing")


def test_final_ranking_is_frozen_as_it_was_shown_with_the_panels_word(disputed: Selection) -> None:
    before = shown(disputed, disputed.defense)
    freeze(disputed, disputed.defense, look=f" {LOOK} ")
    (row,) = frozen("final")
    assert row.body == {**before.body, "look": LOOK}
    assert stored_rows("final") == expected_rows(before.body)
    assert calls.view(disputed.officer, call=disputed.call).state == "ranked"
    assert ranking.final_view(disputed.supervisor, call=disputed.call).digest == row.digest
    assert [found.holds for found in ranking.verify(disputed.officer, call=disputed.call)] == [True, True]
    with pytest.raises(Conflict) as refused:
        freeze(disputed, disputed.defense, look=LOOK)
    assert str(refused.value) == "排名已冻结，不能再次冻结。"


def test_frozen_rankings_come_out_of_the_stored_sheets(ranked: Selection) -> None:
    found = ranking.verify(ranked.supervisor, call=ranked.call)
    assert [(item.kind, item.holds) for item in found] == [("shortlist", True), ("final", True)]
    assert [item.digest for item in found] == [frozen(kind)[0].digest for kind in ("shortlist", "final")]
    with pytest.raises(NotFound):
        ranking.verify(ranked.expert(CHAIR), call=ranked.call)


@pytest.mark.parametrize(("round_", "holding"), [("written", [False, False]), ("defense", [True, False])])
def test_verification_fails_when_a_stored_point_was_altered(
    ranked: Selection, round_: str, holding: list[bool]
) -> None:
    before = own_totals(ranked, getattr(ranked, round_))
    alter_a_point(ranked, getattr(ranked, round_))
    db.session.rollback()
    after = own_totals(ranked, getattr(ranked, round_))
    assert [after[key] - total for key, total in before.items() if after[key] != total] == [Decimal("0.5")]
    assert [found.holds for found in ranking.verify(ranked.officer, call=ranked.call)] == holding


def test_composite_is_the_weighted_sum_of_an_experts_own_totals(ranked: Selection) -> None:
    body = ranking.final_view(ranked.officer, call=ranked.call).body
    assert [(stage["key"], stage["weight"]) for stage in body["stages"]] == [
        ("written_review", "0.6"),
        ("onsite_defense", "0.4"),
    ]
    written, defense = own_totals(ranked, ranked.written), own_totals(ranked, ranked.defense)
    codes = ranked.codes(ranked.defense)
    expected: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for (number, name), total in defense.items():
        if number in RANKED:
            expected[number][codes[name]] = Decimal("0.6") * written[number, name] + Decimal("0.4") * total
    assert ranking.composites(ranked.expert(CHAIR), round_=ranked.defense, body=body) == expected
    assert set(expected) == set(RANKED)


def test_composite_has_no_value_of_an_expert_who_is_recused(ranked: Selection) -> None:
    body = ranking.final_view(ranked.officer, call=ranked.call).body
    found = ranking.composites(ranked.officer, round_=ranked.defense, body=body)
    codes = ranked.codes(ranked.defense)
    assert set(found[RANKED[0]]) == set(codes.values()) - {codes[RECUSED]}
    assert [set(found[number]) for number in RANKED[1:]] == [set(codes.values())] * 3


def test_composite_of_one_round_is_the_total_itself(finished: Selection) -> None:
    body = shown(finished, finished.written).body
    found = ranking.composites(finished.expert(CHAIR), round_=finished.written, body=body)
    codes = finished.codes(finished.written)
    totals = own_totals(finished, finished.written)
    assert {(number, code): value for number, cells in found.items() for code, value in cells.items()} == {
        (number, codes[name]): total for (number, name), total in totals.items() if number != WITHDRAWN
    }
