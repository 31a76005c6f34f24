"""What officers do with a dossier: confirm findings, accept, return, reject by two, withdraw on a letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.intake.upload_guard import check_docx, check_size, sniff
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierAct, DossierVersion, Finding
from review_portal.services import approvals, audit, files, scopes
from review_portal.services.bindings import Bound
from review_portal.services.dossiers import findings
from review_portal.services.dossiers.change import Change
from review_portal.services.dossiers.comparison import compare
from review_portal.services.dossiers.findings import FindingRow
from review_portal.services.dossiers.uploads import MEDIA_TYPES, Upload
from review_portal.services.rules import rules_of

_LETTER_MAX = 20 * 1024 * 1024
_WITHDRAWABLE_CALLS = ("receiving", "reviewing", "ranked", "decided", "publicity")
_STALE = mark("该材料已有新的版本或新的审查结果，请刷新页面后再办理。")


def _load(session: Session, actor: Viewer, dossier: str) -> Dossier:
    row = scopes.office_dossier(actor, dossier, session=session, lock=True)
    policy.can_run_call(actor, row.call_id).require()
    return row


def _findings(session: Session, row: Dossier) -> tuple[FindingRow, ...]:
    assert row.current_version_id is not None  # a dossier is stored together with its first version
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return findings.current(session, [row.current_version_id], rules_of(call))[row.current_version_id]


def _reason(text: str, field: str = "reason") -> str:
    if len(text.strip()) < 2:
        raise Invalid(mark("请写明理由。"), {field: mark("请写明理由，至少2个字。")})
    return text.strip()


def _act(
    session: Session,
    actor: Viewer,
    row: Dossier,
    action: str,
    reason: str,
    *,
    due_at: datetime | None = None,
    letter_id: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """The act's own row and its line on the trail."""
    act = DossierAct(
        dossier_id=row.id,
        version_id=row.current_version_id,
        action=action,
        reason=reason,
        due_at=due_at,
        letter_id=letter_id,
        acted_at=now(),
        acted_by=actor.account_id,
    )
    session.add(act)
    digest = session.scalar(
        sa.select(DossierVersion.digest).where(DossierVersion.id == row.current_version_id)
    )
    audit.record(
        session,
        actor,
        f"{action}_dossier",
        object_kind="dossier",
        object_id=row.public_id,
        call_id=row.call_id,
        detail={"number": row.number, "version": digest, "state": row.state, **(detail or {})},
        bound=[Bound("dossier_act", act)],
    )


def confirm_finding(actor: Viewer, *, finding: str, result: str, basis: str) -> None:
    """Confirm one finding (public id) as pass or fail, with the basis. See `confirm_findings`."""
    with transaction() as session:
        dossier = session.scalar(
            sa.select(Dossier.public_id)
            .join(DossierVersion, DossierVersion.dossier_id == Dossier.id)
            .join(Finding, Finding.version_id == DossierVersion.id)
            .where(Finding.public_id == finding)
        )
        if dossier is None:
            raise NotFound()
        _confirm(session, actor, dossier, {finding: (result, basis)})


def confirm_findings(actor: Viewer, *, dossier: str, answers: Mapping[str, tuple[str, str]]) -> int:
    """Confirm findings: public id -> (pass or fail, basis), all or nothing. Returns how many.

    An earlier answer stays on record, the latest counts. Raises `Invalid` with a fault per finding,
    `Conflict` when the dossier is not under check or a finding is no longer the latest.
    """
    with transaction() as session:
        return _confirm(session, actor, dossier, answers)


