"""纸质评分表: the secretariat says which sheets are paper, attaches the signed scans, starts entries again.

That a signed sheet does not count is the word of two people.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.intake.page_pictures import page_sizes
from review_portal.intake.upload_guard import MIB, check_size, sniff
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.models.transcriptions import PaperScan, PaperSheet
from review_portal.services import approvals, audit, files, paper_completion, paper_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.paper_state import DROP, Entries, Paper
from review_portal.services.rules import rules_of

REASON_MIN = 4
SCAN_MAX = 20 * MIB
PAGES_MAX = 20  # of one sheet: more is somebody's whole pile
MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}
_OPEN = ("assigned", "draft", "returned", "missed")


def _refuse_short(reason: str) -> None:
    if len(reason.strip()) < REASON_MIN:
        sentence = mark("请写明事由，至少%(n)s个字。", n=REASON_MIN)
        raise Invalid(sentence, {"reason": sentence})


def _refuse_late(round_: Round) -> None:
    if round_.state not in ("scoring", "sealed"):
        raise Conflict(mark("评分开启以后、启封以前方可办理纸质评分表。"))


def _locked(session: Session, actor: Viewer, paper: str) -> Paper:
    """A registered sheet, its round and review locked, for the call's secretariat. Raises `NotFound`."""
    row = session.execute(paper_state.papers().where(PaperSheet.public_id == paper)).first()
    if row is None:
        raise NotFound()
    found = Paper(*row)
    scopes.known_round(actor, found.round.public_id, session=session, lock=True)
    if not policy.can_run_call(actor, found.call.id):
        raise NotFound()
    session.refresh(found.round)
    session.refresh(found.review, with_for_update=True)
    return found


def _refuse_done(session: Session, found: Paper) -> None:
    """The registration stands and its sheet is not in yet."""
    _refuse_late(found.round)
    stands = sa.select(PaperSheet.id).where(PaperSheet.id == found.paper.id, paper_state.holds())
    if session.scalar(stands) is None:
        raise Conflict(mark("该评分表已重新登记或不予计入。请返回清单核对。"))
    if found.review.state not in _OPEN:
        raise Conflict(mark("该评分表已提交、已代录完成或已回避，无须办理。"))


