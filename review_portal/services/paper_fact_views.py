"""What a paper leaves to the office, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from review_portal.db import db
from review_portal.domain.letter_words import OFFICE_FIELDS
from review_portal.domain.policy import Viewer
from review_portal.exports import docx_blanks
from review_portal.models.calls import Call
from review_portal.services import scheme_days, scopes
from review_portal.services.papers import blanks, catalogue
from review_portal.services.papers.intake import SCHEME
from review_portal.services.papers.kinds import Paper
from review_portal.services.rules import rules_of

_SHARED: Final = frozenset(label.msgid for label in OFFICE_FIELDS.values())


@dataclass(frozen=True, slots=True)
class Blanks:
    """`labels` are filled for this paper alone; `shared_open` stand empty in 办公信息, shared by all papers.

    `facts`: what has been filled in, by label; `ordinal` its version, 0 before the first. `offered`: what the
    record knows of those that are not filled in; it counts only once the office has saved it.
    """

    paper: Paper
    labels: Sequence[str]
    shared_open: Sequence[str]
    facts: Mapping[str, str]
    ordinal: int
    offered: Mapping[str, str]


def page(viewer: Viewer, *, call: str, key: tuple[str, str, int]) -> Blanks:
    """A paper's blanks, those filled in already, too. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    paper = catalogue.find(viewer, row, key)
    found = _labels(viewer, row, paper)
    session = db.session()
    version = blanks.latest(session, row, paper)
    labels = [label for label in found if label not in _SHARED]
    facts = version.facts if version else {}
    offered = scheme_days.known(session, row, rules_of(row)) if paper.kind.key == SCHEME.key else {}
    return Blanks(
        paper,
        labels,
        [label for label in found if label in _SHARED],
        facts,
        version.ordinal if version else 0,
        {label: text for label, text in offered.items() if label in labels and not facts.get(label)},
    )


def own_labels(viewer: Viewer, call: Call, paper: Paper) -> list[str]:
    """Labels that are filled for this paper alone; none of a kind whose own page asks for them."""
    return [label for label in _labels(viewer, call, paper) if label not in _SHARED]


def _labels(viewer: Viewer, call: Call, paper: Paper) -> list[str]:
    if not paper.kind.fills:
        return []
    return docx_blanks.blanks(catalogue.unfilled(viewer, call, paper))
