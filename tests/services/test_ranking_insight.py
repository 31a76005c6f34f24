"""The analysis of a ranking: computed once from the stored sheets, kept with digests, computed anew only when
what the ranking is made of has changed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, transaction
from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, NotAllowed, NotFound
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.jobs import Job
from review_portal.models.ranking_insights import RankingInsight
from review_portal.services import audit, insight_body, ranking, ranking_insight
from review_portal.worker import Worker
from tests.factories_scored import EXPERTS, Scored, panel, scored
from tests.factories_selection import CHAIR, RANKED
from tests.selection_copies import copied


def rows() -> list[RankingInsight]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(RankingInsight).order_by(RankingInsight.id)))


def shown(made: Scored) -> ranking_insight.Insight:
    viewer = made.viewer()
    view = ranking.view(viewer, round_=made.round_)
    return ranking_insight.get(viewer, round_=made.round_, body=view.body)


def withdraw(number: str) -> None:
    with transaction() as session:
        session.execute(sa.update(Dossier).where(Dossier.number == number).values(state="withdrawn"))


def test_analysis_is_computed_by_the_worker_and_kept_until_the_sheets_change(app: Flask) -> None:
    made = scored(app, panel())
    with app.app_context():
        assert shown(made).state == "missing"
    made.analyse()
    with app.app_context():
        (row,) = rows()
        found = shown(made)
        assert (found.state, found.digest, found.computed_by) == ("ready", row.digest, "")
        assert canonical.digest(row.body) == row.digest
        (entry,) = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "analyse_ranking"))
        assert (entry.actor_name, entry.detail["digest"]) == ("后台任务", row.digest)
        assert ranking_insight.recompute(made.viewer(), round_=made.round_) == row.public_id
        assert len(rows()) == 1
        withdraw("2030-012")
        assert shown(made).state == "outdated"
        ranking_insight.recompute(made.viewer(), round_=made.round_)
        again = shown(made)
        assert (again.state, again.computed_by, len(rows())) == ("ready", "示例专家", 2)
        assert "2030-012" not in again.body["order"]
        chain = audit.verify()
        assert (chain.broken_at, chain.changed) == (None, ())


def test_same_sheets_give_the_same_bytes_and_the_figures_of_the_fitted_model(app: Flask) -> None:
    made = scored(app, panel(), quota=3)
    made.analyse()
    with app.app_context():
        (row,) = rows()
        round_ = db.session.scalars(sa.select(Round)).one()
        call = db.session.scalars(sa.select(Call)).one()
        view = ranking.view(made.viewer(), round_=made.round_)
        again = insight_body.insight_body(db.session(), call, [round_], view.rules, view.body, None)
        assert canonical.dumps(again) == canonical.dumps(row.body)
        assert again["seed"] == row.seed == insight_body.SEED
        with pytest.raises(Conflict, match="计算时评分已变化"):
            other = {**view.body, "inputs": {"scoring": "0" * 64}}
            insight_body.insight_body(db.session(), call, [round_], view.rules, other, None)
    body = row.body
    known = body["dossiers"]["rows"]
    order = body["order"]
    assert order[0] == "2030-001"
    scores = [Decimal(known[number]["score"]) for number in order]
    assert scores == sorted(scores, reverse=True)
    assert [known[number]["percent"] for number in (order[0], order[-1])] == ["100", "0"]
    assert sum(int(line["percent"]) for line in known.values()) in range(295, 306)  # three places in all
    assert all(int(line["low"]) <= int(line["high"]) for line in known.values())
    (stage,) = body["statistics"]
    severities = {line["code"]: Decimal(line["severity"]) for line in stage["fit"]["experts"]}
    assert list(severities) == list(EXPERTS)
    assert severities["E05"] > severities["E01"]
    parts = {line["side"]: line for line in stage["fit"]["variances"]}
    assert all(line["boundary"] or Decimal(line["error"]) > 0 for line in parts.values())
    assert Decimal(parts["dossier"]["variance"]) > Decimal(parts["residual"]["variance"])
    assert stage["links"]["parts"] == 1
    assert Decimal(stage["fit"]["coverage"]["held"]) > 80
    assert (body["small"], body["connected"], body["advised"]) == (False, True, True)


def test_freezing_asks_the_worker_for_what_is_missing(app: Flask) -> None:
    made = scored(app, panel())
    with app.app_context():
        made.agree()
        chair = made.viewer()
        view = ranking.view(chair, round_=made.round_)
        ranking.freeze(chair, round_=made.round_, digest=view.digest, look="专家组已查看规则差异（示例）。")
        assert shown(made).state == "waiting"
    assert Worker(app).work_off() == 1
    with app.app_context():
        assert shown(made).state == "ready"
        assert db.session.scalars(sa.select(Job.state)).all() == ["done"]
        withdraw("2030-012")  # what comes after freezing does not touch what was frozen
        assert shown(made).state == "ready"
    made.analyse()
    with app.app_context():
        assert len(rows()) == 1


def test_only_the_chair_has_it_computed_and_only_who_may_see_ranks_reads_it(app: Flask) -> None:
    made = scored(app, panel())
    with app.app_context():
        officer = made.viewer(made.office.officer)
        with pytest.raises(NotAllowed):
            ranking_insight.recompute(officer, round_=made.round_)
        with pytest.raises(NotFound):
            ranking_insight.recompute(made.viewer(), round_="a" * 12)
        view = ranking.view(officer, round_=made.round_)
        with transaction() as session:
            session.execute(sa.update(Round).values(state="reconciling"))
        for viewer in (officer, made.viewer()):
            with pytest.raises(NotAllowed):
                ranking_insight.get(viewer, round_=made.round_, body=view.body)
        with pytest.raises(NotAllowed):
            ranking_insight.recompute(made.viewer(), round_=made.round_)
        assert rows() == []


def test_stages_are_fitted_apart_and_joined_by_the_calls_weights(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        chair = made.expert(CHAIR)
        ranking_insight.recompute(chair, round_=made.written)
        first = ranking.view(chair, round_=made.written)
        of_first = ranking_insight.get(chair, round_=made.written, body=first.body).body
        ranking_insight.recompute(chair, round_=made.defense)
        view = ranking.view(chair, round_=made.defense)
        body = ranking_insight.get(chair, round_=made.defense, body=view.body).body
        assert audit.verify().holds
    assert of_first["order"] == [row["number"] for row in first.rows]  # alone there, it counts in full
    assert [Decimal(stage["weight"]) for stage in body["stages"]] == [Decimal("0.6"), Decimal("0.4")]
    assert len(body["statistics"]) == 2
    assert body["order"] == list(RANKED)
    assert body["small"]
    assert not body["advised"]
    assert {each["key"] for each in body["experts"]} == set(made_codes(view.body))


def made_codes(body: Mapping[str, Any]) -> set[str]:
    """The codes of the last stage: one expert is one person over both."""
    return {code for line in body["ranking"]["stages"][-1]["result"]["rows"] for code in line["totals"]}
