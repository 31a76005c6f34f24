"""结果告知书: own results only whatever the opinions say, mail after the list is final, nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid
from review_portal.exports import result_letter as export
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.opinions import PanelOpinion
from review_portal.services import (
    audit,
    holds,
    jobs,
    result_letter_facts,
    result_letter_rows,
    result_letter_views,
    result_letters,
)
from review_portal.services.result_letter_facts import Letter
from review_portal.services.rules import rules_of
from review_portal.worker import Worker
from scoring_rubrics.call import LetterRules
from tests import factories_lists as lists
from tests.engines import on_sqlite
from tests.exports.docx_reading import opened
from tests.factories_lists import LIST_FACTS, SETTLED, change_rules, drafted, settle
from tests.factories_selection import PANEL, REJECTED, WITHDRAWN, Selection
from tests.posting import at, set_up_mail
from tests.selection_copies import copied
from tests.smtp_server import Mailbox, mail_server

pytestmark = on_sqlite  # what differs between engines is tested with the reminders
SELECTED, OTHERS = ("2023-001", "2023-004", "2023-005"), ("2023-006", "2023-007", "2023-008")


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A list that is final, and an officer who has not told anybody yet."""
    with copied(request, engine_name, "decided", tmp_path) as found, found.app.app_context():
        lists.publish(found)
        drafted(found)
        settle(found)
        yield found


@pytest.fixture
def box(made: Selection) -> Iterator[Mailbox]:
    with mail_server() as found:
        set_up_mail(made.app, found)
        yield found


def letters(made: Selection) -> dict[str, Letter]:
    session = db.session()
    session.rollback()
    row = session.scalars(sa.select(Call).where(Call.public_id == made.call)).one()
    found = result_letter_facts.letters(session, row, rules_of(row), result_letter_rows.final(session, row))
    return {one.number: one for one in found}


def words(made: Selection, number: str | None = None) -> str:
    dossier = made.numbers[number] if number else None
    document = opened(result_letter_views.document(made.officer, call=made.call, dossier=dossier)[1])
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([line.text for line in document.paragraphs] + cells)


def test_each_letter_tells_own_results_and_nothing_of_anybody_else(made: Selection) -> None:
    found = letters(made)
    assert tuple(found) == SELECTED + OTHERS
    assert not {*REJECTED, WITHDRAWN} & set(found)
    assert [one.outcome for one in found.values()] == ["selected"] * 3 + ["not_selected"] * 3
    names = {number: one.unit for number, one in found.items()}
    scores = {
        n: {p for _s, p in one.letter.scores or () if p} | {one.letter.final} for n, one in found.items()
    }
    codes = {code for round_ in (made.written, made.defense) for code in made.codes(round_).values()}
    for number in found:
        text = words(made, number)
        own, final = names[number], found[number].letter.final
        assert own in text and f"申报编号 {number}" in text
        foreign = [name for other, name in names.items() if other != number and name not in own]
        foreign += [other for other in found if other != number]
        foreign += [
            points
            for other, values in scores.items()
            for points in values
            if other != number and points and points not in scores[number]
        ]
        foreign += [*PANEL, *codes, "第1名", "名次", "排名", "得票"]
        assert [word for word in foreign if word in text] == []
        assert (f"最终得分{final}分。" in text) == (final is not None)
        assert "【待填" not in text and "5个工作日内" in text
    assert "未按规定参加现场答辩，按放弃处理。" in words(made, "2023-007")
    assert "未进入现场答辩环节。" in words(made, "2023-008")
    assert "列入公布的名单（" + LIST_FACTS["list_number"] in words(made, "2023-001")
    together = words(made)
    assert all(name in together for name in names.values())
    again = result_letter_views.document(made.officer, call=made.call)
    assert result_letter_views.document(made.second, call=made.call) == again


def test_opinion_that_names_another_an_expert_or_a_rank_does_not_go_with_the_letter(made: Selection) -> None:
    found = letters(made)
    opinion = found["2023-001"].letter.opinion
    assert opinion is not None and opinion.conclusion == "推荐"
    assert opinion.strengths in words(made, "2023-001")
    session = db.session()
    row = session.scalars(
        sa.select(PanelOpinion).join(Dossier, Dossier.id == PanelOpinion.dossier_id).limit(1)
    ).first()
    assert row is not None
    other = found["2023-004"].unit
    hostile = (
        f"较{other}为优",
        f"较{other[:4]} {other[4:]}为优",
        "2023-004 更好",
        f"{PANEL[1]}认为可行",
        f"按{min(made.codes(made.defense).values())}的意见修改",
        "综合排名靠前",
        "列第2名",
    )
    own = [found["2023-001"].unit]
    others = [other, "2023-004", *PANEL, *made.codes(made.defense).values()]
    session.expunge(row)
    for text in hostile:
        row.problems = text
        assert result_letter_facts._names_others(row, own, others), text
    row.problems = f"{own[0]}的任务可再细化"
    assert not result_letter_facts._names_others(row, own, others)
    withheld = replace(found["2023-001"].letter, opinion=None, withheld=True)
    text = "\n".join(line.text for line in opened(export.write_docx([withheld])).paragraphs)
    assert export.WITHHELD in text and opinion.strengths not in text


