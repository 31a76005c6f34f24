"""归档 of the selections that are not plain: looked at again, voted on, in two panels, decided later.

Each archive recounts its lists and agrees with itself outside the portal. The papers are left out, because
making them takes seconds and test_archives has them.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.models.experts import Expert
from review_portal.services import (
    archives,
    late_conflicts,
    ranking,
    reexamination_versions,
    tie_reading,
    tie_votes,
)
from review_portal.services.papers import catalogue
from tests import factories_panels
from tests.conftest import build_app, close
from tests.factories_opinions import agree, confirm, draft
from tests.factories_reexaminations import OTHERS, opened, score_again, settle
from tests.factories_selection import BELOW, CHAIR, PANEL, RANKED, Selection
from tests.later_entries import decided_later
from tests.selection_copies import copied

THIRD, FOURTH = RANKED[2], RANKED[3]


@pytest.fixture
def ranked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    with copied(request, "sqlite", "ranked", tmp_path) as made, made.app.app_context():
        yield made


def lists(call: str, folder: Path) -> str:
    """Write the archive, let both its scripts run on it, and give the lists they agree on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "listed", lambda _viewer, _call, **_kinds: [])
        place, _built = archives.write_from_host(call=call, profile="full", folder=folder)
    with zipfile.ZipFile(place) as packed:
        packed.extractall(folder / "archive")
    told = (folder / "archive" / "名单.txt").read_text("utf-8")
    recounted = run(folder / "archive" / "recount.py")
    assert (recounted.returncode, recounted.stdout.decode()) == (0, told), recounted.stderr.decode()
    checked = run(folder / "archive" / "verify.py").stdout.decode()
    faults = [line for line in checked.splitlines() if line.startswith("  ")]
    assert [line for line in faults if "与冻结时登记" not in line and "签过字" not in line] == []
    return told


def run(script: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-I", "-S", "-W", "error", str(script)]
    return subprocess.run(command, cwd="/", capture_output=True, check=False)


def test_sheet_voided_after_an_objection_gives_a_second_list(ranked: Selection, tmp_path: Path) -> None:
    found, dossier = opened(ranked, "void", [FOURTH]), ranked.numbers[FOURTH]
    expert = db.session.scalars(sa.select(Expert.public_id).where(Expert.name == PANEL[4])).one()
    late_conflicts.report_conflict(
        ranked.officer,
        dossier=dossier,
        call=ranked.call,
        expert=expert,
        reason="与该单位负责人为近亲属（示例）",
    )
    for row in late_conflicts.list_found(ranked.officer, call=ranked.call):
        asked = late_conflicts.ask_settle(
            ranked.officer, conflict=row.public_id, outcome="void", reason="违反回避规定（示例）"
        )
        late_conflicts.decide_settle(ranked.supervisor, approval=asked, approve=True)
    confirm(ranked, draft(ranked, FOURTH))
    settle(ranked, found, CHAIR)
    told = lists(ranked.call, tmp_path)
    assert told.split("第1版")[-1] != told.split("第2版")[-1] and "第2版" in told


def test_dossier_scored_anew_by_others_recounts_in_its_version(ranked: Selection, tmp_path: Path) -> None:
    beside = [ranked.numbers[THIRD], ranked.numbers[FOURTH]]
    found = opened(ranked, "rescore", [FOURTH, BELOW], stage="written_review", beside=beside)
    row = next(
        one
        for one in reexamination_versions.list_of(ranked.officer, call=ranked.call)
        if one.public_id == found
    )
    assert row.round_ is not None
    shares = {THIRD: "0.80", FOURTH: "0.86", BELOW: "0.84"}
    again = score_again(ranked, row.round_[0], shares)
    settle(again, found, OTHERS[0])
    assert "第2版" in lists(ranked.call, tmp_path)


def test_place_decided_by_vote_recounts(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with copied(request, "sqlite", "tied", tmp_path) as made, made.app.app_context():
        agree(made)
        chair = made.expert(CHAIR)
        contest = tie_reading.view(chair, round_=made.defense).contest
        ballot = tie_votes.open_vote(chair, round_=made.defense, contest=contest)
        for name in PANEL:
            tie_votes.cast(made.expert(name), vote=ballot, named=[made.numbers[FOURTH]], abstain=False)
        tie_votes.close(chair, vote=ballot)
        shown = ranking.view(chair, round_=made.defense)
        ranking.freeze(chair, round_=made.defense, digest=shown.digest, look="维持原规则，已说明（示例）。")
        told = lists(made.call, tmp_path)
    (line,) = (line for line in told.splitlines() if FOURTH in line and "拟入选" in line)
    assert THIRD not in line


def test_what_was_put_off_and_decided_later_recounts(ranked: Selection, tmp_path: Path) -> None:
    decided_later(ranked)
    assert RANKED[0] in lists(ranked.call, tmp_path)


def test_two_panels_recount_with_a_list_of_each(sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "portal.db").write_bytes(sqlite_template.read_bytes())
    app = build_app(tmp_path, "", rubrics=factories_panels.folder(tmp_path / "rules"))
    made = factories_panels.two_panels(app)
    with app.app_context():
        told = lists(made.call, tmp_path)
    close(app)
    assert told.count("入围") >= 2
