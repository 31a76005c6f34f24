"""签字件登记: each paper runs printed, signed, returned, scanned; to go on without one takes a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from review_portal.clock import OFFICE_ZONE
from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import docx_blanks
from review_portal.models.calls import Call
from review_portal.models.signatures import STEPS, SignatureEvent, SignatureWaiver
from review_portal.services import audit, files, scopes, signature_state
from review_portal.services.bindings import Bound
from review_portal.services.decision_facts import check_scan
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import Paper
from review_portal.services.signature_state import Key, Standing
from scoring_rubrics import SIGNATURE_GATES, SignatureGate

REASON_MIN, TEXT_MAX = 10, 500


def record(
    actor: Viewer, *, call: str, keys: Collection[Key], step: str, happened_on: date, note: str = ""
) -> int:
    """Record that these papers have come to `step` on that day; returns how many.

    A step left out is taken as done with it. `scanned` comes with a file: `attach_scan`. Raises `Invalid` by
    field, `Conflict` naming the papers that have passed the step or whose content has changed since.
    """
    if step not in STEPS[:-1]:
        raise Invalid(mark("请选择登记的事项。"), {"step": mark("请选择待签、已签或已收回。")})
    if not keys:
        raise Invalid(mark("请勾选要登记的文书。"), {"papers": mark("至少勾选一份文书。")})
    _refuse_day(happened_on)
    _refuse_long(note, "note")
    with transaction() as session:
        row = _office(session, actor, call)
        chosen = _chosen(session, actor, row, keys)
        _refuse_passed(chosen, step)
        codes = _codes(actor, row, chosen)
        for item in chosen:
            _add(session, actor, row, item.paper, step, happened_on, note.strip(), codes[item.paper.key])
        return len(chosen)


def attach_scan(actor: Viewer, *, call: str, key: Key, name: str, data: bytes, happened_on: date) -> None:
    """Keep the scan of the signed original. Raises `Invalid` by field, `Conflict`, `NotFound`."""
    media_type = check_scan(name, data)
    _refuse_day(happened_on)
    with transaction() as session:
        row = _office(session, actor, call)
        (item,) = _chosen(session, actor, row, [key])
        codes = _codes(actor, row, [item])
        stored = files.put(session, data, name=name, media_type=media_type, actor_id=actor.account_id)
        event = _event(row, item.paper, "scanned", happened_on, "", codes[key])
        event.file_id, event.sha256 = stored.id, stored.sha256
        _keep(session, actor, row, item.paper, event)


def annul(actor: Viewer, *, call: str, key: Key, reason: str) -> None:
    """Begin a paper anew: it was spoilt, or says something else by now. Raises `Invalid`, `Conflict`."""
    _refuse_thin(reason)
    with transaction() as session:
        row = _office(session, actor, call)
        (item,) = _chosen(session, actor, row, [key])
        if item.step is None:
            raise Conflict(mark("这份文书还没有登记，不必作废。"))
        digest = item.signed_digest or ""
        _add(session, actor, row, item.paper, "annulled", _today(), reason.strip(), digest)


def go_on(actor: Viewer, *, call: str, gate: str, reason: str) -> int:
    """Let a step go on without the originals that are missing now; returns how many.

    What goes missing later is not covered. Raises `Invalid`, `Conflict` where nothing is missing.
    """
    wanted = _gate(gate)
    _refuse_thin(reason)
    with transaction() as session:
        row = _office(session, actor, call)
        lacking = signature_state.missing(session, row, wanted)
        if not lacking:
            raise Conflict(mark("没有缺少的签字件，可以直接办理。"))
        waiver = SignatureWaiver(
            call_id=row.id,
            gate=wanted,
            papers=[[*paper.key, paper.name] for paper in lacking],
            reason=reason.strip(),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(waiver)
        session.flush()
        audit.record(
            session,
            actor,
            "waive_signatures",
            object_kind="signature_waiver",
            object_id=waiver.public_id,
            call_id=row.id,
            detail={"gate": wanted, "papers": [paper.name for paper in lacking]},
            bound=[Bound("signature_waiver", waiver)],
        )
        return len(lacking)


def _gate(text: str) -> SignatureGate:
    for gate in SIGNATURE_GATES:
        if gate == text:
            return gate
    raise NotFound()


def _office(session: Session, actor: Viewer, call: str) -> Call:
    row = scopes.office_call(actor, call, session=session, lock=True)
    policy.can_run_call(actor, row.id).require()
    return row


def _chosen(session: Session, actor: Viewer, call: Call, keys: Collection[Key]) -> list[Standing]:
    """Those of the register that are named; one that is not in it is `NotFound`."""
    found = {item.paper.key: item for item in signature_state.standings(session, actor, call)}
    if not set(keys) <= set(found):
        raise NotFound()
    chosen = [found[key] for key in found if key in keys]
    drafts = [item.paper.name.replace("_", " ") for item in chosen if item.paper.draft]
    if drafts:
        raise Conflict(mark("%(papers)s还没有生成，请先生成，再打印签字。", papers="、".join(drafts)))
    return chosen


def _refuse_passed(chosen: Collection[Standing], step: str) -> None:
    passed = [
        item.paper.name
        for item in chosen
        if item.step is not None and STEPS.index(item.step) >= STEPS.index(step)
    ]
    if passed:
        raise Conflict(
            mark("这些文书已登记过这一步，请只勾选未登记的：%(papers)s。", papers="、".join(passed))
        )


def _codes(actor: Viewer, call: Call, chosen: Collection[Standing]) -> dict[Key, str]:
    """What each paper says now; one that leaves something open, or was printed otherwise, cannot go on."""
    made = [(item.paper, catalogue.make(actor, call, item.paper)[1]) for item in chosen]
    _refuse_open(made)
    codes = {paper.key: signature_state.digest_of(paper, data) for paper, data in made}
    changed = [item.paper.name for item in chosen if item.signed_digest not in (None, codes[item.paper.key])]
    if changed:
        raise Conflict(
            mark(
                "这些文书打印以后内容已变化，请作废原登记，重新打印签字：%(papers)s。",
                papers="、".join(changed),
            )
        )
    return codes


def _refuse_open(made: Collection[tuple[Paper, bytes]]) -> None:
    left = {
        paper.name: labels
        for paper, data in made
        if paper.kind.suffix == "docx" and (labels := docx_blanks.blanks(data))
    }
    if left:
        told = "；".join(f"{name.replace('_', ' ')}（{'、'.join(labels)}）" for name, labels in left.items())
        raise Conflict(
            mark(
                "这些文书还有待填事项，请先在各文书的“补齐待填事项”页填写（各文书共用的在“办公信息”页填写），"
                "再打印签字：%(papers)s。",
                papers=told,
            )
        )


def _event(call: Call, paper: Paper, step: str, on: date, note: str, digest: str) -> SignatureEvent:
    kind, of, edition = paper.key
    return SignatureEvent(
        call_id=call.id,
        kind=kind,
        of=of,
        edition=edition,
        step=step,
        happened_on=on,
        note=note,
        digest=digest,
    )


def _add(
    session: Session, actor: Viewer, call: Call, paper: Paper, step: str, on: date, note: str, digest: str
) -> None:
    _keep(session, actor, call, paper, _event(call, paper, step, on, note, digest))


def _keep(session: Session, actor: Viewer, call: Call, paper: Paper, event: SignatureEvent) -> None:
    event.recorded_at, event.recorded_by = now(), actor.account_id
    session.add(event)
    session.flush()
    detail: dict[str, object] = {"paper": paper.name, "signing": event.step, "on": event.happened_on}
    audit.record(
        session,
        actor,
        "record_signature",
        object_kind="signature",
        object_id=event.public_id,
        call_id=call.id,
        detail=detail | ({"file": event.sha256} if event.sha256 else {}),
        bound=[Bound("signature", event)],
    )


def _today() -> date:
    return now().astimezone(OFFICE_ZONE).date()


def _refuse_day(day: date) -> None:
    if day > _today():
        sentence: Message = mark("日期不能晚于今天。")
        raise Invalid(sentence, {"happened_on": sentence})


def _refuse_thin(reason: str) -> None:
    if len(reason.strip()) < REASON_MIN:
        sentence = mark("请写明理由，不少于%(least)s字。", least=REASON_MIN)
        raise Invalid(sentence, {"reason": sentence})
    _refuse_long(reason, "reason")


def _refuse_long(text: str, field: str) -> None:
    if len(text.strip()) > TEXT_MAX:
        sentence = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
        raise Invalid(sentence, {field: sentence})
