"""更正代录差错: a sheet typed wrongly from paper is put right against its signed scan, by two people.

Only what was typed from paper can be put right: what an expert submitted with the own hand nobody touches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reexaminations import CorrectedRevision, Reexamination
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.models.transcriptions import PaperScan, PaperSheet, TranscribedRevision
from review_portal.services import approvals, audit, paper_state, reexamination_state
from review_portal.services.bindings import Bound
from review_portal.services.reexamination_state import CORRECT
from review_portal.services.revisions import Sheet, add_revision, refuse_faulty, sheet_of
from review_portal.services.rules import round_name, rules_of
from scoring_rubrics import Rubric


@dataclass(frozen=True, slots=True)
class TypedSheet:
    """A sheet that was typed from paper, as it counts now. `asked` is the request that waits.

    `before`: the total as it was typed first, None while nothing was put right.
    """

    review: str
    paper: str
    round_: str
    number: str
    unit: str
    code: str
    total: Decimal
    before: Decimal | None
    asked: str


@dataclass(frozen=True, slots=True)
class Correctable:
    """A typed sheet with what stands in the portal, to be compared with the paper."""

    row: TypedSheet
    rubric: Rubric
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class _Typed:
    review: Review
    round: Round
    dossier: Dossier
    member: PanelMember
    paper: PaperSheet
    scan: PaperScan


def _typed(session: Session, row: Reexamination) -> list[_Typed]:
    """Sheets of the contested dossiers whose revision of now was typed from paper, or put right since."""
    from_paper = sa.exists().where(TranscribedRevision.revision_id == Review.revision_id)
    put_right = sa.exists().where(CorrectedRevision.revision_id == Review.revision_id)
    newest = sa.select(sa.func.max(PaperScan.id)).where(PaperScan.review_id == Review.id)
    found = session.execute(
        sa.select(Review, Round, Dossier, PanelMember, PaperSheet, PaperScan)
        .join(Round, Round.id == Review.round_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(PaperSheet, (PaperSheet.review_id == Review.id) & paper_state.holds())
        .join(PaperScan, PaperScan.id == newest.correlate(Review).scalar_subquery())
        .where(Round.call_id == row.call_id, Review.state == "submitted", from_paper | put_right)
        .where(Dossier.public_id.in_(row.dossiers))
        .order_by(Round.position, Dossier.number, PanelMember.code)
    )
    return [_Typed(*line) for line in found]


def list_typed(viewer: Viewer, *, reexamination: str) -> list[TypedSheet]:
    """Sheets that may have been typed wrongly. Raises `NotFound`."""
    session = db.session()
    row, call = reexamination_state.known(session, viewer, reexamination)
    return _rows(session, row, call)


def _rows(session: Session, row: Reexamination, call: Call) -> list[TypedSheet]:
    found = _typed(session, row)
    rules = rules_of(call)
    asked = approvals.open_on(session, CORRECT, [item.review.public_id for item in found])
    first = _first_totals(session, [item.review.id for item in found])
    return [
        TypedSheet(
            item.review.public_id,
            item.paper.public_id,
            round_name(rules, item.round),
            item.dossier.number,
            item.dossier.unit_name,
            item.member.code or "",
            sum(sheet_of(session, item.review.revision_id or 0).points.values(), Decimal(0)),
            first.get(item.review.id),
            asked.get(item.review.public_id, ""),
        )
        for item in found
    ]


def _first_totals(session: Session, reviews: list[int]) -> dict[int, Decimal]:
    """Review -> the total before it was put right for the first time."""
    rows = session.execute(
        sa.select(ReviewRevision.review_id, sa.func.min(CorrectedRevision.before_revision_id))
        .join(CorrectedRevision, CorrectedRevision.before_revision_id == ReviewRevision.id)
        .where(ReviewRevision.review_id.in_(reviews))
        .group_by(ReviewRevision.review_id)
    )
    return {review: sum(sheet_of(session, revision).points.values(), Decimal(0)) for review, revision in rows}


def get(viewer: Viewer, *, reexamination: str, review: str) -> Correctable:
    """One typed sheet for comparing. Raises `NotFound`."""
    session = db.session()
    row, call = reexamination_state.known(session, viewer, reexamination)
    line = next((item for item in _rows(session, row, call) if item.review == review), None)
    item = next((item for item in _typed(session, row) if item.review.public_id == review), None)
    if line is None or item is None:
        raise NotFound()
    rubric = rules_of(call).rubric_of(item.round.stage)
    return Correctable(line, rubric, sheet_of(session, item.review.revision_id or 0))


def _locked(session: Session, row: Reexamination, review: str) -> _Typed:
    item = next((item for item in _typed(session, row) if item.review.public_id == review), None)
    if item is None:
        raise NotFound()
    session.scalars(sa.select(Review).where(Review.id == item.review.id).with_for_update()).one()
    return item


def ask_correction(
    actor: Viewer,
    *,
    reexamination: str,
    review: str,
    points: Mapping[str, Decimal],
    reason: str,
    comments: Mapping[str, str] | None = None,
) -> str:
    """Ask for what stands on the paper to be counted. Returns the approval's public id.

    `points` are all items as the paper has them; `comments` where those were typed wrongly too. Raises
    `Invalid` by field, `Conflict` where nothing differs or the re-examination is not of this kind.
    """
    if len(reason.strip()) < 4:
        raise Invalid(mark("请写明理由。"), {"reason": mark("请写明哪里录入有误，至少4个字。")})
    with transaction() as session:
        row, call = reexamination_state.known(session, actor, reexamination, lock=True)
        policy.can_run_call(actor, call.id).require()
        paper_state.refuse_typist(session, actor, call.id)
        _refuse_closed(row)
        item = _locked(session, row, review)
        before = sheet_of(session, item.review.revision_id or 0)
        after = replace(before, points=dict(points), comments={**before.comments, **(comments or {})})
        refuse_faulty(rules_of(call), item.round.stage, after)
        if after.canonical() == before.canonical():
            raise Conflict(mark("与系统中的评分完全一致，没有需要更正的。"))
        return approvals.ask(
            session,
            actor,
            CORRECT,
            object_kind="review",
            object_id=item.review.public_id,
            call_id=call.id,
            payload=_payload(call, row, item, before, after),
            reason=reason,
        ).public_id


def _refuse_closed(row: Reexamination) -> None:
    if row.state != "open" or row.kind != "correct":
        raise Conflict(mark("只有正在办理的“更正计分”复核可以更正代录差错。"))


def _payload(call: Call, row: Reexamination, item: _Typed, before: Sheet, after: Sheet) -> dict[str, object]:
    rules = rules_of(call)
    rubric = rules.rubric_of(item.round.stage)
    old, new = before.canonical(), after.canonical()
    return {
        "reexamination": row.public_id,
        "round": round_name(rules, item.round),
        "number": item.dossier.number,
        "unit": item.dossier.unit_name,
        "code": item.member.code,
        "paper": item.paper.public_id,
        "scan": item.scan.sha256,
        "revision": item.review.revision_id,
        "changes": [
            [one.key, one.name, f"{before.points[one.key]:.2f}", f"{after.points[one.key]:.2f}"]
            for one in rubric.items
            if before.points.get(one.key) != after.points[one.key]
        ],
        "before": old,
        "after": new,
    }


def _sheet_in(kept: Mapping[str, object]) -> Sheet:
    points = kept["points"]
    comments = kept["comments"]
    assert isinstance(points, Mapping) and isinstance(comments, Mapping)
    conclusion = kept["conclusion"]
    return Sheet(
        {item: Decimal(value) for item, value in points.items()},
        dict(comments),
        str(kept["opinion"]),
        None if conclusion is None else str(conclusion),
    )


def decide_correction(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor has compared with the signed scan; with yes the paper's points count from now on."""
    with transaction() as session:
        asked = session.scalars(
            sa.select(Approval).where(Approval.public_id == approval, Approval.action == CORRECT)
        ).first()
        if asked is None:
            raise NotFound()
        row, call = reexamination_state.known(session, actor, str(asked.payload["reexamination"]), lock=True)
        item = _locked(session, row, asked.object_id)
        before = sheet_of(session, item.review.revision_id or 0)
        after = _sheet_in(asked.payload["after"])
        if approve:
            paper_state.refuse_typist(session, actor, call.id)
        settled = approvals.settle(
            session,
            actor,
            approval,
            CORRECT,
            approve=approve,
            payload_now=_payload(call, row, item, before, after),
            note=note,
        )
        if not approve:
            return
        _refuse_closed(row)
        _put_right(session, actor, call, row, item, settled, after)


def _put_right(
    session: Session,
    actor: Viewer,
    call: Call,
    row: Reexamination,
    item: _Typed,
    settled: Approval,
    after: Sheet,
) -> None:
    typed = item.review.revision_id
    item.review.state = states.advance(states.REVIEW, item.review.state, "revise")
    key = hashlib.sha256(f"correct:{settled.public_id}".encode()).hexdigest()
    revision = add_revision(session, item.review, after, request_key=key, reason=settled.reason)
    made = CorrectedRevision(
        revision_id=revision.id,
        before_revision_id=typed,
        reexamination_id=row.id,
        scan_id=item.scan.id,
        approval_id=settled.id,
        reason=settled.reason,
        made_at=now(),
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor,
        "correct_sheet",
        object_kind="review",
        object_id=item.review.public_id,
        call_id=call.id,
        detail={
            "revision": revision.public_id,
            "ordinal": revision.ordinal,
            "commitment": revision.commitment,
        },
        bound=[Bound("correction", made)],
    )
