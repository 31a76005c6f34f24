"""What is read of a draw: the guided page and the screen in the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import canonical, policy
from review_portal.domain.draw import PARTIES, Record, Refusal, Reveal, seats
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.draws import PhoneCall
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import draw_names, draw_state, scopes
from review_portal.services.draw_state import Standing
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class PartyView:
    """One side: who committed and when, the code, and its number once it has been revealed or refused."""

    party: str
    by: str
    at: datetime | None
    code: str
    opened_at: datetime | None
    words: str
    refusal: str
    own: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class SeatView:
    """A number in its stratum: place is selected or standby. `name` is empty for who may not know it."""

    number: str
    stratum: str
    place: str
    name: str
    outcome: str


@dataclass(frozen=True, slots=True)
class DrawView:
    """One draw as its page shows it."""

    public_id: str
    event: str
    title: str
    phase: str
    standing: Standing
    parties: tuple[PartyView, ...]
    seats: tuple[SeatView, ...]
    standby: tuple[SeatView, ...]
    names: Mapping[str, str]
    caller: str
    calls_here: bool
    cancel_reason: str


@dataclass(frozen=True, slots=True)
class RoundDraws:
    """A round with its draws, the current one last. `party`: the side the viewer takes."""

    public_id: str
    call: str
    call_title: str
    issuer: str
    name: str
    state: str
    party: str
    draws: tuple[DrawView, ...]
    open_seats: int
    confirmed: tuple[str, ...]
    on_panel: frozenset[str]

    @property
    def current(self) -> DrawView | None:
        """The draw in force, None before the first lock."""
        return next((item for item in reversed(self.draws) if item.phase != "cancelled"), None)

    @property
    def hides(self) -> bool:
        """Whether there are drawn experts whom the viewer may not know yet."""
        seated = (seat for item in self.draws for seat in item.seats)
        return self.state in draw_names.GATHERING and any(not seat.name for seat in seated)


def round_draws(viewer: Viewer, *, round_: str) -> RoundDraws:
    """Everything about a round's draws, for its offices. Queries do not grow with experts. `NotFound`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    party = policy.draw_party(viewer, row.call_id)
    if party is None:
        raise NotFound()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules = rules_of(call)
    found = draw_state.of_round(session, row)
    known = known_of(session, row, found)
    panel = session.scalars(
        sa.select(Expert.public_id)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .where(PanelMember.round_id == row.id)
    ).all()
    ready = draw_state.confirmed(session, row, found) if found else set()
    return RoundDraws(
        row.public_id,
        call.public_id,
        call.title,
        rules.issuer,
        rules.round_name(row.stage, row.panel),
        row.state,
        party,
        tuple(_view(viewer, party, item, known) for item in found),
        draw_state.open_seats(found),
        tuple(sorted(known.public_ids[expert] for expert in ready)),
        frozenset(panel),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """Shared facts of a round's draws."""

    experts: Mapping[str, int]
    public_ids: Mapping[int, str]
    names: Mapping[int, str]
    signed_in: frozenset[int]
    accounts: Mapping[int, str]
    callers: Mapping[int, int]
    calls: Sequence[PhoneCall]
    call_id: int


def known_of(session: Session, row: Round, found: Sequence[Standing]) -> Known:
    """Numbers, names, presence, callers and calls of a round's draws. Six queries."""
    ids = [item.row.id for item in found]
    numbers = draw_state.numbers_of(session, row.call_id) if found else {}
    people = session.execute(
        sa.select(Expert.id, Expert.public_id, Expert.name).where(Expert.id.in_(list(numbers.values())))
    ).all()
    present = session.scalars(
        sa.select(PanelMember.expert_id).where(
            PanelMember.round_id == row.id, PanelMember.signed_in_at.is_not(None)
        )
    ).all()
    callers = draw_state.callers_of(session, ids)
    hands = {act.acted_by for item in found for act in item.acts} | set(callers.values())
    accounts = session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(sorted(hands)))).all()
    return Known(
        numbers,
        {person.id: person.public_id for person in people},
        {person.id: person.name for person in people},
        frozenset(present),
        {account.id: account.name for account in accounts},
        callers,
        draw_state.calls_of(session, ids),
        row.call_id,
    )


