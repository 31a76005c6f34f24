"""What the frozen triggers say of a sheet, in words: now, and as it was when a case was opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from review_portal.domain.messages import Message, mark
from scoring_rubrics import Triggers

OWN = "own"  # a case that no trigger calls for
OF_EXPERT = ("severity", "noise")  # what stands out in all that an expert has scored
TRIGGER_NAMES: dict[str, Message] = {
    "deviation": mark("偏离均值"),
    "range": mark("极差"),
    "severity": mark("专家宽严"),
    "noise": mark("专家评分起伏"),
    "contradiction": mark("评分理由与得分矛盾"),
    OWN: mark("组长提请（未触发规则）"),
}


def figures(
    total: Decimal | None, mean: Decimal | None, spread: Decimal | None, triggers: Triggers
) -> dict[str, Any]:
    """The figures that a trigger's words are made of, as they are kept with a case."""
    return {
        "total": None if total is None else f"{total:.2f}",
        "mean": None if mean is None else f"{mean:.2f}",
        "range": None if spread is None else f"{spread:.2f}",
        "percent": str(triggers.deviation_percent),
        "limit": str(triggers.range_points),
    }


def reason(kind: str, code: str, found: Mapping[str, Any]) -> Message:
    """Why a sheet stands out (or, for `OWN`, what it looked like), with the figures in `found`."""
    if kind == "deviation":
        return mark(
            "%(code)s评分%(total)s，偏离均值%(mean)s超过%(percent)s%%。",
            code=code,
            total=found["total"],
            mean=found["mean"],
            percent=found["percent"],
        )
    if kind == "range":
        return mark("极差%(range)s分，超过%(limit)s分。", range=found["range"], limit=found["limit"])
    if kind in OF_EXPERT:
        return _of_expert(kind, code, found[kind])
    if kind == "contradiction":
        return _contradiction(code, found[kind])
    return mark(
        "组长提请（未触发规则）：%(code)s评分%(total)s，均值%(mean)s，极差%(range)s分。",
        code=code,
        total=found["total"],
        mean=found["mean"],
        range=found["range"],
    )


def _of_expert(kind: str, code: str, found: Mapping[str, str]) -> Message:
    shown = {**found, "code": code}
    if kind == "noise":
        return mark(
            "%(code)s的%(reviews)s份评分与推算值的出入约为平常的%(times)s倍，达到%(limit)s倍。", **shown
        )
    if not found["points"].startswith("-"):
        return mark("%(code)s的%(reviews)s份评分总体偏宽约%(points)s分，达到%(limit)s分。", **shown)
    shown["points"] = found["points"].removeprefix("-")
    return mark("%(code)s的%(reviews)s份评分总体偏严约%(points)s分，达到%(limit)s分。", **shown)


def _contradiction(code: str, found: Sequence[Mapping[str, str]]) -> Message:
    """The first item in full, how many there are in all."""
    first = {**found[0], "code": code}
    if first["level"]:
        said = mark(
            "%(code)s在%(item)s评%(points)s分（%(level)s），评分理由只有肯定的用语：%(words)s。", **first
        )
    else:
        said = mark("%(code)s在%(item)s评满分%(points)s分，评分理由却指出不足：%(words)s。", **first)
    return said if len(found) == 1 else mark("%(first)s共%(n)s项如此。", first=said, n=len(found))


def reasons(code: str, kept: Mapping[str, Any]) -> tuple[Message, ...]:
    """The words of a case: every trigger that fired on its sheet when it was opened."""
    return tuple(reason(kind, code, kept) for kind in kept["kinds"] or [OWN])


def names(kept: Mapping[str, Any]) -> str:
    """The triggers of a case by name, as a document prints them."""
    return "、".join(str(TRIGGER_NAMES[kind]) for kind in kept["kinds"] or [OWN])
