"""How a folder is read: digests, snapshots, assumed values, and faults that say where and why."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from scoring_rubrics import Call, RubricFault, load_call, parse_call
from scoring_rubrics.labels import LABELS

ROOT = Path(__file__).parents[2]
FAULTS = tomllib.loads((ROOT / "tests/data/calls/faults.toml").read_text(encoding="utf-8"))["case"]
FOLDERS = [ROOT / "scoring_rubrics/green_platform_2023", ROOT / "tests/data/calls/tea_garden_2030"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_digest_equals_what_the_shell_prints(folder: Path) -> None:
    command = "LC_ALL=C sha256sum *.toml | sha256sum"
    printed = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=True)
    assert load_call(folder).digest == printed.stdout.split()[0]


def test_call_read_from_its_snapshot_equals_the_call(shipped: Call) -> None:
    assert parse_call(shipped.files, shipped.slug) == shipped


def test_call_changes_its_digest_with_a_comment(shipped: Call) -> None:
    files = dict(shipped.files) | {"call.toml": shipped.files["call.toml"] + "# 注\n".encode()}
    assert parse_call(files, shipped.slug).digest != shipped.digest


def test_assumed_values_stand_in_reading_order_with_chinese_names(tea: Call) -> None:
    assert [(value.key, value.label, value.value) for value in tea.assumed] == [
        ("call.review_stages[1].weight", "评审环节权重（入园踏勘）", "0.75"),
        ("call.review_stages[2].weight", "评审环节权重（盲评品茶）", "0.25"),
        (
            "garden_visit.criteria[1].items[1].max_score",
            "入园踏勘：二级指标分值（土层厚度）",
            "7分；甲等6–7，乙等3–5，丙等0–2",
        ),
    ]


def test_assumed_values_of_the_shipped_call_all_have_a_chinese_label(shipped: Call) -> None:
    assert [value for value in shipped.assumed if not any("一" <= c <= "鿿" for c in value.label)] == []


def test_assumed_choices_print_as_words(shipped: Call) -> None:
    values = {value.key: value.value for value in shipped.assumed}
    assert values["call.rule.normalize"] == "宽严度校准"
    assert values["call.rule.tie_keys"] == (
        "“服务区域绿色发展效益”平均分、“目标路径设置科学”平均分、现场答辩得分"
    )
    assert values["call.comments.levels"] == "较差"
    assert values["call.deadline"] == "2023年2月18日00:00"


def test_later_panel_may_need_new_experts(tea: Call) -> None:
    text = tea.files["call.toml"].decode()
    changed = text.replace('both_rounds = "allow"', 'both_rounds = "some_new"\nnew_experts = 4', 1)
    panel = parse_call(dict(tea.files) | {"call.toml": changed.encode()}, tea.slug).panel
    assert (panel.both_rounds, panel.new_experts) == ("some_new", 4)


def test_notice_values_are_not_listed_as_assumed(shipped: Call) -> None:
    assumed = {value.key for value in shipped.assumed}
    assert assumed.isdisjoint({"call.quota", "call.consortium_max", "call.goals_min", "call.limits.intro"})


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case['file']}: {case['new']!r}")
def test_fault_names_file_line_key_and_reason(tea: Call, case: dict[str, str]) -> None:
    text = tea.files[case["file"]].decode()
    assert case["old"] in text
    changed = text.replace(case["old"], case["new"], 1)
    with pytest.raises(RubricFault) as raised:
        parse_call(dict(tea.files) | {case["file"]: changed.encode()}, tea.slug)
    fault = raised.value
    assert (fault.file, fault.key) == (case["file"], case["key"])
    assert fault.line is not None
    assert changed.splitlines()[fault.line - 1].startswith(case["at"])
    assert fault.reason.startswith(case["reason"])
    place = f"{fault.file} 第{fault.line}行"
    assert str(fault) == (f"{place} {fault.key}：{fault.reason}" if fault.key else f"{place}：{fault.reason}")


def test_file_that_is_not_utf8_is_a_fault_with_its_line(tea: Call) -> None:
    files = dict(tea.files) | {"call.toml": b'year = 2030\ntitle = "' + "茶".encode("gbk") + b'"\n'}
    with pytest.raises(RubricFault) as fault:
        parse_call(files, tea.slug)
    assert str(fault.value) == "call.toml 第2行：不是UTF-8编码，请用UTF-8重新保存"


@pytest.mark.parametrize("file", ["call.toml", "formal_check.toml"])
def test_missing_file_is_named(tea: Call, file: str) -> None:
    with pytest.raises(RubricFault) as fault:
        parse_call({name: content for name, content in tea.files.items() if name != file}, tea.slug)
    assert str(fault.value) == f"{file}：缺少此文件"


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RubricFault) as fault:
        load_call(tmp_path / "nowhere")
    assert str(fault.value) == "nowhere：没有这个文件夹，请核对批次规则所在位置"


def test_folder_name_must_be_plain(tea: Call) -> None:
    with pytest.raises(RubricFault) as fault:
        parse_call(tea.files, "../etc")
    assert fault.value.reason == "文件夹名只能由小写字母、数字和下划线组成，以字母开头"


def test_next_years_call_needs_only_a_copied_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tea_garden_2031"
    shutil.copytree(FOLDERS[1], folder)
    call_file = folder / "call.toml"
    call_file.write_text(call_file.read_text("utf-8").replace("year = 2030", "year = 2031"), "utf-8")
    call = load_call(folder)
    assert (call.slug, call.year) == ("tea_garden_2031", 2031)


def test_readme_explains_every_field() -> None:
    readme = (ROOT / "scoring_rubrics/README.md").read_text(encoding="utf-8")
    assert [key for key in LABELS if f"`{key}`" not in readme] == []
