"""Papers of the defense: sign-in sheet and the minutes of each unit's turn."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.services import defense_documents
from review_portal.services.papers.kinds import Kind, Paper, Source
from review_portal.services.rules import round_name
from scoring_rubrics import Call as Rules

SIGN_IN = Kind("sign_in", "答辩签到表", "defense", "10年", ("到会人员",), fills=True)
MINUTES = Kind("minutes", "答辩记录表", "defense", "30年", ("专家组组长", "记录人", "监督人员"))


def _sign_ins(session: Session, _viewer: Viewer, call: Call, rules: Rules) -> Iterator[Paper]:
    first = sa.func.min(DefenseSlot.starts_at)
    query = (
        sa.select(Round, first)
        .join(DefenseSlot, DefenseSlot.round_id == Round.id)
        .where(Round.call_id == call.id, DefenseSlot.position.is_not(None))
        .group_by(Round.id)
        .order_by(Round.position)
    )
    for row, starts in session.execute(query):
        name = f"{SIGN_IN.title}_{round_name(rules, row)}"
        yield Paper(SIGN_IN, row.public_id, name, local_date(starts) if starts else None)


def _make_sign_in(viewer: Viewer, _call: Call, paper: Paper) -> bytes:
    return defense_documents.sign_in_file(viewer, round_=paper.of)[1]


def _minutes(session: Session, _viewer: Viewer, call: Call, _rules: Rules) -> Iterator[Paper]:
    """The newest version of each turn's minutes: the ones before it are named in it."""
    newest = sa.func.max(DefenseRecord.ordinal)
    query = (
        sa.select(DefenseSlot.public_id, Dossier.number, newest, sa.func.max(DefenseRecord.recorded_at))
        .join(DefenseRecord, DefenseRecord.slot_id == DefenseSlot.id)
        .join(Round, Round.id == DefenseSlot.round_id)
        .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
        .where(Round.call_id == call.id)
        .group_by(DefenseSlot.id, DefenseSlot.public_id, Dossier.number)
        .order_by(Dossier.number)
    )
    for slot, number, edition, at in session.execute(query):
        name = f"{MINUTES.title}_{number}_第{edition}版"
        yield Paper(MINUTES, slot, name, local_date(at), edition, number or "")


def _make_minutes(viewer: Viewer, _call: Call, paper: Paper) -> bytes:
    return defense_documents.minutes_file(viewer, slot=paper.of, version=paper.edition)[1]


SOURCES = (Source(SIGN_IN, _sign_ins, _make_sign_in), Source(MINUTES, _minutes, _make_minutes))
