import hashlib
import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from review_portal.aggregator import StageRatings, list_stability, report_command
from review_portal.aggregator.__main__ import main
from scoring_rubrics.rule import Rule
from tests.aggregator.score_files import rows_of, write
from tests.aggregator.simulated import simulated_round

ROOT = Path(__file__).parents[2]
RATINGS = simulated_round(4, dossiers=14, experts=6, each=4, criteria=2)


@pytest.fixture
def scores(tmp_path):
    return write(tmp_path / "scores.csv", rows_of(RATINGS))


def facts(path):
    sheet = openpyxl.load_workbook(path)["说明"]
    return {row[0]: row[1] for row in sheet.iter_rows(min_row=3, max_col=2, values_only=True) if row[1]}


def test_report_writes_a_workbook_and_says_so(scores, tmp_path, capsys):
    out = tmp_path / "统计.xlsx"
    assert main(["report", scores, "--xlsx", str(out), "--quota", "4", "--rule", "severity"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "已写入统计.xlsx。\n"
    assert "model_few_levels" not in shown.err
    said = facts(out)
    digest = hashlib.sha256(Path(scores).read_bytes()).hexdigest()
    assert said["评分文件校验码"].replace(" ", "") == digest
    assert said["参与计算的评分校验码"].replace(" ", "") == RATINGS.digest()
    assert (said["排序算法"], said["拟遴选数量"]) == ("评分校准后的算术平均", "4")
    assert said["规模"] == "材料14份，专家6名，完整评分表56份"


def test_workbook_goes_to_standard_output_on_request(scores):
    done = subprocess.run(
        [sys.executable, "-m", "review_portal.aggregator", "report", scores, "--xlsx", "-"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    assert openpyxl.load_workbook(io.BytesIO(done.stdout)).sheetnames[:2] == ["说明", "名次"]
    assert not (ROOT / "-").exists()


def test_report_loads_neither_flask_nor_a_database(scores, tmp_path):
    script = (
        "import sys\n"
        "from review_portal.aggregator.__main__ import main\n"
        f"main(['report', {scores!r}, '--xlsx', {str(tmp_path / 'out.xlsx')!r}])\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'flask', 'sqlalchemy', 'xlsxwriter'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["已写入out.xlsx。", "['xlsxwriter']"]


def refusal(capsys, *arguments):
    assert main(["report", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err.strip()


def test_path_that_cannot_be_written_is_refused_before_anything_is_computed(
    scores, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(report_command, "report_of", lambda *_: pytest.fail("computed"))
    assert refusal(capsys, scores, "--xlsx", str(tmp_path)) == (
        f"{tmp_path.name}是文件夹，请给出要写入的文件名，如{tmp_path.name}/统计.xlsx。"
    )
    assert refusal(capsys, scores, "--xlsx", str(tmp_path / "没有" / "out.xlsx")) == (
        f"文件夹{tmp_path / '没有'}不存在，请先建立或改正路径。"
    )


def test_file_in_use_is_said_as_a_sentence(scores, tmp_path, capsys, monkeypatch):
    def denied(_path, _content):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", denied)
    assert refusal(capsys, scores, "--xlsx", str(tmp_path / "out.xlsx")) == (
        "不能写入out.xlsx（Permission denied），请关闭正在使用它的程序，或换一个位置。"
    )


def stability_of(scores, tmp_path, *options):
    """The lines of the sheet up to the first blank one, and the sentences below."""
    out = tmp_path / "out.xlsx"
    assert main(["report", scores, "--xlsx", str(out), "--quota", "4", *options]) == 0
    rows = list(openpyxl.load_workbook(out)["稳定性"].iter_rows(min_row=4, values_only=True))
    end = next(at for at, row in enumerate(rows) if row[0] is None)
    return rows[:end], [row[0] for row in rows[end:] if row[0]]


def test_maxima_tell_what_the_list_owes_to_criteria_and_weights(scores, tmp_path, capsys):
    maxima = tmp_path / "m.csv"
    names = RATINGS.criteria
    maxima.write_text(f"criterion,maximum\n{names[0]},60\n{names[1]},40\n", "utf-8")
    lines, said = stability_of(scores, tmp_path, "--maxima", str(maxima))
    assert "maxima_missing" not in capsys.readouterr().err
    kinds = [line[:2] for line in lines]
    assert kinds[:6] == [("不计专家", name) for name in RATINGS.experts]
    assert kinds[6:8] == [("不计指标", name) for name in names]
    assert kinds[8:12] == [(f"权重{way}20%", name) for name in names for way in ("增加", "减少")]
    assert {kind for kind, _ in kinds[12:]} == {"改用算法"}
    stages = [StageRatings("scores", Decimal(1), RATINGS)]
    points = {"scores": {names[0]: Decimal(60), names[1]: Decimal(40)}}
    found = list_stability(stages, Rule.shorthand("mean"), quota=4, maxima=points)
    assert [line[2] for line in lines[6:12]] == [
        "有变化" if one.changes_list else "不变" for one in (*found.criteria, *found.weights)
    ]
    assert len({line[2] for line in lines[6:12]}) == 2  # some change it, some do not
    assert any("所有指标" in text or "各指标" in text or "权重" in text for text in said)
    assert not any("scores." in text for text in said)


def test_report_without_maxima_says_what_they_would_tell(scores, tmp_path, capsys):
    lines, _ = stability_of(scores, tmp_path)
    assert {line[0] for line in lines} == {"不计专家", "改用算法"}
    assert "maxima_missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("A,60\n", "m.csv应给出每项指标的满分，不多不少：{all}。"),
        ("{first},60\n", "m.csv应给出每项指标的满分，不多不少：{all}。"),
        ("{first},60\n{second},0\n", "m.csv第3行的满分“0”不是大于0的数，请改正。"),
        ("{first},六十\n", "m.csv第2行的满分“六十”不是大于0的数，请改正。"),
        ("{first},nan\n", "m.csv第2行的满分“nan”不是大于0的数，请改正。"),
    ],
)
def test_maxima_that_do_not_fit_the_file_are_refused(scores, tmp_path, capsys, content, reason):
    words = {"first": RATINGS.criteria[0], "second": RATINGS.criteria[1], "all": "、".join(RATINGS.criteria)}
    maxima = tmp_path / "m.csv"
    maxima.write_text("criterion,maximum\n" + content.format(**words), "utf-8")
    out = str(tmp_path / "out.xlsx")
    assert refusal(capsys, scores, "--xlsx", out, "--maxima", str(maxima)) == reason.format(**words)


@pytest.mark.parametrize(
    ("rows", "options", "reason"),
    [
        ([("A", "E1", "C", 5)], ("--quota", "0"), "拟遴选数量应为不小于1的整数，请改正。"),
        ([("A", "E1", "C", -5)], (), "scores.csv第2行的分数为负数，请改正。"),
        (
            [("A", "E1", "C", 5), ("B", "E2", "C", 6)], ("--rule", "severity"),
            "评审互不连通，不能按评分校准后的得分排名，请用--rule改用其他算法。",
        ),
    ],
)  # fmt: skip
def test_report_that_cannot_be_made_is_refused_with_the_reason(tmp_path, capsys, rows, options, reason):
    file = write(tmp_path / "scores.csv", rows)
    assert refusal(capsys, file, "--xlsx", str(tmp_path / "out.xlsx"), *options) == reason
    assert not (tmp_path / "out.xlsx").exists()


def test_more_dossiers_than_a_sheet_can_list_are_refused(scores, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(report_command, "MOST_DOSSIERS", 13)
    assert refusal(capsys, scores, "--xlsx", str(tmp_path / "out.xlsx")) == (
        "材料14份，超过工作簿可列的13份，请改用fit、agreement、connectivity的--json输出。"
    )


def test_what_cannot_be_computed_is_left_out_and_said(tmp_path, capsys):
    file = write(tmp_path / "scores.csv", [("A", "E1", "C", 5), ("B", "E1", "C", 6)])
    out = tmp_path / "out.xlsx"
    assert main(["report", file, "--xlsx", str(out), "--quota", "1"]) == 0
    assert openpyxl.load_workbook(out).sheetnames == ["说明", "名次", "一致性", "连通", "稳定性"]
    codes = {line.split()[0] for line in capsys.readouterr().err.splitlines()}
    assert {"calibration_missing", "agreement_no_common_dossier"} <= codes


def test_mean_of_the_items_is_reported_in_its_own_points(scores, tmp_path):
    def mu(*options):
        out = tmp_path / "out.xlsx"
        assert main(["report", scores, "--xlsx", str(out), *options]) == 0
        sheet = openpyxl.load_workbook(out)["评分校准"]
        return [row[3] for row in sheet.iter_rows(min_row=4, max_row=17, values_only=True)]

    assert mu() == pytest.approx([2 * value for value in mu("--composite", "mean")])


def grouped(tmp_path, places=()):
    """The workbook of the same file with the dossiers in two groups of seven."""
    groups = tmp_path / "groups.csv"
    rows = "".join(f"{name},{'乙甲'[at % 2]}\n" for at, name in enumerate(RATINGS.dossiers))
    groups.write_text("dossier,group\n" + rows, "utf-8")
    file, out = write(tmp_path / "scores.csv", rows_of(RATINGS)), tmp_path / "out.xlsx"
    options = [part for number in places for part in ("--quota-per-group", number)]
    assert main(["report", file, "--xlsx", str(out), "--groups", str(groups), *options]) == 0
    return openpyxl.load_workbook(out)


def test_groups_are_ranked_apart_with_places_and_an_effect_of_their_own(tmp_path):
    book = grouped(tmp_path, ("甲=2", "乙=1"))
    lines = list(book["分组"].iter_rows(min_row=3, values_only=True))
    assert lines[0][:6] == ("组别", "组内名次", "材料", "评分份数", "得分", "状态")
    body = lines[1:15]
    common = {row[1]: row[3] for row in book["名次"].iter_rows(min_row=4, max_row=17, values_only=True)}
    calibrated = {
        row[1]: row[3] for row in book["评分校准"].iter_rows(min_row=4, max_row=17, values_only=True)
    }
    group_of = {name: "乙甲"[at % 2] for at, name in enumerate(RATINGS.dossiers)}
    for group, places in (("乙", 1), ("甲", 2)):
        own = [row for row in body if row[0] == group]
        members = [name for name in group_of if group_of[name] == group]
        assert [row[4] for row in own] == sorted((common[name] for name in members), reverse=True)
        assert [row[2] for row in own] == sorted(members, key=lambda name: -common[name])
        assert [row[1] for row in own] == list(range(1, 8))
        assert [row[5] for row in own] == ["名额内"] * places + [None] * (7 - places)
        assert [row[6] for row in own] == [calibrated[row[2]] for row in own]
        assert all(1 <= row[7] <= row[8] <= 7 for row in own)
        assert sum(row[9] for row in own) == pytest.approx(places)
    heads = next(at for at, row in enumerate(lines) if row[:2] == ("组别", "材料数"))
    assert lines[heads][:6] == ("组别", "材料数", "平均得分", "组间差异", "标准差", "名额")
    assert [(row[0], row[1], row[5]) for row in lines[heads + 1 : heads + 3]] == [("乙", 7, 1), ("甲", 7, 2)]
    sources = [row[1] for row in book["方差分量"].iter_rows(min_row=4, max_row=7, values_only=True)]
    assert sources == ["材料质量", "专家宽严度", "组间差异", "偶然波动"]


def test_groups_without_places_have_no_list(tmp_path):
    rows = list(grouped(tmp_path)["分组"].iter_rows(min_row=4, max_row=17, values_only=True))
    assert {row[5] for row in rows} == {None}
    assert {row[9:] for row in rows} <= {(), (None,)}


def test_places_for_groups_that_nobody_named_are_refused(scores, tmp_path, capsys):
    assert refusal(capsys, scores, "--xlsx", str(tmp_path / "out.xlsx"), "--quota-per-group", "2") == (
        "没有组别，不能按组分配名额，请用--groups或group列给出组别。"
    )
