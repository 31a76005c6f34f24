"""What a check gets and gives: the subject of a formal check, an outcome, and how outcomes are worded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from review_portal.domain.messages import Message
from review_portal.domain.records import ApplicationForm, Recommendation
from review_portal.domain.text_count import fold
from scoring_rubrics import Call, FormalRule

Result = Literal["pass", "fail", "warn", "manual", "not_evaluated"]


@dataclass(frozen=True, slots=True)
class Subject:
    """One form under one call, with the recommender's table and the times of receipt where they are known.

    `received_at` is the receipt of this form, `first_received_at` that of the dossier's first one.
    """

    form: ApplicationForm
    call: Call
    recommendation: Recommendation | None
    received_at: datetime | None
    first_received_at: datetime | None

    def value(self, path: str) -> object:
        """The form's value at a path such as `unit.name`."""
        return self.form.at(path)

    def place(self, *paths: str) -> str:
        """Where the first of the paths that has a source stands in the form."""
        return next((self.form.sources[path].place for path in paths if path in self.form.sources), "")

    def place_of(self, text: str) -> str:
        """Where a text stands in the document first; "" when it is nowhere."""
        wanted = fold(text)
        passages = (passage for block in self.form.document for passage in block.passages())
        return next((place for _at, place, held in passages if wanted in fold(held)), "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a check, what to do, and where to look."""

    result: Result
    note: Message = field(default_factory=lambda: Message(""))
    place: str = ""


Check = Callable[[Subject, FormalRule], Outcome]


def broken(rule: FormalRule, note: Message, place: str = "") -> Outcome:
    """The rule does not hold: a failure, or a warning where the rule is only a recommendation."""
    return Outcome("warn" if rule.severity == "warn_only" else "fail", note, place)


def same(left: str | None, right: str | None) -> bool:
    """Whether two texts are the same but for width and spaces; nothing equals a missing one."""
    return left is not None and right is not None and fold(left) == fold(right)


def params(rule: FormalRule, key: str) -> tuple[str, ...]:
    """A parameter of the rule as strings, a single one too. KeyError when it is missing."""
    value = rule.params[key]
    return tuple(str(item) for item in value) if isinstance(value, tuple | list) else (str(value),)
