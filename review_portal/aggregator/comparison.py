"""What the list owes to the rule, to one dossier or expert, and to reconciliation: the same computation,
done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from scoring_rubrics.rule import Rule

from .notices import AggregatorError, Notice, notice
from .official import score_totals
from .ranking import Ranking, Stage, StageRatings, rank_ratings
from .ratings import Ratings
from .shortlisting import Shortlist, shortlist

OFFICE_RULES = (
    "mean",
    "drop_high_low",
)  # another list under one of these demands a recorded look by the panel
MOST_TOLD = 5  # changes of a list that are told one by one
REFERENCE_RULES = (*OFFICE_RULES, "median", "severity", "z_score")


@dataclass(frozen=True, slots=True)
class RuleComparison:
    """The ranking under another rule, beside the deciding one.

    name: shorthand. ranking: None if that rule cannot be applied (then `notices` says why). entered, left:
    dossiers within the quota only there, only here. changes_list: somebody else would be selected, or would
    have to be decided on.
    demands_look: changes_list under one of OFFICE_RULES.
    """

    name: str
    ranking: Ranking | None
    entered: tuple[str, ...]
    left: tuple[str, ...]
    changes_list: bool
    demands_look: bool
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The deciding ranking and what other rules would have made of the same ratings."""

    ranking: Ranking
    others: tuple[RuleComparison, ...]

    @property
    def demands_look(self) -> bool:
        """An office rule would select other units: the panel's look has to be recorded."""
        return any(other.demands_look for other in self.others)


