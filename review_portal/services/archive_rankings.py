"""Every frozen version of a ranking as recount.py reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.rankings import Ranking
from review_portal.models.recusals import sheet_counts
from review_portal.models.reexaminations import revision_at
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services import opinion_rows, points, ranking_body, ranking_rounds, tie_rows
from scoring_rubrics import Call as Rules

if TYPE_CHECKING:
    from review_portal.aggregator import StageRatings


@dataclass(frozen=True, slots=True)
class Counted:
    """A frozen version with the sheets it was computed from.

    `receipts`: for each stage (dossier, expert), as the ratings name them, -> the submission that counted.
    """

    frozen: Ranking
    body: Mapping[str, Any]
    stages: Sequence[StageRatings]
    receipts: Sequence[Mapping[tuple[str, str], str]]
    vote: Mapping[str, Sequence[str]] | None
    judged: bool


def frozen_versions(session: Session, call: Call) -> list[Ranking]:
    """All frozen rankings of a call in the order in which they were frozen."""
    return list(session.scalars(sa.select(Ranking).where(Ranking.call_id == call.id).order_by(Ranking.id)))


def counted(session: Session, call: Call, rules: Rules, frozen: Ranking) -> Counted:
    """One version with what it was computed from, as it counted when it was frozen."""
    regular = ranking_rounds.regular(session, call.id)
    again = ranking_rounds.again_in(session, frozen)
    of = [row for row in regular if row.id == frozen.round_id]
    rounds = of if frozen.kind == "shortlist" else ranking_body.counted(regular)
    if frozen.body.get("vacant"):  # nobody went on to a last round: nothing was counted
        rounds = []
    stages = ranking_body.stage_ratings(session, rounds, rules, frozen.frozen_at, again)
    receipts = [_receipts(session, round_, frozen, again) for round_ in rounds]
    judged, vote = False, None
    if frozen.kind == "final":
        heard = ranking_rounds.last_heard(session, regular[-1], again)
        agreed = opinion_rows.agreed_of(session, call, as_of=frozen.frozen_at, heard=heard)
        judged, vote = len(regular) > 1 or bool(agreed), _vote(session, regular[-1], frozen)
    return Counted(frozen, frozen.body, stages, receipts, vote, judged)


def _vote(session: Session, last: Round, frozen: Ranking) -> Mapping[str, Sequence[str]] | None:
    """What people decided of a tie across the cut, by number."""
    tie = frozen.body.get("tie")
    if tie is None:
        return None
    numbers = {line["dossier"]: line["number"] for line in frozen.body["rows"]}
    matter = tie_rows.matter_of(session, last, tie["standing"], tie["places"], as_of=frozen.frozen_at)
    return {
        "chosen": [numbers[unit] for unit in matter.chosen],
        "left": [numbers[unit] for unit in matter.left],
    }


def _receipts(
    session: Session, round_: Round, frozen: Ranking, again: Sequence[Round]
) -> dict[tuple[str, str], str]:
    own = [item for item in again if item.stage == round_.stage]
    found = dict(_submissions(session, round_, frozen))
    for time, later in enumerate(own, start=1):
        replaced = ranking_rounds.numbers_of(session, later)
        found = {
            (points.earlier_name(number, time) if number in replaced else number, code): receipt
            for (number, code), receipt in found.items()
        }
        found |= dict(_submissions(session, later, frozen))
    return found


def _submissions(session: Session, round_: Round, frozen: Ranking) -> Iterator[tuple[tuple[str, str], str]]:
    """(dossier, expert) -> the submission that counted then; no points."""
    as_of = frozen.frozen_at
    points.refuse_sealed(round_)
    query = (
        sa.select(Dossier.number, PanelMember.code, ReviewRevision.public_id)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(ReviewRevision, ReviewRevision.id == revision_at(as_of))
        .where(Review.round_id == round_.id, sheet_counts(as_of), points.in_the_running(as_of))
    )
    for number, code, receipt in session.execute(query):
        yield (number or "", code or ""), receipt
