"""Who goes on from one round to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from scoring_rubrics.rule import Rule

from .exact import in_hundredths
from .notices import Notice, notice
from .ranking import Ranking, Stage, rank
from .stages import stage_notices


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Who goes on from one round: `within` surely, `undecided` tied across the last `open_places`, the rest
    not.

    ranking: the round's order. below: dossiers whose score is under `threshold`, whatever their place.
    """

    ranking: Ranking
    places: int
    threshold: Decimal
    within: tuple[str, ...]
    undecided: tuple[str, ...]
    open_places: int
    beyond: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def straddles(self) -> bool:
        """The tie straddles the last place."""
        return bool(self.undecided)

    @property
    def going(self) -> tuple[str, ...]:
        """Who goes on: those within, and all of those tied across the last place."""
        return (*self.within, *self.undecided)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the stage, the ties and the last place have to say: here a tie keeps nobody back."""
        ranking, going = self.ranking, len(self.going)
        shared = [
            notice("tie_shared", dossiers=part, score=str(tie.score))
            for tie in ranking.ties
            for part in tie.order
            if len(part) > 1
        ]
        said = [item for item in ranking.tie_notices if item.code == "tie_resolved"]
        said += shared
        if self.undecided:
            said.append(
                notice("shortlist_tie_goes_on", dossiers=self.undecided, places=self.places, going=going)
            )
        if not going:
            said.append(notice("shortlist_empty", threshold=str(self.threshold)))
        elif len(ranking.dossiers) <= self.places:
            said.append(
                notice(
                    "shortlist_places_suffice",
                    dossiers=len(ranking.dossiers),
                    places=self.places,
                    going=going,
                )
            )
        elif going < self.places:
            said.append(notice("shortlist_not_full", places=self.places, going=going))
        return (*stage_notices(ranking.stages), *said)


def shortlist(
    stage: Stage, rule: Rule, *, places: int, threshold: Decimal, absent: Mapping[str, str] | None = None
) -> Shortlist:
    """Who goes on from one stage: the first `places` with a published score of at least `threshold` (points).

    Ties are broken by those tie keys of the rule that this stage has; dossiers still tied across the last
    place are undecided. absent: as in `rank`.
    """
    own = tuple(key for key in rule.tie_keys if key.split(".", 1)[0] in {stage.key, stage.rubric})
    alone = Stage(stage.key, Decimal(1), stage.result, stage.rubric)
    limit = in_hundredths(threshold, "入围分数线")
    ranking = rank([alone], replace(rule, tie_keys=own), quota=places, absent=absent)
    below = {ranking.dossiers[at] for at in np.flatnonzero(ranking.final < limit)}
    names = tuple(ranking.rank_of())

    def passing(some: Sequence[str]) -> tuple[str, ...]:
        return tuple(dossier for dossier in some if dossier not in below)

    within, undecided = passing(ranking.within), passing(ranking.undecided)
    return Shortlist(
        ranking=ranking,
        places=places,
        threshold=threshold,
        within=within,
        undecided=undecided,
        open_places=places - len(within) if undecided else 0,
        beyond=passing(names[len(ranking.within) + len(ranking.undecided) :]),
        below=tuple(dossier for dossier in names if dossier in below),
    )
