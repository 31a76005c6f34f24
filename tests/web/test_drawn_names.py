"""Until drawn experts have signed in, no page tells their names but to the caller and the supervisors."""

from __future__ import annotations

import pytest
from flask import Flask

from review_portal.domain.errors import NotAllowed
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Grant
from review_portal.services import (
    account_views,
    accounts,
    assignments,
    conflict_views,
    departures,
    draw_calls,
    draw_names,
    draw_views,
    experts,
    panels,
    paper_sheets,
    paper_views,
    rounds,
)
from review_portal.services.accounts import Person
from review_portal.services.assignment_grid import list_assignments
from review_portal.services.draws import Plan
from tests import factories, factories_draw
from tests import factories_reviews as build
from tests.factories_reviews import Scene
from tests.journeys.steps import Hand

CALLER = ("officer", "supervisor_a")


@pytest.fixture
def scene(app: Flask) -> Scene:
    """Drawn, telephoned, on the panel and assigned; nobody has signed in."""
    made = build.prepared(app, panel=())
    with app.app_context():
        draw = factories_draw.drawn(made, with_somebody_bound(made))
        current = draw_views.round_draws(made.officer, round_=made.round).current
        assert current is not None
        for seat in current.seats:
            draw_calls.log_call(made.officer, draw=draw, expert=seat.number, outcome="agreed")
        ready = draw_views.round_draws(made.officer, round_=made.round).confirmed
        panels.set_panel(made.officer, round_=made.round, experts=ready)
        assignments.assign_all(made.officer, round_=made.round)
    return made


def with_somebody_bound(made: Scene) -> Plan:
    """Four without a conflict stay on the list: of five drawn, a rule keeps at least one from something."""
    rows = experts.conflicts_of(made.officer, call=made.call).rows
    bound = {row.public_id for row in rows if any(cell.level == "automatic" for cell in row.cells)}
    free = [key for name, key in sorted(made.experts.items()) if key not in bound and name != "辛示例"]
    out = {*free[4:], made.experts["辛示例"]} - bound  # 辛 is 甲's colleague: they would leave a seat open
    return build.replace(factories_draw.PLAN, left_out=dict.fromkeys(out, "示例"))


def hand(app: Flask, scene: Scene, who: str) -> Hand:
    credential: factories.Credential = getattr(scene.office, who)
    made = Hand(app)
    made.log_in(credential.login, credential.password)
    return made


def drawn_people(app: Flask, scene: Scene) -> dict[str, str]:
    """Name -> public id of the panel."""
    with app.app_context():
        return {
            member.name: member.expert for member in panels.list_members(scene.supervisor, round_=scene.round)
        }


def told(made: Hand, words: dict[str, str]) -> list[str]:
    body = made.page.body.decode()
    return [word for pair in words.items() for word in pair if word in body]


def test_panel_page_tells_numbers_to_the_second_officer_and_names_to_the_caller(
    app: Flask, scene: Scene
) -> None:
    people = drawn_people(app, scene)
    assert len(people) == 5
    address = f"/secretariat/{scene.call}/rounds/{scene.round}/panel"
    second = hand(app, scene, "second_officer")
    second.get(address)
    assert told(second, people) == []
    assert "同一单位" not in second.page.text
    second.sees("现有人选5人，同意参加5人", "姓名只向拨打人和监督人员显示")
    caller = hand(app, scene, "officer")
    caller.get(address)
    assert [name for name in people if name not in caller.page.text] == []
    caller.follow("电话确认")
    caller.follow("专家组")
    assert caller.page.path == address


@pytest.mark.parametrize("page", ["assignments", "open", "plan"])
def test_assignment_and_opening_are_the_callers(app: Flask, scene: Scene, page: str) -> None:
    people = drawn_people(app, scene)
    address = f"/secretariat/{scene.call}/rounds/{scene.round}/{page}"
    second = hand(app, scene, "second_officer")
    assert second.get(address).status == 403
    second.sees("由拨打人办理", "接手")
    assert told(second, people) == []
    assert hand(app, scene, "officer").get(address).status == 200


