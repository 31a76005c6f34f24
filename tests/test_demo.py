"""The demonstration call: the story of the office's handbook, with its figures, at four points.

One instance is played from the first parcel to the draft of the notice; at each point it is looked at through
the services, as the people of the story would.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal import clock
from review_portal.clock import OFFICE_ZONE
from review_portal.db import db
from review_portal.demo import MARKER, staged
from review_portal.demo.people import PASSWORD, DemoAccount
from review_portal.demo.scores import Pair, Points, leave_tied, read_scores
from review_portal.demo.story import POINTS, Story
from review_portal.demo.written import flagged_code, rows_of
from review_portal.domain.draw import verify_record
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.domain.working_days import WorkingCalendar
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Round
from review_portal.services import (
    approvals,
    audit,
    calls,
    case_views,
    dossiers,
    draw_package,
    draw_views,
    overviews,
    panels,
    points,
    public_notice,
    publicity_clock_views,
    publicity_release,
    publicity_views,
    ranking,
    rounds,
)
from review_portal.services.audit import ChainReport
from review_portal.services.calls import CallView
from review_portal.services.case_rows import CaseRow
from review_portal.services.dossiers import DossierView
from review_portal.services.overviews import Overview
from review_portal.services.public_notice import PublicNotice
from review_portal.services.publicity_clock_views import ClockView
from review_portal.services.publicity_views import NoticeView
from review_portal.services.ranking import RankingView, Verification
from review_portal.services.rounds import Progress
from review_portal.services.worklist import WorkRow
from scoring_rubrics import Rubric
from tests.form_documents import green_call
from tests.visitor import Page, Visitor

ROOT = Path(__file__).parents[1]
NUMBERS = {f"S{place:02d}": f"2023-{place:03d}" for place in range(1, 13)}
REJECTED = ("2023-002", "2023-003", "2023-012")
WITHDRAWN = "2023-010"


@dataclass(frozen=True)
class Scoring:
    """The written round is open."""

    register: dict[str, str]
    corrected: DossierView
    progress: Progress
    tasks: dict[str, dict[str, WorkRow]]  # expert and dossier by story name
    members: list[panels.MemberRow]
    sealed: str
    drawn: draw_views.RoundDraws
    package: bytes


@dataclass(frozen=True)
class Reconciling:
    """The points are visible, one case is open."""

    overview: Overview
    cases: list[CaseRow]
    asked: list[CaseRow]
    code: str
    sheets_of_withdrawn: int
    unranked: str
    waiting: int


@dataclass(frozen=True)
class Ranked:
    """Both rankings are frozen."""

    shortlist: RankingView
    final: RankingView
    cases: list[CaseRow]
    verified: list[Verification]
    members: list[panels.MemberRow]


@dataclass(frozen=True)
class Publicity:
    """The notice is released and stands on the official website."""

    call: CallView
    notice: NoticeView
    clock: ClockView
    public: PublicNotice
    chain: ChainReport
    acts: list[tuple[str, date]]
    deadlines: list[tuple[datetime, datetime | None]]


@dataclass(frozen=True)
class Decided:
    """The decision is recorded, the notice is a draft that waits for a fact and for an original."""

    call: CallView
    notice: NoticeView
    refusal: Invalid


@dataclass(frozen=True)
class Seen:
    """The points, and the first page of everybody whose account was told."""

    scoring: Scoring
    reconciling: Reconciling
    ranked: Ranked
    decided: Decided
    publicity: Publicity
    landed: dict[str, Page]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    home = tmp_path_factory.mktemp("demo")
    with staged(home / "instance", testing=True) as story:
        found = []
        for point, look in (
            ("scoring", look_at_scoring),
            ("reconciling", look_at_reconciling),
            ("ranked", look_at_ranked),
            ("decided", look_at_decided),
            ("publicity", look_at_publicity),
        ):
            story.play(point)
            with story.app.app_context():
                found.append(look(story))
        yield Seen(*found, landed={account.login: land(story, account) for account in story.people.opened})


def land(story: Story, account: DemoAccount) -> Page:
    return Visitor(story.app).log_in(account.login, account.password)


def look_at_scoring(story: Story) -> Scoring:
    officer = story.people["officer"]
    with pytest.raises(NotAllowed) as sealed:
        overviews.overview(officer, round_=story.written)
    drawn = draw_views.round_draws(officer, round_=story.written)
    assert drawn.current is not None
    return Scoring(
        {row.number: row.state for row in dossiers.list_dossiers(officer, call=story.call)},
        dossiers.get_dossier(officer, dossier=story.dossiers["S04"]),
        rounds.progress(officer, round_=story.written),
        {expert: rows_of(story, story.written, expert) for expert in story.told["panel"]},
        panels.list_members(officer, round_=story.written),
        str(sealed.value.message),
        drawn,
        draw_package.package(officer, draw=drawn.current.public_id),
    )


def look_at_reconciling(story: Story) -> Reconciling:
    chair = story.chair()
    with pytest.raises(NotAllowed) as unranked:
        ranking.view(chair, round_=story.written)
    withdrawn = points.sheets_of(chair, round_=story.written, dossier=story.dossiers["S10"])
    return Reconciling(
        overviews.overview(chair, round_=story.written),
        case_views.list_cases(chair, round_=story.written),
        case_views.list_own_cases(story.expert("Z5")),
        flagged_code(story, "S06"),
        len({line.code for line in withdrawn}),
        str(unranked.value.message),
        len(approvals.list_waiting(story.people["supervisor"])),
    )


def look_at_ranked(story: Story) -> Ranked:
    supervisor = story.people["supervisor"]
    return Ranked(
        ranking.view(supervisor, round_=story.written),
        ranking.final_view(supervisor, call=story.call),
        case_views.list_cases(supervisor, round_=story.written),
        ranking.verify(supervisor, call=story.call),
        panels.list_members(supervisor, round_=story.defense),
    )


def look_at_decided(story: Story) -> Decided:
    officer = story.people["officer"]
    with pytest.raises(Invalid) as refused:
        publicity_release.ask_release(officer, call=story.call, reason="公示稿已核对（示例）")
    return Decided(
        calls.view(officer, call=story.call),
        publicity_views.get(officer, call=story.call),
        refused.value,
    )


def look_at_publicity(story: Story) -> Publicity:
    officer = story.people["officer"]
    return Publicity(
        calls.view(officer, call=story.call),
        publicity_views.get(officer, call=story.call),
        publicity_clock_views.view(officer, call=story.call),
        public_notice.public(call=story.call),
        audit.verify(),
        [
            (entry.action, entry.at.astimezone(OFFICE_ZONE).date())
            for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence))
        ],
        [
            (opened, deadline)
            for opened, deadline in db.session.execute(
                sa.select(Round.opened_at, Round.deadline).order_by(Round.position)
            )
        ],
    )


def scores(view: RankingView) -> dict[str, str]:
    return {row["number"]: row["final"] for row in view.rows}


def said(view: RankingView) -> list[str]:
    return [str(sentence) for sentence in view.sentences]


# ---- when it happens


def test_every_act_falls_on_its_day_of_the_story(seen: Seen) -> None:
    days = [day for _action, day in seen.publicity.acts]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (date(2023, 1, 30), date(2023, 3, 20))
    first = dict(reversed(seen.publicity.acts))
    assert first["approve_scheme"] == first["open_round"] == date(2023, 3, 1)  # approved on 24 February
    assert first["record_decision"] == date(2023, 3, 13)  # the day the meeting was held
    assert all(WorkingCalendar().is_working(day) for day in days)


def test_deadline_lies_after_the_opening_and_within_office_hours(seen: Seen) -> None:
    (opened, deadline), (defense, _none) = seen.publicity.deadlines
    assert deadline is not None
    assert opened < deadline < defense
    assert deadline.astimezone(OFFICE_ZONE).strftime("%Y-%m-%d %H") == "2023-03-03 18"


def test_clock_is_right_again_after_the_story(tmp_path: Path) -> None:
    with staged(tmp_path / "instance", testing=True) as story:
        story.play("scoring")
        assert clock.now().astimezone(OFFICE_ZONE).date() == date(2023, 3, 2)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


# ---- the written round is open


def test_numbers_follow_the_story_and_three_are_rejected(seen: Seen) -> None:
    expected = dict.fromkeys(NUMBERS.values(), "eligible")
    expected |= dict.fromkeys(REJECTED, "rejected") | {WITHDRAWN: "withdrawn"}
    assert seen.scoring.register == expected


def test_returned_dossier_came_back_with_its_applicant_s_totals(seen: Seen) -> None:
    dossier = seen.scoring.corrected
    assert [version.ordinal for version in dossier.versions] == [1, 2]
    assert [act.action for act in dossier.acts if act.action != "accept"] == ["return", "supplement"]
    totals = {row.name: row.total for row in dossier.form.kpi}
    assert (totals["绿色化解决方案提供数量"], totals["开展技术推广等公益性活动场次"]) == (45, 12)


def test_some_sheets_are_in_and_the_rest_is_to_be_done(seen: Seen) -> None:
    tasks = seen.scoring.tasks
    still_open = {
        expert: sorted(name for name, row in rows.items() if row.is_open) for expert, rows in tasks.items()
    }
    assert still_open == {
        "Z1": [],
        "Z2": ["S11"],
        "Z3": [],
        "Z4": [],
        "Z5": ["S06"],
        "Z6": [],
        "Z7": ["S01", "S04", "S05", "S06", "S07", "S08", "S09", "S11"],
    }
    assert (tasks["Z2"]["S11"].state, tasks["Z5"]["S06"].state) == ("draft", "assigned")
    assert tasks["Z2"]["S11"].done == 6
    # one recusal, two open; the three sheets for the withdrawn unit count for nothing
    assert seen.scoring.progress.submitted == 8 * 6 - 1 - 2


def test_one_expert_is_recused_and_the_elected_chair_is_another(seen: Seen) -> None:
    members = {member.name: member for member in seen.scoring.members}
    assert [name for name, member in members.items() if member.has_recusal] == ["壬示例"]
    assert [name for name, member in members.items() if member.is_chair] == ["甲示例"]
    assert "S01" not in seen.scoring.tasks["Z4"]
    assert [name for name, member in members.items() if member.pledged_at is None] == ["丑示例"]


def test_panel_was_drawn_and_its_record_recomputes(seen: Seen) -> None:
    """Whatever order the numbers gave: ten could be drawn, seven came, who declined was followed."""
    drawn = seen.scoring.drawn
    assert drawn.current is not None
    assert (drawn.current.phase, len(drawn.current.seats), drawn.open_seats) == ("drawn", 7, 0)
    assert {seat.name for seat in drawn.current.seats} == {member.name for member in seen.scoring.members}
    assert {seat.outcome for seat in drawn.current.seats} == {"agreed"}
    frozen = drawn.current.standing.draw.frozen
    assert (len(frozen.pool), len(frozen.drawable)) == (12, 10)
    archive = zipfile.ZipFile(io.BytesIO(seen.scoring.package))
    assert verify_record(archive.read("抽取记录.json")) == []


def test_points_are_sealed_while_experts_score(seen: Seen) -> None:
    assert seen.scoring.sealed == "评分已封存，启封前任何人不能查看。"


# ---- the case is open


def test_one_case_waits_for_the_expert_whose_sheet_deviates(seen: Seen) -> None:
    (case,) = seen.reconciling.cases
    assert (case.number, case.code, case.trigger) == ("2023-006", seen.reconciling.code, "deviation")
    assert [str(reason) for reason in case.reasons] == [
        f"{case.code}评分55.00，偏离均值79.07超过30%。",
        "极差30.00分，超过25分。",
    ]
    assert (case.before, case.after, case.answer) == (Decimal(55), None, None)
    assert [own.public_id for own in seen.reconciling.asked] == [case.public_id]
    assert seen.reconciling.waiting == 0


def test_both_triggers_fire_on_one_dossier_alone(seen: Seen) -> None:
    flags = {row.number: [flag.kind for flag in row.flags] for row in seen.reconciling.overview.rows}
    assert {number: kinds for number, kinds in flags.items() if kinds} == {"2023-006": ["deviation", "range"]}
    row = next(row for row in seen.reconciling.overview.rows if row.number == "2023-006")
    assert (row.totals[seen.reconciling.code], row.mean, row.spread) == (
        Decimal(55),
        Decimal("79.07"),
        Decimal(30),
    )


def test_sheets_of_the_withdrawn_unit_are_kept_and_count_for_nothing(seen: Seen) -> None:
    assert seen.reconciling.sheets_of_withdrawn == 3
    assert WITHDRAWN not in {row.number for row in seen.reconciling.overview.rows}


def test_recusal_is_no_cell_and_no_zero(seen: Seen) -> None:
    row = next(row for row in seen.reconciling.overview.rows if row.number == "2023-001")
    assert (len(row.totals), dict(row.absent)) == (6, {})  # why is told when codes are


def test_nobody_sees_ranks_before_reconciliation_ends(seen: Seen) -> None:
    assert seen.reconciling.unranked == "复议结束后方可试算排名。"


# ---- both rankings are frozen


def test_shortlist_has_the_handbook_s_figures(seen: Seen) -> None:
    assert scores(seen.ranked.shortlist) == {
        "2023-007": "88.50",
        "2023-001": "86.77",
        "2023-005": "83.43",
        "2023-008": "83.43",
        "2023-009": "81.64",
        "2023-006": "81.57",
        "2023-004": "80.50",
        "2023-011": "67.21",
    }
    outcomes = {row["number"]: row["outcome"] for row in seen.ranked.shortlist.rows}
    assert [number for number, outcome in outcomes.items() if outcome == "shortlisted"] == [
        "2023-007",
        "2023-001",
        "2023-005",
        "2023-008",
        "2023-009",
        "2023-006",
    ]
    assert (outcomes["2023-004"], outcomes["2023-011"]) == ("not_shortlisted", "below_threshold")


def test_shortlist_says_that_reconciliation_changed_it(seen: Seen) -> None:
    changed = [text for text in said(seen.ranked.shortlist) if text.startswith("名单因复议改变")]
    assert changed[0] == (
        "名单因复议改变：2023-006 重庆示例低碳检测有限公司复议后得分由79.07变为81.57，列入名单。"
    )
    assert len(changed) == 2
    (case,) = seen.ranked.cases
    assert (case.before, case.after, case.answer) == (Decimal(55), Decimal("72.5"), "revise")


def test_drop_high_low_stands_beside_the_rule(seen: Seen) -> None:
    beside = {row["number"]: row["references"]["drop_high_low"] for row in seen.ranked.shortlist.rows}
    assert beside == {
        "2023-007": "88.50",
        "2023-001": "86.63",
        "2023-005": "83.60",
        "2023-008": "83.60",
        "2023-009": "81.60",
        "2023-006": "82.70",
        "2023-004": "80.50",
        "2023-011": "67.50",
    }
    finals = {row["number"]: row["references"]["drop_high_low"] for row in seen.ranked.final.rows}
    assert finals == {
        "2023-007": "88.14",
        "2023-001": "87.08",
        "2023-005": "83.56",
        "2023-008": "83.56",
        "2023-006": "81.86",
    }


def test_final_ranking_has_the_handbook_s_figures(seen: Seen) -> None:
    places = [(row["number"], row["rank"], row["final"], row["outcome"]) for row in seen.ranked.final.rows]
    assert places == [
        ("2023-007", 1, "88.13", "proposed"),
        ("2023-001", 2, "87.28", "proposed"),
        ("2023-005", 3, "83.40", "proposed"),
        ("2023-008", 4, "83.40", "ranked"),
        ("2023-006", 5, "81.17", "ranked"),
    ]
    assert {row["number"]: row["code"] for row in seen.ranked.final.outside} == {
        "2023-004": "not_shortlisted",
        "2023-009": "abstained",
        WITHDRAWN: "withdrawn",
        "2023-011": "not_shortlisted",
    }


def test_tie_at_the_cut_is_resolved_by_the_second_criterion(seen: Seen) -> None:
    assert said(seen.ranked.final)[1] == (
        "2023-005 重庆示例汽车能效技术有限公司、2023-008 重庆示例园区能源管理有限公司得分均为83.40，"
        "按并列规则比较目标路径设置科学后，先后依次为2023-005 重庆示例汽车能效技术有限公司、"
        "2023-008 重庆示例园区能源管理有限公司。"
    )


def test_few_dossiers_bring_the_sentence_and_no_probability(seen: Seen) -> None:
    sentences = said(seen.ranked.final)
    assert sentences[0] == (
        "本轮参评单位不足10家，不计算入选可能性和名次区间，请结合分差、极差和专家评语判断。"
    )
    assert [text for text in sentences if "成" in text and "可能性较大" in text] == []


def test_condition_of_the_panel_stands_in_the_ranking(seen: Seen) -> None:
    results = {row["number"]: (row["result"], row["conditions"]) for row in seen.ranked.final.rows}
    assert results["2023-005"] == ("conditional", "明确首年接入企业名单")
    assert Counter(result for result, _conditions in results.values()) == {
        "recommended": 4,
        "conditional": 1,
    }


def test_recusal_holds_in_the_defense_too(seen: Seen) -> None:
    counts = {member.name: member.submitted for member in seen.ranked.members}
    assert (counts["壬示例"], counts["甲示例"]) == (4, 5)


def test_frozen_rankings_come_out_of_the_sheets_again(seen: Seen) -> None:
    assert [(item.kind, item.holds) for item in seen.ranked.verified] == [
        ("shortlist", True),
        ("final", True),
    ]


# ---- the notice is public


def test_notice_is_released_and_public_from_its_appearance(seen: Seen) -> None:
    assert (seen.publicity.call.state, seen.publicity.notice.missing) == ("publicity", ())
    assert seen.publicity.notice.released_at is not None
    period, public = seen.publicity.clock.period, seen.publicity.public
    assert period is not None
    assert (period.first_day, period.last_day) == (date(2023, 3, 15), date(2023, 3, 21))
    assert (period.printed, period.today, seen.publicity.clock.differing) == (
        (period.first_day, period.last_day),
        4,
        (),
    )
    assert (public.today, len(public.words.rows)) == (4, 3)


def test_draft_waits_for_exactly_one_fact_and_one_signed_list(seen: Seen) -> None:
    assert seen.decided.call.state == "decided"
    assert seen.decided.notice.missing == ("监督电话",)
    (lacking,) = seen.decided.notice.unsigned
    assert lacking.startswith("专家评分清单_专家书面评审_")
    assert str(seen.decided.refusal.message) == "还有1项待填：监督电话。补齐后方可提交发布。"


def test_whole_story_stands_on_an_unbroken_chain(seen: Seen) -> None:
    assert seen.publicity.chain.broken_at is None
    assert seen.publicity.chain.entries > 300


def test_one_expert_scores_on_paper_and_both_clerks_type_every_sheet(seen: Seen) -> None:
    acts = Counter(action for action, _day in seen.publicity.acts)
    typed = acts["transcribe_review"]
    assert typed > 0
    assert (acts["enter_paper_sheet"], acts["attach_paper_scan"]) == (2 * typed, typed)


def test_everybody_lands_on_an_own_desk_that_says_demonstration(seen: Seen) -> None:
    assert {login: page.status for login, page in seen.landed.items()} == dict.fromkeys(seen.landed, 200)
    desks = {login: page.path.split("/")[1] for login, page in seen.landed.items()}
    assert desks == {
        "admin": "",
        "office": "secretariat",
        "office-b": "secretariat",
        "jiandu-a": "supervisor",
        "jiandu-b": "supervisor",
        "jifen": "transcription",
        "fuhe": "transcription",
        **{f"zhuanjia-{number}": "expert" for number in range(1, 8)},
    }
    assert [login for login, page in seen.landed.items() if "演示数据" not in page.text] == []


# ---- the other ending, and the folder


def written_totals(sheets: dict[Pair, Points], rubric: Rubric, key: str | None) -> dict[str, Decimal]:
    """Sum over the experts by dossier, of one criterion or of everything."""
    found: Counter[str] = Counter()
    for (dossier, _expert), sheet in sheets.items():
        for item, value in sheet.items():
            if key is None or rubric.criterion_of(item).key == key:
                found[dossier] += value  # type: ignore[assignment]
    return dict(found)  # type: ignore[arg-type]


def test_unresolved_tie_leaves_every_key_equal_and_every_total_as_it_was() -> None:
    rubric = green_call().rubric_of("written_review")
    before, after = (read_scores("written_reconciled.csv") for _ in range(2))
    leave_tied(after, rubric, "S08", "S05", "C2")
    assert written_totals(before, rubric, "C2")["S05"] > written_totals(before, rubric, "C2")["S08"]
    for key in ("C1", "C2", None):
        sums = written_totals(after, rubric, key)
        assert sums["S05"] == sums["S08"]
    assert {pair: sum(sheet.values()) for pair, sheet in after.items()} == {
        pair: sum(sheet.values()) for pair, sheet in before.items()
    }
    defense = written_totals(read_scores("defense.csv"), green_call().rubric_of("onsite_defense"), None)
    assert defense["S05"] == defense["S08"]


def test_folder_that_is_no_demonstration_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "portal.db").write_bytes(b"somebody's database")
    with pytest.raises(Conflict) as refused, staged(tmp_path):
        raise AssertionError("must not begin")
    assert str(refused.value.message).startswith(f"目录 {tmp_path} 不是演示实例，未作任何改动。")
    assert [path.name for path in tmp_path.iterdir()] == ["portal.db"]
    assert (tmp_path / "portal.db").read_bytes() == b"somebody's database"


def test_earlier_demonstration_is_thrown_away_after_saying_so(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("演示", encoding="utf-8")
    (tmp_path / "portal.db").write_bytes(b"an earlier demonstration")
    (tmp_path / "files" / "ab").mkdir(parents=True)
    told: list[str] = []
    with staged(tmp_path, say=told.append, testing=True):
        assert told == [f"清空并重建演示实例：{tmp_path}"]
        assert not (tmp_path / "files").exists()
        assert (tmp_path / "portal.db").read_bytes().startswith(b"SQLite format 3")


def test_command_builds_beside_the_office_s_own_instance_and_prints_the_accounts(tmp_path: Path) -> None:
    office = tmp_path / "instance"
    office.mkdir()
    (office / "portal.db").write_bytes(b"the office's own")
    ran = subprocess.run(
        [sys.executable, "-m", "review_portal.cli", "demo", "--at", "scoring", "--no-serve"],
        cwd=ROOT,
        env=os.environ | {"PORTAL_INSTANCE": str(office), "DATABASE_URL": "sqlite:////nowhere/portal.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"建立演示实例：{office / 'demo'}\n")
    lines = [line.split() for line in ran.stdout.splitlines() if "密码" in line]
    offices = ["admin", "office", "office-b", "jiandu-a", "jiandu-b", "jifen", "fuhe"]
    assert [line[3] for line in lines] == offices + [f"zhuanjia-{number}" for number in range(1, 8)]
    assert {line[-1] for line in lines} == {PASSWORD}
    assert (office / "portal.db").read_bytes() == b"the office's own"
    assert (office / "demo" / "portal.db").exists()


def test_points_are_those_that_the_command_offers() -> None:
    assert list(POINTS) == ["scoring", "reconciling", "ranked", "decided", "publicity"]
