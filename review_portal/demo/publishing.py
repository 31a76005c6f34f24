"""The notice is released by two officers and appears on the official website: its period runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review_portal.demo.papers import scan
from review_portal.services import publicity, publicity_appearances
from review_portal.services.publicity_appearances import Shot

if TYPE_CHECKING:
    from review_portal.demo.story import Story


def release(story: Story) -> None:
    """The fact that was missing is filled in; a second officer agrees."""
    told, officer = story.told["publication"], story.people["officer"]
    notice = publicity.get(officer, call=story.call)
    facts = {"supervision_phone": told["supervision_phone"]}
    publicity.update(officer, call=story.call, facts=facts, base_version=notice.version)
    asked = publicity.ask_release(officer, call=story.call, reason=told["reason"])
    publicity.decide_release_notice(story.people["second_officer"], approval=asked, approve=True)


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
