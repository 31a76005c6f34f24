"""The papers of a selection: ranking workbook, score summaries, an expert's own sheet, the review scheme.

Each comes from frozen or approved data and gives the same bytes each time.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import expert_sheet, ranking_workbook, review_scheme
from review_portal.exports import statistics_annex as annex_export
from review_portal.exports import summary_sheet as summary_export
from review_portal.exports.expert_sheet import ExpertScoreSheet, SheetItem
from review_portal.exports.figures import Unit
from review_portal.exports.review_scheme import ReviewScheme, SchemeApproval, SchemeRound, SchemeValue
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierUnit
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services import (
    frozen_rankings,
    ranking_rounds,
    recusals,
    report_annex,
    report_method,
    report_ranking,
    report_summary,
    scheme_sentences,
    scopes,
)
from review_portal.services.report_figures import (
    call_head,
    rubric_digest,
)
from review_portal.services.revisions import sheet_of
from review_portal.services.rules import rules_of, scheme_digest
from scoring_rubrics import Call as Rules

Paper = tuple[str, bytes]  # file name and content


def workbook(viewer: Viewer, *, call: str, version: int | None = None) -> Paper:
    """The workbook of a version of the final ranking, the newest unless told: the same bytes each time.

    About ten queries whatever the number of sheets. Raises `NotFound` while nothing is frozen.
    """
    session = db.session()
    row = scopes.office_call(viewer, call)
    frozen = frozen_rankings.frozen_of(session, row, "final", version=version)
    if frozen is None:
        raise NotFound(mark("本批次尚未冻结排名。"))
    report = report_ranking.report_of(session, row, frozen, rules_of(row))
    which = f"_第{frozen.version}版" if frozen.version > 1 else ""
    return f"排名工作簿{which}_{row.public_id}.xlsx", ranking_workbook.write(report)


def statistics_annex(viewer: Viewer, *, call: str, version: int | None = None) -> Paper:
    """What the ranking's numbers say beyond its places, for the office alone; says so while there is nothing.

    Apart from the workbook, which is signed and holds nothing that was not frozen with the ranking. Raises
    `NotFound` while nothing is frozen.
    """
    session = db.session()
    row = scopes.office_call(viewer, call)
    frozen = frozen_rankings.frozen_of(session, row, "final", version=version)
    if frozen is None:
        raise NotFound(mark("本批次尚未冻结排名。"))
    annex = report_annex.annex_of(session, row, frozen, rules_of(row))
    which = f"_第{frozen.version}版" if frozen.version > 1 else ""
    return f"统计附件{which}_{row.public_id}.xlsx", annex_export.write(annex)


def frozen_by(viewer: Viewer, *, call: str) -> Message:
    """Who froze the final ranking, by role and code: never an expert's name. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    frozen = frozen_rankings.frozen_of(session, row, "final")
    if frozen is None:
        raise NotFound(mark("本批次尚未冻结排名。"))
    rounds = [*frozen_rankings.rounds_of(session, row, frozen), *ranking_rounds.again_in(session, frozen)]
    return mark("专家组组长 %(code)s", code=frozen_rankings.freezer_code(session, rounds, frozen))


def summary_sheet(viewer: Viewer, *, round_: str) -> Paper:
    """评分汇总表 of one round for wet signature. Raises `NotFound`, `NotAllowed` before it has finished.

    Once the round's scores are frozen a unit that withdraws changes nothing in it.
    """
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules = rules_of(call)
    frozen = frozen_rankings.frozen_for(session, call, row)
    if frozen is None:
        recusals.refuse_undecided(session, call.id)
    name = f"评分汇总表_{rules.round_name(row.stage, row.panel)}_{row.public_id}.docx"
    return name, summary_export.write(report_summary.sheet_of(session, row, call, rules, frozen))


def own_sheet(viewer: Viewer, *, review: str) -> Paper:
    """An expert's own sheet: as submitted, with the receipt, or blank for a pen. Raises `NotFound`."""
    session = db.session()
    row: Review | None = session.scalars(
        scopes.visible_reviews(viewer).where(Review.public_id == review)
    ).first()
    if row is None:
        raise NotFound()
    round_ = session.scalars(sa.select(Round).where(Round.id == row.round_id)).one()
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    dossier = session.scalars(sa.select(Dossier).where(Dossier.id == row.dossier_id)).one()
    sheet = _own(session, row, round_, dossier, rules_of(call))
    kind = "评分表" if sheet.submitted_at else "空白评分表"
    return f"{kind}_{dossier.number}_{sheet.expert_code}.docx", expert_sheet.write(sheet)


