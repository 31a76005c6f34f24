"""The chair's desk over HTTP on both engines: whose it is, what it shows when, what a refusal keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db, transaction
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.rankings import Ranking
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import case_views, overviews, points, ranking, rounds
from review_portal.services.revisions import Sheet, add_revision, sheet_of
from tests.disputed_ranking import dispute
from tests.factories_selection import ABSENT, BELOW, CHAIR, PANEL, RANKED, VARIANTS, WITHDRAWN, Selection
from tests.factories_selection import _fill as fill
from tests.factories_selection import _seat as seat
from tests.selection_copies import copied
from tests.visitor import Page, Visitor

PAGES = (
    "",
    "close",
    "unseal",
    "overview",
    "dossiers/{dossier}",
    "dossiers/{dossier}/case?code=E01",
    "cases",
    "finish",
    "ranking",
    "freeze",
)
REASON = "评分已结束，申请启封（示例）"
QUESTION = "请说明该项评分的主要依据（示例）。"
TIED = RANKED[2:]


@pytest.fixture
def scoring(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The chair is elected, nothing is scored; no application context is pushed."""
    with copied(request, engine_name, "scoring", tmp_path) as made:
        with made.app.app_context():
            seat(made, made.written)
        yield made


@pytest.fixture
def sealed(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Every sheet is sealed."""
    with copied(request, engine_name, "sealed", tmp_path) as made:
        yield made


@pytest.fixture
def finished(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The first round's reconciliation has ended, nothing is frozen."""
    with copied(request, engine_name, "finished", tmp_path) as made:
        yield made


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Shortlist and final ranking are frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made:
        yield made


def chair(made: Selection) -> Visitor:
    return made.experts[CHAIR].visit(made.app)


def at(made: Selection, page: str = "", round_: str | None = None) -> str:
    path = page.format(dossier=made.numbers[RANKED[1]])
    return f"/chair/{round_ or made.written}/{path}"


def unseal(made: Selection) -> None:
    with made.app.app_context():
        asked = rounds.ask_unseal(made.expert(CHAIR), round_=made.written, reason=REASON)
        rounds.decide_unseal(made.supervisor, approval=asked, approve=True)


def code_of(made: Selection, name: str) -> str:
    with made.app.app_context():
        return made.codes(made.written)[name]


def figures(page: Page) -> dict[str, str]:
    """The numbers at the head of a page by their labels."""
    terms = page.doc.xpath("//dt")
    return {
        " ".join(term.text_content().split()): " ".join(term.getnext().text_content().split())
        for term in terms
    }


def stored(made: Selection, model: type[Ranking] | type[ReconciliationCase]) -> int:
    with made.app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def table(page: Page, caption: str) -> list[list[str]]:
    """Rows of the table under the heading with these words."""
    rows = page.doc.xpath("//section[.//h2[normalize-space()=$words]]//tbody/tr", words=caption)
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_desk_is_missing_for_everybody_but_the_chair(finished: Selection) -> None:
    others = (finished.experts[PANEL[1]], finished.office.officer, finished.office.supervisor_a)
    for visitor in [person.visit(finished.app) for person in others]:
        opened = {page: visitor.get(at(finished, page)).status for page in PAGES}
        assert opened == dict.fromkeys(PAGES, 404)
        assert visitor.get("/chair/").status == 404
    own = chair(finished)
    assert {page: own.get(at(finished, page)).status for page in PAGES} == dict.fromkeys(PAGES, 200)


def test_desk_of_a_round_that_somebody_else_will_chair_is_missing(finished: Selection) -> None:
    assert chair(finished).get(at(finished, round_=finished.defense)).status == 404
    assert chair(finished).get("/chair/").path == at(finished)


def test_home_of_a_sealed_round_shows_counts_and_no_points(sealed: Selection) -> None:
    page = chair(sealed).get(at(sealed))
    assert (page.status, page.title) == (200, "组长工作台")
    facts = figures(page)
    assert [facts[name].split()[0] for name in ("已提交", "未提交", "未评")] == ["29", "0", "0"]
    rows = page.doc.xpath("//tbody/tr")
    cells = [[" ".join(cell.text_content().split()) for cell in row] for row in rows]
    assert [row[0].split()[0] for row in cells] == ["E01", "E02", "E03", "E04", "E05"]
    # neither counts nor times by code: who owes fewer sheets is recused, who came when was seen
    assert [row[1:] for row in cells] == [["齐全"]] * 5
    assert facts["到会专家"] == "5／5人"
    assert [name for name in PANEL[1:] if name in page.text] == []
    unseal(sealed)
    with sealed.app.app_context():
        found = overviews.overview(sealed.officer, round_=sealed.written)
    totals = {f"{total:.1f}" for row in found.rows for total in row.totals.values()}
    assert {total for total in totals if total in page.body.decode()} == set()


def test_pages_with_points_say_that_the_round_is_sealed(sealed: Selection) -> None:
    visitor = chair(sealed)
    for page in PAGES[3:]:
        later = page in ("ranking", "freeze")
        sentence = "复议结束后方可试算排名。" if later else "评分已封存，启封前任何人不能查看。"
        shown = visitor.get(at(sealed, page))
        assert (page, shown.status, sentence in shown.text) == (page, 403, True)


def test_close_with_own_open_sheets_says_how_many_and_changes_nothing(scoring: Selection) -> None:
    visitor = chair(scoring)
    assert figures(visitor.get(at(scoring, "close")))["未提交"] == "34"
    page = visitor.submit(at(scoring, "close"))
    assert page.status == 409
    assert "您本人还有7份评分未提交，请先提交再结束评分。" in page.text
    assert "申请结束评分" in visitor.get(at(scoring)).links


def test_end_of_scoring_waits_for_the_supervisor_and_is_asked_anew_when_sheets_have_changed(
    scoring: Selection,
) -> None:
    with scoring.app.app_context():
        fill(replace(scoring, story=replace(scoring.story, panel=(CHAIR,), withdrawn="")), scoring.written)
    visitor = chair(scoring)
    visitor.get(at(scoring, "close"))
    page = visitor.submit(at(scoring, "close"), reason="请")
    assert (page.status, page.value("reason")) == (422, "请")
    page = visitor.submit(at(scoring, "close"), reason=REASON)
    assert (page.path, "等待监督人员确认" in page.text) == (at(scoring), True)
    assert "申请结束评分" not in page.links
    with scoring.app.app_context():
        story = replace(scoring.story, panel=(PANEL[1],), withdrawn="")
        fill(replace(scoring, story=story), scoring.written)
    page = visitor.get(at(scoring))
    assert "监督人员不能再确认。请重新申请。" in page.text
    page = visitor.get(page.links["重新申请结束评分"])
    assert (figures(page)["已提交"], figures(page)["未提交"]) == ("14", "20")
    assert "等待监督人员确认" in visitor.submit(at(scoring, "close"), reason=REASON).text
    shown = supervisor(scoring)
    waiting = shown.get("/approvals/").links.items()
    page = shown.get(next(href for words, href in waiting if words.startswith("核对并确认：结束评分并封存")))
    assert (figures(page)["已提交"], figures(page)["未提交，按未评处理"]) == ("14份", "20份")


def test_unseal_without_a_reason_keeps_what_was_typed(sealed: Selection) -> None:
    visitor = chair(sealed)
    visitor.get(at(sealed, "unseal"))
    page = visitor.submit(at(sealed, "unseal"), reason="请")
    assert (page.status, page.value("reason")) == (422, "请")
    assert page.field_error("reason") == "请写明事由，至少2个字。"


def test_unseal_asked_twice_keeps_what_was_typed(sealed: Selection) -> None:
    visitor = chair(sealed)
    visitor.get(at(sealed, "unseal"))
    page = visitor.submit(at(sealed, "unseal"), reason=REASON)
    assert (page.status, page.path) == (200, at(sealed))
    assert "启封申请已提交，请监督人员确认。" in page.text
    visitor.get(at(sealed, "unseal"))
    page = visitor.submit(at(sealed, "unseal"), reason=f"{REASON}再次")
    assert (page.status, page.value("reason")) == (409, f"{REASON}再次")
    assert "该事项已提交申请，正等待另一人确认。" in page.text


def test_overview_of_an_unsealed_round_shows_totals_by_code_and_no_rank(sealed: Selection) -> None:
    unseal(sealed)
    page = chair(sealed).get(at(sealed, "overview"))
    with sealed.app.app_context():
        found = overviews.overview(sealed.officer, round_=sealed.written)
    facts = figures(page)
    assert [facts[name] for name in ("材料", "有效评分", "没有评分")] == ["6", "29", "1"]
    assert [name for name in PANEL[1:] if name in page.text] == []
    assert [code for code in found.codes if code not in page.text] == []
    assert "名次" not in page.text.replace("不排名次", "")
    assert "所列材料没有触发说明条件的评分。" in page.text
    assert "本轮有评分的材料不足10份，未作评分情况检查。" in page.text  # small rounds judge nobody


def test_until_codes_are_lifted_no_page_says_why_a_cell_is_empty(sealed: Selection) -> None:
    unseal(sealed)
    recused = code_of(sealed, "壬示例")
    for seen in (
        chair(sealed).get(at(sealed, "overview")),
        supervisor(sealed).get(watched(sealed)),
    ):
        assert heat_row(seen, RANKED[0])[recused] == "—"
        assert ("回避" in seen.text, "原因在复议结束后显示" in seen.text) == (False, True)
    sheets = chair(sealed).get(f"/chair/{sealed.written}/dossiers/{sealed.numbers[RANKED[0]]}")
    assert (set(columns(sheets)[recused]), "回避" in sheets.text) == ({"—"}, False)
    assert [
        page for page in ("", "cases", "finish") if "回避" in chair(sealed).get(at(sealed, page)).text
    ] == []


def test_once_codes_are_lifted_every_page_says_who_was_recused(finished: Selection) -> None:
    recused = code_of(finished, "壬示例")
    for visitor, page in (
        (chair(finished), at(finished, "overview")),
        (supervisor(finished), watched(finished)),
    ):
        assert heat_row(visitor.get(page), RANKED[0])[recused] == "回避"
    page = chair(finished).get(f"/chair/{finished.written}/dossiers/{finished.numbers[RANKED[0]]}")
    assert set(columns(page)[recused]) == {"回避"}
    assert figures(chair(finished).get(at(finished, "overview")))["回避"] == "1"


def supervisor(made: Selection) -> Visitor:
    return made.office.supervisor_a.visit(made.app)


def watched(made: Selection) -> str:
    return f"/supervisor/{made.call}/scores/{made.written}"


def heat_row(page: Page, number: str) -> dict[str, str]:
    """The heat map's cells of one dossier by code."""
    (heat,) = page.doc.xpath("//table[contains(@class, 'heat')]")
    heads = [cell.text_content().strip() for cell in heat.xpath(".//thead//th")]
    (row,) = heat.xpath(".//tbody/tr[starts-with(normalize-space(th), $number)]", number=number)
    return dict(zip(heads, (" ".join(cell.text_content().split()) for cell in row), strict=True))


def columns(page: Page) -> dict[str, list[str]]:
    """What stands under each head of the table of items, the sum last."""
    (found,) = page.doc.xpath("//section[.//h2[normalize-space()='逐项评分']]//table")
    rows = [[cell.text_content().strip() for cell in row] for row in found.xpath(".//tbody/tr[td]")]
    heads = [cell.text_content().strip() for cell in found.xpath(".//thead//th")]
    return {head: [row[place] for row in rows] for place, head in enumerate(heads)}


def test_withdrawn_dossier_stays_in_sight_without_points(sealed: Selection) -> None:
    unseal(sealed)
    page = chair(sealed).get(at(sealed, "overview"))
    (off,) = page.doc.xpath("//table[contains(@class, 'heat')]//tr[@class='is-off']")
    first, *cells = [" ".join(cell.text_content().split()) for cell in off]
    assert (first.split()[0], off.xpath(".//a"), cells) == (WITHDRAWN, [], [*["—"] * 7, "已撤回"])
    assert "已撤回的材料评分留存，不参与计算。" in page.text
    assert figures(page)["材料"] == "6"


def test_sheets_of_a_dossier_add_up_by_code(sealed: Selection) -> None:
    unseal(sealed)
    page = chair(sealed).get(at(sealed, PAGES[4]))
    with sealed.app.app_context():
        found = overviews.overview(sealed.officer, round_=sealed.written)
    totals = next(row.totals for row in found.rows if row.number == RANKED[1])
    last = [" ".join(cell.text_content().split()) for cell in page.doc.xpath("//tr[th='合计']/td")]
    assert last[1:] == [f"{totals[code]:.1f}" for code in sorted(totals)]


def test_case_with_too_short_a_question_keeps_what_was_typed(sealed: Selection) -> None:
    unseal(sealed)
    visitor, code = chair(sealed), code_of(sealed, PANEL[4])
    address = at(sealed, "dossiers/{dossier}/case")
    visitor.get(f"{address}?code={code}&trigger=own")
    page = visitor.submit(address, question="请说明。")
    assert (page.status, page.value("question")) == (422, "请说明。")
    assert page.doc.xpath("//input[@name='codes'][@checked]/@value") == [code]
    assert page.field_error("question") == "请写明需要专家说明的问题，至少10个字。"
    assert stored(sealed, ReconciliationCase) == 0


def test_case_that_is_open_already_keeps_what_was_typed_and_holds_the_round(sealed: Selection) -> None:
    unseal(sealed)
    visitor, code = chair(sealed), code_of(sealed, PANEL[4])
    address = at(sealed, "dossiers/{dossier}/case")
    visitor.get(f"{address}?code={code}")
    page = visitor.submit(address, question=QUESTION, grounds=QUESTION)
    assert (page.path, page.title) == (at(sealed, "cases"), "复议台账")
    assert QUESTION in page.text
    visitor.get(f"{address}?code={code}")
    page = visitor.submit(address, codes=code, question=f"{QUESTION}请尽快。", grounds=QUESTION)
    assert (page.status, page.value("question")) == (409, f"{QUESTION}请尽快。")
    assert "该份评分已有复议正在等待监督人员会签。" in page.text
    assert stored(sealed, ReconciliationCase) == 1
    page = visitor.post(at(sealed, "finish"))
    assert page.status == 409
    assert "还有1件规则外的复议等待监督人员会签，请待会签或撤回后再结束复议。" in page.text


def test_shortlist_page_shows_order_tie_and_sentences(finished: Selection) -> None:
    page = chair(finished).get(at(finished, "ranking"))
    assert (page.status, page.title) == (200, "入围名单（试算）")
    with finished.app.app_context():
        view = ranking.view(finished.officer, round_=finished.written)
    rows = table(page, "排名")
    assert [row[1].split()[0] for row in rows] == [*RANKED, ABSENT, BELOW, WITHDRAWN]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6", "—"]
    assert rows[5][-1] == "低于入围分数线"
    tie = table(page, "同分说明：第3名与第4名")
    assert [row[0] for row in tie] == [
        "最终得分",
        "服务区域绿色发展效益（C1）",
        "目标路径设置科学（C2）",
    ]
    assert [row[3] for row in tie] == ["相同，进入下一项", "相同，进入下一项", f"{RANKED[2]}列第3名"]
    assert [str(sentence) for sentence in view.sentences if str(sentence) not in page.text] == []
    assert "名单未因复议改变。" in page.text
    assert page.links["冻结入围名单"] == at(finished, "freeze")


def test_shortlist_is_frozen_from_its_page(finished: Selection) -> None:
    visitor, other_tab = chair(finished), chair(finished)
    other_tab.get(at(finished, "freeze"))
    visitor.get(at(finished, "freeze"))
    page = visitor.submit(at(finished, "freeze"))
    assert (page.status, page.title) == (200, "入围名单")
    assert "冻结入围名单" not in page.links
    assert stored(finished, Ranking) == 1
    assert visitor.get(at(finished, "freeze")).path == at(finished, "ranking")
    page = other_tab.submit(at(finished, "freeze"))
    assert (page.status, "排名已冻结，不能再次冻结。" in page.text) == (409, True)


def test_freeze_of_another_ranking_than_was_looked_at_is_refused(finished: Selection) -> None:
    visitor = chair(finished)
    visitor.get(at(finished, "freeze"))
    page = visitor.submit(at(finished, "freeze"), digest="0" * 64)
    assert page.status == 409
    assert "试算后数据已变化，请重新查看排名后再冻结。" in page.text
    assert stored(finished, Ranking) == 0


def test_final_ranking_page_shows_order_tie_and_sentences(ranked: Selection) -> None:
    page = chair(ranked).get(at(ranked, "ranking", ranked.defense))
    assert (page.status, page.title) == (200, "排名与说明")
    with ranked.app.app_context():
        view = ranking.view(ranked.officer, round_=ranked.defense)
    rows = table(page, "排名")
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "—", "—", "—"]
    assert [row[1].split()[0] for row in rows[:4]] == list(RANKED)
    assert [row[-1] for row in rows[:4]] == ["拟入选", "拟入选", "拟入选", "未入选"]
    assert {row[1].split()[0]: row[-1] for row in rows[4:]} == {
        ABSENT: "放弃答辩",
        BELOW: "未进入答辩",
        WITHDRAWN: "已撤回",
    }
    tie = table(page, "同分说明：第3名与第4名")
    assert [row[1] == row[2] for row in tie] == [True, True, False]
    assert [str(sentence) for sentence in view.sentences if str(sentence) not in page.text] == []
    names = "、".join(f"{number} {VARIANTS[number][0]}" for number in TIED)
    assert f"{names}得分均为80.54，按并列规则比较目标路径设置科学后" in page.text
    assert [name for name in PANEL[1:] if name in page.text] == []
    assert "冻结排名" not in page.links