@pytest.mark.parametrize("act", ["all", "assign", "recuse", "unassign"])
def test_assigning_by_hand_is_the_callers_and_tells_nobody_else_who_was_drawn(
    app: Flask, scene: Scene, act: str
) -> None:
    address = f"/secretariat/{scene.call}/rounds/{scene.round}/assignments"
    second = hand(app, scene, "second_officer")
    second.get("/")
    for expert in scene.experts.values():  # drawn or not, the answer is the same
        fields = {
            "act": act,
            "expert": expert,
            "dossier": next(iter(scene.dossiers.values())),
            "reason": "曾任顾问",
        }
        assert second.post(address, fields).status == 403
        assert set(told(second, scene.experts)) <= {expert}  # what was typed is kept
    with app.app_context():
        grid = list_assignments(scene.officer, round_=scene.round)
        assert len(grid.cells) == grid.count("assigned") + grid.count("recused") > 0


def test_pages_of_conflicts_do_not_tell_the_second_officer_who_was_drawn(app: Flask, scene: Scene) -> None:
    second, caller = hand(app, scene, "second_officer"), hand(app, scene, "officer")
    desk = f"/secretariat/{scene.call}"
    dossier = next(iter(scene.dossiers.values()))
    caller.get(f"{desk}/dossiers/{dossier}/conflicts")
    caller.sees("登记新发现")
    second.get(f"{desk}/dossiers/{dossier}/conflicts")
    assert "登记新发现" not in second.page.text
    answers = set()
    for expert in scene.experts.values():
        assert "登记新发现" not in second.get(f"{desk}/experts/{expert}/conflicts").text
        page = second.post(
            f"{desk}/experts/{expert}/dossiers/{dossier}/conflict", {"reason": "来信反映曾任顾问"}
        )
        answers.add((page.status, "没有分派给该专家" in page.text))
    assert answers == {(409, True)}


def _counts(who: Viewer, scene: Scene) -> set[int]:
    """Recusals in this call, as the register's list and the experts' own pages count them."""
    people = scene.experts.values()
    pages = [experts.history_of(who, call=scene.call, expert=one) for one in people]
    lines = experts.search_experts(who, call=scene.call).lines
    return {line.recused for line in lines} | {item.dossiers for page in pages for item in page.recusals}


def test_recusals_are_recorded_by_the_caller_while_names_are_kept(app: Flask, scene: Scene) -> None:
    second = hand(app, scene, "second_officer")
    second.get("/")
    for expert in scene.experts.values():
        for dossier in scene.dossiers.values():
            path = f"/secretariat/{scene.call}/experts/{expert}/dossiers/{dossier}/recusal"
            assert second.post(path, {}).status == 403


def test_who_left_without_having_signed_in_stays_a_number(app: Flask, scene: Scene) -> None:
    with app.app_context():
        rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
        first = panels.list_members(scene.officer, round_=scene.round)[0]
        wish = departures.ask_departure(scene.officer, member=first.public_id, reason="突发疾病（示例）")
        departures.decide_departure(scene.supervisor, approval=wish, approve=True)
    second, caller = hand(app, scene, "second_officer"), hand(app, scene, "officer")
    second.get(f"/secretariat/{scene.call}/progress")
    assert told(second, {first.name: first.expert}) == []
    caller.get(f"/secretariat/{scene.call}/progress")
    caller.sees(first.name)


def test_rules_look_the_same_to_the_second_officer_for_who_was_drawn_and_who_was_not(
    app: Flask, scene: Scene
) -> None:
    with app.app_context():
        second = scene.office.second_officer.viewer(app)
        dossiers = scene.dossiers.values()
        told_ = [conflict_views.of_dossier(second, call=scene.call, dossier=one) for one in dossiers]
        known = [conflict_views.of_dossier(scene.officer, call=scene.call, dossier=one) for one in dossiers]
        matrix = experts.conflicts_of(second, call=scene.call)
        counts = {who: _counts(who, scene) for who in (second, scene.officer)}
    assert counts[second] == {0}
    assert counts[scene.officer] > {0}
    assert {line.level for page in told_ for line in page.lines} >= {"automatic", "clear"}
    assert "recorded" not in {line.level for page in told_ for line in page.lines}
    assert "recorded" not in {cell.level for row in matrix.rows for cell in row.cells}
    assert "recorded" in {line.level for page in known for line in page.lines}


def test_accounts_of_the_drawn_are_not_listed_nor_opened_by_others(app: Flask, scene: Scene) -> None:
    people = drawn_people(app, scene)
    second = hand(app, scene, "second_officer")
    second.get(f"/secretariat/{scene.call}/accounts")
    assert told(second, people) == []
    second.sees("其账号只向拨打人显示")
    assert second.get(f"/secretariat/{scene.call}/accounts/experts").status == 403
    caller = hand(app, scene, "officer")
    caller.get(f"/secretariat/{scene.call}/accounts")
    assert [name for name in people if name not in caller.page.text] == []


