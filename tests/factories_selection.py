"""Plays a whole small selection through the services: people, dossiers, two rounds, the decision.

Seven forms of the green platform call (four samples, five variants of the first with names of their own): two
are rejected, one is withdrawn after scoring began, one is below the shortlist, one does not come to the
defense, four are ranked; two of these have equal final scores and are told apart by the second tie key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from review_portal import clock
from review_portal.clock import OFFICE_ZONE
from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.decision_rules import Choice
from review_portal.domain.policy import Viewer
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.services import (
    account_views,
    accounts,
    assignments,
    calls,
    confirmations,
    decision_views,
    decisions,
    defense_orders,
    defense_records,
    defense_room,
    defenses,
    dossiers,
    elections,
    experts,
    logins,
    panels,
    passwords,
    ranking,
    reconciliation,
    review_reports,
    reviews,
    rounds,
    signature_views,
    signatures,
)
from review_portal.services.accounts import Person
from review_portal.services.decisions import Minutes
from review_portal.services.dossiers import Upload
from review_portal.services.revisions import Sheet
from scoring_rubrics import Rubric
from tests import factories, factories_cases, form_documents
from tests.data_builders import roster_xlsx
from tests.factories_papers import pdf
from tests.kept_scenes import kept

PHASES = ("assigned", "scoring", "sealed", "finished", "shortlisted", "defending", "ranked", "decided")
PANEL = ("甲示例", "丁示例", "己示例", "壬示例", "癸示例")  # 壬示例 has declared a tie to the first unit
CHAIR = PANEL[0]
UNDELIVERED = "通知书已寄出，回执尚未寄回（示例）"  # why the first round does not wait for the rejections
COMMENT = "对照评分要点逐项核对，个别环节可再细化（示例）。"
OPINION = "总体可行，建议细化首年任务（示例）。"
RECEIVED = datetime(2023, 2, 16, 10, 0, tzinfo=OFFICE_ZONE)
ROSTER = Path(__file__).parent / "data" / "experts" / "experts_recusal.json"

FIRST = "重庆示例绿能科技有限公司"
FIRST_CODE = "91500000MAEXAMP14Y"
FIRST_OFFICE = "重庆两江新区经济运行局（示例）"
REJECTED = ("2023-002", "2023-003")
WITHDRAWN, ABSENT, BELOW = "2023-009", "2023-007", "2023-008"
RANKED = ("2023-001", "2023-004", "2023-005", "2023-006")  # as they come out, best first
VARIANTS = {  # unit and who recommends it
    "2023-005": ("重庆示例汽车能效技术有限公司", "万州区经济和信息化委员会（示例）"),
    "2023-006": ("重庆示例园区能源管理有限公司", "永川区经济和信息化委员会（示例）"),
    "2023-007": ("重庆示例环保装备有限公司", FIRST_OFFICE),
    "2023-008": ("重庆示例循环利用科技有限公司", FIRST_OFFICE),
    "2023-009": ("重庆示例节能服务有限公司", FIRST_OFFICE),
}
SHARES = {
    "2023-001": "0.90",
    "2023-004": "0.86",
    "2023-005": "0.80",
    "2023-006": "0.80",
    "2023-007": "0.78",
    "2023-008": "0.62",
    "2023-009": "0.79",
}
# equal totals and first criterion; the second criterion is one point higher for the former
SHIFTS = {("2023-005", "C2.1"): Decimal(1), ("2023-006", "C3.1"): Decimal(1)}


@dataclass(frozen=True, slots=True)
class Story:
    """What happens in a selection. Numbers are those of dossiers; a case is (expert, dossier, answer)."""

    folder: str
    uploads: tuple[Upload, ...]
    shares: Mapping[str, str]
    received: datetime | None = None
    panel: tuple[str, ...] = PANEL
    rejected: tuple[str, ...] = ()
    withdrawn: str = ""
    absent: str = ""
    conditional: str = ""
    cases: tuple[tuple[str, str, str], ...] = ()
    shifts: Mapping[tuple[str, str], Decimal] = field(default_factory=lambda: SHIFTS)


@dataclass(frozen=True, slots=True)
class Selection:
    """Public ids and people of the selection; `numbers` maps a dossier's number to its public id."""

    story: Story
    app: Flask
    office: factories.Office
    call: str
    written: str
    defense: str
    experts: Mapping[str, factories.Credential]
    numbers: Mapping[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # one login a person: hashing passwords takes time

    @property
    def officer(self) -> Viewer:
        """The officer who runs the call."""
        return self.viewer(self.office.officer)

    @property
    def second(self) -> Viewer:
        """The other officer."""
        return self.viewer(self.office.second_officer)

    @property
    def supervisor(self) -> Viewer:
        """The supervisor who agrees to unsealing."""
        return self.viewer(self.office.supervisor_a)

    def expert(self, name: str) -> Viewer:
        """An expert with the rights of this moment."""
        return self.viewer(self.experts[name])

    def viewer(self, person: factories.Credential) -> Viewer:
        """The person with the rights of this moment. Needs an application context."""
        if person.login not in self.tokens:
            self.tokens[person.login] = logins.log_in(person.login, person.password)
        db.session.rollback()
        found = logins.viewer_of(self.tokens[person.login])
        assert found is not None
        return found

    def codes(self, round_: str) -> dict[str, str]:
        """Name of each panel member -> code drawn for the round."""
        rows = db.session.execute(
            sa.select(Expert.name, PanelMember.code)
            .join(PanelMember, PanelMember.expert_id == Expert.id)
            .where(PanelMember.round_id == panels_round(round_))
        ).all()
        return {name: code or "" for name, code in rows}


@cache
def forms() -> tuple[Upload, ...]:
    """The nine forms in the order of their numbers."""
    samples = [Upload(f"{name}.docx", form_documents.data(name)) for name in form_documents.SAMPLES]
    variants = enumerate(VARIANTS.values())
    return (*samples, *(Upload(f"{unit}.docx", variant(unit, by, at)) for at, (unit, by) in variants))


def variant(unit: str, recommender: str, at: int) -> bytes:
    """The first sample under another unit's name, credit code and recommending unit."""
    opened = form_documents.document()
    form_documents.replace_text(opened, FIRST, unit)
    form_documents.replace_text(opened, FIRST_CODE, credit_code(at))
    form_documents.replace_text(opened, FIRST_OFFICE, recommender)
    return form_documents.saved(opened)


def credit_code(at: int) -> str:
    """A well-formed unified social credit code of a fictional unit (GB 32100-2015, check character)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91500000MA5U{at:03d}9X"[:17].ljust(17, "0")
    rest = sum(alphabet.index(char) * pow(3, place, 31) for place, char in enumerate(body)) % 31
    return body + alphabet[(31 - rest) % 31]


def sheet(
    rubric: Rubric,
    number: str,
    share: str,
    expert: int,
    *,
    less: Decimal = Decimal(0),
    shifts: Mapping[tuple[str, str], Decimal] = SHIFTS,
) -> Sheet:
    """A filled sheet: every item at the dossier's share of its maximum, shifted by who scores."""
    part = Decimal(share) + Decimal(expert - 2) * Decimal("0.02")
    points: dict[str, Decimal] = {}
    for item in rubric.items:
        steps = (item.max_score * part / item.step).to_integral_value()
        points[item.key] = min(item.max_score, steps * item.step) + shifts.get((number, item.key), Decimal(0))
    first = rubric.items[0].key
    points[first] -= less
    conclusion = rubric.conclusions[0] if rubric.conclusions else None
    return Sheet(points, dict.fromkeys(points, COMMENT), OPINION, conclusion)


def green() -> Story:
    """The shipped call, with everything that can happen to a dossier."""
    return Story(
        folder="green_platform_2023",
        uploads=forms(),
        shares=SHARES,
        received=RECEIVED,
        rejected=REJECTED,
        withdrawn=WITHDRAWN,
        absent=ABSENT,
        conditional="2023-005",
        cases=((PANEL[4], "2023-004", "revise"), (PANEL[1], "2023-001", "keep")),
    )


def tea() -> Story:
    """The fictional tea-garden call: median, one decimal, no recusals, publicity in order of rank.

    Its application needs `rubrics` to be the folder of the tests' calls.
    """
    shares = {"2030-001": "0.75", "2030-002": "0.90", "2030-003": "0.80"}
    return Story("tea_garden_2030", forms()[4:7], shares, panel=(*PANEL[:3], PANEL[4]))


def selection(app: Flask, at: str = "decided", story: Story | None = None) -> Selection:
    """A call played up to the phase `at` (one of `PHASES`); the green platform's unless told otherwise."""
    made = _played(app, at, story) if story else _green(app, at=at)
    return replace(made, app=app, tokens=dict(made.tokens))


@kept
def _green(app: Flask, *, at: str) -> Selection:
    """The shipped call's selection goes on from the phase before, which is kept, too."""
    place = PHASES.index(at)
    if not place:
        return _played(app, at, green())
    before = _green(app, at=PHASES[place - 1])
    made = replace(before, app=app, tokens=dict(before.tokens))
    with app.app_context():
        _STEPS[place - 1](made)
        db.session.rollback()
    return made


def _played(app: Flask, at: str, story: Story) -> Selection:
    people = factories.office(app)
    officer = people.officer.viewer(app)
    with app.app_context():
        made = _prepared(story, app, people, officer)
        for step in _STEPS[: PHASES.index(at)]:
            step(made)
        db.session.rollback()
        return made


def _prepared(story: Story, app: Flask, people: factories.Office, officer: Viewer) -> Selection:
    call, known, numbers = _people(story, officer)
    pool = {line.name: line.public_id for line in experts.list_experts(officer, call=call)}
    written, defense = (item.public_id for item in calls.view(officer, call=call).rounds)
    made = Selection(story, app, people, call, written, defense, known, numbers)
    _check(made, officer)
    calls.close_intake(officer, call=call)
    panels.set_panel(officer, round_=written, experts=[pool[name] for name in story.panel])
    assignments.assign_all(officer, round_=written)
    return made


def _people(story: Story, officer: Viewer) -> tuple[str, dict[str, factories.Credential], dict[str, str]]:
    """A published call with its experts, its approved scheme and the dossiers that were handed in."""
    call = calls.create_call(officer, folder=story.folder)
    roster = json.loads(ROSTER.read_text(encoding="utf-8"))["experts"]
    experts.import_roster(officer, call=call, name="专家名单.xlsx", data=roster_xlsx(roster))
    pool = {line.name: line.public_id for line in experts.list_experts(officer, call=call)}
    accounts.open_accounts(
        officer,
        call=call,
        people=[
            Person(f"expert-{n}", name, "expert", pool[name]) for n, name in enumerate(story.panel, start=1)
        ],
    )
    rows = {row.name: row.public_id for row in account_views.list_accounts(officer, call=call)}
    known = {
        name: factories.settle(passwords.issue_password(officer, account=rows[name])) for name in story.panel
    }
    calls.record_scheme(
        officer,
        call=call,
        reference="示例〔2023〕5号",
        approved_by="示例主任办公会",
        approved_on=date(2023, 2, 20),
    )
    calls.publish(officer, call=call)
    filed = dossiers.add_dossiers(officer, call=call, uploads=story.uploads, received_at=story.received)
    return call, known, {item.number: item.public_id for item in filed}


def _check(made: Selection, officer: Viewer) -> None:
    """Officers answer every finding; two forms are rejected by two, the others accepted."""
    for number, dossier in made.numbers.items():
        shown = dossiers.get_dossier(officer, dossier=dossier).findings
        reject = number in made.story.rejected
        answers = {
            row.public_id: ("fail" if reject and row.result == "fail" else "pass", "已核对纸质件（示例）")
            for row in shown
            if row.unanswered or row.result != "pass"
        }
        if reject and all(result == "pass" for result, _basis in answers.values()):
            answers = dict.fromkeys(answers, ("fail", "经核对不符合（示例）"))
        dossiers.confirm_findings(officer, dossier=dossier, answers=answers)
        if reject:
            asked = dossiers.ask_rejection(officer, dossier=dossier, reason="不符合推荐条件（示例）")
            dossiers.decide_reject_dossier(made.second, approval=asked, approve=True)
        else:
            dossiers.accept(officer, dossier=dossier, reason="形式审查通过（示例）")


def _open(made: Selection) -> None:
    rounds.open_round(made.officer, round_=made.written, deadline=None, reason=UNDELIVERED)


def _score(made: Selection) -> None:
    """Everybody signs in and submits; one unit withdraws when three of its sheets are in."""
    _seat(made, made.written)
    _fill(made, made.written)
    if made.story.withdrawn:
        letter = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
        dossier = made.numbers[made.story.withdrawn]
        dossiers.withdraw(made.officer, dossier=dossier, reason="申报单位来函撤回（示例）", letter=letter)
    factories.close_round(made.expert(CHAIR), made.supervisor, round_=made.written)


def _seat(made: Selection, round_: str) -> None:
    officer = made.officer
    members = panels.list_members(officer, round_=round_)
    for member in members:
        panels.sign_in(officer, member=member.public_id, checked_by="示例会务")
    chair = next(member.public_id for member in members if member.name == CHAIR)
    elections.elect_chair(
        officer, round_=round_, member=chair, method="举手", votes=len(members) - 1, witness="示例监督甲"
    )


def _fill(made: Selection, round_: str) -> None:
    rules = calls.view(made.officer, call=made.call).rules
    stage = next(r.stage for r in calls.view(made.officer, call=made.call).rounds if r.public_id == round_)
    rubric = rules.rubric_of(stage)
    for at, name in enumerate(made.story.panel):
        viewer = made.expert(name)
        reviews.sign_pledge(viewer, round_=round_)
        for number, dossier, review in own_reviews(round_, viewer):
            if number == made.story.withdrawn and at > 2:
                continue  # had not come to it yet
            if round_ == made.written:
                reviews.declare(viewer, dossier=dossier, answer="clear")
            reviews.submit_review(
                viewer,
                review=review,
                sheet=sheet(rubric, number, made.story.shares[number], at, shifts=made.story.shifts),
                base_version=0,
                request_key=f"{stage}-{number}-{at}",
            )


def own_reviews(round_: str, viewer: Viewer) -> list[tuple[str, str, str]]:
    """Number, dossier and review of every open sheet of an expert. Needs an application context."""
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Dossier.number, Dossier.public_id, Review.public_id)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(Expert, Expert.id == Review.expert_id)
        .where(
            Review.state.in_(("assigned", "draft")),
            Expert.id == viewer.expert_id,
            Review.round_id == panels_round(round_),
        )
        .order_by(Dossier.number)
    ).all()
    return [(number, dossier, review) for number, dossier, review in rows]