def test_final_freeze_without_the_panels_word_keeps_what_was_typed(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "shortlisted", tmp_path) as made:
        with made.app.app_context():
            dispute(made)
        visitor, address = chair(made), at(made, "freeze", made.defense)
        visitor.get(address)
        page = visitor.submit(address, look="维持原规则。")
        assert (page.status, page.value("look")) == (422, "维持原规则。")
        assert page.field_error("look") == "请写明专家组对规则差异的说明，至少10个字。"
        assert stored(made, Ranking) == 1  # the shortlist
        page = visitor.submit(address, look="专家组已查看规则差异，维持原规则（示例）。")
        assert (page.status, page.title) == (200, "排名与说明")
        assert "专家组已查看规则差异，维持原规则（示例）。" in page.text
        assert stored(made, Ranking) == 2


def lowered(made: Selection) -> None:
    """One expert's sheet falls far below the others before the round is unsealed."""
    with made.app.app_context(), transaction() as session:
        review = session.scalars(
            sa.select(Review)
            .join(Expert, Expert.id == Review.expert_id)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .where(Dossier.number == RANKED[1], Expert.name == PANEL[4])
        ).one()
        stored_sheet = sheet_of(session, review.revision_id or 0)
        low = {item: given / 5 for item, given in stored_sheet.points.items()}
        add_revision(session, review, replace(stored_sheet, points=low), request_key="low", reason="（示例）")


