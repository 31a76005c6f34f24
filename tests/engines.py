"""Marks for tests that hold for one of the two databases only."""

import pytest

ENGINES = ("sqlite", "postgresql")
on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"])
on_postgresql = pytest.mark.parametrize("engine_name", ["postgresql"])
