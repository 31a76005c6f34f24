"""Records of forms: lossless in JSON, addressed by the paths that rubrics use as evidence."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain import canonical
from review_portal.domain.records import (
    ApplicationForm,
    BodySection,
    Commitment,
    ConsortiumUnit,
    Contact,
    Cover,
    DocumentBlock,
    DocumentCell,
    KpiRow,
    Platform,
    Source,
    Unit,
)

ROW = KpiRow(
    index=1,
    name="服务数量",
    unit="家",
    stages=(Decimal("40"), None, Decimal("0.50")),
    total=None,
    raw_stages=("40", "/", "0.50"),
    raw_total="",
    computed_sum=Decimal("40.50"),
    aggregation="sum",
    consistent=None,
    place="指标表 第3行",
    at="t2r3",
)
FORM = ApplicationForm(
    cover=Cover("示例公司", "示例区经信委", date(2023, 2, 8), 2023),
    unit=Unit(
        name="示例公司",
        contact=Contact("周示例", "19900000001", "zhou@example.com", None),
        legal_representative="吴示例",
        registered_capital_wan=Decimal("5000"),
        address=None,
        credit_code=None,
        credit_code_valid=False,
        ownership="其他",
        ownership_other="社会团体",
        ownership_marks=("其他",),
        listed=False,
        listed_marks=("否",),
        revenue_last_fy_wan=None,
        headcount=126,
        intro="简介",
    ),
    platform=Platform("示例平台", "概述"),
    district=None,
    consortium=(ConsortiumUnit("示例公司", "lead"), ConsortiumUnit("示例研究院", "member")),
    consortium_stated=2,
    goals=(1, 4),
    goals_excluded=(6,),
    kpi=(ROW, replace(ROW, index=None, name="其他")),
    body=(BodySection("三一", "（一）预期目标", "正文", "p20"),),
    proofs=(("执照",), (), ("无",)),
    commitment=Commitment("周示例", None, None, "二〇二三年二月八日"),
    parts=("cover",),
    hints_left=(),
    sources={"unit.name": Source("申报表 第2行 单位名称", "示例公司", at="t1r2")},
    document=(
        DocumentBlock("p1", "申报书", ()),
        DocumentBlock("t1", "", (DocumentCell(0, 1, 1, 2, "单位名称"),)),
    ),
)


def test_form_survives_json() -> None:
    assert ApplicationForm.from_json(json.loads(json.dumps(FORM.to_json()))) == FORM


def test_form_can_be_written_canonically() -> None:
    written = canonical.dumps(FORM.to_json())
    assert ApplicationForm.from_json(json.loads(written)) == FORM


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_keep_every_digit(amount: Decimal) -> None:
    form = replace(FORM, unit=replace(FORM.unit, registered_capital_wan=amount))
    read = ApplicationForm.from_json(json.loads(json.dumps(form.to_json())))
    assert str(read.unit.registered_capital_wan) == str(amount)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("unit", FORM.unit),
        ("unit.intro", "简介"),
        ("platform.overview", "概述"),
        ("kpi", FORM.kpi),
        ("kpi.1", ROW),
        ("kpi.2", None),
        ("kpi.other", (FORM.kpi[1],)),
        ("body.三一", FORM.body[0]),
        ("body.四", None),
        ("proofs.1", ("执照",)),
        ("proofs.2", ()),
        ("proofs.4", None),
        ("commitment", FORM.commitment),
    ],
)
def test_evidence_path_leads_to_its_part(path: str, found: object) -> None:
    assert FORM.at(path) == found


@pytest.mark.parametrize("path", ["score", "unit.secret", "unit.intro.more"])
def test_path_that_no_form_has_is_an_error(path: str) -> None:
    with pytest.raises(KeyError):
        FORM.at(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("kpi"),
        lambda data: data["unit"].update(headcount="126"),
        lambda data: data["consortium"][0].update(role="boss"),
    ],
)
def test_json_of_another_shape_is_refused(spoil) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(json.dumps(FORM.to_json()))
    spoil(data)
    with pytest.raises((KeyError, TypeError, ValueError)):
        ApplicationForm.from_json(data)


def test_members_and_lead_are_named() -> None:
    assert (FORM.lead, FORM.members) == ("示例公司", ("示例研究院",))
    assert replace(FORM, unit=replace(FORM.unit, name=None)).lead == "示例公司"