def test_answered_case_stands_under_the_trigger_that_it_was_opened_under(sealed: Selection) -> None:
    lowered(sealed)
    unseal(sealed)
    visitor, code = chair(sealed), code_of(sealed, PANEL[4])
    (flag, spread) = table(visitor.get(at(sealed, "overview")), "需要说明的评分")
    assert (flag[1], flag[4], spread[4]) == (code, "待处理", "待处理")
    visitor.get(f"{at(sealed, PAGES[4])}/case?code={code}")
    visitor.submit(at(sealed, "dossiers/{dossier}/case"), question=QUESTION)
    with sealed.app.app_context():
        (case,) = case_views.list_own_cases(sealed.expert(PANEL[4]))
        low = points.sheets_of(sealed.officer, round_=sealed.written, dossier=sealed.numbers[RANKED[1]])
        high = Sheet({line.item: line.points * 4 for line in low if line.code == code}, {}, "", None)
    asked = sealed.experts[PANEL[4]].visit(sealed.app).get("/expert/cases")
    assert "触发原因：偏离均值" in asked.text
    with sealed.app.app_context(), transaction() as session:
        row = session.scalars(sa.select(ReconciliationCase)).one()
        review = session.get(Review, row.review_id)
        assert review is not None
        revision = add_revision(session, review, high, request_key="high", reason="（示例）")
        row.answer, row.reason, row.after_revision_id = "revise", QUESTION, revision.id
        row.state = "answered"
    (line,) = table(visitor.get(at(sealed, "overview")), "需要说明的评分")
    assert (line[1], line[2].replace(" ", "")) == (code, (flag[2] + spread[2]).replace(" ", ""))
    assert line[3] == f"{case.before:.2f} → {case.before * 4:.2f}"
    ledger = visitor.get(at(sealed, "cases"))
    assert [reason in ledger.text for reason in (flag[2], spread[2])] == [True, True]


def test_round_with_unasked_flags_ends_only_with_a_reason(sealed: Selection) -> None:
    lowered(sealed)
    unseal(sealed)
    visitor = chair(sealed)
    page = visitor.get(at(sealed, "finish"))
    assert "触发复议条件而未提请的，连同理由记入复议台账和评审文书。" in page.text
    page = visitor.submit(at(sealed, "finish"), reason="已讨论。")
    assert (page.status, page.value("reason")) == (422, "已讨论。")
    assert page.field_error("reason") == "请写明不提请复议的理由，至少10个字。"
    reason = "专家组集体查看，评分理由充分（示例）。"
    page = visitor.submit(at(sealed, "finish"), reason=reason)
    assert (page.status, page.title) == (200, "入围名单（试算）")
    shown = visitor.get(at(sealed, "cases"))
    assert (shown.status, reason in shown.text) == (200, True)
    assert figures(shown)["不提请复议的理由"] == reason
