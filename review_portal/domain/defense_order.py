"""DEFORDER-1, the order of a defense: drawn in public, so that anybody can compute it again.

The portal draws a secret and shows its code; then a number is called out in the room. Both decide together:
who knows the secret does not choose the number, and who chooses the number does not know the secret.
`H` is SHA-256; `frame` puts each part behind its length (`domain.draw.protocol`); JSON is canonical.

    frozen       H(frame("DEFORDER-1/frozen", JSON of round, rule and turns))
    commitment   H(frame("DEFORDER-1/commit", frozen, secret))
    seed         H(frame("DEFORDER-1/seed", frozen, secret, number))
    block k      HMAC-H(seed, frame("DEFORDER-1/block", k)) for k = 0, 1, 2 …, each used once
    below(n)     as many blocks as hold the bits of n - 1, read as one big-endian number, its leading bits
                 kept; n or more is thrown away and the next blocks are taken. below(1) takes none.
    shuffled     for i = last … 1: change places i and below(i + 1)

Rule "random": the turns, sorted by number, are shuffled. Rule "fewest_departures": recused experts leave as
rarely as possible. A departure is a run of consecutive turns from which an expert is recused; between a turn
whose leavers are A and one whose leavers are B, |B - A| experts get up. Turns with the same leavers form a
class (classes sorted by their smallest number). A table over (turns left in each class, class before) holds
the fewest departures and in how many sequences of classes they are reached; going through it forwards,
below(sequences left) picks each class, so that every sequence is as likely as any other: it is counted down
by the sequences that go on with the first class, the second and so on. Then each class, sorted, is shuffled,
class after class, and its turns take its places: every order of turns that reaches the minimum is equally
likely.

The table has prod(size of class + 1) x classes² steps. Beyond `MOST_STEPS` the classes are shuffled and each
stays together: from every one of the first `MOST_STARTS`, always go on to the class for which the fewest get
up (the first of several), and keep the first of the best. That is near the minimum, and said to be.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from review_portal.domain import canonical
from review_portal.domain.draw import protocol

NAME: Final = "DEFORDER-1"
MOST_STEPS: Final = 2_000_000
MOST_STARTS: Final = 20
Rule = Literal["fewest_departures", "random"]
Way = Literal["random", "exact", "approximate"]
Leavers = frozenset[str]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Turn:
    """A unit by its number, and who must leave the room for it, under names that only tell people apart."""

    number: str
    leaving: Leavers = frozenset()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The order of numbers and its departures; `orders` could have come out alike, None when not counted."""

    order: tuple[str, ...]
    departures: int
    way: Way
    orders: int | None


def frozen(round_: str, rule: Rule, turns: Sequence[Turn]) -> dict[str, Any]:
    """What is fixed before the number is called: it goes into the commitment and into the record."""
    listed = [
        {"number": turn.number, "leaving": sorted(turn.leaving)}
        for turn in sorted(turns, key=lambda t: t.number)
    ]
    return {"protocol": NAME, "round": round_, "rule": rule, "turns": listed}


def commitment(fixed: Mapping[str, Any], secret: str) -> str:
    """The code that is shown before the number is called."""
    return _code("commit", _frozen_code(fixed), secret)


def seed(fixed: Mapping[str, Any], secret: str, number: str) -> str:
    """What decides, from the secret and the number called out."""
    return _code("seed", _frozen_code(fixed), secret, number)


def draw(fixed: Mapping[str, Any], secret: str, number: str) -> Drawn:
    """The order that follows from what was fixed, the secret and the number. Pure: the same every time."""
    turns = [Turn(item["number"], frozenset(item["leaving"])) for item in fixed["turns"]]
    stream = _Stream(seed(fixed, secret, number))
    return _random(turns, stream) if fixed["rule"] == "random" else _fewest(turns, stream)


def departures(leaving: Sequence[Leavers]) -> int:
    """How often somebody gets up: over experts, the runs of consecutive turns from which each is recused."""
    before: Leavers = frozenset()
    count = 0
    for now in leaving:
        count += len(now - before)
        before = now
    return count


def _frozen_code(fixed: Mapping[str, Any]) -> str:
    return _code("frozen", canonical.dumps(fixed))


def _code(step: str, *parts: str | bytes) -> str:
    return protocol.hash_hex("sha256", protocol.frame(f"{NAME}/{step}", *parts))


