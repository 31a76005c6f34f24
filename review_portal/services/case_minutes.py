"""The minutes of reconciliation: what the ledger holds, in the words of a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import case_minutes as export
from review_portal.exports.case_minutes import CaseMinutes, DiscussionText
from review_portal.models.calls import Call, Round
from review_portal.models.rankings import Ranking
from review_portal.models.reviews import ReconciliationCase
from review_portal.services import case_rows, recusals, scopes, void_views
from review_portal.services.case_rows import CaseRow
from review_portal.services.discussion_views import Discussion, discussions_of
from review_portal.services.ranking_body import final_body, kind_of, shortlist_body
from review_portal.services.ranking_words import effects
from review_portal.services.report_figures import call_head, set_aside_lines
from review_portal.services.rules import round_name, rules_of
from review_portal.services.void_views import BREACHES
from scoring_rubrics import Call as Rules
from scoring_rubrics import Triggers

CASE_HEADS, VOID_HEADS, SECTIONS = export.CASE_HEADS, export.VOID_HEADS, export.SECTIONS
SIGNERS, NAME, NONE = export.SIGNERS, export.NAME, export.NONE
RESULTS = {
    "waiting": "待监督人员会签",
    "open": "等待答复",
    "keep": "维持原评分",
    "revise": "修改评分",
    "lapsed": "未在期限内答复，原评分保留",
    "refused": "监督人员不同意提请",
    "withdrawn": "组长撤回",
}
_ACTS = {
    "release": "{at}{by}会签同意",
    "refuse": "{at}{by}不同意",
    "withdraw": "{at}组长撤回",
    "extend": "{at}答复期限延至{due}",
    "lapse": "{at}登记未在期限内答复",
}
_VOIDS = {"pending": "等待确认", "approved": "作废", "refused": "不同意作废"}


def effects_of(viewer: Viewer, *, round_: str) -> tuple[Message, ...]:
    """Whether reconciliation changed the list that the round leads to; empty before it has finished.

    Where no list can be tried out yet, the reason stands instead. Raises `NotFound`.
    """
    row = scopes.known_round(viewer, round_)
    if not policy.can_see_ranks(viewer, row):
        return ()
    session = db.session()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules, kind = rules_of(call), kind_of(session, row)
    frozen = session.scalars(
        sa.select(Ranking).where(Ranking.call_id == call.id, Ranking.kind == kind)
    ).first()
    if frozen is not None:
        return effects(frozen.body, rules)
    try:
        body = _trial(session, call, row, rules, kind)
    except Conflict as refused:
        return (mark("暂不能试算名单：%(why)s", why=refused.message),)
    return (*effects(body, rules), mark("以上按试算说明，名单冻结后以冻结的为准。"))


def _trial(session: Session, call: Call, row: Round, rules: Rules, kind: str) -> dict[str, Any]:
    recusals.refuse_undecided(session, call.id)
    if kind == "shortlist":
        return shortlist_body(session, call, row, rules)
    rounds = session.scalars(sa.select(Round).where(Round.call_id == call.id).order_by(Round.position)).all()
    if any(item.state != "finished" for item in rounds):
        raise Conflict(mark("还有轮次未结束复议，暂不能排名。"))
    return final_body(session, call, rounds, rules)


def minutes(viewer: Viewer, *, round_: str) -> CaseMinutes:
    """The minutes as they stand. Raises `NotFound`, `NotAllowed` before unsealing."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    said = tuple(str(item) for item in effects_of(viewer, round_=round_))
    return of_round(session, row, rules_of(call), said)


def file(viewer: Viewer, *, round_: str) -> tuple[str, bytes]:
    """复议记录 as Word: file name and content. Raises as `minutes`."""
    found = minutes(viewer, round_=round_)
    return f"{export.NAME}_{found.stage}_{round_}.docx", export.write(found)


