"""Who is proposed: the cut, what the panel says of each dossier, the open vote on a tie across it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from review_portal.models.calls import Round
from review_portal.services import tie_rows
from review_portal.services.tie_rows import Matter

PROPOSABLE = ("recommended", "conditional")


class Line(Protocol):
    """A ranked dossier (by number) and where it stands to the cut."""

    @property
    def dossier(self) -> str: ...
    @property
    def standing(self) -> str: ...


class Ranked(Protocol):
    """A ranking as far as the cut goes."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def open_places(self) -> int: ...


class Judged(Protocol):
    """What the panel concludes of a dossier, None while it has not."""

    @property
    def public_id(self) -> str: ...
    @property
    def result(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`of`: number -> proposed, ranked or tied. `tie` is what an open vote is about, None without one."""

    of: Mapping[str, str]
    tie: dict[str, Any] | None
    notices: tuple[dict[str, Any], ...]


def cut_outcomes(
    session: Session,
    round_: Round,
    ranking: Ranked,
    known: Mapping[str, Judged],
    *,
    judged: bool,
    as_of: datetime | None,
) -> Outcomes:
    """Only what the panel recommends may be proposed; a tie across the cut is decided by people.

    Tied dossiers that are not recommended leave the tie; if no more are left than there are places, nobody
    has to vote.
    """
    of = {row.dossier: _clear(row.standing, known[row.dossier].result, judged) for row in ranking.rows}
    tied = sorted(row.dossier for row in ranking.rows if row.standing == "undecided")
    left = [number for number in tied if known[number].result != "not_recommended"]
    of |= {number: "ranked" for number in tied if number not in left}
    notices = [_notice("tie_not_recommended", dossiers=[n for n in tied if n not in left])]
    if len(left) <= ranking.open_places:
        of |= {number: _clear("within", known[number].result, judged) for number in left}
        return Outcomes(of, None, tuple(notices) if len(left) < len(tied) else ())
    numbers = {known[number].public_id: number for number in left}
    matter = tie_rows.matter_of(session, round_, list(numbers), ranking.open_places, as_of=as_of)
    of |= {
        numbers[unit]: "proposed" if unit in matter.chosen else "tied" if unit in matter.left else "ranked"
        for unit in matter.standing
    }
    told = [*(notices if len(left) < len(tied) else ()), *_said(matter, numbers)]
    tie = {
        "contest": matter.contest,
        "standing": list(matter.standing),
        "places": matter.places,
        "state": matter.state,
        "records": [record["digest"] for record in matter.records],
        "reason": matter.reason,
    }
    return Outcomes(of, tie, tuple(told))


def _clear(standing: str, result: str | None, judged: bool) -> str:
    return "proposed" if standing == "within" and (not judged or result in PROPOSABLE) else "ranked"


def _said(matter: Matter, numbers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each ballot with its counts and its record's code, and whether the rest was sent up."""
    found = []
    for record in matter.records:
        votes = sorted((numbers[unit], str(number)) for unit, number in record["votes"].items())
        found.append(
            _notice(
                "tie_voted",
                ballot=str(record["ballot"]),
                dossiers=[number for number, _count in votes],
                votes=[count for _number, count in votes],
                voters=str(record["eligible"]),
                cast=str(record["cast"]),
                abstained=str(record["abstained"]),
                chosen=sorted(numbers[unit] for unit in record["chosen"]),
                digest=record["digest"],
            )
        )
    if matter.state == "referred":
        left = [numbers[unit] for unit in matter.left]
        found.append(_notice("tie_referred", dossiers=left, places=str(matter.places_left)))
    return found


def _notice(code: str, **params: object) -> dict[str, Any]:
    return {"code": code, "params": params}