def panels_round(round_: str) -> sa.ScalarSelect[int]:
    """The key of a round behind its public id."""
    from review_portal.models.calls import Round

    return sa.select(Round.id).where(Round.public_id == round_).scalar_subquery()


def _unseal(made: Selection, round_: str) -> None:
    asked = rounds.ask_unseal(made.expert(CHAIR), round_=round_, reason="评分已结束，申请启封（示例）")
    rounds.decide_unseal(made.supervisor, approval=asked, approve=True)


def _finish(made: Selection) -> None:
    """Unseal, one case answered by a revised sheet, the other kept; then reconciliation ends."""
    _unseal(made, made.written)
    codes = made.codes(made.written)
    shown = calls.view(made.officer, call=made.call)
    rubric = shown.rules.rubric_of(shown.rounds[0].stage)
    for name, number, answer in made.story.cases:
        case = factories_cases.opened(
            made.expert(CHAIR),
            made.supervisor,
            round_=made.written,
            dossier=made.numbers[number],
            code=codes[name],
            question="请说明该项评分的主要依据（示例）。",
        )
        at = made.story.panel.index(name)
        revised = (
            sheet(rubric, number, made.story.shares[number], at, less=Decimal("0.5"))
            if answer == "revise"
            else None
        )
        reconciliation.answer_case(
            made.expert(name),
            case=case,
            answer=answer,
            reason="已重新核对证明材料（示例）。",
            sheet=revised,
            request_key=f"case-{number}",
        )
    rounds.finish_round(made.expert(CHAIR), round_=made.written)


