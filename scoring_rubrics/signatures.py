"""Which papers' signed originals have to be back before a step: freezing, publicity, the archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from scoring_rubrics.reader import Table

SignatureGate = Literal["freeze", "publicity", "archive"]
GATES: Final[tuple[SignatureGate, ...]] = ("freeze", "publicity", "archive")


@dataclass(frozen=True, slots=True)
class SignatureRules:
    """Kinds of papers by the step that first waits for their originals; a later step waits for them, too."""

    freeze: tuple[str, ...] = ()
    publicity: tuple[str, ...] = ()
    archive: tuple[str, ...] = ()

    def before(self, gate: SignatureGate) -> tuple[str, ...]:
        """The kinds whose originals have to be back before this step."""
        steps = GATES[: GATES.index(gate) + 1]
        return tuple(kind for step in steps for kind in getattr(self, step))

    @property
    def all(self) -> tuple[str, ...]:
        """Every kind that some step waits for."""
        return self.before("archive")


def read_signatures(top: Table) -> SignatureRules:
    """The table [signatures] of call.toml; without it no step waits for an original."""
    if not top.has("signatures"):
        return SignatureRules()
    table = top.table("signatures")
    found = SignatureRules(*(table.texts(gate, ()) for gate in GATES))
    table.finish()
    for place, kind in enumerate(found.all):
        if kind in found.all[:place]:
            gate = next(gate for gate in reversed(GATES) if kind in getattr(found, gate))
            raise table.fault(gate, f"“{kind}”写了两次，每种文书只写在最先等待它的一步")
    return found
