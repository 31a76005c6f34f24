"""Which rounds a version of the ranking is made of: the regular ones, and those scored again since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.rankings import Ranking
from review_portal.models.reviews import Review
from review_portal.services.points import earlier_name

REPLACED = "replaced"  # the earlier sheets of a dossier that was scored again: kept, listed nowhere


def regular(session: Session, call_id: int) -> list[Round]:
    """The rounds of the call's stages in their order, without those scored again."""
    query = sa.select(Round).where(Round.call_id == call_id, Round.reexamination_id.is_(None))
    return list(session.scalars(query.order_by(Round.position, Round.id)))


def again_in(session: Session, frozen: Ranking | None) -> list[Round]:
    """Rounds scored again that this version and those before it rest on, oldest first."""
    if frozen is None or frozen.version == 1:
        return []
    known = sa.select(Ranking.reexamination_id).where(
        Ranking.call_id == frozen.call_id,
        Ranking.kind == frozen.kind,
        Ranking.version <= frozen.version,
        Ranking.reexamination_id.is_not(None),
    )
    return of_reexaminations(session, list(session.scalars(known)))


def of_reexaminations(session: Session, ids: Iterable[int | None]) -> list[Round]:
    """The rounds that these re-examinations gave rise to, oldest first."""
    query = sa.select(Round).where(Round.reexamination_id.in_([one for one in ids if one is not None]))
    return list(session.scalars(query.order_by(Round.id)))


def counts(again: Sequence[Round]) -> sa.ColumnElement[bool]:
    """Rounds that count beside these: the regular ones."""
    return Round.reexamination_id.is_(None) | Round.id.in_([item.id for item in again])


def heard_again(session: Session, again: Sequence[Round]) -> list[int]:
    """Dossiers (ids) that a round again of a later stage has heard."""
    later = [item.id for item in again if item.position > 1]
    return [dossier for dossier, _number in _scored(session, later)] if later else []


def last_heard(session: Session, last: Round, again: Sequence[Round]) -> dict[int, int]:
    """Dossier (id) -> the round that heard it anew in the last stage, the newest; only those heard anew."""
    own = [item for item in again if item.stage == last.stage]
    return {dossier: item.id for item in own for dossier, _number in _scored(session, [item.id])}


def numbers_of(session: Session, round_: Round) -> frozenset[str]:
    """Numbers of the dossiers that a round scores."""
    return frozenset(number for _dossier, number in _scored(session, [round_.id]))


def _scored(session: Session, rounds: Sequence[int]) -> Sequence[sa.Row[int, str]]:
    return session.execute(
        sa.select(Dossier.id, Dossier.number)
        .join(Review, Review.dossier_id == Dossier.id)
        .where(Review.round_id.in_(rounds))
        .distinct()
    ).all()


def groups(session: Session, round_: Round, again: Sequence[Round]) -> dict[str, str]:
    """Dossier, as `points.ratings_of` names it -> the round that scored it; severity is levelled in each."""
    found = dict.fromkeys(numbers_of(session, round_), "0")
    for time, later in enumerate(again, start=1):
        for number in numbers_of(session, later):
            if number in found:
                found[earlier_name(number, time)] = found.pop(number)
            found[number] = str(time)
    return found
