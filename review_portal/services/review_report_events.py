"""What 评审报告 says of the result in fixed sentences, and what was out of the ordinary on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import tie_words
from review_portal.domain.chinese_dates import time_text
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, Round
from review_portal.models.holds import Hold, HoldLifting
from review_portal.models.rankings import Ranking
from review_portal.models.signatures import SignatureWaiver
from review_portal.services import report_figures, version_words
from review_portal.services.frozen_rankings import shortlists_of
from review_portal.services.ranking_words import effects, fixed_sentences, said
from review_portal.services.report_conflicts import conflict_lines
from review_portal.services.report_ranking import details_outside, tie_notes
from review_portal.services.rules import round_name
from review_portal.services.supervision_record import Record
from review_portal.services.void_views import void_lines
from scoring_rubrics import Call as Rules

VACANT = "没有单位进入下一环节，本次排名没有拟遴选单位，提请会议审定。"


def result_sentences(body: Mapping[str, Any], rules: Rules) -> list[str]:
    """Small numbers, ties, what reconciliation changed. Nothing on other rules or how sure the list is."""
    ties = [item for item in body["notices"] if item["code"] in tie_words.CODES]
    lines = (*said(ties, body, rules), *effects(body, rules))
    return [
        *([VACANT] if body.get("vacant") else []),
        *map(str, fixed_sentences(body, rules)),
        *(f"{'、'.join(numbers)}{note}。" for note, numbers in _equal(body, rules).items()),
        *map(str, lines),
    ]


def _equal(body: Mapping[str, Any], rules: Rules) -> dict[str, list[str]]:
    """How units with the same final score were told apart -> those units."""
    found: dict[str, list[str]] = {}
    for number, note in tie_notes(body, rules).items():
        found.setdefault(note, []).append(number)
    return found


def reasons_outside(
    session: Session, call: Call, body: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each line without a place with why."""
    details = details_outside(session, call, body, shortlists_of(session, call))
    for line in body["outside"]:
        yield line, details.get(line["number"], "")


def events(
    session: Session, call: Call, frozen: Ranking, rounds: Sequence[Round], rules: Rules, record: Record
) -> list[str]:
    """Everything out of the ordinary, one sentence each, in the order of kinds."""
    found = [str(line) for line in version_words.lines(frozen.body, rules)]
    for row in rounds:
        found += _early(row, rules)
        found += report_figures.departure_lines(session, row, rules)
        found += report_figures.paper_lines(session, row, rules, frozen.frozen_at)
        found += conflict_lines(session, row, rules, frozen.frozen_at)
        found += void_lines(session, row, rules)
        found += report_figures.correction_lines(session, row, rules, frozen.frozen_at)
        found += _set_aside(row, rules)
    found += _absent(frozen.body)
    found += _extensions(session, call)
    found += _holds(session, call)
    found += _waivers(session, call)
    found += _remarks(record)
    return found


def _early(round_: Round, rules: Rules) -> list[str]:
    """Rejections that were not in force when the round opened all the same."""
    told = (round_.frozen or {}).get("undelivered")
    if not told:
        return []
    name, numbers = round_name(rules, round_), "、".join(told["numbers"])
    return [f"{name}开启时，{numbers}的不予受理通知书尚未送达。先行开启的理由：{_bare(told['reason'])}。"]


def _set_aside(round_: Round, rules: Rules) -> list[str]:
    """How many sheets set off a trigger and were not asked about; the figures stay in the annex."""
    kept = round_.set_aside
    if not kept:
        return []
    numbers = "、".join(dict.fromkeys(str(item["number"]) for item in kept["flags"]))
    name = round_name(rules, round_)
    return [f"{name}触发复议条件而未提请复议的材料：{numbers}。理由：{kept['reason']}"]


def _absent(body: Mapping[str, Any]) -> list[str]:
    named = [f"{line['number']} {line['unit']}" for line in body["outside"] if line["code"] == "abstained"]
    return [f"未参加答辩：{'、'.join(named)}。"] if named else []


def _extensions(session: Session, call: Call) -> list[str]:
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(AuditEntry)
        .where(AuditEntry.call_id == call.id, AuditEntry.action == "extend_deadline")
    )
    return [f"评分期限单独延长{count}次，理由见监督记录。"] if count else []


def _holds(session: Session, call: Call) -> list[str]:
    rows = session.execute(
        sa.select(Hold, HoldLifting)
        .outerjoin(HoldLifting, HoldLifting.hold_id == Hold.id)
        .where(Hold.call_id == call.id)
        .order_by(Hold.id)
    )
    return [
        f"监督人员{time_text(made.held_at)}提请暂停，原因：{_bare(made.reason)}；"
        + (f"{time_text(end.lifted_at)}解除，核查情况：{_bare(end.finding)}。" if end else "尚未解除。")
        for made, end in rows
    ]


def _waivers(session: Session, call: Call) -> list[str]:
    query = sa.select(SignatureWaiver).where(SignatureWaiver.call_id == call.id)
    return [
        f"{len(row.papers)}份签字原件未收齐即办理后续环节，理由：{_bare(row.reason)}。"
        for row in session.scalars(query.order_by(SignatureWaiver.id))
    ]


def _remarks(record: Record) -> list[str]:
    return [
        f"监督人员{note.by}对“{node.name}”（{time_text(node.at)}）记录：{_bare(note.remark)}。"
        for node in record.nodes
        for note in node.notes
        if note.verdict == "remark"
    ]


def _bare(text: str) -> str:
    return text.strip().rstrip("。")
