"""评审报告 and 上会请示: complete, frozen edition by edition, nothing beyond scores, ranks and 分差."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from review_portal import clock
from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import (
    documents,
    ranking,
    review_report_views,
    review_reports,
    signature_views,
    signatures,
    supervision_notes,
    supervision_record,
    tie_reading,
    tie_votes,
    vacant_rankings,
)
from review_portal.services.papers.result import REPORT, REQUEST
from review_portal.services.supervision_notes import Entry
from tests import factories_panels as scene
from tests.conftest import build_app, close
from tests.engines import on_sqlite
from tests.exports.docx_reading import lines, opened, table_texts
from tests.factories_opinions import agree
from tests.factories_selection import ABSENT, BELOW, CHAIR, PANEL, RANKED, WITHDRAWN, Selection
from tests.selection_copies import copied

PLACE = "三楼第一会议室（示例）"
NOT_SAID = (
    "ICC",
    "α",
    "alpha",
    "概率",
    "区间",
    "方差",
    "标准差",
    "置信",
    "显著",
    "相关系数",
    "偏宽0",
    "偏严0",
)


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def make(made: Selection, **changes: str) -> int:
    return review_reports.make_report(made.officer, call=made.call, **{"place": PLACE, **changes})


def document(made: Selection, kind: str, edition: int = 1, viewer: Viewer | None = None) -> bytes:
    reader = viewer or made.officer
    return documents.document(reader, call=made.call, key=(kind, made.call, edition))[1]


def text_of(data: bytes) -> str:
    found = opened(data)
    cells = [cell for table in found.tables for row in table_texts(table) for cell in row]
    feet = [part.text for section in found.sections for part in section.footer.paragraphs]
    return "\n".join([*lines(found), *cells, *feet])


def test_report_says_everything_once_made_and_stays_as_made(ranked: Selection) -> None:
    with pytest.raises(Invalid) as problem:
        make(ranked, place=" ")
    assert set(problem.value.fields) == {"place"}
    with pytest.raises(NotAllowed):
        review_reports.make_report(ranked.supervisor, call=ranked.call, place=PLACE)
    with pytest.raises(NotFound):
        review_reports.make_report(ranked.expert(CHAIR), call=ranked.call, place=PLACE)
    db.session.rollback()
    _name, draft = review_report_views.draft(ranked.officer, call=ranked.call) or ("", b"")
    assert "草稿，供核对，不供签字" in text_of(draft)

    assert make(ranked) == 2  # the scene has made one and had it signed
    with pytest.raises(Conflict):  # nothing has changed
        make(ranked)
    data = document(ranked, "report", 2)
    text, found = text_of(data), opened(data)
    heads = [
        "评审组织",
        "专家组",
        "评审程序",
        "评审方法",
        "评审结果",
        "特殊情况",
        "专家不同意见",
        "监督情况",
        "签字",
    ]
    assert [line[2:] for line in lines(found) if line[1:2] == "、"] == heads
    assert "【待填" not in text and PLACE in text
    frozen = ranking.final_view(ranked.officer, call=ranked.call)
    assert frozen.digest[:4] in text
    edition = review_report_views.standing(ranked.officer, call=ranked.call).editions[0]
    assert f"评审报告校验码 {edition.digest[:16]}" in text

    result = next(table for table in found.tables if table.cell(0, 0).text == "名次")
    rows = table_texts(result)
    heads = rows[0]
    assert [row[1] for row in rows[1:]] == list(RANKED)
    finals = [Decimal(row[heads.index("最终得分")]) for row in rows[1:]]
    gaps = [row[heads.index("与下一名分差")] for row in rows[1:]]
    expected = [f"{finals[at] - finals[at + 1]:.2f}" for at in range(len(finals) - 1)]
    assert gaps == [*expected, "—"]
    assert [row["final"] for row in frozen.rows] == [str(final) for final in finals]
    for number in (WITHDRAWN, ABSENT, BELOW):
        assert number in text
    assert f"未参加答辩：{ABSENT}" in text and "有条件推荐：明确首年接入企业名单（示例）" in text
    assert "申请，监督人员" in text  # both of an unsealing
    assert "2023-005、2023-006最终得分同为80.54；" in text  # no 分差, told apart by the next key
    assert "提请复议2件" in text
    assert "2023-001 重庆示例绿能科技有限公司：专家书面评审E0" in text and "回避，现场答辩E0" in text
    for word in NOT_SAID:
        assert word not in text, word

    signed = [part for line in lines(found) if "签字：" in line for part in line.split("\t")]
    assert [line.startswith("专家组组长") for line in signed][:2] == [True, False]
    for name in PANEL:
        assert sum(f"（{name}）签字" in line for line in signed) == 1
    assert signed[-1].startswith("监督人员（示例监督甲）")
    paper = next(item for item in signature_views.missing(ranked.officer, call=ranked.call, gate="publicity"))
    assert paper.kind.key == REPORT.key and set(PANEL) <= set(paper.signed_by)

    # what a supervisor notes afterwards changes the next edition, never this one
    node = supervision_record.record(ranked.supervisor, call=ranked.call).nodes[0]
    remark = Entry("remark", remark="到会晚了十分钟，已说明原因（示例）", place=PLACE)
    supervision_notes.note(
        ranked.supervisor, call=ranked.call, node=node.key, entry=remark, reason="", seen=0
    )
    assert document(ranked, "report", 2) == data
    assert review_report_views.standing(ranked.officer, call=ranked.call).changed
    assert make(ranked, note="会议当日停电五分钟（示例）。") == 3
    later = text_of(document(ranked, "report", 3))
    assert "到会晚了十分钟" in later and "停电五分钟" in later and document(ranked, "report", 2) == data
    # both are there for the offices, the last one waits for signatures
    waiting = signature_views.missing(ranked.officer, call=ranked.call, gate="publicity")
    assert [(item.kind.key, item.edition) for item in waiting] == [("report", 3)]


def test_request_asks_the_meeting_with_places_and_gaps(ranked: Selection) -> None:
    data = document(ranked, "request")
    assert data == document(ranked, "request")
    frozen = ranking.final_view(ranked.officer, call=ranked.call)
    assert f"第1版排名校验码 {frozen.digest[:4]}" in text_of(data)
    text, found = text_of(data), opened(data)
    for label in ("文号", "签发人", "主送", "成文日期", "联系处室", "联系人", "联系电话"):
        assert f"【待填：{label}】" in text, label
    assert "拟入选名单的请示" in text.replace("\n", "") and "妥否，请审定。" in text
    (table,) = found.tables
    assert [row[0] for row in table_texts(table)][1:] == ["1", "2", "3", "4"]
    assert all(number in text for number in RANKED)
    assert "最终得分同为80.54" in text and "没有未办结的异议和投诉" in text
    assert "增减数量或者改变次序的，请在会议纪要中逐家写明理由" in text
    for name in ("评审报告", "评分汇总表", "专家组评审意见表", "监督记录表"):
        assert name in text
    for word in (*NOT_SAID, *PANEL):
        assert word not in text, word
    assert REQUEST.signers == ("签发人",)


@on_sqlite
def test_who_left_is_named_without_a_place_to_sign_and_who_scored_unregistered_has_one(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        gone, unregistered = PANEL[2], PANEL[3]
        for name, change in (
            (gone, {"left_at": datetime(2023, 3, 7, 4, tzinfo=UTC)}),
            (unregistered, {"signed_in_at": None}),
        ):
            expert = sa.select(Expert.id).where(Expert.name == name).scalar_subquery()
            db.session.execute(sa.update(PanelMember).where(PanelMember.expert_id == expert).values(change))
        db.session.commit()
        _name, data = review_report_views.draft(made.officer, call=made.call) or ("", b"")
        said = "\n".join(lines(opened(data)))
        assert f"（{gone}）签字" not in said and f"专家（{unregistered}）签字" in said
        assert f"不在本报告签字的专家：{gone}（2023年3月7日中途退出，保留评分表" in said
        notes = {row[1]: row[4] for row in table_texts(opened(data).tables[1])}
        assert notes[unregistered] == "未签到，已评分"


@on_sqlite
def test_report_with_an_open_fact_is_not_made(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        said = review_report_views.content_now

        def without(*given: Any) -> Any:
            frozen, body = said(*given) or (None, {})
            return frozen, body | {"organiser": "", "days": []}

        monkeypatch.setattr(review_report_views, "content_now", without)
        with pytest.raises(Conflict, match="未生成：组织单位、评审时间。组织单位写在批次规则中"):
            make(made)
        db.session.rollback()
        monkeypatch.undo()
        assert len(review_report_views.standing(made.officer, call=made.call).editions) == 1


@on_sqlite
def test_signatures_stand_on_one_page_with_their_heading(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        found = opened(document(made, "report"))
        parts = found.paragraphs
        start = next(at for at, part in enumerate(parts) if part.text == "九、签字")
        last = max(at for at, part in enumerate(parts) if "签字：" in part.text)
        assert all(part.paragraph_format.keep_with_next for part in parts[start:last])


@on_sqlite
def test_nothing_is_made_before_a_ranking(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "finished", tmp_path) as made, made.app.app_context():
        assert review_report_views.draft(made.officer, call=made.call) is None
        with pytest.raises(Conflict):
            make(made)
        with pytest.raises(NotFound):
            document(made, "request")
        db.session.rollback()


@on_sqlite
def test_tie_is_put_before_the_meeting_and_a_dissent_stands_in_the_report(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "tied", tmp_path) as made, made.app.app_context():
        agree(made)
        chair = made.expert(CHAIR)
        for _ballot in range(2):
            contest = tie_reading.view(chair, round_=made.defense).contest
            ballot = tie_votes.open_vote(chair, round_=made.defense, contest=contest)
            for name, number in zip(PANEL[:4], (*RANKED[2:], *RANKED[2:]), strict=True):
                named = [made.numbers[number]]
                tie_votes.cast(made.expert(name), vote=ballot, named=named, abstain=False)
            tie_votes.close(chair, vote=ballot, reason="该专家因病住院不能参加（示例）。")
        why = "专家组表决未能分出先后（示例）。"
        tie_votes.refer(chair, round_=made.defense, contest=contest, reason=why)
        shown = ranking.view(chair, round_=made.defense)
        ranking.freeze(chair, round_=made.defense, digest=shown.digest, look="维持原规则，已说明（示例）。")
        memo = text_of(document(made, "request"))
        (draft,) = (
            paper
            for paper in signature_views.missing(made.officer, call=made.call, gate="publicity")
            if paper.kind.key == "report"
        )
        assert draft.draft and "【待填：评审地点】" in text_of(document(made, "report"))
        with pytest.raises(Conflict) as unmade:
            signatures.record(
                made.officer,
                call=made.call,
                keys=[draft.key],
                step="returned",
                happened_on=local_date(clock.now()),
            )
        assert str(unmade.value) == "评审报告 草稿还没有生成，请先生成，再打印签字。"
        db.session.rollback()
        assert f"并列提请审定：{RANKED[2]} " in memo and "（三）并列单位的取舍。" in memo
        make(made)
        report = text_of(document(made, "report"))
        assert report.count("并列待定") == 2 and "提请审定" in report
        assert "没有可以" not in report and "【待填" not in report
        for word in NOT_SAID:
            assert word not in report + memo, word


@on_sqlite
def test_empty_ranking_comes_out_with_its_fixed_sentences(tmp_path: Path, database_url: str) -> None:
    app = build_app(tmp_path, database_url, rubrics=scene.folder(tmp_path / "rules"))
    made = scene.two_panels(app, "finished", dict.fromkeys(scene.SHARES, "0.40"))
    with app.app_context():
        chair = made.expert(scene.FIRST[0])
        scene.freeze(made, made.written, scene.FIRST[0])
        scene.freeze(made, made.other, scene.SECOND[0])
        offered = vacant_rankings.offered(chair, round_=made.written)
        assert offered is not None
        ranking.freeze(chair, round_=made.written, digest=offered["digest"], nobody=True)
        review_reports.make_report(made.officer, call=made.call, place=PLACE)
        for kind in ("report", "request"):
            key = (kind, made.call, 1)
            text = text_of(documents.document(made.officer, call=made.call, key=key)[1])
            assert "没有单位进入下一环节，本次排名没有拟遴选单位，提请会议审定。" in text
            assert "没有单位达到最低得分12.00分，本批次无符合条件单位。" in text
            assert "没有列入排名的单位。" in text
        assert "是否同意本批次空缺" in text
    close(app)
