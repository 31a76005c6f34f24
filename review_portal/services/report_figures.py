"""The sheets of a round as an export prints them: stored points beside the figures of the official result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.exports.figures import (
    Absence,
    CallHead,
    DossierScores,
    ExpertSheet,
    Item,
    ItemPoints,
    RoundScores,
    ScoreCell,
    Unit,
)
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.recusals import sheet_counts, standing_at
from review_portal.models.reexaminations import CorrectedRevision, revision_at
from review_portal.models.reviews import ReconciliationCase, Review, ReviewRevision, RevisionPoint
from review_portal.models.transcriptions import TranscribedRevision
from review_portal.services import flags
from review_portal.services.departure_views import changes_of
from review_portal.services.points import refuse_sealed
from review_portal.services.rules import round_name
from scoring_rubrics import Call as Rules


@dataclass(slots=True)
class _Stored:
    """One review as it lies in the database; without a submitted sheet the points stay empty."""

    absence: Absence
    opinion: str = ""
    conclusion: str = ""
    points: dict[str, tuple[Decimal, str]] = field(default_factory=dict)


def call_head(rules: Rules) -> CallHead:
    """The call as every sheet names it."""
    return CallHead(rules.short_title, rules.document_number, rules.issuer)


def rubric_digest(rules: Rules, stage: str) -> str:
    """SHA-256 of the rubric's file as filed: what `sha256sum <rubric>.toml` prints."""
    return sha256(rules.files[f"{rules.stage(stage).rubric}.toml"]).hexdigest()


def round_scores(
    session: Session,
    round_: Round,
    rules: Rules,
    result: Mapping[str, Any],
    units: Mapping[str, Unit],
    as_of: datetime | None = None,
) -> RoundScores:
    """One unsealed round for printing, dossiers by number; sheets as they counted at `as_of`.

    `result` is the canonical result of the round (frozen, or computed now); `units` names every dossier to
    be listed. Sheets on file of a dossier that the result does not hold stay visible and count for nothing.
    Four queries whatever the number of sheets. Raises `Conflict` while the round is sealed.
    """
    refuse_sealed(round_)
    stored = _stored(session, round_, as_of)
    _mark_recused(session, round_, stored, as_of)
    codes = _codes(session, round_)
    notes = _notes(session, round_)
    stage, rubric = rules.stage(round_.stage), rules.rubric_of(round_.stage)
    order = [item.key for item in rubric.items]
    criteria = [criterion.key for criterion in rubric.criteria]
    rows = {row["dossier"]: row for row in result["rows"]}
    return RoundScores(
        title=rules.round_name(round_.stage, round_.panel),
        rubric_title=rubric.sheet_title,
        rubric_digest=rubric_digest(rules, round_.stage),
        experts=codes,
        items=tuple(
            Item(item.key, item.name, rubric.criterion_of(item.key).name, item.max_score)
            for item in rubric.items
        ),
        dossiers=tuple(
            _dossier(units[number], codes, stored[number], rows.get(number), order, criteria, notes)
            for number in sorted(stored)
            if number in units
        ),
        weight=stage.weight,
        counts=not round_.panel,
        stage=round_.stage,
    )


def _codes(session: Session, round_: Round) -> tuple[str, ...]:
    query = sa.select(PanelMember.code).where(
        PanelMember.round_id == round_.id, PanelMember.code.is_not(None)
    )
    return tuple(session.scalars(query.order_by(PanelMember.code)))


def _stored(session: Session, round_: Round, as_of: datetime | None) -> dict[str, dict[str, _Stored]]:
    """Number -> expert code -> review, in one query of columns."""
    rows = session.execute(
        sa.select(
            Dossier.number,
            PanelMember.code,
            sa.case((sheet_counts(as_of), "submitted"), else_=Review.state),
            revision_at(as_of),
            ReviewRevision.opinion,
            ReviewRevision.conclusion,
            RevisionPoint.item,
            RevisionPoint.points,
            RevisionPoint.comment,
        )
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .outerjoin(ReviewRevision, (ReviewRevision.id == revision_at(as_of)) & sheet_counts(as_of))
        .outerjoin(RevisionPoint, RevisionPoint.revision_id == ReviewRevision.id)
        .where(Review.round_id == round_.id)
    )
    found: dict[str, dict[str, _Stored]] = {}
    for number, code, state, revision, opinion, conclusion, item, points, comment in rows:
        review = found.setdefault(number, {}).setdefault(
            code or "", _Stored(_absence(state, revision), opinion or "", conclusion or "")
        )
        if item is not None:
            review.points[item] = (points, comment)
    return found