def _freeze(made: Selection, round_: str) -> None:
    chair = made.expert(CHAIR)
    shown = ranking.view(chair, round_=round_)
    ranking.freeze(chair, round_=round_, digest=shown.digest, look="专家组已查看规则差异，维持原规则。")


def _shortlist(made: Selection) -> None:
    _freeze(made, made.written)


def _defend(made: Selection) -> None:
    """The defense: order drawn, one unit absent by two, the others recorded and scored."""
    officer = made.officer
    defenses.prepare(officer, round_=made.defense)
    defense_orders.commit(officer, round_=made.defense)
    called = {"number": "0317", "caller": "甲单位代表（示例）", "witness": "示例监督甲"}
    defense_orders.draw(officer, round_=made.defense, **called)
    rounds.open_round(officer, round_=made.defense, deadline=None)
    _seat(made, made.defense)
    for slot in defense_room.list_slots(officer, round_=made.defense):
        if slot.number == made.story.absent:
            asked = defense_records.ask_absent(
                made.expert(CHAIR),
                slot=slot.public_id,
                reason="规定时间后15分钟未到（示例）",
                early="未排定时间（示例）",
            )
            defense_records.decide_absent(made.supervisor, approval=asked, approve=True)
            continue
        conditional = slot.number == made.story.conditional
        defense_records.record(
            officer,
            slot=slot.public_id,
            attendees=attendees(),
            result="conditional" if conditional else "recommended",
            conditions="明确首年接入企业名单（示例）" if conditional else "",
        )
    _fill(made, made.defense)