def test_register_does_not_tell_who_has_an_account(app: Flask, scene: Scene) -> None:
    second, caller = hand(app, scene, "second_officer"), hand(app, scene, "officer")
    for made, shown in ((second, False), (caller, True)):
        made.get(f"/secretariat/{scene.call}/experts")
        assert ("已开通" in made.page.text) is shown


def test_second_officer_is_not_asked_to_agree_to_people_he_may_not_know(app: Flask, scene: Scene) -> None:
    people = drawn_people(app, scene)
    name, key = next(iter(people.items()))
    second = hand(app, scene, "second_officer")
    with app.app_context():
        asked = _asked_for(scene, name, key)
        with pytest.raises(NotAllowed, match="请由监督人员确认"):
            accounts.approve_accounts(scene.office.second_officer.viewer(app), approval=asked, approve=True)
    second.get(f"/approvals/{asked}")
    assert told(second, {name: key}) == []
    second.sees("抽取产生的专家1人（签到后显示姓名）", "请由监督人员确认")
    with app.app_context():
        accounts.approve_accounts(scene.supervisor, approval=asked, approve=True)


def _asked_for(scene: Scene, name: str, key: str) -> str:
    """The caller gives a drawn expert the role anew, which somebody has to agree to."""
    account = next(
        row.public_id
        for row in account_views.list_accounts(scene.officer, call=scene.call)
        if row.name == name
    )
    with build.transaction() as session:
        holder = build.sa.select(build.Account.id).where(build.Account.public_id == account).scalar_subquery()
        session.execute(build.sa.delete(Grant).where(Grant.account_id == holder))
    asked = accounts.open_accounts(
        scene.officer, call=scene.call, people=[Person("unused", name, "expert", key)], reason="重新授予"
    )
    assert asked is not None
    return asked


def test_record_package_with_specialties_waits_for_the_sign_in(app: Flask, scene: Scene) -> None:
    second = hand(app, scene, "second_officer")
    second.get(f"/draw/{scene.round}")
    assert [link for link in second.page.links if "记录包" in link] == []
    with app.app_context():
        current = draw_views.round_draws(scene.officer, round_=scene.round).current
    assert current is not None
    assert second.get(f"/draw/records/{current.public_id}/package").status == 403
    second.sees("签到以前只向拨打人和监督人员提供")
    assert second.get(f"/draw/records/{current.public_id}/sheet").status == 200


def test_who_has_signed_in_is_known_to_all_officers(app: Flask, scene: Scene) -> None:
    people = drawn_people(app, scene)
    with app.app_context():
        second = scene.office.second_officer.viewer(app)
        for member in panels.list_members(scene.officer, round_=scene.round):
            assert member.name not in {row.name for row in panels.list_members(second, round_=scene.round)}
            panels.sign_in(scene.officer, member=member.public_id, checked_by="示例会务")
            assert member.name in {row.name for row in panels.list_members(second, round_=scene.round)}
        assert {row.name for row in panels.list_members(second, round_=scene.round)} == set(people)
    made = hand(app, scene, "second_officer")
    assert made.get(f"/secretariat/{scene.call}/rounds/{scene.round}/assignments").status == 200


def test_hidden_order_does_not_follow_the_names(app: Flask, scene: Scene) -> None:
    with app.app_context():
        second = scene.office.second_officer.viewer(app)
        rows = [row.name for row in panels.list_members(second, round_=scene.round)]
        session = build.db.session()
        row = session.scalars(build.sa.select(build.Round).where(build.Round.public_id == scene.round)).one()
        numbers = draw_names.hidden(session, second, row).values()
    assert rows == sorted(numbers)


def test_order_of_paper_sheets_tells_no_name_behind_a_number(app: Flask, scene: Scene) -> None:
    with app.app_context():
        build.set_round_state(scene.round, "scoring")
        second = scene.office.second_officer.viewer(app)
        open_ = paper_views.to_register(second, round_=scene.round)
        numbers = [expert for expert, _sheets in open_]
        assert len(numbers) == 5
        assert numbers == sorted(numbers)
        wanted = [review for _expert, sheets in open_ for review, _words in sheets]
        paper_sheets.register_papers(
            scene.officer, round_=scene.round, reviews=wanted, reason="在纸上评分（示例）"
        )
        listed = [row.expert for row in paper_views.list_registered(second, call=scene.call)]
    assert listed == sorted(listed)
