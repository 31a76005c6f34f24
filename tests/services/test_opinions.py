"""The panel's opinions: drafted by the chair, confirmed or contradicted by name, and what they decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from docx import Document

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.experts import Expert
from review_portal.services import (
    audit,
    late_conflicts,
    opinion_documents,
    opinion_reading,
    opinions,
    own_opinions,
    ranking,
)
from review_portal.services.opinion_reading import OpinionText, OpinionView, Versioned
from review_portal.services.opinion_rows import Standing
from tests.exports.docx_reading import opened, table_texts
from tests.factories_opinions import STRENGTHS, agree, confirm, draft, text
from tests.factories_selection import CHAIR, PANEL, RANKED, Selection
from tests.selection_copies import copied

RECUSED = "壬示例"  # from the first unit
DISSENT = "首年接入企业没有落实，应列为有条件推荐（示例）。"
ABSENT = "该专家出差在外无法登录（示例）。"
LOOK = "维持开启前冻结的规则（示例）。"


@pytest.fixture
def finished(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Both rounds finished, no opinions yet; third and fourth are tied for one place."""
    with copied(request, engine_name, "tied", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def unfinished(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The first round is finished, the defense has not begun."""
    with copied(request, engine_name, "shortlisted", tmp_path) as made, made.app.app_context():
        yield made


def seen(made: Selection, number: str) -> OpinionView:
    db.session.rollback()
    return opinion_reading.view(made.expert(CHAIR), round_=made.defense, dossier=made.numbers[number])


def standing(made: Selection, number: str) -> Standing:
    latest = seen(made, number).latest
    assert latest is not None
    return latest.standing


def answer(made: Selection, name: str, opinion: str, word: str = "confirm", reason: str = "") -> None:
    opinions.answer(made.expert(name), opinion=opinion, answer=word, reason=reason)


def settle(made: Selection, number: str, reason: str, after: int = 1) -> None:
    at = {"round_": made.defense, "dossier": made.numbers[number]}
    opinions.settle(made.expert(CHAIR), reason=reason, after=after, **at)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises((Conflict, Invalid)) as problem:
        act()
    return str(problem.value)


def test_everybody_without_recusal_is_asked_and_dissent_is_printed(finished: Selection) -> None:
    chair, first, third = finished.expert(CHAIR), RANKED[0], RANKED[2]
    view = seen(finished, third)
    assert (view.recorded, view.recorded_conditions) == ("conditional", "明确首年接入企业名单（示例）")
    assert {comment.stage for comment in view.comments} == {"专家书面评审", "现场答辩"}
    assert not {comment.code for comment in view.comments} & set(PANEL)  # by code, never by name
    opinion = draft(finished, third)
    assert draft(finished, third) == opinion  # the same text again is no new version
    state = standing(finished, third)
    assert (state.state, state.confirmed, len(state.waiting)) == ("waiting", 1, 4)  # drafting confirms
    answer(finished, PANEL[1], opinion, "dissent", DISSENT)
    answer(finished, PANEL[1], opinion, "dissent", DISSENT)
    answer(finished, PANEL[2], opinion, "dissent", DISSENT)
    answer(finished, PANEL[2], opinion)  # may be changed while others have not answered
    answer(finished, PANEL[3], opinion)
    assert refused(lambda: settle(finished, third, "略")) == "确认未结束，请更正标出的内容。"
    settle(finished, third, ABSENT)
    assert refused(lambda: answer(finished, PANEL[4], opinion)) == "这份意见的确认已结束，不能再改。"
    assert standing(finished, third).state == "dissented"
    draft(finished, first)
    assert [person.name for person in standing(finished, first).waiting].count(RECUSED) == 0
    name, data = opinion_documents.forms(finished.officer, round_=finished.defense)
    assert opinion_documents.forms(finished.officer, round_=finished.defense) == (name, data)
    document = Document(BytesIO(data))
    told = "\n".join(
        [*(p.text for p in document.paragraphs)]
        + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    )
    for words in (DISSENT, ABSENT, PANEL[4], STRENGTHS, "有条件推荐", "明确首年接入企业名单（示例）"):
        assert words in told
    (page,) = [
        [row[:] for row in table_texts(table)]
        for table in document.tables
        if (PANEL[4], f"未答复：{ABSENT}") in {tuple(row[:2]) for row in table_texts(table)}
    ]
    assert page[-1] == [PANEL[4], f"未答复：{ABSENT}", ""]  # scored the unit, so signs for it
    recused = [tuple(row) for table in document.tables for row in table_texts(table) if row[0] == RECUSED]
    assert (RECUSED, "回避", "不签字") in recused
    assert opinion_documents.forms(chair, round_=finished.defense, dossier=finished.numbers[third])[0] == (
        f"专家组评审意见表-{third} {view.unit}"
    )
    assert audit.verify().holds


def test_form_prints_the_scores_before_and_after_they_are_frozen(finished: Selection) -> None:
    agree(finished, {RANKED[1]: "not_recommended", RANKED[3]: "not_recommended"})  # no tie at the cut
    before = opinion_documents.forms(finished.officer, round_=finished.defense)[1]
    chair = finished.expert(CHAIR)
    digest = ranking.view(chair, round_=finished.defense).digest
    ranking.freeze(chair, round_=finished.defense, digest=digest, look=LOOK)
    assert opinion_documents.forms(finished.officer, round_=finished.defense)[1] == before
    printed = [row[1] for table in opened(before).tables for row in table_texts(table) if row[0] == "得分"]
    body = ranking.final_view(finished.officer, call=finished.call).body
    written, defense = (stage["key"] for stage in body["stages"])
    assert printed == [
        f"专家书面评审{line['stage_scores'][written]}分，现场答辩{line['stage_scores'][defense]}分，"
        f"最终得分{line['final']}分"
        for line in sorted(body["rows"], key=lambda line: line["number"])
    ]


def test_new_version_asks_again_and_a_stale_one_is_told(finished: Selection) -> None:
    number = RANKED[1]
    first = draft(finished, number)
    confirm(finished, first)
    assert standing(finished, number).state == "agreed"
    at = {"round_": finished.defense, "dossier": finished.numbers[number]}
    newer = OpinionText("另一种写法的优点。", "未发现问题。", "按期实施。", "not_recommended")
    chair = finished.expert(CHAIR)
    with pytest.raises(Conflict) as stale:
        opinions.draft(chair, text=newer, reason="现场查验后改变（示例）", after=0, **at)
    assert isinstance(stale.value.theirs, Versioned)
    assert (stale.value.theirs.ordinal, stale.value.theirs.text.strengths) == (1, STRENGTHS)
    with pytest.raises(Invalid) as faulty:
        opinions.draft(chair, text=newer, after=1, **at)
    assert str(faulty.value.fields["reason"]) == "结论与答辩记录不同，请写明理由，至少10个字。"
    assert opinions.draft(chair, text=newer, reason="现场查验后改变结论（示例）", after=1, **at) == 2
    assert standing(finished, number).state == "waiting"
    assert refused(lambda: answer(finished, PANEL[1], first)) == "组长已修改这份意见，请看过新的一版再答复。"
    latest = seen(finished, number).latest
    assert latest is not None
    own = own_opinions.own(finished.expert(PANEL[1]), opinion=first)
    assert (own.public_id, own.answer) == (latest.public_id, "")
    for name in PANEL[1:4]:
        answer(finished, name, latest.public_id, "dissent", DISSENT)
    assert refused(lambda: settle(finished, number, ABSENT, after=2)).startswith("应答复5人，已同意1人，未过")
    answer(finished, PANEL[4], latest.public_id)
    assert standing(finished, number).state == "rejected"


def test_faults_stand_at_their_fields(finished: Selection) -> None:
    at = {"round_": finished.defense, "dossier": finished.numbers[RANKED[0]]}
    chair = finished.expert(CHAIR)
    empty, long = (
        OpinionText(),
        OpinionText("优" * 2001, "未发现问题。", "按期实施。", "recommended", "条件若干"),
    )
    with pytest.raises(Invalid) as faulty:
        opinions.draft(chair, text=empty, **at)
    assert set(faulty.value.fields) == {"strengths", "problems", "advice", "conclusion"}
    with pytest.raises(Invalid) as faulty:
        opinions.draft(chair, text=long, **at)
    assert set(faulty.value.fields) == {"strengths", "conditions"}
    opinion = draft(finished, RANKED[0])
    for word, reason in (("", ""), ("dissent", "短"), ("confirm", "长" * 2001)):
        with pytest.raises(Invalid):
            answer(finished, PANEL[1], opinion, word, reason)


def test_freezing_waits_for_the_opinions_within_the_cut_and_takes_their_conclusions(
    finished: Selection,
) -> None:
    chair = finished.expert(CHAIR)

    def freeze() -> None:
        digest = ranking.view(chair, round_=finished.defense).digest
        ranking.freeze(chair, round_=finished.defense, digest=digest, look=LOOK)

    said = refused(freeze)
    assert [number for number in RANKED if number in said] == list(RANKED)
    agree(finished, {RANKED[1]: "not_recommended", RANKED[3]: "not_recommended"})
    freeze()
    body = ranking.final_view(finished.officer, call=finished.call).body
    assert [(row["outcome"], row["result"]) for row in body["rows"]] == [
        ("proposed", "recommended"),
        ("ranked", "not_recommended"),
        ("proposed", "conditional"),
        ("ranked", "not_recommended"),
    ]
    assert body["rows"][2]["conditions"] == "明确首年接入企业名单（示例）"
    assert [found.holds for found in ranking.verify(finished.supervisor, call=finished.call)] == [True, True]
    assert refused(lambda: draft(finished, RANKED[0], "conditional")).startswith("排名已冻结")
    assert own_opinions.list_own(finished.expert(PANEL[1])) == []


def test_opinion_is_asked_about_again_when_who_confirmed_it_has_to_be_recused(finished: Selection) -> None:
    number, chair = RANKED[0], finished.expert(CHAIR)
    agree(finished)
    expert = db.session.scalars(sa.select(Expert.public_id).where(Expert.name == PANEL[4])).one()
    late_conflicts.report_conflict(
        finished.officer,
        call=finished.call,
        expert=expert,
        dossier=finished.numbers[number],
        reason="曾任该单位顾问（示例）",
    )
    for row in late_conflicts.list_found(finished.officer, call=finished.call):
        asked = late_conflicts.ask_settle(
            finished.officer, conflict=row.public_id, outcome="void", reason="经查属实（示例）"
        )
        late_conflicts.decide_settle(finished.supervisor, approval=asked, approve=True, note="同意（示例）")
    digest = ranking.view(chair, round_=finished.defense).digest
    said = refused(lambda: ranking.freeze(chair, round_=finished.defense, digest=digest, look=LOOK))
    assert [item for item in RANKED if item in said] == [number]
    confirm(finished, draft(finished, number))
    latest = seen(finished, number).latest
    assert latest is not None
    assert (latest.ordinal, latest.standing.state, latest.standing.voters) == (2, "agreed", 3)


def test_nobody_else_drafts_or_answers(finished: Selection) -> None:
    at = {"round_": finished.defense, "dossier": finished.numbers[RANKED[0]]}
    opinion = draft(finished, RANKED[0])
    said = text(seen(finished, RANKED[0]))
    for office in (finished.officer, finished.supervisor):
        with pytest.raises(NotAllowed):
            opinions.draft(office, text=said, **at)
        with pytest.raises(NotFound):
            opinions.answer(office, opinion=opinion, answer="confirm")
    for act in (
        lambda: opinions.draft(finished.expert(PANEL[1]), text=said, **at),
        lambda: opinion_reading.view(finished.expert(PANEL[1]), **at),
        lambda: answer(finished, RECUSED, opinion),
        lambda: own_opinions.own(finished.expert(RECUSED), opinion=opinion),
        lambda: answer(finished, PANEL[1], "nosuchopin00"),
    ):
        with pytest.raises(NotFound):
            act()


def test_opinions_belong_to_the_last_round_after_its_reconciliation(unfinished: Selection) -> None:
    chair, officer = unfinished.expert(CHAIR), unfinished.officer
    dossier = unfinished.numbers[RANKED[0]]
    said = OpinionText(STRENGTHS, STRENGTHS, STRENGTHS, "recommended")
    assert (
        refused(lambda: opinions.draft(chair, round_=unfinished.written, dossier=dossier, text=said))
        == "末轮复议结束后方可起草专家组意见。"
    )
    with pytest.raises(NotFound):
        opinion_reading.list_opinions(chair, round_=unfinished.written)
    with pytest.raises(NotAllowed):
        opinion_reading.list_opinions(officer, round_=unfinished.defense)
