"""刊登、撤下公示的登记: what starts and stops the publicity clock; a further row corrects a wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.chinese_dates import date_text, time_text
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.intake.page_pictures import page_sizes
from review_portal.intake.upload_guard import MIB, check_size, sniff
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.publicity_periods import PublicityEvent
from review_portal.services import audit, files, office_calendar, publicity_periods, scopes
from review_portal.services.bindings import Bound
from review_portal.services.publicity_periods import Edition, Period

URL_MAX, REASON_MIN, REASON_MAX = 500, 5, 500
SHOT_MAX, SHOT_PAGES = 20 * MIB, 20
MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}
_UNSAVED = mark("未登记，请按提示更正。所填内容已保留，截图须重新选择。")


@dataclass(frozen=True, slots=True)
class Shot:
    """A screenshot as it was sent; without a file both are empty."""

    name: str = ""
    data: bytes = b""


def register_appearance(
    actor: Viewer, *, call: str, appeared_at: datetime | None, url: str, shot: Shot
) -> str:
    """Register that the newest released edition appeared on the official website. Returns its public id.

    Raises `Invalid` by field (`at`, `url`, `shot`), also where a year's days off are not known, `Conflict`
    while the notice stands already or its period is over, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = _loaded(session, actor, call)
        edition = _newest(session, row)
        _refuse_second(publicity_periods.period_of(session, row), edition)
        faults = {**_time_faults(appeared_at), **_url_faults(url)}
        media_type = _check_shot(shot, faults, needed=True)
        if faults or appeared_at is None:
            raise Invalid(_UNSAVED, faults)
        made = _made(actor, row, edition, "appeared", appeared_at)
        made.url = url.strip()
        return _keep(session, actor, row, made, shot, media_type, "register_appearance")


def register_takedown(
    actor: Viewer, *, call: str, taken_down_at: datetime | None, reason: str, shot: Shot
) -> str:
    """Register that the notice was taken down; a screenshot may be given. Returns the public id.

    Raises `Invalid` by field (`at`, `reason`, `shot`), `Conflict` where no notice stands, `NotFound`,
    `NotAllowed`.
    """
    with transaction() as session:
        row = _loaded(session, actor, call)
        edition = _newest(session, row)
        if not _stands(session, row, edition):
            raise Conflict(mark("现行公示没有登记在官网刊登，不用登记撤下。"))
        faults = {**_time_faults(taken_down_at), **_reason_faults(reason)}
        media_type = _check_shot(shot, faults, needed=False)
        if faults or taken_down_at is None:
            raise Invalid(_UNSAVED, faults)
        made = _made(actor, row, edition, "taken_down", taken_down_at)
        made.reason = reason.strip()
        return _keep(session, actor, row, made, shot, media_type, "register_takedown")


def correct(
    actor: Viewer,
    *,
    call: str,
    event: str,
    at: datetime | None,
    url: str,
    reason: str,
    shot: Shot,
    void: bool = False,
) -> str:
    """Correct a registration by a further one with its reason; `void`: nothing of the kind happened.

    Without a new screenshot the earlier one stays with it. Returns the new public id. Raises `Invalid` by
    field, `Conflict` where it was corrected already or others no longer fit, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = _loaded(session, actor, call)
        events = publicity_periods.events_of(session, row.id)
        wrong = next((one for one in events if one.public_id == event), None)
        if wrong is None:
            raise NotFound()
        if wrong.void or any(one.replaces_id == wrong.id for one in events):
            raise Conflict(mark("该条登记已经更正，请刷新页面后再试。"))
        known = publicity_periods.editions_of(session, row)
        edition = next(one for one in known if one.release_id == wrong.release_id)
        faults = _reason_faults(reason)
        if not void:
            faults |= _time_faults(at)
            faults |= _url_faults(url) if wrong.kind == "appeared" else {}
        media_type = _check_shot(shot, faults, needed=False)
        if faults:
            raise Invalid(_UNSAVED, faults)
        made = _made(actor, row, edition, wrong.kind, wrong.at if void or at is None else at)
        made.url = wrong.url if void or wrong.kind != "appeared" else url.strip()
        made.reason, made.replaces_id, made.void = reason.strip(), wrong.id, void
        made.file_id, made.sha256 = wrong.file_id, wrong.sha256
        return _keep(session, actor, row, made, shot, media_type, "correct_publicity")


def _loaded(session: Session, actor: Viewer, call: str) -> Call:
    row = scopes.office_call(actor, call, session=session, lock=True)
    policy.can_run_call(actor, row.id).require()
    if row.state != "publicity":
        raise Conflict(mark("名单不在公示中，不能登记。两人同意发布公示后，方可登记官网刊登情况。"))
    return row


def _newest(session: Session, row: Call) -> Edition:
    found = publicity_periods.editions_of(session, row)
    if not found:
        raise Conflict(mark("公示稿尚未发布，不能登记。"))
    return found[-1]


def _stands(session: Session, row: Call, edition: Edition) -> bool:
    events = publicity_periods.in_force(publicity_periods.events_of(session, row.id))
    known = publicity_periods.standings([edition], events)
    return bool(known) and known[-1].until is None


def _refuse_second(found: Period | None, edition: Edition) -> None:
    """One appearance at a time, and none after a full period of the same edition."""
    if found is None or found.edition != edition.number:
        return
    if found.running:
        raise Conflict(mark("公示已登记刊登，登记有误的请更正；撤下后重新刊登的，请先登记撤下。"))
    if found.ended_by == "over":
        raise Conflict(mark("公示期已于%(day)s届满，不用再登记刊登。", day=date_text(found.last_day)))


def _made(actor: Viewer, row: Call, edition: Edition, kind: str, at: datetime) -> PublicityEvent:
    return PublicityEvent(
        call_id=row.id,
        release_id=edition.release_id,
        kind=kind,
        at=at,
        url="",
        sha256="",
        reason="",
        void=False,
        registered_at=now(),
        registered_by=actor.account_id,
    )


def _time_faults(at: datetime | None) -> dict[str, Message]:
    if at is None:
        return {"at": mark("请填写时间。")}
    return {"at": mark("时间尚未到，请核对。")} if at > clock.now() else {}


def _url_faults(url: str) -> dict[str, Message]:
    text = url.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, text))
    except ValueError:
        good = False
    if not good:
        return {"url": mark("请填写公示页面的完整网址，以http://或https://开头。")}
    return {"url": mark("最多%(most)s个字，请改短。", most=URL_MAX)} if len(text) > URL_MAX else {}


def _reason_faults(reason: str) -> dict[str, Message]:
    if REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        return {}
    return {"reason": mark("请写明理由，%(least)s至%(most)s个字。", least=REASON_MIN, most=REASON_MAX)}


def _check_shot(shot: Shot, faults: dict[str, Message], *, needed: bool) -> str:
    """The screenshot's media type, '' without one; what is wrong with it goes into `faults`."""
    if not shot.data:
        if needed or shot.name:
            faults["shot"] = mark("请上传公示页面的截图。")
        return ""
    try:
        check_size(len(shot.data), SHOT_MAX)
        kind = sniff(shot.data, shot.name)
        if kind not in MEDIA_TYPES:
            raise Invalid(mark("截图须是图片（PNG、JPG）或 PDF。"))
        if len(page_sizes(shot.data)) > SHOT_PAGES:
            raise Invalid(mark("截图不能超过%(n)s页，请只上传公示页面。", n=SHOT_PAGES))
    except Invalid as problem:
        faults["shot"] = problem.message
        return ""
    return MEDIA_TYPES[kind]


