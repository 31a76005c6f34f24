import io
import json
import re
import subprocess
import sys

import pytest

from review_portal.aggregator.__main__ import COMMANDS, main
from review_portal.aggregator.commands import counted, progress_bar
from tests.aggregator.cases import DATA

ROOT = DATA.parents[1]
ACCEPTED = "scores.csv第1行应为表头dossier,expert,criterion,score或dossier,expert,item,points（可加group列）"


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
        "-m", "review_portal.aggregator", "rank", str(DATA / "demo" / "defense.csv"),
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
    assert main(["rank", str(DATA / "demo" / "written_reconciled.csv"), "--rule", "mean", "--json"]) == 0
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
    assert main(["rank", str(file), "--rule", "mean"]) == 0
    assert [line.split("\t")[:5] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["1", "A", "8.00", "within", "1"],
        ["2", "B", "7.25", "within", "1"],
    ]


@pytest.fixture
def given(tmp_path):
    """Writes a file of the test and gives its path as text."""

    def write(name, content):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return str(path)

    return write


def table(capsys, *arguments):
    """The printed table without its header, and the codes of the remarks."""
    assert main(["rank", *arguments]) == 0
    shown = capsys.readouterr()
    lines = [line.split("\t") for line in shown.out.splitlines()]
    assert {len(line) for line in lines} == {len(lines[0])}
    return lines[1:], [line.split()[0] for line in shown.err.splitlines()]


