"""The register in the order of names: all of it for choosing, a page of it for looking somebody up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.clock import OFFICE_ZONE
from review_portal.db import db, now
from review_portal.domain.pinyin import search_words
from review_portal.domain.policy import Viewer
from review_portal.domain.records import Absence
from review_portal.domain.register import STATUSES, masked
from review_portal.models.accounts import Grant
from review_portal.models.experts import Expert, ExpertAbsence, ExpertTie, Recusal
from review_portal.models.recusals import standing
from review_portal.services import draw_names, scopes

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ExpertLine:
    """An expert in the register; the phone is masked for everybody.

    `has_account`: can log in; `in_call`: and has the expert's role in this call; `away`: not over yet.
    """

    public_id: str
    name: str
    employer: str
    title: str
    field: str
    phone: str
    district: str
    ties: int
    has_account: bool
    in_call: bool
    recused: int
    status: str
    status_reason: str
    load_limit: int | None
    away: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class ExpertPage:
    """Some lines of those that were found; `first` counts from 1, `pool` is everybody in the register."""

    lines: tuple[ExpertLine, ...]
    first: int
    found: int
    pool: int
    page: int
    last_page: int


def list_experts(viewer: Viewer, *, call: str) -> list[ExpertLine]:
    """The pool in the order of names, for the call's offices. Four queries. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    return _lines(db.session(), row.id, _secret(viewer, row.id), _in_register())


def search_experts(
    viewer: Viewer, *, call: str, query: str = "", status: str = "", page: int = 1
) -> ExpertPage:
    """A page of those whose name, employer or specialty holds every word of `query`.

    Words are Chinese characters, full pinyin or initials. Six queries at most. Raises `NotFound`.
    """
    row = scopes.office_call(viewer, call)
    session = db.session()
    wanted = [
        _in_register(),
        *(Expert.search_key.contains(word, autoescape=True) for word in search_words(query)),
    ]
    if status in STATUSES:
        wanted.append(Expert.status == status)
    pool = _count(session, [_in_register()])
    found = _count(session, wanted) if len(wanted) > 1 else pool
    last = max(1, -(-found // PAGE_SIZE))
    at = min(max(page, 1), last)
    lines = _lines(
        session, row.id, _secret(viewer, row.id), *wanted, offset=(at - 1) * PAGE_SIZE, limit=PAGE_SIZE
    )
    return ExpertPage(tuple(lines), (at - 1) * PAGE_SIZE + 1 if lines else 0, found, pool, at, last)


def _secret(viewer: Viewer, call_id: int) -> bool:
    """Whether somebody was drawn whom the viewer may not know yet."""
    return bool(draw_names.hidden_in_call(db.session(), viewer, call_id))


def _in_register() -> sa.ColumnElement[bool]:
    return Expert.merged_into_id.is_(None)


def _count(session: Session, wanted: Sequence[sa.ColumnElement[bool]]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Expert).where(*wanted)) or 0


def _lines(
    session: Session,
    call_id: int,
    secret: bool,
    *wanted: sa.ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
) -> list[ExpertLine]:
    """Lines; with `secret` no recusals are counted, which would tell who was drawn."""
    ties = (
        sa.select(sa.func.count()).where(ExpertTie.expert_id == Expert.id).correlate(Expert).scalar_subquery()
    )
    apart = (
        sa.select(sa.func.count())
        .where(
            Recusal.call_id == call_id,
            Recusal.expert_id == Expert.id,
            standing(),
            sa.not_(sa.literal(secret)),
        )
        .correlate(Expert)
        .scalar_subquery()
    )
    role = sa.exists().where(
        Grant.account_id == Expert.account_id,
        Grant.role == "expert",
        (Grant.call_id == call_id) | Grant.call_id.is_(None),
        Grant.revoked_at.is_(None),
    )
    chosen = sa.select(Expert.id).where(*wanted).order_by(Expert.name_key, Expert.id)
    found = session.execute(
        sa.select(Expert, ties, apart, role)
        .where(*wanted)
        .order_by(Expert.name_key, Expert.id)
        .offset(offset)
        .limit(limit)
    ).all()
    away = _away(session, chosen.offset(offset).limit(limit) if limit else chosen)
    return [
        ExpertLine(
            expert.public_id,
            expert.name,
            expert.employer,
            expert.title,
            expert.field,
            masked(expert.phone),
            expert.district,
            bound,
            expert.account_id is not None,
            in_call,
            recused,
            expert.status,
            expert.status_reason,
            expert.load_limit,
            away.get(expert.id, ()),
        )
        for expert, bound, recused, in_call in found
    ]


def _away(session: Session, experts: sa.Select[int]) -> dict[int, tuple[Absence, ...]]:
    """Days away that are not over, by expert."""
    today = now().astimezone(OFFICE_ZONE).date()
    rows = session.scalars(
        sa.select(ExpertAbsence)
        .where(ExpertAbsence.last_day >= today, ExpertAbsence.expert_id.in_(experts.subquery().select()))
        .order_by(ExpertAbsence.first_day, ExpertAbsence.id)
    )
    found: dict[int, tuple[Absence, ...]] = {}
    for row in rows:
        absence = Absence(row.first_day, row.last_day, row.reason)
        found[row.expert_id] = (*found.get(row.expert_id, ()), absence)
    return found
