"""提请暂停: whatever writes is stopped in one place, nothing of the call is changed, and it goes on after."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import Model, db, transaction
from review_portal.domain import canonical
from review_portal.domain import holds as rule
from review_portal.domain.errors import Conflict, Held, Invalid, NotAllowed, NotFound
from review_portal.domain.trail_words import ACTIONS
from review_portal.services import (
    audit,
    calls,
    dossiers,
    held,
    holds,
    panels,
    publicity,
    ranking,
    reconciliation,
    reviews,
    rounds,
)
from tests.engines import on_sqlite
from tests.factories_selection import CHAIR, PANEL, Selection, sheet
from tests.factories_selection import own_reviews as sheets_of
from tests.selection_copies import copied
from tests.services.test_after_freeze import LETTER

SERVICES = Path(held.__file__).parent
REASON = "群众反映专家与申报单位有往来，须核查（示例）"
FINDING = "经核查往来属实但已满三年，可以继续（示例）"
# What writes without telling the chain, besides the queue of jobs: what is typed, logins, letters under way,
# how far the making of an archive or a package has come (that it is asked for and made is told).
UNTOLD = {
    "archives._beat",
    "archives._fail",
    "archives.told",
    "bundles._close",
    "result_letters.record",
    "reviews.save_draft",
    "logins._touch",
    "logins.log_out",
    "reminders.record",
}


@pytest.fixture
def stage(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> Iterator[Callable[[str], Selection]]:
    """A copy of a played selection at a phase, inside an application context."""
    entered = []

    def at(phase: str) -> Selection:
        scene = copied(request, engine_name, phase, tmp_path)
        made = scene.__enter__()
        context = made.app.app_context()
        context.push()
        entered.append((scene, context))
        return made

    yield at
    for scene, context in entered:
        context.pop()
        scene.__exit__(None, None, None)


def digest_of_everything() -> str:
    """All rows of all tables."""
    db.session.rollback()
    connection = db.session.connection()
    return canonical.digest(
        {
            table.name: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {table.name}")))
            for table in Model.metadata.sorted_tables
        }
    )


def refusals(made: Selection, acts: dict[str, Callable[[], object]]) -> dict[str, str]:
    """Do every act: who was told what, and that nothing whatever has changed."""
    before, told = digest_of_everything(), {}
    for name, act in acts.items():
        try:
            act()
        except Held as refused:
            told[name] = str(refused.message)
        else:
            told[name] = "done"
        assert digest_of_everything() == before, name
    return told


def functions() -> dict[str, ast.FunctionDef]:
    """Every function of the services by module and name."""
    return {
        f"{path.stem}.{node.name}": node
        for path in SERVICES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def called(name: str, node: ast.FunctionDef) -> set[str]:
    """What a function calls: its own module's, what it has imported by name, what it calls by its module."""
    found = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            found.add(ast.unparse(call.func))
        elif isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            own, word = name.partition(".")[0], call.func.id
            found |= {f"{own}.{word}"} | ({f"*.{word}"} if not word.startswith("_") else set())
    return found


def test_whatever_writes_tells_the_chain_and_so_comes_through_the_gate() -> None:
    known = functions()
    calls_ = {name: called(name, node) for name, node in known.items()}
    telling = {name for name, words in calls_.items() if "audit.record" in words}
    while True:  # who calls what tells, tells
        words = telling | {f"*.{name.partition('.')[2]}" for name in telling}
        more = {name for name, found in calls_.items() if found & words} - telling
        if not more:
            break
        telling |= more
    writing = {name for name, node in known.items() if "with transaction()" in ast.unparse(node)}
    assert {name for name in writing - telling if name.partition(".")[0] != "jobs"} == UNTOLD


def test_entries_without_a_call_are_the_house_s_own() -> None:
    house = {
        node.args[2].value  # type: ignore[attr-defined]
        for function in functions().values()
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "audit.record"
        and "call_id" not in {keyword.arg for keyword in node.keywords}
    }
    assert house == {"lock_account", "log_in", "change_password", "set_working_days"}


@on_sqlite
def test_held_call_refuses_every_act_that_has_a_name(stage: Callable[[str], Selection]) -> None:
    made = stage("assigned")
    holds.hold(made.supervisor, call=made.call, reason=REASON)
    call_id, officer = db.session.scalar(sa.text("SELECT id FROM calls")), made.officer
    refused, about = set(), {"object_kind": "call", "object_id": made.call, "call_id": call_id}
    with transaction() as session:
        for action in ACTIONS:
            try:
                audit.record(session, officer, action, **about)
            except Held:
                refused.add(action)
    assert set(ACTIONS) - refused == set(rule.GOES_ON)
    assert rule.goes_on("control_defense", {"control": "pause"})
    assert not rule.goes_on("control_defense", {"control": "start"})