def _view(viewer: Viewer, party: str, item: Standing, known: Known) -> DrawView:
    caller = known.callers.get(item.row.id)
    names = {
        number: known.names[expert]
        for number, expert in known.experts.items()
        if policy.can_know_drawn(viewer, known.call_id, caller, expert in known.signed_in)
    }
    outcomes = {
        expert: call.outcome
        for (draw, expert), call in draw_state.last_outcomes(known.calls).items()
        if draw == item.row.id
    }
    said = {number: outcomes.get(expert, "") for number, expert in known.experts.items()}
    cancelled = item.cancelled
    return DrawView(
        item.row.public_id,
        item.row.event,
        item.draw.frozen.event.title,
        item.phase,
        item,
        tuple(_party(viewer, party, item, side, known.accounts) for side in PARTIES),
        tuple(_seats(item.record, names, said)) if item.record else (),
        tuple(_standby(item.record, names)) if item.record else (),
        names,
        known.accounts.get(caller or 0, ""),
        bool(policy.can_telephone(viewer, known.call_id, caller)),
        cancelled.body["reason"] if cancelled else "",
    )


def _party(viewer: Viewer, own: str, item: Standing, side: str, accounts: Mapping[int, str]) -> PartyView:
    act = item.act_of("commit", side)
    given = next((one for one in item.draw.commitments if one.party == side), None)
    opening = next((one for one in item.draw.openings if one.party == side), None)
    return PartyView(
        side,
        accounts.get(act.acted_by, "") if act else "",
        given.at if given else None,
        given.code if given else "",
        opening.at if opening else None,
        opening.words if isinstance(opening, Reveal) else "",
        opening.refusal if isinstance(opening, Refusal) else "",
        side == own,
        act is not None and act.acted_by == viewer.account_id,
    )


def stratum_names(record: Record) -> dict[str, str]:
    """Key -> printed name."""
    return {stratum.key: stratum.name for stratum in record.frozen.rules.strata}


def _seats(record: Record, names: Mapping[str, str], said: Mapping[str, str]) -> list[SeatView]:
    strata = stratum_names(record)
    return [
        SeatView(seat.id, strata[seat.stratum], "selected", names.get(seat.id, ""), said.get(seat.id, ""))
        for seat in seats(record)
    ]


def _standby(record: Record, names: Mapping[str, str]) -> list[SeatView]:
    """Those named as 候补 at the draw who have neither a seat now nor left one."""
    strata = stratum_names(record)
    gone = {seat.id for seat in seats(record)} | {entry.leaver for entry in record.replacements}
    return [
        SeatView(number, strata[part.key], "standby", names.get(number, ""), "")
        for part in (record.outcome.strata if record.outcome else ())
        for number in part.standby
        if number not in gone
    ]


@dataclass(frozen=True, slots=True)
class LiveDraw:
    """The screen in the room: numbers, codes and times; never who anybody is. `code` changes with it."""

    name: str
    view: DrawView | None
    code: str


def live(viewer: Viewer, *, round_: str) -> LiveDraw:
    """What the room watches. Raises `NotFound`."""
    shown = round_draws(viewer, round_=round_)
    return LiveDraw(shown.name, shown.current, state_code(shown))


def state_code(shown: RoundDraws) -> str:
    """Changes whenever either side has done something."""
    current = shown.current
    record = current.standing.record if current else None
    return canonical.digest(
        [
            len(shown.draws),
            current.public_id if current else "",
            current.phase if current else "",
            [[side.code, side.words, side.refusal] for side in current.parties] if current else [],
            record.last_code if record else "",
        ]
    )
