"""The trail in the words of people: who did what to which named thing, and why.

What the chain commits to without saying it (`bindings`) is read from where it stands, as far as the viewer
may see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import policy
from review_portal.domain.policy import Viewer
from review_portal.domain.register import masked_login
from review_portal.domain.trail_facts import FACTS
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditBinding, AuditEntry
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Finding
from review_portal.models.reviews import ReconciliationCase
from review_portal.services.binding_subjects import SUBJECTS
from review_portal.services.trail_names import names

SHOWN_MAX = 40  # of a list in one entry: all of it stands in the download

# What of a bound row is read out: subject -> column -> key of FACTS.
TOLD: Final[Mapping[str, Mapping[str, str]]] = {
    "dossier_act": {"reason": "reason"},
    "finding_answer": {"finding_id": "finding", "result": "result", "basis": "basis"},
    "scheme": {"scheme_approved_by": "approved_by"},
    "declaration": {"reason": "reason"},
    "departure": {"reason": "reason"},
    "substitute": {"basis": "basis"},
    "paper_sheet": {"reason": "reason"},
    "case_question": {"question": "question", "grounds": "grounds"},
    "case_answer": {"reason": "reason"},
    "case_act": {"reason": "reason"},
    "case_discussion": {"outcome": "outcome", "reason": "reason"},
    "set_aside": {"set_aside": "set_aside"},
    "extension": {"reason": "reason"},
    "close_reason": {"close_reason": "reason"},
    "defense_record": {"conditions": "conditions", "reason": "reason"},
    "late_arrival": {"note": "note"},
    "hold": {"reason": "reason"},
    "hold_lifting": {"finding": "looked_into"},
    "supervision_note": {"title": "noted", "remark": "note", "reason": "reason"},
    "opinion_answer": {"reason": "reason"},
    "opinion_settlement": {"reason": "reason"},
    "tie_closing": {"reason": "reason"},
    "tie_referral": {"reason": "reason"},
    "decision": {"conclusion": "outcome", "departures": "departures"},
    "publicity_event": {"reason": "reason"},
    "final_list": {"reason": "reason"},
    "list_change": {"reason": "reason", "departures": "departures"},
    "letter_delivery": {"note": "note"},
    "result_delivery": {"note": "note"},
    "score_confirmation": {"reason": "reason"},
    "ranking": {"body": "look"},
    "reexamination": {"grounds": "objection"},
    "correction": {"reason": "reason"},
}
_AFTER_UNSEALING = frozenset({"case_question", "case_answer", "set_aside"})  # they speak of scores


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An officer's confirmation of a finding."""

    rule: str
    result: str
    basis: str


@dataclass(frozen=True, slots=True)
class Line:
    """An entry to be read. `facts`: key of `trail_words.FACTS` -> value.

    `more` counts what a list leaves out. `actor` is None where whoever acted is not told before the round has
    finished; `login` is empty for the host.
    """

    sequence: int
    at: datetime
    actor: str | None
    login: str
    action: str
    kind: str
    object: str
    facts: Mapping[str, Any]
    more: Mapping[str, int]
    digest: str


def lines(session: Session, viewer: Viewer, call: Call, entries: Sequence[AuditEntry]) -> list[Line]:
    """Entries of a call in words. A fixed number of queries, however many entries."""
    shortened = [_shortened(entry.detail) for entry in entries]
    ids = {entry.object_id for entry in entries}
    for detail, _more in shortened:
        ids.update(_texts(value for key, value in detail.items() if FACTS.get(key, ("", ""))[1] == "names"))
    known = names(session, viewer, call, ids)
    said = _words(session, viewer, [entry.sequence for entry in entries])
    unnamed = withheld(session, entries)
    logins = _logins(session, entries)
    return [
        Line(
            entry.sequence,
            entry.at,
            None if entry.sequence in unnamed else entry.actor_name,
            "" if entry.sequence in unnamed else masked_login(logins.get(entry.actor_id or 0, "")),
            entry.action,
            entry.object_kind,
            known.get(entry.object_id, ""),
            _facts({**detail, **said.get(entry.sequence, {})}, known),
            more,
            entry.digest,
        )
        for entry, (detail, more) in zip(entries, shortened, strict=True)
    ]


