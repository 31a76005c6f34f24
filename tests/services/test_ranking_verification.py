"""`./portal ranking verify`: what was frozen comes out of the stored sheets again, and its papers with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal import cli_ranking
from review_portal.cli_refusals import Refused
from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.exports import docx_content, plain_text
from review_portal.exports import office_docx as office
from review_portal.services import dossiers, ranking_verification
from review_portal.services.dossiers import Upload
from review_portal.services.ranking_verification import Checked
from tests.factories_selection import RANKED, Selection
from tests.selection_copies import copied

LETTER = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
SHEETS = ["评分汇总表（专家书面评审）"]
MINUTES = [f"现场答辩记录表（{number}，第1版）" for number in (*RANKED, "2023-007")]


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Shortlist and final ranking are frozen; inside an application context."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def tamper(*statements: str) -> None:
    """Past the triggers: somebody holds the database."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            assert connection.execute(sa.text(statement)).rowcount >= 1
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = origin")
        connection.commit()
    db.session.expire_all()
    db.session.rollback()


def failing(found: list[Checked]) -> dict[str, list[str]]:
    return {item.kind: [check.what for check in item.checks if not check.holds] for item in found}


def test_frozen_rankings_and_their_papers_come_out_again(ranked: Selection) -> None:
    dossiers.withdraw(
        ranked.officer, dossier=ranked.numbers[RANKED[2]], reason="来函撤回（示例）", letter=LETTER
    )
    found = ranking_verification.verify(call=ranked.call)
    assert failing(found) == {"shortlist": [], "final": []}
    first, final = ([check.what for check in item.checks] for item in found)
    assert first == ["冻结内容", "排名数据", "名次登记", *SHEETS]
    assert final[:5] == ["冻结内容", "排名数据", "名次登记", "排名工作簿", "评分汇总表（现场答辩）"]
    assert sorted(final[5:]) == sorted(MINUTES)
    told = cli_ranking.lines(found)
    assert "  一致　排名工作簿：重新生成两次，逐字节与冻结时一致" in told
    assert [line for line in told if not line.startswith("  ")] == [
        line for line in told if "第1版" in line and line.endswith("冻结")
    ]
    cli_ranking.refuse_differing(found)
    with pytest.raises(NotFound) as refused:
        ranking_verification.verify(call="aaaaaaaaaaaa")
    assert str(refused.value) == "没有编号为aaaaaaaaaaaa的批次。"


def test_altered_point_is_found_in_the_figures_and_in_every_paper_that_prints_it(ranked: Selection) -> None:
    sheet = (
        "SELECT min(r.revision_id) FROM reviews r JOIN dossiers d ON d.id = r.dossier_id"
        f" JOIN rounds o ON o.id = r.round_id WHERE o.position = 2 AND d.number = '{RANKED[0]}'"
    )
    tamper(
        f"UPDATE revision_points SET points = points - 50 WHERE revision_id = ({sheet})"
        f" AND item = (SELECT min(item) FROM revision_points WHERE revision_id = ({sheet}))"
    )
    found = ranking_verification.verify()
    assert failing(found) == {
        "shortlist": [],
        "final": ["排名数据", "排名工作簿", "评分汇总表（现场答辩）"],
    }
    with pytest.raises(Refused) as refused:
        cli_ranking.refuse_differing(found)
    assert str(refused.value.message) == (
        f"以下冻结的排名核验不符：{ranked.call} 最终排名第1版。请保留数据库并通知监督人员。"
    )


def test_altered_body_place_and_minutes_are_each_found(ranked: Selection) -> None:
    tamper(
        "UPDATE rankings SET body = replace(body, '拟', '似'), digest = digest WHERE kind = 'shortlist'",
        "UPDATE rankings SET body = replace(body, '有限公司', '公司') WHERE kind = 'final'",
        "UPDATE ranking_rows SET place = 9 WHERE place = 1",
        "UPDATE defense_records SET opinion = '另写' WHERE result = 'conditional'",
    )
    found = failing(ranking_verification.verify())
    assert found["shortlist"] == ["名次登记"]
    assert found["final"] == [
        "冻结内容",
        "排名数据",
        "名次登记",
        "排名工作簿",
        "现场答辩记录表（2023-005，第1版）",
    ]


def test_word_file_is_told_by_what_it_says_and_not_by_its_wrapping() -> None:
    def written(text: str, day: date) -> bytes:
        document = office.new_document(office.Properties("示例", "示例处", day))
        office.paragraph(document, plain_text.clean(text))
        return office.save(document)

    first, later = written("评分汇总", date(2023, 3, 6)), written("评分汇总", date(2023, 3, 7))
    assert first != later
    assert docx_content.content_digest(first) == docx_content.content_digest(later)
    assert docx_content.content_digest(written("评分汇", date(2023, 3, 6))) != docx_content.content_digest(
        first
    )
