"""Who may import whom: the picture of the house as a dict, held against every import in the code.

Imports inside functions count. A room may import itself; everything else it may import is listed here.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# room -> (rooms below that it may import, third-party packages that it may import)
HOUSE: dict[str, tuple[set[str], set[str]]] = {
    "scoring_rubrics": (set(), set()),
    "domain": ({"scoring_rubrics"}, {"stdnum", "phonenumbers", "chinese_calendar", "pypinyin"}),
    "aggregator": ({"scoring_rubrics"}, {"numpy", "scipy"}),
    "aggregator_commands": (
        {"aggregator", "config", "domain", "exports", "scoring_rubrics"},
        {"numpy"},
    ),
    "assignment": ({"aggregator", "domain", "scoring_rubrics"}, {"numpy", "scipy", "ortools", "sklearn"}),
    "intake": (
        {"domain", "scoring_rubrics"},
        {"docx", "lxml", "python_calamine", "defusedxml", "puremagic", "pypdfium2", "PIL"},
    ),
    "exports": ({"aggregator", "domain", "scoring_rubrics"}, {"docx", "lxml", "typst", "xlsxwriter"}),
    "clock": (set(), set()),
    "config": (set(), set()),
    "db": ({"clock", "domain"}, {"sqlalchemy", "flask_sqlalchemy", "pysqlite3"}),
    "models": ({"db", "domain", "scoring_rubrics"}, {"sqlalchemy"}),
    "migrations": ({"db", "models"}, {"alembic", "sqlalchemy"}),
    "services": (
        {"aggregator", "assignment", "clock", "config", "db", "domain", "exports", "intake", "models"}
        | {"scoring_rubrics"},
        {"argon2", "flask", "sqlalchemy"},
    ),
    "web": (
        {"clock", "domain", "scoring_rubrics", "services"},
        # sqlalchemy.exc alone: a read that finds the database busy becomes a page like any other refusal
        {"flask", "flask_babel", "flask_limiter", "flask_login", "flask_wtf", "sqlalchemy.exc", "werkzeug"}
        | {"segno", "wtforms"},
    ),
    "factory": (
        {"config", "db", "migrations", "models", "web"},
        {"flask", "flask_babel", "flask_bootstrap", "flask_wtf", "werkzeug"},
    ),
    "create_app": ({"factory"}, {"flask"}),  # review_portal/__init__.py
    "worker": ({"services"}, {"flask"}),
    "server": ({"domain"}, {"cryptography", "flask", "gunicorn", "segno", "waitress"}),
    "demo": (
        {"clock", "config", "create_app", "db", "domain", "factory", "services", "scoring_rubrics"},
        {"click", "docx", "flask", "xlsxwriter"},  # it writes what applicants and districts hand in
    ),
    "cli_refusals": ({"domain"}, {"click"}),
    "cli_archive": ({"cli_application", "cli_refusals", "exports", "services"}, {"click"}),
    "cli_audit": ({"cli_refusals", "services"}, set()),
    "cli_application": ({"cli_refusals", "config", "factory"}, {"flask"}),
    "cli_ranking": ({"cli_application", "cli_refusals", "domain", "services"}, {"click"}),
    "cli_assign": ({"assignment", "cli_refusals", "domain"}, {"click"}),
    "cli": (
        {
            "clock",
            "cli_application",
            "cli_assign",
            "cli_archive",
            "cli_audit",
            "cli_ranking",
            "cli_refusals",
            "config",
            "create_app",
            "db",
            "demo",
            "domain",
            "factory",
            "intake",
            "migrations",
            "server",
            "services",
            "worker",
        }
        | {"scoring_rubrics"},
        {"click", "flask"},
    ),
    "app": ({"create_app"}, set()),
}
# narrower than a whole room
ONLY = {
    ("aggregator", "scoring_rubrics"): {"scoring_rubrics.rule"},
    ("aggregator_commands", "config"): {"review_portal.config.VERSION"},
    ("aggregator_commands", "domain"): {"review_portal.domain.canonical", "review_portal.domain.wording"},
    ("aggregator_commands", "exports"): {
        "review_portal.exports.plain_text",
        "review_portal.exports.statistics_report",
        "review_portal.exports.statistics_words",
        "review_portal.exports.statistics_workbook",
    },
    ("aggregator_commands", "scoring_rubrics"): {"scoring_rubrics.rule"},
    ("assignment", "aggregator"): {"review_portal.aggregator.connectivity"},
    ("services", "flask"): {"flask.current_app"},  # never request or session
}
SERVICES = "review_portal.services."
SHARED_SERVICES = {"approvals", "audit", "files", "scopes"}
COMMANDS = {
    "__main__",
    "commands",
    "ranking_json",
    "text_table",
}  # with *_command: the aggregator's command line
SAYING = {"babel", "flask_babel"}  # what translates belongs to web


def sources() -> list[Path]:
    """Every module of the project that runs in production."""
    found = [
        ROOT / "app.py",
        *(ROOT / "scoring_rubrics").rglob("*.py"),
        *(ROOT / "review_portal").rglob("*.py"),
    ]
    return [
        path for path in sorted(found) if path.parent.name != "standalone"
    ]  # held to stdlib by their own test


def module_of(path: Path) -> str:
    """Dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    """Whether a dotted name is a module or package of the project."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def room_of(name: str) -> str:
    """The room of a dotted name of ours: `review_portal.web.auth.desk` is in `web`."""
    parts = name.split(".")
    if parts[0] != "review_portal":
        return parts[0]
    if len(parts) == 1 or not is_module(".".join(parts[:2])):
        return "create_app"
    if (
        parts[1] == "aggregator"
        and len(parts) > 2
        and (parts[2] in COMMANDS or parts[2].endswith("_command"))
    ):
        return "aggregator_commands"
    return parts[1]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports, at its head or inside a function."""
    package = module_of(path).split(".") if path.name == "__init__.py" else module_of(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def allowed(room: str, name: str) -> bool:
    """Whether code in `room` may import `name`."""
    rooms, packages = HOUSE[room]
    root = name.split(".")[0]
    if root in ("review_portal", "scoring_rubrics"):
        target = room_of(name)
        narrow = ONLY.get((room, target))
        return target == room or (target in rooms and (narrow is None or _under(name, narrow)))
    if root in sys.stdlib_module_names:
        return True
    return _under(name, packages) and _under(name, ONLY.get((room, root), {name}))


def _under(name: str, prefixes: set[str]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_module_imports_only_rooms_below_it(path: Path) -> None:
    room = room_of(module_of(path))
    assert room in HOUSE, f"{room} is a room that the picture does not know"
    wrong = [f"line {line}: {name}" for line, name in imports(path) if not allowed(room, name)]
    assert wrong == []


def sibling_of(name: str) -> str:
    """The module of services that an import of ours reaches into."""
    return name if is_module(name) else name.rpartition(".")[0]


def use_cases() -> set[str]:
    """Modules of services that begin transactions; logging in is what opening accounts builds on."""
    found = {
        module_of(path)
        for path in sources()
        for _line, name in imports(path)
        if name == "review_portal.db.transaction" and room_of(module_of(path)) == "services"
    }
    return found - {SERVICES + "logins"}


def test_use_case_calls_no_other_use_case() -> None:
    """Modules of one folder are parts of one another: there reading functions may stand beside acts."""
    beginning = use_cases()
    wrong = [
        f"{module_of(path)}:{line}: {name}"
        for path in sources()
        if room_of(module_of(path)) == "services" and path.name != "__init__.py"
        for line, name in imports(path)
        if name.startswith(SERVICES)
        and sibling_of(name) in beginning
        and (path.parent.name == "services" or path.parent.name not in sibling_of(name).split("."))
    ]
    assert wrong == []  # transactions do not nest


def test_shared_services_begin_no_transaction() -> None:
    assert use_cases() & {SERVICES + name for name in SHARED_SERVICES} == set()


def test_nothing_below_web_translates() -> None:
    speaking = {
        module_of(path)
        for path in sources()
        for _line, name in imports(path)
        if name.split(".")[0] in SAYING and room_of(module_of(path)) not in ("web", "factory")
    }
    assert speaking == set()


def test_picture_has_no_circle() -> None:
    placed: set[str] = set()
    while placed != set(HOUSE):
        free = {room for room, (below, _) in HOUSE.items() if room not in placed and below <= placed}
        assert free, f"these rooms import each other: {sorted(set(HOUSE) - placed)}"
        placed |= free


def built(*rooms: str) -> list[str]:
    """Those of `rooms` that exist: a room that is not built yet is not created empty."""
    return [room for room in rooms if (ROOT / "review_portal" / room / "__init__.py").exists()]


@pytest.mark.parametrize("room", built("aggregator", "domain", "intake", "exports", "assignment"))
def test_pure_room_loads_neither_web_nor_database(room: str) -> None:
    script = (
        f"import sys, pkgutil, importlib, review_portal.{room} as room\n"
        "for found in pkgutil.iter_modules(room.__path__):\n"
        "    if found.name != '__main__': importlib.import_module(f'{room.__name__}.{found.name}')\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'flask', 'sqlalchemy', 'werkzeug'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_application_import_does_not_load_the_numbers() -> None:
    script = "import sys, review_portal.factory; print('numpy' in sys.modules or 'scipy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "False"
