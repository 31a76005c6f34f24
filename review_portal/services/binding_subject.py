"""What a row that an audit entry binds is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a table's row is bound.

    `every`: no row without an entry. `renewed`: the row is written again later, with an entry of its own;
    only the newest can be compared with what stands there.
    """

    table: type[Any]
    fields: tuple[str, ...]
    every: bool = False
    renewed: bool = False
