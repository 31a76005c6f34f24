"""附件1 of the recommending units: registered whole or not at all; affected dossiers are checked anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain import formal_check, policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ApplicationForm, Recommendation
from review_portal.domain.records import RecommendationEntry as Entry
from review_portal.domain.text_count import fold
from review_portal.intake.recommendation_summary import read_recommendation
from review_portal.intake.upload_guard import sniff
from review_portal.models.dossiers import Dossier, DossierVersion, RecommendationEntry, RecommendationList
from review_portal.models.files import StoredFile
from review_portal.services import audit, files, scopes
from review_portal.services.dossiers import findings
from review_portal.services.dossiers.recommenders import recommender_key
from review_portal.services.dossiers.uploads import MEDIA_TYPES, receipt
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

_CHECK = "listed_by_recommender"
_OPEN = ("received", "returned", "eligible")
_WIDTHS = {"contact": 64, "phone": 40, "mobile": 40, "unit": 200, "recommender": 200}


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A unit of a recommendation table; `dossier` and `number` are None while its dossier has not arrived."""

    seq: int
    unit: str
    contact: str
    mobile: str
    dossier: str | None
    number: str | None


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """A registered table; only the latest of a recommending unit counts."""

    public_id: str
    recommender: str
    contact: str
    phone: str
    received_at: datetime
    arrived_at: datetime | None
    file: str
    file_name: str
    counts: bool
    units: tuple[ListedUnit, ...]


def add_recommendation(
    actor: Viewer,
    *,
    call: str,
    name: str,
    data: bytes,
    received_at: datetime | None = None,
    arrived_at: datetime | None = None,
) -> str:
    """Register a 附件1 and check the dossiers on hand against it. Returns its public id.

    The latest table of a recommending unit counts. Raises `Invalid` with every fault of the file by place.
    """
    rules = rules_of(scopes.office_call(actor, call))
    table = read_recommendation(data, name)
    _refuse_unusable(table)
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        if row.state not in ("receiving", "reviewing"):
            raise Conflict(mark("本批次不在受理或评审阶段，不能登记推荐汇总表。"))
        came = receipt(rules.receipt, received_at, arrived_at)
        stored = files.put(
            session, data, name=name, media_type=MEDIA_TYPES[sniff(data, name)], actor_id=actor.account_id
        )
        listed = RecommendationList(
            call_id=row.id,
            file_id=stored.id,
            recommender=table.recommender,
            contact=table.contact or "",
            phone=table.phone or "",
            received_at=came.counted,
            arrived_at=came.arrived,
        )
        session.add(listed)
        session.flush()
        session.add_all(_entries(listed.id, table.entries))
        session.flush()
        changed = _check_anew(session, row.id, rules)
        audit.record(
            session,
            actor,
            "add_recommendation",
            object_kind="recommendation",
            object_id=listed.public_id,
            call_id=row.id,
            detail={"file": stored.sha256, "units": len(table.entries), "findings_changed": changed},
        )
        return listed.public_id


def _refuse_unusable(table: Recommendation) -> None:
    if not table.recommender:
        raise Invalid(
            mark("推荐汇总表没有写明推荐单位，无法核对。请补上“推荐单位（盖章）：”一行后重新上传。")
        )
    long = [
        f"{entry.place} {label}"
        for entry in table.entries
        for label, text, width in (
            ("申报单位名称", entry.unit, _WIDTHS["unit"]),
            ("联系人", entry.contact or "", _WIDTHS["contact"]),
            ("手机", entry.mobile or "", _WIDTHS["mobile"]),
        )
        if len(text) > width
    ]
    for label in ("recommender", "contact", "phone"):
        if len(getattr(table, label) or "") > _WIDTHS[label]:
            long.append("表头")
    if long:
        raise Invalid(
            mark("以下内容过长，可能填错了列：%(places)s。请核对后重新上传。", places="、".join(long))
        )


def _entries(list_id: int, entries: Sequence[Entry]) -> list[RecommendationEntry]:
    return [
        RecommendationEntry(
            list_id=list_id,
            seq=place,
            unit=entry.unit,
            contact=entry.contact or "",
            mobile=entry.mobile or "",
        )
        for place, entry in enumerate(entries, 1)
    ]


