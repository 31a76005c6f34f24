"""Papers of receiving and the formal check, and the scheme that the review follows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.services import report
from review_portal.services.papers.kinds import Kind, Paper, Source
from scoring_rubrics import Call as Rules

SCHEME = Kind("scheme", "评审工作方案", "intake", "永久", ("批准人",))


def _scheme(_session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    if call.state != "draft":
        yield Paper(
            SCHEME, call.public_id, SCHEME.title, call.scheme_approved_on or local_date(call.created_at)
        )


def _make_scheme(viewer: Viewer, call: Call, _paper: Paper) -> bytes:
    return report.scheme(viewer, call=call.public_id)[1]


SOURCES = (Source(SCHEME, _scheme, _make_scheme),)