def attendees() -> Sequence[tuple[str, str, bool]]:
    """Who came: name, post, identity seen."""
    return (("示例主讲人", "项目负责人", True),)


def _rank(made: Selection) -> None:
    from tests.factories_opinions import agree  # it builds on this module

    factories.close_round(made.expert(CHAIR), made.supervisor, round_=made.defense)
    _unseal(made, made.defense)
    rounds.finish_round(made.expert(CHAIR), round_=made.defense)
    agree(made)
    _freeze(made, made.defense)
    confirm(made, made.written)
    confirm(made, made.defense)
    collect(made)


def _decide(made: Selection) -> None:
    decide(made, selected=proposed(made))


_STEPS = (_open, _score, _finish, _shortlist, _defend, _rank, _decide)


def collect(made: Selection) -> None:
    """Every paper that publicity waits for is back, signed. Needs an application context."""
    lacking = signature_views.missing(made.officer, call=made.call, gate="publicity")
    if any(paper.draft for paper in lacking):
        review_reports.make_report(made.officer, call=made.call, place="示例会议室")
        lacking = signature_views.missing(made.officer, call=made.call, gate="publicity")
    if lacking:
        signatures.record(
            made.officer,
            call=made.call,
            keys=[paper.key for paper in lacking],
            step="returned",
            happened_on=local_date(clock.now()),
        )


