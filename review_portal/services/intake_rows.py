"""What the papers of intake and meeting say, read from the records: no transaction, the caller is let in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.domain.chinese_dates import date_text, local_date, time_text
from review_portal.domain.presence import presence
from review_portal.domain.presence import standing as standing_events
from review_portal.domain.text_count import fold
from review_portal.exports.intake_sheets import (
    ChairElectionRecord,
    CheckedDossier,
    CheckSummary,
    DisciplineSheet,
    FeeSheet,
)
from review_portal.exports.recommendation_table import Entry, Overview, Table
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import Dossier, DossierAct, RecommendationEntry, RecommendationList
from review_portal.models.experts import Expert, PanelMember, Recusal, Substitute
from review_portal.models.meetings import PresenceEvent
from review_portal.models.recusals import standing
from review_portal.services import letter_rows, report_method
from review_portal.services.dossiers import findings
from review_portal.services.dossiers.recommenders import recommender_key
from review_portal.services.rules import round_name, scheme_digest
from scoring_rubrics import Call as Rules

CONCLUSIONS = {
    "received": "审查中",
    "returned": "退回补正",
    "eligible": "受理",
    "rejected": "不予受理",
    "withdrawn": "已撤回",
}


def check_summary(session: Session, call: Call, rules: Rules) -> CheckSummary:
    """Every dossier beside every rule. A few queries whatever the number of dossiers."""
    dossiers = session.scalars(
        sa.select(Dossier).where(Dossier.call_id == call.id).order_by(Dossier.number)
    ).all()
    versions = [row.current_version_id for row in dossiers if row.current_version_id is not None]
    found = findings.current(session, versions, rules)
    delivered = letter_rows.rejections(session, call)
    rows = []
    for row in dossiers:
        latest = {one.rule: one for one in found.get(row.current_version_id or 0, ())}
        results = tuple(
            _mark(latest[rule.id]) if rule.id in latest else "not_evaluated" for rule in rules.formal_rules
        )
        failed = "、".join(one.rule for one in latest.values() if one.stands_failed)
        rows.append(
            CheckedDossier(
                row.number,
                row.unit_name,
                row.district or row.recommender,
                results,
                _conclusion(row, delivered),
                failed,
            )
        )
    titles = tuple((rule.id, rule.title) for rule in rules.formal_rules)
    body = [[one.number, one.unit, one.recommender, one.results, one.conclusion, one.remark] for one in rows]
    digest = canonical.digest({"rules": titles, "dossiers": body})
    return CheckSummary(
        rules.short_title, rules.issuer, titles, tuple(rows), _last_act(session, call, dossiers), digest
    )


def _conclusion(row: Dossier, delivered: Mapping[str, date | None]) -> str:
    """A rejection is in force once its letter is delivered."""
    said = CONCLUSIONS[row.state]
    if row.state != "rejected":
        return said
    day = delivered.get(row.public_id)
    return f"{said}（{date_text(day)}送达）" if day else f"{said}（未送达）"


def _mark(found: findings.FindingRow) -> str:
    return "manual" if found.unanswered else found.effective


def _last_act(session: Session, call: Call, dossiers: Sequence[Dossier]) -> date:
    last = session.scalar(
        sa.select(sa.func.max(DossierAct.acted_at))
        .join(Dossier, Dossier.id == DossierAct.dossier_id)
        .where(Dossier.call_id == call.id)
    )
    return local_date(
        max([call.created_at, *(row.received_at for row in dossiers), *([last] if last else [])])
    )


def tables(session: Session, call: Call, rules: Rules) -> tuple[Table, ...]:
    """The table that counts of each recommending unit, in the office's order of districts."""
    lists = session.scalars(
        sa.select(RecommendationList)
        .where(RecommendationList.call_id == call.id)
        .order_by(RecommendationList.id)
    ).all()
    latest = {recommender_key(row.recommender, rules): row for row in lists}
    place = {district.name: district.seq for district in rules.districts}
    last = len(place) + 1
    keys = sorted(latest, key=lambda key: (place.get(key, last), latest[key].id))
    on_hand = {
        fold(unit): number
        for unit, number in session.execute(
            sa.select(Dossier.unit_name, Dossier.number).where(Dossier.call_id == call.id)
        )
    }
    entries: dict[int, list[Entry]] = {row.id: [] for row in latest.values()}
    query = sa.select(RecommendationEntry).where(RecommendationEntry.list_id.in_(entries))
    for one in session.scalars(query.order_by(RecommendationEntry.seq)):
        number = on_hand.get(fold(one.unit), "")
        entries[one.list_id].append(Entry(one.unit, one.contact, one.mobile, number))
    return tuple(_table(latest[key], tuple(entries[latest[key].id]), rules) for key in keys)


def _table(row: RecommendationList, entries: tuple[Entry, ...], rules: Rules) -> Table:
    said = [row.recommender, row.contact, row.phone, [[one.unit, one.contact, one.mobile] for one in entries]]
    return Table(
        row.public_id,
        rules.form.summary_title,
        row.recommender,
        row.contact,
        row.phone,
        entries,
        local_date(row.received_at),
        canonical.digest(said),
    )


