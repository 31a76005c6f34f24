"""The papers of a selection, opened again and compared with what was frozen; on both engines."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db
from review_portal.domain.errors import Invalid, NotAllowed, NotFound
from review_portal.exports.plain_text import digest_groups
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.reviews import Review
from review_portal.services import calls, publicity, publicity_views, ranking, report, rounds
from review_portal.services.report_figures import set_aside_lines
from tests.conftest import build_app, close, empty
from tests.engines import ENGINES
from tests.exports.docx_reading import lines, opened, table_texts
from tests.exports.spreadsheet import Sheet, assert_recounted
from tests.factories_selection import (
    ABSENT,
    BELOW,
    CHAIR,
    COMMENT,
    PANEL,
    RANKED,
    WITHDRAWN,
    Selection,
    selection,
    tea,
)
from tests.form_documents import green_call


@pytest.fixture(scope="module", params=ENGINES)
def ranked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Selection]:
    """A selection whose final ranking is frozen; the tests below only read it."""
    folder = tmp_path_factory.mktemp("ranked")
    url = ""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "portal.db")
    else:
        url = request.getfixturevalue("postgresql_url")
        empty(url)
    app = build_app(folder, url)
    yield selection(app, "ranked")
    close(app)


@pytest.fixture
def made(ranked: Selection) -> Iterator[Selection]:
    """The selection inside an application context."""
    with ranked.app.app_context():
        yield ranked


def body_of(made: Selection) -> Any:
    return ranking.final_view(made.officer, call=made.call).body


def book_of(made: Selection) -> Any:
    _name, data = report.workbook(made.officer, call=made.call)
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def rows_of(sheet: Any, head: int) -> list[dict[str, Any]]:
    """The table under row `head` (1-based) as dicts by its heads, up to the first empty row."""
    heads = [str(cell.value).replace("\n", "") for cell in sheet[head]]
    found = []
    for cells in sheet.iter_rows(min_row=head + 1, values_only=True):
        if cells[0] is None:
            break
        found.append(dict(zip(heads, cells, strict=True)))
    return found


def exact(value: Any) -> Decimal | str:
    return value if isinstance(value, str) else Decimal(str(value)).quantize(Decimal("0.01"))


def test_workbook_gives_the_same_bytes_each_time(made: Selection) -> None:
    first = report.workbook(made.officer, call=made.call)
    assert first == report.workbook(made.supervisor, call=made.call)
    assert first[0] == f"排名工作簿_{made.call}.xlsx"


def test_formulas_of_the_workbook_give_the_frozen_ranking(made: Selection) -> None:
    _name, data = report.workbook(made.officer, call=made.call)
    assert_recounted(data)
    sheet = Sheet(data)
    heads = {cell.value: cell.column_letter for cell in sheet.book["名次复算"][3]}
    recount = [sheet.value("名次复算", f"{heads['名次']}{row}") for row in range(4, 4 + len(RANKED))]
    assert recount == [line["rank"] for line in body_of(made)["rows"]]


def test_ranking_sheet_holds_every_frozen_figure(made: Selection) -> None:
    body, sheet = body_of(made), book_of(made)["排名"]
    printed = rows_of(sheet, 4)
    names = {"mean": "算术平均", "median": "中位数", "z_score": "标准分"}
    assert [row["编号"] for row in printed] == list(RANKED)
    for row, line in zip(printed, body["rows"], strict=True):
        assert row["名次"] == line["rank"]
        assert row["申报单位（牵头）"] == line["unit"]
        assert exact(row["专家书面评审"]) == Decimal(line["stage_scores"]["written_review"])
        assert exact(row["现场答辩"]) == Decimal(line["stage_scores"]["onsite_defense"])
        assert exact(row["最终得分"]) == Decimal(line["final"])
        for name, label in names.items():
            assert exact(row[label]) == Decimal(line["references"][name])


def test_ranking_sheet_says_opinions_states_and_how_the_tie_was_resolved(made: Selection) -> None:
    printed = {row["编号"]: row for row in rows_of(book_of(made)["排名"], 4)}
    assert [printed[number]["状态"] for number in RANKED] == ["拟入选", "拟入选", "拟入选", "未入选"]
    assert printed["2023-005"]["专家组意见"] == "有条件推荐：明确首年接入企业名单（示例）"
    assert printed["2023-001"]["并列说明"] is None
    means = {row["编号"]: row for row in rows_of(book_of(made)["指标均值（专家书面评审）"], 3)}
    first, second = (printed[number]["并列说明"] for number in RANKED[2:])
    final = body_of(made)["rows"][2]["final"]
    c1 = [exact(means[number]["服务区域绿色发展效益（40分）"]) for number in RANKED[2:]]
    c2 = [exact(means[number]["目标路径设置科学（35分）"]) for number in RANKED[2:]]
    assert c1[0] == c1[1] and c2[0] - c2[1] == 1
    assert (
        first
        == second
        == (
            f"最终得分同为{final}；比较服务区域绿色发展效益：2023-005 {c1[0]}、2023-006 {c1[1]}；"
            f"比较目标路径设置科学：2023-005 {c2[0]}、2023-006 {c2[1]}；据此排定"
        )
    )


def test_units_without_a_place_stand_apart_with_their_reason(made: Selection) -> None:
    sheet = book_of(made)["排名"]
    apart = {row[1]: row for row in sheet.iter_rows(min_row=9, values_only=True) if row[0] == "—"}
    assert set(apart) == {ABSENT, BELOW, WITHDRAWN}
    assert (apart[ABSENT][7], apart[BELOW][7], apart[WITHDRAWN][7]) == ("放弃答辩", "未进入答辩", "已撤回")
    assert apart[BELOW][8] == "专家书面评审得分62.20，低于入围最低分70.00"
    assert apart[ABSENT][8].endswith("未参加答辩，经组长、监督人员确认")
    assert apart[WITHDRAWN][8].endswith("凭盖章函件撤回，评分留存，不参与排名。")
    assert (apart[ABSENT][5], apart[ABSENT][6]) == (78.0, "—")


def test_item_sheet_holds_every_stored_point_and_comment(made: Selection) -> None:
    body = body_of(made)
    sheet = book_of(made)["逐项得分"]
    printed = rows_of(sheet, 2)
    points = [row for row in printed if row["一级指标"] != "整份评分表"]
    stage_of = {stage["name"]: stage["key"] for stage in body["stages"]}
    totals: dict[tuple[str, str, str], Decimal] = {}
    for row in points:
        key = (stage_of[row["轮次"]], row["编号"], row["专家代号"])
        totals[key] = totals.get(key, Decimal(0)) + exact(row["得分"])
        assert row["评分理由"] == COMMENT
    frozen = {
        (stage["key"], line["dossier"], code): Decimal(total)
        for stage in body["ranking"]["stages"]
        for line in stage["result"]["rows"]
        for code, total in line["totals"].items()
    }
    kept = {key: total for key, total in totals.items() if key[1] != WITHDRAWN}
    assert kept == frozen
    assert sum(key[1] == WITHDRAWN for key in totals) == 3  # on file, counted nowhere


def test_summary_of_a_round_prints_recusal_and_missing_sheets_as_words(made: Selection) -> None:
    codes = made.codes(made.written)
    printed = {row["编号"]: row for row in rows_of(book_of(made)["评分汇总（专家书面评审）"], 3)}
    assert printed["2023-001"][codes["壬示例"]] == "回避"
    assert printed["2023-001"]["有效份数"] == 4
    assert [printed[WITHDRAWN][codes[name]] for name in PANEL[3:]] == ["—", "—"]
    assert (printed[WITHDRAWN]["有效份数"], printed[WITHDRAWN]["本轮得分"]) == (0, "—")
    assert printed[WITHDRAWN]["备注"] == "评分留存，不参与计算"
    code = codes[PANEL[4]]
    total = exact(printed["2023-004"][code])
    assert printed["2023-004"]["备注"] == (
        f"复议：{code}由{total + Decimal('0.5'):.2f}改为{total:.2f}，触发原因：组长提请（未触发规则）"
    )
    assert printed["2023-001"]["备注"].startswith(f"复议：{codes[PANEL[1]]}维持")


def test_workbook_names_no_expert_and_says_who_froze_by_role_and_code(made: Selection) -> None:
    book = book_of(made)
    texts = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert [text for text in texts if any(name in text for name in PANEL)] == []
    cover = {
        row[0]: row[1] for row in book["封面"].iter_rows(min_row=4, max_col=2, values_only=True) if row[0]
    }
    assert cover["申请冻结"] == f"专家组组长 {made.codes(made.defense)[CHAIR]}"
    when = r"\d{4}年\d{1,2}月\d{1,2}日\d{2}:\d{2}"
    agreed = [
        rf"监督人员 示例监督甲（{when}同意组长申请，启封{round_}评分）"
        for round_ in ("专家书面评审", "现场答辩")
    ]
    assert re.fullmatch("；".join(agreed), cover["确认"])
    digest = ranking.final_view(made.officer, call=made.call).digest
    assert cover["排名校验码"].replace(" ", "").replace("\n", "") == digest


def test_method_page_lists_every_parameter_and_marks_the_assumed_ones(made: Selection) -> None:
    rules = calls.view(made.officer, call=made.call).rules
    cells = [row[:3] for row in book_of(made)["方法说明"].iter_rows(values_only=True)]
    start = next(at for at, row in enumerate(cells) if row[0] == "参数")
    table = {}
    for label, value, basis in cells[start + 1 :]:
        if label is None:
            break
        table[label] = (value, basis)
    assumed = "通知未规定，按评审工作方案执行"
    assert table["拟遴选数量"] == ("3个左右", "渝经信节能〔2023〕1号")
    assert table["评分校准方法"] == ("宽严度校准", assumed)
    assert table["评审环节权重（现场答辩）"] == ("0.4", assumed)
    of_review = {"call", "written_review", "onsite_defense"}
    wanted = [value for value in rules.assumed if value.key.split(".")[0] in of_review]
    assert sum(basis == assumed for _value, basis in table.values()) == len(wanted)
    assert {value.label for value in wanted} <= set(table)


def test_remarks_repeat_the_frozen_sentences_and_the_panels_word(made: Selection) -> None:
    view = ranking.final_view(made.officer, call=made.call)
    column = [row[0] for row in book_of(made)["排名"].iter_rows(values_only=True)]
    wanted = [str(sentence) for sentence in view.sentences]
    wanted.append(f"专家组说明：{view.body['look']}")
    assert [text for text in column if text in wanted] == wanted


def test_workbook_takes_the_same_queries_whatever_is_in_it(made: Selection) -> None:
    seen: list[str] = []

    def count(_c: object, _k: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    officer = made.officer
    sa.event.listen(db.engine, "before_cursor_execute", count)
    try:
        report.workbook(officer, call=made.call)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", count)
    assert len([text for text in seen if text.startswith("SELECT")]) <= 34  # eight of them a round


def test_workbook_of_another_office_is_not_found(made: Selection) -> None:
    stranger = made.viewer(made.office.administrator)
    with pytest.raises(NotFound):
        report.workbook(stranger, call=made.call)
    with pytest.raises(NotFound):
        report.workbook(made.expert(PANEL[1]), call=made.call)


def test_score_summary_prints_the_round_as_it_was_counted(made: Selection) -> None:
    name, data = report.summary_sheet(made.officer, round_=made.defense)
    assert name == f"评分汇总表_现场答辩_{made.defense}.docx"
    document = opened(data)
    table = table_texts(document.tables[0])
    heads, rows = table[1], table[2:]
    result = body_of(made)["ranking"]["stages"][1]["result"]["rows"]
    for head, name in (("本轮得分", "score"), ("标准分", "z_score")):
        printed = {row[1]: row[heads.index(head)] for row in rows}
        assert printed == {ABSENT: "—"} | {line["dossier"]: line[name] for line in result}
    by_score = sorted((Decimal(line["score"]) for line in result), reverse=True)
    ranks = {line["dossier"]: str(1 + by_score.index(Decimal(line["score"]))) for line in result}
    assert {row[1]: row[0] for row in rows} == {ABSENT: "—"} | ranks
    assert "排名按本轮得分由高到低，同分同名次；入选名次以冻结的名单为准。" in lines(document)
    assert not any(expert in "".join(row) for row in table for expert in PANEL)
    assert report.summary_sheet(made.supervisor, round_=made.defense)[1] == data


def test_score_summary_of_the_shortlist_prints_its_frozen_places(made: Selection) -> None:
    view = ranking.view(made.officer, round_=made.written)
    document = opened(report.summary_sheet(made.officer, round_=made.written)[1])
    places = {row[1]: row[0] for row in table_texts(document.tables[0])[2:] if row[0] != "—"}
    assert places == {line["number"]: str(line["rank"]) for line in view.body["rows"]}
    assert "排名为冻结的入围名单中的名次，同分的已按并列规则比较。" in lines(document)


def test_papers_print_the_codes_of_the_pages_and_what_reconciliation_did(made: Selection) -> None:
    effects = {}
    for round_, label in ((made.written, "入围名单校验码"), (made.defense, "排名校验码")):
        view = ranking.view(made.officer, round_=round_)
        document = opened(report.summary_sheet(made.officer, round_=round_)[1])
        text = lines(document)
        assert (
            document.sections[0].footer.paragraphs[0].text.startswith(f"{label} {digest_groups(view.digest)}")
        )
        locked = rounds.view(made.officer, round_=round_).frozen_digest
        assert f"开启时锁定内容校验码：{digest_groups(locked or '')}" in text
        effects[round_] = [str(sentence) for sentence in view.effects]
        assert [line for line in text if "因复议改变" in line] == effects[round_]
    assert effects == {
        made.written: ["名单未因复议改变。"],
        made.defense: ["入围名单：名单未因复议改变。", "拟遴选名单：名单未因复议改变。"],
    }


def test_flags_that_were_set_aside_are_printed_with_the_reason() -> None:
    flag = {"number": "2023-006", "unit": "示例单位", "code": "", "why": "极差30.00分，超过25分。"}
    kept = {"reason": "专家组集体查看，评分理由充分（示例）。", "flags": [flag]}
    rules = green_call()
    stage = rules.scored_stages[0]
    assert set_aside_lines(Round(stage=stage.key, set_aside=kept), rules) == (
        f"{stage.name}触发复议条件而未提请复议：2023-006 示例单位：极差30.00分，超过25分。"
        "理由：专家组集体查看，评分理由充分（示例）。",
    )
    assert set_aside_lines(Round(stage=stage.key, set_aside=None), rules) == ()


def own_review(made: Selection, name: str, number: str) -> str:
    query = (
        sa.select(Review.public_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Expert.name == name, Dossier.number == number)
        .order_by(Review.id)
    )
    return str(db.session.scalars(query).first())


def test_expert_gets_the_own_sheet_with_its_receipt(made: Selection) -> None:
    viewer = made.expert(PANEL[1])
    code = made.codes(made.written)[PANEL[1]]
    name, data = report.own_sheet(viewer, review=own_review(made, PANEL[1], "2023-004"))
    assert name == f"评分表_2023-004_{code}.docx"
    document = opened(data)
    facts = dict(row[:2] for row in table_texts(document.tables[0]))
    assert (facts["专家代号"], facts["联合体成员"]) == (code, "重庆示例绿色金融服务有限公司")
    last = table_texts(document.tables[1])[-1]
    written = body_of(made)["ranking"]["stages"][0]["result"]["rows"]
    total = next(line["totals"][code] for line in written if line["dossier"] == "2023-004")
    assert Decimal(last[5]) == Decimal(total)
    assert "总体意见：总体可行，建议细化首年任务（示例）。" in lines(document)


def test_sheet_that_was_not_submitted_prints_blank(made: Selection) -> None:
    viewer = made.expert(PANEL[3])
    review = own_review(made, PANEL[3], WITHDRAWN)
    name, data = report.own_sheet(viewer, review=review)
    assert name.startswith(f"空白评分表_{WITHDRAWN}_")
    assert {row[5] for row in table_texts(opened(data).tables[1])[1:]} == {""}


def test_sheets_of_others_and_recused_ones_are_not_found(made: Selection) -> None:
    others = own_review(made, PANEL[1], "2023-004")
    with pytest.raises(NotFound):
        report.own_sheet(made.expert(PANEL[2]), review=others)
    with pytest.raises(NotFound):
        report.own_sheet(made.officer, review=others)
    with pytest.raises(NotFound):
        report.own_sheet(made.expert("壬示例"), review=own_review(made, "壬示例", "2023-001"))


def test_scheme_lists_every_assumed_value_and_its_approval(made: Selection) -> None:
    rules = calls.view(made.officer, call=made.call).rules
    name, data = report.scheme(made.officer, call=made.call)
    document = opened(data)
    listed = table_texts(document.tables[-1])[1:]
    assert [(row[1], row[2], row[3]) for row in listed] == [
        (value.label, value.value, value.key) for value in rules.assumed
    ]
    shown = lines(document)
    assert "批准人：示例主任办公会　批准日期：2023年2月20日　纪要号：示例〔2023〕5号" in shown
    assert name == f"评审工作方案_{made.call}.docx"


def test_nothing_is_printed_before_its_time(app: Flask) -> None:
    made = selection(app, "sealed")
    with app.app_context():
        with pytest.raises(NotFound):
            report.workbook(made.officer, call=made.call)
        with pytest.raises(NotAllowed) as refused:
            report.summary_sheet(made.officer, round_=made.written)
        assert str(refused.value) == "复议结束后方可试算排名。"


@pytest.fixture
def garden(app: Flask, tmp_path: Path) -> Iterator[Selection]:
    """The fictional tea-garden call, its ranking frozen: no code names the shipped call."""
    calls_of_tests = Path(__file__).parents[1] / "data" / "calls"
    settings = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(settings, rubrics=calls_of_tests)
    made = selection(app, "ranked", tea())
    with app.app_context():
        yield made


def test_workbook_and_scheme_speak_of_any_call_by_its_own_rules(garden: Selection) -> None:
    made = garden
    body, book = body_of(made), book_of(made)
    printed = rows_of(book["排名"], 4)
    assert [row["编号"] for row in printed] == ["2030-002", "2030-003", "2030-001"]
    for row, line in zip(printed, body["rows"], strict=True):
        assert exact(row["最终得分"]) == Decimal(line["final"])
        assert exact(row["入园踏勘"]) == Decimal(line["stage_scores"]["garden_visit"])
    assert [row["状态"] for row in printed] == ["拟入选", "拟入选", "未入选"]
    document = opened(report.scheme(made.officer, call=made.call)[1])
    shown = lines(document)
    assert "另有3项参数通知未规定，按本方案执行，列在附件，请逐项审定。" in shown
    assert table_texts(document.tables[-1])[1] == [
        "1",
        "评审环节权重（入园踏勘）",
        "0.75",
        "call.review_stages[1].weight",
    ]
    assert "4．同一单位的专家评分取中位数。" in shown


def test_notice_of_any_call_follows_its_own_order_and_period(garden: Selection) -> None:
    made = garden
    publicity.draft(made.officer, call=made.call)
    with pytest.raises(Invalid) as unknown:
        publicity.update(made.officer, call=made.call, facts={"published_on": "2061-07-01"}, base_version=1)
    assert str(unknown.value.fields["published_on"]).startswith("2061年的节假日安排尚未录入")
    publicity.update(made.officer, call=made.call, facts={"published_on": "2023-03-15"}, base_version=1)
    words = publicity_views.get(made.officer, call=made.call).words
    assert [row[1] for row in words.rows] == [
        line["unit"] for line in body_of(made)["rows"] if line["outcome"] == "proposed"
    ]
    # seven working days that begin on the day after publication
    assert words.paragraphs[1] == "公示时间为2023年3月16日至3月24日（共7个工作日）。"
    assert words.list_note == "（按评审排名排列）"
