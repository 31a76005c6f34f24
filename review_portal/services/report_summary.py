"""评分汇总表 of one round as data: with a frozen ranking what stood then, else what stands now."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from review_portal.exports.figures import Unit
from review_portal.exports.summary_sheet import SummarySheet
from review_portal.models.calls import Call, Round
from review_portal.models.rankings import Ranking
from review_portal.services import points, version_words
from review_portal.services.ranking_body import kind_of
from review_portal.services.ranking_words import effects
from review_portal.services.report_figures import call_head, round_scores
from review_portal.services.report_ranking import remarks_of_rounds
from review_portal.services.standings import standings
from scoring_rubrics import Call as Rules


def sheet_of(session: Session, row: Round, call: Call, rules: Rules, frozen: Ranking | None) -> SummarySheet:
    """The sheet of a finished round; `frozen` is the ranking that it led to, None before there is one."""
    from review_portal.aggregator import score_round

    as_of = frozen.frozen_at if frozen else None
    ratings = points.ratings_of(session, row, rules, as_of=as_of)
    triggers = rules.triggers
    result = score_round(
        ratings,
        rules.rule,
        deviation_percent=triggers.deviation_percent,
        range_points=triggers.range_points,
    )
    units = {
        number: Unit(number, item.unit, item.members, item.recommender)
        for number, item in standings(session, call, as_of=as_of).items()
    }
    assert row.finished_at is not None  # a finished round has its time
    canonical = result.canonical()
    ranks, ranked_by = _ranks(row, canonical, frozen)
    code, label, said = _list_of(session, row, rules, ratings.digest(), frozen)
    return SummarySheet(
        call=call_head(rules),
        scores=round_scores(session, row, rules, canonical, units, as_of),
        rule_label=rules.rule.label,
        made_at=row.finished_at,
        check_code=code,
        check_label=label,
        opening_code=row.frozen_digest or "",
        ranks=ranks,
        ranked_by=ranked_by,
        remarks=(*said, *remarks_of_rounds(session, [row], rules, as_of)),
    )


def _ranks(row: Round, result: Mapping[str, Any], frozen: Ranking | None) -> tuple[dict[str, int], str]:
    """Places by number and by what: those of the frozen list of this round alone, else by its scores."""
    if frozen is not None and [stage["key"] for stage in frozen.body["stages"]] == [row.stage]:
        name = "入围名单" if frozen.kind == "shortlist" else "排名"
        places = {line["number"]: line["rank"] for line in frozen.body["rows"]}
        return places, f"排名为冻结的{name}中的名次，同分的已按并列规则比较。"
    scores = {line["dossier"]: Decimal(line["score"]) for line in result["rows"]}
    places = {number: 1 + sum(other > score for other in scores.values()) for number, score in scores.items()}
    return places, "排名按本轮得分由高到低，同分同名次；入选名次以冻结的名单为准。"


def _list_of(
    session: Session, row: Round, rules: Rules, scores: str, frozen: Ranking | None
) -> tuple[str, str, tuple[str, ...]]:
    """Check code, what it is of, and what reconciliation did to the list that the round led to."""
    name = "排名" if kind_of(session, row) == "final" else "入围名单"
    if frozen is not None and frozen.version > 1:  # the scores on this sheet are those of that version
        lines = tuple(str(line) for line in version_words.lines(frozen.body, rules))
        return frozen.digest, f"第{frozen.version}版排名校验码", lines
    if frozen is None:
        later = f"{name}尚未冻结。冻结后请重新下载本表，载明{name}校验码和复议对名单的影响。"
        return scores, "评分数据校验码", (later,)
    said = tuple(str(sentence) for sentence in effects(frozen.body, rules))
    return frozen.digest, f"{name}校验码", said
