"""What the panel discussed about a dossier: who was there, what was said in substance, to what end."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.cases import CaseDiscussion
from review_portal.models.rankings import Ranking
from review_portal.services import audit, scopes
from review_portal.services.bindings import Bound
from review_portal.services.discussion_views import members_of, paper_of, versions_of

TEXT_MIN, TEXT_MAX, OTHERS_MAX = 10, 4000, 200


def record(
    actor: Viewer,
    *,
    round_: str,
    dossier: str,
    present: Sequence[str],
    others: str,
    substance: str,
    outcome: str,
    reason: str = "",
    known: int = 0,
) -> int:
    """Keep a version of what was discussed; a later one needs its `reason`. Returns its number.

    `known` is the version that the page showed. Raises `Invalid` by field, `Conflict` (with the newer
    version) when somebody recorded one meanwhile or the list is frozen, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_chair(actor, row).require()
        paper = paper_of(session, row, dossier)
        _refuse_closed(session, row)
        versions = versions_of(session, (CaseDiscussion.round_id == row.id), dossier=paper.id)
        if len(versions) != known:
            raise Conflict(
                mark("讨论记录刚有新的版次，请核对后再更正。"), theirs=versions[-1] if versions else None
            )
        members = members_of(session, row, paper)
        faults = _faults(members, present, others, substance, outcome, reason, first=not versions)
        if faults:
            raise Invalid(mark("讨论记录未保存，请按提示更正。"), faults)
        kept = CaseDiscussion(
            round_id=row.id,
            dossier_id=paper.id,
            ordinal=known + 1,
            present=[name for name in members if name in present],
            others=others.strip(),
            substance=substance.strip(),
            outcome=outcome.strip(),
            reason=reason.strip(),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(kept)
        session.flush()
        audit.record(
            session,
            actor,
            "record_discussion",
            object_kind="dossier",
            object_id=paper.public_id,
            call_id=row.call_id,
            detail={"ordinal": kept.ordinal},
            bound=[Bound("case_discussion", kept)],
        )
        return kept.ordinal


def _faults(
    members: Sequence[str],
    present: Sequence[str],
    others: str,
    substance: str,
    outcome: str,
    reason: str,
    *,
    first: bool,
) -> dict[str, Message]:
    faults: dict[str, Message] = {}
    if not set(present) & set(members):
        faults["present"] = mark("请勾选参加讨论的专家。")
    elif not set(present) <= set(members):
        faults["present"] = mark("对本材料回避或已退出的专家不参加讨论，请重新勾选。")
    if len(others.strip()) > OTHERS_MAX:
        faults["others"] = mark("最多%(most)s个字，请改短。", most=OTHERS_MAX)
    texts = {"substance": substance, "outcome": outcome}
    for name, sentence in (
        ("substance", mark("请写明讨论的主要内容，至少10个字。")),
        ("outcome", mark("请写明讨论结果，至少4个字。")),
    ):
        least = TEXT_MIN if name == "substance" else 4
        if len(texts[name].strip()) < least:
            faults[name] = sentence
        elif len(texts[name].strip()) > TEXT_MAX:
            faults[name] = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
    if not first and not 4 <= len(reason.strip()) <= TEXT_MAX:
        faults["reason"] = mark("更正须写明理由，至少4个字。")
    return faults


def _refuse_closed(session: Session, row: Round) -> None:
    if row.state not in ("reconciling", "finished"):
        raise Conflict(mark("本轮不在复议期间，不能办理。"))
    frozen = session.scalar(
        sa.select(Ranking.id)
        .where(Ranking.call_id == row.call_id, (Ranking.round_id == row.id) | (Ranking.kind == "final"))
        .limit(1)
    )
    if frozen is not None:
        raise Conflict(mark("名单已冻结，讨论记录不能再补记或更正。"))
