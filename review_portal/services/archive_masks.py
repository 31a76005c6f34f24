"""Whose names an archive for inspection must not show, and by what code each is known instead."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.exports.archive_masking import HIDDEN, Masker
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import (
    Dossier,
    DossierUnit,
    DossierVersion,
    RecommendationEntry,
    RecommendationList,
)
from review_portal.models.draws import DrawNumber
from review_portal.models.experts import Declaration, Expert, PanelMember, Recusal


def experts_of(session: Session, call: Call) -> list[tuple[Expert, str]]:
    """Every expert whom the call has named, with the code by which papers know that expert."""
    rounds = sa.select(Round.id).where(Round.call_id == call.id)
    named = sa.union(
        sa.select(PanelMember.expert_id).where(PanelMember.round_id.in_(rounds)),
        sa.select(DrawNumber.expert_id).where(DrawNumber.call_id == call.id),
        sa.select(Recusal.expert_id).where(Recusal.call_id == call.id),
        sa.select(Declaration.expert_id).where(Declaration.call_id == call.id),
    )
    codes: dict[int, str] = {}
    for expert, code in session.execute(
        sa.select(PanelMember.expert_id, PanelMember.code)
        .where(PanelMember.round_id.in_(rounds), PanelMember.code.is_not(None))
        .order_by(PanelMember.id)
    ):
        codes.setdefault(expert, code or "")
    rows = session.scalars(
        sa.select(Expert).where(Expert.id.in_(sa.select(named.subquery().c[0]))).order_by(Expert.id)
    )
    return [(row, codes.get(row.id) or f"专家{row.public_id[:6]}") for row in rows]


def masker(session: Session, call: Call) -> Masker:
    """Hides experts behind their codes, and persons of the units and of the districts altogether."""
    dossiers = sa.select(Dossier.id).where(Dossier.call_id == call.id)
    versions = sa.select(DossierVersion.id).where(DossierVersion.dossier_id.in_(dossiers))
    lists = sa.select(RecommendationList.id).where(RecommendationList.call_id == call.id)
    persons = (
        sa.select(DossierUnit.legal_representative).where(DossierUnit.version_id.in_(versions)),
        sa.select(RecommendationList.contact).where(RecommendationList.call_id == call.id),
        sa.select(RecommendationEntry.contact).where(RecommendationEntry.list_id.in_(lists)),
    )
    names = {name: HIDDEN for query in persons for name in session.scalars(query) if name}
    for expert, code in experts_of(session, call):
        names[expert.name] = f"〔{code}〕"
        for value in (expert.phone, expert.email, expert.employer):
            if value:
                names[value] = HIDDEN
    return Masker(names)
