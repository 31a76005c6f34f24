"""An expert as the register keeps him and as a roster's row says him: one to the other and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from review_portal.domain.messages import Message, mark
from review_portal.domain.pinyin import search_key, sort_key
from review_portal.domain.records import Absence, ExpertRow, PastRole, Relative
from review_portal.domain.register import specialties_of
from review_portal.models.experts import Expert, ExpertAbsence, ExpertTie

LENGTHS = {
    "姓名": 64,
    "工作单位": 200,
    "职称": 100,
    "专业": 100,
    "手机": 40,
    "邮箱": 200,
    "所在区县": 40,
    "状态说明": 200,
}
# Column -> attribute of `Expert`; what is no cell of its own has tables of its own.
PLAIN = {
    "姓名": "name",
    "工作单位": "employer",
    "职称": "title",
    "专业": "field",
    "手机": "phone",
    "邮箱": "email",
    "所在区县": "district",
    "到任日期": "employer_since",
    "评审份数上限": "load_limit",
}
TIES = {"任职经历": "past_role", "亲属任职": "relative", "声明的利害关系": "declared"}
AWAY = "不能参加的时间"


def unfit(row: ExpertRow) -> dict[str, Message]:
    """Column -> what is longer than the register takes."""
    faults: dict[str, Message] = {}
    for column, text in _texts(row).items():
        if len(text) > LENGTHS[column]:
            faults[column] = mark("超过%(limit)s字，请缩短后重新上传。", limit=LENGTHS[column])
    for tie in ties_of(row):
        if any(len(text) > limit for text, limit in _limits(tie)):
            column = next(name for name, kind in TIES.items() if kind == tie.kind)
            faults[column] = mark("单位名称或职务过长（单位200字、职务100字），请缩短。")
    if any(len(absence.reason) > 100 for absence in row.absences):
        faults[AWAY] = mark("事由超过100字，请缩短。")
    return faults


def _texts(row: ExpertRow) -> dict[str, str]:
    return {
        "姓名": row.name,
        "工作单位": row.employer,
        "职称": row.title or "",
        "专业": row.field or "",
        "手机": row.phone or "",
        "邮箱": row.email or "",
        "所在区县": row.district or "",
        "状态说明": row.status_reason,
    }


def _limits(tie: ExpertTie) -> tuple[tuple[str, int], ...]:
    return (
        (tie.organisation, 200),
        (tie.post or "", 100),
        (tie.relative or "", 64),
        (tie.relation or "", 40),
    )


def ties_of(row: ExpertRow) -> list[ExpertTie]:
    """What binds the expert of a row to organisations, as new rows of nobody yet."""
    return [
        *(
            ExpertTie(
                kind="past_role", organisation=role.org, post=role.role, since=role.start, until=role.end
            )
            for role in row.past_roles
        ),
        *(
            ExpertTie(
                kind="relative",
                organisation=kin.org,
                post=kin.position,
                relative=kin.name,
                relation=kin.relation,
            )
            for kin in row.relatives
        ),
        *(ExpertTie(kind="declared", organisation=text) for text in row.declared),
    ]


def fill(session: Session, expert: Expert, row: ExpertRow) -> None:
    """Bring the expert to what the row says, column by column; what the row does not give stays."""
    for column in row.given & PLAIN.keys():
        value = getattr(row, PLAIN[column])
        blank = None if column in ("到任日期", "评审份数上限") else ""
        setattr(expert, PLAIN[column], blank if value is None else value)
    if row.status is not None:
        expert.status, expert.status_reason = row.status, row.status_reason
    refresh_keys(expert)
    session.add(expert)
    session.flush()
    told = [TIES[column] for column in row.given & TIES.keys()]
    session.execute(sa.delete(ExpertTie).where(ExpertTie.expert_id == expert.id, ExpertTie.kind.in_(told)))
    for tie in ties_of(row):
        if tie.kind in told:
            tie.expert_id = expert.id
            session.add(tie)
    if AWAY in row.given:
        session.execute(sa.delete(ExpertAbsence).where(ExpertAbsence.expert_id == expert.id))
        session.add_all(
            ExpertAbsence(expert_id=expert.id, first_day=away.first, last_day=away.last, reason=away.reason)
            for away in row.absences
        )


def blank(row: ExpertRow) -> Expert:
    """A new expert under the row's name and phone, to be filled."""
    return Expert(
        name=row.name, phone=row.phone or "", employer="", title="", field="", email="", district=""
    )


def refresh_keys(expert: Expert) -> None:
    """What the expert is sorted and found by; the version moves on even where only ties change."""
    expert.name_key = sort_key(expert.name, person=True)[:200]
    expert.search_key = search_key(expert.name, expert.employer, *specialties_of(expert.field))
    flag_modified(expert, "name_key")


def rows_of(session: Session, experts: Collection[Expert]) -> dict[int, ExpertRow]:
    """These experts as rows of a roster, by id. Two queries."""
    ids = [expert.id for expert in experts]
    ties: dict[int, list[ExpertTie]] = defaultdict(list)
    for tie in session.scalars(
        sa.select(ExpertTie).where(ExpertTie.expert_id.in_(ids)).order_by(ExpertTie.id)
    ):
        ties[tie.expert_id].append(tie)
    away = absences_of(session, ids)
    return {expert.id: _row(expert, ties[expert.id], away.get(expert.id, ())) for expert in experts}


def absences_of(
    session: Session, experts: Collection[int] | None = None
) -> Mapping[int, tuple[Absence, ...]]:
    """Expert -> days away, in their order; of everybody where nobody is named. One query."""
    query = sa.select(ExpertAbsence).order_by(ExpertAbsence.first_day, ExpertAbsence.id)
    if experts is not None:
        query = query.where(ExpertAbsence.expert_id.in_(list(experts)))
    found: dict[int, tuple[Absence, ...]] = {}
    for item in session.scalars(query):
        absence = Absence(item.first_day, item.last_day, item.reason)
        found[item.expert_id] = (*found.get(item.expert_id, ()), absence)
    return found


def _row(expert: Expert, ties: Collection[ExpertTie], absences: tuple[Absence, ...]) -> ExpertRow:
    return ExpertRow(
        expert.name,
        expert.employer,
        expert.title or None,
        expert.field or None,
        expert.phone or None,
        expert.email or None,
        expert.district or None,
        tuple(PastRole(t.organisation, t.post, t.until, t.since) for t in ties if t.kind == "past_role"),
        tuple(Relative(t.relative, t.relation, t.organisation, t.post) for t in ties if t.kind == "relative"),
        tuple(t.organisation for t in ties if t.kind == "declared"),
        "",
        expert.employer_since,
        absences,
        expert.load_limit,
        expert.status,
        expert.status_reason,
        frozenset({*PLAIN, *TIES, AWAY}),
    )
