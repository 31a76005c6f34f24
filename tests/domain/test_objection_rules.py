"""异议与投诉: which way the rule proposes, and what may follow on what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from review_portal.domain import objection_rules as rules


@dataclass(frozen=True)
class Act:
    act: str
    choice: str = ""
    due_on: date | None = None


@pytest.mark.parametrize(
    ("way", "identity", "signed", "checkable", "late", "route"),
    [
        ("in_person", "named", True, True, False, "accept"),
        ("post", "unit", True, False, False, "accept"),
        ("mail", "named", True, True, True, "decline"),
        ("mail", "named", False, True, False, "decline"),
        ("phone", "named", False, True, False, "transfer"),
        ("visit", "named", False, False, False, "decline"),
        ("phone", "anonymous", False, True, False, "transfer"),
        ("phone", "anonymous", False, True, True, "transfer"),
        ("post", "anonymous", False, False, False, "decline"),
    ],
)
def test_rule_proposes_by_name_writing_and_time(way, identity, signed, checkable, late, route):
    found = rules.propose(way=way, identity=identity, signed=signed, checkable=checkable, late=late)
    assert found.route == route


def states(identity: str, *acts: Act) -> list[str]:
    return [rules.state_of(identity, acts[:count]) for count in range(len(acts) + 1)]


def test_ordinary_way_runs_from_register_to_closed():
    acts = [
        Act("classify", "accept"),
        Act("acknowledge"),
        Act("extend"),
        Act("conclude", "adjust"),
        Act("link"),
        Act("reply"),
        Act("deliver"),
        Act("close"),
    ]
    assert states("named", *acts) == [
        "registered",
        "accepted",
        "investigating",
        "investigating",
        "concluded",
        "answerable",
        "replied",
        "delivered",
        "closed",
    ]


def test_maintained_needs_no_follow_up_and_declined_is_told_unless_anonymous():
    begun = [Act("classify", "accept"), Act("acknowledge"), Act("conclude", "maintain")]
    assert rules.state_of("named", begun) == "answerable"
    assert states("unit", Act("classify", "decline"), Act("inform"))[1:] == ["declined", "closed"]
    assert rules.state_of("anonymous", [Act("classify", "decline")]) == "closed"
    assert states("anonymous", Act("classify", "transfer"), Act("find"))[1:] == ["transferred", "closed"]


def test_every_state_and_act_has_its_words_and_a_way_on():
    assert set(rules.NEXT) == set(rules.STATES)
    assert {act for acts in rules.NEXT.values() for act in acts} == set(rules.ACTS)
    assert [state for state, acts in rules.NEXT.items() if not acts] == ["closed"]
    assert rules.number_text(1) == "YY-001"
