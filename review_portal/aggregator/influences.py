"""What one expert, one criterion or a change of weights does to the list, and how it is said.

The sentences name codes of experts and criteria, never a chance: they may be shown for a handful of dossiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .notices import Notice, notice
from .what_if import ListEffect

NAMED = 10  # a sentence names no more experts or dossiers than this and counts the rest


@dataclass(frozen=True, slots=True)
class Influence:
    """What leaving an expert out, or changing how much a criterion counts, does to the list.

    key: the expert, or "<stage>.<criterion>". factor: how many times the criterion counts, the others of its
    stage rescaled in proportion so that the sum of the maxima stays (0: left out); None for an expert.
    effect: None where the rule gives no ranking then. changes_method: without the expert another method
    decides in some stage (fewer reviews than drop_high_low needs, panels no longer connected).
    """

    key: str
    factor: Decimal | None
    effect: ListEffect | None
    changes_method: bool = False

    @property
    def changes_list(self) -> bool:
        """Somebody else would be selected or would have to be decided on."""
        return self.effect is not None and self.effect.changes_list


@dataclass(frozen=True, slots=True)
class JointWeights:
    """All weights changed at once, each to (1 - share), 1 or (1 + share) of itself, maxima summing as before.

    combinations: how many were compared, other than the weights as they are; drawn: a sample, as there are
    too many. changing: those with another list. entered, left: dossier -> in how many combinations, most
    first. undecided: dossiers tied across the cut in some combination.
    """

    share: Decimal
    combinations: int
    drawn: bool
    changing: int
    entered: Mapping[str, int]
    left: Mapping[str, int]
    undecided: tuple[str, ...]


def changing(influences: Sequence[Influence]) -> tuple[str, ...]:
    """Keys of those that change the list, each once."""
    return tuple(dict.fromkeys(each.key for each in influences if each.changes_list))


def expert_notices(influences: Sequence[Influence], quota: int) -> Iterator[Notice]:
    """Whether the list hangs on a single expert, and on whom."""
    swing = [each for each in influences if each.changes_list]
    refused = [each.key for each in influences if each.effect is None]
    if not swing and not refused:
        yield notice("stability_experts_list_same", quota=quota)
    elif not swing and len(refused) < len(influences):
        yield notice("stability_other_experts_list_same", experts=_first(refused), quota=quota)
    if len(swing) > NAMED:
        concerned = _concerned(swing)
        yield notice("stability_many_experts_change_list", experts=len(influences), changing=len(swing),
                     quota=quota, dossiers=_first(concerned), concerned=len(concerned))  # fmt: skip
    else:
        yield from _named_experts(swing, quota)
    method = [each.key for each in influences if each.changes_method]
    if method:
        yield notice("stability_experts_change_method", experts=_first(method), count=len(method))
    if refused:
        yield notice("stability_experts_not_computable", experts=_first(refused), count=len(refused))


def _named_experts(swing: Sequence[Influence], quota: int) -> Iterator[Notice]:
    for each, effect in _effects(swing):
        if effect.entered or effect.left:
            yield notice("stability_expert_changes_list", expert=each.key, quota=quota,
                         entered=effect.entered, left=effect.left)  # fmt: skip
        if effect.undecided:
            yield notice("stability_expert_undecided", expert=each.key,
                         dossiers=effect.undecided, places=effect.open_places)  # fmt: skip


def criterion_notices(influences: Sequence[Influence], quota: int) -> Iterator[Notice]:
    """Whether the list hangs on a single criterion, and on which."""
    swing = [each for each in influences if each.changes_list]
    if influences and not swing and all(each.effect is not None for each in influences):
        yield notice("stability_criteria_list_same", quota=quota)
    for each, effect in _effects(swing):
        if effect.entered or effect.left:
            yield notice("stability_criterion_changes_list", key=each.key, quota=quota,
                         entered=effect.entered, left=effect.left)  # fmt: skip
        if effect.undecided:
            yield notice("stability_criterion_undecided", key=each.key,
                         dossiers=effect.undecided, places=effect.open_places)  # fmt: skip


def weight_notices(influences: Sequence[Influence], share: Decimal, quota: int) -> Iterator[Notice]:
    """Whether raising or lowering the weight of one criterion changes the list."""
    percent = _percent(share)
    swing = [each for each in influences if each.changes_list]
    if influences and not swing and all(each.effect is not None for each in influences):
        yield notice("stability_weights_list_same", percent=percent, quota=quota)
    for each, effect in _effects(swing):
        raised = each.factor is not None and each.factor > 1
        if effect.entered or effect.left:
            about = {"key": each.key, "percent": percent, "quota": quota,
                     "entered": effect.entered, "left": effect.left}  # fmt: skip
            yield (
                notice("stability_weight_raised_changes_list", **about)
                if raised
                else notice("stability_weight_lowered_changes_list", **about)
            )
        if effect.undecided:
            tied = {"key": each.key, "percent": percent,
                    "dossiers": effect.undecided, "places": effect.open_places}  # fmt: skip
            yield (
                notice("stability_weight_raised_undecided", **tied)
                if raised
                else notice("stability_weight_lowered_undecided", **tied)
            )


def joint_notices(joint: JointWeights, quota: int) -> Iterator[Notice]:
    """In how many of the combinations of changed weights the list is another one, and who is concerned."""
    about = {"percent": _percent(joint.share), "combinations": joint.combinations, "quota": quota}
    if joint.combinations == 0:
        return
    if joint.changing == 0:
        yield notice("stability_all_weights_list_same", **about)
        return
    concerned = tuple(dict.fromkeys((*joint.left, *joint.entered, *joint.undecided)))
    yield notice("stability_all_weights_change_list", **about, changing=joint.changing,
                 dossiers=_first(concerned), concerned=len(concerned))  # fmt: skip


def _effects(influences: Sequence[Influence]) -> Iterator[tuple[Influence, ListEffect]]:
    for each in influences:
        if each.effect is not None:
            yield each, each.effect


def _concerned(influences: Sequence[Influence]) -> tuple[str, ...]:
    """Everybody who enters, leaves or is tied across the cut because of one of them."""
    return tuple(
        dict.fromkeys(
            dossier
            for _, effect in _effects(influences)
            for dossier in (*effect.left, *effect.entered, *effect.undecided)
        )
    )


def _first(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(keys[:NAMED])


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}"
