"""What settles a tie across the cut that the tie keys leave open: the open vote's quorum and majority."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from scoring_rubrics.reader import Table

MajorityOf = Literal["votes", "voters"]
BALLOTS_MAX = 9


@dataclass(frozen=True, slots=True)
class TieRules:
    """quorum: the share of those who may vote that has to take part, as numerator and denominator.

    majority: more than half of the valid votes, or of those who may vote. ballots: how many are held at most.
    """

    quorum: tuple[int, int] = (2, 3)
    majority: MajorityOf = "votes"
    ballots: int = 2

    def needed(self, voters: int) -> int:
        """How many of so many have to take part, never fewer than one."""
        over, under = self.quorum
        return max(1, -(-voters * over // under))

    @property
    def quorum_text(self) -> str:
        """The share as it is printed."""
        return "/".join(map(str, self.quorum))


def read_ties(top: Table) -> TieRules:
    """The table [ties] of call.toml; the values above where the call has none."""
    if not top.has("ties"):
        return TieRules()
    table = top.table("ties")
    parts = re.fullmatch(r"([1-9]\d?)/([1-9]\d?)", table.text("quorum"))
    if parts is None or int(parts[1]) > int(parts[2]):
        raise table.fault("quorum", "应为不大于1的分数，如 2/3")
    majority = cast(MajorityOf, table.choice("majority", get_args(MajorityOf)))
    ballots = table.integer("ballots", 1)
    if ballots > BALLOTS_MAX:
        raise table.fault("ballots", f"应不超过{BALLOTS_MAX}")
    table.finish()
    return TieRules((int(parts[1]), int(parts[2])), majority, ballots)
