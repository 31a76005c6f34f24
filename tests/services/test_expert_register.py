"""The register of experts: found by pinyin, changed with nothing lost, contacts only with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.domain.records import Absence
from review_portal.models.audit import AuditEntry
from review_portal.models.experts import Expert, ExpertAbsence, ExpertTie, PanelMember
from review_portal.services import calls, draw_calls, draw_phones, draw_views, draws, experts, panels, reviews
from review_portal.services.experts.profile import ExpertProfile
from tests import factories, form_documents
from tests import factories_draw as drawing
from tests import factories_reviews as build
from tests.data_builders import ROSTER_HEADS, roster_rows, roster_xlsx, sheet_xlsx
from tests.factories_reviews import POOL, Scene
from tests.services.test_assignments import queries

PEOPLE = POOL["experts"]


@pytest.fixture
def officer(app: Flask, db: SQLAlchemy) -> Viewer:
    return factories.office(app).officer.viewer(app)


@pytest.fixture
def call(officer: Viewer) -> str:
    made = calls.create_call(officer, folder="green_platform_2023")
    take(officer, made, roster_xlsx(PEOPLE))
    return made


def take(officer: Viewer, call: str, data: bytes) -> experts.RosterReport:
    return experts.import_roster(officer, call=call, name="专家.xlsx", data=data)


def ids(viewer: Viewer, call: str) -> dict[str, str]:
    return {line.name: line.public_id for line in experts.list_experts(viewer, call=call)}


def found(viewer: Viewer, call: str, query: str, **more: str) -> list[str]:
    return [line.name for line in experts.search_experts(viewer, call=call, query=query, **more).lines]


def profile(viewer: Viewer, call: str, name: str = "甲示例") -> ExpertProfile:
    return experts.get_expert(viewer, call=call, expert=ids(viewer, call)[name])


def edit(viewer: Viewer, call: str, name: str = "甲示例", **texts: str) -> None:
    seen = profile(viewer, call, name)
    experts.edit_expert(
        viewer, call=call, expert=seen.public_id, version=seen.version, texts={**seen.texts, **texts}
    )


def entries(action: str) -> list[AuditEntry]:
    with transaction() as session:
        return list(session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)))


def settled(act: Callable[[], object]) -> int:
    """Queries of `act` once what the writing before has left unread is read again."""
    act()
    return queries(act)


def stored(name: str) -> Expert:
    with transaction() as session:
        return session.scalars(sa.select(Expert).where(Expert.name == name)).one()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("甲", ["甲示例"]),
        ("jiashili", ["甲示例"]),
        ("Jia daxue", ["甲示例"]),
        ("JSL", ["己示例", "甲示例"]),
        ("设计院", ["乙示例"]),
        ("shejiyuan", ["乙示例"]),
        ("示例大学 辛", ["辛示例"]),
        ("gongyejieneng", ["丑示例", "乙示例"]),
        ("没有这样的人", []),
        ("%", None),
        ("_", None),
        ("  ", None),
    ],
)
def test_search_finds_by_characters_pinyin_and_initials(
    officer: Viewer, call: str, query: str, names: list[str] | None
) -> None:
    everybody = [line.name for line in experts.list_experts(officer, call=call)]
    assert found(officer, call, query) == (everybody if names is None else names)


def test_two_letters_are_looked_for_at_the_beginning_of_a_word_only(officer: Viewer, call: str) -> None:
    assert found(officer, call, "js") == ["己示例", "甲示例"]
    assert found(officer, call, "dx") == []
    assert found(officer, call, "sldx") == ["丁示例", "甲示例", "辛示例"]


def test_search_never_tells_by_phone(officer: Viewer, call: str) -> None:
    assert found(officer, call, "19900001001") == []


def test_search_pages_and_filters_in_a_fixed_number_of_queries(officer: Viewer, call: str) -> None:
    def asked() -> int:
        return settled(lambda: experts.search_experts(officer, call=call, query="shili", page=2))

    few = asked()
    many = [
        {"name": f"示例{chr(0x4E00 + n)}", "employer": "示例所", "phone": f"1990001{n:04d}"}
        for n in range(120)
    ]
    take(officer, call, roster_xlsx(many))
    page = experts.search_experts(officer, call=call, query="shili", page=2)
    assert (page.first, len(page.lines), page.found, page.pool, page.last_page) == (51, 50, 132, 132, 3)
    assert experts.search_experts(officer, call=call, page=99).page == 3
    assert asked() == few
    edit(officer, call, 在库状态="暂停", 状态说明="出国一年")
    assert found(officer, call, "", status="paused") == ["甲示例"]


def test_register_given_out_can_be_taken_in_and_changes_nothing(officer: Viewer, call: str) -> None:
    edit(
        officer,
        call,
        任职经历="某所/顾问/2018-03-01/2021-06-30；某会/理事/至今",
        不能参加的时间="2023-03-06/2023-03-10/出国",
        评审份数上限="8",
        到任日期="2010-07",
        邮箱="jia@example.com",
    )
    edit(officer, call, "乙示例", 在库状态="移出", 状态说明="已退休")
    before = [profile(officer, call, name) for name in ids(officer, call)]
    data = experts.export_roster(officer, call=call, reason="年度核对")
    assert take(officer, call, data) == experts.RosterReport(added=0, updated=12)
    after = [profile(officer, call, name) for name in ids(officer, call)]
    assert [one.row for one in after] == [one.row for one in before]
    assert [one.texts for one in after] == [one.texts for one in before]
    assert (stored("甲示例").phone, stored("甲示例").email) == ("19900001001", "jia@example.com")
    (entry,) = entries("export_experts")
    assert (entry.detail["people"], entry.detail["reason"]) == (12, "年度核对")


def test_export_needs_a_reason_and_the_secretariat(officer: Viewer, call: str) -> None:
    with pytest.raises(Invalid) as refused:
        experts.export_roster(officer, call=call, reason=" ")
    assert set(refused.value.fields) == {"reason"}
    watcher = Viewer(2, "w" * 12, "监督甲示例", frozenset({("supervisor", None)}))
    with pytest.raises(NotAllowed):
        experts.export_roster(watcher, call=call, reason="年度核对")
    assert entries("export_experts") == []


def test_old_roster_leaves_alone_what_it_has_no_column_for(officer: Viewer, call: str) -> None:
    edit(
        officer,
        call,
        评审份数上限="8",
        不能参加的时间="2023-03-06/2023-03-10",
        在库状态="暂停",
        状态说明="外派",
    )
    (row,) = roster_rows(PEOPLE[:1])
    take(officer, call, sheet_xlsx([ROSTER_HEADS, row]))
    kept = profile(officer, call).row
    assert (kept.load_limit, kept.absences, kept.status, kept.status_reason) == (
        8,
        (Absence(date(2023, 3, 6), date(2023, 3, 10)),),
        "paused",
        "外派",
    )
    take(officer, call, sheet_xlsx([["姓名", "工作单位", "手机"], ["乙示例", "新示例院", "19900001002"]]))
    changed = profile(officer, call, "乙示例").row
    assert (changed.employer, changed.title, len(changed.past_roles)) == ("新示例院", "正高级工程师", 1)


def test_one_wrong_cell_of_the_new_columns_keeps_every_row_out(officer: Viewer, call: str) -> None:
    heads = ["姓名", "工作单位", "手机", "评审份数上限", "在库状态"]
    rows = [
        ["新示例", "示例所", "19900001098", "3", "在库"],
        ["又示例", "示例所", "19900001099", "0", "休假"],
    ]
    with pytest.raises(Invalid) as refused:
        take(officer, call, sheet_xlsx([heads, *rows]))
    assert list(refused.value.fields) == ["第3行 在库状态", "第3行 评审份数上限"]
    assert "新示例" not in ids(officer, call)


def test_contact_is_shown_for_a_reason_and_stands_on_the_chain(officer: Viewer, call: str) -> None:
    public_id = ids(officer, call)["甲示例"]
    shown = experts.contact_of(officer, call=call, expert=public_id, reason="通知会议时间")
    assert (shown.phone, profile(officer, call).row.phone) == ("19900001001", "199****1001")
    (entry,) = entries("unmask_expert")
    assert (entry.object_id, entry.detail) == (public_id, {"reason": "通知会议时间"})


@pytest.mark.parametrize("reason", ["", " 看 ", "长" * 201])
def test_contact_without_a_reason_stays_hidden(officer: Viewer, call: str, reason: str) -> None:
    with pytest.raises(Invalid):
        experts.contact_of(officer, call=call, expert=ids(officer, call)["甲示例"], reason=reason)
    assert entries("unmask_expert") == []


def test_contact_is_for_the_secretariat_of_the_call(officer: Viewer, call: str) -> None:
    public_id = ids(officer, call)["甲示例"]
    watcher = Viewer(2, "w" * 12, "监督甲示例", frozenset({("supervisor", None)}))
    stranger = Viewer(3, "s" * 12, "外批次示例", frozenset({("secretariat", 10**6), ("expert", 1)}))
    with pytest.raises(NotAllowed):
        experts.contact_of(watcher, call=call, expert=public_id, reason="通知会议时间")
    with pytest.raises(NotFound):
        experts.contact_of(stranger, call=call, expert=public_id, reason="通知会议时间")
    for act in (experts.get_expert, experts.history_of):
        with pytest.raises(NotFound):
            act(stranger, call=call, expert=public_id)
    with pytest.raises(NotFound):
        experts.list_duplicates(stranger, call=call)


def test_edit_changes_what_was_typed_and_says_what_changed(officer: Viewer, call: str) -> None:
    edit(officer, call, 工作单位="重庆示例研究院", 亲属任职="吴示例/配偶/某公司/", 专业="热能工程，碳核算")
    row = profile(officer, call).row
    assert (row.employer, row.relatives[0].org, row.field) == ("重庆示例研究院", "某公司", "热能工程、碳核算")
    assert found(officer, call, "yanjiuyuan tanhesuan") == ["甲示例"]
    (entry,) = entries("edit_expert")
    assert entry.detail == {
        "columns": ["工作单位", "专业", "亲属任职"],
        "change": {
            "工作单位": ["重庆示例大学", "重庆示例研究院"],
            "专业": ["热能工程", "热能工程、碳核算"],
        },
    }


def test_edit_keeps_a_blank_phone_and_clears_an_email_on_request(officer: Viewer, call: str) -> None:
    edit(officer, call, 邮箱="jia@example.com")
    edit(officer, call, 手机="", 邮箱="")
    assert (stored("甲示例").phone, stored("甲示例").email) == ("19900001001", "jia@example.com")
    edit(officer, call, 手机="199 0000 1077", 邮箱="无")
    assert (stored("甲示例").phone, stored("甲示例").email) == ("19900001077", "")
    assert all("1990000" not in str(entry.detail) for entry in entries("edit_expert"))


def test_edit_without_a_change_writes_nothing(officer: Viewer, call: str) -> None:
    version = profile(officer, call).version
    edit(officer, call)
    assert (profile(officer, call).version, entries("edit_expert")) == (version, [])


def test_edit_on_top_of_another_ones_is_a_conflict_even_where_only_ties_changed(
    officer: Viewer, call: str
) -> None:
    seen = profile(officer, call)
    edit(officer, call, 声明的利害关系="某公司")
    with pytest.raises(Conflict) as refused:
        experts.edit_expert(
            officer, call=call, expert=seen.public_id, version=seen.version, texts=dict(seen.texts)
        )
    assert isinstance(refused.value.theirs, ExpertProfile)
    assert (refused.value.theirs.row.declared, refused.value.theirs.row.phone) == (("某公司",), "199****1001")
    assert profile(officer, call).row.declared == ("某公司",)


@pytest.mark.parametrize(
    ("texts", "columns"),
    [
        ({"姓名": ""}, {"姓名"}),
        ({"手机": "123"}, {"手机"}),
        ({"手机": "19900001002"}, {"手机"}),
        ({"职称": "长" * 101, "任职经历": "某所"}, {"任职经历"}),
        ({"职称": "长" * 101}, {"职称"}),
        (
            {"声明的利害关系": "长" * 201, "亲属任职": f"吴示例/{'表' * 41}/某公司/经理"},
            {"声明的利害关系", "亲属任职"},
        ),
        ({"不能参加的时间": f"2023-03-06/2023-03-10/{'长' * 101}"}, {"不能参加的时间"}),
        ({"在库状态": "暂停", "状态说明": ""}, {"状态说明"}),
        ({"不能参加的时间": "明天/后天"}, {"不能参加的时间"}),
    ],
)
def test_edit_that_does_not_fit_says_where_and_changes_nothing(
    officer: Viewer, call: str, texts: dict[str, str], columns: set[str]
) -> None:
    before = profile(officer, call)
    with pytest.raises(Invalid) as refused:
        edit(officer, call, **texts)
    assert (set(refused.value.fields), profile(officer, call)) == (columns, before)


def test_edit_is_for_the_secretariat(officer: Viewer, call: str) -> None:
    watcher = Viewer(2, "w" * 12, "监督甲示例", frozenset({("supervisor", None)}))
    with pytest.raises(NotAllowed):
        edit(watcher, call, 职称="研究员")


# status and availability


def test_paused_and_removed_experts_join_no_panel(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    edit(scene.officer, scene.call, "乙示例", 在库状态="暂停", 状态说明="出国一年")
    edit(scene.officer, scene.call, "甲示例", 在库状态="移出", 状态说明="已调离")
    names = [*build.PANEL, "乙示例"]
    with pytest.raises(Invalid, match="乙示例在专家库中已暂停或移出"):
        panels.set_panel(scene.officer, round_=scene.round, experts=[scene.experts[name] for name in names])
    kept = [scene.experts[name] for name in build.PANEL]  # who sits there already stays until taken out
    panels.set_panel(scene.officer, round_=scene.round, experts=kept)
    assert len(panels.list_members(scene.officer, round_=scene.round)) == 5


def test_draw_excludes_by_state_and_by_days_away_and_says_why(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    edit(scene.officer, scene.call, "乙示例", 在库状态="暂停", 状态说明="出国一年")
    edit(scene.officer, scene.call, "丙示例", 不能参加的时间="2123-02-20/2123-02-27/出差")
    edit(scene.officer, scene.call, "丁示例", 不能参加的时间="2123-02-28/2123-03-02/出差")
    plan = replace(drawing.PLAN, meeting="2123年2月26日至27日，示例会议室")
    draws.lock(scene.officer, round_=scene.round, plan=plan)
    view = draw_views.round_draws(scene.officer, round_=scene.round).current
    assert view is not None
    out = {
        (view.names.get(item.id, item.id), item.rule, item.reason)
        for item in view.standing.draw.frozen.exclusions
    }
    assert {entry[1:] for entry in out} == {
        ("专家库状态", "暂停：出国一年"),
        ("评审会期间不能参加", "2123年2月20日至2月27日"),
    }
    assert len(view.standing.draw.frozen.pool) == 12


# service


def seat_lines(viewer: Viewer, scene: Scene, name: str) -> list[tuple[str, int, int]]:
    history = experts.history_of(viewer, call=scene.call, expert=scene.experts[name])
    return [(seat.round, seat.assigned, seat.submitted) for seat in history.seats]


def test_history_counts_sheets_of_the_offices_calls_alone(app: Flask, db: SQLAlchemy) -> None:
    scene = build.scoring(app)
    assert seat_lines(scene.officer, scene, "甲示例") == [("专家书面评审", 2, 0)]
    viewer, review = scene.ready("甲示例", form_documents.SAMPLES[0])
    sheet = build.full_sheet(build.rubric_of(scene))
    reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    assert seat_lines(scene.officer, scene, "甲示例") == [("专家书面评审", 2, 1)]
    other = calls.create_call(scene.officer, folder="green_platform_2023")
    elsewhere = Viewer(9, "e" * 12, "另批次示例", frozenset({("secretariat", factories.call_id(other))}))
    there = experts.history_of(elsewhere, call=other, expert=scene.experts["甲示例"])
    assert (there.seats, there.recusals, there.draws) == ((), (), ())


def test_history_tells_of_draw_and_calls_only_whom_the_draw_tells(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    public_id = drawing.drawn(scene)
    drawn = draw_views.round_draws(scene.officer, round_=scene.round).current
    assert drawn is not None
    number = drawn.seats[0].number
    draw_calls.log_call(scene.officer, draw=public_id, expert=number, outcome="declined", note="出差（示例）")
    second = scene.office.second_officer.viewer(app)
    (name,) = [name for name, held in scene.experts.items() if drawn.names[number] == name]
    (known,) = experts.history_of(scene.officer, call=scene.call, expert=scene.experts[name]).draws
    (hidden,) = experts.history_of(second, call=scene.call, expert=scene.experts[name]).draws
    assert (known.told, known.drawn, known.calls, known.outcome) == (True, True, 1, "declined")
    assert (hidden.told, hidden.drawn, hidden.calls, hidden.outcome) == (False, False, 0, "")


def test_seat_from_a_draw_is_told_when_the_expert_has_signed_in(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    second = scene.office.second_officer.viewer(app)
    before = seat_lines(second, scene, "甲示例")
    drawing.drawn(scene)
    assert (before, seat_lines(second, scene, "甲示例")) == ([("专家书面评审", 0, 0)], [])
    assert seat_lines(scene.officer, scene, "甲示例") == before  # the caller
    with transaction() as session:
        session.execute(sa.update(PanelMember).values(signed_in_at=drawing.real_now()))
    assert seat_lines(second, scene, "甲示例") == before


def test_whoever_watches_the_telephone_sees_no_whole_number(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    drawing.drawn(scene)
    whole, shown = (
        {line.phone for one in draw_phones.phone_list(viewer, round_=scene.round) for line in one.lines}
        for viewer in (scene.officer, scene.supervisor)
    )
    assert all(phone.isdigit() and len(phone) == 11 for phone in whole)
    assert {f"{phone[:3]}****{phone[-4:]}" for phone in whole} == shown


def test_one_experts_page_asks_as_often_for_much_as_for_little(officer: Viewer, call: str) -> None:
    public_id = ids(officer, call)["甲示例"]
    acts = [
        lambda: experts.get_expert(officer, call=call, expert=public_id),
        lambda: experts.history_of(officer, call=call, expert=public_id),
    ]
    few = [settled(act) for act in acts]
    edit(officer, call, 任职经历="；".join(f"某{n}所/顾问/至今" for n in range(30)))
    with transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ExpertTie)) == 35
        assert session.scalar(sa.select(sa.func.count()).select_from(ExpertAbsence)) == 0
    assert [settled(act) for act in acts] == few
