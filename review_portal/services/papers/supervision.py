"""Papers of supervision: each version of the supervisors' record as it was made for signature."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.services import supervision_record
from review_portal.services.papers.kinds import Kind, Paper, Source
from scoring_rubrics import Call as Rules

RECORD = Kind("supervision", "监督记录表", "supervision", "30年", ("监督人员",))


def _records(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    for line in reversed(supervision_record.forms_of(session, call)):
        name = f"{RECORD.title}_第{line.ordinal}版"
        yield Paper(RECORD, call.public_id, name, local_date(line.made_at), line.ordinal)


def _make_record(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    lines = supervision_record.forms_of(db.session(), call)
    form = next(line.public_id for line in lines if line.ordinal == paper.edition)
    return supervision_record.paper(viewer, form=form)[1]


SOURCES = (Source(RECORD, _records, _make_record),)
