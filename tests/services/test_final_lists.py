"""From the end of publicity to the final list: what it waits for, its versions, places that fall vacant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.exports.standalone import verify
from review_portal.models.final_lists import FinalList
from review_portal.services import (
    audit,
    calls,
    dossiers,
    final_list_views,
    final_lists,
    list_notices,
    list_papers,
    objection_acts,
    objection_conclusions,
    objection_views,
    objections,
    result_letter_views,
    vacancies,
)
from review_portal.services.dossiers import Upload
from tests import factories_lists as lists
from tests.archive_checks import assert_archive_holds
from tests.engines import on_sqlite
from tests.exports.docx_reading import opened, table_texts
from tests.factories_lists import (
    LAST_DAY,
    LIST_FACTS,
    NUMBER,
    OVER,
    SETTLED,
    change_rules,
    drafted,
    record,
    settle,
)
from tests.factories_objections import LETTER, file
from tests.factories_papers import pdf
from tests.factories_selection import VARIANTS, Selection, decide
from tests.posting import at
from tests.selection_copies import copied

FIRST, FOURTH, FIFTH = "重庆示例绿能科技有限公司", "重庆示例能源服务股份有限公司", VARIANTS["2023-005"][0]
SIXTH = VARIANTS["2023-006"][0]


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A decided call whose list is in publicity."""
    with copied(request, engine_name, "decided", tmp_path) as found, found.app.app_context():
        lists.publish(found)
        yield found


def state(made: Selection) -> str:
    db.session.rollback()
    return calls.view(made.officer, call=made.call).state


def refused(made: Selection, moment: datetime) -> str:
    with at(moment), pytest.raises((Conflict, Invalid)) as problem:
        final_lists.ask_settle(made.officer, call=made.call, reason="核对无误（示例）")
    return str(problem.value)


def see(made: Selection) -> final_list_views.Overview:
    db.session.rollback()
    return final_list_views.overview(made.officer, call=made.call)


def test_list_is_final_after_the_period_by_two_and_its_version_stays(made: Selection) -> None:
    with at(LAST_DAY):
        assert refused(made, LAST_DAY) == "公示期至2023年3月21日届满。请在届满次日以后再提请确定名单。"
    assert refused(made, OVER) == "尚未起草公布名单的通知。请先起草并补齐待填事项。"
    paper = list_papers.draft(made.officer, call=made.call, kind="list")
    assert list_papers.draft(made.second, call=made.call, kind="list") == paper
    assert refused(made, OVER) == ("还有3项待填：名单文号、主送单位、印发日期。补齐后方可提请确定名单。")
    assert (
        "【待填：名单文号】" in final_list_views.paper(made.officer, call=made.call, paper=paper).words.number
    )
    drafted(made)
    with at(SETTLED):
        asked = final_lists.ask_settle(made.officer, call=made.call, reason="公示期满（示例）")
        with pytest.raises(NotAllowed):
            final_lists.decide_settle(made.officer, approval=asked, approve=True)
        final_lists.decide_settle(made.second, approval=asked, approve=True)
    assert state(made) == "listed"
    (version,) = see(made).versions
    assert (version.ordinal, version.number, version.count) == (1, NUMBER, 3)
    assert refused(made, SETTLED) == "名单公布后没有变更。需要变更的，请先登记名单变更。"
    with pytest.raises(Conflict, match="已发布，不能再改"):
        lists.fill(made, paper, list_number="改号")
    with pytest.raises(sa.exc.DBAPIError), db.engine.begin() as connection:
        connection.execute(sa.update(FinalList).values(number="x"))
    assert audit.verify().holds
    _check_document(made, paper)


def _check_document(made: Selection, paper: str) -> None:
    name, data = final_list_views.document(made.supervisor, call=made.call, paper=paper)
    assert name == f"公布名单的通知_第1版_{made.call}.docx"
    document = opened(data)
    rows = table_texts(document.tables[0])
    assert [row[1] for row in rows] == ["牵头单位", FIFTH, FOURTH, FIRST]
    words = [line.text for line in document.paragraphs]
    assert words[0] == NUMBER
    assert "".join(words[2:5]) == "关于公布2023年市级重点绿色制造综合服务平台名单的通知"
    assert words[6] == LIST_FACTS["addressee"] + "："
    assert "确定" + FIFTH + "等3家单位（联合体）为2023年市级重点绿色制造综合服务平台，现予公布" in words[7]
    assert "名单第1版校验码" in document.sections[0].footer.paragraphs[-1].text
    assert final_list_views.document(made.officer, call=made.call, paper=paper)[1] == data
    text = final_list_views.document(made.officer, call=made.call, paper=paper, suffix="txt")[1].decode()
    assert not [word for word in ("得分", "名次", "专家组", "E01", "丁示例", "【待填") if word in text]


