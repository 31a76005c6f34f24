"""Experts whose severity or noise stands out in a round, where its size and its design allow to say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from review_portal.domain.messages import Message, mark
from review_portal.domain.wording import sentence
from scoring_rubrics import Triggers

if TYPE_CHECKING:
    from review_portal.aggregator import Finding, Ratings


@dataclass(frozen=True, slots=True)
class ExpertFlags:
    """By code: kind and figures of what stands out; `unsaid`: what was not looked at, and why."""

    found: tuple[tuple[str, str, Mapping[str, str]], ...] = ()
    unsaid: tuple[Message, ...] = ()


def standing_out(ratings: Ratings, triggers: Triggers) -> ExpertFlags:
    """Who stands out by the triggers. Small rounds and panels that nothing connects are not judged."""
    if triggers.chance_percent is None or not ratings.sheet_dossier.size:
        return ExpertFlags()
    from review_portal.aggregator import AggregatorError, Reviews, find_anomalies, fit_mixed
    from review_portal.aggregator.anomalies import too_few

    few = too_few(ratings)
    if few is not None:
        return ExpertFlags(unsaid=(sentence(few),))
    try:
        fit = fit_mixed(Reviews.of(ratings))
        anomalies = find_anomalies(ratings, fit, level=float(triggers.chance_percent / 100))
    except AggregatorError as failed:
        why = mark(failed.msgid, **failed.params)
        return ExpertFlags(unsaid=(mark("未比较专家的宽严和起伏：%(why)s", why=why),))
    unsaid = [sentence(said) for said in anomalies.notices if said.code == "anomaly_few_reviews"]
    connected = _connected(ratings)
    if not connected and triggers.severity_points is not None:
        unsaid.append(mark("各组专家之间没有共同评审的材料，未比较专家的宽严。"))
    found = [
        (finding.experts[0], finding.kind, figures)
        for finding in anomalies.findings
        if (figures := _figures(finding, triggers, connected)) is not None
    ]
    return ExpertFlags(tuple(sorted(found, key=lambda one: one[:2])), tuple(unsaid))


def _connected(ratings: Ratings) -> bool:
    from review_portal.aggregator.connectivity import components

    size = (len(ratings.dossiers), len(ratings.experts))
    return components(ratings.sheet_dossier, ratings.sheet_expert, *size).connected


def _figures(finding: Finding, triggers: Triggers, connected: bool) -> Mapping[str, str] | None:
    """A finding's figures where it reaches the trigger of its kind."""
    if finding.kind == "severity" and connected and triggers.severity_points is not None:
        points = Decimal(f"{finding.figure:.1f}")
        if abs(points) >= triggers.severity_points:
            limit = f"{triggers.severity_points.normalize():f}"
            return {"reviews": str(finding.reviews), "points": str(points), "limit": limit}
    if finding.kind == "noise" and triggers.noise_times is not None and finding.figure > 1:
        times = Decimal(f"{finding.figure**0.5:.1f}")
        if times >= triggers.noise_times:
            limit = f"{triggers.noise_times.normalize():f}"
            return {"reviews": str(finding.reviews), "times": str(times), "limit": limit}
    return None
