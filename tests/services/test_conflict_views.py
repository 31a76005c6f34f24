"""One side against all others: every pair has a line, in both directions, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import db as database
from review_portal.db import transaction
from review_portal.domain.errors import Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.domain.records import DocumentBlock
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import Expert
from review_portal.services import assignments, conflict_views, experts, relations
from tests import factories_reviews as build
from tests import form_documents
from tests.data_builders import roster_xlsx
from tests.factories_reviews import POOL, Scene

SINGLE, FOUR, THREE, TWO = form_documents.SAMPLES
UNIT = "重庆示例绿能科技有限公司"


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.prepared(app, samples=form_documents.SAMPLES)


def expert_lines(scene: Scene, name: str) -> list[tuple[str, str]]:
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts[name])
    return [(line.title[:3], line.level) for line in page.lines]


def reasons(scene: Scene, name: str) -> list[str]:
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts[name])
    return [str(ground.reason) for line in page.lines for ground in line.grounds]


def register(scene: Scene, name: str, kind: str, words: str, until: date | None = None) -> None:
    relations.add_relation(
        scene.officer,
        call=scene.call,
        expert=scene.experts[name],
        kind=kind,
        organisation=UNIT,
        words=words,
        until=until,
    )


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield lambda: len(statements)
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def test_merged_row_of_an_expert_is_not_listed_beside_the_one_that_counts(scene: Scene) -> None:
    before = conflict_views.of_dossier(scene.officer, call=scene.call, dossier=scene.dossiers[SINGLE])
    with transaction() as session:
        people = {one.name: one for one in session.scalars(sa.select(Expert))}
        people["子示例"].merged_into_id, people["子示例"].status = people["癸示例"].id, "removed"
    after = conflict_views.of_dossier(scene.officer, call=scene.call, dossier=scene.dossiers[SINGLE])
    gone = {line.title for line in before.lines} - {line.title for line in after.lines}
    assert gone == {"子示例"}


def test_expert_has_a_line_for_every_dossier_the_strongest_first(scene: Scene) -> None:
    assert expert_lines(scene, "己示例") == [
        ("S04", "considered"),
        ("S01", "clear"),
        ("S02", "clear"),
        ("S03", "clear"),
    ]
    assert expert_lines(scene, "戊示例")[0] == ("S01", "automatic")


def test_dossier_has_a_line_for_every_expert_with_ground_and_evidence(scene: Scene) -> None:
    page = conflict_views.of_dossier(scene.officer, call=scene.call, dossier=scene.dossiers[SINGLE])
    assert (len(page.lines), page.count("automatic", "declared"), page.count("clear")) == (12, 2, 10)
    first = page.lines[0]
    assert [(g.ground, g.level, str(g.reason), g.evidence) for g in first.grounds] == [
        (
            "kinship",
            "automatic",
            f"配偶吴示例任牵头单位“{UNIT}”法定代表人",
            f"吴示例/配偶/{UNIT}/法定代表人",
        )
    ]


def test_recorded_recusal_stands_first_beside_its_grounds(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, panel=(*build.PANEL[:4], "庚示例"))
    assignments.assign_all(scene.officer, round_=scene.round)
    page = conflict_views.of_dossier(scene.officer, call=scene.call, dossier=scene.dossiers[TWO])
    assert (page.lines[0].title, page.lines[0].level) == ("庚示例", "recorded")
    assert page.lines[0].recorded == "推荐单位“涪陵区经济和信息化委员会（示例）”工作人员"


def test_text_of_the_dossier_is_looked_into(scene: Scene) -> None:
    form = build.form_of(SINGLE)
    said = DocumentBlock("p99", "项目技术负责人：甲示例", ())
    with transaction() as session:
        row = session.scalars(sa.select(Dossier).where(Dossier.public_id == scene.dossiers[SINGLE])).one()
        file_id = session.scalars(
            sa.select(DossierVersion.file_id).where(DossierVersion.id == row.current_version_id)
        ).one()
        changed = replace(form, document=(*form.document, said))
        build.add_version(session, row, file_id, changed, "said")
    assert expert_lines(scene, "甲示例")[0] == ("S01", "to_decide")
    assert reasons(scene, "甲示例") == ["申报材料正文第99段出现与专家同名的“甲示例”，须核实"]


def test_registered_control_and_cooperation_are_checked_at_once(scene: Scene) -> None:
    register(scene, "甲示例", "control", "工作单位持有该单位60%股权")
    register(scene, "甲示例", "cooperation", "共同承担示例课题", date(2019, 6, 30))
    assert reasons(scene, "甲示例") == [
        f"本人或工作单位与牵头单位“{UNIT}”有控制关系：工作单位持有该单位60%股权",
        f"曾与牵头单位“{UNIT}”合作：共同承担示例课题（2019-06-30），已超过3年，不需回避",
    ]
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts["甲示例"])
    (first, second) = page.relations
    relations.remove_relation(scene.officer, call=scene.call, expert=scene.experts["甲示例"], key=first.key)
    assert expert_lines(scene, "甲示例")[0] == ("S01", "considered")
    with pytest.raises(NotFound):
        relations.remove_relation(
            scene.officer, call=scene.call, expert=scene.experts["丁示例"], key=second.key
        )


def test_registered_relation_outlives_the_next_roster(scene: Scene) -> None:
    register(scene, "甲示例", "control", "本人持股5%")
    experts.import_roster(scene.officer, call=scene.call, name="专家.xlsx", data=roster_xlsx(POOL["experts"]))
    assert expert_lines(scene, "甲示例")[0] == ("S01", "automatic")


def test_relation_with_faults_is_refused_field_by_field(scene: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        relations.add_relation(
            scene.officer,
            call=scene.call,
            expert=scene.experts["甲示例"],
            kind="declared",
            organisation=" ",
            words="长" * 101,
            until=None,
        )
    assert set(refused.value.fields) == {"kind", "organisation", "words"}
    assert reasons(scene, "甲示例") == []


def test_supervisor_reads_and_registers_nothing_and_strangers_see_nothing(scene: Scene) -> None:
    page = conflict_views.of_expert(scene.supervisor, call=scene.call, expert=scene.experts["甲示例"])
    assert page.subject == "甲示例"
    with pytest.raises(NotAllowed):
        relations.add_relation(
            scene.supervisor,
            call=scene.call,
            expert=scene.experts["甲示例"],
            kind="control",
            organisation=UNIT,
            words="本人持股",
            until=None,
        )
    stranger = Viewer(3, "s" * 12, "外批次示例", frozenset({("secretariat", 10**6)}))
    for read in (
        lambda: conflict_views.of_expert(stranger, call=scene.call, expert=scene.experts["甲示例"]),
        lambda: conflict_views.of_dossier(stranger, call=scene.call, dossier=scene.dossiers[SINGLE]),
        lambda: conflict_views.of_dossier(scene.officer, call=scene.call, dossier="a" * 12),
    ):
        with pytest.raises(NotFound):
            read()


def test_queries_do_not_grow_with_dossiers(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)

    def asked() -> int:
        database.session.remove()
        with counted() as count:
            conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts["甲示例"])
        return count()

    few = asked()
    build.add_eligible(scene.call, FOUR, "S03")
    assert asked() == few
