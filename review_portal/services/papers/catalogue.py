"""All papers of a call, for the office's page, the signature register, the packages and the archive."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.exports import docx_blanks
from review_portal.models.calls import Call
from review_portal.services.papers import (
    blanks,
    defense,
    experts,
    intake,
    meeting,
    publicity,
    result,
    review,
    supervision,
)
from review_portal.services.papers.kinds import GROUPS, Kind, Paper, Source
from review_portal.services.rules import rules_of

SOURCES: Final[tuple[Source, ...]] = (
    *intake.SOURCES,
    *experts.SOURCES,
    *meeting.SOURCES,
    *review.SOURCES,
    *defense.SOURCES,
    *result.SOURCES,
    *publicity.SOURCES,
    *supervision.SOURCES,
)
_BY_KEY: Final = {source.kind.key: source for source in SOURCES}
_PLACE: Final = {group: place for place, group in enumerate(GROUPS)}


def listed(viewer: Viewer, call: Call, *, kinds: Collection[str] | None = None) -> list[Paper]:
    """The papers that can be made now, in 件 order; only of `kinds` where told.

    The caller has let the viewer in. A few queries a kind, whatever the number of papers.
    """
    session, rules = db.session(), rules_of(call)
    wanted = [source for source in SOURCES if kinds is None or source.kind.key in kinds]
    return [
        paper
        for source in sorted(wanted, key=lambda source: _PLACE[source.kind.group])
        for paper in source.find(session, viewer, call, rules)
    ]


def find(viewer: Viewer, call: Call, key: tuple[str, str, int]) -> Paper:
    """One paper by kind, what it is about and edition. Raises `NotFound`."""
    if key[0] not in _BY_KEY:
        raise NotFound()
    for paper in listed(viewer, call, kinds={key[0]}):
        if paper.key == key:
            return paper
    raise NotFound()


def make(viewer: Viewer, call: Call, paper: Paper) -> tuple[str, bytes]:
    """File name and bytes of a paper, the same for the same data. Raises what its maker raises.

    One that still leaves something to the office is named so wherever it goes.
    """
    data = unfilled(viewer, call, paper)
    if paper.kind.suffix != "docx":
        return f"{paper.name}.{paper.kind.suffix}", data
    if paper.kind.fills:
        data = docx_blanks.fill(data, blanks.facts_of(db.session(), call, paper))
    return f"{paper.name}{'_待填' if docx_blanks.blanks(data) else ''}.docx", data


def unfilled(viewer: Viewer, call: Call, paper: Paper) -> bytes:
    """The paper as its data give it, before what the office fills in. Raises what its maker raises."""
    return _BY_KEY[paper.kind.key].make(viewer, call, paper)


def kind_of(key: str) -> Kind:
    """A kind by its key. Raises `NotFound`."""
    if key not in _BY_KEY:
        raise NotFound()
    return _BY_KEY[key].kind
