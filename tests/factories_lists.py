"""From the decision to the published result: publicity, the final list, changes of it. Needs a context."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from review_portal import clock
from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.models.calls import Call
from review_portal.services import (
    final_list_views,
    final_lists,
    list_notices,
    list_papers,
    publicity,
    publicity_appearances,
    publicity_release,
    publicity_views,
    vacancies,
)
from review_portal.services.publicity_appearances import Shot
from review_portal.services.rules import rules_of
from review_portal.services.vacancies import Record
from scoring_rubrics.call import LetterRules
from tests.factories_papers import pdf
from tests.factories_selection import Selection
from tests.posting import at

FACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000（示例）",
    "contact_address": "重庆市示例区示例路1号",
    "supervision_phone": "023-00000002（示例）",
}
NUMBER = "渝经信节能〔2023〕99号"
LIST_FACTS = {
    "list_number": NUMBER,
    "issued_on": "2023-03-23",
    "addressee": "各区县经济信息化主管部门，各有关单位",
}
PUBLISHED = datetime(2023, 3, 15, 1, tzinfo=UTC)
LAST_DAY = datetime(2023, 3, 21, 8, tzinfo=UTC)
OVER = datetime(2023, 3, 22, 1, tzinfo=UTC)
SETTLED = datetime(2023, 3, 23, 1, tzinfo=UTC)


def change_rules(made: Selection, *, letters: LetterRules | None = None, **publicity_rules: Any) -> None:
    """Give the call other rules on publicity or letters, as if they had been filed so."""
    row = db.session.scalars(sa.select(Call).where(Call.public_id == made.call)).one()
    before = rules_of(row)
    current_app.extensions["parsed_rules"][row.rule_set_id] = replace(
        before, publicity=replace(before.publicity, **publicity_rules), letters=letters or before.letters
    )
    db.session.rollback()


def publish(made: Selection) -> None:
    """The publicity notice is released on the day of its appearance."""
    publicity.draft(made.officer, call=made.call)
    version = publicity_views.get(made.officer, call=made.call).version
    facts = {**FACTS, "published_on": "2023-03-15"}
    publicity.update(made.officer, call=made.call, facts=facts, base_version=version)
    with at(PUBLISHED):
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="经办人核对完毕（示例）")
        publicity_release.decide_release_notice(made.second, approval=asked, approve=True)
    with at(PUBLISHED + timedelta(hours=1)):
        appear(made, PUBLISHED + timedelta(minutes=30))


def appear(made: Selection, moment: datetime) -> None:
    """The released notice stands on the official website from this moment."""
    shot = Shot("截图.pdf", pdf(1))
    publicity_appearances.register_appearance(
        made.officer, call=made.call, appeared_at=moment, url="https://office.example/notice", shot=shot
    )


def drafted(made: Selection, **facts: str) -> str:
    """The notice of the next version with every fact filled; its public id."""
    paper = list_papers.draft(made.officer, call=made.call, kind="list")
    fill(made, paper, **{**LIST_FACTS, **facts})
    return paper


def fill(made: Selection, paper: str, **facts: str) -> None:
    """Type facts on a paper."""
    version = final_list_views.paper(made.officer, call=made.call, paper=paper).version
    list_papers.update(made.officer, call=made.call, paper=paper, facts=facts, base_version=version)


def settle(made: Selection, moment: datetime = SETTLED) -> None:
    """Two officers make the drafted version final."""
    with at(moment):
        asked = final_lists.ask_settle(made.officer, call=made.call, reason="公示期满，核对无误（示例）")
        final_lists.decide_settle(made.second, approval=asked, approve=True)


def shown_alone(made: Selection, *, ordinal: int) -> str:
    """The notice on a newcomer is released by two and appears today; its public id."""
    paper = list_papers.draft(made.officer, call=made.call, kind="newcomer", ordinal=ordinal)
    day = local_date(clock.now())
    fill(made, paper, change_note="一家单位经核查属实", issued_on=day.isoformat())
    asked = list_notices.ask_release(made.officer, call=made.call, paper=paper, reason="核对（示例）")
    list_notices.decide_release_change(made.second, approval=asked, approve=True)
    list_notices.record_appearance(
        made.officer,
        call=made.call,
        paper=paper,
        url="https://office.example/notice/1",
        appeared_on=day,
        scan_name="截图.pdf",
        scan=pdf(1),
    )
    return paper


def record(**changes: Any) -> Record:
    """What is typed of a decision on the list."""
    given = {
        "meeting": "主任办公会（示例）",
        "held_on": date(2023, 3, 24),
        "minutes_number": "示例会纪〔2023〕9号",
        "reason": "经会议研究决定（示例）",
        **changes,
    }
    return Record(**given)


def take_off(made: Selection, number: str, cause: str = "disqualified", **changes: Any) -> None:
    """A listed unit leaves the list, by two."""
    asked = vacancies.ask_change(
        made.officer,
        call=made.call,
        dossier=made.numbers[number] if number else "",
        cause=cause,
        record=record(**changes),
        scan_name="纪要.pdf",
        scan=pdf(1),
    )
    vacancies.decide_change(made.second, approval=asked, approve=True)
