"""The frame of a page that secretariat and supervisor of a call both read: each within the own desk."""

from __future__ import annotations

from review_portal.services import supervision
from review_portal.web import secretariat_nav, supervisor_nav
from review_portal.web.access import viewer


def enter(call: str, current: str) -> bool:
    """Put the frame around a page of this call; True for its supervisor. Raises `NotFound`."""
    watches = supervision.may_watch(viewer(), call=call)
    if watches:
        supervisor_nav.enter(call, current)
    else:
        secretariat_nav.enter(call, current)
    return watches
