"""`python -m review_portal.aggregator report`: the statistician's workbook of one score file."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from review_portal.config import VERSION
from review_portal.domain.canonical import dumps
from review_portal.exports.statistics_report import Calibrated, Grouped, StatisticsReport
from scoring_rubrics.rule import SHORTHANDS, Rule

from .agreement import Agreement, agreement
from .anomalies import find_anomalies
from .changed_weights import Maxima
from .commands import (
    Command,
    Output,
    add_group_places,
    add_groups,
    add_score_file,
    counted,
    load_groups,
    load_scores,
    panels_of,
    progress_bar,
    quotas_of,
    refuse_no_places,
    refuse_places_without_groups,
)
from .comparison import Comparison, compare_rules
from .connectivity import connectivity
from .exact import Index
from .explain import remarks
from .generalizability import Generalizability
from .mixed_model import MixedFit, Reviews, fit_mixed
from .notices import AggregatorError, Notice, notice
from .panels import PanelRanking, rank_panels
from .posterior import Part, Posterior
from .ranking import Ranking
from .ratings import Ratings
from .reading import ScoreFile, read_maxima
from .stability import Stability, list_stability
from .stages import StageRatings, places_of
from .uncertainty import DRAWN_DOSSIERS, RankUncertainty, expected_overlap, rank_uncertainty

STAGE = "scores"  # a file is one stage
MOST_DOSSIERS = 100_000  # that a sheet lists
STDOUT = "-"
_STEPS = 6
_SHOWN_ANYWAY = {"few_dossiers", "few_reviews"}  # a first screen leaves out what a statistician is shown
Found = TypeVar("Found")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `report`."""
    add_score_file(parser)
    parser.add_argument("--xlsx", required=True, metavar="OUT.xlsx", help="要写入的工作簿；-为标准输出")
    parser.add_argument("--rule", choices=tuple(SHORTHANDS), default="mean", help="排序算法，默认mean")
    parser.add_argument(
        "--quota", type=int, metavar="K", help="拟遴选数量；不给出则不列入选可能性和名单稳定性"
    )
    parser.add_argument(
        "--maxima",
        type=Path,
        metavar="M.csv",
        help="表头为criterion,maximum的CSV，给出每项指标的满分，另分析指标和权重对名单的影响",
    )
    add_groups(parser)
    add_group_places(parser)
    parser.add_argument("--seed", type=int, default=0, help="随机数种子，默认0；相同种子得相同结果")


def run(options: argparse.Namespace) -> Output:
    """Everything about one file as a workbook; what cannot be computed is left out and said."""
    _refuse_unwritable(options.xlsx)
    refuse_no_places(options.quota)
    report = report_of(options, datetime.now(UTC))
    from review_portal.exports import statistics_workbook  # only here: it loads the writer of workbooks

    with progress_bar("写入工作簿"):
        content = statistics_workbook.write(report)
    if options.xlsx == STDOUT:
        return Output(content, report.notices)
    try:
        Path(options.xlsx).write_bytes(content)
    except OSError as error:
        raise _unwritable(options.xlsx, error.strerror or "") from error
    return Output(f"已写入{Path(options.xlsx).name}。", report.notices)


COMMAND = Command(
    "report", "统计工作簿：名次、评分校准、方差分量、一致性、连通、提请关注、稳定性", add_options, run
)


def report_of(options: argparse.Namespace, made_at: datetime) -> StatisticsReport:
    """The report of the file and the options; `made_at` is printed and becomes the workbook's date."""
    scores = load_scores(options)
    maxima = _maxima(options, scores.ratings)
    ratings, group_of = scores.ratings, load_groups(options.groups, scores)
    if len(ratings.dossiers) > MOST_DOSSIERS:
        raise AggregatorError(
            "材料%(dossiers)s份，超过工作簿可列的%(limit)s份，请改用fit、agreement、connectivity的--json输出。",
            dossiers=len(ratings.dossiers), limit=MOST_DOSSIERS,
        )  # fmt: skip
    notices: list[Notice] = []
    with counted("计算统计结果", _STEPS) as step:
        comparison = _compared(ratings, options, notices)
        panels = _panels(scores, group_of, comparison.ranking.rule, options, notices)
        step()
        joined = connectivity(
            ratings.sheet_dossier, ratings.sheet_expert, len(ratings.dossiers), len(ratings.experts)
        )
        step()
        calibrated = _calibrated(ratings, None if panels is None else panels[2], options, notices)
        notices += _overlap(comparison.ranking, calibrated, options)
        notices += [entry for entry in joined.notices(*_spreads(calibrated)) if entry not in notices]
        step()
        agreements = _agreements(ratings, options, calibrated, notices)
        step()
        anomalies = None if calibrated is None else find_anomalies(ratings, calibrated.fit, seed=options.seed)
        notices += () if anomalies is None else anomalies.notices
        step()
        stability = _stability(ratings, options.quota, maxima, comparison, notices)
        step()
    return StatisticsReport(
        file=options.file.name,
        file_digest=_file_digest(options.file),
        rule=options.rule,
        rule_digest=hashlib.sha256(dumps(comparison.ranking.rule.canonical())).hexdigest(),
        quota=options.quota,
        ratings=ratings,
        comparison=comparison,
        grouped=None if panels is None else _grouped(panels[0], panels[1], calibrated, options),
        calibrated=calibrated,
        agreements=agreements,
        connectivity=joined,
        anomalies=anomalies,
        stability=stability,
        notices=tuple(notices),
        options=_chosen(options, comparison.ranking.rule),
        made_at=made_at,
        software_version=VERSION,
    )


