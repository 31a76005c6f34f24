"""Two rows of one person become one: the other stays behind as a pointer, with all that was done under it."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Final, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.recusal import unit_key
from review_portal.domain.register import specialties_of
from review_portal.models.experts import Expert, ExpertAbsence, ExpertTie, Recusal
from review_portal.models.recusals import standing
from review_portal.services import audit, recusals, scopes
from review_portal.services.experts.duplicates import obstacles
from review_portal.services.experts.entries import LENGTHS, PLAIN, refresh_keys
from review_portal.services.experts.profile import find
from review_portal.services.experts.roster import stated

# What may be taken from the row that goes, one by one; specialties, ties and days away are put together.
TAKEN: Final = ("姓名", "工作单位", "到任日期", "职称", "手机", "邮箱", "所在区县", "评审份数上限")
_OTHER_EMPLOYER = "合并前登记的工作单位"
_PARTING = re.compile(r"[/／;；\n]")


class _Tie(NamedTuple):
    kind: str
    organisation: str
    post: str
    since: date | None
    until: date | None
    relative: str
    relation: str

    @classmethod
    def of(cls, tie: ExpertTie) -> Self:
        return cls(*(getattr(tie, name) for name in cls._fields))


def merge(
    actor: Viewer,
    *,
    call: str,
    keep: str,
    drop: str,
    versions: tuple[int, int],
    take: Collection[str],
    reason: str,
) -> None:
    """Make `drop` a pointer to `keep`, which takes the columns of `take` and all ties and recusals from it.

    Seats, sheets, declarations, draws and calls stay under the row that they were made under. `versions` are
    those that were looked at, of keep and drop. Raises `Conflict` with every obstacle, `Invalid` without a
    reason.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session)
        policy.can_run_call(actor, row.id).require()
        said = stated(reason)
        left, right = _both(session, keep, drop)
        if (left.version, right.version) != versions:
            raise Conflict(mark("其中一条登记刚被修改，尚未合并。请核对后重新选择。"))
        against = obstacles(session, keep=left, drop=right)
        if against:
            raise Conflict(against[0], fields={str(place): text for place, text in enumerate(against)})
        _take(session, left, right, set(take) & set(TAKEN))
        _put_together(session, left, right)
        copied = _keep_apart(session, left, right)
        session.execute(
            sa.update(Expert).where(Expert.merged_into_id == right.id).values(merged_into_id=left.id)
        )
        right.merged_into_id, right.status = left.id, "removed"
        right.status_reason = "已并入另一条登记"
        refresh_keys(left)
        audit.record(
            session,
            actor,
            "merge_experts",
            object_kind="expert",
            object_id=left.public_id,
            call_id=row.id,
            detail={
                "merged": [right.public_id],
                "columns": sorted(set(take) & set(TAKEN), key=TAKEN.index),
                "kept_apart": copied,
                "reason": said,
            },
        )


def _both(session: Session, keep: str, drop: str) -> tuple[Expert, Expert]:
    """Both rows, locked in one order whoever stays, so that two merges at once cannot wait for each other."""
    found = {name: find(session, name, lock=True) for name in sorted({keep, drop})}
    if len(found) < 2 or any(person.merged_into_id is not None for person in found.values()):
        raise NotFound()
    return found[keep], found[drop]


def _take(session: Session, keep: Expert, drop: Expert, columns: set[str]) -> None:
    """Exchange the columns: what was known under the other row stays known there."""
    other, since = drop.employer, drop.employer_since
    if "工作单位" in columns:
        other, since = keep.employer, keep.employer_since
    if unit_key(keep.employer) != unit_key(drop.employer):
        # as if it went on: a person may set its end, a forgotten employer would hide a conflict
        plain = _PARTING.sub("、", other)  # a post's cell is parted by these
        session.add(
            ExpertTie(
                expert_id=keep.id, kind="past_role", organisation=plain, post=_OTHER_EMPLOYER, since=since
            )
        )
    phones = (drop.phone, keep.phone) if "手机" in columns else (keep.phone, drop.phone)
    drop.phone = drop.public_id  # name and phone are unique: no step may pass through two equal rows
    session.flush()
    for name in columns - {"手机"}:
        own, given = getattr(keep, PLAIN[name]), getattr(drop, PLAIN[name])
        setattr(keep, PLAIN[name], given)
        setattr(drop, PLAIN[name], own)
    keep.phone = phones[0]
    session.flush()
    drop.phone = phones[1]


def _put_together(session: Session, keep: Expert, drop: Expert) -> None:
    """Specialties, ties, days away and the account that only the other row has."""
    together = dict.fromkeys((*specialties_of(keep.field), *specialties_of(drop.field)))
    keep.field = "、".join(together)
    if len(keep.field) > LENGTHS["专业"]:
        raise Invalid(mark("两条登记的专业合计超过%(n)s字，请先缩短再合并。", n=LENGTHS["专业"]))
    ties = session.scalars(
        sa.select(ExpertTie).where(ExpertTie.expert_id.in_((keep.id, drop.id))).order_by(ExpertTie.id)
    ).all()
    held = {_Tie.of(tie) for tie in ties if tie.expert_id == keep.id}
    for tie in ties:
        if tie.expert_id == drop.id and _Tie.of(tie) not in held:
            session.add(ExpertTie(expert_id=keep.id, **_Tie.of(tie)._asdict()))
    away = session.scalars(
        sa.select(ExpertAbsence).where(ExpertAbsence.expert_id.in_((keep.id, drop.id)))
    ).all()
    known = {(item.first_day, item.last_day) for item in away if item.expert_id == keep.id}
    session.add_all(
        ExpertAbsence(expert_id=keep.id, first_day=item.first_day, last_day=item.last_day, reason=item.reason)
        for item in away
        if item.expert_id == drop.id and (item.first_day, item.last_day) not in known
    )
    if keep.account_id is None and drop.account_id is not None:
        account, drop.account_id = drop.account_id, None
        session.flush()
        keep.account_id = account


def _keep_apart(session: Session, keep: Expert, drop: Expert) -> int:
    """Whoever was kept apart from a dossier under one row stays so under the other; how many were added."""
    rows = session.scalars(
        sa.select(Recusal).where(Recusal.expert_id.in_((keep.id, drop.id)), standing()).order_by(Recusal.id)
    ).all()
    held = {(row.call_id, row.dossier_id) for row in rows if row.expert_id == keep.id}
    added = [row for row in rows if row.expert_id == drop.id and (row.call_id, row.dossier_id) not in held]
    for row in added:
        recusals.record(
            session,
            call_id=row.call_id,
            pair=(keep.id, row.dossier_id),
            rule=row.rule,
            level=row.level,
            reason=row.reason,
            by=row.recorded_by,
        )
    return len(added)
