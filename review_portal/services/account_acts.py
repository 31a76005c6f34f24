"""What handing out a password and an entry link share: the account, what is asked for it, who is told."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account, Grant
from review_portal.models.calls import Call, Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import audit
from review_portal.services.account_views import Standing, standing_of
from review_portal.services.audit import Actor


def load(session: Session, actor: Viewer, account: str) -> tuple[Account, Standing]:
    """An account of somebody else, locked, and where it stands. Raises `NotFound`."""
    row = session.scalars(sa.select(Account).where(Account.public_id == account).with_for_update()).first()
    if row is None or row.id == actor.account_id:
        raise NotFound()
    standing = standing_of(session, [row.id])[row.id]
    if not standing.grants:
        raise NotFound()
    return row, standing


def tell(session: Session, actor: Actor, action: str, row: Account, detail: Mapping[str, object]) -> None:
    """On the trail of every call in which the account has a role or a seat: each supervisor must see it."""
    calls = session.scalars(
        sa.union(
            sa.select(Grant.call_id).where(Grant.account_id == row.id, Grant.revoked_at.is_(None)),
            sa.select(Round.call_id)
            .join(PanelMember, PanelMember.round_id == Round.id)
            .join(Expert, Expert.id == PanelMember.expert_id)
            .where(Expert.account_id == row.id),
        )
    ).all()
    for call_id in sorted(call_id for call_id in calls if call_id is not None) or [None]:
        audit.record(
            session,
            actor,
            action,
            object_kind="account",
            object_id=row.public_id,
            call_id=call_id,
            detail=detail,
        )


def payload_of(session: Session, row: Account, standing: Standing) -> Mapping[str, object]:
    """What a two-person request says of the account: as long as it holds, the same account is meant."""
    titles = dict(session.execute(sa.select(Call.id, Call.title)).all())
    roles = sorted([role, titles.get(call, "") if call else ""] for role, call in standing.grants)
    return {"account": row.public_id, "login": row.login, "name": row.name, "roles": roles}
