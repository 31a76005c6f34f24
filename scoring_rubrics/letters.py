"""What the office's letters say beyond the data: terms, rights and remedies, and how much of a result."""

from __future__ import annotations

from dataclasses import dataclass

from scoring_rubrics.reader import Table


@dataclass(frozen=True, slots=True)
class LetterRules:
    """Sentences of the letters; "" where the call gives none, printed as 【待填】 and holding the issue.

    `own_scores`, `panel_opinion`: whether the letter on the result tells them; `remedy` how and until when to
    ask or object.
    """

    correction_terms: str = ""
    rejection_rights: str = ""
    own_scores: bool = False
    panel_opinion: bool = False
    remedy: str = ""


def read_letters(top: Table) -> LetterRules:
    """The table [letters] of call.toml, which may be left out."""
    if not top.has("letters"):
        return LetterRules()
    table = top.table("letters")
    found = LetterRules(
        table.text("correction_terms", ""),
        table.text("rejection_rights", ""),
        table.flag("own_scores", False),
        table.flag("panel_opinion", False),
        table.text("remedy", ""),
    )
    table.finish()
    return found
