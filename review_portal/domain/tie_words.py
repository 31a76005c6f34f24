"""What became of a tie across the cut, as sentences of a ranking: open votes, what was sent up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from review_portal.domain.messages import Message, mark

CODES: Final = frozenset({"tie_voted", "tie_referred", "tie_not_recommended"})


def sentence(code: str, params: Mapping[str, Any], names: Mapping[str, str]) -> Message:
    """The sentence of one notice; `names`: dossier number -> what people call the unit."""
    if code == "tie_not_recommended":
        return mark(
            "%(dossiers)s并列，专家组结论为不推荐，不参加并列表决。",
            dossiers=_named(params["dossiers"], names),
        )
    if code == "tie_referred":
        return mark(
            "%(dossiers)s并列，余%(places)s个名额，专家组未作出表决结果，并列提请审定。",
            dossiers=_named(params["dossiers"], names),
            places=params["places"],
        )
    counts = "、".join(
        f"{names.get(unit, unit)}（{number}）"
        for unit, number in zip(params["dossiers"], params["votes"], strict=True)
    )
    return mark(
        "并列第%(ballot)s次表决（记名）：有表决权%(voters)s人，参加%(cast)s人，其中弃权%(abstained)s人；"
        "得票：%(counts)s；表决列入：%(chosen)s。表决记录校验码%(digest)s。",
        ballot=params["ballot"],
        voters=params["voters"],
        cast=params["cast"],
        abstained=params["abstained"],
        counts=counts,
        chosen=_named(params["chosen"], names) or "—",
        digest=params["digest"][:16],
    )


def _named(units: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(unit, unit) for unit in units)
