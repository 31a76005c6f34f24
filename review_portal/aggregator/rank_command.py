"""`python -m review_portal.aggregator rank`: the official ranking of a score file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from scoring_rubrics.rule import BELOW_THRESHOLD, FALLBACK, LEAST_REVIEWS, SHORTHANDS, Rule

from .commands import (
    Command,
    Output,
    add_file_options,
    add_group_places,
    add_groups,
    load,
    load_groups,
    quotas_of,
    refuse_no_places,
    refuse_places_without_groups,
)
from .exact import Index, decimals
from .explain import remarks
from .notices import AggregatorError, Notice
from .panels import PanelRanking, rank_panels
from .ranking import Ranking, rank_ratings
from .ranking_json import listing, whole
from .ratings import Ratings
from .stages import StageRatings, places_of
from .text_table import json_text

STAGE = "scores"  # a file is one stage
_METHODS = ("mean", "drop_high_low", "median", "severity", "z_score")
_NONE = "—"
_USUAL = Rule()


@dataclass(frozen=True, slots=True)
class Listing:
    """What was asked for: one common list, or one list for each group."""

    result: Ranking | PanelRanking

    @property
    def parts(self) -> tuple[tuple[str | None, Ranking], ...]:
        """The lists, with the name of their group."""
        if isinstance(self.result, Ranking):
            return ((None, self.result),)
        return tuple((panel.group, panel.ranking) for panel in self.result.panels)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `rank`."""
    add_file_options(parser)
    parser.add_argument(
        "--rule", choices=tuple(SHORTHANDS), default="severity", help="排序方法，默认severity"
    )
    parser.add_argument(
        "--fallback", choices=FALLBACK, help="评审互不连通而不能作评分校准时改用的方法；不给出则不排名"
    )
    parser.add_argument(
        "--min-reviews",
        type=int,
        default=_USUAL.min_reviews,
        metavar="N",
        help=f"每份材料有N份评分才去掉最高分和最低分，默认{_USUAL.min_reviews}，至少{LEAST_REVIEWS}",
    )
    parser.add_argument(
        "--below-threshold",
        choices=BELOW_THRESHOLD,
        default=_USUAL.below_threshold,
        help="有材料不足N份时全部取算术平均（默认）或不排名",
    )
    parser.add_argument("--quota", type=int, metavar="K", help="拟遴选数量")
    parser.add_argument(
        "--tie", action="append", metavar="C", default=[], help="并列时比较的指标，可重复，依次比较"
    )
    add_groups(parser)
    add_group_places(parser)
    parser.add_argument("--per-criterion", action="store_true", help="另按同一方法列出每项指标的得分和名次")


def run(options: argparse.Namespace) -> Output:
    """Rank a score file by one rule; the reasons why it cannot be are AggregatorErrors."""
    refuse_no_places(options.quota)
    if options.min_reviews < LEAST_REVIEWS:
        raise AggregatorError("--min-reviews应为不小于%(least)s的整数，请改正。", least=LEAST_REVIEWS)
    scores = load(options)
    groups = load_groups(options.groups, scores)
    for criterion in options.tie:
        if criterion not in scores.ratings.criteria:
            raise AggregatorError(
                "并列规则中的“%(criterion)s”不是评分文件中的指标，可选：%(all)s。",
                criterion=criterion, all="、".join(scores.ratings.criteria),
            )  # fmt: skip
    rule = replace(
        Rule.shorthand(options.rule, tuple(f"{STAGE}.{criterion}" for criterion in options.tie)),
        fallback=options.fallback or "none",
        min_reviews=options.min_reviews,
        below_threshold=options.below_threshold,
    )
    found = _ranked(scores.ratings, rule, options, groups, beside=True)
    criteria: dict[str, Listing] = {}
    if options.per_criterion:
        for criterion in scores.ratings.criteria:
            own = scores.ratings.of_criterion(criterion)
            if options.composite == "mean":
                own = own.averaged()
            criteria[criterion] = _ranked(own, replace(rule, tie_keys=()), options, groups, beside=False)
    if options.json:
        return Output(_json(found, criteria))
    return Output(_table(found, criteria), _remarks(found, options))


COMMAND = Command("rank", "按评审规则排名", add_options, run)


