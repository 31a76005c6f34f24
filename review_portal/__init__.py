"""The review portal: from dossiers to a list that can be defended.

Only `create_app` lives here, and the factory is imported when it is called, so that the pure rooms
(`review_portal.aggregator`, `review_portal.domain`) load neither Flask nor SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(**overrides: Any) -> Flask:
    """Build the application; `overrides` are settings by name (see `config.Settings`)."""
    from review_portal.factory import build

    return build(**overrides)
