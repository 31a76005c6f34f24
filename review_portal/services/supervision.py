"""What the supervisor reads: how far rounds are, who sits where, the trail. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.rankings import Ranking
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import approvals, audit, scopes
from review_portal.services.approvals import OpenApproval
from review_portal.services.audit import Verification
from review_portal.services.points import in_the_running
from review_portal.services.ranking_words import panel_name
from review_portal.services.rules import rules_of
from review_portal.services.trail_lines import Line, lines, withheld


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round by its states and counts of sheets; nothing comes from points."""

    public_id: str
    name: str
    state: str
    opened_at: datetime | None
    closed_at: datetime | None
    unsealed_at: datetime | None
    finished_at: datetime | None
    frozen_digest: str | None
    sheets: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A frozen ranking by its digest; its rows belong to the chair's and the secretariat's pages.

    `panel`: whose shortlist it is, where several panels made one.
    """

    kind: str
    digest: str
    frozen_at: datetime
    frozen_by: str
    panel: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """A call as its supervisor sees it. `dossiers`: state -> how many."""

    public_id: str
    title: str
    state: str
    scheme_digest: str | None
    scheme_reference: str | None
    scheme_approved_on: date | None
    rounds: tuple[RoundLine, ...]
    dossiers: Mapping[str, int]
    rankings: tuple[FrozenLine, ...]
    waiting: tuple[OpenApproval, ...]
    verified: Verification | None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries of a call, newest first; `newer` counts those on earlier pages.

    `older` and `back` are sequence numbers for `before` of the pages after and before this one; None
    where there is no older page, and where the page before is the first.
    """

    entries: tuple[Line, ...]
    total: int
    newer: int
    older: int | None
    back: int | None


@dataclass(frozen=True, slots=True)
class Election:
    """One recorded election of a chair; the latest of a round counts."""

    name: str
    method: str
    votes: int
    voters: int
    witness: str
    elected_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A panel member; `recused` counts the dossiers that the member does not judge.

    `code` stays None until reconciliation has ended: whose scores stand under a code is not told before.
    """

    name: str
    employer: str
    code: str | None
    pledged_at: datetime | None
    signed_in_at: datetime | None
    identity_checked_by: str
    recused: int
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A round's panel and its elections, newest first."""

    round_: str
    name: str
    state: str
    seats: tuple[Seat, ...]
    elections: tuple[Election, ...]


def _watched(viewer: Viewer, call: str) -> Call:
    row = scopes.office_call(viewer, call)
    if not policy.can_watch_call(viewer, row.id):
        raise NotFound()
    return row


def _counts(rows: Sequence[sa.Row[Any, int]]) -> dict[Any, int]:
    return dict(rows)


def watch(viewer: Viewer, *, call: str) -> Watch:
    """The supervisor's overview. A fixed number of queries. Raises `NotFound` for everybody else."""
    row = _watched(viewer, call)
    rules = rules_of(row)
    rounds = db.session.scalars(
        sa.select(Round).where(Round.call_id == row.id).order_by(Round.position, Round.id)
    ).all()
    counts: dict[int, dict[str, int]] = {}
    for round_id, state, count in db.session.execute(
        sa.select(Review.round_id, Review.state, sa.func.count())
        .join(Round, Round.id == Review.round_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Round.call_id == row.id, in_the_running(Round.finished_at))
        .group_by(Review.round_id, Review.state)
    ):
        counts.setdefault(round_id, {})[state] = count
    dossiers = db.session.execute(
        sa.select(Dossier.state, sa.func.count()).where(Dossier.call_id == row.id).group_by(Dossier.state)
    ).all()
    frozen = db.session.execute(
        sa.select(Ranking, Account.name)
        .join(Account, Account.id == Ranking.frozen_by)
        .where(Ranking.call_id == row.id)
        .order_by(Ranking.id)
    ).all()
    return Watch(
        row.public_id,
        row.title,
        row.state,
        row.scheme_digest,
        row.scheme_reference,
        row.scheme_approved_on,
        tuple(
            RoundLine(
                item.public_id,
                rules.round_name(item.stage, item.panel),
                item.state,
                item.opened_at,
                item.closed_at,
                item.unsealed_at,
                item.finished_at,
                item.frozen_digest,
                counts.get(item.id, {}),
            )
            for item in rounds
        ),
        _counts(dossiers),
        tuple(
            FrozenLine(item.kind, item.digest, item.frozen_at, name, panel_name(rules, item.panel))
            for item, name in frozen
        ),
        tuple(item for item in approvals.list_waiting(viewer) if item.call_id == row.id),
        audit.last_verification(),
    )


def may_watch(viewer: Viewer, *, call: str) -> bool:
    """Whether the viewer supervises this call. Raises `NotFound` where it is not known to the viewer."""
    return bool(policy.can_watch_call(viewer, scopes.office_call(viewer, call).id))


