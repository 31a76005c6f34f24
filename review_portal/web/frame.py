"""The frame around a page: whose desk, which call, which stage, what else is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from flask import Flask, current_app, g, url_for
from flask_babel import gettext as _

from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.services import calls, held
from review_portal.services.held import Standing
from review_portal.web.access import viewer_or_none

STAGES = (
    mark("受理").msgid,
    mark("形式审查").msgid,
    mark("专家抽取").msgid,
    mark("书面评审").msgid,
    mark("现场答辩").msgid,
    mark("排名").msgid,
    mark("会议审定").msgid,
    mark("公示").msgid,
    mark("任务书").msgid,
    mark("阶段评估").msgid,
    mark("年度验收").msgid,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a desk's navigation."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Entries of a desk that belong together; open where one is."""

    title: str
    entries: tuple[Entry, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class CallLink:
    """A call in the switcher."""

    title: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What `layout.html` shows around the main part."""

    viewer_name: str
    viewer_label: str
    desk: str
    nav: tuple[Section, ...]
    call: CallLink | None
    calls: tuple[CallLink, ...]
    stage: int | None
    stage_names: tuple[str, ...]
    styleguide: str | None
    holds: tuple[Standing, ...] = ()


Links: TypeAlias = list[tuple[str, str]]
Sections: TypeAlias = Mapping[str, Links]


def set_desk(
    title: str, nav: Links | Sections, *, current: str = "", call: str | None = None, label: str = ""
) -> None:
    """Name this page's desk: title, entries (label, URL), the entry one is on, the call's public id.

    A desk of many entries gives them by section title; those under "" stand above the sections.
    """
    g.desk = (title, nav if isinstance(nav, Mapping) else {"": nav}, current, call, label)


def _page(viewer: Viewer) -> Page:
    title, nav, current, call_id, label = g.get("desk", ("", {}, "", None, ""))
    mine = calls.list_for_switcher(viewer)
    here = next((call for call in mine if call.public_id == call_id), None)
    return Page(
        viewer.name,
        label,
        title,
        tuple(_section(name, links, current) for name, links in nav.items()),
        CallLink(here.title, url_for("home.call", call=here.public_id)) if here else None,
        tuple(
            CallLink(c.title, url_for("home.call", call=c.public_id), c.public_id == call_id) for c in mine
        ),
        here.stage if here else None,
        tuple(_(name) for name in STAGES),
        url_for("styleguide.show") if current_app.extensions["settings"].styleguide else None,
        tuple(held.list_standing(viewer, call=call_id)),
    )


def _section(title: str, links: Links, current: str) -> Section:
    entries = tuple(Entry(text, href, text == current) for text, href in links)
    return Section(title, entries, any(entry.current for entry in entries))


def register(app: Flask) -> None:
    """Give every template `page`, built only when a template asks for it."""

    @app.context_processor
    def frame() -> dict[str, object]:
        person = viewer_or_none()
        return {"page": _page(person) if person else None, "demo": app.extensions["settings"].demo}
