"""The versions of a frozen ranking: which counts, what one differs in from the one it replaced."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.rankings import Ranking, newest
from review_portal.models.reexaminations import Reexamination
from review_portal.services import ranking_rounds, scopes

LISTED = ("proposed", "tied")


@dataclass(frozen=True, slots=True)
class Difference:
    """A dossier whose rank, score or outcome a version changed; None: it had, or has, none."""

    number: str
    unit: str
    rank: tuple[int | None, int | None]
    score: tuple[str | None, str | None]
    outcome: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of the final ranking. `kind`, `reference`, `grounds` are of the re-examination behind it.

    `differences` are against the version before; `list_changed`: the list has to be decided on again.
    """

    version: int
    public_id: str
    digest: str
    frozen_at: datetime
    current: bool
    kind: str
    reference: str
    grounds: str
    differences: tuple[Difference, ...]
    list_changed: bool


def frozen(
    session: Session, call_id: int, kind: str, version: int | None = None, *, panel: str = ""
) -> Ranking | None:
    """The newest version of a ranking, or the one asked for; None while there is none."""
    if version is None:
        return session.scalars(newest(call_id, kind, panel)).first()
    query = sa.select(Ranking).where(Ranking.call_id == call_id, Ranking.kind == kind, Ranking.panel == panel)
    return session.scalars(query.where(Ranking.version == version)).first()


def list_versions(viewer: Viewer, *, call: str) -> list[VersionRow]:
    """Every version of the final ranking, newest first; empty while nothing is frozen. Two queries.

    Raises `NotFound`.
    """
    session = db.session()
    return versions_of(session, scopes.office_call(viewer, call))


def list_for_chair(viewer: Viewer, *, round_: str) -> list[VersionRow]:
    """As `list_versions`, for the chair of a round that the final ranking ends with. Raises `NotFound`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    last = ranking_rounds.regular(session, row.call_id)[-1]
    if row.reexamination_id is None and row.id != last.id:
        raise NotFound()
    return versions_of(session, session.scalars(sa.select(Call).where(Call.id == row.call_id)).one())


def versions_of(session: Session, call: Call) -> list[VersionRow]:
    """As `list_versions`, for whoever has been let in."""
    rows = session.execute(
        sa.select(Ranking, Reexamination)
        .outerjoin(Reexamination, Reexamination.id == Ranking.reexamination_id)
        .where(Ranking.call_id == call.id, Ranking.kind == "final")
        .order_by(Ranking.version)
    ).all()
    found: list[VersionRow] = []
    before: Mapping[str, Any] | None = None
    for ranking, cause in rows:
        found.append(
            VersionRow(
                ranking.version,
                ranking.public_id,
                ranking.digest,
                ranking.frozen_at,
                ranking is rows[-1][0],
                cause.kind if cause else "",
                cause.reference if cause else "",
                cause.grounds if cause else "",
                differences(before, ranking.body) if before else (),
                ranking.body.get("list_changed", False),
            )
        )
        before = ranking.body
    return found[::-1]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Dossiers that stand otherwise, in the order of the later version."""
    old = {line["number"]: line for line in [*before["rows"], *before["outside"]]}
    found = []
    for line in [*after["rows"], *after["outside"]]:
        was = old.get(line["number"], {})
        pairs = (_pair(was, line, "rank"), _pair(was, line, "final"), (_outcome(was), _outcome(line)))
        if any(one != other for one, other in pairs):
            found.append(Difference(line["number"], line["unit"], *pairs))
    return tuple(found)


def _pair(old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> tuple[Any, Any]:
    return old.get(key), new.get(key)


def _outcome(line: Mapping[str, Any]) -> str | None:
    return line.get("outcome") or line.get("code")


def same_list(before: Mapping[str, Any], after: Mapping[str, Any], also: Collection[str] = ()) -> bool:
    """Whether two bodies propose the same units in the same order. `also`: dossiers (public ids) that were
    chosen beyond what was proposed; with one of them places and outcomes of all must be the same.
    """
    if set(also) - {line["dossier"] for line in before["rows"] if line["outcome"] in LISTED}:
        return _listed(before, also) == _listed(after, also) and not any(
            item.rank[0] != item.rank[1] for item in differences(before, after)
        )
    return _listed(before) == _listed(after)


def _listed(body: Mapping[str, Any], also: Collection[str] = ()) -> list[tuple[str, str]]:
    return [
        (line["number"], line["outcome"])
        for line in body["rows"]
        if line["outcome"] in LISTED or line["dossier"] in also
    ]


def still_rests(session: Session, ranking_id: int, also: Collection[str] = ()) -> bool:
    """Whether what was made of this version may stand: it is the newest, or the newest lists the same."""
    own = session.get(Ranking, ranking_id)
    if own is None:
        return False
    last = session.scalars(newest(own.call_id, own.kind, own.panel)).one()
    if last.id == own.id:
        return True
    return not last.body.get("unheard") and same_list(own.body, last.body, also)


def version_of(session: Session, ranking_id: int) -> int:
    """The number of a version. Raises `NotFound`."""
    found = session.scalar(sa.select(Ranking.version).where(Ranking.id == ranking_id))
    if found is None:
        raise NotFound(mark("没有这一版排名。"))
    return found
