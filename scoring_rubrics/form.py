"""What a call says of its application form: districts, goals, indicators, sections, limits, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class District:
    """A recommending district in official order; code is its GB/T 2260 number, None for zones without one."""

    seq: int
    name: str
    code: str | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceGoal:
    """One of the goals to choose from; patterns are words by which a text is recognised as speaking of it."""

    number: int
    name: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KpiStage:
    """One stage column: days from start up to, not including, before; label as printed on the form."""

    key: str
    label: str
    start: date
    before: date


@dataclass(frozen=True, slots=True)
class Indicator:
    """A named KPI row; goal is the number of the goal that it backs."""

    index: int
    name: str
    unit: str | None
    goal: int | None


@dataclass(frozen=True, slots=True)
class TextLimits:
    """Greatest lengths in characters as a word processor counts them."""

    intro: int
    overview: int
    body: int


@dataclass(frozen=True, slots=True)
class FormSection:
    """A heading of the form's body; key "三一" is （一） under 三, parents with sub-sections are no leaf.

    `fixed`: what stands there may not be changed after the deadline, as targets and plans may not.
    """

    key: str
    title: str
    leaf: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class ProofCategory:
    """A category of proof material; in an optional one "none" is an answer."""

    number: int
    title: str
    optional: bool


@dataclass(frozen=True, slots=True)
class FormLayout:
    """The words of the applicants' form that belong to this call: titles, labels, headings, prompts."""

    title: str
    summary_title: str
    unit_title: str
    kpi_title: str
    proofs_title: str
    commitment_title: str
    intro_label: str
    platform_name_label: str
    overview_label: str
    other_indicator_label: str
    sections: tuple[FormSection, ...]
    proofs: tuple[ProofCategory, ...]
    hints: tuple[str, ...]

    @property
    def leaves(self) -> tuple[FormSection, ...]:
        """The sections that hold text of their own."""
        return tuple(section for section in self.sections if section.leaf)
