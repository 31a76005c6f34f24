"""`./portal assign solve` as another program uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = [[0.9, 0.4, 0.3], [0.8, 0.1, 0.2], [0.7, 0.6, 0.5]]


def portal(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own; a warning would end it."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "review_portal.cli", "assign", "solve", *map(str, arguments)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    pairs, bounds = tmp_path / "pairs.csv", tmp_path / "bounds.csv"
    lines = [f"E{e},D{d},{value},0" for d, row in enumerate(TABLE) for e, value in enumerate(row)]
    pairs.write_text("\n".join(["expert,dossier,affinity,conflict", *lines, ""]))
    bounds.write_text("kind,id,lo,hi\nexpert,E0,0,1\nexpert,E1,0,1\nexpert,E2,0,1\n")
    return pairs, bounds


def test_plan_is_one_json_object_and_nothing_else(files: tuple[Path, Path]) -> None:
    result = portal(*files, "--per-dossier", "1", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert {(pair["dossier"], pair["expert"]) for pair in found["pairs"]} == {
        ("D0", "E0"),
        ("D1", "E2"),
        ("D2", "E1"),
    }
    assert (found["total"], found["worst_affinity"], found["proven_optimal"]) == (1.7, 0.2, True)
    assert found["seconds"] >= 0


def test_worst_dossier_comes_first_when_asked(files: tuple[Path, Path]) -> None:
    found = json.loads(portal(*files, "--per-dossier", "1", "--worst-first", "--json").stdout)
    assert (found["total"], found["worst_affinity"], found["worst_dossier"]) == (1.7, 0.4, "D0")
    assert found["proven_optimal"] is True


def test_plan_for_people_ends_with_proof_connection_and_time(files: tuple[Path, Path]) -> None:
    result = portal(*files, "--per-dossier", "1")
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr, lines[0]) == (0, "", "D0\tE0\t0.900000")
    assert lines[3:7] == [
        "总匹配度 1.700000。",
        "匹配最差的材料 D1：0.200000。",
        "已证明没有更好的分派。",
        "材料分成 3 个互不连通的部分。",
    ]


def test_infeasible_request_exits_with_1_and_says_whom_it_lacks(files: tuple[Path, Path]) -> None:
    result = portal(*files, "--per-dossier", "3", "--json")
    assert (result.returncode, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert lines[0] == "没有一种分派能满足全部条件。请查看缺口说明，放宽其中一项后重试。"
    assert sum(int(line.split()[3]) for line in lines if "名专家。" in line) == 6
    assert lines[-2:] == [
        "  每位专家的评审份数上限增加 2 份",
        "  每份材料的评审专家各减少 2 名",
    ]


def test_connection_that_cannot_be_had_is_refused_with_the_reason(files: tuple[Path, Path]) -> None:
    result = portal(*files, "--per-dossier", "1", "--connected")
    assert result.returncode == 1
    assert "  取消连通要求" in result.stderr.splitlines()


def test_bad_rows_exit_with_2_and_their_numbers(files: tuple[Path, Path]) -> None:
    pairs, bounds = files
    pairs.write_text(pairs.read_text() + "E1,D0,much,0\nE0,D0,0.1,0\n")
    result = portal(pairs, bounds, "--per-dossier", "1")
    assert (result.returncode, result.stdout) == (2, "")
    assert [line.split("：")[0].strip() for line in result.stderr.splitlines()[1:]] == [
        "pairs.csv 第 11 行",
        "pairs.csv 第 12 行",
    ]


def test_missing_file_exits_with_2(files: tuple[Path, Path], tmp_path: Path) -> None:
    result = portal(files[0], tmp_path / "none.csv", "--per-dossier", "1")
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)


def test_even_panel_is_solved_with_a_word_of_warning(files: tuple[Path, Path]) -> None:
    pairs, bounds = files
    bounds.write_text("kind,id,lo,hi\n")
    result = portal(pairs, bounds, "--per-dossier", "2", "--json")
    assert (result.returncode, json.loads(result.stdout)["total"]) == (0, 3.6)
    assert result.stderr == "提示：有材料的评审专家数不是单数，专家组一般须为单数。\n"


def test_same_seed_gives_the_same_plan_byte_for_byte(tmp_path: Path) -> None:
    """All pairs are worth the same; another seed decides otherwise."""
    pairs, bounds = tmp_path / "pairs.csv", tmp_path / "bounds.csv"
    lines = [f"E{e},D{d},0.5,0" for d in range(6) for e in range(6)]
    pairs.write_text("\n".join(["expert,dossier,affinity,conflict", *lines]))
    bounds.write_text("\n".join(["kind,id,lo,hi", *(f"expert,E{e},3,3" for e in range(6))]))

    def chosen(seed: str) -> object:
        found = json.loads(portal(pairs, bounds, "--per-dossier", "3", "--seed", seed, "--json").stdout)
        return {key: value for key, value in found.items() if not key.endswith("seconds")}

    assert chosen("一") == chosen("一")
    assert chosen("一") != chosen("二")


def test_command_loads_neither_flask_nor_a_database(files: tuple[Path, Path]) -> None:
    arguments = ["assign", "solve", str(files[0]), str(files[1]), "--per-dossier", "1"]
    code = (
        "import sys\nfrom review_portal.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        "sys.exit(bool({'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")


def test_words_of_the_native_solver_do_not_reach_standard_output() -> None:
    """What the C library buffers while solving is flushed to standard error before the answer is written."""
    code = (
        "import ctypes\nfrom review_portal.cli_assign import _own_words_only\n"
        "with _own_words_only():\n    ctypes.CDLL(None).puts(b'native')\nprint('answer')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (result.stdout, result.stderr) == ("answer\n", "native\n")


def test_median_size_is_solved_by_the_flow(tmp_path: Path) -> None:
    pytest.importorskip("ortools")
    rng = np.random.default_rng(1)
    pairs, bounds = tmp_path / "pairs.csv", tmp_path / "bounds.csv"
    lines = [f"E{e},D{d},{rng.random():.6f},{int(rng.random() < 0.05)}" for d in range(60) for e in range(40)]
    pairs.write_text("\n".join(["expert,dossier,affinity,conflict", *lines]))
    bounds.write_text("\n".join(["kind,id,lo,hi", *(f"expert,E{e},5,10" for e in range(40))]))
    found = json.loads(portal(pairs, bounds, "--per-dossier", "5", "--connected", "--json").stdout)
    assert (found["method"], found["proven_optimal"], found["connected"], len(found["pairs"])) == (
        "flow",
        True,
        True,
        300,
    )
