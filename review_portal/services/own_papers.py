"""An expert's own list of scores for one signature, the item sheets as annex: data and Word file."""

from __future__ import annotations

from review_portal.domain.chinese_dates import local_date
from review_portal.domain.policy import Viewer
from review_portal.exports import own_scores
from review_portal.exports.expert_sheet import ExpertScoreSheet, SheetItem
from review_portal.exports.figures import Unit
from review_portal.exports.own_scores import ListRow, OwnScoreList
from review_portal.services.own_round import OwnRound, own_round
from review_portal.services.own_rows import OwnRow
from review_portal.services.report_figures import call_head

RECUSED, WITHDRAWN, VOID, NOT_IN = "回避", "已撤回", "作废", "未提交"


def own_list(viewer: Viewer, *, round_: str) -> OwnScoreList:
    """The list of the viewer's own sheets of a round, by number. Raises `NotFound`."""
    own = own_round(viewer, round_=round_)
    rows = sorted(own.rows, key=lambda row: row.number)
    assert own.opened_at is not None  # a round with an expert's tasks has opened
    return OwnScoreList(
        call=call_head(own.rules),
        round_name=own.name,
        expert_code=own.code or "—",
        maximum=own.rubric.total,
        rows=tuple(_row(own, row) for row in rows),
        opened_on=local_date(own.opened_at),
        opening_code=own.opening_code,
    )


def own_list_paper(viewer: Viewer, *, round_: str) -> tuple[str, bytes]:
    """The list as Word file: name and content, the same bytes each time. Raises `NotFound`."""
    found = own_list(viewer, round_=round_)
    name = f"{own_scores.TITLE_TEXT}_{found.round_name}_{found.expert_code}.docx"
    return name, own_scores.write(found)


def _row(own: OwnRound, row: OwnRow) -> ListRow:
    if row.state == "recused":
        return ListRow(row.number, "", RECUSED)
    if row.gone:
        return ListRow(row.number, row.unit, WITHDRAWN)
    if row.state == "void":
        return ListRow(row.number, row.unit, VOID)
    if row not in own.submitted:
        return ListRow(row.number, row.unit, NOT_IN)
    return ListRow(row.number, row.unit, "", _sheet(own, row))


def _sheet(own: OwnRound, row: OwnRow) -> ExpertScoreSheet:
    filled, receipt = row.sheet, row.receipt
    assert filled is not None and receipt is not None  # submitted
    assert own.opened_at is not None
    return ExpertScoreSheet(
        call=call_head(own.rules),
        title=own.rubric.sheet_title,
        unit=Unit(row.number, row.unit, row.members, row.recommender),
        expert_code=own.code or "—",
        items=tuple(
            SheetItem(
                criterion.name,
                item.name,
                item.max_score,
                item.look_for,
                filled.points.get(item.key),
                filled.comments.get(item.key, ""),
            )
            for criterion in own.rubric.criteria
            for item in criterion.items
        ),
        prepared_on=local_date(own.opened_at),
        opinion=filled.opinion,
        conclusion=filled.conclusion or "",
        submitted_at=receipt.submitted_at,
        receipt_code=receipt.commitment,
        opening_code=own.opening_code,
    )