def _mark_recused(
    session: Session, round_: Round, stored: Mapping[str, dict[str, _Stored]], as_of: datetime | None
) -> None:
    """A recused expert was never assigned the dossier: the cell says why it is empty."""
    rows = session.execute(
        sa.select(Dossier.number, PanelMember.code)
        .select_from(Recusal)
        .join(Dossier, Dossier.id == Recusal.dossier_id)
        .join(
            PanelMember,
            (PanelMember.expert_id == Recusal.expert_id) & (PanelMember.round_id == round_.id),
        )
        .where(Recusal.call_id == round_.call_id, standing_at(round_.opened_at))
        .where(sa.true() if as_of is None else Recusal.recorded_at <= as_of)
    )
    for number, code in rows:
        if number in stored:
            cell = stored[number].setdefault(code or "", _Stored(Absence.RECUSED))
            if cell.absence is not Absence.VOID:  # a sheet that two people voided shows that it was given
                cell.absence = Absence.RECUSED


def _absence(state: str, revision: int | None) -> Absence:
    """What stands where no points count; a sheet that was voided before it was filled is simply missing."""
    if state == "void" and revision is not None:
        return Absence.VOID
    return Absence.RECUSED if state == "recused" else Absence.MISSING


def _notes(session: Session, round_: Round) -> dict[str, str]:
    """What reconciliation did to a dossier's sheets, with both totals, by dossier number."""
    before, after = aliased(RevisionPoint), aliased(RevisionPoint)

    def total(points: Any, revision: Any) -> Any:
        query = sa.select(sa.func.sum(points.points)).where(points.revision_id == revision)
        return query.correlate(ReconciliationCase).scalar_subquery()

    rows = session.execute(
        sa.select(
            Dossier.number,
            PanelMember.code,
            ReconciliationCase.figures,
            ReconciliationCase.state,
            total(before, ReconciliationCase.before_revision_id),
            total(after, ReconciliationCase.after_revision_id),
        )
        .select_from(ReconciliationCase)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(ReconciliationCase.round_id == round_.id, ReconciliationCase.state.in_(("answered", "lapsed")))
        .order_by(ReconciliationCase.id)
    )
    found: dict[str, list[str]] = {}
    for number, code, kept, state, old, new in rows:
        text = f"{code}维持{old:.2f}" if new is None else f"{code}由{old:.2f}改为{new:.2f}"
        if state == "lapsed":
            text = f"{code}未在期限内答复，原评分{old:.2f}保留"
        found.setdefault(number, []).append(f"{text}，触发原因：{flags.names(kept)}")
    return {number: "复议：" + "；".join(texts) for number, texts in found.items()}


def departure_lines(session: Session, round_: Round, rules: Rules) -> tuple[str, ...]:
    """Who left before unsealing, by code, what became of the sheets, who followed. One query."""
    name = rules.round_name(round_.stage, round_.panel)
    return tuple(
        f"{name}专家{change.code}于{date_text(local_date(change.at))}中途退出，"
        f"保留评分表{change.kept}份，作废{change.void}份；"
        + (
            f"由{change.substitute_code}递补，评审本组全部申报材料。"
            if change.substitute_code
            else "未递补。"
        )
        for of, change in changes_of(session, call_id=round_.call_id)
        if of == round_.public_id
    )


def paper_lines(
    session: Session, round_: Round, rules: Rules, as_of: datetime | None = None
) -> tuple[str, ...]:
    """How many of the sheets that count came on paper; whose is not told. One query."""
    typed = session.scalar(
        sa.select(sa.func.count())
        .select_from(TranscribedRevision)
        .join(ReviewRevision, ReviewRevision.id == TranscribedRevision.revision_id)
        .join(Review, Review.id == ReviewRevision.review_id)
        .where(Review.round_id == round_.id, sheet_counts(as_of))
    )
    if not typed:
        return ()
    name = rules.round_name(round_.stage, round_.panel)
    return (f"{name}有{typed}份评分表由专家在纸质表上签名评分，计分人、复核人分别代录一致后提交。",)


