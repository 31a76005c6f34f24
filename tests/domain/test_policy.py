"""Who may do what, and the reason a person is told."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from review_portal.domain import policy, states
from review_portal.domain.errors import NotAllowed
from review_portal.domain.policy import Permission, Viewer

HERE, THERE = 1, 2


@dataclass(frozen=True)
class Round:
    state: str = "scoring"
    call_id: int = HERE
    id: int = 10


@dataclass(frozen=True)
class Review:
    state: str = "draft"
    expert_id: int = 7


def person(
    *grants: tuple[str, int | None], expert: int | None = None, chairs: tuple[int, ...] = ()
) -> Viewer:
    return Viewer(1, "a" * 12, "示例", frozenset(grants), expert, frozenset(chairs))


NOBODY_YET = person()
ADMINISTRATOR = person(("administrator", None))
OFFICER = person(("secretariat", None))
OFFICER_HERE = person(("secretariat", HERE))
OFFICER_THERE = person(("secretariat", THERE))
SUPERVISOR_HERE = person(("supervisor", HERE))
SUPERVISOR_THERE = person(("supervisor", THERE))
EXPERT = person(("expert", HERE), expert=7)
OTHER_EXPERT = person(("expert", HERE), expert=8)
CHAIR = person(("expert", HERE), expert=7, chairs=(10,))
CHAIR_THERE = person(("expert", THERE), expert=9, chairs=(20,))
PEOPLE = {
    "nobody yet": NOBODY_YET,
    "administrator": ADMINISTRATOR,
    "officer": OFFICER,
    "officer here": OFFICER_HERE,
    "officer there": OFFICER_THERE,
    "supervisor here": SUPERVISOR_HERE,
    "supervisor there": SUPERVISOR_THERE,
    "expert": EXPERT,
    "other expert": OTHER_EXPERT,
    "chair": CHAIR,
    "chair there": CHAIR_THERE,
}


def allowed(rule: object, *given: object) -> set[str]:
    """Whom a rule allows."""
    return {name for name, viewer in PEOPLE.items() if rule(viewer, *given)}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("permission", "names"),
    [
        (Permission.PUBLIC, set(PEOPLE)),
        (Permission.SIGNED_IN, set(PEOPLE)),
        (Permission.ADMINISTRATOR, {"administrator"}),
        (Permission.SECRETARIAT, {"officer", "officer here", "officer there"}),
        (Permission.SUPERVISOR, {"supervisor here", "supervisor there"}),
        (
            Permission.OFFICE,
            {"officer", "officer here", "officer there", "supervisor here", "supervisor there"},
        ),
        (Permission.EXPERT, {"expert", "other expert", "chair", "chair there"}),
    ],
)
def test_desk_opens_to_its_people(permission: Permission, names: set[str]) -> None:
    assert allowed(policy.may_enter, permission) == names


@pytest.mark.parametrize("permission", Permission)
def test_nobody_enters_public_pages_only(permission: Permission) -> None:
    assert policy.may_enter(None, permission) == (permission is Permission.PUBLIC)


def test_expert_account_without_a_person_in_the_pool_does_not_enter() -> None:
    assert not policy.may_enter(person(("expert", HERE)), Permission.EXPERT)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (policy.can_run_call, {"officer", "officer here"}),
        (policy.can_watch_call, {"supervisor here"}),
        (policy.can_see_call, {"officer", "officer here", "supervisor here"}),
    ],
)
def test_call_belongs_to_its_own_office(rule: object, names: set[str]) -> None:
    assert allowed(rule, HERE) == names


def test_calls_are_made_by_the_secretariat_of_the_house() -> None:
    assert allowed(policy.can_create_call) == {"officer"}


def test_round_is_chaired_by_whom_its_panel_elected() -> None:
    assert allowed(policy.can_chair, Round()) == {"chair"}


@pytest.mark.parametrize("state", ["draft", "scoring", "sealed", "void"])
def test_nobody_sees_points_before_unsealing(state: str) -> None:
    assert allowed(policy.can_see_points, Round(state)) == set()
    assert str(policy.can_see_points(OFFICER, Round(state)).reason) == "评分已封存，启封前任何人不能查看。"


@pytest.mark.parametrize("state", ["reconciling", "finished"])
def test_points_open_to_chair_and_the_calls_office(state: str) -> None:
    assert allowed(policy.can_see_points, Round(state)) == {
        "officer",
        "officer here",
        "supervisor here",
        "chair",
    }


@pytest.mark.parametrize("state", [state for state in states.ROUND if state != "finished"])
def test_nobody_sees_ranks_before_reconciliation_ends(state: str) -> None:
    assert allowed(policy.can_see_ranks, Round(state)) == set()


def test_ranks_open_to_whom_points_are_open() -> None:
    assert allowed(policy.can_see_ranks, Round("finished")) == allowed(
        policy.can_see_points, Round("finished")
    )


def test_expert_reads_after_pledge_and_declaration() -> None:
    clear = {"is_own": True, "declared": True, "recused": False, "pledged": True}
    assert policy.can_read_dossier(EXPERT, **clear)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pledged": False}, "请先签署评审承诺。"),
        ({"declared": False}, "请先对该申报单位作出回避声明。"),
        ({"recused": True}, "未找到该材料，或您没有查看权限。"),
        ({"is_own": False}, "未找到该材料，或您没有查看权限。"),
        ({"recused": True, "pledged": False, "declared": False}, "未找到该材料，或您没有查看权限。"),
    ],
)
def test_expert_does_not_read_and_is_told_why(change: dict[str, bool], reason: str) -> None:
    given = {"is_own": True, "declared": True, "recused": False, "pledged": True, **change}
    verdict = policy.can_read_dossier(EXPERT, **given)
    assert (bool(verdict), str(verdict.reason)) == (False, reason)


@pytest.mark.parametrize("state", states.REVIEW)
def test_author_scores_while_the_sheet_is_open(state: str) -> None:
    assert bool(policy.can_score(EXPERT, Review(state), "scoring")) == (
        state in ("assigned", "draft", "returned")
    )


@pytest.mark.parametrize("round_state", [state for state in states.ROUND if state != "scoring"])
def test_nobody_scores_outside_the_rounds_time(round_state: str) -> None:
    assert not policy.can_score(EXPERT, Review(), round_state)
    assert not policy.can_withdraw(EXPERT, Review("submitted"), round_state)


def test_nobody_scores_for_another() -> None:
    assert allowed(policy.can_score, Review(), "scoring") == {"expert", "chair"}  # both are expert 7
    assert (
        str(policy.can_score(OTHER_EXPERT, Review(), "scoring").reason) == "未找到该材料，或您没有查看权限。"
    )


def test_author_withdraws_what_is_submitted() -> None:
    assert policy.can_withdraw(EXPERT, Review("submitted"), "scoring")
    assert not policy.can_withdraw(EXPERT, Review("draft"), "scoring")
    assert not policy.can_withdraw(OTHER_EXPERT, Review("submitted"), "scoring")


@pytest.mark.parametrize(
    ("role", "call", "names"),
    [
        ("expert", HERE, {"officer", "officer here"}),
        ("supervisor", HERE, {"officer", "officer here"}),
        ("expert", None, set()),
        ("supervisor", None, set()),
        ("secretariat", None, {"administrator"}),
        ("secretariat", HERE, {"administrator"}),
        ("administrator", None, set()),
    ],
)
def test_accounts_are_opened_by_the_next_office(role: str, call: int | None, names: set[str]) -> None:
    assert allowed(policy.can_open_accounts, role, call) == names


@pytest.mark.parametrize(
    ("action", "names"),
    [
        ("unseal", {"supervisor here"}),
        ("void_round", {"supervisor here"}),
        ("absent", {"supervisor here"}),
        ("reject_dossier", {"officer", "officer here"}),
        ("release_notice", {"officer", "officer here"}),
        ("open_accounts", {"administrator", "officer", "officer here", "supervisor here"}),
        ("unheard_of", set()),
    ],
)
def test_second_person_comes_from_the_right_office(action: str, names: set[str]) -> None:
    assert allowed(policy.can_approve, action, HERE, 99) == names


@pytest.mark.parametrize("action", policy.APPROVERS)
def test_nobody_supplies_both_halves(action: str) -> None:
    assert allowed(policy.can_approve, action, HERE, 1) == set()


def test_refusal_carries_its_reason() -> None:
    with pytest.raises(NotAllowed, match="只有本批次秘书处人员可以办理。"):
        policy.can_run_call(EXPERT, HERE).require()


def test_yes_needs_no_reason() -> None:
    policy.YES.require()
    assert str(policy.YES.reason) == ""
