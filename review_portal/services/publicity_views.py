"""The publicity draft for its editor, and as files: what was drafted, what was changed, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.text_changes import Piece, changes
from review_portal.exports import notice_page, publicity_notice
from review_portal.exports.publicity_notice import PARTS, Notice, NoticeText, drafted_parts
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.publicity import NoticeDraft, NoticeEdit
from review_portal.services import publicity_reading, ranking_versions, scopes, signature_state
from review_portal.services.publicity_facts import (
    FIELDS,
    draft_of,
    first_facts,
    is_outdated,
    released,
    request_of,
)
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

Paper = tuple[str, bytes]  # file name and content
_NONE_YET = mark("尚未生成公示稿。")
SENTENCES = PARTS  # label of each sentence that may be edited, for the editor's form


@dataclass(frozen=True, slots=True)
class Change:
    """A fact or sentence that a person has changed: its label, what was drafted, what stands now.

    Of a sentence the `reasons` given with it; an empty text of one stands for the sentence as drafted.
    """

    label: str
    drafted: str
    now: str
    reasons: tuple[str, ...] = ()
    sentence: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the notice: as drafted, as it reads now, what changed, why, and which facts it lost.

    `left_out` are those that it may leave out because of `excuse`.
    """

    part: str
    label: str
    drafted: str
    now: str
    reason: str
    pieces: tuple[Piece, ...]
    lost: tuple[str, ...]
    excuse: str = ""
    left_out: str = ""

    @property
    def edited(self) -> bool:
        """Whether a person has put it otherwise."""
        return self.now != self.drafted


@dataclass(frozen=True, slots=True)
class Edit:
    """One time that the draft was kept: by whom, when, and which facts and sentences it changed."""

    ordinal: int
    at: datetime
    by: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class EditionRow:
    """An edition; `released_at` None while it is worked on, `correction` why there is another."""

    edition: int
    correction: str
    released_at: datetime | None
    digest: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """The draft as its editor shows it.

    `preview` while the leaders have not decided; `facts` are texts as typed; `missing` names what must be
    filled before release, `unsigned` the papers whose originals it waits for; `waiting` is the open request
    for release, `released_at` when it was agreed; `editable` says whether it may be changed now.
    """

    public_id: str
    call: str
    call_title: str
    state: str
    preview: bool
    facts: Mapping[str, str]
    words: NoticeText
    missing: tuple[str, ...]
    changes: tuple[Change, ...]
    sentences: tuple[Sentence, ...]
    unsigned: tuple[str, ...]
    list_digest: str
    version: int
    updated_at: datetime
    updated_by: str
    waiting: str | None
    released_at: datetime | None
    editable: bool
    edition: int
    correction: str
    editions: tuple[EditionRow, ...]
    ranking_version: int = 1
    outdated: bool = False


def get(viewer: Viewer, *, call: str) -> NoticeView:
    """The draft with its words, what is missing and what was changed by hand. Raises `NotFound`."""
    session = db.session()
    row, found = _loaded(session, viewer, call)
    rules = rules_of(row)
    notice = publicity_reading.shown(session, row, found, rules)
    request = request_of(session, found)
    editable = publicity_reading.is_open(session, row, found)
    releasing = editable and row.state in ("decided", "publicity")
    unsigned = signature_state.missing(session, row, "publicity") if releasing else []
    return NoticeView(
        public_id=found.public_id,
        call=row.public_id,
        call_title=row.title,
        state=row.state,
        preview=row.state == "ranked",
        facts=found.facts,
        words=publicity_notice.wording(notice),
        missing=notice.missing(),
        changes=_changes(first_facts(rules), found.facts),
        sentences=_sentences(notice, found),
        unsigned=tuple(paper.name for paper in unsigned),
        list_digest=notice.list_digest,
        version=found.version,
        updated_at=found.updated_at,
        updated_by=_names(session, [found.updated_by])[found.updated_by],
        waiting=request.public_id if request and _open(request) else None,
        released_at=request.decided_at if request and request.outcome == "approved" else None,
        editable=editable,
        edition=found.edition,
        correction=found.correction,
        editions=_editions(session, found, rules),
        ranking_version=ranking_versions.version_of(session, found.ranking_id),
        outdated=is_outdated(session, found, row),
    )


def has_draft(viewer: Viewer, *, call: str) -> bool:
    """Whether the notice of this call has been drafted. Raises `NotFound`."""
    return draft_of(db.session(), scopes.office_call(viewer, call)) is not None


