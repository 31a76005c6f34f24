"""A plan with conditions and limits, as it is looked at before it is put into force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import transaction
from review_portal.models.experts import Expert
from tests import factories_reviews as build
from tests import form_documents
from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.browser.test_login import enter
from tests.factories import PASSWORD

WISH = "?mode=some&per_dossier=3&no_single=y&connected=y&one_per_employer=y&worst_first=y"


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_plan_and_the_pages_of_one_recusal_fit_and_are_accessible(
    site: Site, browse: Open, shoot: Callable[..., Path], size: tuple[int, int]
) -> None:
    scene = build.prepared(site.app, samples=form_documents.SAMPLES, panel=(*build.PANEL, "戊示例", "子示例"))
    with site.app.app_context(), transaction() as session:
        session.scalars(sa.select(Expert).where(Expert.name == "癸示例")).one().load_limit = 2
    page, desk = browse(size=size), f"/secretariat/{scene.call}"
    enter(page, scene.office.officer.login, PASSWORD)
    plan = f"{desk}/rounds/{scene.round}/plan"
    person = scene.experts["戊示例"]
    for name, address in (
        ("start", plan),
        ("some", plan + WISH),
        ("all", f"{plan}?mode=all"),
        ("refused", f"{plan}?mode=some&per_dossier=9"),
        ("recusal", f"{desk}/experts/{person}/conflicts"),
    ):
        page.goto(address)
        assert_accessible(page)
        assert_fits(page)
        assert shoot(page, f"plan-{name}-{size[0]}").exists()
    page.goto(plan + WISH)
    page.emulate_media(media="print")
    assert shoot(page, f"plan-print-{size[0]}").exists()
