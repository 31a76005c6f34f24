"""The publicity notice: preview, draft, editing by hand, release by two, the public page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.exports.publicity_notice import Notice
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call
from review_portal.services import (
    approvals,
    calls,
    dossiers,
    office_facts,
    public_notice,
    publicity,
    publicity_reading,
    publicity_release,
    publicity_views,
    ranking,
    sheet_corrections,
)
from review_portal.services.dossiers import Upload
from tests import factories_reexaminations as objections
from tests.exports.docx_reading import lines, opened, table_texts
from tests.factories_publicity import appear, moment
from tests.factories_selection import CHAIR, FIRST, PANEL, RANKED, VARIANTS, Selection, decide, selection
from tests.selection_copies import copied

CONTACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000（示例）",
    "contact_address": "重庆市示例区示例路1号",
    "published_on": "2023-03-15",
}
SUPERVISION = {"supervision_phone": "023-00000002（示例）"}
FOURTH = "重庆示例能源服务股份有限公司"
FIFTH, SIXTH = VARIANTS["2023-005"][0], VARIANTS["2023-006"][0]
NOT_PUBLIC = "没有正在公示的内容，或公示期已结束。"


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A frozen ranking, nothing decided yet."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def units(made: Selection) -> list[str]:
    return [row[1] for row in publicity_views.get(made.officer, call=made.call).words.rows]


def edit(made: Selection, **facts: str) -> int:
    version = publicity_views.get(made.officer, call=made.call).version
    return publicity.update(made.officer, call=made.call, facts=facts, base_version=version)


def say_otherwise(made: Selection, **texts: tuple[str, str]) -> int:
    """Keep sentences put otherwise: part -> text and reason."""
    version = publicity_views.get(made.officer, call=made.call).version
    return publicity.update(made.officer, call=made.call, facts={}, base_version=version, texts=texts)


def ready(made: Selection) -> None:
    """Decided, drafted, every fact filled."""
    decide(made, selected=RANKED[:3])
    publicity.draft(made.officer, call=made.call)
    edit(made, **CONTACTS, **SUPERVISION)


IN_TIME = datetime(2023, 3, 15, 1, 0, tzinfo=UTC)


def release(made: Selection) -> str:
    with time_machine.travel(IN_TIME, tick=False):
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="经办人核对完毕（示例）")
        publicity_release.decide_release_notice(made.second, approval=asked, approve=True)
    return asked


def test_nothing_can_be_drafted_before_the_ranking_is_frozen(app: Flask) -> None:
    made = selection(app, "assigned")
    with app.app_context():
        with pytest.raises(Conflict) as refused:
            publicity.draft(made.officer, call=made.call)
        assert str(refused.value) == "排名冻结后方可生成公示稿。"
        assert not publicity_views.has_draft(made.officer, call=made.call)


def test_preview_follows_the_proposal_and_the_draft_the_decision(ranked: Selection) -> None:
    made = ranked
    first = publicity.draft(made.officer, call=made.call)
    assert publicity.draft(made.second, call=made.call) == first
    shown = publicity_views.get(made.supervisor, call=made.call)
    assert (shown.preview, shown.version) == (True, 1)
    # official order of the recommending units: 万州、涪陵、两江新区, whatever their ranks are
    assert units(made) == [FIFTH, FOURTH, FIRST]
    assert publicity_views.document(made.officer, call=made.call)[0] == f"公示试拟稿_{made.call}.docx"
    with pytest.raises(Conflict):
        publicity_release.ask_release(made.officer, call=made.call, reason="过早（示例）")
    decide(made, selected=("2023-001", "2023-006"), departures="经会议研究调整（示例）")
    shown = publicity_views.get(made.officer, call=made.call)
    assert (shown.preview, units(made)) == (False, [SIXTH, FIRST])
    letter = Upload("撤回函.pdf", b"%PDF-1.4\n% stamped\n")
    dossiers.withdraw(
        made.officer, dossier=made.numbers["2023-006"], reason="来函撤回（示例）", letter=letter
    )
    assert units(made) == [FIRST]  # the place stays empty


def test_draft_takes_its_words_from_the_rules_and_marks_what_is_missing(ranked: Selection) -> None:
    made = ranked
    decide(made, selected=RANKED[:3])
    publicity.draft(made.officer, call=made.call)
    shown = publicity_views.get(made.officer, call=made.call)
    assert shown.missing == (
        "公示起止日期",
        "联系处室",
        "联系电话",
        "地址",
        "监督电话",
        "发布日期",
    )
    assert shown.words.paragraphs[0] == (
        "根据渝经信节能〔2022〕28号文件、《重庆市经济和信息化委员会关于申报市级重点绿色制造综合服务平台的通知》"
        "（渝经信节能〔2023〕1号），经自愿申报、组织推荐、形式审查、专家书面评审、现场答辩、会议审定等程序，"
        f"按照遴选3个左右的要求，拟将{FIFTH}等3家单位（联合体）列为2023年市级重点绿色制造综合服务平台，"
        "现予公示，名单见附件。"
    )
    assert ("监督电话", "【待填：监督电话】") in shown.words.contacts
    edit(made, **CONTACTS)
    shown = publicity_views.get(made.officer, call=made.call)
    assert shown.missing == ("监督电话",)
    assert shown.words.paragraphs[1] == "公示时间为2023年3月15日至3月21日（共5个工作日）。"
    assert [(change.label, change.drafted, change.now) for change in shown.changes] == [
        ("发布日期", "", "2023-03-15"),
        ("联系处室", "", CONTACTS["contact_office"]),
        ("联系电话", "", CONTACTS["contact_phone"]),
        ("地址", "", CONTACTS["contact_address"]),
    ]


def test_document_and_text_hold_the_list_and_no_score_or_expert(ranked: Selection) -> None:
    made = ranked
    ready(made)
    name, data = publicity_views.document(made.officer, call=made.call)
    document = opened(data)
    assert name == f"公示稿_{made.call}.docx"
    assert table_texts(document.tables[0]) == [
        ["序号", "牵头单位", "联合体成员", "推荐单位"],
        ["1", FIFTH, "—", VARIANTS["2023-005"][1]],
        ["2", FOURTH, "重庆示例绿色金融服务有限公司", table_texts(document.tables[0])[2][3]],
        ["3", FIRST, "—", "重庆两江新区经济运行局（示例）"],
    ]
    text_name, text = publicity_views.plain_text(made.supervisor, call=made.call)
    printed = "\n".join(lines(document)) + text.decode()
    assert text_name == f"公示稿_{made.call}.txt"
    assert [name for name in PANEL if name in printed] == []
    assert [figure for figure in ("80.54", "89.94", "E01", "第1名") if figure in printed] == []
    assert publicity_views.document(made.officer, call=made.call)[1] == data


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"published_on": "3月15日"}, "published_on", "请按2023-03-15的形式填写日期。"),
        ({"working_days": "五"}, "working_days", "请填写1至60之间的整数。"),
        ({"contact_office": "处" * 201}, "contact_office", "最多200个字，请改短。"),
        (
            {"published_on": "2061-03-15"},
            "published_on",
            "2061年的节假日安排尚未录入，请由系统管理员在“工作日表”中录入该年的休假日和调休上班日后再办理。",
        ),
    ],
)
def test_bad_fact_is_refused_at_its_field_and_changes_nothing(
    ranked: Selection, facts: dict[str, str], field: str, sentence: str
) -> None:
    made = ranked
    publicity.draft(made.officer, call=made.call)
    with pytest.raises(Invalid) as refused:
        publicity.update(made.officer, call=made.call, facts=facts, base_version=1)
    assert {name: str(text) for name, text in refused.value.fields.items()} == {field: sentence}
    assert publicity_views.get(made.officer, call=made.call).version == 1


def test_editing_on_top_of_somebody_elses_text_shows_theirs_and_keeps_it(ranked: Selection) -> None:
    made = ranked
    publicity.draft(made.officer, call=made.call)
    version = publicity.update(
        made.second, call=made.call, facts={"contact_office": "甲处（示例）"}, base_version=1
    )
    with pytest.raises(Conflict) as refused:
        publicity.update(
            made.officer, call=made.call, facts={"contact_office": "乙处（示例）"}, base_version=1
        )
    theirs = refused.value.theirs
    assert isinstance(theirs, dict)
    assert (theirs["facts"]["contact_office"], theirs["version"]) == ("甲处（示例）", version)
    assert publicity_views.get(made.officer, call=made.call).facts["contact_office"] == "甲处（示例）"


def test_release_is_refused_while_a_fact_is_missing(ranked: Selection) -> None:
    made = ranked
    decide(made, selected=RANKED[:3])
    publicity.draft(made.officer, call=made.call)
    edit(made, **CONTACTS)
    with pytest.raises(Invalid) as refused:
        publicity_release.ask_release(made.officer, call=made.call, reason="提交发布（示例）")
    assert str(refused.value) == "还有1项待填：监督电话。补齐后方可提交发布。"
    assert {name: str(text) for name, text in refused.value.fields.items()} == {
        "supervision_phone": "请填写监督电话。"
    }
    assert approvals.list_waiting(made.second) == []


def test_release_takes_a_second_officer_and_the_very_same_text(ranked: Selection) -> None:
    made = ranked
    ready(made)
    with time_machine.travel(IN_TIME, tick=False):
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="经办人核对完毕（示例）")
        for stranger in (made.officer, made.supervisor):
            with pytest.raises((NotAllowed, NotFound)):
                publicity_release.decide_release_notice(stranger, approval=asked, approve=True)
        edit(made, contact_phone="023-00000009（示例）")
        with pytest.raises(Conflict) as refused:
            publicity_release.decide_release_notice(made.second, approval=asked, approve=True)
        assert str(refused.value) == "申请提出后内容已有变化，请由申请人重新申请。"
        edit(made, contact_phone=CONTACTS["contact_phone"])
        publicity_release.decide_release_notice(
            made.second, approval=asked, approve=True, note="已核对（示例）"
        )
        assert calls.view(made.officer, call=made.call).state == "publicity"
        shown = publicity_views.get(made.officer, call=made.call)
        assert (shown.waiting, shown.released_at is not None) == (None, True)
        actions = db.session.scalars(
            sa.select(AuditEntry.action).order_by(AuditEntry.sequence.desc()).limit(2)
        ).all()
        assert actions == ["release_notice", "approve_release_notice"]
        with pytest.raises(Conflict) as late:
            edit(made, contact_phone="改号（示例）")
        assert str(late.value) == "公示已发布，不能再改。须改正的，请办理更正。"


def test_refused_release_leaves_the_draft_open(ranked: Selection) -> None:
    made = ranked
    ready(made)
    with time_machine.travel(IN_TIME, tick=False):
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="经办人核对完毕（示例）")
        edit(made, supervision_phone="")
        publicity_release.decide_release_notice(
            made.second, approval=asked, approve=False, note="电话待核（示例）"
        )
        assert calls.view(made.officer, call=made.call).state == "decided"
        assert publicity_views.get(made.officer, call=made.call).waiting is None


def test_release_is_refused_when_the_period_is_over(ranked: Selection) -> None:
    ready(ranked)
    with time_machine.travel(IN_TIME, tick=False):
        asked = publicity_release.ask_release(
            ranked.officer, call=ranked.call, reason="经办人核对完毕（示例）"
        )
    late = "公示期已于2023年3月21日届满，请改正官网刊登日期后再提交发布。"
    with time_machine.travel(datetime(2023, 3, 21, 16, 0, tzinfo=UTC), tick=False):
        with pytest.raises(Invalid) as refused:
            publicity_release.decide_release_notice(ranked.second, approval=asked, approve=True)
        assert (str(refused.value), list(refused.value.fields)) == (late, ["published_on"])
        publicity_release.decide_release_notice(
            ranked.second, approval=asked, approve=False, note="日期已过（示例）"
        )
        with pytest.raises(Invalid) as again:
            publicity_release.ask_release(ranked.officer, call=ranked.call, reason="再次提交（示例）")
        assert str(again.value) == late
    assert calls.view(ranked.officer, call=ranked.call).state == "decided"


def test_public_notice_carries_what_two_people_released(ranked: Selection) -> None:
    made = ranked
    ready(made)
    with pytest.raises(NotFound, match=NOT_PUBLIC):
        public_notice.public(call=made.call)
    with moment(IN_TIME):
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="经办人核对完毕（示例）")
        publicity_release.decide_release_notice(made.second, approval=asked, approve=True)
    appear(made, IN_TIME)
    with moment(datetime(2023, 3, 16, 2, 0, tzinfo=UTC)):
        db.session.rollback()
        shown = public_notice.public(call=made.call)
        _name, data = public_notice.public_document(call=made.call)
    assert [row[1] for row in shown.words.rows] == [FIFTH, FOURTH, FIRST]
    assert (shown.working_days, shown.ends_at.isoformat()) == (5, "2023-03-22T00:00:00+08:00")
    assert shown.list_digest == publicity_views.get(made.officer, call=made.call).list_digest
    assert data == publicity_views.document(made.officer, call=made.call)[1]


def test_notice_is_taken_down_and_says_so_when_an_objection_changes_the_list(ranked: Selection) -> None:
    made, fourth = ranked, RANKED[3]
    ready(made)
    release(made)
    review = objections.typed_from_paper(made, PANEL[1], fourth)
    found = objections.opened(made, "correct", [fourth])
    points = objections.points_of(review)
    asked = sheet_corrections.ask_correction(
        made.officer,
        reexamination=found,
        review=review,
        points={**points, "C1.1": points["C1.1"] + 2},
        reason="C1.1录入少2分（示例）",
    )
    sheet_corrections.decide_correction(made.supervisor, approval=asked, approve=True)
    objections.settle(made, found, CHAIR)
    assert calls.view(made.officer, call=made.call).state == "ranked"
    for read in (public_notice.public, public_notice.public_document):
        with pytest.raises(NotFound) as gone:
            read(call=made.call)
        assert "撤下：经异议复核，名单须重新审定。请以重新发布的公示为准。" in str(gone.value)


def test_notice_without_any_unit_says_so(ranked: Selection) -> None:
    made = ranked
    decide(made, selected=(), departures="本批次无符合条件单位（示例）")
    publicity.draft(made.officer, call=made.call)
    shown = publicity_views.get(made.officer, call=made.call)
    assert "".join(shown.words.title) == "关于2023年市级重点绿色制造综合服务平台评审结果的公示"
    assert shown.words.rows == ()


def test_sentence_put_otherwise_is_shown_with_its_reason_and_can_be_restored(ranked: Selection) -> None:
    ready(ranked)
    made = ranked
    before = publicity_views.get(made.officer, call=made.call)
    (objections,) = [each for each in before.sentences if each.part == "objections"]
    assert not objections.edited
    text = objections.drafted.replace("书面形式", "书面形式（含电子邮件扫描件）")
    with pytest.raises(Invalid) as refused:
        say_otherwise(made, objections=(text, ""))
    assert set(refused.value.fields) == {"reason-objections"}
    say_otherwise(made, objections=(text, "便利外地单位反映情况"))
    shown = publicity_views.get(made.officer, call=made.call)
    (edited,) = [each for each in shown.sentences if each.edited]
    assert (edited.now, edited.reason, edited.lost) == (text, "便利外地单位反映情况", ())
    assert [piece.text for piece in edited.pieces if piece.kind == "in"] == ["（含电子邮件扫描件）"]
    assert text in shown.words.paragraphs
    assert text in publicity_views.plain_text(made.officer, call=made.call)[1].decode()
    say_otherwise(made, objections=(objections.drafted, ""))
    assert not any(s.edited for s in publicity_views.get(made.officer, call=made.call).sentences)
    lines = publicity_views.history(made.officer, call=made.call)
    assert [line.ordinal for line in lines] == list(range(len(lines), 0, -1))
    assert [change.label for change in lines[0].changes] == ["第三段（异议方式）"]
    (put,) = lines[1].changes
    assert (put.drafted, put.now, put.reasons) == ("", text, ("便利外地单位反映情况",))


def test_sentence_that_lost_its_period_or_holds_a_blank_keeps_the_notice_in(ranked: Selection) -> None:
    ready(ranked)
    made = ranked
    with time_machine.travel(IN_TIME, tick=False):
        say_otherwise(made, period=("公示时间为五个工作日。", "按处务会意见简写"))
        lost = {s.part: s.lost for s in publicity_views.get(made.officer, call=made.call).sentences}
        assert lost["period"] == ("公示起止日期", "公示工作日数")
        with pytest.raises(Conflict, match="公示起止日期"):
            publicity_release.ask_release(made.officer, call=made.call, reason="核对完毕（示例）")
        say_otherwise(made, period=("公示时间为【待填：日期】。", "按处务会意见简写"))
        with pytest.raises(Invalid, match="第二段（公示时间）"):
            publicity_release.ask_release(made.officer, call=made.call, reason="核对完毕（示例）")
    with pytest.raises(NotFound):
        say_otherwise(made, nothing=("文字", "理由理由"))


def test_what_a_sentence_leaves_out_is_excused_by_a_reason_that_both_officers_see(ranked: Selection) -> None:
    ready(ranked)
    made = ranked
    shorter = "公示时间为5个工作日，自刊登之日起计。"
    with time_machine.travel(IN_TIME, tick=False):
        with pytest.raises(Invalid) as refused:
            say_otherwise(made, period=(shorter, "按处务会意见简写", "短"))
        assert set(refused.value.fields) == {"excuse-period"}
        say_otherwise(made, period=(shorter, "按处务会意见简写", "起止日期以官网页面为准"))
        (shown,) = [s for s in publicity_views.get(made.officer, call=made.call).sentences if s.edited]
        assert (shown.lost, shown.left_out, shown.excuse) == (
            (),
            "公示起止日期",
            "起止日期以官网页面为准",
        )
        (put,) = publicity_views.history(made.officer, call=made.call)[0].changes
        assert put.reasons == ("按处务会意见简写", "起止日期以官网页面为准")
        edit(made, working_days="6")  # the sentence now says a wrong number, and no excuse is for that
        with pytest.raises(Conflict, match="第二段（公示时间）缺公示工作日数"):
            publicity_release.ask_release(made.officer, call=made.call, reason="核对完毕（示例）")
        edit(made, working_days="5")
        asked = publicity_release.ask_release(made.officer, call=made.call, reason="核对完毕（示例）")
        told = approvals.get(made.second, asked).payload["texts"]["period"]
        assert told == [shorter, "按处务会意见简写", "起止日期以官网页面为准", "公示起止日期"]


@pytest.mark.parametrize("days", ["9" * 5000, "0", "61", "-1", "五"])
def test_number_of_working_days_that_is_none_is_refused_at_its_field(ranked: Selection, days: str) -> None:
    ready(ranked)
    with pytest.raises(Invalid) as refused:
        edit(ranked, working_days=days)
    assert "working_days" in refused.value.fields


def test_another_order_than_the_rule_takes_a_reason(ranked: Selection) -> None:
    ready(ranked)
    made = ranked
    by_district = publicity_views.get(made.officer, call=made.call).words.rows
    with pytest.raises(Invalid) as refused:
        edit(made, list_order="rank")
    assert set(refused.value.fields) == {"order_reason"}
    edit(made, list_order="rank", order_reason="会议决定按排名公布", order_note="按评审排名排列")
    by_rank = publicity_views.get(made.officer, call=made.call).words.rows
    assert sorted(row[1] for row in by_rank) == sorted(row[1] for row in by_district)
    ranked_units = [row["unit"] for row in ranking.final_view(made.officer, call=made.call).rows]
    assert [row[1] for row in by_rank] == [unit for unit in ranked_units if unit in {r[1] for r in by_rank}]


def in_force(made: Selection) -> Notice:
    row = db.session().scalars(sa.select(Call).where(Call.public_id == made.call)).one()
    return publicity_reading.released_editions(db.session(), row)[0].notice


def test_correction_keeps_the_list_and_stands_beside_the_released_edition(ranked: Selection) -> None:
    ready(ranked)
    made = ranked
    with time_machine.travel(IN_TIME, tick=False):
        with pytest.raises(Conflict):
            publicity.begin_correction(made.officer, call=made.call, reason="联系电话有误（示例）")
        release(made)
        with pytest.raises(Conflict, match="不能再改"):
            edit(made, contact_phone="023-00000009")
        for reason in ("", "长" * 201):
            with pytest.raises(Invalid):
                publicity.begin_correction(made.officer, call=made.call, reason=reason)
        first = publicity_views.get(made.officer, call=made.call)
        publicity.begin_correction(made.officer, call=made.call, reason="联系电话有误（示例）")
        with pytest.raises(Conflict, match="已有一份更正稿"):
            publicity.begin_correction(made.officer, call=made.call, reason="联系电话有误（示例）")
        with pytest.raises(Invalid) as problem:
            edit(made, list_order="rank", order_reason="按排名更清楚（示例）")
        assert str(problem.value.fields["list_order"]).startswith("更正不改变名单和名单次序。")
        edit(made, contact_phone="023-00000009")
        draft = publicity_views.get(made.officer, call=made.call)
        assert (draft.edition, draft.editable, draft.list_digest) == (2, True, first.list_digest)
        # the released edition stands for everybody until two have released its correction
        assert in_force(made).contact_phone == CONTACTS["contact_phone"]
        with pytest.raises(NotFound, match="没有这一版"):
            publicity_views.plain_text(made.officer, call=made.call, edition=2)
        release(made)
        assert in_force(made).contact_phone == "023-00000009"
        name, old = publicity_views.plain_text(made.officer, call=made.call, edition=1)
        assert name.endswith("_第1版.txt")
        assert CONTACTS["contact_phone"] in old.decode()
        row = db.session().scalars(sa.select(Call).where(Call.public_id == made.call)).one()
        editions = publicity_reading.released_editions(db.session(), row)
        assert [(each.edition, each.digest) for each in editions] == [
            (2, first.list_digest),
            (1, first.list_digest),
        ]
        shown = publicity_views.get(made.officer, call=made.call)
        assert [row.correction for row in shown.editions] == ["", "联系电话有误（示例）"]
        assert all(row.released_at for row in shown.editions)
        assert ("联系电话", "023-00000009") in shown.words.contacts
        assert calls.view(made.officer, call=made.call).state == "publicity"


def test_page_for_the_website_is_whole_escaped_and_without_script(ranked: Selection) -> None:
    ready(ranked)
    edit(ranked, contact_address="<script>alert(1)</script>示例路1号")
    name, data = publicity_views.web_page(ranked.officer, call=ranked.call)
    text = data.decode()
    assert name.endswith(".html")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "http" not in text
    for row in publicity_views.get(ranked.officer, call=ranked.call).words.rows:
        assert row[1] in text


def test_draft_takes_over_what_the_office_has_filled_once_for_all_papers(ranked: Selection) -> None:
    told = {"contact_office": "节能处（示例）", "contact_phone": "023-00000007", "contact_postcode": "400000"}
    office_facts.record(ranked.officer, call=ranked.call, facts=told)
    decide(ranked, selected=RANKED[:3])
    publicity.draft(ranked.officer, call=ranked.call)
    view = publicity_views.get(ranked.officer, call=ranked.call)
    assert (view.facts["contact_office"], view.facts["contact_phone"]) == ("节能处（示例）", "023-00000007")
    assert "contact_postcode" not in view.facts
    assert "监督电话" in view.missing
