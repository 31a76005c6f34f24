"""The papers of a frozen ranking, made from what is stored, each with the check code of what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain.policy import Viewer
from review_portal.exports import defense_minutes as minutes_paper
from review_portal.exports import docx_content, ranking_workbook
from review_portal.exports import summary_sheet as summary_paper
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.ranking_papers import RankingPaper
from review_portal.models.rankings import Ranking
from review_portal.services import defense_documents, ranking_rounds
from review_portal.services.frozen_rankings import rounds_of
from review_portal.services.ranking_body import kind_of
from review_portal.services.report_ranking import report_of
from review_portal.services.report_summary import sheet_of
from review_portal.services.rules import round_name
from scoring_rubrics import Call as Rules

# Whoever freezes need not have chaired every defense whose minutes go with the ranking.
_READER = Viewer(0, "", "", frozenset({("supervisor", None)}))


@dataclass(frozen=True, slots=True)
class Made:
    """A paper as it comes out now. `digest`: of the workbook's bytes, of what the others say."""

    kind: str
    of: str
    edition: int
    name: str
    digest: str


def record(session: Session, call: Call, rules: Rules, ranking: Ranking) -> None:
    """Keep the check codes of the papers that go with a ranking just frozen."""
    at = now()
    rows = [
        {
            "ranking_id": ranking.id,
            "kind": made.kind,
            "of": made.of,
            "edition": made.edition,
            "digest": made.digest,
            "recorded_at": at,
        }
        for made in papers(session, call, rules, ranking)
    ]
    session.execute(sa.insert(RankingPaper), rows)


def papers(session: Session, call: Call, rules: Rules, ranking: Ranking) -> Iterator[Made]:
    """Workbook, the summary sheets of the rounds that end in this ranking, the minutes of their defenses."""
    if ranking.kind == "final":
        data = ranking_workbook.write(report_of(session, call, ranking, rules))
        yield Made("workbook", ranking.public_id, 0, "排名工作簿", hashlib.sha256(data).hexdigest())
    for row in _own_rounds(session, call, ranking):
        sheet = summary_paper.write(sheet_of(session, row, call, rules, ranking))
        name = f"评分汇总表（{round_name(rules, row)}）"
        yield Made("summary", row.public_id, 0, name, docx_content.content_digest(sheet))
        yield from _minutes(session, row, ranking)


def _own_rounds(session: Session, call: Call, ranking: Ranking) -> list[Round]:
    rounds = rounds_of(session, call, ranking)
    if ranking.kind == "final":
        last = [row for row in rounds if kind_of(session, row) == "final"]
        return [*last, *ranking_rounds.again_in(session, ranking)]
    return [row for row in rounds if row.id == ranking.round_id]


def _minutes(session: Session, row: Round, ranking: Ranking) -> Iterator[Made]:
    """The minutes of each turn in the version that stood when the ranking was frozen."""
    found = session.execute(
        sa.select(DefenseSlot.public_id, Dossier.number, sa.func.max(DefenseRecord.ordinal))
        .join(DefenseRecord, DefenseRecord.slot_id == DefenseSlot.id)
        .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
        .where(DefenseSlot.round_id == row.id, DefenseRecord.recorded_at <= ranking.frozen_at)
        .group_by(DefenseSlot.id, DefenseSlot.public_id, Dossier.number)
        .order_by(Dossier.number)
    ).all()
    for slot, number, edition in found:
        data = minutes_paper.write_docx(defense_documents.minutes(_READER, slot=slot, version=edition))
        name = f"{minutes_paper.TITLE}（{number}，第{edition}版）"
        yield Made("minutes", slot, edition, name, docx_content.content_digest(data))
