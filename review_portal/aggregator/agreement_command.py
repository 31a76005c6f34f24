"""`python -m review_portal.aggregator agreement`: how far the experts agree, by every coefficient that the
design allows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

from review_portal.exports.plain_text import MISSING
from review_portal.exports.statistics_words import AGREEMENT, limits_text, meaning, value_text

from .agreement import Agreement, agreement
from .commands import (
    LARGE,
    Command,
    Output,
    Target,
    add_json,
    add_score_file,
    counted,
    load_measured,
    targets,
)
from .generalizability import Generalizability
from .mixed_model import Reviews, fit_mixed
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings
from .text_table import aligned, json_text


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `agreement`."""
    add_score_file(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> Output:
    """Agreement on the totals and on every criterion."""
    scores = load_measured(options)
    wanted = targets(scores, options.composite)
    found: list[Agreement] = []
    notices: list[Notice] = [*scores.ratings.notices]
    large = scores.ratings.sheet_dossier.size >= LARGE
    with counted("计算评分一致性", len(wanted), large=large) as step:
        for target in wanted:
            one, missing = _agreement_of(scores.ratings, target)
            found.append(one)
            notices += [*one.notices, *missing] if target.criterion is None else []
            step()
    if options.json:
        return Output(json_text(_entries(wanted, found, notices)))
    return Output("\n\n".join(_table(one) for one in found), tuple(notices))


COMMAND = Command("agreement", "评分一致性：组内相关、概化、克里彭多夫α、肯德尔W等系数", add_options, run)


def _agreement_of(ratings: Ratings, target: Target) -> tuple[Agreement, tuple[Notice, ...]]:
    """Agreement with generalizability from a fit of the same points, or the reason why there is none."""
    parts: Generalizability | None = None
    missing: tuple[Notice, ...] = ()
    try:
        variances = fit_mixed(Reviews.of(target.ratings, per_point=target.per_point)).variances
        parts = Generalizability(variances.dossier, variances.expert, variances.residual)
    except AggregatorError as error:
        missing = (notice("variance_components_missing", reason=str(error)),)
    found = agreement(ratings, target.criterion, generalizability=parts, per_point=target.per_point)
    return found, missing


def _entries(
    wanted: Sequence[Target], found: Sequence[Agreement], notices: Sequence[Notice]
) -> Iterator[tuple[str, object]]:
    """Everything by the names under which references print it."""
    for target, one in zip(wanted, found, strict=True):
        figures: dict[str, object] = {
            **one.figures(),
            "n_dossiers": one.dossiers,
            "n_experts": one.experts,
            "n_reviews": one.reviews,
            "complete": one.complete,
            "reviews_per_dossier": one.reviews_per_dossier,
        }
        yield from ((target.prefix + key, value) for key, value in figures.items())
    yield "notices", [entry.canonical() for entry in notices]


def _table(one: Agreement) -> str:
    """For people: coefficients with their limits and what they mean."""
    name = "总分" if one.criterion is None else f"指标“{one.criterion}”"
    design = "每名专家都评审了每份材料" if one.complete else "并非每名专家都评审了每份材料"
    figures = one.figures()
    shown = [key for key in AGREEMENT if key in figures]
    lines = [
        f"{name}：材料{one.dossiers}份，专家{one.experts}名，评分{one.reviews}份；{design}",
        aligned(
            ("系数", "数值", "95%区间", "检验的p值", "含义"),
            [
                [AGREEMENT[key] for key in shown],
                [value_text(figures, key) for key in shown],
                [limits_text(figures, key) for key in shown],
                [_test(figures, key) for key in shown],
                [meaning(key) for key in shown],
            ],
            words={0, 4},
        ),
    ]
    return "\n".join(lines)


def _test(figures: Mapping[str, float], key: str) -> str:
    p = figures.get("kendall_p" if key == "kendall_W_tie_corrected" else f"{key}_p")
    return MISSING if p is None else f"{p:.2g}"