def of_round(
    session: Session, row: Round, rules: Rules, said: Sequence[str], *, discussed: bool = True
) -> CaseMinutes:
    """The minutes of an unsealed round inside a caller's session, without discussions where not wanted."""
    cases = case_rows.rows(session, ReconciliationCase.round_id == row.id, None, with_reasons=True)
    voids = [item for item in void_views.voids_of(session, row) if item.outcome != "lapsed"]
    versions = discussions_of(session, row) if discussed else ()
    newest = {item.dossier: item for item in versions}
    moments = [row.unsealed_at, row.finished_at]
    moments += [case.opened_at for case in cases] + [case.answered_at for case in cases]
    moments += [act.at for case in cases for act in case.acts] + [item.recorded_at for item in versions]
    moments += [item.decided_at or item.asked_at for item in voids]
    last = max(moment for moment in moments if moment is not None)
    ended = row.finished_at is not None
    return CaseMinutes(
        call=call_head(rules),
        stage=round_name(rules, row),
        standing=f"复议于{time_text(row.finished_at)}结束"
        if row.finished_at
        else "复议尚未结束，本记录为办理中的情况",
        procedure=_procedure(row, rules),
        within=tuple(_case(case) for case in cases if not case.outside),
        outside=tuple(_case(case) for case in cases if case.outside),
        set_aside=set_aside_lines(row, rules) or (() if ended else ("复议结束时列明。",)),
        discussions=tuple(_discussion(item) for item in newest.values()),
        voids=tuple(
            (
                f"{item.number} {item.unit}",
                item.code or "复议结束后列示",
                str(BREACHES[item.breach]),
                item.reason or "复议结束后列示",
                f"{item.asker} {time_text(item.asked_at)}",
                f"{item.decided_by} {time_text(item.decided_at)}" if item.decided_at else "—",
                _VOIDS[item.outcome],
            )
            for item in voids
        ),
        effects=tuple(said) or ("复议结束以前不计算名次，不说明对名单的影响。",),
        dated=local_date(last),
    )


def _procedure(row: Round, rules: Rules) -> tuple[str, ...]:
    triggers, hours = rules.triggers, rules.reconciliation.answer_hours
    others = (
        "可见同一材料其他专家的总分（代号）" if rules.reconciliation.show_others else "不显示其他专家的评分"
    )
    opened = f"评分于{time_text(row.unsealed_at)}启封。" if row.unsealed_at else ""
    return (
        f"{opened}{'，或'.join(_conditions(triggers))}的，触发复议条件；条件在本轮开启时锁定。",
        "未触发条件的，由组长写明理由、监督人员会签后提请，单独列示。",
        f"被提请的专家只看到问题和本人评分，{others}，在期限内（按规则{hours}小时，组长可另定）维持或修改并"
        "说明理由；逾期未答复的，原评分保留。组长不改动评分，原评分和修改后的评分均保留。",
        "复议结束以前不显示名次、界线和对名单的影响。专家以代号列示。",
    )


def _conditions(triggers: Triggers) -> Iterator[str]:
    """What calls for reconciliation by the rules, each as a clause."""
    yield f"评分偏离均值超过{triggers.deviation_percent.normalize():f}%"
    yield f"极差超过{triggers.range_points.normalize():f}分"
    if triggers.severity_points is not None:
        yield f"专家评分总体偏宽或偏严达到{triggers.severity_points.normalize():f}分"
    if triggers.noise_times is not None:
        yield f"专家评分起伏达到平常的{triggers.noise_times.normalize():f}倍"
    if triggers.low_levels:
        yield "评分理由与得分矛盾"


def _case(case: CaseRow) -> tuple[str, ...]:
    why = "；".join(str(reason).rstrip("。") for reason in case.reasons)
    if case.grounds:
        why += f"。提请理由：{case.grounds}"
    stands = case.stands
    said = [case.reason] if case.reason else []
    for act in case.acts:
        words = _ACTS[act.act].format(
            at=time_text(act.at), by=act.by, due=time_text(act.due_at) if act.due_at else ""
        )
        said.append(f"{words}：{act.reason}" if act.reason else words)
    return (
        f"{case.number} {case.unit}",
        case.code,
        why,
        case.question,
        f"{case.before:.2f}",
        "—" if stands is None else f"{stands:.2f}",
        "；".join(said) or "—",
        RESULTS[case.answer or case.state],
    )


def _discussion(item: Discussion) -> DiscussionText:
    facts = [
        ("参加讨论", "、".join(item.present) + (f"；{item.others}" if item.others else "")),
        ("主要内容", item.substance),
        ("讨论结果", item.outcome),
        ("登记", f"第{item.ordinal}版，{time_text(item.recorded_at)}，{item.recorded_by}"),
    ]
    if item.reason:
        facts.append(("更正的理由", item.reason))
    return DiscussionText(f"{item.number} {item.unit}", tuple(facts))
