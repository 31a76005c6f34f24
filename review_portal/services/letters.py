"""Letters on dossiers: issued (签发) once nothing is to be filled, then delivered (送达). Both stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.letter_words import DELIVERY_WORDS
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import office_letter
from review_portal.models.calls import Call
from review_portal.models.office_letters import IssuedLetter, LetterDelivery
from review_portal.services import audit, letter_rows, letter_texts, scopes
from review_portal.services.bindings import Bound
from review_portal.services.letter_rows import LetterRow
from review_portal.services.rules import rules_of

Key = tuple[str, str, int]  # kind, dossier (public id), edition
_WIDTHS = {"number": 60, "signed_by": 64, "receiver": 64, "note": 500}


def issue(actor: Viewer, *, call: str, key: Key, number: str, issued_on: date | None, signed_by: str) -> None:
    """Issue a letter: what it says is frozen with number and date. Raises `Invalid` by field, and `Conflict`
    naming what is still to be filled, when it is issued already or the number is taken.
    """
    faults = _faults({"number": number, "signed_by": signed_by})
    if issued_on is None:
        faults["issued_on"] = mark("请填写日期，例如 2023-03-13。")
    if faults or issued_on is None:
        raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
    with transaction() as session:
        row = _office(session, actor, call)
        found = _found(session, row, key)
        if found.issued is not None:
            raise Conflict(mark("这份文书已签发，内容不能再改。"))
        _refuse_day(issued_on, local_date(found.act.acted_at), "issued_on", mark("不能早于办理的日期。"))
        letter = replace(
            letter_texts.letter_of(session, row, rules_of(row), found.dossier, found.act),
            number=number.strip(),
            dated=date_text(issued_on),
        )
        if letter.missing():
            raise Conflict(
                mark(
                    "还有待填的事项：%(labels)s。请先在“办公信息”或批次规则中填写。",
                    labels="、".join(letter.missing()),
                )
            )
        taken = sa.select(IssuedLetter.id).where(
            IssuedLetter.call_id == row.id, IssuedLetter.number == number.strip()
        )
        if session.scalar(taken) is not None:
            raise Invalid(mark("文号已使用。"), {"number": mark("该文号已用于另一份文书，请核对。")})
        body = office_letter.to_json(letter)
        issued = IssuedLetter(
            call_id=row.id,
            dossier_id=found.dossier.id,
            kind=found.kind,
            source=found.act.id,
            number=number.strip(),
            issued_on=issued_on,
            signed_by=signed_by.strip(),
            body=body,
            digest=canonical.digest(body),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(issued)
        session.flush()
        audit.record(
            session,
            actor,
            "issue_letter",
            object_kind="issued_letter",
            object_id=issued.public_id,
            call_id=row.id,
            detail={
                "paper": f"{letter.title[0]}_{found.dossier.number}",
                "reference": issued.number,
                "on": issued_on,
                "approved_by": issued.signed_by,
                "digest": issued.digest,
            },
            bound=[Bound("issued_letter", issued)],
        )


def deliver(
    actor: Viewer,
    *,
    call: str,
    key: Key,
    delivered_on: date | None,
    way: str,
    receiver: str,
    note: str = "",
) -> None:
    """Record that an issued letter was delivered, once. Raises `Invalid` by field, `Conflict`."""
    faults = _faults({"receiver": receiver}) | _too_long({"note": note})
    if delivered_on is None:
        faults["delivered_on"] = mark("请填写日期，例如 2023-03-13。")
    if way not in DELIVERY_WORDS:
        faults["way"] = mark("请选择送达方式。")
    if faults or delivered_on is None:
        raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
    with transaction() as session:
        row = _office(session, actor, call)
        found = _found(session, row, key)
        if found.issued is None:
            raise Conflict(mark("这份文书尚未签发，不能登记送达。"))
        if found.delivery is not None:
            raise Conflict(mark("这份文书已登记送达。"))
        _refuse_day(delivered_on, found.issued.issued_on, "delivered_on", mark("不能早于签发日期。"))
        delivery = LetterDelivery(
            letter_id=found.issued.id,
            delivered_on=delivered_on,
            way=way,
            receiver=receiver.strip(),
            note=note.strip(),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(delivery)
        session.flush()
        audit.record(
            session,
            actor,
            "deliver_letter",
            object_kind="issued_letter",
            object_id=found.issued.public_id,
            call_id=row.id,
            detail={
                "paper": f"{found.issued.body['title'][0]}_{found.dossier.number}",
                "reference": found.issued.number,
                "on": delivered_on,
                "delivery_way": way,
                "receiver": delivery.receiver,
            },
            bound=[Bound("letter_delivery", delivery)],
        )


def _office(session: Session, actor: Viewer, call: str) -> Call:
    row = scopes.office_call(actor, call, session=session, lock=True)
    policy.can_run_call(actor, row.id).require()
    return row


def _found(session: Session, call: Call, key: Key) -> LetterRow:
    kind, dossier, edition = key
    for row in letter_rows.rows_of(session, call, dossier=dossier):
        if (row.kind, row.edition) == (kind, edition):
            return row
    raise NotFound()


def _faults(texts: dict[str, str]) -> dict[str, Message]:
    empty = {name: mark("请填写此项。") for name, text in texts.items() if len(text.strip()) < 2}
    return {**_too_long(texts), **empty}


def _too_long(texts: dict[str, str]) -> dict[str, Message]:
    return {
        name: mark("最多%(most)s个字，请改短。", most=_WIDTHS[name])
        for name, text in texts.items()
        if len(text.strip()) > _WIDTHS[name]
    }


def _refuse_day(day: date, first: date, field: str, early: Message) -> None:
    if day > local_date(now()):
        sentence = mark("日期不能晚于今天。")
        raise Invalid(sentence, {field: sentence})
    if day < first:
        raise Invalid(early, {field: early})
