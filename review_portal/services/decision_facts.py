"""What a decision rests on: the frozen ranking, which of its dossiers may be selected, the minutes' scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.decision_rules import Candidate
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.intake.page_pictures import page_sizes
from review_portal.intake.upload_guard import MIB, check_size, sniff
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.rankings import Ranking
from review_portal.services import confirmation_state, reexamination_state
from review_portal.services.frozen_rankings import frozen_of
from review_portal.services.ranking_words import below_threshold
from scoring_rubrics import Call as Rules

RECORD = "record_decision"
SCAN_MAX = 20 * MIB
PAGES_MAX = 60
MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Ground:
    """The ranking that is decided on, and its dossiers with a place, best first."""

    ranking: Ranking
    candidates: tuple[Candidate, ...]
    quota: int

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """The ranking's rows beside the candidates."""
        rows: Sequence[Mapping[str, Any]] = self.ranking.body["rows"]
        return rows


def decidable(session: Session, call: Call) -> Ranking | None:
    """The final ranking, or a shortlist on which nobody stands: then there is nothing more to come."""
    final = frozen_of(session, call, "final")
    if final is not None:
        return final if call.state not in ("draft", "receiving") else None
    short = frozen_of(session, call, "shortlist")
    if short is None or any(line["outcome"] == "shortlisted" for line in short.body["rows"]):
        return None
    return short


def ground(session: Session, call: Call, rules: Rules) -> Ground:
    """What is decided on. Raises `Conflict` while nothing is frozen that could be. Two queries."""
    ranking = decidable(session, call)
    if ranking is None:
        raise Conflict(mark("排名冻结后方可登记会议审定结果。"))
    states: dict[str, str] = dict(
        session.execute(sa.select(Dossier.public_id, Dossier.state).where(Dossier.call_id == call.id)).all()
    )
    found = (
        Candidate(
            line["dossier"],
            line["number"],
            line["outcome"],
            _bar(ranking.kind, line, states.get(line["dossier"], ""), rules),
        )
        for line in ranking.body["rows"]
    )
    return Ground(ranking, tuple(found), rules.quota)


def _bar(kind: str, line: Mapping[str, Any], state: str, rules: Rules) -> Message | None:
    """Why no reason of the leaders carries this dossier."""
    if state != "eligible":
        return mark("已撤回，不能列为入选。")
    if line["result"] == "not_recommended":
        return mark("专家组结论为不推荐，不能列为入选。")
    if kind == "shortlist" or below_threshold(line, rules):
        return mark("低于最低得分%(points)s分，不能列为入选。", points=f"{rules.shortlist.threshold:.2f}")
    return None


def refuse_now(session: Session, call: Call, found: Ground) -> None:
    """Raise `Conflict` where no decision is awaited, or while an expert has not confirmed."""
    if call.state != ("ranked" if found.ranking.kind == "final" else "reviewing"):
        raise Conflict(mark("本批次不在等待会议审定，不能登记。"))
    reexamination_state.refuse_undecidable(session, found.ranking)
    confirmation_state.refuse_unconfirmed(session, call)


def check_scan(name: str, data: bytes) -> str:
    """The scan's media type. Raises `Invalid` at the field for what is none or cannot be opened."""
    try:
        check_size(len(data), SCAN_MAX)
        kind = sniff(data, name)
        if kind not in MEDIA_TYPES:
            raise Invalid(mark("扫描件须是 PDF 或图片（PNG、JPG）。"))
        if len(page_sizes(data)) > PAGES_MAX:
            raise Invalid(mark("扫描件不能超过%(n)s页，请只上传会议纪要。", n=PAGES_MAX))
    except Invalid as problem:
        raise Invalid(problem.message, {"scan": problem.message}) from problem
    return MEDIA_TYPES[kind]