def _own(session: Session, row: Review, round_: Round, dossier: Dossier, rules: Rules) -> ExpertScoreSheet:
    rubric = rules.rubric_of(round_.stage)
    submitted = row.state == "submitted" and row.revision_id is not None
    revision = session.get(ReviewRevision, row.revision_id) if submitted else None
    filled = sheet_of(session, revision.id) if revision else None
    members = session.scalars(
        sa.select(DossierUnit.name)
        .where(DossierUnit.version_id == row.dossier_version_id, DossierUnit.role == "member")
        .order_by(DossierUnit.position)
    )
    code = session.scalar(
        sa.select(PanelMember.code).where(
            PanelMember.round_id == round_.id, PanelMember.expert_id == row.expert_id
        )
    )
    texts = {"foot": rubric.foot} if rubric.foot else {}
    return ExpertScoreSheet(
        call=call_head(rules),
        title=rubric.sheet_title,
        unit=Unit(dossier.number, dossier.unit_name, tuple(members), dossier.recommender),
        expert_code=code or "—",
        items=tuple(
            SheetItem(
                rubric.criterion_of(item.key).name,
                item.name,
                item.max_score,
                item.look_for,
                filled.points.get(item.key) if filled else None,
                filled.comments.get(item.key, "") if filled else "",
            )
            for item in rubric.items
        ),
        prepared_on=local_date(round_.opened_at or row.assigned_at),
        opinion=filled.opinion if filled else "",
        conclusion=(filled.conclusion or "") if filled else "",
        submitted_at=revision.submitted_at if revision else None,
        receipt_code=revision.commitment if revision else "",
        opening_code=round_.frozen_digest or "",
        choices=rubric.conclusions,
        **texts,
    )


def scheme(viewer: Viewer, *, call: str) -> Paper:
    """评审工作方案 with every assumed value, and its approval where that is recorded. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    rules = rules_of(row)
    digest = scheme_digest(rules)
    paper = ReviewScheme(
        call=call_head(rules),
        basis=_basis(rules),
        prepared_on=local_date(row.created_at),
        process=report_method.process(rules),
        panel=report_method.panel_sentences(rules),
        rule=report_method.method(rules),
        rounds=tuple(_scheme_round(rules, stage.key) for stage in rules.scored_stages),
        stated=_stated(rules),
        assumed=tuple(SchemeValue(value.label, value.value, key=value.key) for value in rules.assumed),
        discipline=report_method.DISCIPLINE,
        digest=digest,
        approval=_approval(row) if row.scheme_digest == digest else None,
        organisation=scheme_sentences.organisation(rules),
        schedule=scheme_sentences.schedule(rules),
        secrecy=scheme_sentences.secrecy(),
        emergencies=scheme_sentences.emergencies(rules),
    )
    return f"评审工作方案_{row.public_id}.docx", review_scheme.write(paper)


def _basis(rules: Rules) -> str:
    notice = f"《{rules.title}》（{rules.document_number}）"
    return f"{rules.legal_basis}和{notice}" if rules.legal_basis else notice


def _approval(row: Call) -> SchemeApproval:
    day = row.scheme_approved_on
    assert isinstance(day, date)  # recorded together with the digest
    return SchemeApproval(row.scheme_approved_by or "", day, row.scheme_reference or "")


def _scheme_round(rules: Rules, stage: str) -> SchemeRound:
    rubric, known = rules.rubric_of(stage), rules.stage(stage)
    return SchemeRound(
        known.name,
        rubric.sheet_title,
        known.weight,
        tuple((criterion.name, criterion.weight) for criterion in rubric.criteria),
        rubric_digest(rules, stage),
    )


def _stated(rules: Rules) -> tuple[SchemeValue, ...]:
    """What the notice itself gives."""
    assumed = {value.key for value in rules.assumed}
    values = (
        ("quota", "拟遴选数量", report_method.quota_text(rules)),
        ("consortium_max", "联合体单位数上限（含牵头单位）", str(rules.consortium_max)),
        ("deadline_label", "受理截止日期", rules.deadline_label),
        ("goals_min", "服务目标最少种数", str(rules.goals_min)),
    )
    return tuple(
        SchemeValue(label, value, rules.document_number, f"call.{key}")
        for key, label, value in values
        if f"call.{key}" not in assumed
    )
