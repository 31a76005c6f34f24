"""Frozen types of what comes in: application form, recommendation table, expert roster.

Intake returns them, domain checks them, models store them (`ApplicationForm.to_json` and `from_json`,
lossless). Missing is `None` or an empty string as the form had it, never 0; money is in 万元; the raw
texts of indicator cells are kept beside the numbers, because "/" (not committed), blank (missing) and
0 (committed zero) are three different things.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from dataclasses import field as option
from datetime import date
from decimal import Decimal
from typing import Literal, Self, cast

from review_portal.domain.record_json import built, plain

Role = Literal["lead", "member"]
Aggregation = Literal["sum", "cumulative"]
# read: stands there as shown; normalised: converted (unit, width, date);
# recognised: found in free text, hence only a suggestion.
Confidence = Literal["read", "normalised", "recognised"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was found: a place a person can go to, the text there, and how it was read.

    `at` is that place in `ApplicationForm.document`: `p12` a paragraph, `t1r7` a row of a table, `t2` a
    table; empty when no single place is meant.
    """

    place: str
    text: str
    confidence: Confidence = "read"
    at: str = ""


@dataclass(frozen=True, slots=True)
class DocumentCell:
    """A cell of a table in the document, with the grid area that it covers; rows and columns count from 0."""

    row: int
    column: int
    height: int
    width: int
    text: str


