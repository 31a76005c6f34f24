"""Which role each expert of one panel fills.

Roles offer seats, the first `least` of each must be taken. Augmenting paths (Kuhn 1955) first fill the
seats that must be taken, then seat the remaining experts: an augmented matching never uncovers anyone, and by
Mendelsohn and Dulmage (1958) both can be had at once whenever each can be had alone.
"""

from __future__ import annotations

from collections.abc import Sequence


def fill(holds: Sequence[Sequence[int]], least: Sequence[int], most: Sequence[int]) -> list[int] | None:
    """A role per expert (-1 for one who holds none), or None where the mix cannot be met.

    holds: the roles of each expert, ascending. least, most: seats per role. The answer depends on the order
    of experts and roles alone.
    """
    seated: list[list[int]] = [[] for _ in least]
    role = [-1] * len(holds)
    for index, wanted in enumerate(least):
        while len(seated[index]) < wanted:
            if not _draw_in(index, holds, role, seated, least, set()):
                return None
    for expert, own in enumerate(holds):
        if own and role[expert] < 0 and not _seat(expert, holds, role, seated, most, set()):
            return None
    return role


def _draw_in(
    index: int,
    holds: Sequence[Sequence[int]],
    role: list[int],
    seated: list[list[int]],
    least: Sequence[int],
    tried: set[int],
) -> bool:
    """Give `index` one more expert: a free one, else one whose present role finds another."""
    for expert, own in enumerate(holds):
        if index not in own or role[expert] == index or expert in tried:
            continue
        tried.add(expert)
        left = role[expert]
        if left < 0 or _draw_in(left, holds, role, seated, least, tried):
            if left >= 0:
                seated[left].remove(expert)
            role[expert] = index
            seated[index].append(expert)
            return True
    return False


def _seat(
    expert: int,
    holds: Sequence[Sequence[int]],
    role: list[int],
    seated: list[list[int]],
    most: Sequence[int],
    tried: set[int],
) -> bool:
    """Seat `expert` in one of his roles: a free seat, else one whose holder can move."""
    for index in holds[expert]:
        if index in tried:
            continue
        tried.add(index)
        if len(seated[index]) < most[index]:
            seated[index].append(expert)
            role[expert] = index
            return True
        for other in seated[index]:
            if _seat(other, holds, role, seated, most, tried):
                seated[index].remove(other)
                seated[index].append(expert)
                role[expert] = index
                return True
    return False
