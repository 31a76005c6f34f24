"""Seats filled in order: at the draw, and later whenever somebody leaves.

One rule serves both: whoever stands first in the stratum's order, has no seat yet, has not left, and whose
employer has no seat (where one of each may sit) is next. So the order alone, fixed at the draw, decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from review_portal.domain.draw import protocol
from review_portal.domain.draw.pool import Candidate, Frozen, Stratum

# standby: named as 候补; employer: passed over while a colleague has a seat; elsewhere: has a seat in another
# stratum; reserve: further down the order
Place = Literal["selected", "standby", "employer", "elsewhere", "reserve"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One person of a stratum with the number that orders it and what the draw gave."""

    id: str
    rank: str
    place: Place


@dataclass(frozen=True, slots=True)
class StratumOutcome:
    """A stratum's whole order, who was selected and named as 候补 (both in order), and seats left open."""

    key: str
    order: tuple[Ranked, ...]
    selected: tuple[str, ...]
    standby: tuple[str, ...]
    vacant: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a draw, strata in the published order."""

    seed: str
    strata: tuple[StratumOutcome, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """Somebody who stood before the successor in order, and why the seat passed him by."""

    id: str
    why: Literal["employer", "elsewhere"]


class Seating:
    """Who sits where, now. Employers of seats held since an earlier draw count as taken."""

    def __init__(self, frozen: Frozen) -> None:
        capped = frozen.rules.one_per_employer
        self._employer = {person.id: person.employer for person in frozen.pool} if capped else {}
        earlier = frozen.event.supplement.seated if frozen.event.supplement else ()
        self._taken = {seat.employer for seat in earlier}
        self._stratum: dict[str, str] = {}
        self.departed: set[str] = set()
        self.seats: dict[str, list[str]] = {stratum.key: [] for stratum in frozen.rules.strata}

    def hindrance(
        self, person: str, stratum: str
    ) -> Literal["seated", "departed", "elsewhere", "employer"] | None:
        """Why a person cannot take a seat of the stratum now, or None."""
        if person in self.departed:
            return "departed"
        held = self._stratum.get(person)
        if held is not None:
            return "seated" if held == stratum else "elsewhere"
        employer = self._employer.get(person)
        return "employer" if employer is not None and employer in self._taken else None

    def next_in_order(self, stratum: str, order: Iterable[str]) -> tuple[str | None, tuple[Skip, ...]]:
        """The first who can take a seat, and who was passed by before him; None: the order is exhausted."""
        skipped: list[Skip] = []
        for person in order:
            why = self.hindrance(person, stratum)
            if why is None:
                return person, tuple(skipped)
            if why == "employer" or why == "elsewhere":
                skipped.append(Skip(person, why))
        return None, tuple(skipped)

    def stratum_of(self, person: str) -> str | None:
        """The stratum in which a person has a seat."""
        return self._stratum.get(person)

    def sit(self, person: str, stratum: str, place: int | None = None) -> None:
        """Take a seat, at the end or at the place of the one who left."""
        seats = self.seats[stratum]
        seats.insert(len(seats) if place is None else place, person)
        self._stratum[person] = stratum
        self._taken.add(self._employer.get(person))

    def leave(self, person: str) -> int:
        """Give up a seat for good; returns its place among the stratum's seats."""
        seats = self.seats[self._stratum.pop(person)]
        place = seats.index(person)
        del seats[place]
        self.departed.add(person)
        self._taken.discard(self._employer.get(person))
        return place


def select(frozen: Frozen, seed: str) -> Outcome:
    """Rank every stratum by the seed and fill its seats, strata in the published order."""
    seating = Seating(frozen)
    orders = {stratum.key: _order(frozen, seed, stratum.key) for stratum in frozen.rules.strata}
    for stratum in frozen.rules.strata:
        for _, person in orders[stratum.key]:
            if len(seating.seats[stratum.key]) == stratum.quota:
                break
            if seating.hindrance(person, stratum.key) is None:
                seating.sit(person, stratum.key)
    strata = (_outcome(stratum, orders[stratum.key], seating) for stratum in frozen.rules.strata)
    return Outcome(seed, tuple(strata))


def _order(frozen: Frozen, seed: str, stratum: str) -> list[tuple[str, str]]:
    """(rank, id) of everyone who may be drawn in the stratum, smallest rank first, ties by id."""
    members: Iterable[Candidate] = (person for person in frozen.drawable if stratum in person.strata)
    return sorted((protocol.rank(frozen.hash, seed, stratum, person.id), person.id) for person in members)


def _outcome(stratum: Stratum, order: Sequence[tuple[str, str]], seating: Seating) -> StratumOutcome:
    """Name the 候补 when all strata have their seats: who sits in a later stratum is nobody's 候补."""
    ranked: list[Ranked] = []
    standby: list[str] = []
    for rank, person in order:
        place = _place(seating.hindrance(person, stratum.key), len(standby) < stratum.standby)
        if place == "standby":
            standby.append(person)
        ranked.append(Ranked(person, rank, place))
    seats = tuple(seating.seats[stratum.key])
    return StratumOutcome(stratum.key, tuple(ranked), seats, tuple(standby), stratum.quota - len(seats))


def _place(hindrance: str | None, wanted: bool) -> Place:
    if hindrance == "seated":
        return "selected"
    if hindrance == "employer":
        return "employer"
    if hindrance == "elsewhere":
        return "elsewhere"
    return "standby" if wanted else "reserve"
