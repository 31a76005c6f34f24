"""Which dossiers of an overview a page shows and in what order: all of it stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from review_portal.services.case_rows import CaseRow
from review_portal.services.overviews import Overview, OverviewRow

PAGE = 50  # dossiers
SORTS = ("number", "spread", "flags")
ONLY = ("", "flagged", "open")


def here() -> str:
    """The path of this page."""
    return f"{request.script_root}{request.path}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address asks for; anything else in it is taken for nothing. `sort` with "-": largest first."""

    sort: str = "number"
    only: str = ""
    query: str = ""
    expert: str = ""
    page: int = 1

    @property
    def filtered(self) -> bool:
        """Whether some dossiers are left out."""
        return bool(self.only or self.query or self.expert)

    def address(self, **changed: Any) -> str:
        """This page with something else chosen; from the first dossier on unless a page is named."""
        to = replace(self, **{"page": 1, **changed})
        given = {"sort": to.sort, "only": to.only, "q": to.query, "expert": to.expert, "page": str(to.page)}
        usual = {"sort": "number", "only": "", "q": "", "expert": "", "page": "1"}
        wanted = {key: value for key, value in given.items() if value != usual[key]}
        return f"{here()}?{urlencode(wanted)}#heat" if wanted else f"{here()}#heat"


def asked_for() -> Choice:
    """The choice in the address of this request."""
    sort, only, page = (request.args.get(key, "") for key in ("sort", "only", "page"))
    return Choice(
        sort if sort.removeprefix("-") in SORTS else "number",
        only if only in ONLY else "",
        request.args.get("q", "").strip()[:100],
        request.args.get("expert", "")[:20],
        max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """The dossiers of one page, and how many the choice holds in all."""

    rows: Sequence[OverviewRow]
    found: int
    first: int
    page: int
    last_page: int


def part_of(data: Overview, cases: Sequence[CaseRow], choice: Choice) -> Part:
    """Filter and sort all dossiers, then cut the page out; a page beyond the last one is the last one."""
    waiting = {case.number for case in cases if case.pending}
    words = choice.query.casefold().split()
    rows = [
        row
        for row in data.rows
        if (choice.only != "flagged" or row.flags)
        and (choice.only != "open" or row.number in waiting)
        and (not choice.expert or choice.expert in row.totals)
        and all(word in f"{row.number} {row.unit}".casefold() for word in words)
    ]
    rows = _sorted(rows, choice.sort.removeprefix("-"), -1 if choice.sort.startswith("-") else 1)
    last = max(1, -(-len(rows) // PAGE))
    page = min(choice.page, last)
    first = (page - 1) * PAGE
    return Part(rows[first : first + PAGE], len(rows), first + 1 if rows else 0, page, last)


def _sorted(rows: list[OverviewRow], key: str, way: int) -> list[OverviewRow]:
    """By spread (none is always last), by number of flags, or by dossier number, as they come."""
    if key == "spread":
        return sorted(rows, key=lambda row: (row.spread is None, way * (row.spread or Decimal(0))))
    if key == "flags":
        return sorted(rows, key=lambda row: way * len(row.flags))
    return rows[::way]


def ways(part: Part, choice: Choice) -> dict[str, Any]:
    """Sorting, filtering and leafing, all as addresses."""

    def head(key: str, label: str, first: str) -> dict[str, str]:
        now = choice.sort.removeprefix("-") == key
        way = ("descending" if choice.sort.startswith("-") else "ascending") if now else ""
        other = key if choice.sort == f"-{key}" else f"-{key}"
        return {"label": label, "href": choice.address(sort=other if now else first), "way": way}

    previous, following = part.page - 1, part.page + 1
    return {
        "choice": choice,
        "filter_action": f"{here()}#heat",
        "onlys": [("", _("全部材料")), ("flagged", _("须说明的")), ("open", _("复议待答复的"))],
        "sorts": {
            "number": head("number", _("材料"), "number"),
            "spread": head("spread", _("极差"), "-spread"),
            "flags": head("flags", _("提示"), "-flags"),
        },
        "previous": choice.address(page=previous) if previous else "",
        "following": choice.address(page=following) if following <= part.last_page else "",
    }