def test_rule_decides_whether_scores_and_opinion_are_told(made: Selection) -> None:
    change_rules(made, letters=LetterRules())
    text = words(made, "2023-001")
    assert "本单位得分" not in text and "专家组意见" not in text and "计分方法" in text
    assert "最终得分" not in text.replace("最终得分为各轮得分", "").replace("最终得分相同的", "")


def run(made: Selection) -> str:
    with at(SETTLED):
        job = result_letters.queue(made.officer, call=made.call)
        Worker(made.app).work_off()
    db.session.rollback()
    return job


def shown(made: Selection) -> dict[str, str]:
    db.session.rollback()
    view = result_letter_views.overview(made.officer, call=made.call)
    return {row.number: row.kind for row in view.rows}


def test_mail_tells_the_outcome_once_and_neither_scores_nor_opinion(made: Selection, box: Mailbox) -> None:
    known = letters(made)
    with_address = [number for number, one in known.items() if one.email]
    assert with_address
    job = run(made)
    assert len(box.letters) == len(with_address)
    line = result_letter_views.sending(made.officer, call=made.call, job=job)
    assert (line.state, line.done, line.total) == ("done", len(known), len(known))
    assert shown(made) == {n: "sent" if n in with_address else "skipped" for n in known}
    for letter, number in zip(box.letters, with_address, strict=True):
        text, one = letter.get_content(), known[number]
        assert letter["To"] == one.email and number in letter["Subject"]
        assert one.unit in text and ("未列入" in text) == (one.outcome == "not_selected")
        assert not letter.is_multipart()
        told = [p for _stage, p in one.letter.scores or () if p]
        opinion = one.letter.opinion.strengths if one.letter.opinion else "\0"
        assert [word for word in [*told, opinion, *PANEL] if word in text] == []
        assert [o.unit for o in known.values() if o.unit in text and o.unit not in one.unit] == []
    with at(SETTLED), pytest.raises(Conflict, match="没有需要发送的邮件"):
        result_letters.queue(made.officer, call=made.call)
    rows = result_letter_views.overview(made.supervisor, call=made.call).rows
    assert all("****" in row.email for row in rows if row.email)
    assert audit.verify().holds


def test_mail_that_broke_off_is_told_as_unknown_and_one_refused_is_sent_again(
    made: Selection, box: Mailbox
) -> None:
    known = {number: one.email for number, one in letters(made).items() if one.email}
    first, *_between, last = known
    refused = [number for number in known if known[number] == known[last] and number != first]
    box.refused.add(known[last])
    with at(SETTLED):
        job = result_letters.queue(made.officer, call=made.call, request_key="press")
        assert result_letters.queue(made.officer, call=made.call, request_key="press") == job
        with pytest.raises(Conflict, match="正在发送"):
            result_letters.queue(made.officer, call=made.call)
        claimed = jobs.claim("one")
        while claimed is not None and claimed.kind != "notify":  # the ranking's analysis was queued before
            claimed = jobs.claim("one")
        assert claimed is not None and result_letters.next_letter(claimed) is not None
        jobs.release(claimed)  # the worker dies between claim and result
        Worker(made.app).work_off()
        kinds = shown(made)
        assert kinds[first] == "unknown"
        assert [number for number, kind in kinds.items() if kind == "failed"] == refused
        sent = len(box.letters)
        box.refused.clear()
        result_letters.queue(made.officer, call=made.call)
        Worker(made.app).work_off()
        assert len(box.letters) - sent == len(refused)  # not to whom it may have reached, nor to the others
        with pytest.raises(Conflict, match="没有需要发送的邮件"):
            result_letters.queue(made.officer, call=made.call)


def test_nothing_is_sent_before_the_list_is_final_nor_while_the_call_is_held(
    made: Selection, box: Mailbox
) -> None:
    with at(SETTLED):
        result_letters.queue(made.officer, call=made.call)
        hold = holds.hold(made.supervisor, call=made.call, reason="收到举报，先行核查（示例）")
        Worker(made.app).work_off()
        assert set(shown(made).values()) == {"skipped"} and not box.letters
        holds.lift(made.supervisor, call=made.call, hold=hold, finding="经核查不实（示例），继续办理")
        result_letters.queue(made.officer, call=made.call)
        lists.take_off(made, "2023-004", held_on=date(2023, 3, 23))
        Worker(made.app).work_off()
        assert not box.letters  # the change is public again: the list is not final
        with pytest.raises(Conflict, match="名单变更正在公示"):
            result_letters.queue(made.officer, call=made.call)
        assert str(result_letter_views.overview(made.officer, call=made.call).blocked).startswith("名单变更")


def test_delivery_of_the_sealed_letter_is_recorded_and_the_newest_counts(made: Selection) -> None:
    given = {"call": made.call, "dossier": made.numbers["2023-006"]}
    with at(SETTLED):
        with pytest.raises(Invalid) as problem:
            result_letters.record_delivery(
                made.officer, way="pigeon", on=date(2023, 3, 1), receiver="", **given
            )
        assert set(problem.value.fields) == {"way", "on", "receiver"}
        for receiver in ("示例甲", "示例乙"):
            result_letters.record_delivery(
                made.officer, way="handed", on=date(2023, 3, 23), receiver=receiver, **given
            )
        rows = {row.number: row for row in result_letter_views.overview(made.officer, call=made.call).rows}
        delivered = rows["2023-006"].delivery
        assert delivered is not None and delivered.receiver == "示例乙"
    assert audit.verify().holds