def correction_lines(
    session: Session, round_: Round, rules: Rules, as_of: datetime | None = None
) -> tuple[str, ...]:
    """Sheets typed wrongly from paper and put right by two people after an objection. One query."""
    before, after = aliased(RevisionPoint), aliased(RevisionPoint)

    def total(points: Any, revision: Any) -> Any:
        query = sa.select(sa.func.sum(points.points)).where(points.revision_id == revision)
        return query.correlate(CorrectedRevision).scalar_subquery()

    rows = session.execute(
        sa.select(
            Dossier.number,
            PanelMember.code,
            total(before, CorrectedRevision.before_revision_id),
            total(after, CorrectedRevision.revision_id),
            CorrectedRevision.reason,
        )
        .select_from(CorrectedRevision)
        .join(ReviewRevision, ReviewRevision.id == CorrectedRevision.revision_id)
        .join(Review, Review.id == ReviewRevision.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.round_id == round_.id)
        .where(sa.true() if as_of is None else CorrectedRevision.made_at <= as_of)
        .order_by(CorrectedRevision.id)
    )
    name = round_name(rules, round_)
    return tuple(
        f"{name}更正计分：{number}专家{code}的纸质评分表代录有误，经两人与签字扫描件核对，"
        f"由{old:.2f}更正为{new:.2f}，专家未重新评分。理由：{reason}"
        for number, code, old, new, reason in rows
    )


def set_aside_lines(round_: Round, rules: Rules) -> tuple[str, ...]:
    """What set off a trigger and was not asked about, with the panel's reason."""
    kept = round_.set_aside
    if not kept:
        return ()
    flagged = "；".join(
        f"{item['number']} {item['unit']}".strip() + f"：{item['why'].rstrip('。')}" for item in kept["flags"]
    )
    name = rules.round_name(round_.stage, round_.panel)
    return (f"{name}触发复议条件而未提请复议：{flagged}。理由：{kept['reason']}",)


def _dossier(
    unit: Unit,
    codes: Sequence[str],
    stored: Mapping[str, _Stored],
    row: Mapping[str, Any] | None,
    items: Sequence[str],
    criteria: Sequence[str],
    notes: Mapping[str, str],
) -> DossierScores:
    note = notes.get(unit.number, "")
    sheets = tuple(_sheet(code, stored[code], items) for code in codes if _has_sheet(stored.get(code)))
    if row is None and sheets:
        note = "；".join(part for part in (note, "评分留存，不参与计算") if part)
    return DossierScores(
        unit=unit,
        totals=tuple(_cell(stored.get(code), row, code) for code in codes),
        highest=figure(row, "highest"),
        lowest=figure(row, "lowest"),
        mean=figure(row, "mean"),
        trimmed=figure(row, "drop_high_low"),
        spread=figure(row, "range"),
        score=figure(row, "score"),
        note=note,
        counted=row is not None,
        criterion_means=tuple(Decimal(row["criterion_means"][key]) for key in criteria) if row else (),
        sheets=sheets,
        standard=figure(row, "z_score"),
    )


def _has_sheet(review: _Stored | None) -> bool:
    return review is not None and bool(review.points)


def _cell(review: _Stored | None, row: Mapping[str, Any] | None, code: str) -> ScoreCell:
    """The total as the result counts it; where nothing is counted, the plain sum of the sheet on file."""
    if row is not None and code in row["totals"]:
        return Decimal(row["totals"][code])
    if review is None:
        return Absence.MISSING
    if row is None and review.points:
        return sum((points for points, _comment in review.points.values()), Decimal(0))
    return review.absence


def _sheet(code: str, review: _Stored, items: Iterable[str]) -> ExpertSheet:
    points = tuple(ItemPoints(key, *review.points[key]) for key in items if key in review.points)
    return ExpertSheet(code, points, review.opinion, review.conclusion)


def figure(row: Mapping[str, Any] | None, name: str) -> Decimal | None:
    """A figure of a canonical row as Decimal; None where it does not exist."""
    value = row.get(name) if row is not None else None
    return None if value is None else Decimal(value)