def history(viewer: Viewer, *, call: str) -> list[Edit]:
    """Every time the edition at hand was kept, newest first, with what changed then. Raises `NotFound`."""
    session = db.session()
    _row, found = _loaded(session, viewer, call)
    edits = publicity_reading.edits_of(session, found.id)
    names = _names(session, [edit.edited_by for edit in edits])
    lines = []
    before: NoticeEdit | None = None
    for edit in edits:
        changed: tuple[Change, ...] = ()
        if before is not None:
            changed = _changes(before.facts, edit.facts) + _put_otherwise(before.texts, edit.texts)
        lines.append(Edit(edit.ordinal, edit.edited_at, names[edit.edited_by], changed))
        before = edit
    return lines[::-1]


def _put_otherwise(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> tuple[Change, ...]:
    """Sentences whose words or reasons differ, with the reasons that were given then."""
    nothing = ("", "", "", "")
    return tuple(
        Change(label, old[0], new[0], tuple(why for why in new[1:3] if why), sentence=True)
        for part, label in PARTS.items()
        if (old := tuple(before.get(part, nothing))) != (new := tuple(after.get(part, nothing)))
    )


def _loaded(session: Session, viewer: Viewer, call: str) -> tuple[Call, NoticeDraft]:
    row = scopes.office_call(viewer, call)
    found = draft_of(session, row)
    if found is None:
        raise NotFound(_NONE_YET)
    return row, found


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """Facts that differ, in the order of the form."""
    return tuple(
        Change(str(label), before.get(name, ""), after.get(name, ""))
        for name, label in FIELDS.items()
        if before.get(name, "") != after.get(name, "")
    )


def _sentences(notice: Notice, found: NoticeDraft) -> tuple[Sentence, ...]:
    texts = found.texts or {}
    lost = publicity_reading.unexcused(notice, texts)
    return tuple(
        Sentence(
            part,
            PARTS[part],
            drafted,
            notice.texts.get(part, drafted),
            texts[part][1] if part in texts else "",
            changes(drafted, notice.texts.get(part, drafted)),
            lost.get(part, ()),
            *texts[part][2:] if part in texts else ("", ""),
        )
        for part, drafted in drafted_parts(notice).items()
    )


def _editions(session: Session, found: NoticeDraft, rules: Rules) -> tuple[EditionRow, ...]:
    rows = []
    for edition in publicity_reading.editions_of(session, found):
        request = request_of(session, edition)
        agreed = request if request is not None and request.outcome == "approved" else None
        digest = released(agreed, rules).list_digest if agreed else ""
        decided = agreed.decided_at if agreed else None
        rows.append(EditionRow(edition.edition, edition.correction, decided, digest))
    return tuple(rows)


def _names(session: Session, ids: list[int]) -> dict[int, str]:
    query = sa.select(Account.id, Account.name).where(Account.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)}


def _open(request: Approval) -> bool:
    return request.outcome == "pending" and request.expires_at > now()


def document(viewer: Viewer, *, call: str, edition: int | None = None) -> Paper:
    """The draft as .docx; missing facts stand in it as 【待填：…】. Raises `NotFound`."""
    name, notice = _notice(viewer, call, edition)
    return f"{name}.docx", publicity_notice.write_docx(notice)


def plain_text(viewer: Viewer, *, call: str, edition: int | None = None) -> Paper:
    """The draft as UTF-8 text. Raises `NotFound`."""
    name, notice = _notice(viewer, call, edition)
    return f"{name}.txt", publicity_notice.text(notice).encode()


def web_page(viewer: Viewer, *, call: str, edition: int | None = None) -> Paper:
    """The draft as one HTML file for the website's editor. Raises `NotFound`."""
    name, notice = _notice(viewer, call, edition)
    return f"{name}.html", notice_page.write_html(notice).encode()


def _notice(viewer: Viewer, call: str, edition: int | None) -> tuple[str, Notice]:
    """File name and notice: as it stands, or a released `edition` of it as it was agreed to."""
    session = db.session()
    row, found = _loaded(session, viewer, call)
    if edition is None:
        return _file_name(row), publicity_reading.shown(session, row, found, rules_of(row))
    for each in publicity_reading.released_editions(session, row):
        if (each.ranking_id, each.edition) == (found.ranking_id, edition):
            return f"{_file_name(row)}_第{edition}版", each.notice
    raise NotFound(mark("没有这一版已发布的公示。"))


def _file_name(call: Call) -> str:
    return f"{'公示试拟稿' if call.state == 'ranked' else '公示稿'}_{call.public_id}"
