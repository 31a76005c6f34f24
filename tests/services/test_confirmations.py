"""Before the list leaves each expert confirms the own sheets; who does not keeps it in the room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.services import (
    approvals,
    confirmations,
    confirmations_by_two,
    decision_views,
    dossiers,
    publicity,
    publicity_release,
)
from review_portal.services.dossiers import Upload
from tests.factories_selection import (
    CHAIR,
    PANEL,
    RANKED,
    WITHDRAWN,
    Selection,
    ask_decision,
    confirm,
    decide,
    proposed,
)
from tests.selection_copies import copied

LETTER = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
WHY = "2023-001 第一项应为8分（示例）"


@pytest.fixture
def finished(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The first round's reconciliation has ended; nobody has confirmed."""
    with copied(request, engine_name, "finished", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen and everybody has confirmed."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def states(made: Selection, round_: str) -> list[str]:
    return [seat.state for seat in confirmations.progress(made.supervisor, round_=round_).seats]


def test_expert_sees_and_confirms_the_own_sheets_alone(finished: Selection) -> None:
    """The recused one has a sheet less; the withdrawn unit is nobody's; what was revised is said so."""
    counts = {}
    for name in PANEL:
        own = confirmations.own(finished.expert(name), round_=finished.written)
        counts[name] = len(own.sheets)
        assert WITHDRAWN not in [sheet.number for sheet in own.sheets]
        assert [sheet.number for sheet in own.sheets if sheet.revised] == (
            ["2023-004"] if name == PANEL[4] else []
        )
    assert counts == {name: 5 if name == "壬示例" else 6 for name in PANEL}
    person, own = (
        finished.expert(PANEL[1]),
        confirmations.own(finished.expert(PANEL[1]), round_=finished.written),
    )
    for digest in ("", confirmations.own(finished.expert(PANEL[2]), round_=finished.written).digest):
        with pytest.raises(Conflict):
            confirmations.answer(person, round_=finished.written, digest=digest, agrees=True)
    with pytest.raises(Invalid):
        confirmations.answer(person, round_=finished.written, digest=own.digest, agrees=False, reason=" ")
    for _twice in range(2):
        confirmations.answer(person, round_=finished.written, digest=own.digest, agrees=True)
    assert confirmations.own(person, round_=finished.written).state == "confirmed"
    assert sorted(states(finished, finished.written)) == ["confirmed", *["open"] * 4]
    assert confirmations.waiting_for(person) == []
    assert [name for _id, name in confirmations.waiting_for(finished.expert(CHAIR))] == ["专家书面评审"]


def test_nobody_confirms_before_reconciliation_ends_nor_for_another(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "sealed", tmp_path) as made, made.app.app_context():
        with pytest.raises(Conflict) as refused:
            confirmations.own(made.expert(PANEL[1]), round_=made.written)
        assert str(refused.value) == "复议结束后方可确认本人评分。"
        with pytest.raises(NotAllowed):
            confirmations.progress(made.supervisor, round_=made.written)
        for stranger in (made.officer, made.supervisor):
            with pytest.raises(NotFound):
                confirmations.own(stranger, round_=made.written)
        with pytest.raises(NotFound):
            confirmations.progress(made.expert(PANEL[1]), round_=made.written)


def test_list_stays_in_the_room_while_an_expert_disputes(ranked: Selection) -> None:
    made, person = ranked, ranked.expert(PANEL[2])
    own = confirmations.own(person, round_=made.defense)
    confirmations.answer(person, round_=made.defense, digest=own.digest, agrees=False, reason=WHY)
    (seat,) = confirmations.progress(made.expert(CHAIR), round_=made.defense).open
    assert (seat.state, seat.reason, seat.code) == ("disputed", WHY, own.code)
    sentence = (
        f"还有专家未确认“与本人评分一致”：现场答辩{own.code}（不一致）。全部确认以前，名单不能离开评审现场。"
    )
    for act in (
        lambda: ask_decision(made, selected=proposed(made)),
        lambda: publicity.draft(made.officer, call=made.call),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert str(refused.value) == sentence
    found = decision_views.docket(made.officer, call=made.call)
    assert found is not None and str(found.blocked) == sentence
    with pytest.raises(Conflict):  # who disputes is not absent
        confirmations_by_two.ask_for(made.officer, member=seat.member, kind="absent", reason="未到场（示例）")
    confirm(made, made.defense)
    asked = ask_decision(made, selected=proposed(made))
    assert approvals.get(made.second, asked).outcome == "pending"


def test_release_is_refused_when_an_expert_disputes_after_the_decision(ranked: Selection) -> None:
    made, person = ranked, ranked.expert(PANEL[2])
    decide(made, selected=proposed(made))
    publicity.draft(made.officer, call=made.call)
    own = confirmations.own(person, round_=made.written)
    confirmations.answer(person, round_=made.written, digest=own.digest, agrees=False, reason=WHY)
    with pytest.raises(Conflict) as refused:
        publicity_release.ask_release(made.officer, call=made.call, reason="提交发布（示例）")
    assert f"专家书面评审{own.code}（不一致）" in str(refused.value)


def test_signature_on_paper_and_absence_are_the_word_of_two(finished: Selection) -> None:
    made = finished
    confirm(made, made.written, but=PANEL[3:])
    first, second = confirmations.progress(made.officer, round_=made.written).open
    with pytest.raises(Invalid):
        confirmations_by_two.ask_for(made.officer, member=first.member, kind="other", reason="某事（示例）")
    asked = [
        confirmations_by_two.ask_for(made.officer, member=seat.member, kind=kind, reason="当面收回（示例）")
        for seat, kind in ((first, "paper"), (second, "absent"))
    ]
    with pytest.raises(Conflict):
        confirmations_by_two.ask_for(made.officer, member=first.member, kind="paper", reason="再次（示例）")
    for person in (made.officer, made.second):
        with pytest.raises((NotAllowed, NotFound)):
            confirmations_by_two.decide_for(person, approval=asked[0], approve=True)
    confirmations_by_two.decide_for(made.supervisor, approval=asked[0], approve=True, note="在场（示例）")
    confirmations_by_two.decide_for(made.supervisor, approval=asked[1], approve=False, note="再联系（示例）")
    assert sorted(states(made, made.written)) == ["confirmed"] * 3 + ["open", "paper"]
    assert [seat.member for seat in confirmations.progress(made.officer, round_=made.written).open] == [
        second.member
    ]


def test_word_stands_when_a_unit_withdraws_later(finished: Selection) -> None:
    confirm(finished, finished.written)
    dossiers.withdraw(
        finished.officer, dossier=finished.numbers[RANKED[3]], reason="来函撤回（示例）", letter=LETTER
    )
    assert states(finished, finished.written) == ["confirmed"] * 5
