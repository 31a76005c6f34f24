"""`python -m review_portal.aggregator fit`: calibrated scores, how sure they are, what spreads them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from review_portal.domain.wording import REFERENCE_ONLY
from review_portal.exports.plain_text import MISSING

from .calibrated_columns import Columns, best_first, dossier_columns, expert_columns, group_columns
from .commands import (
    LARGE,
    Command,
    Output,
    Target,
    add_groups,
    add_json,
    add_score_file,
    counted,
    load_groups,
    load_measured,
    panels_of,
    targets,
)
from .exact import Index
from .least_squares import LeastSquares, least_squares
from .mixed_equations import Real
from .mixed_model import MixedFit, Reviews, fit_mixed
from .notices import AggregatorError, Notice, notice
from .text_table import SHOWN_ROWS, Rows, aligned, figures, finite, json_text, percents
from .uncertainty import OpenPairs, RankUncertainty, open_pairs_of_few, rank_uncertainty

LEVEL = 0.9
_STEPS = 3  # of one fit: variances, spread and ranks, fixed effects


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """One fit with what was asked for beside it. groups: names of the groups that have an effect. top: places
    that chances are about, None if nobody asked. ranks: None if the dossiers do not differ. pairs: those that
    cannot be told apart; None as well where there are too many dossiers to compare. fixed: the
    dossiers and experts as fixed effects; trusted: the same with reviews weighted by their confidence.
    """

    target: Target
    fit: MixedFit
    groups: tuple[str, ...]
    top: int | None
    ranks: RankUncertainty | None
    pairs: OpenPairs | None
    fixed: LeastSquares | None
    trusted: LeastSquares | None
    expert_noise: bool


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `fit`."""
    add_score_file(parser)
    parser.add_argument("--engine", choices=("exact", "iterative"), help="求解方法；不给出则按规模选择")
    parser.add_argument("--top", type=int, metavar="K", help="另列进入前K名的可能性")
    add_groups(parser)
    parser.add_argument(
        "--no-group-effect", action="store_true", help="有组别时也不设组间差异，各组材料视为同一来源"
    )
    parser.add_argument("--expert-noise", action="store_true", help="每名专家的偶然波动各不相同")
    parser.add_argument("--seed", type=int, default=0, help="随机数种子，默认0；相同种子得相同结果")
    parser.add_argument("--fixed", action="store_true", help="另列固定效应（最小二乘）的得分和宽严度")
    add_json(parser)


def run(options: argparse.Namespace) -> Output:
    """Fit the totals and every criterion; a criterion that cannot be fitted is said in a remark."""
    if options.top is not None and options.top < 1:
        raise AggregatorError("--top应为不小于1的整数，请改正。")
    scores = load_measured(options, confidence=True)
    if scores.confidence is not None and not options.fixed:
        raise AggregatorError("confidence列只用于固定效应，请加--fixed，或去掉这一列。")
    group_of = None if options.no_group_effect else load_groups(options.groups, scores)
    panels = None if group_of is None else panels_of(scores, group_of)
    wanted = targets(scores, options.composite)
    fitted: list[Fitted] = []
    missing: list[Notice] = []
    large = wanted[0].ratings.sheet_dossier.size >= LARGE
    with counted("拟合评分校准模型", _STEPS * len(wanted), large=large) as step:
        for target in wanted:
            try:
                fitted.append(_fitted(target, options, panels, scores.confidence, step))
            except AggregatorError as error:
                if target.criterion is None:
                    raise
                missing.append(notice("criterion_not_fitted", key=target.criterion, reason=str(error)))
    remarks = (*wanted[0].ratings.notices, *fitted[0].fit.notices, *missing)
    if options.json:
        return Output(json_text(_entries(fitted, remarks)))
    return Output(_tables(fitted), remarks)


COMMAND = Command("fit", "评分校准：方差分量、校准得分、名次范围和入选可能性", add_options, run)


def _fitted(
    target: Target,
    options: argparse.Namespace,
    panels: tuple[tuple[str, ...], Index] | None,
    confidence: Real | None,
    step: Callable[[], None],
) -> Fitted:
    groups, member = panels or ((), None)
    reviews = Reviews.of(target.ratings, member, per_point=target.per_point)
    fit = fit_mixed(reviews, engine=options.engine, expert_noise=options.expert_noise, seed=options.seed)
    step()
    ranks, pairs = None, None
    if fit.variances.dossier + fit.variances.group > 0.0:
        ranks = rank_uncertainty(fit, top=options.top or 1, level=LEVEL, seed=options.seed)
        pairs = open_pairs_of_few(fit, level=LEVEL)
    step()
    fixed = least_squares(target.ratings, per_point=target.per_point) if options.fixed else None
    trusted = None
    if confidence is not None:
        trusted = least_squares(target.ratings, per_point=target.per_point, confidence=confidence)
    step()
    return Fitted(target, fit, groups, options.top, ranks, pairs, fixed, trusted, options.expert_noise)


