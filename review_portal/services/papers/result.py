"""Papers of the result: the panel's opinions and the frozen ranking."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.exports import meeting_request
from review_portal.models.calls import Call
from review_portal.models.opinions import PanelOpinion
from review_portal.models.rankings import Ranking
from review_portal.services import (
    frozen_rankings,
    meeting_requests,
    opinion_documents,
    report,
    review_report_views,
)
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.papers.review import finished
from review_portal.services.rules import round_name, rules_of
from scoring_rubrics import Call as Rules

OPINIONS = Kind("opinions", "专家组评审意见表", "result", "永久", ("全体专家",))
WORKBOOK = Kind("workbook", "排名工作簿", "result", "永久", ("专家组组长", "监督人员"), suffix="xlsx")

REPORT = Kind("report", "评审报告", "result", "永久", ("全体专家", "专家组组长", "监督人员"))
REQUEST = Kind("request", "上会请示", "result", "永久", ("签发人",), fills=True)


def _opinions(session: Session, viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    rounds = finished(session, viewer, call)
    query = sa.select(PanelOpinion.round_id, sa.func.max(PanelOpinion.drafted_at))
    query = query.where(PanelOpinion.round_id.in_([row.id for row in rounds])).group_by(PanelOpinion.round_id)
    drafted = {round_id: at for round_id, at in session.execute(query)}  # noqa: C416
    for row in rounds:
        if row.id in drafted:
            name = f"{OPINIONS.title}_{round_name(rules, row)}"
            yield Paper(OPINIONS, row.public_id, name, local_date(drafted[row.id]))


def _make_opinions(viewer: Viewer, _call: Call, paper: Paper) -> bytes:
    return opinion_documents.forms(viewer, round_=paper.of)[1]


def _workbooks(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    query = sa.select(Ranking).where(Ranking.call_id == call.id, Ranking.kind == "final")
    for row in session.scalars(query.order_by(Ranking.version)):
        name = f"{WORKBOOK.title}_第{row.version}版"
        yield Paper(WORKBOOK, call.public_id, name, local_date(row.frozen_at), row.version)


def _make_workbook(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    return report.workbook(viewer, call=call.public_id, version=paper.edition)[1]


def _reports(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    """Each edition; a draft where none is of the newest ranking, so that the list waits for it."""
    editions = review_report_views.editions_of(session, call)
    for edition in editions:
        name, day = f"{REPORT.title}_第{edition.ordinal}版", local_date(edition.made_at)
        yield Paper(REPORT, call.public_id, name, day, edition.ordinal, signers=edition.signers)
    frozen = frozen_rankings.frozen_of(session, call, "final")
    if frozen is not None and (not editions or editions[-1].ranking != frozen.digest):
        name, day = f"{REPORT.title}_草稿", local_date(frozen.frozen_at)
        yield Paper(REPORT, call.public_id, name, day, len(editions) + 1, draft=True)


def _make_report(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    session = db.session()
    if paper.draft:
        made = review_report_views.draft_of(session, viewer, call)
        assert made is not None  # the paper was found by its ranking
        return made
    return review_report_views.make_document(session, call, paper.edition)


def _requests(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    query = sa.select(Ranking).where(Ranking.call_id == call.id, Ranking.kind == "final")
    for row in session.scalars(query.order_by(Ranking.version)):
        name = f"{REQUEST.title}_第{row.version}版排名"
        yield Paper(REQUEST, call.public_id, name, local_date(row.frozen_at), row.version)


def _make_request(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    session = db.session()
    frozen = frozen_rankings.frozen_of(session, call, "final", version=paper.edition)
    assert frozen is not None  # the paper was found by it
    return meeting_request.write_docx(meeting_requests.request_of(session, call, frozen, rules_of(call)))


SOURCES = (
    Source(OPINIONS, _opinions, _make_opinions),
    Source(WORKBOOK, _workbooks, _make_workbook),
    Source(REPORT, _reports, _make_report),
    Source(REQUEST, _requests, _make_request),
)
