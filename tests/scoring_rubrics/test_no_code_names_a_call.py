"""Criteria, goals and themes are data: the same code reads a wholly different call and names neither."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from scoring_rubrics import Call

ROOT = Path(__file__).parents[2]
THEME = re.compile("绿色|低碳|节能|智慧能源|能源供给|综合服务平台")
EXAMPLES = {
    "review_portal/web/styleguide.py",
    "templates/styleguide.html",
}  # shows components with a demonstration


def strings_of(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string in Python code that is not a docstring; comments are no strings."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def lines_of(template: str) -> Iterator[tuple[int, str]]:
    """Line and text of a template, comments blanked out."""
    shown = re.sub(r"\{#.*?#\}", lambda comment: "\n" * comment[0].count("\n"), template, flags=re.DOTALL)
    yield from enumerate(shown.splitlines(), 1)


def program_texts() -> Iterator[tuple[str, str]]:
    """Place and text of all that the program says: strings of the code, and templates without comments."""
    code = [*(ROOT / "scoring_rubrics").glob("*.py"), *(ROOT / "review_portal").rglob("*.py")]
    for path in sorted([*code, *(ROOT / "templates").rglob("*.html")]):
        name, source = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        if name not in EXAMPLES:
            for line, text in strings_of(source) if path.suffix == ".py" else lines_of(source):
                yield f"{name}:{line}", text


def names_of(call: Call) -> set[str]:
    """Words that belong to one call alone: its criteria, items, goals, KPI rows and platform."""
    rubrics = call.rubrics.values()
    criteria = {criterion.name for rubric in rubrics for criterion in rubric.criteria}
    items = {item.name for rubric in rubrics for item in rubric.items}
    goals = {goal.name for goal in call.goals} | {indicator.name for indicator in call.indicators}
    return criteria | items | goals | {call.platform_name}


def test_no_code_names_a_criterion_by_its_key(shipped: Call) -> None:
    items = {item.key for rubric in shipped.rubrics.values() for item in rubric.items}
    qualified = {f"{r.key}.{c.key}" for r in shipped.rubrics.values() for c in r.criteria}
    keys = re.compile(
        r"(?<![\w.])(" + "|".join(re.escape(key) for key in sorted(items | qualified)) + r")(?![\w.])"
    )
    assert [(place, text) for place, text in program_texts() if keys.search(text)] == []


def test_no_code_speaks_of_the_theme_of_a_call() -> None:
    assert [(place, text) for place, text in program_texts() if THEME.search(text)] == []


def test_no_code_carries_a_name_that_belongs_to_a_call(shipped: Call, tea: Call) -> None:
    names = names_of(shipped) | names_of(tea)
    assert [(place, text) for place, text in program_texts() if any(name in text for name in names)] == []


def test_wholly_different_call_is_read_by_the_same_code(tea: Call) -> None:
    assert (tea.quota, tea.consortium_max, tea.goals_min, tea.goals_any_of) == (2, 5, 1, (3,))
    assert [(stage.label, stage.start, stage.before) for stage in tea.stages] == [
        ("春茶季", date(2030, 3, 1), date(2030, 6, 1)),
        ("秋茶季", date(2030, 8, 15), date(2030, 11, 1)),
    ]
    assert [(indicator.name, indicator.unit, indicator.goal) for indicator in tea.indicators] == [
        ("保存品种数", "个", 1),
        ("参训茶农人数", "人", None),
    ]
    assert [(stage.key, stage.weight) for stage in tea.scored_stages] == [
        ("garden_visit", Decimal("0.75")),
        ("blind_tasting", Decimal("0.25")),
    ]
    assert [criterion.name for criterion in tea.rubric_of("garden_visit").criteria] == [
        "土壤与茶树",
        "制茶技艺",
    ]
    assert [section.key for section in tea.form.leaves] == ["一", "二"]
    assert tea.rule.label == "中位数"