def _entries(fitted: Sequence[Fitted], remarks: Sequence[Notice]) -> Iterator[tuple[str, object]]:
    """Everything by the names under which references print it."""
    for one in fitted:
        found = {
            **_figures(one),
            "dossiers": _dossiers(one),
            "experts": _experts(one),
            "pairs_not_told_apart": _pairs(one),
        }
        if one.groups:
            found["groups"] = Rows(one.groups, group_columns(one.fit))
        yield from ((one.target.prefix + key, value) for key, value in found.items())
    yield "notices", [entry.canonical() for entry in remarks]


def _figures(one: Fitted) -> dict[str, object]:
    fit, seen = one.fit, one.fit.reviews
    parts = seen.parts
    found: dict[str, object] = {
        "var_dossier": fit.variances.dossier,
        "var_expert": fit.variances.expert,
        "var_residual": fit.variances.residual,
        "se_var_dossier": finite(fit.se_variances.dossier),
        "se_var_expert": finite(fit.se_variances.expert),
        "se_var_residual": finite(fit.se_variances.residual),
        "mu": fit.mu,
        "se_mu": fit.se_mu,
        "reml_criterion": fit.reml_criterion,
        "n_obs": int(seen.points.size),
        "n_dossiers": int((parts.dossier >= 0).sum()),
        "n_experts": int((parts.expert >= 0).sum()),
        "n_connected_components": parts.count,
        "engine": fit.engine,
        "rank_level": LEVEL,
        "k": one.top,
        "rank_draws": one.ranks.draws if one.ranks is not None else None,
    }
    if one.groups:
        found |= {
            "var_group": fit.variances.group,
            "se_var_group": finite(fit.se_variances.group),
            "n_groups": len(one.groups),
        }
    if one.fixed is not None:
        found["fixed_ls_sigma"] = finite(one.fixed.sigma)
    if one.trusted is not None:
        found["confidence_weighted_fixed_ls_sigma"] = finite(one.trusted.sigma)
    return found


def _dossiers(one: Fitted) -> Rows:
    columns = dossier_columns(one.fit, one.ranks, chances=one.top is not None)
    fixed = {"adjusted": one.fixed.adjusted} if one.fixed is not None else {}
    if one.trusted is not None:
        fixed["confidence_weighted_adjusted"] = one.trusted.adjusted
    group = {"group": _group_names(one)} if one.groups else {}
    return Rows(one.target.ratings.dossiers, {**group, **columns, **fixed})


def _pairs(one: Fitted) -> list[dict[str, object]] | None:
    if one.pairs is None:
        return None
    names, pairs = one.target.ratings.dossiers, one.pairs
    columns = (pairs.first.tolist(), pairs.second.tolist(), pairs.chance.tolist())
    return [
        {"higher": names[first], "lower": names[second], "chance": chance}
        for first, second, chance in zip(*columns, strict=True)
    ]


def _group_names(one: Fitted) -> list[str]:
    member = one.fit.reviews.group
    return [] if member is None else list(map(one.groups.__getitem__, member.tolist()))


def _experts(one: Fitted) -> Rows:
    fixed = {"severity": one.fixed.severity} if one.fixed is not None else {}
    if one.trusted is not None:
        fixed["confidence_weighted_severity"] = one.trusted.severity
    noise = {"noise": one.fit.noise} if one.expert_noise else {}
    return Rows(one.target.ratings.experts, {**expert_columns(one.fit), **noise, **fixed})


def _tables(fitted: Sequence[Fitted]) -> str:
    """For people: where the spread is from, for the totals and every criterion; then dossiers, experts."""
    whole = fitted[0]
    places = max(2, 2 - math.floor(math.log10(math.sqrt(whole.fit.variances.residual))))
    return "\n\n".join(
        [
            f"评分校准（{REFERENCE_ONLY}）",
            *(_variance_table(one, places) for one in fitted),
            *([_group_table(whole, places)] if whole.groups else []),
            _dossier_table(whole, places),
            _expert_table(whole, places),
        ]
    )


