"""Papers of receiving and the formal check, and the scheme that the review follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.exports import intake_sheets, recommendation_table
from review_portal.exports.recommendation_table import Overview, Table
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.services import intake_rows, report
from review_portal.services.papers import intake_letters
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

SCHEME = Kind("scheme", "评审工作方案", "intake", "永久", ("批准人",), fills=True)
CHECKS = Kind("checks", "形式审查汇总表", "intake", "永久", ("审查人", "复核人", "处室负责人"))
ANNEX = Kind("annex1", "推荐汇总表（附件1）", "intake", "30年")
ANNEX_SHEET = Kind("annex1_xlsx", "推荐汇总表（附件1，表格）", "intake", "30年", suffix="xlsx")
OVERVIEW = Kind("recommended", "推荐汇总总表", "intake", "30年")
OVERVIEW_SHEET = Kind("recommended_xlsx", "推荐汇总总表（表格）", "intake", "30年", suffix="xlsx")


def _scheme(_session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    if call.state != "draft":
        yield Paper(
            SCHEME, call.public_id, SCHEME.title, call.scheme_approved_on or local_date(call.created_at)
        )


def _make_scheme(viewer: Viewer, call: Call, _paper: Paper) -> bytes:
    return report.scheme(viewer, call=call.public_id)[1]


def _checks(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    last = session.scalar(sa.select(sa.func.max(Dossier.received_at)).where(Dossier.call_id == call.id))
    if last is not None:
        yield Paper(CHECKS, call.public_id, CHECKS.title, local_date(last))


def _make_checks(_viewer: Viewer, call: Call, _paper: Paper) -> bytes:
    return intake_sheets.write_check_summary(intake_rows.check_summary(db.session(), call, rules_of(call)))


def _annex(kind: Kind) -> Callable[[Session, Viewer, Call, Rules], Iterator[Paper]]:
    def find(session: Session, _viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
        for table in intake_rows.tables(session, call, rules):
            yield Paper(kind, table.of, f"推荐汇总表_{table.recommender}", table.dated)

    return find


def _make_annex(write: Callable[[Table], bytes]) -> Callable[[Viewer, Call, Paper], bytes]:
    def make(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
        found = intake_rows.tables(db.session(), call, rules_of(call))
        return write(next(table for table in found if table.of == paper.of))

    return make


def _overview(kind: Kind) -> Callable[[Session, Viewer, Call, Rules], Iterator[Paper]]:
    def find(session: Session, _viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
        found = intake_rows.overview(session, call, rules)
        if found.tables:
            yield Paper(kind, call.public_id, "推荐汇总总表", found.dated)

    return find


def _make_overview(write: Callable[[Overview], bytes]) -> Callable[[Viewer, Call, Paper], bytes]:
    def make(_viewer: Viewer, call: Call, _paper: Paper) -> bytes:
        return write(intake_rows.overview(db.session(), call, rules_of(call)))

    return make


SOURCES = (
    Source(SCHEME, _scheme, _make_scheme),
    *intake_letters.SOURCES[:1],
    Source(ANNEX, _annex(ANNEX), _make_annex(recommendation_table.write_docx)),
    Source(ANNEX_SHEET, _annex(ANNEX_SHEET), _make_annex(recommendation_table.write_xlsx)),
    Source(OVERVIEW, _overview(OVERVIEW), _make_overview(recommendation_table.write_overview_docx)),
    Source(
        OVERVIEW_SHEET, _overview(OVERVIEW_SHEET), _make_overview(recommendation_table.write_overview_xlsx)
    ),
    Source(CHECKS, _checks, _make_checks),
    *intake_letters.SOURCES[1:],
)
