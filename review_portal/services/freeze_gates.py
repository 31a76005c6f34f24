"""What has to be there before the final ranking is frozen: the panel's opinions, and a word on a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.services import opinion_rows, ranking_rounds, scopes


@dataclass(frozen=True, slots=True)
class Awaited:
    """What comes before freezing: opinions of these units (public id, number, name), a word on the tie."""

    opinions: tuple[tuple[str, str, str], ...]
    tie: bool


def awaited(viewer: Viewer, *, round_: str, body: Mapping[str, Any]) -> Awaited:
    """The same as refuses to freeze `body`, for its chair to read before. Raises `NotFound`, `NotAllowed`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return _awaited(session, call, row, body, ())


def refuse_unready(
    session: Session, call: Call, round_: Round, body: Mapping[str, Any], again: Sequence[Round] = ()
) -> None:
    """`Conflict` while an opinion within the cut is lacking, or a tie is neither voted nor sent up.

    `round_` is the call's last; a dossier heard anew in one of `again` takes an opinion of that panel.
    """
    found = _awaited(session, call, round_, body, again)
    if found.opinions:
        raise Conflict(
            mark(
                "以下单位在遴选名额内，尚无经专家组确认的意见，或确认的专家后来须回避，不能冻结排名：%(units)s。请在“专家组意见”中办理。",
                units="、".join(f"{number} {unit}" for _id, number, unit in found.opinions),
            )
        )
    if found.tie:
        raise Conflict(
            mark("遴选界线上有单位并列，须先由专家表决，或提请审定，再冻结排名。请在“并列表决”中办理。")
        )


def _awaited(
    session: Session, call: Call, round_: Round, body: Mapping[str, Any], again: Sequence[Round]
) -> Awaited:
    if body["kind"] != "final":
        return Awaited((), tie=False)
    reached = [row["number"] for row in body["rows"] if row["standing"] in ("within", "undecided")]
    heard = ranking_rounds.last_heard(session, round_, again)
    agreed = set(opinion_rows.agreed_of(session, call, heard=heard))
    for item in (round_, *again):
        own = {key for key in agreed if heard.get(key, round_.id) == item.id}
        agreed -= opinion_rows.outdated(session, item, own)
    lacking = session.execute(
        sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name)
        .where(Dossier.call_id == call.id, Dossier.number.in_(reached), Dossier.id.not_in(list(agreed)))
        .order_by(Dossier.number)
    )
    tie = body.get("tie") or {}
    return Awaited(
        tuple((dossier, number or "", unit) for dossier, number, unit in lacking),
        tie=tie.get("state") == "open",
    )