def test_withdrawn_place_stays_empty_and_nothing_is_offered(made: Selection) -> None:
    letter = Upload("撤回函.pdf", b"%PDF-1.4\n% stamped\n")
    dossiers.withdraw(
        made.officer, dossier=made.numbers["2023-004"], reason="来函撤回（示例）", letter=letter
    )
    shown = see(made)
    assert [(one.number, one.cause, one.filled_by) for one in shown.vacant] == [("2023-004", "withdrawn", "")]
    assert (shown.fills, shown.newcomers) == (False, ())
    with pytest.raises(Conflict) as problem:
        fill(made, "2023-004", "2023-006")
    assert str(problem.value) == "按本批次规则，空出的名额保持空缺，不递补。"
    drafted(made)
    settle(made)
    assert [unit for _number, unit, *_ in see(made).units] == [FIFTH, FIRST]


def fill(made: Selection, vacancy: str, newcomer: str, **changes: object) -> str:
    return vacancies.ask_fill(
        made.officer,
        call=made.call,
        vacancy=made.numbers[vacancy],
        dossier=made.numbers[newcomer],
        record=record(**changes),
        scan_name="纪要.pdf",
        scan=pdf(1),
    )


def test_change_of_a_final_list_is_made_public_before_the_next_version(
    made: Selection, tmp_path: Path
) -> None:
    drafted(made)
    settle(made)
    with at(datetime(2023, 3, 27, 1, tzinfo=UTC)):
        lists.take_off(made, "2023-004")
    assert state(made) == "publicity"
    assert refused(made, datetime(2023, 3, 27, 2, tzinfo=UTC)) == (
        "名单变更（第1号）须另行公示，公示稿尚未发布。请起草并提请发布。"
    )
    paper = list_papers.draft(made.officer, call=made.call, kind="changed", ordinal=1)
    with at(datetime(2023, 3, 28, 1, tzinfo=UTC)):
        with pytest.raises(Invalid, match="变更说明、印发日期"):
            list_notices.ask_release(made.officer, call=made.call, paper=paper, reason="核对无误（示例）")
        lists.fill(made, paper, change_note="经核查，有单位资格不符", issued_on="2023-03-28")
        appear(made, paper, date(2023, 3, 28))
    assert "公示期至2023年4月3日届满" in refused(made, datetime(2023, 4, 3, 8, tzinfo=UTC))
    again = drafted(made, list_number="示例〔2023〕120号", issued_on="2023-04-06", change_note="取消一家单位")
    settle(made, datetime(2023, 4, 6, 1, tzinfo=UTC))
    shown = see(made)
    assert [(one.ordinal, one.count) for one in shown.versions] == [(2, 2), (1, 3)]
    words = final_list_views.paper(made.officer, call=made.call, paper=again).words
    assert (
        f"《关于公布2023年市级重点绿色制造综合服务平台名单的通知》（{NUMBER}）公布的名单现作调整"
        in "".join(words.paragraphs)
    )
    assert words.paragraphs[1] == f"不再列入名单的单位：{FOURTH}。"
    first = final_list_views.version(made.officer, call=made.call, version=shown.versions[1].public_id)
    assert len(final_list_views.paper(made.officer, call=made.call, paper=first).words.rows) == 3
    assert audit.verify().holds
    assert_archive_holds(made.call, tmp_path / "archive")


@on_sqlite
def test_cancellation_rests_on_the_change_that_took_the_unit_off_and_the_entry_closes(
    made: Selection,
) -> None:
    def step(act: str, **more: str) -> None:
        given = {"act": act, "text": "按规定办理（示例）", "letter": LETTER, **more}
        objection_acts.take_step(made.officer, objection=entry, **given)

    def changes_to_link() -> list[tuple[str, str]]:
        found = objection_acts.linkable(made.officer, objection=entry)
        return [(key, name) for key, name in found if name.startswith("名单变更")]

    with at(OVER):
        entry = file(made.officer, made.call, dossiers=(made.numbers["2023-004"],))
        objections.classify(made.officer, objection=entry, route="accept", reason="符合受理条件（示例）")
        step("acknowledge")
        asked = objection_conclusions.ask_conclude(
            made.officer, objection=entry, outcome="cancel", reason="经核查资格不符（示例）"
        )
        objection_conclusions.decide_conclude(made.second, approval=asked, approve=True)
        assert [(gate.key) for gate in see(made).gates if "YY-001" in str(gate.said)] == [
            "objections",
            "change",
        ]
        lists.take_off(made, "2023-005", "cancelled", held_on=date(2023, 3, 21))
        assert changes_to_link() == []  # of another unit
        lists.take_off(made, "2023-004", "cancelled", held_on=date(2023, 3, 21))
        ((change, name),) = changes_to_link()
        assert name == "名单变更　第2号　2023-004（示例会纪〔2023〕9号）"
        with pytest.raises(Invalid):
            step("link", linked="a" * 12)
        step("link", linked=change)
        for act in ("reply", "deliver", "close"):
            step(act)
        assert objection_views.one(made.officer, objection=entry).state == "closed"
        assert not [gate for gate in see(made).gates if "YY-001" in str(gate.said)]