def _ranked(
    ratings: Ratings, rule: Rule, options: argparse.Namespace, groups: dict[str, str] | None, *, beside: bool
) -> Listing:
    stages = [StageRatings(STAGE, Decimal(1), ratings)]
    result: Ranking | PanelRanking
    if groups is None:
        refuse_places_without_groups(options.quota_per_group)
        quota = len(ratings.dossiers) if options.quota is None else options.quota
        result = rank_ratings(stages, rule, quota=quota, beside=beside)
    else:
        if options.quota is not None:
            raise AggregatorError("分组排名的名额按组计算，请用--quota-per-group代替--quota。")
        quotas = quotas_of(options.quota_per_group, len(ratings.dossiers), groups, ratings.dossiers)
        result = rank_panels(stages, rule, groups, quotas=quotas, beside=beside)
    _refuse_unasked_fallback(result, rule, options)
    return Listing(result)


def _refuse_unasked_fallback(result: Ranking | PanelRanking, rule: Rule, options: argparse.Namespace) -> None:
    """Another method than the one asked for decides only where somebody said which."""
    if options.fallback is not None or all(s.result.normalize == rule.normalize for s in result.stages):
        return
    said = {entry.code: entry.params for entry in result.notices}
    if "severity_group_not_connected" in said:
        raise AggregatorError(
            "%(groups)s组内的评审互不连通，不能作评分校准。请补做组内的交叉评审，或用--fallback指定改用的方法。",
            groups="、".join(said["severity_group_not_connected"]["groups"]),  # type: ignore[arg-type]
        )
    parts = int(str(said["severity_not_connected"]["parts"]))
    raise AggregatorError(
        "评审分为%(parts)s个互不连通的部分，不能作评分校准后共同排名。请至少补做%(reviews)s份交叉评审，"
        "或用--groups分组排名，或用--fallback指定改用的方法。",
        parts=parts, reviews=parts - 1,
    )  # fmt: skip


def _remarks(shown: Listing, options: argparse.Namespace) -> tuple[Notice, ...]:
    result = shown.result
    small = remarks(result) if isinstance(result, Ranking) and options.quota is not None else ()
    return (*result.notices, *small)


def _json(shown: Listing, criteria: dict[str, Listing]) -> Iterator[str]:
    single = {name: listing(own.result) for name, own in criteria.items()}
    return json_text({**whole(shown.result), **({"criteria": single} if single else {})}.items())


def _table(shown: Listing, criteria: dict[str, Listing]) -> str:
    """Tab separated: rank, dossier, score, standing, n, the five methods, then the criteria if asked for."""
    grouped = isinstance(shown.result, PanelRanking)
    titles = ["rank", "dossier", "score", "standing", "n", *_METHODS]
    titles += [f"{name}.{what}" for name in criteria for what in ("score", "rank")]
    lines = [[*(["group"] if grouped else []), *titles]]
    for at, (group, ranking) in enumerate(shown.parts):
        columns = _columns(ranking, [own.parts[at][1] for own in criteria.values()])
        first = [[group or _NONE] * len(columns[0])] if grouped else []
        lines += map(list, zip(*first, *columns, strict=True))
    rest = shown.result.absent if grouped else ()
    for group, entry in [
        *((group, entry) for group, ranking in shown.parts for entry in ranking.absent),
        *((None, entry) for entry in rest),
    ]:
        line = [_NONE, entry.dossier, _NONE, entry.code, *[_NONE] * (len(titles) - 4)]
        lines.append([*([group or _NONE] if grouped else []), *line])
    return "\n".join("\t".join(line) for line in lines)


def _columns(ranking: Ranking, criteria: Sequence[Ranking]) -> list[list[str]]:
    """One list of texts a column, in the order of the lines."""
    result = ranking.stages[0].result
    names = list(ranking.rank_of())
    at = places_of(result.dossiers, names)
    columns: list[list[str]] = [
        list(map(str, (ranking.position + 1).tolist())),
        names,
        _texts(ranking.final, ranking.order),
        [*ranking.standings()],
        list(map(str, result.n[at].tolist())),
    ]
    columns += [_texts(getattr(result, method), at) for method in _METHODS]
    for own in criteria:
        ranks, place = own.rank_of(), places_of(own.dossiers, names)
        columns += [_texts(own.final, place), [str(ranks[name]) for name in names]]
    return columns


def _texts(column: Index | None, at: Index) -> list[str]:
    return [_NONE] * at.size if column is None else list(map(str, decimals(column[at])))