def _keep(
    session: Session,
    actor: Viewer,
    row: Call,
    made: PublicityEvent,
    shot: Shot,
    media_type: str,
    action: str,
) -> str:
    """Check `made` against the others, keep it with its screenshot, tell it on the chain."""
    editions = publicity_periods.editions_of(session, row)
    standing = publicity_periods.in_force([*publicity_periods.events_of(session, row.id), made])
    for edition in editions:
        _refuse_disorder(edition, [one for one in standing if one.release_id == edition.release_id], made)
    if made.kind == "appeared" and not made.void:
        counted = office_calendar.calendar(session)
        try:
            found = publicity_periods.periods_from(
                row, publicity_periods.standings(editions, standing), counted
            )
        except Invalid as problem:  # the days off of a year are not known: an administrator enters them
            raise Invalid(problem.message, {"at": problem.message}) from problem
        made.last_day = found[-1].counted_last
    if shot.data:
        stored = files.put(
            session, shot.data, name=shot.name, media_type=media_type, actor_id=actor.account_id
        )
        made.file_id, made.sha256 = stored.id, stored.sha256
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor,
        action,
        object_kind="notice",
        object_id=_notice_id(session, made),
        call_id=row.id,
        detail={
            "edition": next(one.number for one in editions if one.release_id == made.release_id),
            "website_at": made.at,
            "url": made.url,
            "until": made.last_day,
            "shot": made.sha256,
            "void_entry": made.void,
        },
        bound=[Bound("publicity_event", made)],
    )
    return made.public_id


def _notice_id(session: Session, made: PublicityEvent) -> str:
    found: str = session.scalars(sa.select(Approval.object_id).where(Approval.id == made.release_id)).one()
    return found


def _refuse_disorder(edition: Edition, own: Sequence[PublicityEvent], made: PublicityEvent) -> None:
    """Up, down, up, down, each later than the one before, none before the release. Raises `Invalid`."""
    released_at = edition.released_at.replace(second=0, microsecond=0)  # times are typed in minutes
    for at, event in enumerate(own):
        wanted = "taken_down" if at % 2 else "appeared"
        if event.kind != wanted or (at and event.at <= own[at - 1].at):
            raise _misplaced(made)
    if own and own[0].at < released_at:
        told = mark("刊登时间早于两人同意发布的时间（%(at)s），请核对。", at=time_text(edition.released_at))
        raise Invalid(_UNSAVED, {"at": told})
    if edition.gone_at is not None and own and own[-1].at > edition.gone_at:
        raise Invalid(_UNSAVED, {"at": mark("该时间公示文本已被更正后的文本代替，请核对。")})


def _misplaced(made: PublicityEvent) -> Invalid:
    if made.void:
        told = mark("撤销后，其余登记的刊登、撤下次序不再相符。请先更正其后的登记。")
        return Invalid(told, {"void": told})
    return Invalid(_UNSAVED, {"at": mark("时间与前后登记的刊登、撤下次序不符，请核对。")})