def trail(viewer: Viewer, *, call: str, before: int | None = None) -> TrailPage:
    """A page of the call's trail, newest first. A fixed number of queries however long it is."""
    row = _watched(viewer, call)
    entries = audit.newest(row.id, before=before)
    bounds = (
        sa.select(
            sa.func.count(),
            sa.func.count(sa.case((AuditEntry.sequence >= before, 1))) if before else sa.literal(0),
            sa.func.min(AuditEntry.sequence),
        )
        .select_from(AuditEntry)
        .where(AuditEntry.call_id == row.id)
    )
    total, newer, first = db.session.execute(bounds).one()
    more = bool(entries) and entries[-1].sequence > first
    back = _start_of_page_before(row.id, before) if before and newer > audit.PAGE else None
    told = lines(db.session(), viewer, row, entries)
    return TrailPage(tuple(told), total, newer, entries[-1].sequence if more else None, back)


def _start_of_page_before(call_id: int, before: int) -> int | None:
    return db.session.scalar(
        sa.select(AuditEntry.sequence)
        .where(AuditEntry.call_id == call_id, AuditEntry.sequence >= before)
        .order_by(AuditEntry.sequence)
        .offset(audit.PAGE)
        .limit(1)
    )


def told_trail(viewer: Viewer, *, call: str) -> list[Line]:
    """The call's whole trail in words, oldest first."""
    row = _watched(viewer, call)
    rows = list(
        db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.call_id == row.id).order_by(AuditEntry.sequence)
        )
    )
    parts = [rows[at : at + audit.BATCH] for at in range(0, len(rows), audit.BATCH)]
    return [line for part in parts for line in lines(db.session(), viewer, row, part)]


def export_trail(viewer: Viewer, *, call: str) -> list[tuple[dict[str, object], str]]:
    """The call's whole trail, oldest first: the body that was hashed, and its digest.

    A body says `withheld` instead of who answered a case while that would tell whose code is whose; its
    digest can be taken again once the round has finished.
    """
    row = _watched(viewer, call)
    entries = [audit.Named(*found) for found in db.session.execute(audit.named(AuditEntry.call_id == row.id))]
    unnamed = withheld(db.session(), [item.entry for item in entries])
    return [(_without_actor(item, unnamed), item.entry.digest) for item in entries]


def _without_actor(item: audit.Named, unnamed: set[int]) -> dict[str, object]:
    body = item.body()
    if item.entry.sequence not in unnamed:
        return body
    hidden = ("actor", "actor_name")
    return {key: value for key, value in body.items() if key not in hidden} | {"withheld": list(hidden)}


def panels(viewer: Viewer, *, call: str) -> list[Panel]:
    """Every round's panel with presence, recusals and elections. Five queries."""
    row = _watched(viewer, call)
    rules = rules_of(row)
    rounds = db.session.scalars(
        sa.select(Round).where(Round.call_id == row.id).order_by(Round.position, Round.id)
    ).all()
    kept_apart: dict[int, int] = _counts(
        db.session.execute(
            sa.select(Recusal.expert_id, sa.func.count())
            .where(Recusal.call_id == row.id, standing())
            .group_by(Recusal.expert_id)
        ).all()
    )
    ids = [item.id for item in rounds]
    told = {item.id for item in rounds if item.state == "finished"}
    seats: dict[int, list[Seat]] = {}
    for member, expert in db.session.execute(
        sa.select(PanelMember, Expert)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id.in_(ids))
        .order_by(Expert.name_key, Expert.id)
    ):
        seats.setdefault(member.round_id, []).append(
            Seat(
                expert.name,
                expert.employer,
                member.code if member.round_id in told else None,
                member.pledged_at,
                member.signed_in_at,
                member.identity_checked_by,
                kept_apart.get(expert.id, 0),
                member.left_at,
            )
        )
    elections = _elections(ids)
    return [
        Panel(
            item.public_id,
            rules.round_name(item.stage, item.panel),
            item.state,
            tuple(seats.get(item.id, ())),
            tuple(elections.get(item.id, ())),
        )
        for item in rounds
    ]


def _elections(rounds: list[int]) -> dict[int, list[Election]]:
    found: dict[int, list[Election]] = {}
    for row, chosen, recorder in db.session.execute(
        sa.select(ChairElection, Expert.name, Account.name)
        .join(PanelMember, PanelMember.id == ChairElection.member_id)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .join(Account, Account.id == ChairElection.recorded_by)
        .where(ChairElection.round_id.in_(rounds))
        .order_by(ChairElection.id.desc())
    ):
        found.setdefault(row.round_id, []).append(
            Election(chosen, row.method, row.votes, row.voters, row.witness, row.elected_at, recorder)
        )
    return found
