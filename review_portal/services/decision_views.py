"""Decisions of the leaders for reading: what lies before the meeting, what was decided, the minutes' scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from review_portal.db import db
from review_portal.domain.decision_rules import Candidate, result_of
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Decision
from review_portal.models.files import StoredFile
from review_portal.models.rankings import Ranking
from review_portal.services import approvals, files, scopes
from review_portal.services.decision_facts import RECORD, decidable, ground, refuse_now
from review_portal.services.ranking_words import fixed_sentences
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A dossier of a decision as it is read: place and standing in the ranking, answer, reason."""

    dossier: str
    number: str
    unit: str
    rank: int | None
    outcome: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A recorded decision; `selected` are public ids of dossiers, `result` a key of `RESULTS`."""

    public_id: str
    meeting: str
    held_on: date
    minutes_number: str
    outcome: str
    result: str
    conclusion: str
    choices: tuple[ChoiceRow, ...]
    selected: tuple[str, ...]
    departures: str
    quota: int
    ranking: str
    scan: str
    scan_file: str
    recorded_at: datetime
    recorded_by: str
    checked_by: str


@dataclass(frozen=True, slots=True)
class Docket:
    """What lies before the meeting. `lines` are the ranking's rows beside `candidates`.

    `waiting`: the open request. `blocked` says why nothing can be recorded now, None when it can.
    """

    call: str
    state: str
    kind: str
    quota: int
    digest: str
    candidates: tuple[Candidate, ...]
    lines: tuple[Mapping[str, Any], ...]
    sentences: tuple[Message, ...]
    waiting: str | None
    blocked: Message | None


def docket(viewer: Viewer, *, call: str) -> Docket | None:
    """What the meeting decides on, for the call's offices; None before a freeze. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    if decidable(session, row) is None:
        return None
    rules = rules_of(row)
    found = ground(session, row, rules)
    blocked = None
    try:
        refuse_now(session, row, found)
    except Conflict as problem:
        blocked = problem.message
    return Docket(
        row.public_id,
        row.state,
        found.ranking.kind,
        found.quota,
        found.ranking.digest,
        found.candidates,
        tuple(found.lines),
        fixed_sentences(found.ranking.body, rules),
        approvals.open_on(session, RECORD, [row.public_id]).get(row.public_id),
        blocked,
    )


def history(viewer: Viewer, *, call: str) -> list[DecisionView]:
    """Every decision on this call, newest first, for its offices. Raises `NotFound`. Two queries."""
    row = scopes.office_call(viewer, call)
    recorder, checker = aliased(Account), aliased(Account)
    rows = db.session.execute(
        sa.select(Decision, Ranking, StoredFile.public_id, recorder.name, checker.name)
        .join(Ranking, Ranking.id == Decision.ranking_id)
        .join(StoredFile, StoredFile.id == Decision.scan_id)
        .join(recorder, recorder.id == Decision.recorded_by)
        .join(checker, checker.id == Decision.checked_by)
        .where(Decision.call_id == row.id)
        .order_by(Decision.id.desc())
    )
    quota = rules_of(row).quota
    return [_view(quota, *found) for found in rows]


def get(viewer: Viewer, *, call: str) -> DecisionView | None:
    """The newest decision on this call, None before there is one. Raises `NotFound`."""
    return next(iter(history(viewer, call=call)), None)


def _view(
    quota: int, found: Decision, ranking: Ranking, scan_file: str, by: str, checked: str
) -> DecisionView:
    lines = {line["dossier"]: line for line in ranking.body["rows"]}
    return DecisionView(
        found.public_id,
        found.meeting,
        found.held_on,
        found.minutes_number,
        found.outcome,
        result_of(found.outcome, len(found.selected), quota),
        found.conclusion,
        tuple(_choice_row(lines[dossier], answer, reason) for dossier, answer, reason in found.choices),
        tuple(found.selected),
        found.departures,
        quota,
        ranking.digest,
        found.scan,
        scan_file,
        found.recorded_at,
        by,
        checked,
    )


def _choice_row(line: Mapping[str, Any], answer: str, reason: str) -> ChoiceRow:
    return ChoiceRow(
        line["dossier"], line["number"], line["unit"], line["rank"], line["outcome"], answer, reason
    )


def scan(viewer: Viewer, *, call: str, file: str) -> tuple[str, bytes]:
    """Media type and bytes of a scan that a decision of this call, or a request for one, rests on.

    Raises `NotFound`.
    """
    row = scopes.office_call(viewer, call)
    asked = sa.select(Approval.payload).where(Approval.action == RECORD, Approval.call_id == row.id)
    known = {payload.get("scan_file") for payload in db.session.scalars(asked)}
    found = db.session.scalar(sa.select(StoredFile.id).where(StoredFile.public_id == file))
    if file not in known or found is None:
        raise NotFound()
    stored, data = files.read(found)
    return stored.media_type, data