def _stages(ratings: Ratings) -> list[StageRatings]:
    return [StageRatings(STAGE, Decimal(1), ratings)]


def _compared(ratings: Ratings, options: argparse.Namespace, notices: list[Notice]) -> Comparison:
    rule = Rule.shorthand(options.rule)
    quota = len(ratings.dossiers) if options.quota is None else options.quota
    found = compare_rules(_stages(ratings), rule, quota=quota)
    if any(stage.result.normalize != rule.normalize for stage in found.ranking.stages):
        raise AggregatorError("评审互不连通，不能按评分校准后的得分排名，请用--rule改用其他算法。")
    notices += found.ranking.notices
    if options.quota is not None:
        notices += [entry for entry in remarks(found.ranking) if entry.code not in _SHOWN_ANYWAY]
    about = [entry for other in found.others for entry in other.notices]
    notices += [entry for entry in about if options.quota is not None or entry.code == "rule_not_applicable"]
    return found


def _maxima(options: argparse.Namespace, ratings: Ratings) -> Maxima | None:
    """Of every criterion, if they are given. Items that are averaged have them in the same proportion."""
    if options.maxima is None:
        return None
    found = read_maxima(options.maxima)
    if found.keys() != set(ratings.criteria):
        raise AggregatorError(
            "%(file)s应给出每项指标的满分，不多不少：%(all)s。",
            file=options.maxima.name, all="、".join(ratings.criteria),
        )  # fmt: skip
    return {STAGE: found}


def _stability(
    ratings: Ratings,
    quota: int | None,
    maxima: Maxima | None,
    comparison: Comparison,
    notices: list[Notice],
) -> Stability | None:
    if quota is None:
        notices.append(notice("quota_missing"))
        return None
    if maxima is None and len(ratings.criteria) > 1:
        notices.append(notice("maxima_missing"))
    rule = comparison.ranking.rule
    return _or_said(
        lambda: list_stability(_stages(ratings), rule, quota=quota, maxima=maxima, comparison=comparison),
        lambda reason: notice("stability_missing", reason=reason),
        notices,
    )


def _calibrated(
    ratings: Ratings, member: Index | None, options: argparse.Namespace, notices: list[Notice]
) -> Calibrated | None:
    fit = _or_said(
        lambda: fit_mixed(Reviews.of(ratings, member), seed=options.seed),
        lambda reason: notice("calibration_missing", reason=reason),
        notices,
    )
    if fit is None:
        return None
    notices += fit.notices
    criteria: list[tuple[str, MixedFit]] = []
    for name in ratings.criteria if len(ratings.criteria) > 1 else ():
        own = ratings.of_criterion(name)
        reviews = Reviews.of(own.averaged() if options.composite == "mean" else own, member)
        try:
            criteria.append((name, fit_mixed(reviews, seed=options.seed)))
        except AggregatorError as error:
            notices.append(notice("criterion_not_fitted", key=name, reason=str(error)))
    ranks = None
    if fit.variances.dossier + fit.variances.group > 0.0:
        ranks = rank_uncertainty(fit, top=options.quota or 1, seed=options.seed)
    return Calibrated(fit, tuple(criteria), ranks)


def _panels(
    scores: ScoreFile,
    group_of: Mapping[str, str] | None,
    rule: Rule,
    options: argparse.Namespace,
    notices: list[Notice],
) -> tuple[PanelRanking, tuple[str, ...], Index] | None:
    """The ranking within each group, the groups' names and every dossier's place among them."""
    if group_of is None:
        refuse_places_without_groups(options.quota_per_group)
        return None
    ratings = scores.ratings
    quotas = quotas_of(options.quota_per_group, len(ratings.dossiers), group_of, ratings.dossiers)
    ranking = rank_panels(_stages(ratings), rule, group_of, quotas=quotas)
    notices += [entry for entry in ranking.notices if entry not in notices]
    return ranking, *panels_of(scores, group_of)