def overview(session: Session, call: Call, rules: Rules) -> Overview:
    """All recommending units; the digest is over theirs and the dossiers' numbers."""
    found = tables(session, call, rules)
    numbers = [[one.number for one in table.entries] for table in found]
    digest = canonical.digest([[table.digest for table in found], numbers])
    dated = max((table.dated for table in found), default=local_date(call.created_at))
    return Overview(rules.form.summary_title, rules.issuer, found, dated, digest)


def election_of(session: Session, row: Round) -> ChairElection | None:
    """The latest election of a round; the others were followed by it."""
    query = sa.select(ChairElection).where(ChairElection.round_id == row.id)
    return session.scalars(query.order_by(ChairElection.id.desc()).limit(1)).first()


def chair_election(session: Session, call: Call, rules: Rules, row: Round) -> ChairElectionRecord:
    """Who was there when the chair was elected, who could not be, and how it came out."""
    found = election_of(session, row)
    assert found is not None  # the paper is listed only with it
    there = _present_at(session, row, found)
    recused = set(session.scalars(sa.select(Recusal.expert_id).where(Recusal.call_id == call.id, standing())))
    present = tuple(
        (expert.name, expert.employer, "有回避情形，不得担任组长" if expert.id in recused else "")
        for expert, _member in there
    )
    absent = tuple(_absent_at(session, row, found, {member.id for _expert, member in there}))
    elected = session.execute(
        sa.select(Expert.name)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .where(PanelMember.id == found.member_id)
    ).scalar_one()
    method = found.method
    said = [row.public_id, present, absent, elected, method, found.votes, found.voters, found.witness]
    return ChairElectionRecord(
        rules.short_title,
        rules.issuer,
        round_name(rules, row),
        time_text(found.elected_at),
        method,
        present,
        absent,
        elected,
        found.votes,
        found.voters,
        found.witness,
        local_date(found.elected_at),
        canonical.digest(said),
    )


def _present_at(session: Session, row: Round, found: ChairElection) -> list[tuple[Expert, PanelMember]]:
    """Those signed in at the moment of the election, by the events of the meeting."""
    members = _members(session, row)
    events = session.scalars(
        sa.select(PresenceEvent)
        .where(
            PresenceEvent.member_id.in_([member.id for _expert, member in members]),
            PresenceEvent.at <= found.elected_at,
        )
        .order_by(PresenceEvent.id)
    )
    seen: dict[int, list[PresenceEvent]] = {}
    for event in events:
        seen.setdefault(event.member_id, []).append(event)
    there = {key: presence(of_one) for key, of_one in seen.items()}
    here = {key for key, one in there.items() if one.since is not None and one.left is None}
    return [(expert, member) for expert, member in members if member.id in here]


def _absent_at(session: Session, row: Round, found: ChairElection, here: Collection[int]) -> Iterator[str]:
    """Names of those who belonged to the panel at the election and were not there."""
    at = found.elected_at
    later = sa.select(Substitute.member_id).where(Substitute.round_id == row.id, Substitute.seated_at > at)
    not_yet = set(session.scalars(later))
    for expert, member in _members(session, row):
        gone = member.left_at is not None and member.left_at <= at
        if member.id not in here and member.id not in not_yet and not gone:
            yield expert.name


def _members(session: Session, row: Round) -> list[tuple[Expert, PanelMember]]:
    rows = session.execute(
        sa.select(Expert, PanelMember)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .where(PanelMember.round_id == row.id)
        .order_by(PanelMember.id)
    )
    return [(expert, member) for expert, member in rows]


def discipline(call: Call, rules: Rules, row: Round) -> DisciplineSheet:
    """The scheme's discipline with a line for each seat of the panel."""
    day = local_date(row.opened_at or call.created_at)
    sentences = report_method.DISCIPLINE
    digest = canonical.digest([scheme_digest(rules), row.public_id, sentences])
    title = f"{rules.short_title}　{round_name(rules, row)}"
    return DisciplineSheet(title, rules.issuer, sentences, rules.panel.size, day, digest)


def fees(session: Session, call: Call, rules: Rules, row: Round) -> FeeSheet:
    """The experts who signed in, with the days they were there; days are counted, nothing else is told."""
    members = session.execute(
        sa.select(PanelMember.id, Expert.name, Expert.employer)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id == row.id)
        .order_by(PanelMember.id)
    ).all()
    days: dict[int, set[date]] = {}
    seen: dict[int, list[PresenceEvent]] = {}
    events = sa.select(PresenceEvent).where(PresenceEvent.member_id.in_([one.id for one in members]))
    for event in session.scalars(events.order_by(PresenceEvent.id)):
        seen.setdefault(event.member_id, []).append(event)
    for key, of_one in seen.items():
        came = {local_date(event.at) for event in standing_events(of_one) if event.kind == "in"}
        if came:
            days[key] = came
    experts = tuple((one.name, one.employer, str(len(days[one.id]))) for one in members if one.id in days)
    dated = max((day for found in days.values() for day in found), default=local_date(call.created_at))
    said = [row.public_id, experts]
    return FeeSheet(
        rules.short_title, rules.issuer, round_name(rules, row), experts, dated, canonical.digest(said)
    )
