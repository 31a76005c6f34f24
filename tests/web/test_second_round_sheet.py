"""The sheet of a later round: the own review of the round before stands beside it, nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.services.worklist import worklist
from tests.factories_selection import PANEL, Selection
from tests.selection_copies import copied


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection with both rounds scored."""
    with copied(request, engine_name, "ranked", tmp_path) as found:
        yield found


def test_own_written_review_is_a_pane_of_its_own(made: Selection) -> None:
    with made.app.app_context():
        later, written = worklist(made.expert(PANEL[1]))
        row = next(row for row in later.rows if row.total is not None)
        earlier = next(found for found in written.rows if found.dossier == row.dossier)
    expert = made.experts[PANEL[1]].visit(made.app)
    page = expert.get(f"/expert/reviews/{row.review}")
    tabs = [tab.text_content() for tab in page.doc.xpath("//*[@role='tab']")]
    assert tabs == ["材料", "本人前轮评审", "评分"]
    (pane,) = page.doc.xpath("//div[@id='own']")
    assert f"合计 {earlier.total:.2f}／100" in " ".join(pane.text_content().split())
    assert page.doc.xpath("//div[@id='own']//input | //div[@id='own']//textarea") == []
    page = expert.get(f"/expert/reviews/{earlier.review}")
    assert [tab.text_content() for tab in page.doc.xpath("//*[@role='tab']")] == ["材料", "评分"]
