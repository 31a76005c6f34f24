"""Scoring offline: a workbook of the own open sheets, and what it holds put back as drafts, as one unit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import canonical, states
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.offline_sheet import FilledSheet
from review_portal.domain.policy import Viewer
from review_portal.exports import expert_sheet
from review_portal.exports import score_workbook as paper
from review_portal.exports.score_workbook_content import ScoreSheet, ScoreWorkbook
from review_portal.intake import score_workbook as typed
from review_portal.models.calls import Round
from review_portal.models.reviews import Review
from review_portal.services import audit, offline_changes, offline_guard, offline_rows
from review_portal.services.offline_changes import CHANGE, CLASH, CLOSED, Change, Preview, compared
from review_portal.services.offline_guard import Guard, Held
from review_portal.services.offline_rows import Desk
from review_portal.services.own_sheets import content_of, own_sheet, require_open, store_draft
from review_portal.services.report_figures import call_head

Paper = tuple[str, bytes]
_SEALED_MOST = 3_500_000  # characters that a form can still send back
FILE, PORTAL = "file", "portal"  # what somebody chooses for a dossier that both have changed


@dataclass(frozen=True, slots=True)
class Applied:
    """What a confirmation stored; `left` counts what stayed as it was although the file differed."""

    stored: int
    left: int


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """An own open sheet as the page lists it; `missing` counts what a submission would still lack."""

    review: str
    number: str
    unit: str
    state: str
    missing: int


@dataclass(frozen=True, slots=True)
class Start:
    """The page: the sheets that a download would hold, or why there is none."""

    round: str
    call: str
    name: str
    code: str
    closed: Message
    sheets: tuple[OpenSheet, ...]
    waiting: int  # open dossiers without a declaration, which a download leaves out


def start(viewer: Viewer, *, round_: str) -> Start:
    """What there is to download and to submit. Raises `NotFound`."""
    desk = offline_rows.load(db.session(), viewer, round_)
    return Start(
        desk.round,
        desk.call,
        desk.stage_name,
        desk.code,
        desk.closed,
        tuple(
            OpenSheet(
                sheet.review,
                sheet.number,
                sheet.unit,
                sheet.state,
                len(offline_changes.missing(desk.rubric, desk.rules, sheet.content)),
            )
            for sheet in desk.open
        ),
        sum(sheet.waits for sheet in desk.sheets),
    )


def workbook(viewer: Viewer, *, round_: str) -> Paper:
    """The own open sheets of a round with their drafts. Eleven queries, however many sheets.

    Raises `NotFound`, `Conflict` where the round takes nothing or no sheet is open.
    """
    desk = offline_rows.load(db.session(), viewer, round_)
    desk.require_open()
    if not desk.open:
        raise Conflict(mark("没有可以填写的评分表：请先作出回避声明；已提交的须先撤回。"))
    made_at = now()
    guard = Guard(
        viewer.public_id,
        desk.round,
        desk.rubric_digest,
        made_at.isoformat(),
        tuple(
            Held(
                sheet.review,
                sheet.number,
                sheet.version,
                offline_changes.digest(desk.rubric, sheet.content),
            )
            for sheet in desk.open
        ),
    )
    book = ScoreWorkbook(
        call_head(desk.call_rules).title,
        desk.stage_name,
        desk.code,
        desk.rubric,
        desk.rules,
        desk.call_rules.level_names,
        desk.deadline,
        made_at,
        offline_guard.write(guard),
        desk.rubric.foot or expert_sheet.FOOT,
        tuple(
            ScoreSheet(
                sheet.review, sheet.number, sheet.unit, sheet.members, sheet.recommender, sheet.content
            )
            for sheet in desk.open
        ),
    )
    return f"离线评分表_{desk.stage_name}_{desk.code}.xlsx", paper.write(book)


def preview(viewer: Viewer, *, round_: str, name: str, data: bytes) -> Preview:
    """A returned workbook against what the portal holds; writes nothing.

    Raises `Invalid` with every fault at its cell, also for a workbook that is not the viewer's, not of this
    round or of other rules; `Conflict` where the round takes nothing, `NotFound`.
    """
    desk = offline_rows.load(db.session(), viewer, round_)
    desk.require_open()
    raw = typed.open_workbook(data, name)
    guard = _believed(desk, viewer, raw.guard)
    filled = typed.read(raw, desk.rubric, {held.review for held in guard.sheets})
    filled = _short_enough(desk, filled)
    return _preview(desk, viewer, guard, filled, hashlib.sha256(data).hexdigest())


def _short_enough(desk: Desk, filled: Sequence[FilledSheet]) -> tuple[FilledSheet, ...]:
    """Sheets longer than a draft may be are refused before anything is shown."""
    faults: dict[str, Message] = {}
    for sheet in filled:
        try:
            content_of(desk.rubric, sheet.content)
        except Invalid as problem:
            faults[f"{sheet.place} 表"] = problem.message
    if faults:
        raise Invalid(typed.refusal(len(faults)), faults)
    return tuple(filled)


def _believed(desk: Desk, viewer: Viewer, text: str) -> Guard:
    guard = offline_guard.read(text)
    if guard is None:
        raise Invalid(
            mark("文件的校验内容已被改动，或不是从本系统下载的。请重新下载，把所填内容移入后再上传。")
        )
    if guard.account != viewer.public_id:
        raise Invalid(mark("这是另一位专家的离线评分表，不能由您上传。请上传您本人下载的文件。"))
    if guard.round != desk.round:
        raise Invalid(mark("这是另一轮评审的离线评分表。请在它所属的一轮上传，或下载本轮的评分表。"))
    if guard.rubric != desk.rubric_digest:
        raise Invalid(mark("下载以后评分规则已更新，这份文件不能再用。请重新下载，按新规则填写。"))
    return guard


def _preview(desk: Desk, viewer: Viewer, guard: Guard, filled: Sequence[FilledSheet], file: str) -> Preview:
    changes = compared(desk, guard, filled)
    carried = {
        "account": viewer.public_id,
        "round": desk.round,
        "file": file,
        "guard": offline_guard.write(guard),
        "filled": [
            {
                "review": sheet.review,
                "place": sheet.place,
                "content": sheet.content,
                "unscored": list(sheet.unscored),
                "cells": [[*field, cell] for field, cell in sheet.cells.items()],
            }
            for sheet in filled
        ],
    }
    shown = canonical.digest(
        {
            "file": file,
            "rubric": desk.rubric_digest,
            "changes": [[change.review, change.kind, str(change.why.msgid)] for change in changes],
            "taken": [
                [change.review, change.version, change.content]
                for change in changes
                if change.kind in (CHANGE, CLASH)
            ],
        }
    )
    sealed = offline_guard.sealed("score preview", carried)
    if len(sealed) > _SEALED_MOST:
        raise Invalid(mark("文件中的文字过多，一次存不下。请删去一部分材料的工作表，分几次上传。"))
    return Preview(shown, sealed, changes)


def apply(actor: Viewer, *, round_: str, sealed: str, digest: str, choices: Mapping[str, str]) -> Applied:
    """Store what a preview showed as drafts: all of it in one transaction, or nothing. Never submits.

    choices: review -> "file" or "portal", for each dossier that has changed on both sides. Raises `Conflict`
    when something has changed since, `Invalid` with `fields` keyed by review where a choice is missing,
    `NotFound`.
    """
    with transaction() as session:
        _lock(session, actor, round_)
        desk = offline_rows.load(session, actor, round_)
        shown, file = _carried(desk, actor, sealed)
        if shown.digest != digest:
            raise Conflict(mark("预览以后，系统中的内容已有变化，未作任何改动。请核对下面新的预览，再确认。"))
        _require_choices(shown, choices)
        taken = [
            change for change in shown.taken if change.kind == CHANGE or choices.get(change.review) == FILE
        ]
        for change in sorted(taken, key=lambda each: each.review):
            _store(session, actor, change)
        if taken:
            _record(session, actor, round_, taken, file)
        return Applied(len(taken), len(shown.taken) - len(taken) + len(shown.of_kind(CLOSED)))


def again(viewer: Viewer, *, round_: str, sealed: str) -> Preview:
    """A preview against what the portal holds now. Raises `Invalid` unless it is an own one, `Conflict`."""
    return _carried(offline_rows.load(db.session(), viewer, round_), viewer, sealed)[0]


def _carried(desk: Desk, viewer: Viewer, sealed: str) -> tuple[Preview, str]:
    """What a page sent back, compared anew, and the digest of its file."""
    desk.require_open()
    carried = offline_guard.unsealed("score preview", sealed)
    if carried is None or (carried["account"], carried["round"]) != (viewer.public_id, desk.round):
        raise Invalid(mark("预览内容不完整或已被改动，未作任何改动。请重新上传文件。"))
    guard = _believed(desk, viewer, carried["guard"])
    return _preview(desk, viewer, guard, _filled(carried), carried["file"]), carried["file"]


def _lock(session: Session, actor: Viewer, round_: str) -> None:
    """The round against closing, then the own sheets, in one order for everybody."""
    row = session.scalar(sa.select(Round.id).where(Round.public_id == round_).with_for_update(read=True))
    session.scalars(
        sa.select(Review)
        .where(Review.round_id == row, Review.expert_id == actor.expert_id)
        .order_by(Review.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _filled(carried: Mapping[str, Any]) -> tuple[FilledSheet, ...]:
    return tuple(
        FilledSheet(
            sheet["review"],
            sheet["place"],
            sheet["content"],
            {(part, key): cell for part, key, cell in sheet["cells"]},
            tuple(sheet["unscored"]),
        )
        for sheet in carried["filled"]
    )


def _require_choices(shown: Preview, choices: Mapping[str, str]) -> None:
    open_ = {
        change.review: mark("请选择保留哪一份。")
        for change in shown.of_kind(CLASH)
        if choices.get(change.review) not in (FILE, PORTAL)
    }
    if open_:
        raise Invalid(mark("有%(n)s份材料两边都改过，请逐份选择保留哪一份。", n=len(open_)), open_)


def _store(session: Session, actor: Viewer, change: Change) -> None:
    own = own_sheet(session, actor, change.review)
    require_open(session, actor, own)
    store_draft(session, own.review, content_of(own.rubric, change.content), change.version)
    if own.review.state != "draft":
        own.review.state = states.advance(states.REVIEW, own.review.state, "save")


def _record(session: Session, actor: Viewer, round_: str, taken: Sequence[Change], file: str) -> None:
    call_id = session.scalar(sa.select(Round.call_id).where(Round.public_id == round_))
    audit.record(
        session,
        actor,
        "apply_score_workbook",
        object_kind="round",
        object_id=round_,
        call_id=call_id,
        detail={"file": file, "updated": len(taken)},
    )
