"""Which desks there are."""

from __future__ import annotations

from flask import Flask

from review_portal.web import admin, auth, chair, home, styleguide


def register(app: Flask) -> None:
    """Register every desk; the style guide only where the setting asks for it."""
    for desk in (auth.desk, home.desk, chair.desk, admin.desk):
        app.register_blueprint(desk)
    if app.extensions["settings"].styleguide:
        app.register_blueprint(styleguide.desk)
