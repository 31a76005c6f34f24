"""Papers of the review meeting: discipline, the chair's election, the blank list of fees."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.exports import intake_sheets
from review_portal.models.calls import Call, Round
from review_portal.services import intake_rows
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.rules import round_name, rules_of
from scoring_rubrics import Call as Rules

CHAIR = Kind("chair", "专家组组长推举记录", "review", "30年", ("组长", "记录人", "监督人员", "到会专家"))
DISCIPLINE = Kind("discipline", "评审纪律", "review", "30年", ("评审专家", "工作人员", "监督人员"))
FEES = Kind("fees", "专家劳务费发放表", "review", "30年", ("专家本人", "制表人", "审核人", "批准人"))


def _rounds(session: Session, call: Call) -> list[Round]:
    """The rounds that have opened."""
    query = sa.select(Round).where(Round.call_id == call.id, Round.opened_at.is_not(None))
    return list(session.scalars(query.order_by(Round.position)))


def _chairs(session: Session, _viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    for row in _rounds(session, call):
        elected = intake_rows.election_of(session, row)
        if elected is not None:
            name = f"{CHAIR.title}_{round_name(rules, row)}"
            yield Paper(CHAIR, row.public_id, name, local_date(elected.elected_at))


def _disciplines(session: Session, _viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    for row in _rounds(session, call):
        assert row.opened_at is not None
        name = f"{DISCIPLINE.title}_{round_name(rules, row)}"
        yield Paper(DISCIPLINE, row.public_id, name, local_date(row.opened_at))


def _fees(session: Session, _viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    for row in _rounds(session, call):
        sheet = intake_rows.fees(session, call, rules, row)
        if sheet.experts:
            yield Paper(FEES, row.public_id, f"{FEES.title}_{round_name(rules, row)}", sheet.dated)


def _round(call: Call, paper: Paper) -> Round:
    query = sa.select(Round).where(Round.call_id == call.id, Round.public_id == paper.of)
    return db.session().scalars(query).one()


def _make_chair(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    record = intake_rows.chair_election(db.session(), call, rules_of(call), _round(call, paper))
    return intake_sheets.write_chair_election(record)


def _make_discipline(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    return intake_sheets.write_discipline(intake_rows.discipline(call, rules_of(call), _round(call, paper)))


def _make_fees(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    sheet = intake_rows.fees(db.session(), call, rules_of(call), _round(call, paper))
    return intake_sheets.write_fees(sheet)


SOURCES = (
    Source(DISCIPLINE, _disciplines, _make_discipline),
    Source(CHAIR, _chairs, _make_chair),
    Source(FEES, _fees, _make_fees),
)
