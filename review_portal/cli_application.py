"""The application for commands that need the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from review_portal.cli_refusals import Refused

if TYPE_CHECKING:
    from flask import Flask

    from review_portal.config import Settings


def settings_of(**overrides: Any) -> Settings:
    """The settings, or the reason why they cannot be read."""

    from review_portal.config import load_settings

    try:
        return load_settings(**overrides)
    except ValueError as problem:
        raise Refused(f"设置有误：{problem}") from problem


@contextmanager
def application(**overrides: Any) -> Iterator[Flask]:
    """The application on a migrated database, inside its context."""
    from review_portal.factory import build, prepare_database

    settings_of(**overrides)  # a mistyped setting is told before anything is created
    os.umask(0o077)  # database, files and keys are for the portal's own user
    try:
        app = build(**overrides)
        prepare_database(app)
    except RuntimeError as problem:
        raise Refused(str(problem)) from problem
    with app.app_context():
        yield app
