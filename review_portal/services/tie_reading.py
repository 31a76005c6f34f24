"""并列表决 for reading: the tie, who may vote and who has, the closed ballots; an expert's own ballots.

How somebody votes is told when the ballot is closed, to everybody who may read it: until then neither chair
nor supervisor could choose the moment by the count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.rankings import Ranking
from review_portal.models.tie_votes import TieClosing, TieVote
from review_portal.services import opinion_rows, reexamination_state, scopes, tie_rows
from review_portal.services.ranking_body import kind_of
from review_portal.services.rules import round_name, rules_of
from review_portal.services.tie_acts import entitled, heard_anew, matter_now
from review_portal.services.tie_rows import Matter
from scoring_rubrics import Call as Rules
from scoring_rubrics import TieRules


@dataclass(frozen=True, slots=True)
class Unit:
    """A tied dossier."""

    public_id: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Running:
    """The open ballot: who has taken part, and nothing of the choices."""

    public_id: str
    ballot: int
    units: tuple[Unit, ...]
    places: int
    note: str
    opened_at: datetime
    voted: tuple[str, ...]
    waiting: tuple[str, ...]
    needed: int

    @property
    def complete(self) -> bool:
        """Whether enough have voted for the chair to end it."""
        return len(self.voted) >= self.needed


@dataclass(frozen=True, slots=True)
class Ballot:
    """A closed ballot: its record, or that it is void. `votes`: unit, number; `choices`: name, units."""

    ballot: int
    kind: str
    votes: tuple[tuple[Unit, int], ...]
    choices: tuple[tuple[str, tuple[Unit, ...]], ...]
    absent: tuple[str, ...]
    chosen: tuple[Unit, ...]
    body: Mapping[str, Any]
    digest: str
    reason: str
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The open ballot and the codes of those that are closed."""

    running: Running | None
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TieView:
    """A round's tie across the cut. state: none, open, voted, referred; `lacking`: no opinion agreed.

    `stale` is a ballot that is still open on a tie that has changed since.
    """

    round_: str
    call: str
    name: str
    state: str
    contest: str
    units: tuple[Unit, ...]
    places: int
    left: tuple[Unit, ...]
    places_left: int
    chosen: tuple[Unit, ...]
    rules: TieRules
    voters: tuple[str, ...]
    kept_out: tuple[str, ...]
    lacking: tuple[str, ...]
    running: Running | None
    stale: str
    ballots: tuple[Ballot, ...]
    reason: str
    open: bool

    @property
    def exhausted(self) -> bool:
        """Whether the scheme's number of ballots has been held."""
        return sum(item.kind == "counted" for item in self.ballots) >= self.rules.ballots


@dataclass(frozen=True, slots=True)
class OwnVote:
    """A ballot of the expert's; `named` is the own choice so far, None without one."""

    public_id: str
    call: str
    ballot: int
    units: tuple[Unit, ...]
    places: int
    note: str
    needed: int
    voters: int
    rules: TieRules
    named: tuple[str, ...] | None
    result: Ballot | None
    chair: bool = False


def view(viewer: Viewer, *, round_: str) -> TieView:
    """The tie of a call's last round, for chair and offices. Raises `NotFound`, `NotAllowed`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    if kind_of(session, row) != "final" or row.reexamination_id is not None:
        raise NotFound()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules, open_ = rules_of(call), reexamination_state.judges(session, call)
    matter = matter_now(session, row, call, rules) if open_ else _frozen(session, row, call)
    votes = tie_rows.votes_of(session, row)
    closed = tie_rows.closings_of(session, [vote.id for vote in votes])
    known = _units(session, {unit for vote in votes for unit in vote.standing} | set(_standing(matter)))
    running = next((vote for vote in votes if vote.id not in closed), None) if open_ else None
    shown = _running(session, row, rules, running, known) if running is not None else None
    current = matter is not None and running is not None and running.contest == matter.contest
    voters = [voter.name for voter in tie_rows.voters_of(session, row, rules, _standing(matter))]
    return TieView(
        row.public_id,
        call.public_id,
        round_name(rules, row),
        matter.state if matter else "none",
        matter.contest if matter else "",
        tuple(known[unit] for unit in _standing(matter)),
        matter.places if matter else 0,
        tuple(known[unit] for unit in matter.left) if matter else (),
        matter.places_left if matter else 0,
        tuple(known[unit] for unit in matter.chosen) if matter else (),
        rules.ties,
        tuple(voters),
        tuple(name for name in _panel(session, row) if name not in voters),
        _lacking(session, call, matter, known) if open_ else (),
        shown if current else None,
        running.public_id if running is not None and not current else "",
        tuple(_ballots(session, votes, closed, known)),
        matter.reason if matter else "",
        open_,
    )


def progress(viewer: Viewer, *, round_: str) -> Progress:
    """The open ballot alone, for a page that follows it; ranks nothing. Raises `NotFound`, `NotAllowed`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    votes = tie_rows.votes_of(session, row)
    closed = tie_rows.closings_of(session, [vote.id for vote in votes])
    running = next((vote for vote in votes if vote.id not in closed), None)
    known = _units(session, running.standing if running else ())
    shown = _running(session, row, rules_of(call), running, known) if running else None
    return Progress(shown, tuple(closed[vote.id].digest for vote in votes if vote.id in closed))


