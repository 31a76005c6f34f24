"""What an open vote on tied units decides: pure counting, no names of people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from review_portal.domain import canonical


def contest_of(standing: Collection[str], places: int) -> str:
    """The code that binds a vote to its tie: the tied units and how many places are open."""
    return canonical.digest({"places": places, "standing": sorted(standing)})


@dataclass(frozen=True, slots=True)
class Count:
    """The result of one ballot. `votes`: unit -> how many name it; `chosen` in the order of `standing`.

    `left` and `places` are what is still open: units and places for another ballot, none when all is settled.
    """

    votes: Mapping[str, int]
    cast: int
    abstained: int
    needed: int
    chosen: tuple[str, ...]
    left: tuple[str, ...]
    places: int

    @property
    def settled(self) -> bool:
        """Whether every place has been given away."""
        return self.places == 0


def count(
    standing: Sequence[str], places: int, choices: Sequence[Collection[str]], *, voters: int, of: str
) -> Count:
    """Count a ballot in which each choice names at most `places` units, an empty one nobody.

    Chosen is who is named on more than half of the valid choices (`of` "votes") or by more than half of those
    who may vote ("voters"), most votes first, as long as no equal number of votes runs across the last place:
    a count decides nothing between units that it does not tell apart. Raises `ValueError` on a choice that
    names others, or too many.
    """
    valid = [choice for choice in choices if choice]
    if any(len(set(choice)) > places or not set(choice) <= set(standing) for choice in valid):
        raise ValueError("a choice names others than stand, or more than there are places")
    votes = {unit: sum(unit in choice for choice in valid) for unit in standing}
    needed = (voters if of == "voters" else len(valid)) // 2 + 1
    carried = [unit for unit in standing if votes[unit] >= needed]
    chosen: set[str] = set()
    for number in sorted({votes[unit] for unit in carried}, reverse=True):
        equal = [unit for unit in carried if votes[unit] == number]
        if len(chosen) + len(equal) > places:
            break
        chosen.update(equal)
    open_ = places - len(chosen)
    return Count(
        votes,
        len(choices),
        len(choices) - len(valid),
        needed,
        tuple(unit for unit in standing if unit in chosen),
        tuple(unit for unit in standing if unit not in chosen) if open_ else (),
        open_,
    )
