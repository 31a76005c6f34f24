"""What the rules of recusal look at, and what they answer."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.records import Control, Cooperation, ExpertRow, PastRole, Relative, Role
from scoring_rubrics import Ground

# automatic: recused at once; declared: the expert said so himself; to_decide: an officer decides.
Level = Literal["automatic", "declared", "to_decide"]
Rule = Literal[
    "employer",
    "past_role",
    "control",
    "cooperation",
    "relative",
    "legal_representative",
    "recommender",
    "district",
    "record",
    "declaration",
]


@dataclass(frozen=True, slots=True)
class ExpertFacts:
    """What is known of an expert; ``employer_code`` is the employer's credit code where recorded."""

    name: str
    employer: str
    past_roles: tuple[PastRole, ...] = ()
    relatives: tuple[Relative, ...] = ()
    declared: tuple[str, ...] = ()
    employer_code: str | None = None
    controls: tuple[Control, ...] = ()
    cooperations: tuple[Cooperation, ...] = ()

    @classmethod
    def of(cls, row: ExpertRow) -> "ExpertFacts":
        """The facts of one roster row."""
        return cls(row.name, row.employer, row.past_roles, row.relatives, row.declared)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """One unit of the applicant; ``aliases`` are short names that the dossier itself gives it."""

    name: str
    role: Role
    legal_representative: str | None = None
    credit_code: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def role_word(self) -> Message:
        """牵头单位 or 联合体成员单位."""
        return _("牵头单位") if self.role == "lead" else _("联合体成员单位")


@dataclass(frozen=True, slots=True)
class Record:
    """A dossier's own text, place by place; ``whole`` is all of it without spaces, to look into first."""

    passages: tuple[tuple[str, str], ...] = ()
    whole: str = field(default="", repr=False)

    @classmethod
    def of(cls, passages: Iterable[tuple[str, str]]) -> "Record":
        """Place and text of every passage."""
        kept = tuple((place, unicodedata.normalize("NFKC", text)) for place, text in passages)
        return cls(kept, re.sub(r"[^\S\n]", "", "\n".join(text for _place, text in kept)).casefold())


@dataclass(frozen=True, slots=True)
class DossierFacts:
    """Lead and members in order, the recommending unit and its district, the dossier's own text."""

    units: tuple[UnitFacts, ...]
    recommender: str | None = None
    district: str | None = None
    record: Record = Record()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One ground for recusal: the rule, how it binds, the sentence to show, and the record it rests on."""

    rule: Rule
    level: Level
    reason: Message
    evidence: str
    ground: Ground

    @property
    def key(self) -> str:
        """The same relation has the same key, wherever in the dossier it was found."""
        told = {name: str(value) for name, value in self.reason.params.items() if name != "place"}
        return f"{self.rule}:{self.reason.msgid}:{sorted(told.items())}"


@dataclass(frozen=True, slots=True)
class Considered:
    """A relation that was looked at and is no conflict, kept so that people see that it was."""

    rule: Rule
    reason: Message
    evidence: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class SameEmployer:
    """Two experts of one employer; ``first`` and ``second`` are places in the given sequence."""

    first: int
    second: int
    reason: Message


@dataclass(frozen=True, slots=True)
class Found:
    """A relation as a rule finds it, before the call says how it binds.

    ``certain``: the names leave no doubt.  ``past``: why it does not count any more, where it does not.
    """

    rule: Rule
    ground: Ground
    certain: bool
    reason: Message
    evidence: str
    past: Message | None = None
