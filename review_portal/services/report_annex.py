"""The statistical annex to a frozen ranking as data: what a worker stored of it, or that nothing is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.exports.statistics_annex import AnnexTable, Bar, StatisticsAnnex
from review_portal.models.calls import Call
from review_portal.models.ranking_insights import RankingInsight
from review_portal.models.rankings import Ranking
from review_portal.services import insight_body
from review_portal.services.insight_tables import tables
from review_portal.services.insight_words import NUM, Table
from review_portal.services.ranking_words import said, sentences
from review_portal.services.report_figures import call_head
from scoring_rubrics import Call as Rules

NOT_YET: Final = (
    "统计说明尚未计算。计算在排名冻结后由后台任务自动进行，完成后请重新下载；长时间未完成的，"
    "请专家组组长在“排名与说明”页重新计算。"
)
EMPTY: Final = "没有单位取得名次，没有可作统计的排名。"
_NAMES: Final[Mapping[str, str]] = {
    "agreement": "评分一致性",
    "variances": "方差分量",
    "study": "增加专家的效果",
    "links": "评审连通",
    "proposed": "补充评审建议",
    "coverage": "区间核验",
    "severity": "专家宽严度",
    "dossiers": "名次范围",
    "neighbours": "相邻名次",
    "rules": "其他算法",
    "ties": "同分比较",
    "changes": "名单稳定性",
}
_CERTAIN: Final = frozenset({"dossiers", "coverage"})  # intervals and chances: nothing for a small round
_INTERVALS: Final[Mapping[str, frozenset[int]]] = {  # columns of a table that small rounds go without
    "agreement": frozenset({3, 4}),
    "neighbours": frozenset({5}),
}


def annex_of(session: Session, call: Call, frozen: Ranking, rules: Rules) -> StatisticsAnnex:
    """The annex to this version. One query; computes nothing."""
    body: Mapping[str, Any] = frozen.body
    annex = StatisticsAnnex(
        call=call_head(rules),
        said=(EMPTY if not body["rows"] else NOT_YET,),
        bars=tuple(Bar(_label(row), float(row["final"]), None) for row in body["rows"]),
        bars_of="最终得分",
        most=max((float(rules.rubric_of(stage.key).total) for stage in rules.final_stages), default=100.0),
        tables=(),
        ranking_digest=frozen.digest,
        digest="",
        made_at=frozen.frozen_at,
        software_version=frozen.software,
    )
    kept = _kept(session, call, body) if body["rows"] else None
    return annex if kept is None else _with(annex, kept, body, rules)


def _kept(session: Session, call: Call, body: Mapping[str, Any]) -> RankingInsight | None:
    return session.scalars(
        sa.select(RankingInsight)
        .where(RankingInsight.call_id == call.id, RankingInsight.kind == body["kind"])
        .where(RankingInsight.basis == insight_body.basis(body))
        .order_by(RankingInsight.id.desc())
        .limit(1)
    ).first()


def _with(
    annex: StatisticsAnnex, kept: RankingInsight, body: Mapping[str, Any], rules: Rules
) -> StatisticsAnnex:
    insight: Mapping[str, Any] = kept.body
    known = replace(
        annex, digest=kept.digest, made_at=kept.computed_at, software_version=kept.software, said=()
    )
    if insight.get("problem") is not None:
        problem = insight["problem"]
        why = problem["msgid"] % problem["params"] if problem["params"] else problem["msgid"]
        return replace(known, said=(f"未能计算统计说明：{why}",))
    small = bool(insight["small"])
    lines = [str(line) for line in (*said(insight["notices"], body, rules), *sentences(body, rules))]
    shown = [one for one in tables(insight, body, rules) if not (small and one.key in _CERTAIN)]
    by_key = {one.key: _table(one, small=small) for one in shown}
    known = replace(
        known,
        said=tuple(dict.fromkeys(lines)),
        tables=tuple(by_key[key] for key in _NAMES if key in by_key),
    )
    bars = () if small or not insight["connected"] else _bars(insight, body["rows"])
    return replace(known, bars=bars, bars_of="校准得分") if bars else known


def _bars(insight: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """Calibrated scores with their intervals, in the order of the ranking; none where one has none."""
    found = (insight["dossiers"] or {"rows": {}})["rows"]
    known = [(row, found.get(row["number"])) for row in rows]
    if not all(line and line["score"] is not None and line["error"] is not None for _row, line in known):
        return ()
    return tuple(
        Bar(_label(row), float(line["score"]), float(Decimal("1.6449") * Decimal(line["error"])))
        for row, line in known
    )


def _label(row: Mapping[str, Any]) -> str:
    return f"{row['number']} {row['unit']}"


def _table(one: Table, *, small: bool) -> AnnexTable:
    left_out = _INTERVALS.get(one.key, frozenset()) if small else frozenset()
    columns = [at for at in range(len(one.heads)) if at not in left_out]
    return AnnexTable(
        _NAMES[one.key],
        str(one.title),
        str(one.note),
        tuple((str(one.heads[at][0]), one.heads[at][1] == NUM) for at in columns),
        tuple(tuple(None if row[at] is None else str(row[at]) for at in columns) for row in one.rows),
    )
