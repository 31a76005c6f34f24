"""The state machines, and that README shows the very same tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from review_portal.domain import states
from review_portal.domain.errors import Conflict

ROOT = Path(__file__).parents[2]
MACHINES = {
    "call": ("批次", states.CALL),
    "round": ("评审轮次", states.ROUND),
    "dossier": ("申报材料", states.DOSSIER),
    "review": ("评分表", states.REVIEW),
    "case": ("复议", states.CASE),
}


def section(name: str) -> str:
    """README's 「状态」 section as the code would write it, for one machine."""
    title, table = MACHINES[name]
    lines = [f"### {title}", "", "| 状态 | 操作 → 之后的状态 |", "|---|---|"]
    for state, ways in table.items():
        shown = [
            f"`{action}`{'（双人）' if (name, action) in states.TWO_PERSON else ''} → `{target}`"
            for action, target in ways.items()
        ]
        lines.append(f"| `{state}` | {'；'.join(shown) or '—'} |")
    return "\n".join(lines)


@pytest.mark.parametrize("name", MACHINES)
def test_readme_shows_the_table(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(rf"^### {MACHINES[name][0]}\n.*?(?=\n\n#|\n\n[^|]|\Z)", readme, re.M | re.S)
    assert shown.strip() == section(name)


@pytest.mark.parametrize("name", MACHINES)
def test_every_way_leads_to_a_state_of_the_table(name: str) -> None:
    _title, table = MACHINES[name]
    assert {target for ways in table.values() for target in ways.values()} <= set(table)


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_can_be_reached_from_the_first(name: str) -> None:
    _title, table = MACHINES[name]
    reached, waiting = set(), [next(iter(table))]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += table[state].values()
    assert reached == set(table)


@pytest.mark.parametrize(
    ("table", "state", "action", "after"),
    [
        (states.ROUND, "sealed", "unseal", "reconciling"),
        (states.DOSSIER, "received", "accept", "eligible"),
        (states.DOSSIER, "returned", "refile", "received"),
        (states.REVIEW, "submitted", "withdraw", "draft"),
    ],
)
def test_action_leads_on(table: states.Table, state: str, action: str, after: str) -> None:
    assert states.may(table, state, action)
    assert states.advance(table, state, action) == after


@pytest.mark.parametrize(
    ("table", "state", "action"),
    [
        (states.ROUND, "scoring", "unseal"),
        (states.ROUND, "finished", "open"),
        (states.ROUND, "reconciling", "void"),
        (states.DOSSIER, "rejected", "accept"),
        (states.REVIEW, "missed", "save"),
        (states.CALL, "unknown", "publish"),
    ],
)
def test_action_out_of_place_is_a_conflict(table: states.Table, state: str, action: str) -> None:
    assert not states.may(table, state, action)
    with pytest.raises(Conflict, match="当前环节不能办理此事项，页面可能已过时，请刷新后再看。"):
        states.advance(table, state, action)


def test_round_never_opens_again() -> None:
    openings = [
        (state, action)
        for state, ways in states.ROUND.items()
        for action, to in ways.items()
        if to == "scoring"
    ]
    assert openings == [("draft", "open")]


def test_two_person_acts_are_actions_of_their_machines() -> None:
    tables = {name: table for name, (_title, table) in MACHINES.items()}
    known = {(name, action) for name, table in tables.items() for ways in table.values() for action in ways}
    assert known >= states.TWO_PERSON
