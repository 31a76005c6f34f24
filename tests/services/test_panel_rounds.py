"""Two panels of one stage: dossiers shared out, each panel's own list, one ranking over those who went on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import build_app, close
from tests.factories_panels import folder, two_panels


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal whose only rubric folder is that of a call in two panels."""
    made = build_app(tmp_path, database_url, rubrics=folder(tmp_path / "rules"))
    yield made
    close(made)


def test_x(app: Flask) -> None:
    from review_portal.services import ranking

    made = two_panels(app, "ranked")
    with app.app_context():
        import pprint
        for r in (made.written, made.other):
            v = ranking.view(made.supervisor, round_=r)
            pprint.pprint([ (r["rank"], r["number"], r["final"], r["stage_scores"], r["outcome"]) for r in v.rows])
            pprint.pprint(v.outside)
            print(v.body["stages"], v.body["quota"], [str(s) for s in v.sentences])
        v = ranking.final_view(made.officer, call=made.call)
        import pprint
        pprint.pprint([ (r["rank"], r["number"], r["final"], r["stage_scores"], r.get("admission"), r["outcome"]) for r in v.rows])
        pprint.pprint([ (r["number"], r["code"], r["stage_scores"], r.get("admission")) for r in v.outside])
        print([str(s) for s in v.sentences])
        print(v.body["rule"])
        print(ranking.verify(made.officer, call=made.call))
        from review_portal.services import report
        for f, d in (report.workbook(made.officer, call=made.call), report.scheme(made.officer, call=made.call), report.summary_sheet(made.officer, round_=made.written), report.summary_sheet(made.officer, round_=made.defense)):
            open("/tmp/x_twopanels_"+f.split("_")[0]+f[-9:], "wb").write(d)