@dataclass(frozen=True, slots=True)
class DocumentBlock:
    """A paragraph (`text`) or a table (`cells`) of the document; `at` is its address, as in `Source`."""

    at: str
    text: str
    cells: tuple[DocumentCell, ...]

    def passages(self) -> tuple[tuple[str, str, str], ...]:
        """Address, place as people are told, and text of the paragraph or of every cell of the table."""
        if not self.cells:
            return ((self.at, f"正文第{self.at[1:]}段", self.text),)
        return tuple(
            (f"{self.at}r{cell.row + 1}", f"表{self.at[1:]} 第{cell.row + 1}行", cell.text)
            for cell in self.cells
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover page; `apply_year` is known even when month and day were left blank."""

    applicant: str | None
    recommender: str | None
    apply_date: date | None
    apply_year: int | None


@dataclass(frozen=True, slots=True)
class Contact:
    """The applicant's contact person."""

    name: str | None
    mobile: str | None
    email: str | None
    fax: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit table; `*_marks` hold every ticked option, so that none and several can be told apart."""

    name: str | None
    contact: Contact
    legal_representative: str | None
    registered_capital_wan: Decimal | None
    address: str | None
    credit_code: str | None
    credit_code_valid: bool
    ownership: str | None
    ownership_other: str | None
    ownership_marks: tuple[str, ...]
    listed: bool | None
    listed_marks: tuple[str, ...]
    revenue_last_fy_wan: Decimal | None
    headcount: int | None
    intro: str


@dataclass(frozen=True, slots=True)
class Platform:
    """Name and overview of the platform applied for."""

    name: str | None
    overview: str


@dataclass(frozen=True, slots=True)
class ConsortiumUnit:
    """One unit of the applicant; recognised from the introduction, hence to be confirmed by a person."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class KpiRow:
    """One row of the indicator table; `index` numbers the call's named indicators, None for others.

    `consistent` is None where it cannot be judged (a blank or "/" total or stage).
    """

    index: int | None
    name: str
    unit: str | None
    stages: tuple[Decimal | None, ...]
    total: Decimal | None
    raw_stages: tuple[str, ...]
    raw_total: str
    computed_sum: Decimal | None
    aggregation: Aggregation
    consistent: bool | None
    place: str
    at: str

    @property
    def named(self) -> bool:
        """Whether the row is one of the call's named indicators."""
        return self.index is not None


@dataclass(frozen=True, slots=True)
class BodySection:
    """One leaf section of the body: key of the call's form layout, heading as written, text below it.

    `at` is the address of its heading in the document.
    """

    key: str
    title: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """The truth pledge; signature and seal are looked at on the scan by a person."""

    contact: str | None
    phone: str | None
    legal_representative: str | None
    date_raw: str | None


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """The parsed application form (附件2).

    `parts` names what is there at all: cover, unit_table, kpi_table, body, proofs, commitment.
    `goals` are the service goals that the text commits to, `goals_excluded` those that it names only
    to exclude them.
    `consortium_stated` is the number of units that the introduction itself gives, if it gives one.
    `proofs` has one tuple of titles per category. `hints_left` are template prompts that were not removed.
    `sources` maps a path such as `unit.legal_representative`, `kpi.1` or `body.三一` to where it was found.
    `document` is the whole file in its order, without blank paragraphs: what people read beside the values.
    """

    cover: Cover
    unit: Unit
    platform: Platform
    district: str | None
    consortium: tuple[ConsortiumUnit, ...]
    consortium_stated: int | None
    goals: tuple[int, ...]
    goals_excluded: tuple[int, ...]
    kpi: tuple[KpiRow, ...]
    body: tuple[BodySection, ...]
    proofs: tuple[tuple[str, ...], ...]
    commitment: Commitment
    parts: tuple[str, ...]
    hints_left: tuple[str, ...]
    sources: Mapping[str, Source]
    document: tuple[DocumentBlock, ...]

    @property
    def lead(self) -> str | None:
        """Name of the unit that applies."""
        return self.unit.name or self.cover.applicant

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the consortium's units other than the lead, in the order of the text."""
        return tuple(unit.name for unit in self.consortium if unit.role == "member")

    def section(self, key: str) -> BodySection | None:
        """The body section with this key, or None if the form lacks it."""
        return next((section for section in self.body if section.key == key), None)

    def at(self, path: str) -> object:
        """What an evidence path of a rubric points at; None where the form has nothing there.

        Paths: `unit`, `unit.intro`, `platform.overview`, `kpi`, `kpi.<n>`, `kpi.other`, `body.<key>`,
        `proofs.<n>`, `commitment`, or any chain of field names. Raises KeyError for other paths.
        """
        head, _, rest = path.partition(".")
        if head == "kpi" and rest:
            return self._kpi_at(rest)
        if head == "body" and rest:
            return self.section(rest)
        if head == "proofs" and rest:
            place = int(rest) - 1
            return self.proofs[place] if 0 <= place < len(self.proofs) else None
        value: object = self
        for name in path.split("."):
            if not is_dataclass(value) or name not in {field.name for field in fields(value)}:
                raise KeyError(path)
            value = getattr(value, name)
        return value

    def _kpi_at(self, which: str) -> object:
        if which == "other":
            return tuple(row for row in self.kpi if not row.named)
        return next((row for row in self.kpi if row.index == int(which)), None)

    def to_json(self) -> dict[str, object]:
        """Plain dicts, lists, strings, integers, booleans, None; decimals and dates as strings."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """The form that `to_json` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        return cast(Self, built(cls, data))


@dataclass(frozen=True, slots=True)
class RecommendationEntry:
    """One filled row of the recommendation table (附件1); `place` says where it stands in the file."""

    seq: int | None
    unit: str
    contact: str | None
    mobile: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A district's recommendation table; rows holding only …… are counted, not kept."""

    recommender: str | None
    contact: str | None
    phone: str | None
    entries: tuple[RecommendationEntry, ...]
    ignored_placeholder_rows: int


@dataclass(frozen=True, slots=True)
class PastRole:
    """A post that an expert held; `end` is None while it lasts, `start` None where nobody knows it."""

    org: str
    role: str
    end: date | None
    start: date | None = None


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative of an expert in a place that may conflict."""

    name: str
    relation: str
    org: str
    position: str


@dataclass(frozen=True, slots=True)
class Control:
    """Shares or control between an expert or the employer and a unit; `relation` says who holds whom."""

    org: str
    relation: str
    end: date | None


@dataclass(frozen=True, slots=True)
class Cooperation:
    """A paper, project or contract shared with a unit; `end` is None while it lasts."""

    org: str
    subject: str
    end: date | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which an expert cannot come, the first and the last included."""

    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExpertRow:
    """One row of the expert roster; `declared` are conflicts that the expert signed himself.

    `field` holds the specialties, parted by 、. `load_limit` is the most dossiers a round; `status` is None
    where the row does not say it. `given` are the columns that the file has: others leave the register alone.
    """

    name: str
    employer: str
    title: str | None
    field: str | None
    phone: str | None
    email: str | None
    district: str | None
    past_roles: tuple[PastRole, ...]
    relatives: tuple[Relative, ...]
    declared: tuple[str, ...]
    place: str
    employer_since: date | None = None
    absences: tuple[Absence, ...] = ()
    load_limit: int | None = None
    status: str | None = None
    status_reason: str = ""
    given: frozenset[str] = option(default=frozenset(), compare=False)
