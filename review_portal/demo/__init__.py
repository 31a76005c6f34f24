"""The demonstration call: a whole selection played through the services in an instance of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from review_portal import clock
from review_portal.config import load_settings
from review_portal.demo.people import DemoAccount
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark

if TYPE_CHECKING:
    from review_portal.demo.story import Story

FOLDER = "demo"
MARKER = "演示实例.txt"
_MARKER_TEXT = "本目录是演示实例，每次运行 ./portal demo 都会清空重建。请勿存放其他内容。\n"
_DATABASE = ("portal.db", "portal.db-wal", "portal.db-shm")


def _silent(_text: str) -> None:
    """Nobody is told."""


def settings() -> dict[str, Any]:
    """Overrides for the application: a folder and a SQLite file of its own, whatever the environment says."""
    return {"instance": load_settings().instance / FOLDER, "database_url": "", "demo": True}


@contextmanager
def staged(
    home: Path, *, tie_unresolved: bool = False, say: Callable[[str], object] = _silent, **overrides: Any
) -> Iterator[Story]:
    """A story that has not begun, on an empty instance in `home`; `story.play` tells it.

    What a demonstration left in `home` is thrown away; anything else there is a `Conflict`, and stays.
    The clock follows the story and is set right at the end.
    """
    from review_portal import create_app
    from review_portal.db import db
    from review_portal.demo.story import Story
    from review_portal.factory import prepare_database

    _clear(home, say)
    app = create_app(instance=home, database_url="", demo=True, **overrides)
    try:
        prepare_database(app)
        yield Story(app, tie_unresolved=tie_unresolved)
    finally:
        clock.run_from(None)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def build(
    at: str, *, tie_unresolved: bool = False, say: Callable[[str], object] = _silent
) -> tuple[list[DemoAccount], datetime]:
    """Build the demonstration anew, played as far as `at` (see `story.POINTS`).

    Gives its accounts and the moment that the story has reached, from which its clock has to go on. `say` is
    told which folder is emptied. Raises `Conflict` when the folder is not a demonstration.
    """
    with staged(settings()["instance"], tie_unresolved=tie_unresolved, say=say) as story:
        story.play(at)
        return story.people.opened, clock.now()


def _clear(home: Path, say: Callable[[str], object]) -> None:
    """Empty a folder that says of itself that it is a demonstration; make one where there is none."""
    if not home.exists() or not any(home.iterdir()):
        say(f"建立演示实例：{home}")
    elif (home / MARKER).exists():
        say(f"清空并重建演示实例：{home}")
        for name in _DATABASE:
            (home / name).unlink(missing_ok=True)
        shutil.rmtree(home / "files", ignore_errors=True)
    else:
        raise Conflict(
            mark(
                "目录 %(home)s 不是演示实例，未作任何改动。请移走其中的内容，或用 PORTAL_INSTANCE 另设目录。",
                home=str(home),
            )
        )
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text(_MARKER_TEXT, encoding="utf-8")


__all__ = ["DemoAccount", "build", "settings", "staged"]
