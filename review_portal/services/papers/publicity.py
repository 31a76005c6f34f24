"""Papers of publicity and of the published result: notices, objections, the final list, the letters on it."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict
from review_portal.domain.policy import Viewer
from review_portal.exports import objection_record, objection_reply, publicity_notice
from review_portal.models.calls import Call
from review_portal.models.final_lists import FinalList, ListPaper
from review_portal.services import (
    final_list_views,
    list_notice_facts,
    objection_papers,
    objection_views,
    publicity_facts,
    publicity_reading,
    result_letter_rows,
    result_letter_views,
)
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

NOTICE = Kind("notice", "公示", "publicity", "永久")
REGISTER = Kind("objections", objection_record.TITLE, "publicity", "30年")
FINAL = Kind("final_list", "公布名单的通知", "publicity", "永久")
CHANGE = Kind("list_change", "名单变更公示", "publicity", "永久")
LETTERS = Kind("result_letters", "结果告知书", "publicity", "30年")
# letters on objections: one kind for each step that sends one
_ANSWERS = {
    f"objection_{act}": (act, Kind(f"objection_{act}", title, "publicity", "30年"))
    for act, title in objection_reply.TITLES.items()
}


def _notices(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    """Every edition that was public, and the one that is worked on as a draft."""
    editions = publicity_reading.released_editions(session, call)[::-1]
    for place, one in enumerate(editions, start=1):
        name = f"{NOTICE.title}_第{place}版"
        yield Paper(NOTICE, one.public_id, name, local_date(one.released_at), one.edition)
    draft = publicity_facts.draft_of(session, call)
    if draft is not None and draft.public_id not in {one.public_id for one in editions}:
        head = "公示试拟稿" if call.state == "ranked" else "更正公示稿" if draft.correction else "公示稿"
        yield Paper(NOTICE, draft.public_id, f"{head}_草稿", local_date(draft.updated_at), draft.edition)


def _make_notice(_viewer: Viewer, call: Call, paper: Paper) -> bytes:
    session = db.session()
    for one in publicity_reading.released_editions(session, call):
        if one.public_id == paper.of:
            return publicity_notice.write_docx(one.notice)
    draft = publicity_facts.draft_of(session, call)
    assert draft is not None  # the paper is listed only with it
    return publicity_notice.write_docx(publicity_reading.shown(session, call, draft, rules_of(call)))


def _registers(_session: Session, viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    rows = objection_views.register(viewer, call=call.public_id).rows
    if rows:
        newest = max(at for row in rows for at in (row.recorded_at, *(item.at for item in row.acts)))
        yield Paper(REGISTER, call.public_id, REGISTER.title, local_date(newest))


def _make_register(viewer: Viewer, call: Call, _paper: Paper) -> bytes:
    return objection_papers.register_sheet(viewer, call=call.public_id)[1]


def _answers(act: str, kind: Kind, viewer: Viewer, call: Call) -> Iterator[Paper]:
    for row in objection_views.register(viewer, call=call.public_id).rows:
        sent = [item for item in row.acts if item.act == act and item.letter]
        if sent:
            name = f"{kind.title}_{row.number}"
            yield Paper(kind, row.public_id, name, local_date(sent[-1].at), number=row.number)


def _answer_source(act: str, kind: Kind) -> Source:
    def find(_session: Session, viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
        return _answers(act, kind, viewer, call)

    def make(viewer: Viewer, _call: Call, paper: Paper) -> bytes:
        return objection_papers.letter(viewer, objection=paper.of, act=act)[1]

    return Source(kind, find, make)


def _finals(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    query = sa.select(ListPaper.public_id, FinalList.ordinal, FinalList.issued_on, FinalList.number)
    query = query.join(FinalList, FinalList.paper_id == ListPaper.id).where(FinalList.call_id == call.id)
    for paper, ordinal, day, number in session.execute(query.order_by(FinalList.ordinal)):
        yield Paper(FINAL, paper, f"{FINAL.title}_第{ordinal}版", day, ordinal, number)


def _changes(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    query = sa.select(ListPaper).where(ListPaper.call_id == call.id, ListPaper.kind != "list")
    for row in session.scalars(query.order_by(ListPaper.id)):
        request = list_notice_facts.request_of(session, row)
        if request is not None and request.outcome == "approved" and request.decided_at is not None:
            later = row.kind == "newcomer" and list_notice_facts.change_of(session, row).cause == "later"
            head = "拟增列单位公示" if later else "拟递补单位公示" if row.kind == "newcomer" else CHANGE.title
            name = f"{head}_第{row.ordinal}号变更"
            yield Paper(CHANGE, row.public_id, name, local_date(request.decided_at), row.ordinal)


def _make_list_paper(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    return final_list_views.document(viewer, call=call.public_id, paper=paper.of)[1]


def _letters(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    try:
        last = result_letter_rows.final(session, call)
    except Conflict:  # no list is final, or a change of it is public
        return
    name = f"{LETTERS.title}_名单第{last.ordinal}版"
    yield Paper(LETTERS, call.public_id, name, last.issued_on, last.ordinal)


def _make_letters(viewer: Viewer, call: Call, _paper: Paper) -> bytes:
    return result_letter_views.document(viewer, call=call.public_id)[1]


SOURCES = (
    Source(NOTICE, _notices, _make_notice),
    Source(REGISTER, _registers, _make_register),
    *(_answer_source(act, kind) for act, kind in _ANSWERS.values()),
    Source(FINAL, _finals, _make_list_paper),
    Source(CHANGE, _changes, _make_list_paper),
    Source(LETTERS, _letters, _make_letters),
)