def _confirm(session: Session, actor: Viewer, dossier: str, answers: Mapping[str, tuple[str, str]]) -> int:
    row = _load(session, actor, dossier)
    if not answers:
        raise Invalid(mark("没有填写任何结论。请在要确认的事项下选择结论并写明依据。"))
    if row.state not in ("received", "returned"):
        raise Conflict(mark("该材料不在形式审查中，不能再作确认。"))
    latest = {found.public_id: found for found in _findings(session, row)}
    faults: dict[str, Message] = {}
    for key, (result, basis) in answers.items():
        if key not in latest:
            raise Conflict(_STALE)
        if result not in ("pass", "fail"):
            faults[key] = mark("%(rule)s：请选择“符合”或“不符合”。", rule=latest[key].rule)
        elif len(basis.strip()) < 2:
            faults[key] = mark("%(rule)s：请写明依据，例如核对了哪份材料、在第几页。", rule=latest[key].rule)
    if faults:
        raise Invalid(
            mark("有%(count)s项未填完整，所有确认均未保存。请补齐后再保存。", count=len(faults)), faults
        )
    given = {latest[key].id: (result, basis.strip()) for key, (result, basis) in answers.items()}
    said = findings.answer(session, actor.account_id, given)
    audit.record(
        session,
        actor,
        "confirm_findings",
        object_kind="dossier",
        object_id=row.public_id,
        call_id=row.call_id,
        detail={"number": row.number, "answers": {latest[key].rule: answers[key][0] for key in answers}},
        bound=[Bound("finding_answer", answer) for answer in said],
    )
    return len(given)


def accept(actor: Viewer, *, dossier: str, reason: str, seen: str | None = None) -> None:
    """Accept a dossier for review. `seen` is the version (public id) that the officer had in front of them.

    Raises `Conflict` naming the findings that are unanswered or stand failed, or the changes of a correction
    that await a decision.
    """
    with transaction() as session:
        row = _load(session, actor, dossier)
        _refuse_stale(session, row, seen)
        row.state = states.advance(states.DOSSIER, row.state, "accept")
        _refuse_undecided(_undecided(session, row))
        _refuse_open(_findings(session, row))
        _act(session, actor, row, "accept", _reason(reason))


def accept_changes(actor: Viewer, *, dossier: str, reason: str, seen: str | None = None) -> None:
    """Record that what a correction changes beside what was asked for is accepted, and why.

    Raises `Conflict` when nothing awaits such a decision.
    """
    with transaction() as session:
        row = _load(session, actor, dossier)
        _refuse_stale(session, row, seen)
        undecided = _undecided(session, row)
        if row.state != "received" or not undecided:
            raise Conflict(mark("没有待决定的改动。"))
        detail = {"changes": [change.to_json() for change in undecided]}
        _act(session, actor, row, "accept_changes", _reason(reason), detail=detail)


def _undecided(session: Session, row: Dossier) -> tuple[Change, ...]:
    assert row.current_version_id is not None  # a dossier is stored together with its first version
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    compared = compare(session, row.id, row.current_version_id, rules_of(call))
    return compared.undecided if compared else ()


def _refuse_undecided(undecided: Sequence[Change]) -> None:
    if undecided:
        raise Conflict(
            mark(
                "补正件另有%(n)s处改动待决定：%(places)s。请先核对并同意改动，或退回补正。",
                n=len(undecided),
                places="、".join(change.place for change in undecided),
            )
        )


def _refuse_stale(session: Session, row: Dossier, seen: str | None) -> None:
    current = session.scalar(
        sa.select(DossierVersion.public_id).where(DossierVersion.id == row.current_version_id)
    )
    if seen is not None and seen != current:
        raise Conflict(_STALE)


def _refuse_open(found: Sequence[FindingRow]) -> None:
    unanswered = [row.rule for row in found if row.unanswered]
    failed = [row.rule for row in found if row.stands_failed]
    if unanswered:
        raise Conflict(
            mark(
                "还有%(n)s项须人工确认：%(rules)s。请先确认。", n=len(unanswered), rules="、".join(unanswered)
            )
        )
    if failed:
        raise Conflict(
            mark(
                "还有%(n)s项不符合：%(rules)s。请退回补正，或核对后改为符合并写明依据。",
                n=len(failed),
                rules="、".join(failed),
            )
        )


def return_for_correction(
    actor: Viewer, *, dossier: str, items: Sequence[str], due_at: datetime | None, seen: str | None = None
) -> None:
    """Send a dossier back with what is to be corrected and until when. Raises `Invalid`, `Conflict`."""
    wanted = [item.strip() for item in items if item.strip()]
    faults: dict[str, Message] = {}
    if not wanted:
        faults["items"] = mark("请写明补正事项，一行一项。")
    if due_at is None:
        faults["due_at"] = mark("请填写补正截止时间。")
    elif due_at <= now():
        faults["due_at"] = mark("补正截止时间须晚于现在。")
    if faults:
        raise Invalid(mark("未退回，请补齐标出的内容。"), faults)
    with transaction() as session:
        row = _load(session, actor, dossier)
        _refuse_stale(session, row, seen)
        row.state = states.advance(states.DOSSIER, row.state, "return")
        _act(session, actor, row, "return", "\n".join(wanted), due_at=due_at, detail={"due_at": due_at})