def refusal(capsys, *arguments):
    assert main(["rank", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err.strip()


HEAD = "dossier,expert,criterion,score\n"
SCORES = HEAD + (
    "A,E1,C1,80\nA,E1,C2,60\nA,E2,C1,90\nA,E2,C2,71\n"
    "B,E1,C1,70\nB,E1,C2,90\nB,E2,C1,75\nB,E2,C2,85\n"
    "C,E1,C1,60\nC,E1,C2,91\nC,E2,C1,70\nC,E2,C2,80\n"
)


def test_command_ranks_by_the_sum_or_the_mean_of_several_criteria(given, capsys):
    file = given("scores.csv", SCORES)
    lines, codes = table(capsys, file, "--rule", "mean")
    assert [line[:3] for line in lines] == [["1", "B", "160.00"], ["2", "A", "150.50"], ["2", "C", "150.50"]]
    assert codes == ["tie_undecided"]
    lines, codes = table(capsys, file, "--rule", "mean", "--composite", "mean")
    assert [line[:3] for line in lines] == [["1", "B", "80.00"], ["2", "A", "75.25"], ["2", "C", "75.25"]]
    assert codes == ["items_reweighted", "tie_undecided"]


def test_command_ranks_with_other_weights_and_says_so(given, capsys):
    weights = given("w.csv", "criterion,weight\nC1,0.7\nC2,0.3\n")
    lines, codes = table(capsys, given("scores.csv", SCORES), "--rule", "mean", "--weights", weights)
    assert [line[:3] for line in lines] == [["1", "A", "79.15"], ["2", "B", "77.00"], ["3", "C", "71.15"]]
    assert codes == ["items_reweighted"]


def test_command_lists_every_criterion_on_request(given, capsys):
    file = given("scores.csv", SCORES)
    lines, _ = table(capsys, file, "--rule", "mean", "--per-criterion", "--tie", "C2")
    assert [[*line[:3], *line[10:]] for line in lines] == [
        ["1", "B", "160.00", "72.50", "2", "87.50", "1"],
        ["2", "C", "150.50", "65.00", "3", "85.50", "2"],
        ["3", "A", "150.50", "85.00", "1", "65.50", "3"],
    ]
    assert main(["rank", file, "--rule", "mean", "--per-criterion", "--json"]) == 0
    criteria = json.loads(capsys.readouterr().out)["criteria"]
    first = {name: own["rows"][0] for name, own in criteria.items()}
    assert {name: (row["rank"], row["dossier"], row["score"]) for name, row in first.items()} == {
        "C1": ("1", "A", "85.00"),
        "C2": ("1", "B", "87.50"),
    }


# the pair of the rule's reason: trimmed 84.67 beside a plain 84.75 would be unfair
UNEVEN = HEAD + "".join(
    f"{dossier},E{number},C,{points}\n"
    for dossier, given in (("A", (90, 85, 85, 84, 60)), ("B", (86, 85, 84, 84)))
    for number, points in enumerate(given)
)


@pytest.mark.parametrize(
    ("options", "expected", "codes"),
    [
        ([], [["B", "84.75"], ["A", "80.80"]], ["below_threshold_all_mean"]),
        (["--min-reviews", "4"], [["A", "84.67"], ["B", "84.50"]], []),
    ],
)
def test_command_drops_high_and_low_only_where_every_dossier_has_enough(
    given, capsys, options, expected, codes
):
    lines, said = table(capsys, given("scores.csv", UNEVEN), "--rule", "drop_high_low", *options)
    assert [line[1:3] for line in lines] == expected
    assert said == codes


def test_command_refuses_to_drop_below_the_threshold_on_request(given, capsys):
    reason = refusal(
        capsys, given("scores.csv", UNEVEN), "--rule", "drop_high_low", "--below-threshold", "refuse"
    )
    assert reason.startswith("B的有效评分少于5份，按评审规则本轮不能去掉最高分和最低分")


def test_command_ranks_within_groups_of_a_file_or_a_column(given, capsys):
    groups = given("g.csv", "dossier,group\nA,甲\nB,甲\nC,乙\n")
    scores = given("scores.csv", SCORES)
    by_file = table(capsys, scores, "--rule", "mean", "--groups", groups, "--quota-per-group", "1")
    lines, codes = by_file
    assert [line[:5] for line in lines] == [
        ["乙", "1", "C", "150.50", "within"],
        ["甲", "1", "B", "160.00", "within"],
        ["甲", "2", "A", "150.50", "beyond"],
    ]
    assert codes == ["panels_ranked_apart"]
    column = "".join(f"{line},{'乙' if line.startswith('C') else '甲'}\n" for line in SCORES.splitlines()[1:])
    with_column = given("grouped.csv", HEAD.replace("score", "score,group") + column)
    assert table(capsys, with_column, "--rule", "mean", "--quota-per-group", "1") == by_file
    lines, _ = table(
        capsys, with_column, "--rule", "mean", "--quota-per-group", "0", "--quota-per-group", "甲=2"
    )
    assert [line[4] for line in lines] == ["beyond", "within", "within"]
    assert main(["rank", with_column, "--rule", "mean", "--json", "--per-criterion"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [(panel["group"], panel["quota"]) for panel in result["panels"]] == [("乙", "3"), ("甲", "3")]
    assert [panel["group"] for panel in result["criteria"]["C1"]] == ["乙", "甲"]


TORN = HEAD + "A,E1,C1,80\nA,E2,C1,90\nB,E3,C1,70\nC,E3,C1,60\nD,E4,C1,60\n"


def test_command_refuses_one_severity_ranking_over_disconnected_panels(given, capsys):
    file = given("scores.csv", TORN)
    assert refusal(capsys, file) == (
        "评审分为3个互不连通的部分，不能作评分校准后共同排名。请至少补做2份交叉评审，"
        "或用--groups分组排名，或用--fallback指定改用的方法。"
    )
    lines, codes = table(capsys, file, "--fallback", "none")
    assert [line[1] for line in lines] == ["A", "B", "C", "D"]
    assert codes == ["severity_not_connected", "tie_undecided"]


def test_command_ranks_disconnected_panels_by_severity_within_groups(given, capsys):
    file = given("scores.csv", TORN)
    apart = given("g.csv", "dossier,group\nA,1\nB,2\nC,2\nD,3\n")
    lines, codes = table(capsys, file, "--groups", apart)
    assert [line[:4] for line in lines] == [
        ["1", "1", "A", "85.00"],
        ["2", "1", "B", "70.00"],
        ["2", "2", "C", "60.00"],
        ["3", "1", "D", "60.00"],
    ]
    assert codes == ["panels_ranked_apart"]
    mixed = given("m.csv", "dossier,group\nA,1\nB,2\nC,2\nD,2\n")
    assert refusal(capsys, file, "--groups", mixed) == (
        "2组内的评审互不连通，不能作评分校准。请补做组内的交叉评审，或用--fallback指定改用的方法。"
    )
    assert "severity_group_not_connected" in table(capsys, file, "--groups", mixed, "--fallback", "none")[1]


def test_command_lists_dossiers_without_a_score_apart(given, capsys):
    file = given("scores.csv", HEAD + "A,E1,C1,80\nB,E1,C1,\n")
    lines, _ = table(capsys, file, "--rule", "mean")
    assert [line[:4] for line in lines] == [["1", "A", "80.00", "within"], ["—", "B", "—", "unscored"]]
    lines, _ = table(capsys, file, "--rule", "mean", "--groups", given("g.csv", "dossier,group\nA,甲\n"))
    assert [line[:5] for line in lines] == [
        ["甲", "1", "A", "80.00", "within"],
        ["—", "—", "B", "—", "unscored"],
    ]


def test_command_reports_sheets_that_lack_an_item(given, capsys):
    file = given("scores.csv", HEAD + "A,E1,C1,80\nA,E1,C2,80\nA,E2,C1,60\n")
    lines, codes = table(capsys, file, "--rule", "mean")
    assert ([line[:5] for line in lines], codes) == (
        [["1", "A", "160.00", "within", "1"]],
        ["sheet_incomplete"],
    )


def test_command_shortens_a_long_list_of_remarks(given, capsys):
    rows = "".join(f"S{number:02},E1,C1,{min(number // 2, 20)}\n" for number in range(60))
    assert main(["rank", given("scores.csv", HEAD + rows), "--rule", "mean"]) == 0
    shown = capsys.readouterr().err.splitlines()
    assert shown[:2] == [
        "tie_undecided S40、S41、S42、S43、S44、S45、S46、S47、S48、S49等20个得分均为20.00，"
        "各项并列规则比较后仍相同，并列待定。",
        "tie_undecided S38、S39得分均为19.00，各项并列规则比较后仍相同，并列待定。",
    ]
    assert (len(shown), shown[-1]) == (11, "tie_undecided 另有11条，见--json的输出")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--tie", "C9"], "并列规则中的“C9”不是评分文件中的指标，可选：C1、C2。"),
        (["--quota", "-1"], "拟遴选数量应为不小于1的整数，请改正。"),
        (["--quota", "0"], "拟遴选数量应为不小于1的整数，请改正。"),
        (["--quota-per-group", "1"], "没有组别，不能按组分配名额，请用--groups或group列给出组别。"),
        (["--groups", "G", "--quota", "1"], "分组排名的名额按组计算，请用--quota-per-group代替--quota。"),
        (["--groups", "G", "--quota-per-group", "一"], "名额“一”应为整数，或“组=整数”，请改正。"),
        (["--groups", "G", "--quota-per-group", "甲=1"], "“乙”组没有名额，请补上。"),
        (["--weights", "W"], "权重中的“C9”不是本轮的指标，请核对。"),
        (["--min-reviews", "2"], "--min-reviews应为不小于3的整数，请改正。"),
        (["--weights", "nowhere.csv"], "找不到文件nowhere.csv，请核对路径。"),
    ],
)
def test_command_refuses_options_that_do_not_fit_the_file(given, capsys, options, reason):
    paths = {
        "G": given("g.csv", "dossier,group\nA,甲\nB,甲\nC,乙\n"),
        "W": given("w.csv", "criterion,weight\nC9,1\n"),
    }
    arguments = [paths.get(option, option) for option in options]
    assert refusal(capsys, given("scores.csv", SCORES), "--rule", "mean", *arguments) == reason


def test_command_refuses_groups_given_twice(given, capsys):
    file = given("scores.csv", "dossier,expert,item,points,group\nA,E1,C1,80,甲\n")
    groups = given("g.csv", "dossier,group\nA,甲\n")
    assert refusal(capsys, file, "--groups", groups) == (
        "评分文件已有group列，不能同时使用--groups，请只保留一种。"
    )


def test_command_says_which_file_it_cannot_read(tmp_path, capsys):
    assert refusal(capsys, str(tmp_path)) == f"{tmp_path.name}是文件夹，请给出CSV文件。"
    assert refusal(capsys, str(tmp_path / "scores.csv")) == "找不到文件scores.csv，请核对路径。"


def test_command_ends_quietly_when_its_reader_has_seen_enough():
    pipe = f"{sys.executable} -m review_portal.aggregator rank {DATA / 'demo' / 'defense.csv'} | head -c 1"
    shown = subprocess.run(["bash", "-c", pipe], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (shown.stdout, "Traceback" in shown.stderr) == ("r", False)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_bar_is_drawn_on_a_terminal_for_long_work_and_wiped_away(monkeypatch):
    moments = iter([0.0, 0.1, 1.0, 2.0])
    monkeypatch.setattr("review_portal.aggregator.commands.monotonic", lambda: next(moments))
    terminal = Terminal()
    with progress_bar("读取scores.csv", terminal) as advance:
        for share in (0.25, 0.5, 1.0):
            advance(share)
    assert terminal.getvalue() == (
        f"\r读取scores.csv [{'#' * 15}{'.' * 15}]  50%\r读取scores.csv [{'#' * 30}] 100%\r\x1b[K"
    )


def test_bar_is_silent_for_short_work_and_away_from_a_terminal():
    terminal, file = Terminal(), io.StringIO()
    with progress_bar("读取", terminal) as advance:
        advance(1.0)
    with progress_bar("读取", file) as none:
        assert none is None
    assert (terminal.getvalue(), file.getvalue()) == ("", "")


def test_bar_of_long_work_counts_its_steps_from_the_start(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with counted("拟合", 2, large=True) as step:
        assert terminal.getvalue() == f"\r拟合 [{'.' * 30}]   0%"
        step()
        step()
    assert terminal.getvalue().split("\r")[2:] == [
        f"拟合 [{'#' * 15}{'.' * 15}]  50%", f"拟合 [{'#' * 30}] 100%", "\x1b[K",
    ]  # fmt: skip


def test_readme_lists_every_subcommand():
    listed = re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    assert {command.name for command in COMMANDS} <= set(listed)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", f"{ACCEPTED}，现在是空行，请改正。"),
        ("a,b\n1,2\n", f"{ACCEPTED}，现在是“a,b”，请改正。"),
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
    assert main(["rank", str(file)]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.strip()) == ("", reason)


def test_command_refuses_another_encoding(tmp_path, capsys):
    file = tmp_path / "scores.csv"
    file.write_bytes("dossier,expert,item,points\n示例,E1,C1,8\n".encode("gbk"))
    assert main(["rank", str(file)]) == 2
    assert "请另存为UTF-8后再试" in capsys.readouterr().err


def test_command_names_a_missing_file(tmp_path, capsys):
    assert main(["rank", str(tmp_path / "absent.csv")]) == 2
    assert "absent.csv" in capsys.readouterr().err