def withheld(session: Session, entries: Iterable[AuditEntry]) -> set[int]:
    """Entries whose actor is not told yet: an answer would say whose code the case was about. One query."""
    answers = {entry.object_id: entry.sequence for entry in entries if entry.action == "answer_case"}
    if not answers:
        return set()
    pending = session.scalars(
        sa.select(ReconciliationCase.public_id)
        .join(Round, Round.id == ReconciliationCase.round_id)
        .where(ReconciliationCase.public_id.in_(sorted(answers)), Round.state != "finished")
    )
    return {answers[case] for case in pending}


def _logins(session: Session, entries: Sequence[AuditEntry]) -> dict[int, str]:
    ids = {entry.actor_id for entry in entries if entry.actor_id is not None}
    rows = session.execute(sa.select(Account.id, Account.login).where(Account.id.in_(sorted(ids))))
    return dict(rows.all())


def _shortened(detail: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    kept, more = {}, {}
    for key, value in detail.items():
        kept[key] = value
        if isinstance(value, list) and len(value) > SHOWN_MAX:
            kept[key], more[key] = value[:SHOWN_MAX], len(value) - SHOWN_MAX
    return kept, more


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(value)


def _facts(detail: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """What is to be read of an entry, in the order of FACTS; ids as names, nothing that is empty."""
    found = {}
    for key, (_label, form) in FACTS.items():
        value = detail.get(key)
        if value is None or value is False or value == "" or value == []:
            continue
        found[key] = _named(value, known) if form == "names" else value
    return found


def _named(value: Any, known: Mapping[str, str]) -> list[str]:
    """Names of one id, of several, or of pairs (expert, dossier); a bare count stays one."""
    if isinstance(value, list):
        return [
            "—".join(_named(item, known)) if isinstance(item, list) else _name(item, known) for item in value
        ]
    return [_name(value, known)]


def _name(value: Any, known: Mapping[str, str]) -> str:
    return known.get(str(value), str(value))


def _words(session: Session, viewer: Viewer, sequences: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What bound rows say, by entry. A query for the bindings and one for each subject that occurs."""
    bound: dict[str, list[tuple[int, int]]] = {}
    query = sa.select(AuditBinding.subject, AuditBinding.row_id, AuditBinding.sequence).where(
        AuditBinding.sequence.in_(sequences), AuditBinding.subject.in_(TOLD)
    )
    for subject, row_id, sequence in session.execute(query.order_by(AuditBinding.row_id)):
        bound.setdefault(subject, []).append((row_id, sequence))
    found: dict[int, dict[str, Any]] = {}
    for subject, pairs in sorted(bound.items()):
        rows = _rows(session, viewer, subject, sorted({row_id for row_id, _sequence in pairs}))
        for row_id, sequence in pairs:
            if row_id in rows:
                _add(found.setdefault(sequence, {}), subject, rows[row_id])
    return found


def _rows(session: Session, viewer: Viewer, subject: str, ids: list[int]) -> dict[int, dict[str, Any]]:
    table, columns = SUBJECTS[subject].table, TOLD[subject]
    query = sa.select(table.id, *(getattr(table, column) for column in columns)).where(table.id.in_(ids))
    if subject == "finding_answer":
        query = query.add_columns(Finding.rule).join(Finding, Finding.id == table.finding_id)
    if subject in _AFTER_UNSEALING:
        query = query.add_columns(Round)
        if table is not Round:
            query = query.join(Round, Round.id == table.round_id)
    found = {}
    for row in session.execute(query):
        if subject in _AFTER_UNSEALING and not policy.can_see_points(viewer, row[-1]):
            continue
        found[row[0]] = dict(zip(columns.values(), row[1:], strict=False))
        if subject == "finding_answer":
            found[row[0]]["finding"] = row[-1]
    return found


def _add(facts: dict[str, Any], subject: str, row: Mapping[str, Any]) -> None:
    if subject == "finding_answer":
        said = Confirmed(row["finding"], row["result"], row["basis"])
        facts.setdefault("findings", []).append(said)
    elif subject == "set_aside":
        facts["reason"] = (row["set_aside"] or {}).get("reason", "")
    elif subject == "ranking":
        facts["look"] = row["look"].get("look", "")
    else:
        facts.update(row)
