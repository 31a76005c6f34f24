import json
import subprocess
import sys

import pytest

from review_portal.aggregator.__main__ import main
from tests.aggregator.cases import DATA

ROOT = DATA.parents[1]


def run(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_importing_the_aggregator_loads_neither_flask_nor_sqlalchemy():
    names = "'flask', 'sqlalchemy', 'numpy', 'scipy'"
    shown = run(
        "-c", f"import sys, review_portal.aggregator; print([n for n in ({names}) if n in sys.modules])"
    )
    assert (shown.stdout, shown.stderr) == ("[]\n", "")


def test_using_the_aggregator_loads_numpy_and_scipy_alone():
    names = "'flask', 'sqlalchemy', 'numpy', 'scipy'"
    shown = f"print([n for n in ({names}) if n in sys.modules])"
    assert (
        run("-c", f"import sys; from review_portal.aggregator import rank; {shown}").stdout
        == "['numpy', 'scipy']\n"
    )


def test_command_ranks_a_file():
    shown = run(
        "-m", "review_portal.aggregator", str(DATA / "demo" / "defense.csv"),
        "--rule", "severity", "--quota", "3", "--tie", "D1", "--tie", "D2",
    )  # fmt: skip
    assert shown.returncode == 0
    assert [line.split("\t")[:5] for line in shown.stdout.splitlines()] == [
        ["rank", "dossier", "score", "standing", "n"],
        ["1", "S01", "88.05", "within", "6"],
        ["2", "S07", "87.57", "within", "7"],
        ["3", "S05", "83.36", "undecided", "7"],
        ["3", "S08", "83.36", "undecided", "7"],
        ["5", "S06", "80.57", "beyond", "7"],
    ]
    assert [line.split()[0] for line in shown.stderr.splitlines()] == [
        "tie_undecided", "tie_straddles_cut", "few_dossiers",
    ]  # fmt: skip


def test_command_prints_the_canonical_result_as_json(capsys):
    assert main([str(DATA / "demo" / "written_reconciled.csv"), "--rule", "mean", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [(row["rank"], row["dossier"], row["score"]) for row in result["rows"][:2]] == [
        ("1", "S07", "88.50"),
        ("2", "S01", "86.58"),
    ]


def test_command_reads_the_other_header_and_treats_blank_points_as_missing(tmp_path, capsys):
    file = tmp_path / "scores.csv"
    file.write_text(
        "dossier,expert,criterion,score\nA,E1,C1,8\nA,E2,C1,\nB,E1,C1,7.25\n", encoding="utf-8-sig"
    )
    assert main([str(file), "--rule", "mean"]) == 0
    assert [line.split("\t")[:5] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["1", "A", "8.00", "within", "1"],
        ["2", "B", "7.25", "within", "1"],
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "scores.csv第1行应为表头dossier,expert,item,points，请补上。"),
        ("a,b\n1,2\n", "scores.csv第1行应为表头dossier,expert,item,points，请补上。"),
        ("dossier,expert,item,points\n", "scores.csv中没有评分，请核对文件。"),
        (
            "dossier,expert,item,points\nA,E1,C1,8\nA,E2\n",
            "scores.csv第3行应有4列（dossier,expert,item,points），请改正。",
        ),
        ("dossier,expert,item,points\nA,,C1,8\n", "scores.csv第2行的expert为空，请补上。"),
        (
            "dossier,expert,item,points\nA,E1,C1,8\n\nA,E2,C1,优\n",
            "scores.csv第4行的分数“优”不是最多两位小数的数，请改正。",
        ),
        (
            "dossier,expert,item,points\nA,E1,C1,8\nA,E1,C1,8\n",
            "scores.csv第2行和第3行都是专家E1对A的C1的评分，请只保留一条。",
        ),
        ("dossier,expert,item,points\nA,E1,C1,-8\n", "scores.csv第2行的分数为负数，请改正。"),
    ],
)
def test_command_refuses_bad_files_with_the_place(tmp_path, capsys, content, reason):
    file = tmp_path / "scores.csv"
    file.write_text(content, encoding="utf-8")
    assert main([str(file)]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.strip()) == ("", reason)


def test_command_refuses_another_encoding(tmp_path, capsys):
    file = tmp_path / "scores.csv"
    file.write_bytes("dossier,expert,item,points\n示例,E1,C1,8\n".encode("gbk"))
    assert main([str(file)]) == 2
    assert "请另存为UTF-8后再试" in capsys.readouterr().err


def test_command_names_a_missing_file(tmp_path, capsys):
    assert main([str(tmp_path / "absent.csv")]) == 2
    assert "absent.csv" in capsys.readouterr().err
