"""Dossiers: taken in whole or not at all, checked by rule, confirmed and decided by people."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.clock import OFFICE_ZONE, now
from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.intake.dossier_reading import form_values
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion, Finding
from review_portal.models.files import StoredFile
from review_portal.services import audit, calls, dossiers
from review_portal.services.dossiers import Upload, corrections, uploads
from tests import factories, form_documents
from tests.data_builders import altered

LISTS = Path(__file__).parents[1] / "data" / "recommendations"
SINGLE, FOUR, THREE_GOALS, NO_TOTALS = form_documents.SAMPLES
LISTED = ("重庆示例绿能科技有限公司", "重庆示例汽车能效技术有限公司", "重庆示例低碳检测有限公司")
OPEN_RULES = ("F04", "F13", "F14", "F15", "F16", "F21", "F22", "F23", "F26", "F29", "F30")
STAMPED = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")


@dataclass(frozen=True)
class Desk:
    """A published call with its people."""

    call: str
    officer: Viewer
    second: Viewer
    supervisor: Viewer


@pytest.fixture
def desk(app: Flask, db: SQLAlchemy) -> Desk:
    people = factories.office(app)
    officer = people.officer.viewer(app)
    call = calls.create_call(officer, folder="green_platform_2023")
    calls.publish(officer, call=call)
    return Desk(call, officer, people.second_officer.viewer(app), people.supervisor_a.viewer(app))


def upload(sample: str) -> Upload:
    return Upload(f"{sample}.docx", form_documents.data(sample))


def received_at(sample: str) -> datetime:
    return datetime.fromisoformat(form_documents.expected(sample)["received_at"])


def take(desk: Desk, sample: str) -> str:
    (filed,) = dossiers.add_dossiers(
        desk.officer, call=desk.call, uploads=[upload(sample)], received_at=received_at(sample)
    )
    return filed.public_id


def add_list(desk: Desk, suffix: str = "xlsx") -> str:
    name = f"annex1_liangjiang.{suffix}"
    return dossiers.add_recommendation(
        desk.officer,
        call=desk.call,
        name=name,
        data=(LISTS / name).read_bytes(),
        received_at=datetime(2023, 2, 16, 9, 0, tzinfo=OFFICE_ZONE),
    )


def view(desk: Desk, dossier: str) -> dossiers.DossierView:
    return dossiers.get_dossier(desk.officer, dossier=dossier)


def results(desk: Desk, dossier: str) -> dict[str, str]:
    return {found.rule: found.effective for found in view(desk, dossier).findings}


def confirm_all(desk: Desk, dossier: str, *, failing: tuple[str, ...] = ()) -> None:
    """Answer whatever waits for a person; rules in `failing` as not fulfilled."""
    answers = {
        found.public_id: ("fail" if found.rule in failing else "pass", "已核对纸质件")
        for found in view(desk, dossier).findings
        if found.unanswered or found.rule in failing
    }
    dossiers.confirm_findings(desk.officer, dossier=dossier, answers=answers)


def count(model: type) -> int:
    with transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def stored_rows() -> tuple[int, ...]:
    return tuple(count(model) for model in (Dossier, DossierVersion, DossierUnit, Finding, StoredFile))


def in_future(days: int = 7) -> datetime:
    return now() + timedelta(days=days)


@pytest.mark.parametrize("sample", form_documents.SAMPLES)
def test_sample_form_gives_exactly_the_expected_values_and_findings(desk: Desk, sample: str) -> None:
    wanted = form_documents.expected(sample)
    if sample == SINGLE:  # its expected result knows the district's table
        add_list(desk)
    shown = view(desk, take(desk, sample))
    assert {row.rule: row.result for row in shown.findings} == {
        row["rule"]: row["result"] for row in wanted["rule_checks"]
    }
    assert [(row.rule, row.title, row.mode, row.severity) for row in shown.findings] == [
        (row["rule"], row["title"], row["mode"], row["severity"]) for row in wanted["rule_checks"]
    ]
    assert shown.overall == wanted["overall"]
    values = form_values(shown.form, shown.rules)
    for key in ("cover", "district", "consortium", "goals", "goal_names", "kpi", "proofs", "commitment"):
        assert values[key] == wanted["expected"][key]


def test_several_forms_get_running_numbers_in_the_order_of_the_files(desk: Desk) -> None:
    filed = dossiers.add_dossiers(
        desk.officer,
        call=desk.call,
        uploads=[upload(THREE_GOALS), upload(SINGLE)],
        received_at=received_at(SINGLE),
    )
    assert [(item.number, item.unit_name) for item in filed] == [
        ("2023-001", "重庆示例节能监测中心"),
        ("2023-002", "重庆示例绿能科技有限公司"),
    ]
    take(desk, NO_TOTALS)
    listed = dossiers.list_dossiers(desk.officer, call=desk.call)
    assert [row.number for row in listed] == ["2023-001", "2023-002", "2023-003"]


def test_version_keeps_file_form_and_every_unit(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    with transaction() as session:
        units = session.execute(
            sa.select(DossierUnit.position, DossierUnit.name, DossierUnit.role).order_by(DossierUnit.position)
        ).all()
        assert [tuple(unit) for unit in units] == [
            (1, "重庆示例能源服务股份有限公司", "lead"),
            (2, "重庆示例绿色金融服务有限公司", "member"),
        ]
    shown = view(desk, dossier)
    kept = dossiers.download_file(desk.supervisor, file=shown.version.file)
    assert (kept.name, kept.data) == (f"{NO_TOTALS}.docx", form_documents.data(NO_TOTALS))


def test_one_bad_file_among_good_ones_takes_nothing_in_and_names_every_fault(desk: Desk) -> None:
    before = stored_rows()
    macro = altered(form_documents.data(SINGLE), add={"word/vbaProject.bin": b"\x00"})
    with pytest.raises(Invalid) as refused:
        dossiers.add_dossiers(
            desk.officer,
            call=desk.call,
            uploads=[
                upload(SINGLE),
                Upload("带宏.docx", macro),
                Upload("损坏.docx", form_documents.data(FOUR)[:2000]),
                Upload("旧版.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
                Upload("空.docx", b""),
            ],
        )
    assert sorted(refused.value.fields) == ["带宏.docx", "损坏.docx", "旧版.doc", "空.docx"]
    assert str(refused.value.message) == "4个文件有问题，全部文件均未收件。请更正后重新上传。"
    assert stored_rows() == before


def test_blank_form_is_refused_because_it_names_no_unit(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        dossiers.add_dossiers(
            desk.officer,
            call=desk.call,
            uploads=[Upload("空表.docx", form_documents.data("blank_application_form"))],
        )
    assert str(refused.value.fields["空表.docx"]).startswith("未找到申报单位名称")


def test_same_unit_twice_in_one_upload_is_refused(desk: Desk) -> None:
    copy = Upload("副本.docx", form_documents.data(SINGLE))
    with pytest.raises(Invalid) as refused:
        dossiers.add_dossiers(desk.officer, call=desk.call, uploads=[upload(SINGLE), copy])
    assert {name: str(text) for name, text in refused.value.fields.items()} == {
        "副本.docx": f"与“{SINGLE}.docx”是同一申报单位“重庆示例绿能科技有限公司”，请只保留一份。"
    }


def test_unit_with_a_dossier_is_told_apart_by_that_dossiers_state(desk: Desk) -> None:
    dossier = take(desk, SINGLE)
    with pytest.raises(Invalid) as refused:
        dossiers.add_dossiers(desk.officer, call=desk.call, uploads=[upload(SINGLE)])
    assert str(refused.value.fields[f"{SINGLE}.docx"]).endswith("已有编号2023-001的材料；不能重复收件。")
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["补盖公章"], due_at=in_future())
    with pytest.raises(Invalid) as offered:
        dossiers.add_dossiers(desk.officer, call=desk.call, uploads=[upload(SINGLE)])
    assert str(offered.value.fields[f"{SINGLE}.docx"]).endswith("请在材料页面上传补正件。")


def test_late_dossier_is_taken_in_and_only_a_finding_says_so(desk: Desk) -> None:
    late = datetime(2023, 2, 20, 9, 0, tzinfo=OFFICE_ZONE)
    (filed,) = dossiers.add_dossiers(desk.officer, call=desk.call, uploads=[upload(SINGLE)], received_at=late)
    shown = view(desk, filed.public_id)
    assert (shown.state, results(desk, filed.public_id)["F25"], shown.overall) == (
        "received",
        "fail",
        "ineligible",
    )
    assert "F25" in shown.unanswered
    assert [row.late for row in dossiers.list_dossiers(desk.officer, call=desk.call)] == [True]


def test_last_day_is_on_time(desk: Desk) -> None:
    evening = datetime(2023, 2, 17, 23, 59, 59, tzinfo=OFFICE_ZONE)
    (filed,) = dossiers.add_dossiers(
        desk.officer, call=desk.call, uploads=[upload(SINGLE)], received_at=evening
    )
    assert results(desk, filed.public_id)["F25"] == "pass"


def test_receipt_in_the_future_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        dossiers.add_dossiers(desk.officer, call=desk.call, uploads=[upload(SINGLE)], received_at=in_future())
    assert list(refused.value.fields) == ["received_at"]


def test_nothing_is_taken_in_before_publishing_or_after_intake(app: Flask, desk: Desk) -> None:
    draft = calls.create_call(desk.officer, folder="green_platform_2023")
    with pytest.raises(Conflict, match="尚未发布"):
        dossiers.add_dossiers(desk.officer, call=draft, uploads=[upload(SINGLE)])
    calls.close_intake(desk.officer, call=desk.call)
    with pytest.raises(Conflict, match="已结束受理"):
        dossiers.add_dossiers(desk.officer, call=desk.call, uploads=[upload(SINGLE)])


def test_only_the_secretariat_takes_in_and_decides(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        dossiers.add_dossiers(desk.supervisor, call=desk.call, uploads=[upload(SINGLE)])
    dossier = take(desk, SINGLE)
    with pytest.raises(NotAllowed):
        dossiers.accept(desk.supervisor, dossier=dossier, reason="符合条件")
    stranger = Viewer(account_id=99, public_id="stranger", name="示例丙")
    with pytest.raises(NotFound):
        dossiers.get_dossier(stranger, dossier=dossier)
    with pytest.raises(NotFound):
        dossiers.download_file(stranger, file=view(desk, dossier).version.file)


@pytest.mark.parametrize("suffix", ["xlsx", "docx"])
def test_recommendation_table_is_registered_and_checks_dossiers_on_hand_anew(desk: Desk, suffix: str) -> None:
    single, other = take(desk, SINGLE), take(desk, NO_TOTALS)
    assert results(desk, single)["F24"] == "not_evaluated"
    add_list(desk, suffix)
    (table,) = dossiers.list_recommendations(desk.officer, call=desk.call)
    assert (table.recommender, table.contact, table.phone) == (
        "重庆两江新区经济运行局（示例）",
        "何示例",
        "023-00000100",
    )
    assert tuple(unit.unit for unit in table.units) == LISTED
    assert [unit.number for unit in table.units] == ["2023-001", None, None]
    assert (results(desk, single)["F24"], results(desk, other)["F24"]) == ("pass", "not_evaluated")


def test_same_table_again_changes_no_finding_and_leaves_the_latest_counting(desk: Desk) -> None:
    take(desk, SINGLE)
    add_list(desk)
    before = count(Finding)
    add_list(desk, "docx")
    assert count(Finding) == before
    counting = [row.counts for row in dossiers.list_recommendations(desk.officer, call=desk.call)]
    assert counting == [True, False]


def test_recommendation_table_that_does_not_list_the_unit_awaits_a_decision(desk: Desk) -> None:
    dossier = take(desk, SINGLE)
    text = form_documents.docx.Document(str(LISTS / "annex1_liangjiang.docx"))
    form_documents.replace_text(text, LISTED[0], "重庆示例另一家有限公司")
    dossiers.add_recommendation(
        desk.officer, call=desk.call, name="附件1.docx", data=form_documents.saved(text)
    )
    found = next(row for row in view(desk, dossier).findings if row.rule == "F24")
    assert (found.result, found.needs_person, found.answer) == ("fail", True, None)


def test_unreadable_recommendation_table_changes_nothing(desk: Desk) -> None:
    before = stored_rows()
    with pytest.raises(Invalid, match="推荐汇总表"):
        dossiers.add_recommendation(
            desk.officer, call=desk.call, name="申报书.docx", data=form_documents.data(SINGLE)
        )
    assert stored_rows() == before


def test_acceptance_names_what_people_have_not_confirmed(desk: Desk) -> None:
    add_list(desk)
    dossier = take(desk, SINGLE)
    assert view(desk, dossier).unanswered == OPEN_RULES
    with pytest.raises(Conflict) as refused:
        dossiers.accept(desk.officer, dossier=dossier, reason="符合条件")
    assert str(refused.value.message) == f"还有11项须人工确认：{'、'.join(OPEN_RULES)}。请先确认。"
    confirm_all(desk, dossier)
    dossiers.accept(desk.officer, dossier=dossier, reason="符合条件")
    shown = view(desk, dossier)
    assert (shown.state, [act.action for act in shown.acts]) == ("eligible", ["accept"])


def test_standing_failure_keeps_a_dossier_from_acceptance(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    confirm_all(desk, dossier)
    with pytest.raises(Conflict) as refused:
        dossiers.accept(desk.officer, dossier=dossier, reason="符合条件")
    assert str(refused.value.message) == "还有1项不符合：F18。请退回补正，或核对后改为符合并写明依据。"
    assert view(desk, dossier).state == "received"


def test_confirmation_moves_the_suggestion_and_the_latest_answer_counts(desk: Desk) -> None:
    dossier = take(desk, THREE_GOALS)
    found = next(row for row in view(desk, dossier).findings if row.rule == "F13")
    dossiers.confirm_finding(desk.officer, finding=found.public_id, result="pass", basis="三（一）实为4种")
    assert view(desk, dossier).overall == "eligible_after_manual_confirmation"  # F17 still warns of a "/"
    dossiers.confirm_finding(desk.second, finding=found.public_id, result="fail", basis="两种写明不作为目标")
    shown = view(desk, dossier)
    answer = next(row for row in shown.findings if row.rule == "F13").answer
    assert answer is not None
    assert (shown.overall, answer.result, answer.by) == ("ineligible", "fail", "示例乙")


def test_confirmation_without_basis_saves_none_of_the_answers(desk: Desk) -> None:
    dossier = take(desk, SINGLE)
    first, second = [row for row in view(desk, dossier).findings if row.unanswered][:2]
    with pytest.raises(Invalid) as refused:
        dossiers.confirm_findings(
            desk.officer,
            dossier=dossier,
            answers={first.public_id: ("pass", "营业执照原件"), second.public_id: ("pass", " ")},
        )
    assert list(refused.value.fields) == [second.public_id]
    assert all(row.answer is None for row in view(desk, dossier).findings)


def test_blank_totals_are_filled_after_return_and_the_dossier_is_under_check_again(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    dossiers.return_for_correction(
        desk.officer, dossier=dossier, items=["第3行总目标", "第5行总目标"], due_at=in_future()
    )
    ordinal = dossiers.supplement(
        desk.officer,
        dossier=dossier,
        name="补正.docx",
        data=with_totals("45", "12"),
        reason="补填两行总目标",
    )
    shown = view(desk, dossier)
    assert (ordinal, shown.state, shown.version.ordinal) == (2, "received", 2)
    assert (results(desk, dossier)["F18"], results(desk, dossier)["F19"]) == ("pass", "pass")
    assert results(desk, dossier)["F25"] == "pass"  # the first receipt counts, not the correction's
    assert [row.total for row in shown.form.kpi][:5] == [90, 110, 45, 60, 12]
    assert [act.action for act in shown.acts] == ["return", "supplement"]
    first = dossiers.get_dossier(desk.officer, dossier=dossier, version=shown.versions[0].public_id)
    assert (first.is_current, [row.total for row in first.form.kpi][2]) == (False, None)


def with_totals(third: str, fifth: str, *, first_stage: str = "20") -> bytes:
    """The fourth sample with its blank totals written in, as its applicant does."""
    opened = form_documents.document(NO_TOTALS)
    rows = opened.tables[1].rows
    rows[2].cells[1].text = first_stage
    rows[4].cells[4].text, rows[6].cells[4].text = third, fifth
    return form_documents.saved(opened)


def test_correction_after_the_deadline_may_not_move_a_target(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["总目标"], due_at=in_future())
    before = stored_rows()
    with pytest.raises(Invalid) as refused:
        dossiers.supplement(
            desk.officer,
            dossier=dossier,
            name="补正.docx",
            data=with_totals("45", "12", first_stage="25"),
            reason="补填两行总目标",
        )
    assert {place: str(text) for place, text in refused.value.fields.items()} == {
        "指标“开展企业绿色化水平诊断评估等服务数量”第1阶段": "原为“20”，补正件为“25”。"
    }
    assert (stored_rows(), view(desk, dossier).state) == (before, "returned")


@pytest.mark.parametrize(
    "back_dated",
    [
        datetime(2023, 2, 14, 9, 0, tzinfo=OFFICE_ZONE),  # before the form that was returned
        datetime(2023, 2, 17, 9, 0, tzinfo=OFFICE_ZONE),  # before the deadline
        datetime(2023, 2, 23, 9, 0, tzinfo=OFFICE_ZONE),  # after it, but before the return
    ],
)
def test_correction_received_before_its_return_is_refused(desk: Desk, back_dated: datetime) -> None:
    dossier = take(desk, NO_TOTALS)
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["总目标"], due_at=in_future())
    before = stored_rows()
    with pytest.raises(Invalid) as refused:
        dossiers.supplement(
            desk.officer,
            dossier=dossier,
            name="补正.docx",
            data=with_totals("45", "12", first_stage="25"),
            received_at=back_dated,
            reason="补填两行总目标",
        )
    assert list(refused.value.fields) == ["received_at"]
    assert (stored_rows(), view(desk, dossier).state) == (before, "returned")


def test_correction_in_the_minute_of_its_return_is_taken(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["总目标"], due_at=in_future())
    returned_at = view(desk, dossier).acts[0].at
    dossiers.supplement(
        desk.officer,
        dossier=dossier,
        name="补正.docx",
        data=with_totals("45", "12"),
        received_at=returned_at.replace(second=0, microsecond=0),
        reason="当场补正",
    )
    assert view(desk, dossier).state == "received"


def test_target_may_be_moved_while_the_deadline_lies_ahead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = take(desk, NO_TOTALS)
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["总目标"], due_at=in_future())
    monkeypatch.setattr(corrections, "now", lambda: datetime(2023, 2, 17, 12, 0, tzinfo=OFFICE_ZONE))
    dossiers.supplement(
        desk.officer,
        dossier=dossier,
        name="补正.docx",
        data=with_totals("50", "12", first_stage="25"),
        reason="调整目标",
    )
    assert view(desk, dossier).form.kpi[0].stages[0] == 25


def test_correction_may_not_change_partners_or_unit(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["总目标"], due_at=in_future())
    partner = form_documents.edited(
        lambda opened: form_documents.replace_text(
            opened, "重庆示例绿色金融服务有限公司", "重庆示例绿色融资服务有限公司"
        ),
        NO_TOTALS,
    )
    for data, places in ((partner, ["联合体成员"]), (form_documents.data(SINGLE), None)):
        with pytest.raises(Invalid) as refused:
            dossiers.supplement(desk.officer, dossier=dossier, name="补正.docx", data=data, reason="补正")
        if places is None:
            assert "申报单位" in refused.value.fields
        else:
            assert list(refused.value.fields) == places


def corrected(desk: Desk, *edits: tuple[str, str], dossier: str) -> None:
    """Return the dossier and hand it in again with its totals and further edits."""
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["总目标"], due_at=in_future())
    opened = form_documents.docx.Document(io.BytesIO(with_totals("45", "12")))
    for old, new in edits:
        form_documents.replace_text(opened, old, new)
    data = form_documents.saved(opened)
    dossiers.supplement(desk.officer, dossier=dossier, name="补正.docx", data=data, reason="补填")


def test_other_change_of_a_correction_awaits_a_decision_with_its_reason(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    legal = view(desk, dossier).form.unit.legal_representative or ""
    corrected(desk, (legal, "示例新代表"), dossier=dossier)
    confirm_all(desk, dossier)
    compared = view(desk, dossier).comparison
    assert compared is not None
    assert [(change.place, change.kind) for change in compared.changes][:1] == [("法定代表人", "open")]
    assert [change.kind for change in compared.changes].count("filled") == 2
    with pytest.raises(Conflict, match="处改动待决定：法定代表人"):
        dossiers.accept(desk.officer, dossier=dossier, reason="符合条件")
    with pytest.raises(Invalid):
        dossiers.accept_changes(desk.officer, dossier=dossier, reason=" ")
    with pytest.raises(NotAllowed):
        dossiers.accept_changes(desk.supervisor, dossier=dossier, reason="已核对")
    dossiers.accept_changes(desk.officer, dossier=dossier, reason="法定代表人已变更，附登记通知书")
    with pytest.raises(Conflict, match="没有待决定的改动"):
        dossiers.accept_changes(desk.officer, dossier=dossier, reason="再次同意")
    dossiers.accept(desk.officer, dossier=dossier, reason="符合条件")
    assert view(desk, dossier).state == "eligible"
    with transaction() as session:
        entries = audit.list_entries(session.scalars(sa.select(Dossier.call_id)).one())
    kept = {entry.action: entry.detail for entry in entries}
    assert kept["accept_changes_dossier"]["changes"][0]["new"] == "示例新代表"
    listed = kept["supplement_dossier"]["changes"]
    assert {change["place"] for change in listed} >= {"法定代表人"}


def test_second_correction_does_not_cover_what_the_first_one_changed(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    legal = view(desk, dossier).form.unit.legal_representative or ""
    corrected(desk, (legal, "示例新代表"), dossier=dossier)
    corrected(desk, (legal, "示例新代表"), dossier=dossier)
    compared = view(desk, dossier).comparison
    assert compared is not None
    assert (compared.ordinal, "法定代表人" in [change.place for change in compared.undecided]) == (1, True)


def test_plain_correction_needs_no_decision_and_a_tardy_one_is_marked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = take(desk, NO_TOTALS)
    corrected(desk, dossier=dossier)
    shown = view(desk, dossier)
    assert shown.comparison is not None
    assert (shown.comparison.undecided, shown.version.overdue) == ((), False)
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["公章"], due_at=in_future(1))
    monkeypatch.setattr(uploads, "now", lambda: in_future(3))
    dossiers.supplement(
        desk.officer, dossier=dossier, name="补正.docx", data=with_totals("45", "12"), reason="补盖公章"
    )
    assert [version.overdue for version in view(desk, dossier).versions] == [False, False, True]


def test_correction_needs_a_returned_dossier(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    with pytest.raises(Conflict):
        dossiers.supplement(
            desk.officer, dossier=dossier, name="补正.docx", data=with_totals("45", "12"), reason="补正"
        )


def test_decision_on_a_version_that_has_been_replaced_is_refused(desk: Desk) -> None:
    dossier = take(desk, NO_TOTALS)
    seen = view(desk, dossier).version.public_id
    dossiers.return_for_correction(desk.officer, dossier=dossier, items=["总目标"], due_at=in_future())
    dossiers.supplement(
        desk.officer, dossier=dossier, name="补正.docx", data=with_totals("45", "12"), reason="补填"
    )
    confirm_all(desk, dossier)
    with pytest.raises(Conflict, match="新的版本"):
        dossiers.accept(desk.second, dossier=dossier, reason="符合条件", seen=seen)


@pytest.mark.parametrize(
    ("items", "due_in", "places"),
    [([" "], 7, ["items"]), (["补盖公章"], None, ["due_at"]), (["补盖公章"], -1, ["due_at"])],
)
def test_return_needs_items_and_a_time_ahead(
    desk: Desk, items: list[str], due_in: int | None, places: list[str]
) -> None:
    dossier = take(desk, SINGLE)
    due_at = None if due_in is None else in_future(due_in)
    with pytest.raises(Invalid) as refused:
        dossiers.return_for_correction(desk.officer, dossier=dossier, items=items, due_at=due_at)
    assert (list(refused.value.fields), view(desk, dossier).state) == (places, "received")


def test_rejection_takes_a_confirmed_failure_and_two_officers(desk: Desk) -> None:
    dossier = take(desk, FOUR)
    with pytest.raises(Conflict, match="人工确认"):
        dossiers.ask_rejection(desk.officer, dossier=dossier, reason="联合体4家")
    confirm_all(desk, dossier, failing=("F15",))
    approval = dossiers.ask_rejection(desk.officer, dossier=dossier, reason="联合体4家，超过3家")
    pending = view(desk, dossier).rejection
    assert pending is not None
    assert (pending.asked_by, view(desk, dossier).state) == ("秘书处", "received")
    with pytest.raises(NotAllowed, match="另一人"):
        dossiers.decide_reject_dossier(desk.officer, approval=approval, approve=True)
    with pytest.raises(NotFound):
        dossiers.decide_reject_dossier(desk.supervisor, approval=approval, approve=True)
    dossiers.decide_reject_dossier(desk.second, approval=approval, approve=True, note="同意")
    shown = view(desk, dossier)
    assert (shown.state, shown.rejection) == ("rejected", None)
    assert [(act.action, act.by, act.reason) for act in shown.acts] == [
        ("reject", "示例乙", "联合体4家，超过3家")
    ]
    assert audit.verify().broken_at is None


def test_refused_rejection_leaves_the_dossier_under_check(desk: Desk) -> None:
    dossier = take(desk, FOUR)
    confirm_all(desk, dossier, failing=("F15",))
    approval = dossiers.ask_rejection(desk.officer, dossier=dossier, reason="联合体4家，超过3家")
    dossiers.decide_reject_dossier(desk.second, approval=approval, approve=False, note="请再核对")
    assert (view(desk, dossier).state, view(desk, dossier).rejection) == ("received", None)


def test_rejection_lapses_when_the_confirmed_failure_changes(desk: Desk) -> None:
    dossier = take(desk, FOUR)
    confirm_all(desk, dossier, failing=("F15",))
    approval = dossiers.ask_rejection(desk.officer, dossier=dossier, reason="联合体4家，超过3家")
    found = next(row for row in view(desk, dossier).findings if row.rule == "F15")
    dossiers.confirm_finding(desk.officer, finding=found.public_id, result="pass", basis="实为3家")
    with pytest.raises(Conflict, match="已有变化"):
        dossiers.decide_reject_dossier(desk.second, approval=approval, approve=True)
    assert view(desk, dossier).state == "received"


def test_withdrawal_takes_a_readable_letter(desk: Desk) -> None:
    dossier = take(desk, SINGLE)
    for letter in (None, Upload("函.exe", b"MZ"), Upload("函.pdf", b"no letter at all")):
        with pytest.raises(Invalid) as refused:
            dossiers.withdraw(desk.officer, dossier=dossier, reason="单位申请撤回", letter=letter)
        assert list(refused.value.fields) == ["letter"]
    dossiers.withdraw(desk.officer, dossier=dossier, reason="单位申请撤回", letter=STAMPED)
    shown = view(desk, dossier)
    (act,) = shown.acts
    assert (shown.state, act.action) == ("withdrawn", "withdraw")
    assert act.letter is not None
    assert dossiers.download_file(desk.officer, file=act.letter).data == STAMPED.data


def test_withdrawn_dossier_is_beyond_every_act(desk: Desk) -> None:
    dossier = take(desk, SINGLE)
    dossiers.withdraw(desk.officer, dossier=dossier, reason="单位申请撤回", letter=STAMPED)
    with pytest.raises(Conflict):
        dossiers.accept(desk.officer, dossier=dossier, reason="符合条件")
    with pytest.raises(Conflict):
        dossiers.return_for_correction(desk.officer, dossier=dossier, items=["公章"], due_at=in_future())
    with pytest.raises(Conflict):
        dossiers.withdraw(desk.officer, dossier=dossier, reason="再次撤回", letter=STAMPED)


def test_register_sorts_and_filters(desk: Desk) -> None:
    for sample in form_documents.SAMPLES:
        take(desk, sample)
    accepted = dossiers.list_dossiers(desk.officer, call=desk.call)[2].public_id
    confirm_all(desk, accepted, failing=("F13",))
    by = {
        sort: [row.number[-1] for row in dossiers.list_dossiers(desk.officer, call=desk.call, sort=sort)]
        for sort in ("number", "-number", "district", "received", "open", "nonsense")
    }
    assert by == {
        "number": ["1", "2", "3", "4"],
        "-number": ["4", "3", "2", "1"],
        "district": ["4", "3", "2", "1"],
        "received": ["3", "1", "2", "4"],
        "open": ["1", "2", "4", "3"],
        "nonsense": ["1", "2", "3", "4"],
    }
    assert dossiers.list_dossiers(desk.officer, call=desk.call, state="eligible") == []


def test_reading_takes_no_more_queries_for_more_dossiers(desk: Desk, db: SQLAlchemy) -> None:
    def queries() -> tuple[int, int]:
        seen: list[str] = []

        def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        db.session.rollback()
        sa.event.listen(db.engine, "before_cursor_execute", note)
        dossiers.list_dossiers(desk.officer, call=desk.call)
        register = len(seen)
        dossiers.list_recommendations(desk.officer, call=desk.call)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return register, len(seen) - register

    take(desk, SINGLE)
    add_list(desk)
    one = queries()
    take(desk, FOUR)
    take(desk, NO_TOTALS)
    add_list(desk, "docx")
    assert queries() == one
