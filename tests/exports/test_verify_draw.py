"""The stand-alone verifier: the standard library alone, equal in judgement to the portal's own replay."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from review_portal.domain import draw
from review_portal.exports.standalone import verify_draw
from tests.domain.draw import tampering
from tests.domain.draw.draws import Record, following, records
from tests.domain.draw.tampering import (
    DATA,
    FORGERIES,
    NO_RECORDS,
    OTHER_BYTES,
    SINGLE_CHANGES,
    STRUCTURE_CHANGES,
    with_change,
)

SCRIPT = Path(verify_draw.__file__)
SOURCE = SCRIPT.read_text("utf-8")
LAST = "9cff cbc3 3700 489a 2e24 7989 c99c 398b 8aa6 b715 336e 7170 f908 8dc7 282d 6c80"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The script as anybody runs it: no environment, no site packages, not from the project's folder."""
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", str(SCRIPT), *map(str, arguments)],
        cwd="/",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def written(folder: Path, data: bytes, name: str = "record.json") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_script_imports_the_standard_library_alone() -> None:
    roots = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            roots.add(str(node.module).split(".")[0])
    assert roots <= set(sys.stdlib_module_names)


def test_script_parses_on_python_3_8() -> None:
    ast.parse(SOURCE, feature_version=(3, 8))


@settings(max_examples=25, deadline=None)
@given(records())
def test_made_up_draw_recomputes_without_the_portal(record: Record) -> None:
    assert verify_draw.verify(draw.record_bytes(record)).faults == []


@pytest.mark.parametrize("path", SINGLE_CHANGES, ids=lambda path: ".".join(map(str, path)))
def test_change_of_any_single_value_is_found_by_the_script(path: tampering.Path) -> None:
    assert verify_draw.verify(with_change(path)).faults != []


@pytest.mark.parametrize("name", [*STRUCTURE_CHANGES, *FORGERIES])
def test_changed_structure_and_forgery_are_found_by_the_script(name: str) -> None:
    assert verify_draw.verify((STRUCTURE_CHANGES | FORGERIES)[name]).faults != []


def test_honest_record_of_the_forger_is_good_for_the_script() -> None:
    assert verify_draw.verify(tampering.forged()).faults == []


@pytest.mark.parametrize("name", OTHER_BYTES)
def test_other_bytes_are_found_by_the_script(name: str) -> None:
    assert verify_draw.verify(OTHER_BYTES[name]).faults == [
        "文件内容相同，但字节与规范写法不同（空格、顺序、重复项或字符编码被改动过）。"
    ]


def test_text_that_is_not_composed_is_found_by_both() -> None:
    """All codes fit to the decomposed text, but the portal would never have written it."""
    good = tampering.forged(event=draw.Event("Andr\u00e9", "示例", tampering.EVENT.frozen_at))
    assert verify_draw.verify(good).faults == []
    decomposed = good.replace("Andr\u00e9".encode(), "Andre\u0301".encode())
    assert verify_draw.verify(decomposed).faults != []
    assert draw.verify_record(decomposed) != []


@pytest.mark.parametrize("name", NO_RECORDS)
def test_file_that_is_no_record_is_refused_by_the_script(name: str) -> None:
    with pytest.raises(verify_draw.Unreadable):
        verify_draw.verify(NO_RECORDS[name])


def test_run_on_a_good_record_tells_what_was_recomputed_and_exits_0(tmp_path: Path) -> None:
    done = run(written(tmp_path, DATA))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "名单、规则、排除名单和锁定校验码：重新计算，一致",
        "组织方的密数校验码：重新计算，一致",
        "监督方的密数校验码：重新计算，一致",
        "公开数：3 5 1 6 2 2 4 6 1 3 5 5 2 4 1 6 3 3 2 5 4 1 6 2 4",
        "抽取参数：重新计算，一致",
        "专业组“energy”的顺序、选中和候补：重新计算，一致",
        "专业组“finance”的顺序、选中和候补：重新计算，一致",
        "抽取校验码：重新计算，一致",
        "第1次递补：重新计算，一致",
        "第2次递补：重新计算，一致",
        "抽取事项：2023-01-written 2023年示例批次书面评审专家抽取",
        "名单20人，排除2人。",
        "节能与能源：选中E009、E011、E006、E014；候补E013、E001",
        "财务与金融：选中E019、E016；候补E013",
        "锁定校验码：7a22 b47f 95b4 c7d9 d17d f545 ea65 1252 94dd 84a9 d71f 02c8 fecf bff4 3c7f 643d",
        "抽取校验码：9dc2 31cc 3715 5816 3b84 7a6a be0a 5614 8b8d 38e4 834a 3cb4 bf05 87f5 6b8b 1f2e",
        f"最近一次递补的校验码：{LAST}",
        "结论：全部重新计算，逐字节一致。请再将上列校验码与签字的抽取记录表逐组核对。",
    ]


def test_run_on_a_changed_record_exits_1_and_says_what_differs(tmp_path: Path) -> None:
    done = run(written(tmp_path, with_change(("outcome", "strata", 0, "standby", 1), "E002")))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-3:] == [
        "第2次递补：重新计算，一致",
        "结论：发现1处问题，本记录不能采信：",
        "  专业组“energy”的顺序、选中和候补与重新计算的结果不一致。",
    ]


def test_run_compares_the_code_of_the_signed_sheet(tmp_path: Path) -> None:
    record = written(tmp_path, DATA)
    assert run(record, "--code", LAST).returncode == 0
    done = run(record, "--code", "00 11")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "  记录的校验码与所给的校验码不同，请核对签字的抽取记录表。"


@pytest.mark.parametrize("name", ["no_json", "other_schema"])
def test_run_on_another_file_exits_2_with_one_sentence(tmp_path: Path, name: str) -> None:
    done = run(written(tmp_path, NO_RECORDS[name]))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_run_on_a_missing_file_exits_2_and_names_it() -> None:
    done = run("/nowhere.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "无法读取文件 /nowhere.json：No such file or directory\n"


def test_missing_hash_is_told_instead_of_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str, data: bytes = b"") -> None:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(verify_draw.hashlib, "new", without)
    with pytest.raises(verify_draw.Unreadable, match="本机的密码库没有SHA256算法"):
        verify_draw.verify(DATA)


def test_supplement_is_held_against_the_first_record(tmp_path: Path) -> None:
    first, second = following()
    good = run(written(tmp_path, second), "--previous", written(tmp_path, first, "first.json"))
    assert good.returncode == 0, good.stdout
    assert verify_draw.verify(second, [DATA]).faults == [
        "与前次抽取的差异与重新计算的结果不一致。",
        "补抽承接的人选、退出人员和空缺与重新计算的结果不一致。",
    ]
    assert verify_draw.verify(second, [with_change(("code",))]).faults == [
        "所给的前次记录本身不能通过核验，请先核验前次记录。"
    ]
    assert verify_draw.verify(DATA, [first]).faults == ["该记录没有写明承接前次抽取，不能与前次记录核对。"]
