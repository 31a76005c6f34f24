"""Proofs beside the sheet, for the expert whose sheet it is: pictures of pages, nothing to download."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.policy import Permission
from review_portal.services import attachment_views, own_gates
from review_portal.services.attachment_views import AttachmentRow
from review_portal.web import expert_nav, scans
from review_portal.web.access import Desk, viewer

desk = Desk("expert_attachments", __name__, url_prefix="/expert")
SCAN = "/reviews/<review>/attachments/<attachment>"


def shown(review: str, row: AttachmentRow) -> dict[str, Any]:
    """One proof for the sheet's page."""
    at: dict[str, Any] = {"review": review, "attachment": row.public_id}
    return scans.scan(
        row,
        url_for("expert_attachments.scan", **at),
        lambda number: url_for("expert_attachments.page", number=number, **at),
    )


@desk.page(SCAN, permission=Permission.EXPERT)
def scan(review: str, attachment: str) -> ResponseReturnValue:
    """One proof in a window of its own."""
    row = attachment_views.own_scan(viewer(), review=review, attachment=attachment)
    gate = own_gates.gate(viewer(), review=review)
    expert_nav.enter(gate.call, _("我的评审任务"), gate.code)
    return render_template(
        "scan.html",
        scan=shown(review, row),
        lead=f"{gate.number}　{gate.unit}",
        back_href=url_for("expert.sheet", review=review),
    )


@desk.page(f"{SCAN}/<int:number>.webp", permission=Permission.EXPERT)
def page(review: str, attachment: str, number: int) -> ResponseReturnValue:
    """A page of a proof as a picture."""
    return scans.picture(
        attachment_views.own_page(viewer(), review=review, attachment=attachment, page=number)
    )