def proposed(made: Selection) -> list[str]:
    """Numbers of the dossiers that the frozen ranking proposes. Needs an application context."""
    rows = ranking.final_view(made.officer, call=made.call).rows
    return [row["number"] for row in rows if row["outcome"] == "proposed"]


def confirm(made: Selection, round_: str, *, but: Sequence[str] = ()) -> None:
    """Every expert confirms the own sheets of a finished round. Needs an application context."""
    for name in made.story.panel:
        if name not in but:
            viewer = made.expert(name)
            own = confirmations.own(viewer, round_=round_)
            confirmations.answer(viewer, round_=round_, digest=own.digest, agrees=True)


def decide(made: Selection, *, selected: Sequence[str], departures: str = "") -> None:
    """Two officers record the leaders' decision for dossiers by number. Needs an application context.

    `departures` is the reason wherever one is wanted.
    """
    asked = ask_decision(made, selected=selected, departures=departures)
    decisions.decide_decision(made.second, approval=asked, approve=True, note="已对照纪要（示例）")


def ask_decision(
    made: Selection, *, selected: Sequence[str], departures: str = "", outcome: str = "", **changes: Any
) -> str:
    """One officer puts the decision before the other. Needs an application context."""
    found = decision_views.docket(made.officer, call=made.call)
    assert found is not None
    choices = {}
    for one in found.candidates:
        answer = "approve" if one.number in selected else "reject"
        choices[one.dossier] = Choice(answer, departures if one.needs_reason(answer) else "")
    departs = any(one.expected and one.needs_reason(choices[one.dossier].answer) for one in found.candidates)
    minutes = Minutes(
        "主任办公会（示例）",
        local_date(clock.now()),
        "示例会纪〔2023〕6号",
        outcome or ("adjusted" if departs else "agreed"),
        f"同意{len(selected)}家（示例）",
        departures,
    )
    given: dict[str, Any] = {"minutes": minutes, "choices": choices, "scan": pdf(1), **changes}
    return decisions.ask_decision(
        made.officer, call=made.call, digest=found.digest, scan_name="会议纪要.pdf", **given
    )