def register_papers(actor: Viewer, *, round_: str, reviews: Sequence[str], reason: str) -> list[str]:
    """Say that these sheets (public ids) are scored on paper. Returns the registrations' public ids.

    Raises `Invalid` by field, `Conflict` for a sheet that is handed in, registered or not to be counted.
    """
    _refuse_short(reason)
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_run_call(actor, row.call_id).require()
        _refuse_late(row)
        if not reviews:
            raise Invalid(mark("请至少选择一份评分表。"), {"reviews": mark("请勾选纸质评分表对应的材料。")})
        wanted = session.scalars(
            sa.select(Review)
            .join(Round, Round.id == Review.round_id)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .join(
                PanelMember,
                (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
            )
            .where(Review.public_id.in_(list(reviews)), Review.round_id == row.id)
            .where(Review.state.in_(_OPEN), paper_state.countable(), ~paper_state.on_paper())
            .order_by(Review.id)
        ).all()
        if {review.public_id for review in wanted} != set(reviews):
            raise Conflict(mark("所选评分表中有的已提交、已登记或不再计入，未作任何登记。请刷新后重新选择。"))
        made = [_word(session, actor, review, "paper", reason) for review in wanted]
        audit.record(
            session,
            actor,
            "register_paper",
            object_kind="round",
            object_id=row.public_id,
            call_id=row.call_id,
            detail={"sheets": [review.public_id for review in wanted]},
            bound=[Bound("paper_sheet", word) for word in made],
        )
        return [word.public_id for word in made]


def _word(session: Session, actor: Viewer, review: Review, kind: str, reason: str) -> PaperSheet:
    last = session.scalar(sa.select(sa.func.max(PaperSheet.ordinal)).where(PaperSheet.review_id == review.id))
    made = PaperSheet(
        review_id=review.id,
        ordinal=(last or 0) + 1,
        kind=kind,
        reason=reason.strip(),
        registered_at=now(),
        registered_by=actor.account_id,
    )
    session.add(made)
    session.flush()
    return made


def attach_scan(actor: Viewer, *, paper: str, name: str, data: bytes, checked_by: str) -> bool:
    """Keep the scan of the signed sheet and who saw the signature. True if that completed the sheet.

    Raises `Invalid` by field, `Conflict`, `NotFound`.
    """
    kind, sizes = _scan_read(name, data)
    if not checked_by.strip():
        sentence = mark("请填写核验签名的人。")
        raise Invalid(sentence, {"checked_by": sentence})
    with transaction() as session:
        found = _locked(session, actor, paper)
        _refuse_done(session, found)
        stored = files.put(session, data, name=name, media_type=MEDIA_TYPES[kind], actor_id=actor.account_id)
        scan = PaperScan(
            review_id=found.review.id,
            file_id=stored.id,
            sha256=stored.sha256,
            sizes=[list(size) for size in sizes],
            signature_checked_by=checked_by.strip(),
            received_at=now(),
            received_by=actor.account_id,
        )
        session.add(scan)
        session.flush()
        audit.record(
            session,
            actor,
            "attach_paper_scan",
            object_kind="review",
            object_id=found.review.public_id,
            call_id=found.call.id,
            detail={"file": stored.sha256, "checked_by": scan.signature_checked_by},
            bound=[Bound("paper_scan", scan)],
        )
        return found.round.state == "sealed" and paper_completion.complete(session, actor, found) is not None


def _scan_read(name: str, data: bytes) -> tuple[str, list[tuple[int, int]]]:
    """Kind and pages of a scan that can be shown beside the form."""
    try:
        check_size(len(data), SCAN_MAX)
        kind = sniff(data, name)
        if kind not in MEDIA_TYPES:
            raise Invalid(mark("扫描件须是 PDF 或图片（PNG、JPG）。"))
        sizes = page_sizes(data)
        if len(sizes) > PAGES_MAX:
            raise Invalid(mark("扫描件不能超过%(n)s页，请只上传这一份评分表。", n=PAGES_MAX))
    except Invalid as problem:
        raise Invalid(problem.message, {"scan": problem.message}) from problem
    return kind, sizes


def restart_entries(actor: Viewer, *, paper: str, reason: str) -> str:
    """Register the sheet anew: both clerks type it again from the start. The new registration's public id.

    Raises `Invalid` without a reason, `Conflict` where nobody has typed or both agree.
    """
    _refuse_short(reason)
    with transaction() as session:
        found = _locked(session, actor, paper)
        _refuse_done(session, found)
        entries = paper_state.entries_on(session, [found.paper.id]).get(found.paper.id, Entries())
        if entries.state in ("waiting", "same"):
            raise Conflict(mark("该评分表尚未录入，或两人录入已一致，无须重新登记。"))
        made = _word(session, actor, found.review, "paper", reason)
        audit.record(
            session,
            actor,
            "restart_transcription",
            object_kind="review",
            object_id=found.review.public_id,
            call_id=found.call.id,
            detail={"ordinal": made.ordinal},
            bound=[Bound("paper_sheet", made)],
        )
        return made.public_id


def _payload(session: Session, found: Paper) -> dict[str, object]:
    name = session.scalar(sa.select(Expert.name).where(Expert.id == found.review.expert_id))
    return {
        "paper": found.paper.public_id,
        "round": rules_of(found.call).round_name(found.round.stage, found.round.panel),
        "number": found.dossier.number,
        "unit": found.dossier.unit_name,
        "expert": name,
        "state": found.review.state,
    }


def _refuse_open(found: Paper) -> None:
    if found.round.state != "sealed":
        raise Conflict(mark("评分封存以后、启封以前方可申请不予计入。"))


def ask_drop(actor: Viewer, *, paper: str, reason: str) -> str:
    """Ask that a registered sheet stay 逾期未交 and count for nothing. The approval's public id.

    Raises `Invalid` without a reason, `Conflict`, `NotFound`.
    """
    _refuse_short(reason)
    with transaction() as session:
        found = _locked(session, actor, paper)
        _refuse_done(session, found)
        _refuse_open(found)
        return approvals.ask(
            session,
            actor,
            DROP,
            object_kind="review",
            object_id=found.review.public_id,
            call_id=found.call.id,
            payload=_payload(session, found),
            reason=reason,
        ).public_id


def decide_drop(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes the sheet is not typed and does not stand in the way of unsealing."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        paper = str(asked.payload["paper"])
        found = Paper(*session.execute(paper_state.papers().where(PaperSheet.public_id == paper)).one())
        scopes.known_round(actor, found.round.public_id, session=session, lock=True)
        session.refresh(found.round)
        session.refresh(found.review, with_for_update=True)
        settled = approvals.settle(
            session,
            actor,
            approval,
            DROP,
            approve=approve,
            payload_now=_payload(session, found),
            note=note,
        )
        if not approve:
            return
        _refuse_done(session, found)
        _refuse_open(found)
        made = _word(session, actor, found.review, "dropped", settled.reason)
        audit.record(
            session,
            actor,
            DROP,
            object_kind="review",
            object_id=found.review.public_id,
            call_id=found.call.id,
            detail={"approval": settled.public_id},
            bound=[Bound("paper_sheet", made)],
        )