def _rejection(session: Session, row: Dossier) -> dict[str, object]:
    """What two officers agree to: the version and the failures that an officer confirmed."""
    digest = session.scalar(
        sa.select(DossierVersion.digest).where(DossierVersion.id == row.current_version_id)
    )
    failed = [[f.rule, f.answer.basis] for f in _findings(session, row) if f.answer and f.confirmed_failure]
    return {"number": row.number, "unit": row.unit_name, "version": digest, "failed": failed}


def ask_rejection(actor: Viewer, *, dossier: str, reason: str, seen: str | None = None) -> str:
    """Ask a second officer to reject a dossier. Returns the approval's public id.

    Raises `Conflict` unless an officer has confirmed at least one failure: recognised text rejects nobody.
    """
    with transaction() as session:
        row = _load(session, actor, dossier)
        _refuse_stale(session, row, seen)
        states.advance(states.DOSSIER, row.state, "reject")
        payload = _rejection(session, row)
        if not payload["failed"]:
            raise Conflict(mark("没有经人工确认的不符合项。请先在形式审查页面确认不予受理所依据的事项。"))
        return approvals.ask(
            session,
            actor,
            "reject_dossier",
            object_kind="dossier",
            object_id=row.public_id,
            call_id=row.call_id,
            payload=payload,
            reason=reason,
        ).public_id


def decide_reject_dossier(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's answer; approved, the dossier is rejected. Raises `NotAllowed`, `Conflict`."""
    asked = approvals.get(actor, approval)
    with transaction() as session:
        row = _load(session, actor, asked.object_id)
        settled = approvals.settle(
            session,
            actor,
            approval,
            "reject_dossier",
            approve=approve,
            payload_now=_rejection(session, row),
            note=note,
        )
        if approve:
            row.state = states.advance(states.DOSSIER, row.state, "reject")
            _act(session, actor, row, "reject", settled.reason, detail={"approval": settled.public_id})


def withdraw(actor: Viewer, *, dossier: str, reason: str, letter: Upload | None) -> None:
    """Record the applicant's withdrawal on a stamped letter (scan or Word); sheets already given stay.

    Raises `Invalid` without a readable letter, `Conflict` once the final list stands.
    """
    if letter is None or not letter.data:
        raise Invalid(
            mark("撤回须凭盖章函件。"), {"letter": mark("请上传盖章函件的扫描件（PDF、图片）或 Word 文件。")}
        )
    kind = _letter_kind(letter)
    with transaction() as session:
        row = _load(session, actor, dossier)
        # the call's lock keeps a freeze and a withdrawal apart: each knows which came first
        state = session.scalar(sa.select(Call.state).where(Call.id == row.call_id).with_for_update())
        if state not in _WITHDRAWABLE_CALLS:
            raise Conflict(mark("本批次名单已确定，不能再登记撤回。"))
        row.state = states.advance(states.DOSSIER, row.state, "withdraw")
        stored = files.put(
            session,
            letter.data,
            name=letter.name,
            media_type=MEDIA_TYPES[kind],
            actor_id=actor.account_id,
        )
        _act(
            session,
            actor,
            row,
            "withdraw",
            _reason(reason),
            letter_id=stored.id,
            detail={"letter": stored.sha256},
        )


def _letter_kind(letter: Upload) -> str:
    try:
        check_size(len(letter.data), _LETTER_MAX)
        kind = sniff(letter.data, letter.name)
        if kind == "docx":
            check_docx(letter.data)
    except Invalid as problem:
        raise Invalid(problem.message, {"letter": problem.message}) from problem
    if kind not in ("docx", "pdf", "png", "jpeg"):
        message = mark("盖章函件须是 PDF、图片或 Word 文件。")
        raise Invalid(message, {"letter": message})
    return kind