def _standing(matter: Matter | None) -> tuple[str, ...]:
    return matter.standing if matter else ()


def _frozen(session: Session, row: Round, call: Call) -> Matter | None:
    """The tie as the frozen ranking tells of it."""
    frozen = session.scalars(
        sa.select(Ranking)
        .where(Ranking.call_id == call.id, Ranking.kind == "final")
        .order_by(Ranking.id.desc())
        .limit(1)
    ).first()
    tie = frozen.body.get("tie") if frozen else None
    if frozen is None or not tie:
        return None
    return tie_rows.matter_of(session, row, tie["standing"], tie["places"], as_of=frozen.frozen_at)


def _units(session: Session, public_ids: Collection[str]) -> dict[str, Unit]:
    rows = session.execute(
        sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name).where(
            Dossier.public_id.in_(sorted(public_ids))
        )
    )
    return {public_id: Unit(public_id, number or "", name) for public_id, number, name in rows}


def _panel(session: Session, row: Round) -> list[str]:
    query = sa.select(Expert.name).join(PanelMember, PanelMember.expert_id == Expert.id)
    return list(session.scalars(query.where(PanelMember.round_id == row.id).order_by(Expert.name_key)))


def _lacking(
    session: Session, call: Call, matter: Matter | None, known: Mapping[str, Unit]
) -> tuple[str, ...]:
    agreed = opinion_rows.agreed_of(session, call, heard=heard_anew(session, call))
    rows = session.scalars(
        sa.select(Dossier.public_id)
        .where(Dossier.public_id.in_(_standing(matter)), Dossier.id.not_in(list(agreed)))
        .order_by(Dossier.number)
    )
    return tuple(f"{known[unit].number} {known[unit].name}" for unit in rows)


def _running(session: Session, row: Round, rules: Rules, vote: TieVote, known: Mapping[str, Unit]) -> Running:
    voters, choices = entitled(session, row, rules, vote), tie_rows.choices_of(session, vote)
    return Running(
        vote.public_id,
        vote.ballot,
        tuple(known[unit] for unit in vote.standing),
        vote.places,
        vote.note,
        vote.opened_at,
        tuple(voter.name for voter in voters if voter.member_id in choices),
        tuple(voter.name for voter in voters if voter.member_id not in choices),
        rules.ties.needed(len(voters)),
    )


def _ballots(
    session: Session, votes: Sequence[TieVote], closed: Mapping[int, TieClosing], known: Mapping[str, Unit]
) -> list[Ballot]:
    accounts = {end.closed_by for end in closed.values()}
    names: dict[int, str] = dict(
        session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(accounts))).all()
    )
    return [_ballot(vote, closed[vote.id], known, names) for vote in votes if vote.id in closed]


def _ballot(vote: TieVote, end: TieClosing, known: Mapping[str, Unit], names: Mapping[int, str]) -> Ballot:
    body = end.body
    return Ballot(
        vote.ballot,
        end.kind,
        tuple((known[unit], body["votes"][unit]) for unit in vote.standing) if body else (),
        tuple((choice["name"], tuple(known[unit] for unit in choice["named"])) for choice in body["choices"])
        if body
        else (),
        tuple(body["absent"]) if body else (),
        tuple(known[unit] for unit in body["chosen"]) if body else (),
        body,
        end.digest,
        end.reason,
        end.closed_at,
        names.get(end.closed_by, ""),
    )


def _judged() -> sa.ColumnElement[bool]:
    return (Call.state == "reviewing") | reexamination_state.open_()


def list_own(viewer: Viewer) -> list[OwnVote]:
    """The ballots in which this expert may vote or could, newest first, until the ranking is frozen."""
    session = db.session()
    rows = session.execute(
        sa.select(TieVote, Round, Call, PanelMember)
        .join(Round, Round.id == TieVote.round_id)
        .join(Call, Call.id == Round.call_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(PanelMember.expert_id == viewer.expert_id, _judged())
        .order_by(TieVote.id.desc())
    ).all()
    found = []
    for vote, row, call, member in rows:
        rules = rules_of(call)
        end = tie_rows.closings_of(session, [vote.id]).get(vote.id)
        voters = entitled(session, row, rules, vote)
        if member.public_id not in vote.voters or member.id not in {voter.member_id for voter in voters}:
            continue
        known = _units(session, vote.standing)
        choice = tie_rows.choices_of(session, vote).get(member.id)
        found.append(
            OwnVote(
                vote.public_id,
                call.public_id,
                vote.ballot,
                tuple(known[unit] for unit in vote.standing),
                vote.places,
                vote.note,
                rules.ties.needed(len(voters)),
                len(voters),
                rules.ties,
                tuple(choice.named) if choice else None,
                _ballot(vote, end, known, {}) if end else None,
                row.id in viewer.chairs,
            )
        )
    return found


def own(viewer: Viewer, *, vote: str) -> OwnVote:
    """One of them. Raises `NotFound`."""
    for item in list_own(viewer):
        if item.public_id == vote:
            return item
    raise NotFound()
