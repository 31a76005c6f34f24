"""A selection whose notice is released: what tests of the publicity clock start from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from review_portal import clock
from review_portal.domain.chinese_dates import SHANGHAI
from review_portal.services import publicity, publicity_appearances, publicity_release, publicity_views
from review_portal.services.publicity_appearances import Shot
from tests.factories_papers import pdf
from tests.factories_selection import RANKED, Selection, decide

URL = "https://www.example.com/gongshi/2023.html"
SHOT = Shot("公示页面.pdf", pdf(1))
FACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000（示例）",
    "contact_address": "重庆市示例区示例路1号",
    "published_on": "2023-03-15",
    "supervision_phone": "023-00000002（示例）",
}
RELEASED = datetime(2023, 3, 15, 1, 0, tzinfo=UTC)  # 9:00 in Shanghai


def at(day: int, hour: int = 10, minute: int = 0, month: int = 3) -> datetime:
    """A moment of the office's wall clock in 2023."""
    return datetime(2023, month, day, hour, minute, tzinfo=SHANGHAI)


@contextmanager
def moment(instant: datetime) -> Iterator[None]:
    """From `instant` on, for the portal's clock and the database's alike; set right at the end."""
    clock.run_from(instant)
    try:
        yield
    finally:
        clock.run_from(None)


def release(made: Selection, **facts: str) -> None:
    """Decided, drafted, filled and released on 15 March at 9:00. Needs an application context."""
    decide(made, selected=RANKED[:3])
    publicity.draft(made.officer, call=made.call)
    version = publicity_views.get(made.officer, call=made.call).version
    publicity.update(made.officer, call=made.call, facts={**FACTS, **facts}, base_version=version)
    with moment(RELEASED):
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="经办人核对完毕（示例）")
        publicity_release.decide_release_notice(made.second, approval=asked, approve=True)


def appear(made: Selection, instant: datetime, *, url: str = URL) -> str:
    """Register an appearance at the moment at which it happens. Needs an application context."""
    with moment(instant):
        return publicity_appearances.register_appearance(
            made.officer, call=made.call, appeared_at=instant, url=url, shot=SHOT
        )


def take_down(made: Selection, instant: datetime) -> str:
    """Register a takedown likewise."""
    with moment(instant):
        return publicity_appearances.register_takedown(
            made.officer, call=made.call, taken_down_at=instant, reason="网站检修（示例）", shot=Shot()
        )
