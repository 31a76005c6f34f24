"""Every act that a service writes to the audit chain has a word, and so has what it was done to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from review_portal.domain import policy
from review_portal.domain.trail_facts import FACTS, UNTOLD
from review_portal.domain.trail_words import ACTIONS, OBJECTS, action_word

SERVICES = Path(__file__).resolve().parents[2] / "review_portal" / "services"
Function = ast.FunctionDef


def modules() -> list[ast.Module]:
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SERVICES.rglob("*.py"))]


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def records(function: Function) -> Iterator[ast.Call]:
    """Calls of `audit.record` (inside audit itself there are none)."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
            yield node


def values(expression: ast.expr, function: Function, trees: list[ast.Module]) -> set[str]:
    """All texts that an expression can have, following parameters to the calls that fill them."""
    match expression:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp():
            return values(expression.body, function, trees) | values(expression.orelse, function, trees)
        case ast.JoinedStr():
            parts = [values(part, function, trees) for part in expression.values]
            return {"".join(words) for words in product(*parts)}
        case ast.FormattedValue():
            return values(expression.value, function, trees)
        case ast.Name() | ast.Attribute():
            name = expression.id if isinstance(expression, ast.Name) else expression.attr
            return arguments(name, function, trees)
    raise AssertionError(f"{ast.unparse(expression)} is no text that can be followed")


def arguments(name: str, function: Function, trees: list[ast.Module]) -> set[str]:
    """What callers pass as the parameter `name`; a pass-through is followed by its own callers."""
    positions = [argument.arg for argument in function.args.args]
    if name not in positions:
        return set()
    place, found = positions.index(name), set()
    for tree in trees:
        for caller in functions(tree):
            for node in ast.walk(caller):
                if isinstance(node, ast.Call) and called(node) == function.name and len(node.args) > place:
                    given = node.args[place]
                    if isinstance(given, ast.Constant):
                        found.add(str(given.value))
    return found


def written(keyword: str | None = None) -> set[str]:
    """Action codes that services write, or what they pass as `keyword`."""
    trees, found = modules(), set()
    for tree in trees:
        for function in functions(tree):
            for node in records(function):
                given = (
                    node.args[2]
                    if keyword is None
                    else next(item.value for item in node.keywords if item.arg == keyword)
                )
                found |= values(given, function, trees)
    return found


def test_every_act_on_the_chain_has_a_word() -> None:
    assert sorted(written() - set(ACTIONS)) == []


def test_every_object_on_the_chain_has_a_word() -> None:
    assert sorted(written("object_kind") - set(OBJECTS)) == []


def test_every_two_person_act_has_words_for_asking_and_both_answers() -> None:
    wanted = {f"{step}_{act}" for step in ("ask", "approve", "refuse") for act in policy.APPROVERS}
    assert sorted(wanted - set(ACTIONS)) == []


def test_act_without_a_word_is_shown_by_its_code() -> None:
    assert str(action_word("something_new")) == "something_new"


def keys() -> set[str]:
    """Keys of details as services write them: literals given as `detail`, or assigned to that name."""
    found = set()
    for tree in modules():
        for node in ast.walk(tree):
            given = []
            if isinstance(node, ast.Call):
                given = [item.value for item in node.keywords if item.arg == "detail"]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "detail":
                given = [node.value]
            for value in given:
                if isinstance(value, ast.Dict):
                    found |= {key.value for key in value.keys if isinstance(key, ast.Constant)}
    return {str(key) for key in found}


def test_every_fact_on_the_chain_is_told_or_kept_back_on_purpose() -> None:
    assert len(keys()) > 40
    assert sorted(keys() - set(FACTS) - UNTOLD) == []
    assert sorted(set(FACTS) & UNTOLD) == []
