"""What the office's letters say beyond the data: the terms of a correction, rights against a rejection."""

from __future__ import annotations

from dataclasses import dataclass

from scoring_rubrics.reader import Table


@dataclass(frozen=True, slots=True)
class LetterRules:
    """Sentences of the letters; "" where the call gives none, printed as 【待填】 and holding the issue."""

    correction_terms: str = ""
    rejection_rights: str = ""


def read_letters(top: Table) -> LetterRules:
    """The table [letters] of call.toml, which may be left out."""
    if not top.has("letters"):
        return LetterRules()
    table = top.table("letters")
    found = LetterRules(*(table.text(name, "") for name in ("correction_terms", "rejection_rights")))
    table.finish()
    return found
