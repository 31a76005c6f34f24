"""The shipped call and a fictional one whose theme, goals, stages and criteria are all different."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring_rubrics import Call, load_call

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shipped() -> Call:
    return load_call(ROOT / "scoring_rubrics/green_platform_2023")


@pytest.fixture(scope="session")
def tea() -> Call:
    return load_call(ROOT / "tests/data/calls/tea_garden_2030")
