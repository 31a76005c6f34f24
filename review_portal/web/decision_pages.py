"""What the pages of 会议审定 are given: service data in the shapes of the components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.decision_rules import ANSWERS, OUTCOMES, RESULTS, Candidate
from review_portal.domain.messages import Message
from review_portal.services.confirmation_state import RoundSeats
from review_portal.services.decision_views import DecisionView, Docket
from review_portal.services.ranking_words import OUTCOMES as PLACES
from review_portal.services.ranking_words import RESULTS as OPINIONS
from review_portal.web.decision_words import ANSWER_KINDS, RESULT_KINDS
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say


def decision(found: DecisionView, call: str) -> dict[str, Any]:
    """One recorded decision: its facts, and each dossier with answer and reason."""
    return {
        "title": f"{found.meeting}　{office_date(found.held_on)}",
        "kind": RESULT_KINDS[found.result],
        "result": say(RESULTS[found.result]),
        "facts": [
            (_("会议"), found.meeting),
            (_("会议日期"), office_date(found.held_on)),
            (_("纪要号"), found.minutes_number),
            (_("结论"), say(OUTCOMES[found.outcome])),
            (_("决定事项"), found.conclusion),
            (_("同意入选"), _("%(n)s家（拟遴选%(quota)s家左右）", n=len(found.selected), quota=found.quota)),
            (_("数量不一致或暂缓的理由"), found.departures or "—"),
            (_("登记、复核"), f"{found.recorded_by}、{found.checked_by}　{office_time(found.recorded_at)}"),
        ],
        "rows": [
            {
                "rank": row.rank,
                "number": row.number,
                "unit": row.unit,
                "place": say(PLACES[row.outcome]),
                "kind": ANSWER_KINDS[row.answer],
                "answer": say(ANSWERS[row.answer]),
                "reason": row.reason,
            }
            for row in found.choices
        ],
        "scan_href": url_for("decision.scan", call=call, file=found.scan_file),
        "scan": found.scan,
        "ranking": found.ranking,
    }


def seats_line(rounds: list[RoundSeats]) -> dict[str, Any]:
    """n of m experts have confirmed, and the codes of those who have not."""
    return {
        "done": sum(item.done for item in rounds),
        "total": sum(len(item.seats) for item in rounds),
        "open": [
            _("%(round)s：%(codes)s", round=item.name, codes="、".join(seat.code for seat in item.open))
            for item in rounds
            if item.open
        ],
    }


def form_rows(
    docket: Docket, typed: Mapping[str, str] | None, faults: Mapping[str, Message]
) -> list[dict[str, Any]]:
    """The dossiers of the form, best first: what the ranking proposes is chosen until somebody changes it."""
    return [
        _form_row(one, line, typed, faults) for one, line in zip(docket.candidates, docket.lines, strict=True)
    ]


def _form_row(
    one: Candidate,
    line: Mapping[str, Any],
    typed: Mapping[str, str] | None,
    faults: Mapping[str, Message],
) -> dict[str, Any]:
    answer, reason = f"answer-{one.dossier}", f"reason-{one.dossier}"
    return {
        "number": one.number,
        "unit": line["unit"],
        "rank": line["rank"],
        "final": line["final"],
        "opinion": say(OPINIONS[line["result"]]) if line["result"] else "—",
        "place": say(PLACES[line["outcome"]]),
        "tied": one.outcome == "tied" and one.bar is None,
        "bar": say(one.bar) if one.bar is not None else "",
        "answer_name": answer,
        "answer": one.expected if typed is None else typed.get(answer, ""),
        "answer_err": say(faults[answer]) if answer in faults else "",
        "reason_name": reason,
        "reason": "" if typed is None else typed.get(reason, ""),
        "reason_err": say(faults[reason]) if reason in faults else "",
        "choices": [(key, say(text)) for key, text in ANSWERS.items()],
    }