def _variance_table(one: Fitted, places: int) -> str:
    fit = one.fit
    shown = [0, 1, 2, 3] if one.groups else [0, 1, 3]
    variances, errors = (np.array(astuple(part))[shown] for part in (fit.variances, fit.se_variances))
    name = "总分" if one.target.criterion is None else f"指标“{one.target.criterion}”"
    criterion = MISSING if fit.reml_criterion is None else f"{fit.reml_criterion:.4f}"
    seen = fit.reviews
    return "\n".join(
        [
            f"{name}：评分{seen.points.size}份，总均值{fit.mu:.{places}f}（标准误{fit.se_mu:.{places}f}），"
            f"REML准则{criterion}",
            aligned(
                ("评分差异来自", "方差", "标准误", "标准差", "占比"),
                [
                    [("材料质量", "专家宽严度", "组间差异", "偶然波动")[at] for at in shown],
                    figures(variances, places + 1),
                    figures(errors, places + 1),
                    figures(np.sqrt(variances), places),
                    percents(variances / variances.sum()),
                ],
            ),
        ]
    )


def _dossier_table(one: Fitted, places: int) -> str:
    """Best first by the calibrated score; the first column only counts the lines."""
    rows = _dossiers(one)
    order, left_out = _shown(one.fit.calibrated)
    column = _in_order(rows, order)
    heads = ["材料", "评分份数", "校准得分", "校准量", "标准差", "名次范围（90%）", "平均名次"]
    columns = [
        [rows.names[at] for at in order.tolist()],
        list(map(str, column["n_reviews"].tolist())),
        figures(column["calibrated"], places),
        figures(column["blup"], places),
        figures(column["calibrated_sd"], places),
        _ranges(column["rank_p05"], column["rank_p95"]),
        figures(column["mean_rank"], 1),
    ]
    if one.pairs is not None:
        heads.append("先后难定")
        columns.append(figures(one.pairs.of_dossier[order], 0))
    if one.top is not None:
        heads.append(f"进入前{one.top}名的可能性")
        columns.append(
            [MISSING if value != value else f"{value:.1%}" for value in column["p_top_k"].tolist()]
        )
    if one.fixed is not None:
        heads.append("固定效应得分")
        columns.append(figures(column["adjusted"], places))
    if one.trusted is not None:
        heads.append("按信心加权")
        columns.append(figures(column["confidence_weighted_adjusted"], places))
    words = {0}
    if one.groups:
        names, words = _group_names(one), {0, 1}
        heads.insert(1, "组别")
        columns.insert(1, [names[at] for at in order.tolist()])
    title = f"材料，按校准得分排列（{REFERENCE_ONLY}）\n"
    return title + aligned(heads, columns, words=words, left_out=left_out)


def _group_table(one: Fitted, places: int) -> str:
    """Groups from the best on, and what their dossiers have in common."""
    found = group_columns(one.fit)
    order, left_out = _shown(found["blup"])
    column = {key: values[order] for key, values in found.items()}
    columns = [
        [one.groups[at] for at in order.tolist()],
        list(map(str, column["n_dossiers"].tolist())),
        list(map(str, column["n_reviews"].tolist())),
        figures(column["blup"], places),
        figures(column["post_sd"], places),
    ]
    heads = ("组别", "材料份数", "评分份数", "组间差异", "标准差")
    return "组别，差异为正的平均水平较高\n" + aligned(heads, columns, left_out=left_out)


def _expert_table(one: Fitted, places: int) -> str:
    """Most generous first."""
    rows = _experts(one)
    order, left_out = _shown(one.fit.expert_effect)
    column = _in_order(rows, order)
    heads = ["专家", "评分份数", "宽严度", "标准差"]
    columns = [
        [rows.names[at] for at in order.tolist()],
        list(map(str, column["n_reviews"].tolist())),
        figures(column["blup"], places),
        figures(column["post_sd"], places),
    ]
    if one.expert_noise:
        heads.append("波动倍数")
        columns.append(figures(column["noise"], 2))
    if one.fixed is not None:
        heads.append("固定效应宽严度")
        columns.append(figures(column["severity"], places))
    if one.trusted is not None:
        heads.append("按信心加权")
        columns.append(figures(column["confidence_weighted_severity"], places))
    return "专家宽严度，正数为偏宽\n" + aligned(heads, columns, left_out=left_out)


def _in_order(rows: Rows, order: Index) -> Columns:
    return {key: values[order] for key, values in rows.columns.items() if not isinstance(values, list)}


def _shown(values: Real) -> tuple[Index, int]:
    """The places of the best ones, as many as anybody reads in a terminal, and how many more there are."""
    return best_first(values)[:SHOWN_ROWS], max(values.size - SHOWN_ROWS, 0)


def _ranges(low: Real, high: Real) -> list[str]:
    """Whole ranks that hold the range."""
    return [
        MISSING if first != first else f"{math.floor(first)}–{math.ceil(last)}"
        for first, last in zip(low.tolist(), high.tolist(), strict=True)
    ]