def _grouped(
    ranking: PanelRanking, names: tuple[str, ...], calibrated: Calibrated | None, options: argparse.Namespace
) -> Grouped:
    """The groups' rankings with how sure their ranks are, where a group's can be drawn jointly."""
    ranks: list[RankUncertainty | None] = []
    for panel in ranking.panels:
        own: RankUncertainty | None = None
        if calibrated is not None and calibrated.fit.variances.dossier > 0.0:
            result = panel.ranking.stages[0].result
            places = places_of(result.ratings.dossiers, panel.ranking.dossiers)
            posterior = Posterior((Part(1.0, calibrated.fit, places),))
            if posterior.exact and places.size <= DRAWN_DOSSIERS:
                own = rank_uncertainty(posterior, top=max(panel.ranking.quota, 1), seed=options.seed)
        ranks.append(own)
    return Grouped(ranking, names, tuple(ranks), bool(options.quota_per_group))


def _overlap(
    ranking: Ranking, calibrated: Calibrated | None, options: argparse.Namespace
) -> tuple[Notice, ...]:
    """How much of a settled list other experts would be expected to select again."""
    if options.quota is None or calibrated is None or calibrated.ranks is None:
        return ()
    if not ranking.within or ranking.undecided:
        return ()
    places = places_of(ranking.stages[0].result.ratings.dossiers, ranking.within)
    kept = expected_overlap(calibrated.fit, places.tolist(), seed=options.seed)
    return (notice("overlap_expected", quota=len(ranking.within), kept=round(kept)),)


def _agreements(
    ratings: Ratings, options: argparse.Namespace, calibrated: Calibrated | None, notices: list[Notice]
) -> tuple[Agreement, ...]:
    """Of the totals, and of every criterion if there are several."""
    fits = {} if calibrated is None else dict(calibrated.criteria)
    whole = agreement(ratings, generalizability=_parts(calibrated.fit if calibrated else None))
    notices += [entry for entry in whole.notices if entry not in notices]
    found = [whole]
    for name in ratings.criteria if len(ratings.criteria) > 1 else ():
        items = int((ratings.item_criterion == ratings.criteria.index(name)).sum())
        unit = 100.0 * (items if options.composite == "mean" else 1)
        found.append(agreement(ratings, name, generalizability=_parts(fits.get(name)), per_point=unit))
    return tuple(found)


def _parts(fit: MixedFit | None) -> Generalizability | None:
    if fit is None:
        return None
    return Generalizability(
        fit.variances.dossier + fit.variances.group, fit.variances.expert, fit.variances.residual
    )


def _spreads(calibrated: Calibrated | None) -> tuple[float | None, float | None]:
    """Standard deviations of dossiers and chance, by which a link between panels is judged."""
    if calibrated is None:
        return None, None
    parts = calibrated.fit.variances
    return (parts.dossier + parts.group) ** 0.5, calibrated.fit.variances.residual**0.5


def _or_said(
    compute: Callable[[], Found], said: Callable[[str], Notice], notices: list[Notice]
) -> Found | None:
    """What can be computed; else the reason becomes a notice."""
    try:
        return compute()
    except AggregatorError as error:
        notices.append(said(str(error)))
        return None


def _chosen(options: argparse.Namespace, rule: Rule) -> tuple[tuple[str, str], ...]:
    return (
        ("排序算法的参数", "；".join(f"{key}={value}" for key, value in rule.canonical().items() if value)),
        ("总分", "各项的平均" if options.composite == "mean" else "各项之和"),
        ("随机数种子", str(options.seed)),
    )


def _file_digest(path: Path) -> str:
    """SHA-256 of a file; of a pipe, which has been read already, none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _refuse_unwritable(name: str) -> None:
    """Before anything is computed: a folder in place of a file, or no such folder."""
    if name == STDOUT:
        return
    path = Path(name)
    if path.is_dir():
        raise AggregatorError(
            "%(file)s是文件夹，请给出要写入的文件名，如%(file)s/统计.xlsx。", file=path.name
        )
    if not path.parent.is_dir():
        raise AggregatorError("文件夹%(folder)s不存在，请先建立或改正路径。", folder=str(path.parent))


def _unwritable(name: str, reason: str) -> AggregatorError:
    return AggregatorError(
        "不能写入%(file)s（%(reason)s），请关闭正在使用它的程序，或换一个位置。",
        file=Path(name).name, reason=reason,
    )  # fmt: skip
