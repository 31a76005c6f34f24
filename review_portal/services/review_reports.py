"""评审报告 and 上会请示 as data: what stood when the ranking was frozen, from the tables of the review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import date_text, time_text
from review_portal.domain.policy import Viewer
from review_portal.exports.meeting_request import MeetingRequest
from review_portal.exports.ranking_report import RankedRow, RankingReport
from review_portal.exports.review_report import ResultLine, ReviewReport, Seat, Step
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Departure, Expert, PanelMember, Recusal
from review_portal.models.rankings import Ranking
from review_portal.models.signatures import SignatureWaiver
from review_portal.services import (
    frozen_rankings,
    office_fact_views,
    opinion_rows,
    report_ranking,
    supervision_record,
)
from review_portal.services.opinion_reading import versions_of
from review_portal.services.ranking_words import effects
from review_portal.services.rules import round_name, rules_of
from scoring_rubrics import Call as Rules

# The steps are the same whoever prints them; what a supervisor noted of them is not in the report.
_READER: Final = Viewer(0, "", "", frozenset({("supervisor", None)}))


def report_of(session: Session, call: Call, frozen: Ranking) -> ReviewReport:
    """The report on a frozen final ranking. A fixed number of queries beside those of the ranking itself."""
    rules = rules_of(call)
    ranking = report_ranking.report_of(session, call, frozen, rules)
    rounds = frozen_rankings.rounds_of(session, call, frozen)
    seats = list(_seats(session, rules, rounds, frozen.frozen_at))
    return ReviewReport(
        call=ranking.call,
        version=frozen.version,
        frozen_at=frozen.frozen_at,
        organisation=_organisation(call, rules),
        seats=tuple(seats),
        recusals=tuple(_recusals(session, call, rounds, frozen.frozen_at)),
        steps=tuple(_steps(session, call, frozen.frozen_at)),
        method=ranking.method,
        score_heads=tuple(scores.title for scores in ranking.counting),
        results=tuple(_results(ranking)),
        outside=tuple(
            (f"{row.unit.number} {row.unit.lead_unit}", "，".join(filter(None, (row.reason, row.detail))))
            for row in ranking.outside
        ),
        effects=tuple(str(sentence) for sentence in effects(frozen.body, rules)),
        events=(*ranking.remarks, *_waived(session, call, frozen.frozen_at)),
        dissent=tuple(_dissent(session, rules, rounds, frozen.frozen_at)),
        signers=_signers(seats),
        ranking_digest=frozen.digest,
    )


def _organisation(call: Call, rules: Rules) -> tuple[str, ...]:
    notice = f"《{rules.title}》（{rules.document_number}）"
    basis = f"{rules.legal_basis}和{notice}" if rules.legal_basis else notice
    told = [f"{rules.issuer}根据{basis}组织本次评审。"]
    if call.scheme_approved_on is not None:
        told.append(
            f"评审工作方案由{call.scheme_approved_by}于{date_text(call.scheme_approved_on)}批准"
            f"（{call.scheme_reference}）。"
        )
    return tuple(told)


def _seats(session: Session, rules: Rules, rounds: list[Round], until: datetime) -> Iterator[Seat]:
    ids = [row.id for row in rounds]
    elected = dict(
        session.execute(
            sa.select(ChairElection.round_id, ChairElection.member_id)
            .where(ChairElection.round_id.in_(ids), ChairElection.elected_at <= until)
            .order_by(ChairElection.id)
        ).all()
    )
    left = set(session.scalars(sa.select(Departure.member_id).where(Departure.left_at <= until)))
    members = session.execute(
        sa.select(PanelMember, Expert)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id.in_(ids))
        .order_by(PanelMember.code)
    ).all()
    for row in rounds:
        for member, expert in members:
            if member.round_id == row.id:
                part = "组长" if elected.get(row.id) == member.id else "成员"
                note = "评审中退出" if member.id in left else ""
                yield Seat(round_name(rules, row), expert.name, expert.employer, part, note)


def _signers(seats: list[Seat]) -> tuple[str, ...]:
    """Every expert who stayed, chairs first, each once; then who watched."""
    stayed = [seat for seat in seats if not seat.note]
    chairs = [seat.name for seat in stayed if seat.part == "组长"]
    names = dict.fromkeys([*chairs, *(seat.name for seat in stayed)])
    return (*(f"{name}（组长）" if name in chairs else name for name in names), "监督人员")


def _recusals(session: Session, call: Call, rounds: list[Round], until: datetime) -> Iterator[str]:
    """Of the panels' own experts; who was kept apart in the register only never came near."""
    seated = sa.select(PanelMember.expert_id).where(PanelMember.round_id.in_([row.id for row in rounds]))
    rows = session.execute(
        sa.select(Expert.name, Dossier.number, Dossier.unit_name)
        .join(Recusal, Recusal.expert_id == Expert.id)
        .join(Dossier, Dossier.id == Recusal.dossier_id)
        .where(Recusal.call_id == call.id, Recusal.recorded_at <= until, Recusal.expert_id.in_(seated))
        .order_by(Dossier.number, Recusal.id)
    )
    for name, number, unit in dict.fromkeys(map(tuple, rows)):
        yield f"{name}对{number} {unit}回避，未参加该单位的评审。"


