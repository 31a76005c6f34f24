"""评审报告 and 上会请示: what stood when the ranking was frozen, opened again and compared; no statistics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from review_portal.services import ranking, scopes
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import Paper
from tests.exports.docx_reading import lines, opened, table_texts
from tests.factories_selection import CHAIR, PANEL, WITHDRAWN, Selection
from tests.selection_copies import copied

STATISTICS = ("ICC", "α", "概率", "置信", "区间", "方差", "显著", "BLUP", "信度")


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def paper(made: Selection, kind: str) -> tuple[Paper, bytes]:
    call = scopes.office_call(made.officer, made.call)
    (found,) = catalogue.listed(made.officer, call, kinds={kind})
    return found, catalogue.make(made.officer, call, found)[1]


def test_report_says_who_how_and_what_without_statistics(ranked: Selection) -> None:
    found, data = paper(ranked, "report")
    assert found.name == "评审报告_第1版"
    document = opened(data)
    said = "\n".join(lines(document))
    seats, steps, results = map(table_texts, document.tables)
    assert {row[1] for row in seats[1:]} == set(PANEL)
    assert {row[1] for row in seats[1:] if row[3] == "组长"} == {CHAIR}
    for name in PANEL:
        assert f"{name}（组长）签字" in said if name == CHAIR else f"{name}签字" in said
    body = ranking.final_view(ranked.officer, call=ranked.call).body
    assert [row[1] for row in results[1:]] == [f"{row['number']} {row['unit']}" for row in body["rows"]]
    finals = [row["final"] for row in body["rows"]]
    column = results[0].index("最终得分")
    assert [row[column] for row in results[1:]] == finals
    gaps = [f"{float(a) - float(b):.2f}" for a, b in pairwise(finals)]
    assert [row[column + 1] for row in results[1:]] == [*gaps, "—"]
    assert any("启封" in row[2] for row in steps[1:])
    assert "壬示例对2023-001" in said  # declared a tie to the first unit
    assert WITHDRAWN in said
    whole = said + "".join(cell for table in (seats, steps, results) for row in table for cell in row)
    told = whole.replace("不计算入选可能性和名次区间", "")  # that there are none is said
    assert [word for word in STATISTICS if word in told] == []


def test_memo_asks_for_the_proposal_and_marks_what_the_office_fills(ranked: Selection) -> None:
    _found, data = paper(ranked, "request")
    document = opened(data)
    said = "\n".join(lines(document))
    body = ranking.final_view(ranked.officer, call=ranked.call).body
    proposed = [row["unit"] for row in body["rows"] if row["outcome"] == "proposed"]
    assert f"拟将{'、'.join(proposed)}列入名单，共{len(proposed)}家。" in said
    for label in ("请示文号", "呈报对象", "签发人", "请示日期", "联系处室", "联系电话"):
        assert f"【待填：{label}】" in said
    (table,) = map(table_texts, document.tables)
    assert [row[0] for row in table[1:]] == [str(row["rank"]) for row in body["rows"]]
    assert [name for name in PANEL if name in said] == []
