"""How a ranking is computed, shown and kept: inside the acts that freeze one, or look at one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.config import VERSION
from review_portal.db import now
from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.services import ranking_rounds, recusals, vacant_rankings
from review_portal.services.ranking_body import final_body, shortlist_body
from review_portal.services.ranking_words import effects, sentences
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class RankingView:
    """A ranking for reading, tried out (`frozen_at` None) or frozen. `body` is the canonical snapshot.

    `effects`, the last of the sentences, say whether reconciliation changed the list.
    """

    kind: str
    body: Mapping[str, Any]
    digest: str
    sentences: tuple[Message, ...]
    effects: tuple[Message, ...]
    rules: Rules
    call: str
    round_: str
    public_id: str | None
    frozen_at: datetime | None
    frozen_by: str | None
    version: int = 1

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Dossiers with a place, best first."""
        rows: list[dict[str, Any]] = self.body["rows"]
        return rows

    @property
    def outside(self) -> list[dict[str, Any]]:
        """Dossiers without a place and why."""
        rows: list[dict[str, Any]] = self.body["outside"]
        return rows


def body_of(
    session: Session,
    call: Call,
    round_: Round,
    rules: Rules,
    kind: str,
    as_of: datetime | None = None,
    again: Sequence[Round] = (),
) -> dict[str, Any]:
    """What is frozen, computed from the sheets as they count now, or as they counted at `as_of`.

    Raises `Conflict` while a round or a conflict waits.
    """
    if as_of is None:
        recusals.refuse_undecided(session, call.id)
    if kind == "shortlist":
        return shortlist_body(session, call, round_, rules, as_of=as_of)
    rounds = ranking_rounds.regular(session, call.id)
    if any(item.state != "finished" for item in [*rounds, *again]):
        vacant = vacant_rankings.body_of(session, call, rounds, rules, as_of=as_of)
        if vacant is not None:
            return vacant
        raise Conflict(mark("还有轮次未结束复议，暂不能排名。"))
    return final_body(session, call, rounds, rules, as_of=as_of, again=again)


def trial_view(body: Mapping[str, Any], call: Call, row: Round, rules: Rules) -> RankingView:
    """A body that is not frozen, for reading."""
    return RankingView(
        body["kind"],
        body,
        canonical.digest(body),
        sentences(body, rules),
        effects(body, rules),
        rules,
        call.public_id,
        row.public_id,
        None,
        None,
        None,
    )


def frozen_view(session: Session, frozen: Ranking, call: Call, row: Round, rules: Rules) -> RankingView:
    """A frozen version, for reading."""
    name = session.scalar(sa.select(Account.name).where(Account.id == frozen.frozen_by))
    return RankingView(
        frozen.kind,
        frozen.body,
        frozen.digest,
        sentences(frozen.body, rules),
        effects(frozen.body, rules),
        rules,
        call.public_id,
        row.public_id,
        frozen.public_id,
        frozen.frozen_at,
        name,
        frozen.version,
    )


def panel_of(round_: Round, kind: str) -> str:
    """A shortlist belongs to one panel where there are several, a final ranking to none."""
    return round_.panel if kind == "shortlist" else ""


def refuse_unlooked(body: Mapping[str, Any], digest: str, look: str) -> None:
    """Raise where this is not what was looked at, or the panel's word is wanting."""
    if canonical.digest(body) != digest:
        raise Conflict(mark("试算后数据已变化，请重新查看排名后再冻结。"))
    if body["demands_look"] and len(look.strip()) < 10:
        raise Invalid(
            mark("改用其他常用规则会改变名单，须写明专家组的说明。"),
            {"look": mark("请写明专家组对规则差异的说明，至少10个字。")},
        )


def store(
    session: Session,
    actor: Viewer,
    call: Call,
    row: Round,
    body: dict[str, Any],
    replaces: Ranking | None = None,
    cause: int | None = None,
) -> Ranking:
    """Write a ranking with its rows; after the re-examination `cause` as the version after `replaces`."""
    ranking = Ranking(
        call_id=call.id,
        kind=body["kind"],
        panel=panel_of(row, body["kind"]),
        version=replaces.version + 1 if replaces else 1,
        replaces_id=replaces.id if replaces else None,
        reexamination_id=cause,
        round_id=row.id if body["kind"] == "shortlist" else None,
        body=body,
        input_digest=canonical.digest(body["inputs"]),
        rules_digest=body["rules"],
        digest=canonical.digest(body),
        software=VERSION,
        frozen_at=now(),
        frozen_by=actor.account_id,
    )
    session.add(ranking)
    session.flush()
    ids: dict[str, int] = dict(
        session.execute(sa.select(Dossier.number, Dossier.id).where(Dossier.call_id == call.id)).all()
    )
    session.execute(
        sa.insert(RankingRow),
        [
            {
                "ranking_id": ranking.id,
                "dossier_id": ids[line["number"]],
                "place": line.get("rank"),
                "score": Decimal(line["final"]) if "final" in line else None,
                "outcome": line.get("outcome") or line["code"],
            }
            for line in [*body["rows"], *body["outside"]]
        ],
    )
    return ranking
