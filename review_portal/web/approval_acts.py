"""The shapes of a two-person act's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from review_portal.services.account_views import NewAccount
from review_portal.services.approval_views import RequestView
from review_portal.services.entry_passes import IssuedEntry

Decide = Callable[..., NewAccount | IssuedEntry | None]  # (actor, *, approval, approve, note); to show once


@dataclass(frozen=True, slots=True)
class Words:
    """Texts of one request's page."""

    title: str
    lead: str
    asks: str
    decides: str
    consequences: Sequence[str]
    facts: Sequence[tuple[str, Any]]
    confirm: str
    agree: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A two-person act: what it is called in a list, who carries it out, what its page says."""

    name: Callable[[], str]
    decide: Decide
    words: Callable[[RequestView], Words]
