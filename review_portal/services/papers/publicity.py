"""Papers of publicity and of the published result."""

from __future__ import annotations

from review_portal.services.papers.kinds import Source

SOURCES: tuple[Source, ...] = ()