def appear(made: Selection, paper: str, day: date) -> None:
    asked = list_notices.ask_release(made.officer, call=made.call, paper=paper, reason="核对无误（示例）")
    list_notices.decide_release_change(made.second, approval=asked, approve=True)
    given = {"url": "https://office.example/notice/1", "scan_name": "截图.pdf", "scan": pdf(1)}
    with pytest.raises(Invalid) as problem:
        list_notices.record_appearance(
            made.officer, call=made.call, paper=paper, appeared_on=date(2023, 1, 3), **{**given, "url": "x"}
        )
    assert set(problem.value.fields) == {"url", "appeared_on"}
    list_notices.record_appearance(made.officer, call=made.call, paper=paper, appeared_on=day, **given)


def test_rule_without_new_period_lets_the_next_version_out_at_once(made: Selection) -> None:
    drafted(made)
    settle(made)
    change_rules(made, change_restarts=False)
    with at(datetime(2023, 3, 27, 1, tzinfo=UTC)):
        lists.take_off(made, "2023-004", "withdrawn")
        assert state(made) == "listed"
        drafted(made, list_number="示例〔2023〕120号", issued_on="2023-03-27", change_note="一家单位来函退出")
        settle(made, datetime(2023, 3, 27, 2, tzinfo=UTC))
        assert [one.count for one in see(made).versions] == [2, 3]
        lists.take_off(made, "", "corrected")
        drafted(made, list_number="示例〔2023〕121号", issued_on="2023-03-27", change_note="更正联系电话")
        settle(made, datetime(2023, 3, 27, 3, tzinfo=UTC))
        assert [one.count for one in see(made).versions] == [2, 2, 3]


def test_next_in_rank_fills_a_place_by_decision_and_with_a_period_of_its_own(
    made: Selection, tmp_path: Path
) -> None:
    change_rules(made, vacancy="decision")
    with at(OVER), pytest.raises(Invalid) as problem:
        fill(made, "2023-004", "2023-006", held_on=date(2023, 3, 21))
    assert str(problem.value.fields["vacancy"]) == "请选择空出的名额。"
    with at(OVER):
        lists.take_off(made, "2023-004", "cancelled", held_on=date(2023, 3, 21))
        with pytest.raises(Invalid) as problem:
            fill(made, "2023-004", "2023-008", held_on=date(2023, 3, 21))
        assert "dossier" in problem.value.fields  # below the threshold: it has no place in the ranking
        asked = fill(made, "2023-004", "2023-006", held_on=date(2023, 3, 21))
        vacancies.decide_fill(made.second, approval=asked, approve=True)
    (one,) = see(made).vacant
    assert one.filled_by == made.numbers["2023-006"]
    assert [unit for _n, unit, _by, new in see(made).units if new] == [SIXTH]
    paper = list_papers.draft(made.officer, call=made.call, kind="newcomer", ordinal=2)
    lists.fill(made, paper, change_note="因一家单位取消入选资格，名额空出", issued_on="2023-03-22")
    words = final_list_views.paper(made.officer, call=made.call, paper=paper).words
    assert [row[1] for row in words.rows] == [SIXTH]  # the newcomer alone
    with at(datetime(2023, 3, 22, 2, tzinfo=UTC)):
        appear(made, paper, date(2023, 3, 22))
    drafted(made)
    assert "公示期至2023年3月28日届满" in refused(made, datetime(2023, 3, 28, 8, tzinfo=UTC))
    settle(made, datetime(2023, 3, 29, 1, tzinfo=UTC))
    assert [unit for _number, unit, *_ in see(made).units] == [FIFTH, SIXTH, FIRST]
    assert audit.verify().holds
    place = assert_archive_holds(made.call, tmp_path / "archive")
    (row,) = rows = json.loads((place / "数据/公布名单.json").read_text("utf-8"))
    row["units"] = row["units"][1:]
    row["digest"] = verify.digest([unit for _dossier, *unit in row["units"]])
    (place / "数据/公布名单.json").write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    found = verify.Findings()
    verify.check_final(verify.Archive(str(place)), found, True)
    assert found.faults == ["公布名单第1版与会议审定和此前的名单变动不符。"]


@on_sqlite
def test_call_without_a_fit_unit_says_so_and_its_applicants_are_told(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        assert str(see(made).none) == "公示发布、公示期满后方可确定名单。请先办理公示稿。"
        decide(made, selected=(), departures="没有符合条件的单位（示例）")
        assert state(made) == "void"
        paper = drafted(made, contact_office="节能处（示例）", contact_phone="023-00000000（示例）")
        words = final_list_views.paper(made.officer, call=made.call, paper=paper).words
        assert "".join(words.title) == "关于2023年市级重点绿色制造综合服务平台评审结果的通知"
        assert "本批次没有符合条件的单位，不作遴选，名额空缺。" in words.paragraphs[0]
        settle(made)
        assert (state(made), see(made).versions[0].count) == ("void", 0)
        rows = result_letter_views.overview(made.officer, call=made.call).rows
        assert {row.outcome for row in rows} == {"not_selected"} and len(rows) == 6
        assert_archive_holds(made.call, tmp_path / "archive")
