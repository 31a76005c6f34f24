"""Who could score what, and what stands between: a round's dossiers, facts for the rules, recusals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import recusal
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.domain.records import (
    Control,
    Cooperation,
    DocumentBlock,
    DocumentCell,
    PastRole,
    Relative,
    Role,
)
from review_portal.domain.recusal import Considered, DossierFacts, ExpertFacts, Record, UnitFacts
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.models.experts import Declaration, Expert, ExpertTie, Recusal
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.models.recusals import (
    ConflictDecision,
    FoundConflict,
    RecusalLifting,
    UnitChange,
    standing,
    undecided,
)
from review_portal.models.reexaminations import Reexamination
from review_portal.models.reviews import Review, ReviewDraft
from review_portal.services import panel_parts, void_state
from scoring_rubrics import RecusalRules

Pair = tuple[int, int]  # ids of expert and dossier


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the rules say of one pair: `conflicts` bind or wait for a decision, `considered` do neither."""

    conflicts: tuple[recusal.Conflict, ...]
    considered: tuple[Considered, ...]

    @property
    def binds(self) -> bool:
        """Whether the pair is kept apart without anybody's decision."""
        return self.level in ("automatic", "declared")

    @property
    def level(self) -> str:
        """The strongest level among the conflicts; empty without one."""
        return self.conflicts[0].level if self.conflicts else ""


def dossiers_of(session: Session, round_: Round) -> sa.Select[Dossier]:
    """Dossiers that this round scores: all eligible ones first, later those on the frozen shortlists; anew
    after an objection those that were contested and those beside them.

    Where a stage has several panels, only those of the round's own.
    """
    query = sa.select(Dossier).where(Dossier.call_id == round_.call_id, Dossier.state == "eligible")
    if round_.reexamination_id is not None:
        return query.where(Dossier.public_id.in_(scope_of(session, round_.reexamination_id)))
    share = panel_parts.share_of(session, round_)
    if share is not None:
        return query.where(Dossier.public_id.in_(share))
    first = session.scalar(sa.select(sa.func.min(Round.position)).where(Round.call_id == round_.call_id))
    if round_.position == first:
        return query
    return (
        query.join(RankingRow, RankingRow.dossier_id == Dossier.id)
        .join(Ranking, Ranking.id == RankingRow.ranking_id)
        .where(
            Ranking.call_id == round_.call_id,
            Ranking.kind == "shortlist",
            RankingRow.outcome == "shortlisted",
        )
    )


def scope_of(session: Session, reexamination: int) -> list[str]:
    """Public ids of the dossiers that a re-examination scores anew."""
    row = session.execute(
        sa.select(Reexamination.dossiers, Reexamination.beside).where(Reexamination.id == reexamination)
    ).one()
    return [*row.dossiers, *row.beside]


def expert_facts(session: Session, experts: Collection[int]) -> dict[int, ExpertFacts]:
    """Facts of these experts by id. Two queries."""
    ties: dict[int, list[ExpertTie]] = defaultdict(list)
    query = sa.select(ExpertTie).where(ExpertTie.expert_id.in_(list(experts))).order_by(ExpertTie.id)
    for tie in session.scalars(query):
        ties[tie.expert_id].append(tie)
    rows = session.execute(
        sa.select(Expert.id, Expert.name, Expert.employer).where(Expert.id.in_(list(experts)))
    )
    return {row.id: _facts(row.name, row.employer, ties[row.id]) for row in rows}


def _facts(name: str, employer: str, ties: list[ExpertTie]) -> ExpertFacts:
    return ExpertFacts(
        name,
        employer,
        tuple(PastRole(t.organisation, t.post, t.until) for t in ties if t.kind == "past_role"),
        tuple(Relative(t.relative, t.relation, t.organisation, t.post) for t in ties if t.kind == "relative"),
        tuple(t.organisation for t in ties if t.kind == "declared"),
        controls=tuple(Control(t.organisation, t.post, t.until) for t in ties if t.kind == "control"),
        cooperations=tuple(
            Cooperation(t.organisation, t.post, t.until) for t in ties if t.kind == "cooperation"
        ),
    )


