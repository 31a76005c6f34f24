"""Papers of the result: the panel's opinions and the frozen ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.exports import meeting_request, review_report
from review_portal.models.calls import Call
from review_portal.models.opinions import PanelOpinion
from review_portal.models.rankings import Ranking
from review_portal.services import opinion_documents, report, review_reports
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.papers.review import finished
from review_portal.services.rules import round_name
from scoring_rubrics import Call as Rules

OPINIONS = Kind("opinions", "专家组评审意见表", "result", "永久", ("全体专家",))
WORKBOOK = Kind("workbook", "排名工作簿", "result", "永久", ("专家组组长", "监督人员"), suffix="xlsx")

REPORT = Kind("report", review_report.TITLE, "result", "永久", ("全体专家", "专家组组长", "监督人员"))
REQUEST = Kind("request", meeting_request.TITLE, "result", "永久")


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
    return _of_finals(WORKBOOK, session, call)


def _make_workbook(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    return report.workbook(viewer, call=call.public_id, version=paper.edition)[1]


def _finals(session: Session, call: Call) -> Sequence[Ranking]:
    query = sa.select(Ranking).where(Ranking.call_id == call.id, Ranking.kind == "final")
    return session.scalars(query.order_by(Ranking.version)).all()


def _of_finals(kind: Kind, session: Session, call: Call) -> Iterator[Paper]:
    for row in _finals(session, call):
        name = f"{kind.title}_第{row.version}版"
        yield Paper(kind, call.public_id, name, local_date(row.frozen_at), row.version)


def _reports(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    return _of_finals(REPORT, session, call)


def _make_report(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    session = db.session()
    return review_report.write_docx(review_reports.report_of(session, call, _final(session, call, paper)))


def _requests(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    return _of_finals(REQUEST, session, call)


def _make_request(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    session = db.session()
    return meeting_request.write_docx(review_reports.request_of(session, call, _final(session, call, paper)))


def _final(session: Session, call: Call, paper: Paper) -> Ranking:
    return next(row for row in _finals(session, call) if row.version == paper.edition)


SOURCES = (
    Source(OPINIONS, _opinions, _make_opinions),
    Source(WORKBOOK, _workbooks, _make_workbook),
    Source(REPORT, _reports, _make_report),
    Source(REQUEST, _requests, _make_request),
)
