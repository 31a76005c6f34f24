"""The pool of experts: roster in whole or not at all, phones masked, conflicts by the sample's answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.intake.expert_roster import read_roster
from review_portal.models.experts import Expert, ExpertTie
from review_portal.services import assignments, calls, experts
from tests import factories, form_documents
from tests import factories_reviews as build
from tests.data_builders import roster_xlsx, sheet_xlsx
from tests.factories_reviews import POOL

SINGLE, FOUR, THREE, TWO = form_documents.SAMPLES


@pytest.fixture
def officer(app: Flask, db: SQLAlchemy) -> Viewer:
    return factories.office(app).officer.viewer(app)


@pytest.fixture
def call(officer: Viewer) -> str:
    return calls.create_call(officer, folder="green_platform_2023")


def take(officer: Viewer, call: str, *people: Mapping[str, object]) -> experts.RosterReport:
    return experts.import_roster(
        officer, call=call, name="专家.xlsx", data=roster_xlsx(people or POOL["experts"])
    )


def stored() -> tuple[int, int]:
    with transaction() as session:
        return tuple(
            session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
            for model in (Expert, ExpertTie)
        )


def test_roster_fills_the_pool(officer: Viewer, call: str) -> None:
    assert take(officer, call) == experts.RosterReport(added=12, updated=0)
    assert stored() == (12, 5)


def test_second_import_updates_and_replaces_ties(officer: Viewer, call: str) -> None:
    take(officer, call)
    changed = {**POOL["experts"][1], "employer": "重庆示例新设计院", "past_roles": []}
    assert take(officer, call, changed) == experts.RosterReport(added=0, updated=1)
    line = next(line for line in experts.list_experts(officer, call=call) if line.name == "乙示例")
    assert (line.employer, line.ties, stored()) == ("重庆示例新设计院", 0, (12, 4))


def test_one_fault_keeps_every_row_out(officer: Viewer, call: str) -> None:
    wrong = {**POOL["experts"][1], "phone": "12345"}
    with pytest.raises(Invalid) as refused:
        take(officer, call, POOL["experts"][0], wrong)
    assert (list(refused.value.fields), stored()) == (["第3行 手机"], (0, 0))


def test_phone_of_somebody_else_is_a_fault(officer: Viewer, call: str) -> None:
    take(officer, call)
    with pytest.raises(Invalid) as refused:
        take(officer, call, {**POOL["experts"][0], "name": "新示例"})
    assert [str(text) for text in refused.value.fields.values()] == [
        "该手机号码已登记在专家甲示例名下。请核对姓名或手机号码。"
    ]


def test_text_longer_than_its_column_is_a_fault(officer: Viewer, call: str) -> None:
    with pytest.raises(Invalid) as refused:
        take(officer, call, {**POOL["experts"][0], "field": "热" * 101})
    assert ([str(text) for text in refused.value.fields.values()], stored()) == (
        ["超过100字，请缩短后重新上传。"],
        (0, 0),
    )


def test_file_that_is_no_roster_is_refused(officer: Viewer, call: str) -> None:
    with pytest.raises(Invalid):
        experts.import_roster(officer, call=call, name="x.xlsx", data=sheet_xlsx([["别的"]]))
    assert stored() == (0, 0)


def test_template_with_a_row_filled_in_can_be_imported(officer: Viewer, call: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_roster(experts.roster_template(), "模板.xlsx")
    assert str(refused.value) == "专家名单没有内容。请在表头下逐行填写专家后重新上传。"


def test_register_is_in_the_order_of_names_with_phones_masked(officer: Viewer, call: str) -> None:
    take(officer, call)
    lines = experts.list_experts(officer, call=call)
    assert [line.name[0] for line in lines] == list("丙丑丁庚癸己甲壬戊辛乙子")
    assert {line.phone for line in lines if line.name == "甲示例"} == {"199****1001"}


def test_supervisor_sees_the_masked_register_and_changes_nothing(
    app: Flask, officer: Viewer, call: str
) -> None:
    take(officer, call)
    watcher = Viewer(2, "w" * 12, "监督甲示例", frozenset({("supervisor", None)}))
    assert {line.phone for line in experts.list_experts(watcher, call=call) if line.name == "甲示例"} == {
        "199****1001"
    }
    with pytest.raises(NotAllowed):
        take(watcher, call)


def test_pool_is_shut_for_people_of_another_call(officer: Viewer, call: str) -> None:
    stranger = Viewer(3, "s" * 12, "外批次示例", frozenset({("secretariat", 10**6), ("expert", 1)}))
    with pytest.raises(NotFound):
        experts.list_experts(stranger, call=call)
    with pytest.raises(NotFound):
        experts.conflicts_of(stranger, call=call)


def test_conflicts_are_those_of_the_sample(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, samples=form_documents.SAMPLES)
    matrix = experts.conflicts_of(scene.officer, call=scene.call)
    number = {f"S{place:02d}": sample for place, sample in enumerate(form_documents.SAMPLES, 1)}
    found = {(row.name, number[cell.number], cell.level) for row in matrix.rows for cell in row.cells}
    assert found == {
        ("乙示例", FOUR, "automatic"),
        ("丙示例", FOUR, "automatic"),
        ("戊示例", SINGLE, "automatic"),
        ("己示例", TWO, "considered"),
        ("庚示例", TWO, "automatic"),
        ("壬示例", SINGLE, "declared"),
        ("子示例", THREE, "automatic"),
    }
    assert (matrix.experts, matrix.dossiers, matrix.look_back_years, matrix.reference_date) == (
        12,
        4,
        3,
        date(2023, 2, 20),
    )
    assert [str(text) for text in matrix.warnings] == [
        "甲示例与辛示例同在“重庆示例大学”，同一专家组不宜超过1人"
    ]


def test_recorded_recusal_stands_in_the_matrix_with_its_reason(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, panel=(*build.PANEL[:4], "庚示例"))
    assignments.assign_all(scene.officer, round_=scene.round)
    rows = experts.conflicts_of(scene.officer, call=scene.call).rows
    (cell,) = next(row for row in rows if row.name == "庚示例").cells
    assert (cell.level, [str(text) for text in cell.reasons]) == (
        "recorded",
        ["推荐单位“涪陵区经济和信息化委员会（示例）”工作人员"],
    )
    recused = {line.name for line in experts.list_experts(scene.officer, call=scene.call) if line.recused}
    assert recused == {"庚示例"}
