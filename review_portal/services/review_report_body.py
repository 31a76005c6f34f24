"""What 评审报告 says, from the frozen ranking and the record: method, scores, ranks, 分差, nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import time_text
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.rankings import Ranking
from review_portal.models.recusals import standing
from review_portal.services import (
    meeting_facts,
    opinion_reading,
    opinion_rows,
    panel_attendance,
    ranking_rounds,
    report_method,
    review_report_events,
    supervision_record,
)
from review_portal.services.frozen_rankings import rounds_of
from review_portal.services.panel_attendance import Seat
from review_portal.services.ranking_words import OUTCOMES, RESULTS
from review_portal.services.review_report_events import reasons_outside, result_sentences
from review_portal.services.rules import round_name
from review_portal.services.supervision_record import Record
from scoring_rubrics import Call as Rules

# nodes of the supervisors' record that tell the procedure; the others stand elsewhere or are too fine
_STEPS: Final = (
    "评审工作方案批准",
    "结束受理",
    "专家抽取",
    "确定专家组",
    "专家签到",
    "推举组长",
    "开启评审",
    "答辩顺序抽签",
    "专家组意见确认完毕",
    "并列表决",
    "并列提请审定",
    "冻结入围名单",
    "冻结排名",
    "冻结新一版排名",
)
_OTHER_RULES = "7．"  # of the method: columns that this report does not have


def content(session: Session, viewer: Viewer, call: Call, frozen: Ranking, rules: Rules) -> dict[str, Any]:
    """The report's own part of its body; the same for the same data. The caller has let the viewer in."""
    rounds = [*rounds_of(session, call, frozen), *ranking_rounds.again_in(session, frozen)]
    record = supervision_record.record_of(session, viewer, call)
    chairs = {row.id: chair_of(session, row) for row in rounds}
    seats = {row.id: panel_attendance.seats_of(session, row) for row in rounds}
    return {
        "call_title": call.title,
        "basis": basis(rules),
        "organiser": rules.issuer,
        "days": _days(rounds),
        "ranking": {"version": frozen.version, "digest": frozen.digest, "input": frozen.input_digest},
        "intake": intake(session, call),
        "panels": [_panel(seats[row.id], round_name(rules, row), chairs[row.id], record) for row in rounds],
        "recusals": _recusals(session, call, rounds, rules),
        "steps": list(_steps(session, call, rounds, rules, record)),
        "method": [line for line in report_method.method(rules) if not line.startswith(_OTHER_RULES)],
        **result_table(session, call, frozen, rules),
        "sentences": result_sentences(frozen.body, rules),
        "events": review_report_events.events(session, call, frozen, rounds, rules, record),
        "dissent": list(_dissent(session, rounds)),
        "supervision": _supervision(record),
        "experts": _signers(seats, chairs),
        "unsigned": _unsigned(seats),
        "chairs": sorted({name for name in chairs.values() if name}),
        "supervisors": sorted({*supervisors(record), *_agreed(session, call, rounds)}),
    }


def _days(rounds: Sequence[Round]) -> list[str]:
    """The first and the last moment of the review, none where no round was opened."""
    moments = [at for row in rounds for at in (row.opened_at, row.finished_at) if at is not None]
    return [at.isoformat(timespec="seconds") for at in (min(moments), max(moments))] if moments else []


def basis(rules: Rules) -> str:
    """What the selection rests on, as documents cite it."""
    notice = f"《{rules.title}》（{rules.document_number}）"
    return f"{rules.legal_basis}和{notice}" if rules.legal_basis else notice


def intake(session: Session, call: Call) -> dict[str, int]:
    """How many dossiers came in and how many of them did not pass the formal check."""
    rows: dict[str, int] = dict(
        session.execute(
            sa.select(Dossier.state, sa.func.count())
            .where(Dossier.call_id == call.id)
            .group_by(Dossier.state)
        ).all()
    )
    return {
        "received": sum(rows.values()),
        "rejected": rows.get("rejected", 0),
        "withdrawn": rows.get("withdrawn", 0),
    }


def chair_of(session: Session, round_: Round) -> str:
    """The name of who led the panel last; empty without an election."""
    query = (
        sa.select(Expert.name)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .join(ChairElection, ChairElection.member_id == PanelMember.id)
        .where(ChairElection.round_id == round_.id)
        .order_by(ChairElection.id.desc())
    )
    return session.scalar(query.limit(1)) or ""


def _panel(seats: Sequence[Seat], name: str, chair: str, record: Record) -> dict[str, Any]:
    drawn = any(str(node.name) == "专家抽取" for group in record.groups for node in _of(group, name))
    return {
        "round": name,
        "chair": chair,
        "drawn": drawn,
        "members": [
            {
                "code": seat.code,
                "name": seat.name,
                "employer": seat.employer,
                "title": seat.title,
                "note": "，".join(filter(None, ("组长" if seat.name == chair else "", seat.remark))),
            }
            for seat in seats
        ],
    }


def _of(group: Any, name: str) -> Sequence[Any]:
    return group.nodes if group.name == name else ()


def _recusals(session: Session, call: Call, rounds: Sequence[Round], rules: Rules) -> list[str]:
    """Who was kept from what, by unit and code: names of experts stand in the panel's table alone."""
    names = {row.id: round_name(rules, row) for row in rounds}
    rows = session.execute(
        sa.select(Dossier.number, Dossier.unit_name, PanelMember.round_id, PanelMember.code)
        .select_from(Recusal)
        .join(Dossier, Dossier.id == Recusal.dossier_id)
        .join(PanelMember, PanelMember.expert_id == Recusal.expert_id)
        .where(Recusal.call_id == call.id, standing(), PanelMember.round_id.in_(list(names)))
        .order_by(Dossier.number, PanelMember.round_id, PanelMember.code)
        .distinct()
    ).all()
    found: dict[str, dict[int, list[str]]] = {}
    for number, unit, round_id, code in rows:
        if code is not None:  # a code is drawn when the round opens
            found.setdefault(f"{number} {unit}", {}).setdefault(round_id, []).append(code)
    return [
        f"{unit}：" + "，".join(f"{names[key]}{'、'.join(codes)}回避" for key, codes in of.items())
        for unit, of in found.items()
    ]


