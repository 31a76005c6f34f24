"""Making an edition of 评审报告 for the signatures of all experts."""

from __future__ import annotations

from review_portal.db import now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import docx_blanks, review_report
from review_portal.models.review_reports import ReviewReport
from review_portal.services import audit, review_report_views, scopes
from review_portal.services.bindings import Bound

PLACE_MAX, NOTE_MAX = 100, 1000


def make_report(actor: Viewer, *, call: str, place: str, note: str = "") -> int:
    """Freeze what the report says now as its next edition; returns the edition's number.

    `place`: where the panel met, `note`: what else the office has to report. Raises `NotFound`, `NotAllowed`,
    `Invalid` by field, `Conflict` before a ranking is frozen, where nothing has changed or a fact is open.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        place, note = " ".join(place.split()), note.strip()
        _refuse_unfit(place, note)
        found = review_report_views.content_now(session, actor, row, place, note)
        if found is None:
            raise Conflict(mark("排名冻结后方可生成评审报告。"))
        frozen, made = found
        editions = review_report_views.editions_of(session, row)
        content = canonical.digest(made)
        if editions and editions[-1].body["content"] == content:
            raise Conflict(mark("自第%(n)s版以来没有变化，无须再次生成。", n=editions[-1].ordinal))
        made_at, ordinal = now(), len(editions) + 1
        body = {
            **made,
            "content": content,
            "ordinal": ordinal,
            "made_at": made_at.isoformat(timespec="seconds"),
        }
        digest = canonical.digest(body)
        _refuse_open(review_report.write_docx(body, digest))
        report = ReviewReport(
            call_id=row.id,
            ranking_id=frozen.id,
            ordinal=ordinal,
            body=body,
            digest=digest,
            made_at=made_at,
            made_by=actor.account_id,
        )
        session.add(report)
        session.flush()
        audit.record(
            session,
            actor,
            "make_review_report",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={"ordinal": ordinal, "digest": report.digest},
            bound=[Bound("review_report", report)],
        )
        return ordinal


def _refuse_open(data: bytes) -> None:
    """An edition is for signing: what it leaves open could not be filled in any more."""
    labels = docx_blanks.blanks(data)
    if labels:
        raise Conflict(
            mark(
                "评审报告还有待填事项，未生成：%(labels)s。组织单位写在批次规则中，评审时间以评审开启和结束的记录为准。",
                labels="、".join(labels),
            )
        )


def _refuse_unfit(place: str, note: str) -> None:
    faults: dict[str, Message] = {}
    if not place or "【待填" in place:
        faults["place"] = mark("请填写评审地点。")
    elif len(place) > PLACE_MAX:
        faults["place"] = mark("请不超过%(n)s个字。", n=PLACE_MAX)
    if "【待填" in note:
        faults["note"] = mark("请填写待填的内容，或删去。")
    elif len(note) > NOTE_MAX:
        faults["note"] = mark("请不超过%(n)s个字。", n=NOTE_MAX)
    if faults:
        raise Invalid(mark("评审报告未生成，请按提示更正。所填内容已保留。"), faults)
