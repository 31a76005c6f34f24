"""The notice is released by two officers and appears on the official website: its period runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review_portal.clock import now
from review_portal.demo.papers import scan
from review_portal.domain.chinese_dates import local_date
from review_portal.services import (
    publicity,
    publicity_appearances,
    publicity_release,
    publicity_views,
    signature_views,
    signatures,
)
from review_portal.services.publicity_appearances import Shot

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def release(story: Story) -> None:
    """The fact that was missing is filled in, the last signed list comes back; a second officer agrees."""
    told, officer = story.told["publication"], story.people["officer"]
    notice = publicity_views.get(officer, call=story.call)
    facts = {"supervision_phone": told["supervision_phone"]}
    publicity.update(officer, call=story.call, facts=facts, base_version=notice.version)
    lacking = signature_views.missing(officer, call=story.call, gate="publicity")
    day = local_date(now())
    signatures.record(
        officer, call=story.call, keys=[paper.key for paper in lacking], step="returned", happened_on=day
    )
    asked = publicity_release.ask_release(officer, call=story.call, reason=told["reason"])
    publicity_release.decide_release_notice(story.people["second_officer"], approval=asked, approve=True)


def appear(story: Story) -> None:
    """Half an hour after it appeared the officer registers it."""
    told = story.told["publication"]
    publicity_appearances.register_appearance(
        story.people["officer"],
        call=story.call,
        appeared_at=told["appeared_at"],
        url=told["url"],
        shot=Shot("公示页面.pdf", scan(told["shot"])),
    )