def dossier_facts(session: Session, dossiers: Collection[int]) -> dict[int, DossierFacts]:
    """Facts of these dossiers' current versions by id, with what they say themselves. Four queries."""
    papers = session.execute(
        sa.select(Dossier.id, Dossier.current_version_id, Dossier.recommender, Dossier.district).where(
            Dossier.id.in_(list(dossiers))
        )
    ).all()
    versions = [paper.current_version_id for paper in papers]
    records, leads = _records(session, versions), heads(session, versions)
    units: dict[int, list[UnitFacts]] = defaultdict(list)
    query = (
        sa.select(DossierUnit)
        .where(DossierUnit.version_id.in_(versions))
        .order_by(DossierUnit.version_id, DossierUnit.position)
    )
    for unit in session.scalars(query):
        role: Role = "lead" if unit.role == "lead" else "member"
        record = records.get(unit.version_id, Record())
        aliases = recusal.aliases_of(record, unit.name)
        head = leads[unit.version_id] if role == "lead" else unit.legal_representative
        units[unit.version_id].append(UnitFacts(unit.name, role, head, unit.credit_code, aliases))
    return {
        paper.id: DossierFacts(
            tuple(units[paper.current_version_id]),
            paper.recommender,
            paper.district,
            records.get(paper.current_version_id, Record()),
        )
        for paper in papers
    }


def heads(session: Session, versions: Collection[int]) -> dict[int, str | None]:
    """The lead's legal representative of each version, as changed last. One query."""
    latest = (
        sa.select(UnitChange.legal_representative)
        .where(UnitChange.version_id == DossierUnit.version_id)
        .order_by(UnitChange.id.desc())
        .limit(1)
        .correlate(DossierUnit)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(DossierUnit.version_id, sa.func.coalesce(latest, DossierUnit.legal_representative)).where(
            DossierUnit.version_id.in_(list(versions)), DossierUnit.role == "lead"
        )
    )
    found: dict[int, str | None] = dict.fromkeys(versions)
    found.update((version, head) for version, head in rows)
    return found


def covered(session: Session, dossiers: Collection[int]) -> dict[Pair, frozenset[str]]:
    """Keys of grounds that two people let pass, by pair: lifted with a recusal, or kept with a sheet."""
    found: dict[Pair, frozenset[str]] = defaultdict(frozenset)
    lifted = (
        sa.select(Recusal.expert_id, Recusal.dossier_id, RecusalLifting.covers)
        .join(RecusalLifting, RecusalLifting.recusal_id == Recusal.id)
        .where(Recusal.dossier_id.in_(list(dossiers)))
    )
    for expert, dossier, keys in session.execute(lifted):
        found[expert, dossier] |= frozenset(keys)
    kept = (
        sa.select(Review.expert_id, Review.dossier_id, FoundConflict.keys)
        .join(FoundConflict, FoundConflict.review_id == Review.id)
        .join(ConflictDecision, ConflictDecision.conflict_id == FoundConflict.id)
        .where(Review.dossier_id.in_(list(dossiers)), ConflictDecision.outcome == "keep")
    )
    for expert, dossier, keys in session.execute(kept):
        found[expert, dossier] |= frozenset(keys)
    return found


def _records(session: Session, versions: Collection[int]) -> dict[int, Record]:
    """What every version says, passage by passage."""
    rows = session.execute(
        sa.select(DossierVersion.id, DossierVersion.form).where(DossierVersion.id.in_(versions))
    )
    return {
        row.id: Record.of(
            (place, text) for block in row.form["document"] for _at, place, text in _block(block).passages()
        )
        for row in rows
    }