def _steps(session: Session, call: Call, until: datetime) -> Iterator[Step]:
    """The nodes of the supervisors' record up to the freezing, in the order of time."""
    record = supervision_record.record_of(session, _READER, call)
    steps = [
        Step(group.name, str(node.name), node.at, node.place)
        for group in record.groups
        for node in group.nodes
        if node.at <= until and node.entry is not None
    ]
    yield from sorted(steps, key=lambda step: step.at)


def _results(ranking: RankingReport) -> Iterator[ResultLine]:
    following: list[RankedRow | None] = [*ranking.rows[1:], None]
    for row, after in zip(ranking.rows, following, strict=True):
        gap = f"{row.final - after.final:.2f}" if after is not None else ""
        yield ResultLine(
            str(row.rank),
            f"{row.unit.number} {row.unit.lead_unit}",
            row.unit.recommender,
            tuple("—" if score is None else f"{score:.2f}" for score in row.round_scores),
            f"{row.final:.2f}",
            gap,
            row.panel_opinion,
            "；".join(filter(None, (row.status, row.tie_note))),
        )


def _waived(session: Session, call: Call, until: datetime) -> Iterator[str]:
    query = sa.select(SignatureWaiver).where(
        SignatureWaiver.call_id == call.id, SignatureWaiver.recorded_at <= until
    )
    for row in session.scalars(query.order_by(SignatureWaiver.id)):
        papers = "、".join(paper[3].replace("_", " ") for paper in row.papers)
        yield f"{time_text(row.recorded_at)}登记缺签字件而继续：{papers}。理由：{row.reason}"


def _dissent(session: Session, rules: Rules, rounds: list[Round], until: datetime) -> Iterator[str]:
    for row in rounds:
        dossiers = opinion_rows.dossiers_of(session, row)
        found = versions_of(session, row, list(dossiers))
        for key, versions in found.items():
            for answer in versions[0].answers:
                if answer.answer != "confirm":
                    unit = f"{dossiers[key].number} {dossiers[key].unit_name}"
                    yield f"{answer.name}对{unit}的专家组意见有不同意见：{answer.reason}"


def request_of(session: Session, call: Call, frozen: Ranking) -> MeetingRequest:
    """What lies before the meeting that decides on a frozen final ranking."""
    rules = rules_of(call)
    ranking = report_ranking.report_of(session, call, frozen, rules)
    office = office_fact_views.facts_of(session, call)
    body = frozen.body
    proposed = [row["unit"] for row in body["rows"] if row.get("outcome") == "proposed"]
    return MeetingRequest(
        call=ranking.call,
        basis=_organisation(call, rules)[0].removesuffix("。"),
        steps=("自愿申报", "组织推荐", "形式审查", *(stage.name for stage in rules.scored_stages)),
        quota_text=ranking.quota_text,
        proposed=tuple(proposed),
        lines=tuple(_results(ranking)),
        notes=(*(str(sentence) for sentence in effects(body, rules)), *ranking.remarks),
        contacts=(("联系处室", office["contact_office"]), ("联系电话", office["contact_phone"])),
        frozen_at=frozen.frozen_at,
        ranking_digest=frozen.digest,
    )