class _Stream:
    """Whole numbers out of a seed, every one below a bound as likely as any other."""

    def __init__(self, seed_hex: str) -> None:
        self._blocks = self._endless(bytes.fromhex(seed_hex))

    @staticmethod
    def _endless(key: bytes) -> Iterator[bytes]:
        count = 0
        while True:
            yield hmac.new(key, protocol.frame(f"{NAME}/block", str(count)), hashlib.sha256).digest()
            count += 1

    def below(self, bound: int) -> int:
        bits = (bound - 1).bit_length()
        blocks = math.ceil(bits / 256)
        while True:
            drawn = int.from_bytes(b"".join(next(self._blocks) for _ in range(blocks)), "big")
            value = drawn >> (256 * blocks - bits)
            if value < bound:
                return value

    def shuffled(self, items: Sequence[_Item]) -> list[_Item]:
        found = list(items)
        for last in range(len(found) - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found


def _random(turns: Sequence[Turn], stream: _Stream) -> Drawn:
    order = stream.shuffled(turns)
    return _drawn(order, "random", math.factorial(len(turns)))


def _drawn(order: Sequence[Turn], way: Way, orders: int | None) -> Drawn:
    gone = departures([turn.leaving for turn in order])
    return Drawn(tuple(turn.number for turn in order), gone, way, orders)


def _fewest(turns: Sequence[Turn], stream: _Stream) -> Drawn:
    classes: dict[Leavers, list[Turn]] = {}
    for turn in turns:  # sorted by number: so are the classes, each by its smallest
        classes.setdefault(turn.leaving, []).append(turn)
    kinds, sizes = list(classes), [len(found) for found in classes.values()]
    exact = steps(turns) <= MOST_STEPS
    sequence, count = _exactly(kinds, sizes, stream) if exact else (_near(kinds, sizes, stream), 0)
    inside = [iter(stream.shuffled(classes[kind])) for kind in kinds]
    order = [next(inside[place]) for place in sequence]
    if not exact:
        return _drawn(order, "approximate", None)
    return _drawn(order, "exact", count * math.prod(math.factorial(size) for size in sizes))


def steps(turns: Sequence[Turn]) -> int:
    """How much the exact way has to compute for these turns."""
    sizes: dict[Leavers, int] = {}
    for turn in turns:
        sizes[turn.leaving] = sizes.get(turn.leaving, 0) + 1
    return math.prod(size + 1 for size in sizes.values()) * len(sizes) ** 2


def _exactly(kinds: Sequence[Leavers], sizes: Sequence[int], stream: _Stream) -> tuple[list[int], int]:
    """A sequence of classes drawn among all that reach the minimum, and how many those are."""
    table = _table(kinds, sizes)
    left, before, sequence = tuple(sizes), len(kinds), []
    total = table[left][before][1] if kinds else 1
    while any(left):
        fewest, count = table[left][before]
        pick = stream.below(count)
        for place, rest in _steps_from(left):
            more, ways = table[rest][place]
            if _cost(kinds, before, place) + more != fewest:
                continue
            if pick < ways:
                sequence.append(place)
                left, before = rest, place
                break
            pick -= ways
    return sequence, total


Table = dict[tuple[int, ...], list[tuple[int, int]]]


def _table(kinds: Sequence[Leavers], sizes: Sequence[int]) -> Table:
    """Turns left in each class -> by class before (the last: none) fewest departures and sequences."""
    befores = range(len(kinds) + 1)
    cost = [[_cost(kinds, before, place) for place in range(len(kinds))] for before in befores]
    table: Table = {}
    for left in product(*(range(size + 1) for size in sizes)):
        after = [(place, *table[rest][place]) for place, rest in _steps_from(left)]
        row = []
        for before in befores:
            found = [(cost[before][place] + more, ways) for place, more, ways in after]
            fewest = min((gone for gone, _ways in found), default=0)
            row.append((fewest, sum(ways for gone, ways in found if gone == fewest) if found else 1))
        table[left] = row
    return table


def _steps_from(left: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The classes that have a turn left, each with what is left after it."""
    for place, size in enumerate(left):
        if size:
            yield place, (*left[:place], size - 1, *left[place + 1 :])


def _cost(kinds: Sequence[Leavers], before: int, place: int) -> int:
    return len(kinds[place] - kinds[before]) if before < len(kinds) else len(kinds[place])


def _near(kinds: Sequence[Leavers], sizes: Sequence[int], stream: _Stream) -> list[int]:
    shuffled = stream.shuffled(range(len(kinds)))
    chains = [_chain(kinds, shuffled, start) for start in shuffled[:MOST_STARTS]]
    best = min(chains, key=lambda chain: departures([kinds[place] for place in chain]))
    return [place for place in best for _turn in range(sizes[place])]


def _chain(kinds: Sequence[Leavers], shuffled: Sequence[int], start: int) -> list[int]:
    chain, left = [start], [place for place in shuffled if place != start]
    while left:
        following = min(left, key=lambda place: _cost(kinds, chain[-1], place))
        left.remove(following)
        chain.append(following)
    return chain


def faults(record: Mapping[str, Any]) -> list[str]:
    """What in a record of a draw does not follow from its inputs; empty when all of it does."""
    fixed, secret, number = record["frozen"], record["secret"], record["number"]
    found = draw(fixed, secret, number)
    expected = {
        "commitment": commitment(fixed, secret),
        "seed": seed(fixed, secret, number),
        "order": list(found.order),
        "departures": found.departures,
        "way": found.way,
    }
    return [name for name, value in expected.items() if record[name] != value]


def main(arguments: Sequence[str]) -> int:
    """`python -m review_portal.domain.defense_order record.json`: compute a record again, say what holds."""
    record = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    wrong = faults(record)
    order = " ".join(draw(record["frozen"], record["secret"], record["number"]).order)
    verdict = f"不一致：{'、'.join(wrong)}" if wrong else "一致：顺序由密数和现场数字算得，与记录相同。"
    sys.stdout.write(f"{verdict}\n{order}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
