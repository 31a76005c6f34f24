"""Who types paper sheets, and from what those who typed keep away."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from review_portal.domain import clerks, policy
from review_portal.domain.policy import Viewer

OTHERS = ("administrator", "secretariat", "supervisor", "expert", "counting_clerk", "checking_clerk")


@dataclass(frozen=True)
class Round:
    state: str
    id: int = 1
    call_id: int = 7


def viewer(*grants: tuple[str, int | None], expert: int | None = None) -> Viewer:
    return Viewer(1, "a", "示例", frozenset(grants), expert_id=expert)


@pytest.mark.parametrize("role", policy.CLERKS)
def test_clerk_of_a_call_has_one_role_there(role: str) -> None:
    assert clerks.clerk_role(viewer((role, 7)), 7) == role
    assert clerks.clerk_role(viewer((role, 7)), 8) is None


def test_whoever_holds_both_roles_types_nothing() -> None:
    both = viewer(("counting_clerk", 7), ("checking_clerk", 7))
    assert clerks.clerk_role(both, 7) is None


@pytest.mark.parametrize("role", policy.CLERKS)
@pytest.mark.parametrize("other", OTHERS)
def test_clerk_holds_no_other_role_of_the_call(role: str, other: str) -> None:
    for held, asked in ((other, role), (role, other)):
        call = None if held in ("administrator", "secretariat") else 7
        assert not policy.can_hold([(held, call)], asked, 7)


@pytest.mark.parametrize("role", policy.CLERKS)
def test_expert_of_another_call_may_be_a_clerk(role: str) -> None:
    assert policy.can_hold([("expert", 8)], role, 7)


def test_panel_member_knows_no_paper_even_as_a_clerk() -> None:
    seated = viewer(("counting_clerk", 7), expert=5)
    assert not clerks.can_know_paper(seated, 7, [4, 5])
    assert clerks.can_know_paper(seated, 7, [4])


@pytest.mark.parametrize("state", ["draft", "scoring", "reconciling", "finished", "void"])
def test_sheets_are_typed_in_a_sealed_round_only(state: str) -> None:
    assert not clerks.can_type(Round(state))
    assert clerks.can_type(Round("sealed"))


def test_whoever_typed_keeps_away_from_the_list() -> None:
    assert clerks.stands_apart(False)
    assert "代录过纸质评分表" in str(clerks.stands_apart(True).reason)
