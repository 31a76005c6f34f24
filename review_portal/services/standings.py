"""What the office knows of each dossier beside its points: who it is, whether it went on, what was said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier, DossierUnit
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.services import panel_parts, points, ranking_rounds
from review_portal.services.opinion_rows import Agreed


@dataclass(frozen=True, slots=True)
class Standing:
    """What the office knows of a dossier beside its points.

    `admission`: its panel and its place and score there, where several panels made the shortlist.
    """

    public_id: str
    number: str
    unit: str
    members: tuple[str, ...]
    recommender: str
    state: str
    shortlist: str | None
    result: str | None
    conditions: str
    admission: Mapping[str, Any] | None = None


def standings(
    session: Session,
    call: Call,
    *,
    as_of: datetime | None = None,
    agreed: Mapping[int, Agreed] | None = None,
    again: Sequence[Round] = (),
) -> dict[str, Standing]:
    """Every dossier that was ever accepted or withdrawn, by number, as it stood at `as_of`. Four queries.

    The panel's `agreed` opinion (by dossier id) is later than the defense's record, and rules.
    Whoever was heard in a round `again` of a later stage counts as shortlisted.
    """
    dossiers = session.execute(
        sa.select(Dossier, points.in_the_running(as_of).label("runs"))
        .where(Dossier.call_id == call.id, Dossier.state.in_(("eligible", "withdrawn")))
        .order_by(Dossier.number)
    ).all()
    members: dict[int, list[str]] = {}
    for dossier_id, name in session.execute(
        sa.select(Dossier.id, DossierUnit.name)
        .join(DossierUnit, DossierUnit.version_id == Dossier.current_version_id)
        .where(Dossier.call_id == call.id, DossierUnit.role == "member")
        .order_by(DossierUnit.position)
    ):
        members.setdefault(dossier_id, []).append(name)
    chosen = _shortlisted(session, call)
    opinions = {key: (item.conclusion, item.conditions) for key, item in (agreed or {}).items()}
    results = {**_panel_results(session, call, again), **opinions}
    heard = set(ranking_rounds.heard_again(session, again))
    return {
        row.number: Standing(
            row.public_id,
            row.number,
            row.unit_name,
            tuple(members.get(row.id, ())),
            row.recommender,
            "eligible" if runs else "withdrawn",
            "shortlisted" if row.id in heard else chosen[row.id].outcome if row.id in chosen else None,
            *results.get(row.id, (None, "")),
            _admission(chosen.get(row.id)),
        )
        for row, runs in dossiers
    }


_Listed = sa.Row[int, str, int | None, Decimal | None, str]


def _shortlisted(session: Session, call: Call) -> dict[int, _Listed]:
    """What the frozen shortlists say of each dossier."""
    rows = session.execute(
        sa.select(
            RankingRow.dossier_id, RankingRow.outcome, RankingRow.place, RankingRow.score, Ranking.panel
        )
        .join(Ranking, Ranking.id == RankingRow.ranking_id)
        .where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
    )
    return {row.dossier_id: row for row in rows}


def _admission(row: _Listed | None) -> dict[str, Any] | None:
    if row is None or not row.panel:
        return None
    score = None if row.score is None else f"{row.score:.2f}"
    return {"panel": row.panel, "rank": row.place, "score": score, "outcome": row.outcome}


def _panel_results(session: Session, call: Call, again: Sequence[Round]) -> dict[int, tuple[str | None, str]]:
    """The latest record of each dossier's newest defense that counts: its result and conditions."""
    latest = (
        sa.select(sa.func.max(DefenseRecord.id).label("id"))
        .group_by(DefenseRecord.slot_id)
        .subquery("latest")
    )
    rows = session.execute(
        sa.select(DefenseSlot.dossier_id, DefenseRecord.result, DefenseRecord.conditions)
        .join(DefenseSlot, DefenseSlot.id == DefenseRecord.slot_id)
        .join(latest, latest.c.id == DefenseRecord.id)
        .join(Round, Round.id == DefenseSlot.round_id)
        .where(Round.call_id == call.id, ranking_rounds.counts(again))
        .order_by(Round.id)
    )
    return {dossier: (result, conditions) for dossier, result, conditions in rows}


def before_defense(known: Mapping[str, Standing]) -> dict[str, Standing]:
    """What a shortlist may say: a defense that came later must not change what it is verified against."""
    return {
        number: replace(standing, result=None, conditions="", admission=None)
        for number, standing in known.items()
    }


def absent_codes(known: Mapping[str, Standing], numbers: Collection[str]) -> dict[str, str]:
    """Why a dossier is listed apart: withdrawn, not shortlisted, abstained."""
    found = {}
    for number, standing in known.items():
        if standing.state == "withdrawn":
            found[number] = "withdrawn"
        elif number not in numbers:
            continue
        elif standing.result == "abstained":
            found[number] = "abstained"
        elif standing.shortlist not in (None, "shortlisted"):
            found[number] = "not_shortlisted"
    return found


def of_panel(session: Session, round_: Round, known: Mapping[str, Standing]) -> Mapping[str, Standing]:
    """Those whom the round's panel scores: all of them where there is one panel."""
    share = panel_parts.share_of(session, round_)
    if share is None:
        return known
    own = set(share)
    return {number: standing for number, standing in known.items() if standing.public_id in own}
