"""办公信息 as letters and pages read them: contact office, telephone, address, supervision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.letter_words import OFFICE_FIELDS
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call
from review_portal.models.office_letters import OfficeFacts
from review_portal.services import scopes


@dataclass(frozen=True, slots=True)
class FactsVersion:
    """One version of the facts: who recorded it and when."""

    ordinal: int
    facts: Mapping[str, str]
    by: str
    at: datetime


def latest(session: Session, call: Call) -> OfficeFacts | None:
    """The version that counts; None before the office has filled any."""
    query = sa.select(OfficeFacts).where(OfficeFacts.call_id == call.id)
    return session.scalars(query.order_by(OfficeFacts.ordinal.desc()).limit(1)).first()


def facts_of(session: Session, call: Call) -> dict[str, str]:
    """Every field of `OFFICE_FIELDS`, "" where it is empty. The caller has let the viewer in."""
    row = latest(session, call)
    known = row.facts if row is not None else {}
    return {name: str(known.get(name, "")) for name in OFFICE_FIELDS}


def history(viewer: Viewer, *, call: str) -> list[FactsVersion]:
    """The versions, newest first. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    found = db.session.execute(
        sa.select(OfficeFacts, Account.name)
        .join(Account, Account.id == OfficeFacts.recorded_by)
        .where(OfficeFacts.call_id == row.id)
        .order_by(OfficeFacts.ordinal.desc())
    ).all()
    return [FactsVersion(one.ordinal, one.facts, by, one.recorded_at) for one, by in found]
