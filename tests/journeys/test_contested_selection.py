"""A selection that is contested: a planted outlier, a recusal, a tie at the cut, panels that share nobody.

Two groups of one panel score different dossiers, so that their severity cannot be compared; one sheet lies
far from the others; one expert is recused in the middle; two dossiers of equal figures stand on both sides of
the cut; and a supervisor stops everything once. Then the list is frozen, and all of it is on the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.domain.errors import Held, Invalid
from review_portal.domain.policy import Viewer
from review_portal.services import (
    assignments,
    audit,
    calls,
    experts,
    holds,
    ranking,
    reconciliation,
    reviews,
    rounds,
    supervision_notes,
    supervision_record,
)
from review_portal.services.revisions import Sheet
from scoring_rubrics import Rubric
from tests import factories
from tests.engines import on_sqlite
from tests.factories_selection import CHAIR, PANEL, UNDELIVERED, Selection, own_reviews, sheet
from tests.factories_selection import _seat as seat
from tests.factories_selection import _unseal as unseal
from tests.selection_copies import copied
from tests.services.test_holds import FINDING, REASON
from tests.visitor import Visitor

pytestmark = on_sqlite
GROUPS = {  # who scores what: nobody in both
    (PANEL[0], PANEL[1]): ("2023-001", "2023-004", "2023-005"),
    (PANEL[2], PANEL[3], PANEL[4]): ("2023-006", "2023-007", "2023-008", "2023-009"),
}
SHARES = {
    "2023-001": "0.90",
    "2023-004": "0.86",
    "2023-005": "0.80",
    "2023-006": "0.88",
    "2023-007": "0.76",
    "2023-008": "0.82",
    "2023-009": "0.76",
}
WITNESSED = ("结束评分并封存", "提请暂停", "解除暂停", "启封评分", "复议开始", "结束复议", "冻结入围名单")
TIED = ("2023-007", "2023-009")  # places six and seven of seven, where six go on
OUTLIER, SPOILT = PANEL[4], "2023-006"
RECUSED, LEFT = PANEL[3], "2023-008"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection that has been assigned."""
    with copied(request, engine_name, "assigned", tmp_path) as made:
        yield made


def rubric_of(made: Selection) -> Rubric:
    shown = calls.view(made.officer, call=made.call)
    return shown.rules.rubric_of(shown.rounds[0].stage)


def filled(rubric: Rubric, number: str, share: str) -> Sheet:
    """The dossier's share of every item, the same from everybody: ties are whole."""
    return sheet(rubric, f"same-{number}", share, 2)


def split(made: Selection) -> None:
    """Leave each expert the dossiers of the own group."""
    pool = {line.name: line.public_id for line in experts.list_experts(made.officer, call=made.call)}
    foreign = [
        (pool[name], made.numbers[number])
        for names, numbers in GROUPS.items()
        for name in names
        for number in SHARES
        if number not in numbers
    ]
    assignments.unassign(made.officer, round_=made.written, pairs=foreign)
    rounds.open_round(made.officer, round_=made.written, deadline=None, reason=UNDELIVERED)
    seat(made, made.written)


def score(made: Selection) -> None:
    """Everybody scores; one asks to be recused from a dossier, one is far too hard on another."""
    rubric = rubric_of(made)
    for name in PANEL:
        viewer = made.expert(name)
        reviews.sign_pledge(viewer, round_=made.written)
        for number, dossier, review in own_reviews(made.written, viewer):
            if (name, number) == (RECUSED, LEFT):
                reviews.declare(viewer, dossier=dossier, answer="recuse", reason="近三年有业务往来（示例）")
                continue
            reviews.declare(viewer, dossier=dossier, answer="clear")
            share = "0.40" if (name, number) == (OUTLIER, SPOILT) else SHARES[number]
            hand_in(viewer, review, filled(rubric, number, share))


def hand_in(viewer: Viewer, review: str, what: Sheet) -> None:
    reviews.submit_review(viewer, review=review, sheet=what, base_version=0, request_key=review)


