"""A dossier put off by the decision and approved by one of its own. Needs an application context."""

from __future__ import annotations

from review_portal import clock
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.decision_rules import Choice
from review_portal.services import decision_views, decisions, later_decisions
from review_portal.services.decisions import Minutes
from review_portal.services.later_decisions import LaterMinutes
from tests.factories_papers import pdf
from tests.factories_selection import RANKED, Selection

REASON = "有异议正在核查，须先核实（示例）"
FIRST = RANKED[0]


def put_before(made: Selection, answer: str) -> str:
    """The meeting approves what the ranking proposes, and of the first dossier says `answer`."""
    found = decision_views.docket(made.officer, call=made.call)
    assert found is not None
    choices = {one.dossier: Choice(one.expected or "approve", REASON) for one in found.candidates}
    choices[made.numbers[FIRST]] = Choice(answer, REASON)
    day = local_date(clock.now())
    outcome = "adjusted" if answer == "hold" else "agreed"
    minutes = Minutes("主任办公会（示例）", day, "示例会纪〔2023〕6号", outcome, "同意（示例）", REASON)
    return decisions.ask_decision(
        made.officer,
        call=made.call,
        digest=found.digest,
        minutes=minutes,
        choices=choices,
        scan_name="会议纪要.pdf",
        scan=pdf(1),
    )


def later(made: Selection, answer: str = "approve") -> str:
    day = local_date(clock.now())
    minutes = LaterMinutes("主任办公会（示例）", day, "示例会纪〔2023〕9号", answer, "核查属实（示例）")
    return later_decisions.ask_later(
        made.officer, dossier=made.numbers[FIRST], minutes=minutes, scan_name="纪要.pdf", scan=pdf(1)
    )


def decided_later(made: Selection) -> None:
    """The first in rank is put off, and approved later."""
    decisions.decide_decision(made.second, approval=put_before(made, "hold"), approve=True)
    later_decisions.decide_later(made.second, approval=later(made), approve=True)
