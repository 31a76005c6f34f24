"""Sharing dossiers out among the panels of a stage: in turn by number, so that anybody can repeat it."""

from __future__ import annotations

from collections.abc import Sequence


def dealt(numbers: Sequence[str], places: Sequence[int]) -> list[int]:
    """For each dossier, in the order of numbers, the panel (0, 1 ...) that gets it.

    Each goes to the panel that lags most behind its part, which is that of its places on the shortlist;
    among equals to the first. With equal places that is in turn: 1, 2, 1, 2.
    """
    total, counts, found = sum(places), [0] * len(places), [0] * len(numbers)
    for dealt_before, at in enumerate(sorted(range(len(numbers)), key=lambda at: numbers[at])):
        lag = [
            share * (dealt_before + 1) - count * total for share, count in zip(places, counts, strict=True)
        ]
        panel = lag.index(max(lag))
        counts[panel] += 1
        found[at] = panel
    return found
