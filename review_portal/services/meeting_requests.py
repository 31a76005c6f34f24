"""上会请示 as data: the frozen list put before the leaders' meeting, with what is to be known beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import local_date
from review_portal.exports.meeting_request import MeetingRequest, RankedUnit
from review_portal.models.calls import Call
from review_portal.models.rankings import Ranking
from review_portal.services import objection_state, office_fact_views, report_method, review_report_body
from review_portal.services.ranking_words import RESULTS
from review_portal.services.review_report_events import result_sentences
from review_portal.services.version_words import lines
from scoring_rubrics import Call as Rules


def request_of(session: Session, call: Call, frozen: Ranking, rules: Rules) -> MeetingRequest:
    """The memo on one frozen version. The caller has let the viewer in."""
    table = review_report_body.result_table(session, call, frozen, rules)
    took = review_report_body.intake(session, call)
    office = office_fact_views.facts_of(session, call)
    body: Mapping[str, Any] = frozen.body
    held = objection_state.held_dossiers(session, call.id)
    return MeetingRequest(
        issuer=rules.issuer,
        addressee="",
        project_name=rules.short_title,
        basis=review_report_body.basis(rules),
        steps=("受理", "形式审查", *(stage.name for stage in rules.scored_stages)),
        received=took["received"],
        eligible=took["received"] - took["rejected"],
        quota=body["quota"],
        quota_text=report_method.quota_text(rules),
        stages=tuple(table["stages"]),
        rows=tuple(
            RankedUnit(
                line["rank"],
                line["number"],
                line["unit"],
                line["recommender"] or "",
                tuple(line["scores"]),
                line["final"],
                line["gap"],
                "" if line["opinion"] == "—" else line["opinion"].partition("：")[0],
                line["outcome"],
                line["proposed"],
                line["tied"],
            )
            for line in table["rows"]
        ),
        outside=tuple(
            f"{line['number']} {line['unit']}未列入排名：{line['reason']}"
            + (f"，{line['detail']}" if line["detail"] else "")
            for line in table["outside"]
        ),
        sentences=(*(str(line) for line in lines(body, rules)), *result_sentences(body, rules)),
        conditions=tuple(_conditions(body)),
        held=tuple(f"{item.number} {item.unit}" for item in held.values()),
        open_objections=objection_state.open_objections(session, call.id).count,
        working_days=rules.publicity.working_days,
        contact_person=office["contact_person"],
        contact_phone=office["contact_phone"],
        contact_office=office["contact_office"],
        version=frozen.version,
        digest=frozen.digest,
        dated=local_date(frozen.frozen_at),
    )


def _conditions(body: Mapping[str, Any]) -> Iterator[str]:
    for line in body["rows"]:
        if line["result"] == "conditional" and line["conditions"]:
            yield f"{line['number']} {line['unit']}（{RESULTS['conditional']}）：{line['conditions']}"
