"""An expert who stands out in a real round: on the overview, behind a case, set aside, in the papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, now, transaction
from review_portal.domain.errors import Invalid
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.reviews import ReconciliationCase
from review_portal.services import (
    case_acts,
    case_minutes,
    case_views,
    overviews,
    reconciliation,
    rounds,
)
from review_portal.services.report_ranking import remarks_of_rounds
from review_portal.services.rules import rules_of
from tests.factories_scored import Scored, scored

CODES = tuple(f"E{number:02d}" for number in range(1, 9))
STRICT, RESTLESS = CODES[2], CODES[5]
TRIGGERS = """
deviation_percent = 30
range_points = 40
severity_points = 5
noise_times = 1.5
chance_percent = 5
"""
QUESTION = "请说明总体评分明显低于其他专家的原因（示例）。"
WHY = "专家组讨论后认为起伏属于正常判断（示例）。"


def totals() -> dict[tuple[str, str], Decimal]:
    """Thirty units; one expert scores fifteen points lower, another's scores go up and down."""
    random = np.random.default_rng(20300101)
    found = {}
    for at in range(30):
        for code in CODES:
            off = random.normal(0, 1.5) - 15 * (code == STRICT) + (8 * (-1) ** at) * (code == RESTLESS)
            found[f"2030-{at + 1:03d}", code] = Decimal(f"{min(99.0, 78 - at / 4 + off):.2f}")
    return found


@pytest.fixture
def made(app: Flask) -> Iterator[Scored]:
    found = scored(app, totals(), triggers=TRIGGERS)
    with app.app_context():
        with transaction() as session:
            session.execute(sa.update(Round).values(state="reconciling", finished_at=None))
        yield found


def lapse(chair: Viewer, case: str) -> None:
    """The time to answer passes, and nobody has answered."""
    with transaction() as session:
        session.execute(sa.update(ReconciliationCase).values(due_at=now() - timedelta(minutes=1)))
    case_acts.lapse_case(chair, case=case, reason="期限已过，未答复（示例）。")


def test_expert_who_stands_out_is_asked_or_set_aside_with_a_reason_that_every_paper_prints(
    made: Scored,
) -> None:
    chair = made.viewer()
    data = overviews.overview(chair, round_=made.round_)
    assert [(flag.kind, flag.code) for flag in data.experts] == [("severity", STRICT), ("noise", RESTLESS)]
    assert [(row.number, flag.kind) for row, flag in data.unasked()] == [("", "severity"), ("", "noise")]
    words = {flag.kind: str(flag.reason) for flag in data.experts}

    reconciliation.open_cases(
        chair,
        round_=made.round_,
        dossier=data.rows[0].dossier,
        codes=[STRICT],
        question=QUESTION,
        trigger="severity",
    )
    (case,) = case_views.list_cases(chair, round_=made.round_)
    assert (case.trigger, case.outside, [str(one) for one in case.reasons]) == (
        "severity",
        False,
        [words["severity"]],
    )
    assert [flag.kind for _, flag in overviews.overview(chair, round_=made.round_).unasked()] == ["noise"]

    lapse(chair, case.public_id)
    with pytest.raises(Invalid) as refused:
        rounds.finish_round(chair, round_=made.round_)
    assert refused.value.message.params == {"n": 1}
    rounds.finish_round(chair, round_=made.round_, reason=WHY)
    aside = case_views.set_aside(chair, round_=made.round_)
    assert aside is not None
    assert (aside.reason, aside.flags) == (WHY, (("各份材料", words["noise"]),))
    paper = case_minutes.minutes(made.viewer(), round_=made.round_)
    said = words["noise"].rstrip("。")
    line = f"示例评审触发复议条件而未提请复议：各份材料：{said}。理由：{WHY}"
    assert paper.set_aside == (line,)
    assert paper.procedure[0].split("启封。")[1] == (
        "评分偏离均值超过30%，或极差超过40分，或专家评分总体偏宽或偏严达到5分，"
        "或专家评分起伏达到平常的1.5倍的，触发复议条件；条件在本轮开启时锁定。"
    )
    row = db.session.scalars(sa.select(Round)).one()
    call = db.session.scalars(sa.select(Call)).one()
    assert line in remarks_of_rounds(db.session(), [row], rules_of(call), None)
