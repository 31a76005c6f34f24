"""The days of the review that the record knows already, offered for the scheme's 【待填：…】.

They are offered and not printed: a scheme that has been signed does not change because the review goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import date_text, local_date, range_text
from review_portal.models.calls import Call, Decision, Round
from review_portal.models.draws import DrawnRecord, ExpertDraw
from scoring_rubrics import Call as Rules

CHECKED, DRAWN, DECIDED = "形式审查完成日期", "专家抽取日期", "会议审定日期"


def stage_label(stage: str) -> str:
    """The label of when and where a stage is scored."""
    return f"{stage}时间、地点"


def known(session: Session, call: Call, rules: Rules) -> dict[str, str]:
    """Label to text; only what has been recorded. Four queries."""
    found = dict(_rounds(session, call, rules))
    if call.intake_closed_at is not None:
        found[CHECKED] = date_text(local_date(call.intake_closed_at))
    drawn = session.scalar(
        sa.select(sa.func.min(DrawnRecord.recorded_at))
        .join(ExpertDraw, ExpertDraw.id == DrawnRecord.draw_id)
        .join(Round, Round.id == ExpertDraw.round_id)
        .where(Round.call_id == call.id)
    )
    if drawn is not None:
        found[DRAWN] = date_text(local_date(drawn))
    decided = session.scalar(sa.select(sa.func.max(Decision.held_on)).where(Decision.call_id == call.id))
    if decided is not None:
        found[DECIDED] = date_text(decided)
    return found


def _rounds(session: Session, call: Call, rules: Rules) -> Iterator[tuple[str, str]]:
    """Of each stage what its drawn experts were told of time and place, else the days of its rounds."""
    rounds = session.scalars(
        sa.select(Round).where(Round.call_id == call.id, Round.reexamination_id.is_(None))
    ).all()
    told = sa.select(ExpertDraw.round_id, ExpertDraw.meeting).order_by(ExpertDraw.id)
    meetings = dict(session.execute(told.where(ExpertDraw.round_id.in_([row.id for row in rounds]))).all())
    for stage in rules.scored_stages:
        own = [row for row in rounds if row.stage == stage.key]
        text = "；".join(dict.fromkeys(filter(None, (meetings.get(row.id) for row in own)))) or _days(own)
        if text:
            yield stage_label(stage.name), text


def _days(rounds: Sequence[Round]) -> str:
    moments = [at for row in rounds for at in (row.opened_at, row.closed_at) if at is not None]
    if not moments:
        return ""
    first, last = local_date(min(moments)), local_date(max(moments))
    return date_text(first) if first == last else range_text(first, last)
