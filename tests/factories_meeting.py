"""A written round that is scored on site, as a call says it with one line of its rules."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from flask import Flask

from review_portal.config import ROOT
from review_portal.services import panels
from tests import factories_reviews as build
from tests.factories_reviews import Scene

FOLDER = "green_platform_2023"
WEIGHT = "weight = { value = 0.6, basis = "


def scored_on_site(app: Flask, folder: Path) -> Scene:
    """`factories_reviews.scoring`, but texts and sheets of the written review open on site only."""
    shutil.copytree(ROOT / "scoring_rubrics" / FOLDER, folder / FOLDER)
    rules = folder / FOLDER / "call.toml"
    text = rules.read_text("utf-8")
    assert text.count(WEIGHT) == 1
    rules.write_text(text.replace(WEIGHT, f'mode = "onsite"\n{WEIGHT}'), "utf-8")
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], rubrics=folder)
    return build.scoring(app)


def member(scene: Scene, name: str) -> str:
    """Public id of a panel member. Needs an application context."""
    rows = panels.list_members(scene.officer, round_=scene.round)
    return next(row.public_id for row in rows if row.name == name)


def gather(scene: Scene, *names: str) -> None:
    """These experts sign in, all of the panel when none is named. Needs an application context."""
    for name in names or build.PANEL:
        panels.sign_in(scene.officer, member=member(scene, name), checked_by="示例会务")