def _steps(
    session: Session, call: Call, rounds: Sequence[Round], rules: Rules, record: Record
) -> Iterator[dict[str, str]]:
    """The procedure in the order of time: what, when, where or by whom."""
    found = []
    for group in record.groups:
        head = f"{group.name}：" if group.name else ""
        found += [
            (node.at, f"{head}{node.name}", node.place or node.by)
            for node in group.nodes
            if str(node.name) in _STEPS
        ]
    for row in rounds:
        facts, name = meeting_facts.facts_of(session, row, call), round_name(rules, row)
        closed = "、".join(filter(None, facts.closed_by))
        if row.closed_at:
            found.append((row.closed_at, f"{name}：结束评分并封存", closed))
        if row.unsealed_at:
            by = f"{facts.asked_by}申请，监督人员{facts.agreed_by}同意"
            found.append((row.unsealed_at, f"{name}：启封评分", by))
        if row.finished_at:
            told = f"提请复议{facts.cases}件" if facts.cases else "未提请复议"
            found.append((row.finished_at, f"{name}：结束复议", told))
    for at, what, note in sorted(found, key=lambda item: item[0]):
        yield {"at": time_text(at), "what": what, "note": note}


def result_table(session: Session, call: Call, frozen: Ranking, rules: Rules) -> dict[str, Any]:
    """The ranked units and those without a place, with the scores of the rounds and 分差 to the next."""
    body: Mapping[str, Any] = frozen.body
    stages = [stage["key"] for stage in body["stages"]]
    finals = [Decimal(line["final"]) for line in body["rows"]]
    gaps = [f"{one - other:.2f}" for one, other in pairwise(finals)]
    return {
        "stages": [stage["name"] for stage in body["stages"]],
        "quota": body["quota"],
        "rows": [
            {
                **_line(line, stages),
                "rank": line["rank"],
                "final": line["final"],
                "gap": gap,
                "opinion": _opinion(line),
                "outcome": str(OUTCOMES[line["outcome"]]),
                "proposed": line["outcome"] == "proposed",
                "tied": line["outcome"] == "tied",
            }
            for line, gap in zip(body["rows"], [*gaps, "—"], strict=False)
        ],
        "outside": [
            {**_line(line, stages), "reason": str(OUTCOMES[line["code"]]), "detail": detail}
            for line, detail in reasons_outside(session, call, body)
        ],
    }


def _line(line: Mapping[str, Any], stages: Sequence[str]) -> dict[str, Any]:
    return {
        "number": line["number"],
        "dossier": line["dossier"],
        "unit": line["unit"],
        "members": list(line["members"]),
        "recommender": line["recommender"],
        "scores": [line["stage_scores"].get(key, "—") for key in stages],
    }


def _opinion(line: Mapping[str, Any]) -> str:
    said = str(RESULTS[line["result"]]) if line["result"] else "—"
    return f"{said}：{line['conditions']}" if line["result"] and line["conditions"] else said


def _dissent(session: Session, rounds: Sequence[Round]) -> Iterator[str]:
    """Who did not stand by the panel's opinion that counts, and why; who could not be asked."""
    for row in rounds:
        dossiers = opinion_rows.dossiers_of(session, row)
        versions = opinion_reading.versions_of(session, row, list(dossiers))
        for key, dossier in dossiers.items():
            if key not in versions:
                continue
            newest, unit = versions[key][0], f"{dossier.number} {dossier.unit_name}"
            for item in newest.answers:
                if item.answer != "confirm":
                    yield f"{unit}：{item.name}对专家组意见有异议，理由：{item.reason}"
            if newest.absent:
                absent = "、".join(newest.absent)
                yield f"{unit}：{absent}未能确认专家组意见，原因：{newest.absent_reason}"


def _agreed(session: Session, call: Call, rounds: Sequence[Round]) -> set[str]:
    """The supervisors who agreed to an unsealing."""
    names = {meeting_facts.facts_of(session, row, call).agreed_by for row in rounds}
    return {name for name in names if name}


def _supervision(record: Record) -> dict[str, Any]:
    notes = [note for node in record.nodes for note in node.notes]
    return {
        "noted": sum(bool(node.notes) for node in record.nodes),
        "by": supervisors(record),
        "remarks": sum(note.verdict == "remark" for note in notes),
        "forms": len(record.forms),
    }


def supervisors(record: Record) -> list[str]:
    """The supervisors who noted something of this call."""
    return sorted({note.by for node in record.nodes for note in node.notes})


def _signers(seats: Mapping[int, Sequence[Seat]], chairs: Mapping[int, str]) -> list[str]:
    """Every expert who judged to the end of a round, those who led first, each once."""
    names = [name for name in chairs.values() if name]
    names += [seat.name for panel in seats.values() for seat in panel if seat.signs]
    return list(dict.fromkeys(names))


def _unsigned(seats: Mapping[int, Sequence[Seat]]) -> list[str]:
    """Who was on a panel and has no place to sign, with what was recorded."""
    signing = {seat.name for panel in seats.values() for seat in panel if seat.signs}
    absent = {
        seat.name: f"{seat.name}（{seat.remark}）"
        for panel in seats.values()
        for seat in panel
        if seat.name not in signing
    }
    return list(absent.values())
