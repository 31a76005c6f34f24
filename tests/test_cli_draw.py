"""`./portal draw verify`: exit code and sentences, without Flask and without a database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.domain.draw.draws import following
from tests.domain.draw.tampering import DATA, NO_RECORDS, with_change

ROOT = Path(__file__).resolve().parent.parent
GROUPED = "9cff cbc3 3700 489a 2e24 7989 c99c 398b 8aa6 b715 336e 7170 f908 8dc7 282d 6c80"


def verify(folder: Path, data: bytes, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Verify a record as a process of its own; a warning would end it."""
    file = folder / "record.json"
    file.write_bytes(data)
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "review_portal.cli", "draw", "verify", file, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_good_record_exits_0_with_the_codes_to_compare(tmp_path: Path) -> None:
    done = verify(tmp_path, DATA, "--code", GROUPED)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "抽取记录2023-01-written重新计算，逐字节一致。请与签字的抽取记录表核对：",
        "  锁定校验码 7a22 b47f 95b4 c7d9 d17d f545 ea65 1252 94dd 84a9 d71f 02c8 fecf bff4 3c7f 643d",
        "  抽取校验码 9dc2 31cc 3715 5816 3b84 7a6a be0a 5614 8b8d 38e4 834a 3cb4 bf05 87f5 6b8b 1f2e",
        f"  最近校验码 {GROUPED}",
    ]


def test_changed_record_exits_1_and_says_where(tmp_path: Path) -> None:
    done = verify(tmp_path, with_change(("outcome", "strata", 0, "standby", 1), "E002"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "发现1处问题，本记录不能采信：",
        '抽取结果（outcome.strata[0].standby[1]）与重新计算的结果不一致：记录为"E002"，应为"E001"。',
    ]


def test_code_of_another_sheet_exits_1(tmp_path: Path) -> None:
    done = verify(tmp_path, DATA, "--code", GROUPED.replace("9cff", "9cfe"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[1] == "记录的校验码与所给的校验码不同，请核对签字的抽取记录表。"


@pytest.mark.parametrize("name", ["half_a_surrogate", "other_schema"])
def test_other_file_exits_2_with_one_sentence(tmp_path: Path, name: str) -> None:
    done = verify(tmp_path, NO_RECORDS[name])
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_missing_file_exits_2_and_names_it(tmp_path: Path) -> None:
    done = verify(tmp_path, DATA, "--previous", "nowhere.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "无法读取文件 nowhere.json：请检查路径与权限。（No such file or directory）\n"


def test_supplement_is_held_against_the_first_record(tmp_path: Path) -> None:
    first, second = following()
    earlier = tmp_path / "first.json"
    earlier.write_bytes(first)
    assert verify(tmp_path, second, "--previous", earlier).returncode == 0
    earlier.write_bytes(DATA)
    assert verify(tmp_path, second, "--previous", earlier).returncode == 1


def test_verifying_loads_neither_flask_nor_a_database(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    file.write_bytes(DATA)
    code = (
        "import sys\nfrom review_portal.cli import main\n"
        f"main(['draw', 'verify', {str(file)!r}], standalone_mode=False)\n"
        "sys.exit(bool({'flask', 'sqlalchemy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
