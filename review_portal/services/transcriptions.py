"""代录: each clerk types the paper sheet alone; equal entries become the expert's submitted sheet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import clerks
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.transcriptions import PaperSheet, Transcription
from review_portal.services import audit, paper_completion, paper_state
from review_portal.services.bindings import Bound
from review_portal.services.own_sheets import DRAFT_LIMIT
from review_portal.services.paper_state import MOST_ENTRIES, Entries, Paper
from review_portal.services.revisions import Sheet
from review_portal.services.rules import rules_of

_LIMIT = mark("录入的文字过长，未能保存。请核对评分理由和总体意见。")


@dataclass(frozen=True, slots=True)
class Entered:
    """What the clerk is told: `state` as in `paper_state`, how many cells differ, whether the sheet is in.

    `changed` is False where the same was sent again.
    """

    state: str
    differing: int
    submitted: bool
    changed: bool


def enter_sheet(
    actor: Viewer, *, paper: str, sheet: Sheet, total: Decimal, total_wrong: bool, request_key: str
) -> Entered:
    """Keep the clerk's entry of a registered sheet (`paper`), sealed, and hold it against the other's.

    `total` is the one written on the paper; where it is not the sum of the items, the clerk has typed
    wrongly, or says `total_wrong`: the expert's sum was. The same key with the same content is one entry.
    Raises `Invalid` with fields as a submission does and `total`, `Conflict`, `NotAllowed`, `NotFound`.
    """
    with transaction() as session:
        found = paper_state.for_clerk(session, actor, paper, lock=True)
        role = clerks.clerk_role(actor, found.round.call_id) or ""
        body = paper_completion.body_of(sheet, total)
        key = hashlib.sha256(f"{paper}:{actor.account_id}:{request_key}".encode()).hexdigest()
        earlier = session.scalars(sa.select(Transcription).where(Transcription.request_key == key)).first()
        if earlier is not None and earlier.body == body:
            return _entered(session, found, changed=False)
        if earlier is not None:
            raise Conflict(mark("本次录入已保存。需要改正的，请重新打开该评分表。"))
        entries = _refuse_unfit(session, actor, found, role)
        _check(found, sheet, total, total_wrong)
        newest = paper_completion.newest_entries(session, found.paper.id)
        if role in newest and newest[role].body == body:
            return _entered(session, found, changed=False)
        other = next((row for held, row in newest.items() if held != role), None)
        made = Transcription(
            paper_id=found.paper.id,
            role=role,
            ordinal=entries.counts.get(role, 0) + 1,
            body=body,
            differing=None if other is None else paper_completion.differing(body, other.body),
            request_key=key,
            entered_at=now(),
            entered_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "enter_paper_sheet",
            object_kind="review",
            object_id=found.review.public_id,
            call_id=found.round.call_id,
            detail={"role": role, "ordinal": made.ordinal},
            bound=[Bound("transcription", made)],
        )
        paper_completion.complete(session, actor, found)
        return _entered(session, found, changed=True)


def _entered(session: Session, found: Paper, *, changed: bool) -> Entered:
    entries = paper_state.entries_on(session, [found.paper.id])[found.paper.id]
    submitted = found.review.state == "submitted"
    return Entered(entries.state, len(entries.differing or ()), submitted, changed)


def _refuse_unfit(session: Session, actor: Viewer, found: Paper, role: str) -> Entries:
    """The sheet waits for this clerk: the round is sealed, the registration stands, nobody else has begun."""
    clerks.can_type(found.round).require()
    if found.review.state != "missed":
        raise Conflict(mark("该评分表无须代录：已代录完成，或专家已提交、已回避。"))
    if (
        session.scalar(sa.select(PaperSheet.id).where(PaperSheet.id == found.paper.id, paper_state.holds()))
        is None
    ):
        raise Conflict(mark("该评分表已重新登记或不予计入，本次录入未保存。请返回清单核对。"))
    waiting = paper_state.open_papers().where(PaperSheet.id == found.paper.id)
    if session.execute(waiting).first() is None:
        raise Conflict(mark("该评分表不再计入：专家已退出、应回避，或单位已撤回申报。"))
    entries = paper_state.entries_on(session, [found.paper.id]).get(found.paper.id, Entries())
    if entries.by.get(role, actor.account_id) != actor.account_id:
        raise NotAllowed(mark("该评分表已由另一位同岗人员录入，请录入其他评分表。"))
    if actor.account_id in [by for held, by in entries.by.items() if held != role]:
        raise NotAllowed(mark("该评分表您已录入过一遍，另一遍须由他人录入。"))
    if entries.state == "same":
        raise Conflict(mark("两人录入已一致，等待秘书处上传签名扫描件，不能再改。"))
    if entries.counts.get(role, 0) >= MOST_ENTRIES:
        raise Conflict(mark("您已录入%(n)s次，不能再改。请秘书处核对纸质表后重新登记。", n=MOST_ENTRIES))
    return entries


def _check(found: Paper, sheet: Sheet, total: Decimal, total_wrong: bool) -> None:
    """What the expert's own form would refuse, and a total that is not the sum."""
    rules = rules_of(found.call)
    if len(sheet.opinion) + sum(len(text) for text in sheet.comments.values()) > DRAFT_LIMIT:
        raise Invalid(_LIMIT, {"opinion": _LIMIT})
    faults = {
        _field(fault.item, fault.kind): Message(fault.msgid, fault.params)
        for fault in rules.rubric_of(found.round.stage).check(
            sheet.points, sheet.comments, sheet.opinion, rules.comments, sheet.conclusion
        )
    }
    summed = sum(sheet.points.values(), Decimal(0))
    if not faults and summed != total and not total_wrong:
        faults["total"] = mark(
            "您录入的各项合计为%(sum)s，与纸质表合计%(total)s不符。请逐项核对；确为纸质表合计有误的，勾选说明后保存。",
            sum=f"{summed:.2f}",
            total=f"{total:.2f}",
        )
    if faults:
        raise Invalid(mark("本次录入未保存：有%(n)s处须核对，所填内容已保留。", n=len(faults)), faults)


def _field(item: str | None, kind: str) -> str:
    if item is None:
        return kind
    return f"{'comments' if kind == 'comment' else 'points'}.{item}"
