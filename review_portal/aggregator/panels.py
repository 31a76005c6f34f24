"""Panels: dossiers in groups that are not compared with each other, each with places of its own.

Every group is ranked by the same rule on the same published scores; the list is the union of their places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring_rubrics.rule import Rule

from .columns import group_codes
from .exact import Index
from .notices import AggregatorError, Notice, notice
from .official import score_totals
from .ranking import Absent, Ranking, competition_order, rank
from .stages import Stage, StageRatings, stage_notices


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One group and the order within it; `ranking.stages` are those of the whole call."""

    group: str
    ranking: Ranking


@dataclass(frozen=True, eq=False)
class PanelRanking:
    """The groups, sorted by name, each with its own ranks, ties and cut.

    absent: dossiers listed apart whose group is not known; the others stand with their group.
    """

    rule: Rule
    stages: tuple[Stage, ...]
    panels: tuple[Panel, ...]
    absent: tuple[Absent, ...]

    @cached_property
    def within(self) -> tuple[str, ...]:
        """The union: the dossiers surely within their group's places, group by group."""
        return tuple(dossier for panel in self.panels for dossier in panel.ranking.within)

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """The dossiers tied across the cut of their group."""
        return tuple(dossier for panel in self.panels for dossier in panel.ranking.undecided)

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """That scores are not compared between groups, what the stages say, and each group's ties."""
        groups = tuple(panel.group for panel in self.panels)
        return (
            notice("panels_ranked_apart", groups=groups),
            *stage_notices(self.stages),
            *(
                Notice(entry.code, {**entry.params, "group": panel.group})
                for panel in self.panels
                for entry in panel.ranking.tie_notices
            ),
        )

    def panel(self, group: str) -> Ranking:
        """The ranking of one group; KeyError if there is none of that name."""
        return {panel.group: panel.ranking for panel in self.panels}[group]

    def canonical(self) -> dict[str, object]:
        """Everything that is frozen, as strings, lists and maps; no floats."""
        return {
            "rule": self.rule.canonical(),
            "stages": [stage.canonical() for stage in self.stages],
            "panels": [{"group": panel.group, **panel.ranking.canonical_list()} for panel in self.panels],
            "within": list(self.within),
            "undecided": list(self.undecided),
            "absent": [{"dossier": entry.dossier, "code": entry.code} for entry in self.absent],
            "notices": [entry.canonical() for entry in self.notices],
        }


def rank_panels(
    stages: Sequence[StageRatings],
    rule: Rule,
    group_of: Mapping[str, str],
    *,
    quotas: int | Mapping[str, int],
    absent: Mapping[str, str] | None = None,
    beside: bool = True,
) -> PanelRanking:
    """Score every stage by `rule` and rank each group by itself.

    group_of: dossier -> group, for every dossier that is ranked. quotas: places of each group, or one number
    for all. The scores are those of the whole call, so that a dossier has one published score; severity needs
    reviews that hang together within each group only, and where a group's do not, the rule's fallback decides
    for the whole call.
    Raises AggregatorError if a dossier has no group or a group no places, and as `rank_ratings` does.
    """
    scored = [
        stage.scored(score_totals(stage.totals, rule, beside=beside, group_of=group_of)) for stage in stages
    ]
    whole = rank(scored, rule, quota=0, absent=absent)
    groups, member = group_codes(whole.dossiers, group_of)
    places = _quotas(groups, quotas)
    apart: dict[str, list[Absent]] = {group: [] for group in groups}
    homeless: list[Absent] = []
    for entry in whole.absent:
        apart.get(group_of.get(entry.dossier, ""), homeless).append(entry)
    panels = tuple(
        Panel(group, _among(whole, np.flatnonzero(member == number), places[group], apart[group]))
        for number, group in enumerate(groups)
    )
    return PanelRanking(rule, whole.stages, panels, tuple(homeless))


def _quotas(groups: Sequence[str], quotas: int | Mapping[str, int]) -> dict[str, int]:
    given = dict.fromkeys(groups, quotas) if isinstance(quotas, int) else dict(quotas)
    for group in groups:
        if group not in given:
            raise AggregatorError("“%(group)s”组没有名额，请补上。", group=group)
    for group, places in given.items():
        if group not in groups:
            raise AggregatorError("本次排名没有“%(group)s”组，请核对名额。", group=group)
        if places < 0:
            raise AggregatorError("拟遴选数量不能为负数。")
    return given


def _among(whole: Ranking, members: Index, quota: int, absent: Sequence[Absent]) -> Ranking:
    """Some of the dossiers of a ranking, ranked alone on the same scores."""
    final, keys = whole.final[members], tuple(column[members] for column in whole.keys)
    order, position, group_size = competition_order(final, keys)
    return Ranking(
        rule=whole.rule,
        quota=quota,
        stages=whole.stages,
        dossiers=tuple(map(whole.dossiers.__getitem__, members.tolist())),
        final=final,
        stage_scores=whole.stage_scores[:, members],
        keys=keys,
        order=order,
        position=position,
        group_size=group_size,
        absent=tuple(absent),
    )