def known(session: Session, call_id: int, rules: Rules) -> tuple[Recommendation, ...]:
    """The table that counts of every recommending unit. Two queries."""
    lists = session.execute(
        sa.select(
            RecommendationList.id,
            RecommendationList.recommender,
            RecommendationList.contact,
            RecommendationList.phone,
        )
        .where(RecommendationList.call_id == call_id)
        .order_by(RecommendationList.id)
    ).all()
    latest = {recommender_key(row.recommender, rules): row for row in lists}
    entries: dict[int, list[Entry]] = {row.id: [] for row in latest.values()}
    for row in session.execute(
        sa.select(RecommendationEntry.__table__)
        .where(RecommendationEntry.list_id.in_(entries))
        .order_by(RecommendationEntry.id)
    ).all():
        place = f"附件1第{row.seq}行"
        entries[row.list_id].append(Entry(row.seq, row.unit, row.contact or None, row.mobile or None, place))
    return tuple(
        Recommendation(row.recommender, row.contact, row.phone, tuple(entries[row.id]), 0)
        for row in latest.values()
    )


def table_for(form: ApplicationForm, tables: Iterable[Recommendation], rules: Rules) -> Recommendation | None:
    """The table a form is checked against: a foreign one that lists the unit, else its recommender's own.

    A foreign one comes first because a unit recommended twice must be seen.
    """
    own = form.district or fold(form.cover.recommender or "")
    lead, mine, foreign = fold(form.lead or ""), None, None
    for table in tables:
        if recommender_key(table.recommender, rules) == own:
            mine = table
        elif any(fold(entry.unit) == lead for entry in table.entries):
            foreign = table
    return foreign or mine


def _check_anew(session: Session, call_id: int, rules: Rules) -> int:
    """Append the finding of the rule wherever it comes out differently now; how many did."""
    narrowed = replace(rules, formal_rules=tuple(r for r in rules.formal_rules if r.check == _CHECK))
    versions = session.execute(
        sa.select(DossierVersion.id, DossierVersion.form, DossierVersion.received_at)
        .join(Dossier, Dossier.current_version_id == DossierVersion.id)
        .where(Dossier.call_id == call_id, Dossier.state.in_(_OPEN))
        .order_by(Dossier.id)
    ).all()
    stored = findings.current(session, [row.id for row in versions], rules)
    tables, changed = known(session, call_id, rules), 0
    for row in versions:
        form = ApplicationForm.from_json(row.form)
        before = {found.rule: (found.result, found.note) for found in stored[row.id]}
        fresh = formal_check.check_form(form, narrowed, table_for(form, tables, rules), row.received_at)
        moved = [found for found in fresh if (found.result, str(found.note)) != before.get(found.rule)]
        findings.store(session, row.id, moved)
        changed += len(moved)
    return changed


def list_recommendations(viewer: Viewer, *, call: str) -> list[RecommendationRow]:
    """The call's tables, newest first, each unit beside its dossier. Four queries."""
    row = scopes.office_call(viewer, call)
    rules = rules_of(row)
    lists = db.session.execute(
        sa.select(RecommendationList, StoredFile.public_id, StoredFile.name)
        .join(StoredFile, StoredFile.id == RecommendationList.file_id)
        .where(RecommendationList.call_id == row.id)
        .order_by(sa.desc(RecommendationList.id))
    ).all()
    on_hand = {
        fold(found.unit_name): (found.public_id, found.number)
        for found in db.session.execute(
            sa.select(Dossier.unit_name, Dossier.public_id, Dossier.number).where(Dossier.call_id == row.id)
        ).all()
    }
    units: dict[int, list[ListedUnit]] = {}
    for entry in db.session.execute(
        sa.select(RecommendationEntry.__table__)
        .where(RecommendationEntry.list_id.in_([table.id for table, _id, _name in lists]))
        .order_by(RecommendationEntry.id)
    ).all():
        dossier, number = on_hand.get(fold(entry.unit), (None, None))
        units.setdefault(entry.list_id, []).append(
            ListedUnit(entry.seq, entry.unit, entry.contact, entry.mobile, dossier, number)
        )
    seen: set[str] = set()
    found = []
    for table, file, name in lists:
        key = recommender_key(table.recommender, rules)
        found.append(
            RecommendationRow(
                table.public_id,
                table.recommender,
                table.contact,
                table.phone,
                table.received_at,
                table.arrived_at,
                file,
                name,
                key not in seen,
                tuple(units.get(table.id, ())),
            )
        )
        seen.add(key)
    return found
