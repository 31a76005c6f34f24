"""The office's page of papers: every one that can be made now, and each as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.services import scopes
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import GROUPS, Paper


@dataclass(frozen=True, slots=True)
class Group:
    """Papers of one step of the call, in their order."""

    key: str
    title: Message
    papers: tuple[Paper, ...]


def listing(viewer: Viewer, *, call: str) -> Sequence[Group]:
    """The papers of a call by the step they belong to; steps without any are left out. Raises `NotFound`."""
    found = catalogue.listed(viewer, scopes.office_call(viewer, call))
    groups = (
        Group(key, title, tuple(paper for paper in found if paper.kind.group == key))
        for key, title in GROUPS.items()
    )
    return [group for group in groups if group.papers]


def document(viewer: Viewer, *, call: str, key: tuple[str, str, int]) -> tuple[str, bytes]:
    """One paper as file name and bytes, by kind, what it is about and edition. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    return catalogue.make(viewer, row, catalogue.find(viewer, row, key))