def stopped(made: Selection) -> None:
    """A supervisor stops the sealed round: the chair cannot ask to unseal until the other has looked."""
    hold = holds.hold(made.supervisor, call=made.call, round_=made.written, reason=REASON)
    with pytest.raises(Held):
        rounds.ask_unseal(made.expert(CHAIR), round_=made.written, reason="评分已结束（示例）")
    other = made.office.supervisor_b.viewer(made.app)
    holds.lift(other, call=made.call, hold=hold, finding=FINDING)


def reconcile(made: Selection) -> None:
    """The flagged sheet is asked about and revised; the round ends only when that is done."""
    chair, code = made.expert(CHAIR), made.codes(made.written)[OUTLIER]
    with pytest.raises(Invalid):  # a flag that nobody was asked about needs the panel's reason
        rounds.finish_round(chair, round_=made.written)
    (case,) = reconciliation.open_cases(
        chair,
        round_=made.written,
        dossier=made.numbers[SPOILT],
        codes=[code],
        question="该表与其他专家相差较大，请说明依据（示例）。",
        trigger="deviation",
    )
    reconciliation.answer_case(
        made.expert(OUTLIER),
        case=case,
        answer="revise",
        reason="看的是佐证材料上传以前的版本，已重新核对（示例）。",
        sheet=filled(rubric_of(made), SPOILT, "0.84"),
        request_key="revised",
    )
    rounds.finish_round(chair, round_=made.written)


def flagged_without_ranks(made: Selection, chair: Visitor) -> None:
    """Opened, the outlier stands under its code with the frozen reasons; nobody is ranked or named."""
    with made.app.app_context():
        code = made.codes(made.written)[OUTLIER]
    page = chair.get(f"/chair/{made.written}/overview")
    for sentence in (f"{code}评分39.00，偏离均值72.00超过30%。", "极差49.50分，超过25分。"):
        assert sentence in page.text, sentence
    told = [word for word in (*PANEL[1:], "第1名", "入围", "进入现场答辩") if word in page.text]
    assert told == []


def ranked_with_its_doubts(made: Selection, chair: Visitor) -> None:
    """The page says what could not be compared, who is tied at the cut, and what reconciliation changed."""
    page = chair.get(f"/chair/{made.written}/ranking")
    for sentence in (
        "本轮评审分为2个互不连通的专家组，组间没有共同评审的材料，不能作评分校准，按评审规则改用未校准的评分。",
        "并列，位于入围6家界线两侧，一并进入下一环节，共7家。",
        "名单因复议改变：2023-006",
        "本轮参评单位不足10家，不计算入选可能性和名次区间",
    ):
        assert sentence in page.text, sentence


def frozen_and_on_record(made: Selection) -> None:
    """What is frozen comes out of the sheets again, and the supervisors' record and the trail hold."""
    chair, watcher = made.expert(CHAIR), made.supervisor
    shown = ranking.view(chair, round_=made.written)
    standing = {row["number"]: (row["rank"], row["standing"]) for row in shown.rows}
    assert {number: standing[number] for number in TIED} == dict.fromkeys(TIED, (6, "undecided"))
    assert standing[SPOILT] == (2, "within")
    ranking.freeze(chair, round_=made.written, digest=shown.digest, look="")
    assert [found.holds for found in ranking.verify(made.officer, call=made.call)] == [True]
    known = supervision_record.record(watcher, call=made.call)
    supervision_notes.note_normal(watcher, call=made.call, nodes=[node.key for node in known.nodes])
    form = supervision_notes.make_form(watcher, call=made.call)
    _found, line = supervision_record.get_form(chair, form=form)
    assert [(hold["reason"], hold["finding"], hold["same"]) for hold in line.body["holds"]] == [
        (REASON, FINDING, False)
    ]
    names = [row["name"] for row in line.body["rows"]]
    assert [name for name in names if name in WITNESSED] == list(WITNESSED)
    assert audit.verify().holds


def test_contested_selection_keeps_every_doubt_on_the_record(made: Selection) -> None:
    with made.app.app_context():
        split(made)
        score(made)
        factories.close_round(made.expert(CHAIR), made.supervisor, round_=made.written)
        stopped(made)
        unseal(made, made.written)
    chair = made.experts[CHAIR].visit(made.app)
    flagged_without_ranks(made, chair)
    with made.app.app_context():
        reconcile(made)
    ranked_with_its_doubts(made, chair)
    with made.app.app_context():
        frozen_and_on_record(made)
