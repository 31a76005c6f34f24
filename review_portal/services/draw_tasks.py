"""What a draw waits for: whose step it is, for the to-do lists of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from review_portal.db import now
from review_portal.domain.policy import Viewer
from review_portal.services import draw_views
from review_portal.services.draw_state import REFUSAL_MINUTES
from review_portal.services.draw_views import DrawView, RoundDraws

Kind = Literal["number", "value", "reveal", "overdue", "call", "panel", "supplement"]


@dataclass(frozen=True, slots=True)
class DrawTask:
    """One step that waits for the viewer: in which round, how many."""

    kind: Kind
    round_: str
    round_name: str
    count: int = 1


def waiting(viewer: Viewer, *, round_: str) -> list[DrawTask]:
    """What a round's draw asks of this viewer now; nothing where none is under way. Raises `NotFound`."""
    found = draw_views.round_draws(viewer, round_=round_)
    view = found.current
    if view is None or found.state not in ("draft", "scoring"):
        return []
    if found.state == "scoring" and view.phase in ("drawn", "void"):
        steps = _to_replace(found)
    else:
        steps = _after(found) if view.phase in ("drawn", "void") else _under_way(found, view)
    return [DrawTask(kind, found.public_id, found.name, count) for kind, count in steps]


def _under_way(found: RoundDraws, view: DrawView) -> Iterator[tuple[Kind, int]]:
    own = next(side for side in view.parties if side.own)
    if view.phase == "commit" and own.at is None:
        yield "number", 1
    if view.phase == "value" and found.party == "organiser":
        yield "value", 1
    value = view.standing.draw.public_value
    if view.phase != "open" or value is None or not own.mine:
        return
    if own.opened_at is None:
        yield "reveal", 1
    elif now() >= value.at + timedelta(minutes=REFUSAL_MINUTES):
        yield "overdue", 1


def _to_call(found: RoundDraws) -> Iterator[tuple[Kind, int]]:
    """Telephoning is the caller's, also when somebody has left a round under way."""
    mine = [item for item in found.draws if item.calls_here]
    uncalled = sum(seat.outcome != "agreed" for item in mine for seat in item.seats)
    if found.party == "organiser" and uncalled:
        yield "call", uncalled


def _to_replace(found: RoundDraws) -> Iterator[tuple[Kind, int]]:
    """In a round under way: the next in order, or a new draw where the order has come to its end."""
    yield from _to_call(found)
    if found.party == "organiser" and found.open_seats:
        yield "supplement", found.open_seats


def _after(found: RoundDraws) -> Iterator[tuple[Kind, int]]:
    """Who has agreed joins the panel; open seats are locked anew by any officer."""
    if found.party != "organiser":
        return
    calls = list(_to_call(found))
    yield from calls
    mine = any(item.calls_here for item in found.draws)
    if mine and not calls and found.confirmed and found.on_panel != set(found.confirmed):
        yield "panel", len(found.confirmed)
    if found.open_seats:
        yield "supplement", found.open_seats
