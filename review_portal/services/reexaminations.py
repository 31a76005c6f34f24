"""复核: a ranking is looked at again after an objection, by two people's word, in one of three ways."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.rankings import Ranking, newest
from review_portal.models.reexaminations import KINDS, Reexamination
from review_portal.services import (
    approvals,
    audit,
    paper_state,
    ranking_rounds,
    reexamination_state,
    scopes,
)
from review_portal.services.bindings import Bound
from review_portal.services.reexamination_state import ACTION, CALL_STATES
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

LONGEST = 2000


def ask(
    actor: Viewer,
    *,
    call: str,
    kind: str,
    reference: str,
    received_on: date | None,
    grounds: str,
    dossiers: Sequence[str],
    stage: str = "",
    beside: Sequence[str] = (),
    beside_reason: str = "",
    request_key: str,
) -> str:
    """Ask for the newest version of the final ranking to be re-examined. Returns the approval's public id.

    `dossiers` are the contested ones. For a new round `stage` is what is scored anew and `beside` the
    dossiers scored with them: the neighbours at the cut, or others with the panel's reason. The same key is
    one request. Raises `Invalid` by field, `Conflict` in the wrong state or while another is under way.
    """
    _refuse_lacking(kind, reference, received_on, grounds, dossiers)
    key = hashlib.sha256(f"{actor.account_id}:{request_key}".encode()).hexdigest()
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        sent = _sent_already(session, key)
        if sent is not None:
            return sent
        ranking = _refuse_unfit(session, row)
        rules = rules_of(row)
        chosen = _chosen(ranking, rules, kind, dossiers, stage, beside, beside_reason)
        made = Reexamination(
            call_id=row.id,
            ranking_id=ranking.id,
            kind=kind,
            reference=reference.strip(),
            received_on=received_on,
            grounds=grounds.strip(),
            request_key=key,
            asked_at=now(),
            asked_by=actor.account_id,
            **chosen,
        )
        session.add(made)
        session.flush()
        asked = approvals.ask(
            session,
            actor,
            ACTION,
            object_kind="reexamination",
            object_id=made.public_id,
            call_id=row.id,
            payload=payload_of(session, made, rules),
            reason=made.grounds,
        )
        audit.record(
            session,
            actor,
            "file_reexamination",
            object_kind="reexamination",
            object_id=made.public_id,
            call_id=row.id,
            detail={"reexam_kind": kind, "reference": made.reference, "ranking": ranking.digest},
            bound=[Bound("reexamination", made)],
        )
        return asked.public_id


def _refuse_lacking(
    kind: str, reference: str, received_on: date | None, grounds: str, dossiers: Sequence[str]
) -> None:
    faults: dict[str, Message] = {}
    if kind not in KINDS:
        faults["kind"] = mark("请选择复核方式。")
    if not 2 <= len(reference.strip()) <= 100:
        faults["reference"] = mark("请填写异议编号或来文名称，2至100个字。")
    if received_on is None:
        faults["received_on"] = mark("请填写收到异议的日期。")
    elif received_on > local_date(clock.now()):
        faults["received_on"] = mark("收到日期晚于今天，请核对。")
    if not 10 <= len(grounds.strip()) <= LONGEST:
        faults["grounds"] = mark("请写明异议的主要内容和复核的理由，10至%(most)s个字。", most=LONGEST)
    if not dossiers:
        faults["dossiers"] = mark("请至少选择一份有争议的材料。")
    if faults:
        raise Invalid(mark("复核申请未提交，请补齐标出的内容。"), faults)


def _sent_already(session: Session, key: str) -> str | None:
    query = (
        sa.select(Approval.public_id)
        .join(Reexamination, Reexamination.public_id == Approval.object_id)
        .where(Reexamination.request_key == key, Approval.action == ACTION)
    )
    return session.scalar(query)


def _refuse_unfit(session: Session, call: Call) -> Ranking:
    """The version that is contested. Raises `Conflict` where none can be."""
    if call.state not in CALL_STATES:
        raise Conflict(mark("排名冻结后、公示结果确定前方可办理复核。"))
    if reexamination_state.running(session, call.id) is not None:
        raise Conflict(mark("已有一项复核正在办理，请办结后再提出。"))
    return session.scalars(newest(call.id, "final")).one()


def _chosen(
    ranking: Ranking,
    rules: Rules,
    kind: str,
    dossiers: Sequence[str],
    stage: str,
    beside: Sequence[str],
    reason: str,
) -> dict[str, Any]:
    """What is kept of the dossiers chosen. Raises `Invalid`."""
    lines = {line["dossier"]: line for line in [*ranking.body["rows"], *ranking.body["outside"]]}
    contested = list(dict.fromkeys(dossiers))
    running = {dossier for dossier, line in lines.items() if line.get("code") != "withdrawn"}
    if not set(contested) <= running:
        raise Invalid(
            mark("有争议的材料须从冻结的排名中选择。"), {"dossiers": mark("请重新选择；已撤回的不能复核。")}
        )
    if kind != "rescore":
        return {"dossiers": contested, "stage": None, "beside": [], "beside_reason": ""}
    if stage not in [item.key for item in rules.scored_stages]:
        raise Invalid(mark("请选择重新评审的环节。"), {"stage": mark("请选择重新评审的环节。")})
    _refuse_unheard(ranking, rules, stage, [lines[dossier] for dossier in contested])
    return {
        "dossiers": contested,
        "stage": stage,
        **_beside(ranking, lines, stage, contested, beside, reason),
    }


def _refuse_unheard(ranking: Ranking, rules: Rules, stage: str, lines: Sequence[Mapping[str, Any]]) -> None:
    """Whoever did not reach a stage is heard there anew only where a version has said that he should be."""
    owed = set(ranking.body.get("unheard", ()))
    first = rules.scored_stages[0].key
    out = [
        line["number"]
        for line in lines
        if stage != first and stage not in line["stage_scores"] and line["number"] not in owed
    ]
    if out:
        raise Invalid(
            mark(
                "%(numbers)s没有“%(stage)s”的评分，不能在该环节重新评审。",
                numbers="、".join(out),
                stage=rules.stage(stage).name,
            ),
            {"stage": mark("请改选这些材料参加过的环节。")},
        )


def _beside(
    ranking: Ranking,
    lines: Mapping[str, Mapping[str, Any]],
    stage: str,
    contested: Sequence[str],
    beside: Sequence[str],
    reason: str,
) -> dict[str, Any]:
    default = set(neighbours(ranking.body)) - set(contested)
    others = [dossier for dossier in dict.fromkeys(beside) if dossier not in contested]
    if not {*others} <= {line for line in lines if stage in lines[line]["stage_scores"]}:
        raise Invalid(
            mark("一并重新评审的材料须参加过该环节。"), {"beside": mark("请重新选择一并重新评审的材料。")}
        )
    if set(others) != default and len(reason.strip()) < 10:
        raise Invalid(
            mark("一并重新评审的材料与界线上下的材料不一致，须写明理由。"),
            {"beside_reason": mark("请写明专家组另行确定的理由，至少10个字。")},
        )
    return {"beside": others, "beside_reason": reason.strip() if set(others) != default else ""}


def neighbours(body: Mapping[str, Any]) -> list[str]:
    """Dossiers (public ids) directly above and below the cut, all that share those places."""
    rows, quota = body["rows"], body["quota"]
    above = [row["rank"] for row in rows[:quota]]
    below = [row["rank"] for row in rows[quota:]]
    at = {*above[-1:], *below[:1]}
    return [row["dossier"] for row in rows if row["rank"] in at]


def payload_of(session: Session, row: Reexamination, rules: Rules) -> dict[str, object]:
    """What two people agree to: the ranking as it stands, why it is looked at again, and how."""
    ranking = session.scalars(newest(row.call_id, "final")).one()
    lines = {line["dossier"]: line for line in [*ranking.body["rows"], *ranking.body["outside"]]}

    def named(dossiers: Collection[str]) -> list[list[str]]:
        return [[lines[dossier]["number"], lines[dossier]["unit"]] for dossier in dossiers]

    return {
        "reexamination": row.public_id,
        "kind": row.kind,
        "reference": row.reference,
        "received_on": row.received_on.isoformat(),
        "grounds": row.grounds,
        "dossiers": named(row.dossiers),
        "stage": rules.stage(row.stage).name if row.stage else "",
        "beside": named(row.beside),
        "beside_reason": row.beside_reason,
        "version": ranking.version,
        "ranking": ranking.digest,
    }


def decide(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes the re-examination is open, and its new round begins as a draft."""
    with transaction() as session:
        asked = session.scalars(
            sa.select(Approval).where(Approval.public_id == approval, Approval.action == ACTION)
        ).first()
        if asked is None:
            raise NotFound()
        row, call = _locked(session, asked.object_id)
        if approve:
            paper_state.refuse_typist(session, actor, call.id)
        approvals.settle(
            session,
            actor,
            approval,
            ACTION,
            approve=approve,
            payload_now=payload_of(session, row, rules_of(call)),
            note=note,
        )
        if row.state != "asked" or (approve and call.state not in CALL_STATES):
            raise Conflict(mark("批次或复核的状态已变化，不能再办理。"))
        row.state, row.decided_at = ("open" if approve else "refused"), now()
        if not approve:
            return
        if row.kind == "rescore":
            _begin_round(session, row)
        audit.record(
            session,
            actor,
            "open_reexamination",
            object_kind="reexamination",
            object_id=row.public_id,
            call_id=call.id,
            detail={"reexam_kind": row.kind},
        )


def _locked(session: Session, public_id: str) -> tuple[Reexamination, Call]:
    found = session.execute(
        sa.select(Reexamination, Call)
        .join(Call, Call.id == Reexamination.call_id)
        .where(Reexamination.public_id == public_id)
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def _begin_round(session: Session, row: Reexamination) -> None:
    """A round of the contested stage, with a panel of its own: it goes the ordinary way from its draft on."""
    first = next(item for item in ranking_rounds.regular(session, row.call_id) if item.stage == row.stage)
    session.add(
        Round(call_id=row.call_id, stage=first.stage, position=first.position, reexamination_id=row.id)
    )
