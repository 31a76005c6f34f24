"""Papers of scoring and reconciliation: they exist once reconciliation of their round has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review
from review_portal.services import case_minutes, own_papers, report
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.rules import round_name
from scoring_rubrics import Call as Rules

OWN_LIST = Kind("own_list", "专家评分清单", "review", "30年", ("专家本人",))
SUMMARY = Kind("summary", "评分汇总表", "review", "永久", ("专家组组长", "计分人", "复核人", "监督人员"))
CASES = Kind("cases", "复议记录", "review", "30年", ("专家组组长", "监督人员"))


def finished(session: Session, viewer: Viewer, call: Call) -> Sequence[Round]:
    """The rounds whose scores this viewer may read on paper, in their order."""
    rows = session.scalars(
        sa.select(Round).where(Round.call_id == call.id, Round.state == "finished").order_by(Round.position)
    )
    return [row for row in rows if policy.can_see_ranks(viewer, row)]


def _of_rounds(kind: Kind, session: Session, viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    for row in finished(session, viewer, call):
        assert row.finished_at is not None
        name = f"{kind.title}_{round_name(rules, row)}"
        yield Paper(kind, row.public_id, name, local_date(row.finished_at))


def _own_lists(session: Session, viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    """One list for the signature of each expert whose sheets are in; its name carries the code alone."""
    rounds = {row.id: row for row in finished(session, viewer, call)}
    handed_in = sa.exists().where(
        Review.round_id == PanelMember.round_id,
        Review.expert_id == PanelMember.expert_id,
        Review.state == "submitted",
    )
    query = sa.select(PanelMember).where(PanelMember.round_id.in_(list(rounds)), handed_in)
    for member in session.scalars(query.order_by(PanelMember.round_id, PanelMember.code)):
        row = rounds[member.round_id]
        assert row.closed_at is not None
        name = f"{OWN_LIST.title}_{round_name(rules, row)}_{member.code}"
        yield Paper(OWN_LIST, member.public_id, name, local_date(row.closed_at))


def _make_own_list(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    """As the expert prints it: read with the expert's own eyes, once the round's scores are the offices'."""
    found = (
        db.session()
        .execute(
            sa.select(PanelMember.expert_id, Round)
            .join(Round, Round.id == PanelMember.round_id)
            .where(PanelMember.public_id == paper.of, Round.call_id == call.id)
        )
        .first()
    )
    if found is None or not policy.can_see_ranks(viewer, found[1]):
        raise NotFound()
    own = Viewer(0, "", "", expert_id=found[0])
    return own_papers.own_list_paper(own, round_=found[1].public_id)[1]


def _summaries(session: Session, viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    return _of_rounds(SUMMARY, session, viewer, call, rules)


def _make_summary(viewer: Viewer, _call: Call, paper: Paper) -> bytes:
    return report.summary_sheet(viewer, round_=paper.of)[1]


def _cases(session: Session, viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    return _of_rounds(CASES, session, viewer, call, rules)


def _make_cases(viewer: Viewer, _call: Call, paper: Paper) -> bytes:
    return case_minutes.file(viewer, round_=paper.of)[1]


SOURCES = (
    Source(OWN_LIST, _own_lists, _make_own_list),
    Source(SUMMARY, _summaries, _make_summary),
    Source(CASES, _cases, _make_cases),
)
