"""Problems from CSV files: read as a whole or refused with every bad line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from review_portal.assignment.model import Problem
from review_portal.assignment.solving import solve
from review_portal.assignment.tables import plan_data, read_problem
from review_portal.domain.errors import Invalid

PAIRS = "expert,dossier,affinity,conflict\n"
BOUNDS = "kind,id,lo,hi\n"


def read(
    tmp_path: Path, pairs: str, bounds: str = "", *, header: str = PAIRS, per_dossier: int = 1
) -> Problem:
    (tmp_path / "pairs.csv").write_text(header + pairs, encoding="utf-8")
    (tmp_path / "bounds.csv").write_text(BOUNDS + bounds, encoding="utf-8")
    return read_problem(tmp_path / "pairs.csv", tmp_path / "bounds.csv", per_dossier)


def faults(tmp_path: Path, pairs: str, bounds: str = "") -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, pairs, bounds)
    return {place: str(text) for place, text in refusal.value.fields.items()}


def test_files_become_a_problem(tmp_path: Path) -> None:
    problem = read(
        tmp_path,
        "张一,2023-001,0.5,0\n李二,2023-001,,2\n李二,2023-002,0.25,0\n",
        "expert,张一,1,2\nexpert,李二,0,1\n",
    )
    assert (problem.experts, problem.dossiers) == (("张一", "李二"), ("2023-001", "2023-002"))
    np.testing.assert_array_equal(problem.affinity, [[0.5, np.nan], [np.nan, 0.25]])
    assert problem.conflict.tolist() == [[0, 2], [0, 0]]
    assert (problem.least.tolist(), problem.most.tolist()) == ([1, 0], [2, 1])
    assert problem.demand.tolist() == [1, 1]


def test_dossier_takes_the_nearest_number_that_its_own_bounds_allow(tmp_path: Path) -> None:
    pairs = "".join(f"E{expert},D{dossier},0.5,0\n" for dossier in range(4) for expert in range(9))
    bounds = "dossier,D0,7,7\ndossier,D1,1,3\ndossier,D2,3,9\n"
    assert read(tmp_path, pairs, bounds, per_dossier=5).demand.tolist() == [7, 3, 5, 5]


def test_expert_without_a_line_may_get_any_number(tmp_path: Path) -> None:
    problem = read(tmp_path, "E0,D0,0.5,0\nE0,D1,0.5,0\n")
    assert (problem.least.tolist(), problem.most.tolist()) == ([0], [2])


def test_every_bad_line_is_named_with_its_number(tmp_path: Path) -> None:
    pairs = (
        "E0,D0,0.5,0\nE0,D0,0.6,0\nE1,D0,abc,0\n\nE1,D1,,0\nE2,,0.5,0\n"
        "E3,D0,0.5\nE4,D0,0.5,x\nE5,D0,nan,0\nE6,D0,101,0\n"
    )
    assert faults(tmp_path, pairs) == {
        "pairs.csv 第 3 行": "与第 2 行重复。",
        "pairs.csv 第 4 行": "affinity 应为 -100 到 100 之间的数，现为“abc”。",
        "pairs.csv 第 6 行": "affinity 应为 -100 到 100 之间的数，现为“”。",
        "pairs.csv 第 7 行": "应有 4 列，专家和材料编号不能为空。",
        "pairs.csv 第 8 行": "应有 4 列，专家和材料编号不能为空。",
        "pairs.csv 第 9 行": "conflict 应为 0（无冲突）或 1 至 255 的级别，现为“x”。",
        "pairs.csv 第 10 行": "affinity 应为 -100 到 100 之间的数，现为“nan”。",
        "pairs.csv 第 11 行": "affinity 应为 -100 到 100 之间的数，现为“101”。",
    }


def test_every_bad_bound_is_named_with_its_number(tmp_path: Path) -> None:
    bounds = (
        "expert,E0,0,1\nexpert,E0,0,2\nperson,E0,0,1\nexpert,E9,0,1\n"
        "expert,E1,3,2\nexpert,E1,-1,2\ndossier,D0,0,0\nexpert,E1\n"
    )
    assert faults(tmp_path, "E0,D0,0.5,0\nE1,D0,0.5,0\n", bounds) == {
        "bounds.csv 第 3 行": "与第 2 行重复。",
        "bounds.csv 第 4 行": "kind 应为 expert 或 dossier，现为“person”。",
        "bounds.csv 第 5 行": "编号“E9”在分派表中没有任何一行。",
        "bounds.csv 第 6 行": "lo 和 hi 应为 0 到 1000000 的整数，且 lo 不大于 hi，现为“3”“2”。",
        "bounds.csv 第 7 行": "lo 和 hi 应为 0 到 1000000 的整数，且 lo 不大于 hi，现为“-1”“2”。",
        "bounds.csv 第 8 行": "每份材料至少要有 1 名专家。",
        "bounds.csv 第 9 行": "应有 4 列。",
    }


ENDLESS = "9" * 5000
QUOTED = "9" * 40 + "…"


def test_numbers_that_no_file_can_mean_are_told_and_not_repeated_in_full(tmp_path: Path) -> None:
    pairs = f"E0,D0,0.5,{ENDLESS}\nE1,D0,1_0,0\nE2,D0,\u0661,0\nE3,D0,{ENDLESS},0\n"
    assert faults(tmp_path, pairs) == {
        "pairs.csv 第 2 行": f"conflict 应为 0（无冲突）或 1 至 255 的级别，现为“{QUOTED}”。",
        "pairs.csv 第 3 行": "affinity 应为 -100 到 100 之间的数，现为“1_0”。",
        "pairs.csv 第 4 行": "affinity 应为 -100 到 100 之间的数，现为“\u0661”。",
        "pairs.csv 第 5 行": f"affinity 应为 -100 到 100 之间的数，现为“{QUOTED}”。",
    }
    bounds = f"expert,E0,0,{ENDLESS}\nexpert,E1,0,10000000000000000000\nexpert,{ENDLESS},0,1\n"
    told = "lo 和 hi 应为 0 到 1000000 的整数，且 lo 不大于 hi，现为“0”"
    assert faults(tmp_path, "E0,D0,0.5,00\nE1,D0,0.5,0\n", bounds) == {
        "bounds.csv 第 2 行": f"{told}“{QUOTED}”。",
        "bounds.csv 第 3 行": f"{told}“10000000000000000000”。",
        "bounds.csv 第 4 行": f"编号“{QUOTED}”在分派表中没有任何一行。",
    }


@pytest.mark.parametrize("asked", [0, 1_000_001, 10**30])
def test_panel_that_nobody_can_mean_is_refused(tmp_path: Path, asked: int) -> None:
    with pytest.raises(Invalid, match="应为 1 到 1000000"):
        read(tmp_path, "E0,D0,0.5,0\n", per_dossier=asked)


def test_id_is_one_id_however_its_accent_was_typed(tmp_path: Path) -> None:
    assert faults(tmp_path, "Andr\u00e9,D0,0.5,0\nAndre\u0301,D0,0.6,0\n") == {
        "pairs.csv 第 3 行": "与第 2 行重复。"
    }
    problem = read(tmp_path, "Andre\u0301,D0,0.5,0\n", "expert,Andr\u00e9,1,1\n")
    assert (problem.experts, problem.least.tolist()) == (("Andr\u00e9",), [1])


def test_more_experts_and_dossiers_than_fit_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="有 16000 名专家、16000 份材料，超出本机"):
        read(tmp_path, "".join(f"E{number},D{number},0.5,0\n" for number in range(16_000)))


def test_cell_without_end_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"pairs\.csv 第 3 行起不能按 CSV 读取"):
        read(tmp_path, "E0,D0,0.5,0\n" + "E" * 200_000 + ",D0,0.5,0\n")


def test_long_list_of_faults_is_cut_but_counted(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="有 30 行不能采用") as refusal:
        read(tmp_path, "E0,D0,x,0\n" * 30)
    assert len(refusal.value.fields) == 20


@pytest.mark.parametrize(
    ("header", "pairs", "sentence"),
    [
        ("a,b,c,d\n", "", "pairs.csv 第 1 行应为表头 expert,dossier,affinity,conflict，请补上。"),
        ("", "", "pairs.csv 第 1 行应为表头 expert,dossier,affinity,conflict，请补上。"),
        (PAIRS, "\n", "pairs.csv 中没有数据，请核对文件。"),
    ],
)
def test_file_without_header_or_data_is_refused(
    tmp_path: Path, header: str, pairs: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, pairs, header=header)
    assert str(refusal.value.message) == sentence


def test_other_encoding_is_refused_and_a_byte_order_mark_is_not(tmp_path: Path) -> None:
    for name, text in (("bounds.csv", BOUNDS), ("pairs.csv", PAIRS + "张一,D0,0.5,0\n")):
        (tmp_path / name).write_bytes(text.encode("gb18030"))
    with pytest.raises(Invalid, match="请另存为 UTF-8"):
        read_problem(tmp_path / "pairs.csv", tmp_path / "bounds.csv", 1)
    (tmp_path / "pairs.csv").write_bytes((PAIRS + "张一,D0,0.5,0\n").encode("utf-8-sig"))
    assert read_problem(tmp_path / "pairs.csv", tmp_path / "bounds.csv", 1).experts == ("张一",)


def test_plan_is_told_in_ids(tmp_path: Path) -> None:
    problem = read(tmp_path, "E0,D0,0.5,0\nE1,D0,0.7,0\nE0,D1,0.25,0\n", "expert,E1,1,1\n")
    told = plan_data(problem, solve(problem))
    assert told["pairs"] == [
        {"expert": "E1", "dossier": "D0", "affinity": 0.7},
        {"expert": "E0", "dossier": "D1", "affinity": 0.25},
    ]
    assert (told["total"], told["worst_affinity"], told["worst_dossier"]) == (0.95, 0.25, "D1")
    assert (told["proven_optimal"], told["bound"], told["connected"], told["parts"]) == (True, 0.95, False, 2)
    assert told["not_connected_because"] == "not_asked"
    assert told["binding"] == [{"kind": "most", "expert": "E1"}, {"kind": "least", "expert": "E1"}]
