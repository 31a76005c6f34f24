import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from review_portal import aggregator

FOLDER = Path(aggregator.__file__).parent
MODULES = {path.stem for path in FOLDER.glob("*.py")}


def test_every_exported_name_is_listed_once_for_readers_and_for_type_checkers():
    listed = [name for names in aggregator._HOMES.values() for name in names]
    assert sorted(listed) == sorted(aggregator.__all__)
    assert len(set(listed)) == len(listed)
    tree = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        (node.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        for alias in node.names
    }
    assert typed == {(home, name) for home, names in aggregator._HOMES.items() for name in names}


def test_no_exported_name_is_hidden_by_a_module():
    assert set(aggregator.__all__) & MODULES == set()


@pytest.mark.parametrize("home", sorted(aggregator._HOMES))
def test_exported_names_are_those_of_their_module(home):
    module = importlib.import_module(f"review_portal.aggregator.{home}")
    for name in aggregator._HOMES[home]:
        assert getattr(aggregator, name) is getattr(module, name)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nowhere'"):
        aggregator.nowhere  # noqa: B018


def test_functions_named_like_modules_are_named_in_the_docstring():
    named = {
        stem
        for stem in MODULES - {"__init__", "__main__"}
        if callable(getattr(importlib.import_module(f"review_portal.aggregator.{stem}"), stem, None))
    }
    assert {name for name in named if f"`{name}`" not in (aggregator.__doc__ or "")} == set()


def test_loading_every_module_and_the_command_line_loads_neither_flask_nor_sqlalchemy():
    script = (
        "import sys, review_portal.aggregator.__main__ as line\n"
        "assert line.COMMANDS\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'flask', 'sqlalchemy', 'werkzeug', "
        "'xlsxwriter', 'docx'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=FOLDER.parents[1], check=True
    )
    assert done.stdout.strip() == "[]"
