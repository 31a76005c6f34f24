"""The frame of a page that secretariat and supervisor of a call both read: each within the own desk."""

from __future__ import annotations

from flask_babel import gettext as _

from review_portal.services import supervision
from review_portal.web import secretariat_nav, supervisor_nav
from review_portal.web.access import viewer
from review_portal.web.frame import set_desk


def enter(call: str, current: str) -> bool:
    """Put the frame around a page of this call; True for its supervisor. Raises `NotFound`."""
    watches = supervision.may_watch(viewer(), call=call)
    if watches:
        set_desk(_("监督"), supervisor_nav.entries(call), current=current, call=call, label=_("监督人员"))
    else:
        label = _(secretariat_nav.LABEL)
        set_desk(label, secretariat_nav.entries(call), current=current, call=call, label=label)
    return watches