def grounds(
    session: Session, experts: Collection[int], dossiers: Collection[int], rules: RecusalRules
) -> dict[Pair, Grounds]:
    """Every pair about which the rules have something to say. Eight queries.

    Grounds that two people looked at when they lifted a recusal are shown and bind no more.
    """
    passed = covered(session, dossiers)
    people, papers = expert_facts(session, experts), dossier_facts(session, dossiers)
    found: dict[Pair, Grounds] = {}
    for expert_id, expert in people.items():
        for dossier_id, dossier in papers.items():
            checked = recusal.check(expert, dossier, rules, passed.get((expert_id, dossier_id), frozenset()))
            said = Grounds(checked.conflicts, checked.considered)
            if said.conflicts or said.considered:
                found[expert_id, dossier_id] = said
    return found


def _block(plain: Mapping[str, Any]) -> DocumentBlock:
    """One block of a stored form; the whole form is not rebuilt, because every check of a pair needs this."""
    cells = tuple(DocumentCell(**cell) for cell in plain["cells"])
    return DocumentBlock(plain["at"], plain["text"], cells)


def recorded(session: Session, call_id: int) -> dict[Pair, Recusal]:
    """The call's recusals that stand, by pair. One query."""
    rows = session.scalars(sa.select(Recusal).where(Recusal.call_id == call_id, standing()))
    return {(row.expert_id, row.dossier_id): row for row in rows}


def record(
    session: Session, *, call_id: int, pair: Pair, rule: str, level: str, reason: str, by: int | None
) -> Recusal:
    """Write one recusal, in the caller's transaction."""
    row = Recusal(
        call_id=call_id,
        expert_id=pair[0],
        dossier_id=pair[1],
        rule=rule,
        level=level,
        reason=reason,
        recorded_at=now(),
        recorded_by=by,
    )
    session.add(row)
    session.flush()
    return row


def forget_draft(session: Session, review: Review) -> None:
    """A recused sheet has no cell: what was scratched on it goes."""
    session.execute(sa.delete(ReviewDraft).where(ReviewDraft.review_id == review.id))


def kept_apart(session: Session, call_id: int, pair: Pair) -> bool:
    """Whether a recusal stands for this pair."""
    query = sa.select(Recusal.id).where(
        Recusal.call_id == call_id, Recusal.expert_id == pair[0], Recusal.dossier_id == pair[1], standing()
    )
    return session.scalar(query) is not None


def has_declared(session: Session, call_id: int, pair: Pair, units_digest: str) -> bool:
    """Whether the expert's latest word on exactly these units was that nothing stands between."""
    answer = session.scalar(
        sa.select(Declaration.answer)
        .where(
            Declaration.call_id == call_id,
            Declaration.expert_id == pair[0],
            Declaration.dossier_id == pair[1],
            Declaration.units_digest == units_digest,
        )
        .order_by(Declaration.id.desc())
        .limit(1)
    )
    return answer == "clear"


def refuse_undecided(session: Session, call_id: int) -> None:
    """Raise `Conflict` while a conflict found late, or a breach, waits for the decision of two people."""
    voids = void_state.waiting(session, (Round.call_id == call_id) & (Round.state != "void"))
    if voids:
        raise Conflict(mark("有%(n)s份评分表的作废申请未办结，须先由另一人确认，再继续办理。", n=voids))
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(Review)
        .join(Round, Round.id == Review.round_id)
        .where(Round.call_id == call_id, Round.state != "void", undecided())
    )
    if waiting:
        raise Conflict(
            mark(
                "有%(n)s份评分表在分派后发现利害关系，须先由秘书处申请、监督人员同意作废或保留，再继续办理。",
                n=waiting,
            )
        )


def is_undecided(session: Session, review_id: int) -> bool:
    """Whether a conflict that was found late keeps this sheet apart."""
    return session.scalar(sa.select(Review.id).where(Review.id == review_id, undecided())) is not None
