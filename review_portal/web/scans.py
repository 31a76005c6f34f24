"""Scanned proofs as the templates show them: titles, and each page's picture with its size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext as _

from review_portal.services.attachment_views import AttachmentRow

SHOWN_WIDTH = 1240  # as wide as pages are drawn; only the proportion matters to the page


def scan(row: AttachmentRow, href: str, page_href: Callable[[int], str]) -> dict[str, Any]:
    """One proof for the macro m.scan; `page_href` gives the address of a page's picture (from 1)."""
    count = len(row.sizes)
    return {
        "id": row.public_id,
        "title": row.title,
        "count": _("%(n)s页", n=count),
        "href": href,
        "pages": pages(row.title, row.sizes, page_href),
    }


def pages(
    title: str, sizes: Sequence[tuple[int, int]], page_href: Callable[[int], str]
) -> list[dict[str, Any]]:
    """Each page's picture for the macro m.scan_pages."""
    return [
        {
            "src": page_href(number),
            "width": SHOWN_WIDTH,
            "height": round(SHOWN_WIDTH * height / width),
            "alt": _("%(title)s第%(n)s页，共%(count)s页", title=title, n=number, count=len(sizes)),
        }
        for number, (width, height) in enumerate(sizes, start=1)
    ]


def picture(data: bytes) -> Response:
    """A drawn page; it is not kept by the browser beyond the page that shows it."""
    return Response(data, mimetype="image/webp")
