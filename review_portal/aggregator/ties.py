"""Ties: equal final scores, the keys applied to them in order, and what stays for people to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from .exact import Groups, Index, points_of
from .notices import Notice, notice


@dataclass(frozen=True, slots=True)
class TieStep:
    """One tie key applied to dossiers that were still equal: their published values in points, highest
    first.
    """

    key: str
    dossiers: tuple[str, ...]
    values: tuple[Decimal, ...]

    @property
    def separates(self) -> bool:
        """Whether the values differ at all."""
        return len(set(self.values)) > 1


@dataclass(frozen=True, slots=True)
class Tie:
    """Dossiers with equal final scores: what was compared, in order, and the order that came out.

    order: groups of dossiers, best first; a group of several is still tied and to be decided by people.
    places: first and last place the tie covers. at_cut: the cut lies between them.
    """

    score: Decimal
    places: tuple[int, int]
    steps: tuple[TieStep, ...]
    order: tuple[tuple[str, ...], ...]
    at_cut: bool

    @property
    def resolved(self) -> bool:
        """Every dossier has a place of its own."""
        return all(len(group) == 1 for group in self.order)


def explain_ties(
    order: Index,
    final: Index,
    keys: Sequence[Index],
    names: Sequence[str],
    key_names: Sequence[str],
    quota: int,
) -> tuple[Tie, ...]:
    """One Tie for each final score that several dossiers share, best first.

    order: dossiers best first; final and keys: hundredths per dossier; names, key_names: what to call them.
    """
    groups = Groups.of(
        np.cumsum(np.concatenate(([0], final[order][1:] != final[order][:-1]))) if order.size else order
    )
    found = []
    for start, count in zip(groups.start.tolist(), groups.count.tolist(), strict=True):
        if count > 1:
            steps, parts = _separate(order[start : start + count].tolist(), keys, names, key_names)
            found.append(
                Tie(
                    score=points_of(final[order[start]]),
                    places=(start + 1, start + count),
                    steps=steps,
                    order=parts,
                    at_cut=start < quota < start + count,
                )
            )
    return tuple(found)


def _separate(
    tied: list[int], keys: Sequence[Index], names: Sequence[str], key_names: Sequence[str]
) -> tuple[tuple[TieStep, ...], tuple[tuple[str, ...], ...]]:
    """Apply the keys one after another to whatever is still equal; `tied` is already in the final order."""
    parts, steps = [tied], []
    for key, column in zip(key_names, keys, strict=True):
        split: list[list[int]] = []
        for part in parts:
            if len(part) == 1:
                split.append(part)
                continue
            values = [int(column[at]) for at in part]
            steps.append(TieStep(key, tuple(names[at] for at in part), tuple(map(points_of, column[part]))))
            for value in dict.fromkeys(values):
                split.append([at for at, own in zip(part, values, strict=True) if own == value])
        parts = split
        if all(len(part) == 1 for part in parts):
            break
    return tuple(steps), tuple(tuple(names[at] for at in part) for part in parts)


def tie_notices(
    ties: Sequence[Tie], undecided: tuple[str, ...], places: int, quota: int
) -> tuple[Notice, ...]:
    """How each tie was resolved, who shares a rank, and whether a tie straddles the cut."""
    found = [
        notice(
            "tie_resolved",
            dossiers=tuple(part[0] for part in tie.order),
            score=str(tie.score),
            key=tie.steps[-1].key,
        )
        for tie in ties
        if tie.resolved
    ]
    for tie in ties:
        found += [
            notice("tie_undecided", dossiers=part, score=str(tie.score))
            for part in tie.order
            if len(part) > 1
        ]
    if undecided:
        found.append(notice("tie_straddles_cut", dossiers=undecided, places=places, quota=quota))
    return tuple(found)


def canonical_tie(tie: Tie) -> dict[str, object]:
    """The tie as strings and lists, for freezing."""
    return {
        "score": str(tie.score),
        "places": [str(place) for place in tie.places],
        "steps": [
            {
                "key": step.key,
                "dossiers": list(step.dossiers),
                "values": [str(value) for value in step.values],
            }
            for step in tie.steps
        ],
        "order": [list(part) for part in tie.order],
        "at_cut": str(tie.at_cut).lower(),
    }
