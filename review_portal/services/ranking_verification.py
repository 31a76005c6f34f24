"""Every frozen ranking of the house computed again from the stored sheets, and its papers made again.

For the host, who needs no account to read what lies on it; nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import canonical
from review_portal.domain.errors import NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.ranking_papers import RankingPaper
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.services import ranking_papers
from review_portal.services.ranking_papers import Made
from review_portal.services.ranking_recount import recomputed
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared: what, the words about it, whether it holds."""

    what: str
    words: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A frozen ranking with everything compared; `version` counts the rankings of its kind from 1."""

    call: str
    title: str
    kind: str
    version: int
    frozen_at: datetime
    digest: str
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Nothing differs."""
        return all(check.holds for check in self.checks)


def verify(*, call: str | None = None) -> list[Checked]:
    """Check every frozen ranking, oldest first, of one call or of all. Raises `NotFound`."""
    session = db.session()
    query = sa.select(Ranking, Call).join(Call, Call.id == Ranking.call_id).order_by(Call.id, Ranking.id)
    if call is not None:
        if session.scalar(sa.select(Call.id).where(Call.public_id == call)) is None:
            raise NotFound(mark("没有编号为%(call)s的批次。", call=call))
        query = query.where(Call.public_id == call)
    return [
        Checked(
            row.public_id,
            row.title,
            frozen.kind,
            frozen.version,
            frozen.frozen_at,
            frozen.digest,
            tuple(_checks(session, row, frozen)),
        )
        for frozen, row in session.execute(query).all()
    ]


def _checks(session: Session, call: Call, frozen: Ranking) -> Iterator[Check]:
    """The stored body against its code, the sheets against the body, the rows, then the papers."""
    stored = canonical.dumps(frozen.body)
    codes = (canonical.digest(frozen.body), canonical.digest(frozen.body["inputs"]), frozen.body["rules"])
    yield _check(
        "冻结内容",
        codes == (frozen.digest, frozen.input_digest, frozen.rules_digest),
        "与登记的校验码一致",
        "与登记的校验码不符：冻结的内容被改动过",
    )
    rules = rules_of(call)
    try:
        again = recomputed(session, call, rules, frozen)
        same = canonical.dumps(again) == stored
    except PortalError as problem:
        yield Check("排名数据", f"不能复算：{problem.message}", holds=False)
    else:
        yield _check(
            "排名数据",
            same,
            "由评分重新计算，逐字节一致",
            "由现存评分重新计算，与冻结时不一致：评分、规则或排名被改动过",
        )
    yield _check(
        "名次登记", _rows_hold(session, frozen), "与冻结内容一致", "与冻结内容不一致：登记的名次被改动过"
    )
    yield from _papers(session, call, rules, frozen)


def _check(what: str, holds: bool, good: str, bad: str) -> Check:
    return Check(what, good if holds else bad, holds)


def _rows_hold(session: Session, frozen: Ranking) -> bool:
    stored = session.execute(
        sa.select(Dossier.number, RankingRow.place, RankingRow.score, RankingRow.outcome)
        .join(Dossier, Dossier.id == RankingRow.dossier_id)
        .where(RankingRow.ranking_id == frozen.id)
    )
    return {number: (place, score, outcome) for number, place, score, outcome in stored} == {
        line["number"]: _row(line) for line in [*frozen.body["rows"], *frozen.body["outside"]]
    }


def _row(line: dict[str, Any]) -> tuple[int | None, Decimal | None, str]:
    score = Decimal(line["final"]) if "final" in line else None
    return line.get("rank"), score, line.get("outcome") or line["code"]


def _papers(session: Session, call: Call, rules: Rules, frozen: Ranking) -> Iterator[Check]:
    """Each paper made twice, and held against the code that was kept when the ranking was frozen."""
    kept = {
        (row.kind, row.of): (row.edition, row.digest)
        for row in session.scalars(sa.select(RankingPaper).where(RankingPaper.ranking_id == frozen.id))
    }
    try:
        first = list(ranking_papers.papers(session, call, rules, frozen))
        second = list(ranking_papers.papers(session, call, rules, frozen))
    except (PortalError, LookupError, ValueError) as problem:
        yield Check("文书", f"不能重新生成：{problem}", holds=False)
        return
    for one, other in zip(first, second, strict=True):
        yield _paper(one, other, kept.pop((one.kind, one.of), None))
    if kept:
        yield Check("文书", f"冻结时登记的{len(kept)}份文书不能重新生成", holds=False)


def _paper(one: Made, other: Made, kept: tuple[int, str] | None) -> Check:
    how = "逐字节" if one.kind == "workbook" else "内容"
    if one.digest != other.digest:
        return Check(one.name, f"两次生成的{how}不一致", holds=False)
    if kept is None:
        return Check(one.name, "冻结时没有登记校验码", holds=False)
    return _check(
        one.name,
        kept == (one.edition, one.digest),
        f"重新生成两次，{how}与冻结时一致",
        f"重新生成后{how}与冻结时不一致：所载的内容被改动过",
    )
