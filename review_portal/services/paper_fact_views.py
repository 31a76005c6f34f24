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
from review_portal.services import scopes
from review_portal.services.papers import blanks, catalogue
from review_portal.services.papers.kinds import Paper

_SHARED: Final = frozenset(label.msgid for label in OFFICE_FIELDS.values())


@dataclass(frozen=True, slots=True)
class Blanks:
    """`labels` are filled for this paper alone; `shared_open` stand empty in 办公信息, shared by all papers.

    `facts`: what has been filled in, by label; `ordinal` its version, 0 before the first.
    """

    paper: Paper
    labels: Sequence[str]
    shared_open: Sequence[str]
    facts: Mapping[str, str]
    ordinal: int


def page(viewer: Viewer, *, call: str, key: tuple[str, str, int]) -> Blanks:
    """A paper's blanks, those filled in already, too. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    paper = catalogue.find(viewer, row, key)
    found = _labels(viewer, row, paper)
    version = blanks.latest(db.session(), row, paper)
    return Blanks(
        paper,
        own_labels(viewer, row, paper),
        [label for label in found if label in _SHARED],
        version.facts if version else {},
        version.ordinal if version else 0,
    )


def own_labels(viewer: Viewer, call: Call, paper: Paper) -> list[str]:
    """Labels that are filled for this paper alone; none of a kind whose own page asks for them."""
    return [label for label in _labels(viewer, call, paper) if label not in _SHARED]


def _labels(viewer: Viewer, call: Call, paper: Paper) -> list[str]:
    if not paper.kind.fills:
        return []
    return docx_blanks.blanks(catalogue.unfilled(viewer, call, paper))
