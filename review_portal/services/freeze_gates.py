"""What has to be there before the final ranking is frozen: the panel's opinions, and a word on a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.services import opinion_rows, ranking_rounds


def refuse_unready(
    session: Session, call: Call, round_: Round, body: Mapping[str, Any], again: Sequence[Round] = ()
) -> None:
    """`Conflict` while an opinion within the cut is lacking, or a tie is neither voted nor sent up.

    `round_` is the call's last; a dossier heard anew in one of `again` takes an opinion of that panel.
    """
    if body["kind"] != "final":
        return
    reached = [row["number"] for row in body["rows"] if row["standing"] in ("within", "undecided")]
    heard = ranking_rounds.last_heard(session, round_, again)
    agreed = set(opinion_rows.agreed_of(session, call, heard=heard))
    for item in (round_, *again):
        own = {key for key in agreed if heard.get(key, round_.id) == item.id}
        agreed -= opinion_rows.outdated(session, item, own)
    lacking = session.execute(
        sa.select(Dossier.number, Dossier.unit_name)
        .where(Dossier.call_id == call.id, Dossier.number.in_(reached), Dossier.id.not_in(list(agreed)))
        .order_by(Dossier.number)
    ).all()
    if lacking:
        raise Conflict(
            mark(
                "以下单位在遴选名额内，尚无经专家组确认的意见，或确认的专家后来须回避，不能冻结排名：%(units)s。请在“专家组意见”中办理。",
                units="、".join(f"{number} {unit}" for number, unit in lacking),
            )
        )
    tie = body.get("tie")  # the empty ranking of a call in which nobody goes on has none
    if tie is not None and tie["state"] == "open":
        raise Conflict(
            mark("遴选界线上有单位并列，须先由专家表决，或提请审定，再冻结排名。请在“并列表决”中办理。")
        )
