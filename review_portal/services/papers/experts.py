"""Papers of the draw of experts, their recusals and pledges."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.exports.expert_certificate import write_docx
from review_portal.models.calls import Call, Round
from review_portal.models.draws import ExpertDraw
from review_portal.services import certificates, draw_names, draw_package, draw_state, pledge_papers
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.rules import round_name
from scoring_rubrics import Call as Rules

DRAW = Kind("draw", "评审专家抽取记录表", "experts", "30年", ("抽取人", "监督人员"))

CERTIFICATE = Kind("certificate", "参评证明", "experts", "10年", fills=True)

PLEDGE = Kind("pledge", "回避及保密承诺书", "experts", "30年", ("专家本人",))


def _draws(session: Session, _viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    """The draws that were carried through, each with its round; a cancelled one has no record to sign."""
    query = sa.select(ExpertDraw, Round).join(Round, Round.id == ExpertDraw.round_id)
    found = session.execute(query.where(Round.call_id == call.id).order_by(ExpertDraw.id)).all()
    standings = draw_state.standings(session, [row for row, _round in found])
    for count, ((row, round_), standing) in enumerate(zip(found, standings, strict=True), start=1):
        if standing.record is not None:
            name = f"{DRAW.title}_{count}_{round_name(rules, round_)}"
            yield Paper(DRAW, row.public_id, name, local_date(row.frozen_at))


def _make_draw(viewer: Viewer, _call: Call, paper: Paper) -> bytes:
    return draw_package.sheet(viewer, draw=paper.of)


def _pledges(session: Session, viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    """One for each expert and round; never the code beside the name."""
    for of, member, expert, round_ in pledge_papers.pledged(session, viewer, call):
        assert member.pledged_at is not None
        name = f"{PLEDGE.title}_{round_name(rules, round_)}_{expert.name}_{of[:4]}"
        yield Paper(PLEDGE, of, name, local_date(member.pledged_at))


def _make_pledge(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    return pledge_papers.file(viewer, call, paper.of)


def _certificates(session: Session, viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    """One for each member of a finished round; never the code beside the name."""
    unknown = draw_names.hidden_in_call(session, viewer, call.id)
    for item in certificates.issued(session, call):
        if item.expert_id not in unknown:
            given = item.content
            name = f"{CERTIFICATE.title}_{given.round_name}_{given.expert}_{item.of[:4]}"
            yield Paper(CERTIFICATE, item.of, name, given.last)


def _make_certificate(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    session = db.session()
    unknown = draw_names.hidden_in_call(session, viewer, call.id)
    for item in certificates.issued(session, call):
        if item.of == paper.of and item.expert_id not in unknown:
            return write_docx(item.content)
    raise NotFound()


SOURCES = (
    Source(DRAW, _draws, _make_draw),
    Source(PLEDGE, _pledges, _make_pledge),
    Source(CERTIFICATE, _certificates, _make_certificate),
)