def test_hold_stops_scoring_but_not_what_an_expert_types(stage: Callable[[str], Selection]) -> None:
    made = stage("scoring")
    member = panels.list_members(made.officer, round_=made.written)[0]
    expert = made.expert(member.name)
    panels.sign_in(made.officer, member=member.public_id, checked_by="示例会务")
    reviews.sign_pledge(expert, round_=made.written)
    _number, dossier, review = sheets_of(made.written, expert)[0]
    reviews.declare(expert, dossier=dossier, answer="clear")
    rubric = calls.view(made.officer, call=made.call).rules.rubric_of("written_review")
    filled = sheet(rubric, "2023-001", "0.80", 1)
    typed, later = {"opinion": "先存草稿（示例）"}, {"opinion": "又改了一次（示例）"}

    def submit() -> None:
        reviews.submit_review(expert, review=review, sheet=filled, base_version=2, request_key="once")

    holds.hold(made.supervisor, call=made.call, round_=made.written, reason=REASON)
    told = refusals(
        made,
        {
            "submit": submit,
            "recuse": lambda: reviews.request_recusal(expert, review=review, reason="有往来（示例）"),
            "sign out": lambda: panels.sign_out(made.officer, member=member.public_id, reason="离场（示例）"),
            "withdraw": lambda: dossiers.withdraw(
                made.officer, dossier=dossier, reason="来函撤回（示例）", letter=LETTER
            ),
        },
    )
    assert len(set(told.values())) == 1
    (sentence,) = set(told.values())
    assert ("示例监督甲" in sentence, REASON in sentence, "“专家书面评审”" in sentence) == (True, True, True)
    reviews.save_draft(expert, review=review, content=typed, base_version=0)
    reviews.save_draft(expert, review=review, content=later, base_version=1)
    (shown,) = held.list_standing(expert)
    assert (shown.round_, shown.reason, shown.held_by) == (made.written, REASON, "示例监督甲")
    other = made.office.supervisor_b.viewer(made.app)
    holds.lift(other, call=made.call, hold=shown.public_id, finding=FINDING)
    submit()
    assert held.list_standing(expert) == []


def test_hold_stops_unsealing_cases_finishing_and_the_freeze(stage: Callable[[str], Selection]) -> None:
    made = stage("sealed")
    chair, watcher = made.expert(CHAIR), made.supervisor

    def stopped(name: str, act: Callable[[], object]) -> None:
        hold = holds.hold(watcher, call=made.call, reason=REASON)
        assert refusals(made, {name: act})[name] != "done"
        holds.lift(watcher, call=made.call, hold=hold, finding=FINDING)

    ask = lambda: rounds.ask_unseal(chair, round_=made.written, reason="评分已结束（示例）")  # noqa: E731
    stopped("ask", ask)
    asked = ask()
    unseal = lambda: rounds.decide_unseal(watcher, approval=asked, approve=True)  # noqa: E731
    stopped("unseal", unseal)
    unseal()
    code = made.codes(made.written)[PANEL[1]]
    question = "请说明该项评分的主要依据（示例）。"
    stopped(
        "case",
        lambda: reconciliation.open_cases(
            chair,
            round_=made.written,
            dossier=made.numbers["2023-001"],
            codes=[code],
            question=question,
            grounds="评分理由与得分不相称（示例）。",
        ),
    )
    finish = lambda: rounds.finish_round(chair, round_=made.written)  # noqa: E731
    stopped("finish", finish)
    finish()
    shown = ranking.view(chair, round_=made.written)
    freeze = lambda: ranking.freeze(  # noqa: E731
        chair, round_=made.written, digest=shown.digest, look="专家组已查看规则差异，维持原规则。"
    )
    stopped("freeze", freeze)
    freeze()
    report = audit.verify()
    assert (report.holds, report.unbound) == (True, 0)


@on_sqlite
def test_held_round_holds_what_builds_on_it_and_not_the_other_round(
    stage: Callable[[str], Selection],
) -> None:
    made = stage("decided")
    holds.hold(made.supervisor, call=made.call, round_=made.written, reason=REASON)
    officer = made.officer
    told = refusals(made, {"draft": lambda: publicity.draft(officer, call=made.call)})
    assert "“专家书面评审”" in told["draft"]
    with transaction() as session:
        call_id = session.scalar(sa.text("SELECT id FROM calls"))
        about = {"object_kind": "round", "call_id": call_id}
        audit.record(session, officer, "tick_step", object_id=made.defense, **about)
        with pytest.raises(Held):
            audit.record(session, officer, "tick_step", object_id=made.written, **about)


@on_sqlite
def test_hold_is_a_supervisor_s_with_reason_once_and_lifted_once(stage: Callable[[str], Selection]) -> None:
    made = stage("assigned")
    for somebody, refusal in ((made.officer, NotAllowed), (made.expert(CHAIR), NotFound)):
        with pytest.raises(refusal):
            holds.hold(somebody, call=made.call, reason=REASON)
    for reason in ("", "短", "长" * 501):
        with pytest.raises(Invalid):
            holds.hold(made.supervisor, call=made.call, reason=reason)
    with pytest.raises(NotFound):
        holds.hold(made.supervisor, call=made.call, reason=REASON, round_="a" * 12)
    hold = holds.hold(made.supervisor, call=made.call, reason=REASON)
    with pytest.raises(Conflict):
        holds.hold(made.office.supervisor_b.viewer(made.app), call=made.call, reason=REASON)
    with pytest.raises(NotAllowed):
        holds.lift(made.officer, call=made.call, hold=hold, finding=FINDING)
    with pytest.raises(Invalid):
        holds.lift(made.supervisor, call=made.call, hold=hold, finding="没事")
    holds.lift(made.supervisor, call=made.call, hold=hold, finding=FINDING)
    with pytest.raises(Conflict):
        holds.lift(made.supervisor, call=made.call, hold=hold, finding=FINDING)
    (line,) = holds.list_holds(made.supervisor, call=made.call).lines
    assert (line.held_by, line.lifted_by, line.finding) == ("示例监督甲", "示例监督甲", FINDING)
