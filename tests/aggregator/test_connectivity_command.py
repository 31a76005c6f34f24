import json

import pytest

from review_portal.aggregator.__main__ import main
from review_portal.aggregator.connectivity import connectivity
from tests.aggregator.score_files import rows_of, write
from tests.aggregator.simulated import simulated_round


@pytest.fixture
def given(tmp_path):
    """Writes a score file and gives its path as text."""
    return lambda rows: write(tmp_path / "scores.csv", rows)


def connected(capsys, file):
    assert main(["connectivity", file, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def panels(*sizes):
    """Complete panels of (dossiers, experts), points that differ a little."""
    rows, dossier, expert = [], 0, 0
    for dossiers, experts in sizes:
        for i in range(dossier, dossier + dossiers):
            for j in range(expert, expert + experts):
                rows.append((f"S{i}", f"E{j}", "C", 70 + 3 * (i % 3) + (5 * i * j + 2 * j) % 7))
        dossier, expert = dossier + dossiers, expert + experts
    return rows


def test_connectivity_prints_what_the_function_gives(given, capsys):
    ratings = simulated_round(2, dossiers=12, experts=6, each=3, criteria=2)
    found = connected(capsys, given(rows_of(ratings)))
    report = connectivity(ratings.sheet_dossier, ratings.sheet_expert, 12, 6)
    figures = report.figures(ratings.dossiers, ratings.experts)
    assert {key: found[key] for key in figures} == figures
    assert found.keys() - figures.keys() == {"notices"}


def test_proposed_reviews_join_the_panels(given, capsys):
    rows = panels((3, 2), (4, 2), (2, 3))
    found = connected(capsys, given(rows))
    assert (found["n_connected_components"], found["crossing_reviews_minimum"]) == (3, 2)
    assert [entry["code"] for entry in found["notices"]] == ["panels_not_connected"]
    more = [(pair["dossier"], pair["expert"], "C", 75) for pair in found["crossing_reviews_proposed"][:2]]
    assert connected(capsys, given(rows + more))["n_connected_components"] == 1


def test_tables_name_the_parts_and_what_would_mend_them(given, capsys):
    assert main(["connectivity", given(panels((3, 2), (2, 2)))]) == 0
    shown = capsys.readouterr()
    blocks = shown.out.rstrip("\n").split("\n\n")
    assert blocks[0] == "评审分为2个互不连通的部分，跨部分的名次不能由评分检验。"
    assert [line.split() for line in blocks[1].splitlines()[1:]] == [
        ["1", "3", "2", "6", "S0、S1、S2", "E0、E1"],
        ["2", "2", "2", "4", "S3、S4", "E2、E3"],
    ]
    assert blocks[2].startswith("建议补派的交叉评审：至少前1份，宜为5份")
    assert shown.err.startswith("panels_not_connected 本轮评审分为2个互不连通的专家组")


def test_tables_name_experts_and_reviews_that_the_round_hangs_on(given, capsys):
    rows = [*panels((3, 2), (3, 2)), ("S3", "E1", "C", 71)]
    assert main(["connectivity", given(rows)]) == 0
    shown = capsys.readouterr()
    blocks = shown.out.rstrip("\n").split("\n\n")
    first = blocks[0].splitlines()
    assert first[0] == "全部评审相互连通。"
    assert first[1].startswith("材料之间比较的效率：")
    assert "之间有1份交叉评审" in first[2]
    assert [line.split() for line in blocks[2].splitlines()] == [
        ["缺了就不再连通的专家", "因此分开的材料数"],
        ["E1", "3"],
    ]
    assert [line.split() for line in blocks[3].splitlines()][1:] == [["E1", "S3", "3"]]
    assert "panels_weakly_linked" in [line.split()[0] for line in shown.err.splitlines()]


def test_link_that_cannot_be_judged_is_said(given, capsys):
    file = given([("A", "E1", "C", 5), ("B", "E1", "C", 6), ("B", "E2", "C", 5), ("C", "E2", "C", 5)])
    found = connected(capsys, file)
    codes = {entry["code"]: entry["params"] for entry in found["notices"]}
    assert codes["link_not_judged"]["reason"].startswith("有效评分仅4份")
