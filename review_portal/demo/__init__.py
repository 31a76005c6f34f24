"""The demonstration call: OFFICE's story played through the services in an instance of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from review_portal.config import load_settings
from review_portal.demo.people import DemoAccount
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark

FOLDER = "demo"
MARKER = "演示实例.txt"
_MARKER_TEXT = "本目录是演示实例，每次运行 ./portal demo 都会清空重建。请勿存放其他内容。\n"
_REBUILT = ("portal.db", "portal.db-wal", "portal.db-shm")


def settings(instance: Path | None = None) -> dict[str, Any]:
    """Overrides for the application: a folder and a SQLite file of its own, whatever the environment says."""
    home = instance or load_settings().instance / FOLDER
    return {"instance": home, "database_url": "", "demo": True}


def build(
    at: str = "reconciling",
    *,
    tie_unresolved: bool = False,
    instance: Path | None = None,
    say: Callable[[str], object] = lambda _text: None,
) -> list[DemoAccount]:
    """Build the demonstration anew, played as far as `at`, and give its accounts.

    Whatever was in the demonstration's folder is thrown away; a folder that is not one is refused with
    `Conflict`. `say` is told what happens.
    """
    from review_portal import create_app
    from review_portal.db import db
    from review_portal.demo.story import Story
    from review_portal.factory import prepare_database

    chosen = settings(instance)
    _clear(chosen["instance"], say)
    app = create_app(**chosen)
    prepare_database(app)
    with app.app_context():
        story = Story(tie_unresolved=tie_unresolved)
        story.play(at)
        db.session.remove()
        db.engine.dispose()
    return story.people.opened


def _clear(home: Path, say: Callable[[str], object]) -> None:
    """Empty a folder that says of itself that it is a demonstration; make one where there is none."""
    if home.exists() and any(home.iterdir()):
        if not (home / MARKER).exists():
            raise Conflict(
                mark(
                    "目录 %(home)s 不是演示实例，未作任何改动。请移走其中的内容，或另设 PORTAL_INSTANCE。",
                    home=str(home),
                )
            )
        say(f"清空并重建演示实例：{home}")
        for name in _REBUILT:
            (home / name).unlink(missing_ok=True)
        shutil.rmtree(home / "files", ignore_errors=True)
    else:
        say(f"建立演示实例：{home}")
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text(_MARKER_TEXT, encoding="utf-8")


__all__ = ["DemoAccount", "build", "settings"]