@dataclass(frozen=True, slots=True)
class Move:
    """One dossier's rank before and after."""

    dossier: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class RemovalEffect:
    """What leaving something out does to the others.

    order_changed: some pair of the others stands the other way round, or is tied in only one of the two.
    entered, left: dossiers newly within the quota, no longer within it. moves: ranks among the others that
    differ.
    """

    before: Ranking
    after: Ranking
    order_changed: bool
    entered: tuple[str, ...]
    left: tuple[str, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class ListChange:
    """Two states of one list, before and after reconciliation."""

    entered: tuple[str, ...]
    left: tuple[str, ...]
    notices: tuple[Notice, ...]

    @property
    def changed(self) -> bool:
        """Somebody came or went."""
        return bool(self.entered or self.left)


def compare_rules(
    stages: Sequence[StageRatings],
    rule: Rule,
    others: Iterable[str] = REFERENCE_RULES,
    *,
    quota: int,
    absent: Mapping[str, str] | None = None,
) -> Comparison:
    """Rank by `rule` and by each shorthand of `others` that is a different method, all else equal.

    A rule that cannot be applied (severity over disconnected panels, drop_high_low with too few reviews) is
    reported as such and never replaced by its fallback here. Raises what `rank_ratings` raises for the
    deciding rule.
    """
    deciding = rank_ratings(stages, rule, quota=quota, absent=absent)
    same = (rule.normalize, rule.combine)
    alternatives = [(name, replace(rule.using(name), below_threshold="refuse")) for name in others]
    return Comparison(
        deciding,
        tuple(
            _beside(deciding, name, other, stages, absent)
            for name, other in alternatives
            if (other.normalize, other.combine) != same
        ),
    )


def compare_shortlists(
    stage: StageRatings, chosen: Shortlist, rule: Rule, *, absent: Mapping[str, str] | None = None
) -> tuple[Notice, ...]:
    """One notice for each of OFFICE_RULES that would send other dossiers on: it demands the panel's look.

    Dossiers tied across the last place count as sent on. A rule that cannot be applied (too few reviews)
    chooses nobody and says nothing.
    """
    going = {*chosen.within, *chosen.undecided}
    found = []
    for name in OFFICE_RULES:
        other = replace(rule.using(name), below_threshold="refuse")
        try:
            result = score_totals(stage.totals, other, beside=False)
        except AggregatorError:
            continue
        beside = shortlist(
            Stage(stage.key, stage.weight, result, stage.rubric),
            other,
            places=chosen.places,
            threshold=chosen.threshold,
            absent=absent,
        )
        going_there = {*beside.within, *beside.undecided}
        if going_there != going:
            entered, left = tuple(sorted(going_there - going)), tuple(sorted(going - going_there))
            found.append(notice("rule_shortlist_changes", rule=name, entered=entered, left=left))
    return tuple(found)


def effect_of_removal(
    stages: Sequence[StageRatings],
    rule: Rule,
    *,
    dossiers: Iterable[str] = (),
    experts: Iterable[str] = (),
    sheets: Iterable[tuple[str, str]] = (),
    quota: int,
    absent: Mapping[str, str] | None = None,
) -> RemovalEffect:
    """Rank with and without some dossiers, experts or sheets (dossier, expert), in every stage where they
    occur.

    Raises AggregatorError if a key occurs in no stage or nothing is left to rank.
    """
    gone, out, single = set(dossiers), set(experts), set(sheets)
    _refuse_unknown(stages, gone, out)
    reduced = [replace(stage, ratings=_reduced(stage, gone, out, single)) for stage in stages]
    before = rank_ratings(stages, rule, quota=quota, absent=absent)
    apart = {dossier: code for dossier, code in (absent or {}).items() if dossier not in gone}
    after = rank_ratings(reduced, rule, quota=quota, absent=apart)
    stay = [row.dossier for row in after.rows]
    old, new = _ranks_among(before, stay), _ranks_among(after, stay)
    return RemovalEffect(
        before=before,
        after=after,
        order_changed=old != new,
        entered=_only(after.within, before.within),
        left=_only(before.within, {*after.within, *gone}),
        moves=tuple(
            Move(dossier, old[dossier], new[dossier]) for dossier in stay if old[dossier] != new[dossier]
        ),
    )


def reconciliation_effect(before: Ranking | Shortlist, after: Ranking | Shortlist) -> ListChange:
    """Whether reconciliation changed a list, and through which scores; the two must be of the same kind."""
    entered, left = _only(after.within, before.within), _only(before.within, after.within)
    if not entered and not left and before.undecided == after.undecided:
        return ListChange((), (), (notice("reconciliation_list_same"),))
    old, new = _ranking(before), _ranking(after)
    was, now = ({row.dossier: str(row.score) for row in ranking.rows} for ranking in (old, new))
    found = [
        notice("reconciliation_entered", dossier=dossier, before=was.get(dossier, "—"), after=now[dossier])
        for dossier in entered
    ]
    found += [_left(dossier, was[dossier], now.get(dossier, "—")) for dossier in left]
    if before.undecided != after.undecided and after.undecided:
        found.append(notice("reconciliation_undecided", dossiers=after.undecided))
    return ListChange(entered, left, tuple(found))


def _left(dossier: str, before: str, after: str) -> Notice:
    """Someone may leave a list with an unchanged score, because another one rose."""
    if before == after:
        return notice("reconciliation_left_same", dossier=dossier, after=after)
    return notice("reconciliation_left", dossier=dossier, before=before, after=after)


def _beside(
    deciding: Ranking, name: str, rule: Rule, stages: Sequence[StageRatings], absent: Mapping[str, str] | None
) -> RuleComparison:
    try:
        ranking = rank_ratings(stages, rule, quota=deciding.quota, absent=absent, beside=False)
    except AggregatorError:
        return _not_applicable(name)
    if any(stage.result.normalize != rule.normalize for stage in ranking.stages):
        return _not_applicable(name)
    entered, left = _only(ranking.within, deciding.within), _only(deciding.within, ranking.within)
    changes = bool(entered or left) or set(ranking.undecided) != set(deciding.undecided)
    return RuleComparison(
        name=name,
        ranking=ranking,
        entered=entered,
        left=left,
        changes_list=changes,
        demands_look=changes and name in OFFICE_RULES,
        notices=tuple(_rule_notices(name, deciding, ranking, changes)),
    )


def _rule_notices(name: str, deciding: Ranking, other: Ranking, changes: bool) -> Iterable[Notice]:
    """One sentence each: the list stays, a place changes hands, or a tie across the cut appears."""
    if not changes:
        yield notice("rule_list_same", rule=name, quota=deciding.quota)
        return
    if other.undecided:
        yield notice("rule_undecided", rule=name, dossiers=other.undecided, places=other.open_places)
    scores = {row.dossier: row.score for row in other.rows}
    held = [deciding.row(dossier) for dossier in _only(deciding.within, other.within)]
    came = [other.row(dossier) for dossier in _only(other.within, deciding.within)]
    if max(len(held), len(came)) > MOST_TOLD:
        yield notice(
            "rule_many_changes", rule=name, quota=deciding.quota, entering=len(came), leaving=len(held)
        )
        return
    for lost, gained in zip(held, came, strict=False):
        margin: Decimal = scores[gained.dossier] - scores[lost.dossier]
        same = {"before": lost.dossier, "after": gained.dossier, "margin": str(margin)}
        if lost.rank == gained.rank:
            yield notice("rule_place_changes", rule=name, place=lost.rank, **same)
        else:
            yield notice("rule_list_changes", rule=name, place=lost.rank, quota=deciding.quota, **same)


def _only(these: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    """These that are not among those, in their order."""
    excluded = set(those)
    return tuple(dossier for dossier in these if dossier not in excluded)


def _not_applicable(name: str) -> RuleComparison:
    return RuleComparison(name, None, (), (), False, False, (notice("rule_not_applicable", rule=name),))


def _refuse_unknown(stages: Sequence[StageRatings], dossiers: set[str], experts: set[str]) -> None:
    known = {key for stage in stages for key in (*stage.ratings.dossiers, *stage.ratings.experts)}
    for key in sorted((dossiers | experts) - known):
        raise AggregatorError("各环节的评分中都没有编号“%(key)s”，请核对。", key=key)


def _reduced(
    stage: StageRatings, dossiers: set[str], experts: set[str], sheets: set[tuple[str, str]]
) -> Ratings:
    ratings = stage.ratings
    return ratings.without(
        dossiers=dossiers.intersection(ratings.dossiers),
        experts=experts.intersection(ratings.experts),
        sheets=sheets.intersection(ratings.sheet_keys()) if sheets else (),
    )


def _ranks_among(ranking: Ranking, dossiers: Iterable[str]) -> dict[str, int]:
    """Competition ranks of some dossiers among themselves."""
    kept = set(dossiers)
    ranks = {dossier: rank for dossier, rank in ranking.rank_of().items() if dossier in kept}
    first = {rank: place for place, rank in reversed(list(enumerate(ranks.values(), start=1)))}
    return {dossier: first[rank] for dossier, rank in ranks.items()}


def _ranking(listing: Ranking | Shortlist) -> Ranking:
    return listing.ranking if isinstance(listing, Shortlist) else listing
