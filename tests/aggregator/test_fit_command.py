import json
import math
from pathlib import Path

import pytest

from review_portal.aggregator.__main__ import main
from review_portal.aggregator.mixed_model import Reviews, fit_mixed
from review_portal.aggregator.reading import read_csv
from review_portal.aggregator.uncertainty import open_pairs, rank_uncertainty
from tests.aggregator.score_files import rows_of, write
from tests.aggregator.simulated import simulated_round


@pytest.fixture
def given(tmp_path):
    """Writes a score file and gives its path as text."""
    return lambda rows: write(tmp_path / "scores.csv", rows)


def round_of(dossiers=12, experts=5, each=3, names=("C1",)):
    """Rows of a drawn round."""
    return rows_of(
        simulated_round(1, dossiers=dossiers, experts=experts, each=each, criteria=len(names)), names
    )


def fitted(capsys, *arguments):
    """The JSON, and the codes on standard error."""
    assert main(["fit", *arguments, "--json"]) == 0
    shown = capsys.readouterr()
    return json.loads(shown.out), [line.split()[0] for line in shown.err.splitlines()]


def test_fit_prints_what_the_functions_give(given, capsys):
    file = given(round_of())
    found, _ = fitted(capsys, file, "--top", "4")
    ratings = read_csv(Path(file))
    fit = fit_mixed(Reviews.of(ratings))
    ranks = rank_uncertainty(fit, top=4)
    assert (found["var_dossier"], found["var_expert"], found["mu"], found["n_obs"], found["k"]) == (
        fit.variances.dossier, fit.variances.expert, fit.mu, 36, 4,
    )  # fmt: skip
    assert [row["blup"] for row in found["dossiers"].values()] == fit.dossier_effect.tolist()
    assert [row["p_top_k"] for row in found["dossiers"].values()] == ranks.chance.tolist()
    assert [row["rank_p95"] for row in found["dossiers"].values()] == ranks.rank_high.tolist()
    assert [row["post_sd"] for row in found["experts"].values()] == fit.spread.expert.tolist()
    assert (list(found["dossiers"]), list(found["experts"])) == (
        list(ratings.dossiers),
        list(ratings.experts),
    )


def test_fit_lists_the_pairs_that_cannot_be_told_apart(given, capsys):
    file = given(round_of())
    found, _ = fitted(capsys, file)
    ratings = read_csv(Path(file))
    pairs = open_pairs(fit_mixed(Reviews.of(ratings)))
    names = [
        (ratings.dossiers[one], ratings.dossiers[other])
        for one, other in zip(pairs.first, pairs.second, strict=True)
    ]
    shown = found["pairs_not_told_apart"]
    assert [(pair["higher"], pair["lower"]) for pair in shown] == names
    assert [pair["chance"] for pair in shown] == pairs.chance.tolist()
    assert all(0.05 < pair["chance"] <= 0.5 for pair in shown)
    assert main(["fit", file]) == 0
    lines = capsys.readouterr().out.split("材料，按校准得分排列")[1].splitlines()[2:14]
    assert {line.split()[0]: int(line.split()[-1]) for line in lines} == {
        name: sum(name in pair for pair in names) for name in ratings.dossiers
    }


def test_pairs_of_more_dossiers_than_anybody_reads_are_left_out(given, capsys, monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.uncertainty.DRAWN_DOSSIERS", 11)
    file = given(round_of())
    assert fitted(capsys, file)[0]["pairs_not_told_apart"] is None
    assert main(["fit", file]) == 0
    assert "先后难定" not in capsys.readouterr().out


def test_fit_without_top_gives_no_chances(given, capsys):
    found, _ = fitted(capsys, given(round_of()))
    assert found["k"] is None
    assert {row["p_top_k"] for row in found["dossiers"].values()} == {None}
    assert all(row["rank_p05"] <= row["mean_rank"] <= row["rank_p95"] for row in found["dossiers"].values())


def test_each_criterion_is_fitted_as_if_it_stood_alone(given, capsys):
    rows = [*round_of(names=("C1", "C2"))]
    together, _ = fitted(capsys, given(rows), "--top", "3")
    alone, _ = fitted(capsys, given([row for row in rows if row[2] == "C2"]), "--top", "3")
    own = {key.removeprefix("criterion.C2."): value for key, value in together.items() if "C2" in key}
    assert own == {key: value for key, value in alone.items() if key != "notices"}


def test_mean_of_several_items_is_their_sum_over_their_number(given, capsys):
    file = given(round_of(names=("C1.1", "C1.2", "C2.1")))
    total, mean = (fitted(capsys, file, "--composite", kind)[0] for kind in ("sum", "mean"))
    for key, times in (
        ("mu", 3),
        ("se_mu", 3),
        ("var_residual", 9),
        ("criterion.C1.mu", 2),
        ("criterion.C2.mu", 1),
    ):
        assert total[key] == pytest.approx(times * mean[key])


def test_scores_below_zero_and_of_many_decimals_are_fitted_as_they_are(given, capsys):
    rows = [*round_of()]
    shifted = [(*row[:3], f"{(float(row[3]) - 80) / 1000:.8f}") for row in rows]
    found, fine = fitted(capsys, given(rows))[0], fitted(capsys, given(shifted))[0]
    assert fine["mu"] == pytest.approx((found["mu"] - 80) / 1000)
    assert fine["var_expert"] == pytest.approx(found["var_expert"] / 1e6)
    assert [row["blup"] for row in fine["dossiers"].values()] == pytest.approx(
        [row["blup"] / 1000 for row in found["dossiers"].values()]
    )


def test_same_seed_gives_the_same_figures_by_either_engine(given, capsys):
    file = given(round_of(40, 12, 4))
    exact, again, iterative = (
        fitted(capsys, file, "--engine", engine, "--seed", "7", "--top", "5")[0]
        for engine in ("exact", "exact", "iterative")
    )
    assert exact == again
    assert (exact["engine"], iterative["engine"], iterative["reml_criterion"]) == ("exact", "iterative", None)
    assert sum(row["p_top_k"] for row in iterative["dossiers"].values()) == pytest.approx(5)


def test_fixed_effects_are_the_additive_fit(given, capsys):
    # two experts a point apart around their mean, dossiers 2 apart, no chance: the fit is exact
    file = given([("A", "E1", "C", 4), ("A", "E2", "C", 3), ("B", "E1", "C", 6), ("B", "E2", "C", "5.5"),
                  ("C", "E1", "C", 8), ("C", "E2", "C", "6.5")])  # fmt: skip
    found, _ = fitted(capsys, file, "--fixed")
    assert {name: row["severity"] for name, row in found["experts"].items()} == {"E1": 0.5, "E2": -0.5}
    assert {name: row["adjusted"] for name, row in found["dossiers"].items()} == {
        "A": 3.5,
        "B": 5.75,
        "C": 7.25,
    }
    assert found["fixed_ls_sigma"] == pytest.approx((4 * 0.25**2 / 2) ** 0.5)


def test_fixed_effects_over_disconnected_panels_are_refused(given, capsys):
    rows = [(f"S{d}", f"E{2 * (d // 2) + e}", "C", 70 + 3 * d + e * d) for d in range(4) for e in range(2)]
    file = given(rows)
    assert main(["fit", file, "--fixed"]) == 2
    assert capsys.readouterr().err.strip() == (
        "评审分为2个互不连通的部分，固定效应不能跨部分比较。请至少补做1份交叉评审，或去掉--fixed。"
    )
    _, codes = fitted(capsys, file)
    assert codes == []  # in JSON the notices stand inside
    assert main(["fit", file]) == 0
    assert "panels_not_connected" in [line.split()[0] for line in capsys.readouterr().err.splitlines()]


def test_criterion_without_differences_is_left_out_and_said(given, capsys):
    rows = [*round_of(), *((dossier, expert, "C2", 5) for dossier, expert, *_ in round_of())]
    file = given(rows)
    found, _ = fitted(capsys, file)
    assert [key for key in found if key.startswith("criterion.C2.")] == []
    assert "criterion.C1.var_dossier" in found
    assert main(["fit", file]) == 0
    assert (
        "criterion_not_fitted 指标“C2”未能拟合，不列该项结果：所有评分完全相同，"
        "没有可供估计的差异，请核对评分。" in capsys.readouterr().err.splitlines()
    )


def test_table_lists_the_best_first_with_whole_ranks_and_says_it_is_advice(given, capsys):
    assert main(["fit", given(round_of()), "--top", "4"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("评分校准（参考，不作为排序依据）\n")
    lines = text.split("材料，按校准得分排列（参考，不作为排序依据）\n")[1].split("\n\n")[0].splitlines()
    assert lines[0].split() == [
        "材料", "评分份数", "校准得分", "校准量", "标准差", "名次范围（90%）", "平均名次", "先后难定",
        "进入前4名的可能性",
    ]  # fmt: skip
    scores = [float(line.split()[2]) for line in lines[1:]]
    assert scores == sorted(scores, reverse=True)
    assert (len(scores), lines[1].split()[-1][-1]) == (12, "%")
    low, _, high = lines[1].split()[5].partition("–")
    assert 1 <= int(low) <= int(high) <= 12


def test_long_table_shows_the_best_and_counts_the_rest(given, capsys, monkeypatch):
    file = given(round_of())
    assert main(["fit", file]) == 0
    whole = capsys.readouterr().out.split("材料，按校准得分排列")[1].splitlines()
    monkeypatch.setattr("review_portal.aggregator.fit_command.SHOWN_ROWS", 4)
    assert main(["fit", file]) == 0
    short = capsys.readouterr().out.split("材料，按校准得分排列")[1].splitlines()
    assert [line.split() for line in short[2:6]] == [line.split() for line in whole[2:6]]
    assert short[6] == "（另有8行，见--json的输出）"
    assert short[-1] == "（另有1行，见--json的输出）"


@pytest.fixture
def grouped(tmp_path):
    """A file of 18 dossiers in three groups that differ, with a column for them or without."""

    def make(name, column=True):
        rows = [
            (
                f"S{d:02}", f"E{e}", "C1",
                70 + 6 * (d % 3)
                + round(4 * math.sin(1.7 * d) + 3 * math.cos(2.3 * e) + 4 * math.sin(7.3 * d + 3.1 * e * e)),
                *(["甲乙丙"[d % 3]] if column else []),
            )
            for d in range(18) for e in range(6) if (d + e) % 3
        ]  # fmt: skip
        head = "dossier,expert,criterion,score" + (",group\n" if column else "\n")
        file = tmp_path / name
        file.write_text(head + "".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
        return str(file)

    return make


def test_groups_have_an_effect_as_in_lme4(grouped, capsys):
    """lmer(score ~ 1 + (1|dossier) + (1|expert) + (1|group)), R 4.2.2, lme4 1.1.31."""
    found, _ = fitted(capsys, grouped("scores.csv"))
    assert found["reml_criterion"] == pytest.approx(417.18644084468, abs=1e-8)
    for key, value in (
        ("var_dossier", 6.57082845925), ("var_expert", 4.20392846737), ("var_group", 36.08896499538),
        ("var_residual", 12.25279846862), ("mu", 76.3472222222),
    ):  # fmt: skip
        assert found[key] == pytest.approx(value, rel=1e-6)
    assert {name: row["blup"] for name, row in found["groups"].items()} == pytest.approx(
        {"丙": 5.7148155392, "乙": 0.2953572779, "甲": -6.0101728171}, abs=1e-5
    )
    assert [row["cond_sd"] for row in found["groups"].values()] == pytest.approx([1.491266083] * 3, abs=1e-6)
    assert (found["n_groups"], found["groups"]["甲"]["n_dossiers"]) == (3, 6)
    assert [found["dossiers"][f"S0{d}"]["group"] for d in range(3)] == ["甲", "乙", "丙"]


def test_groups_may_stand_in_a_file_of_their_own_or_be_left_out(grouped, tmp_path, capsys):
    groups = tmp_path / "groups.csv"
    groups.write_text("dossier,group\n" + "".join(f"S{d:02},{'甲乙丙'[d % 3]}\n" for d in range(18)), "utf-8")
    column, plain = grouped("column.csv"), grouped("plain.csv", column=False)
    assert fitted(capsys, plain, "--groups", str(groups)) == fitted(capsys, column)
    without, _ = fitted(capsys, column, "--no-group-effect")
    assert without == fitted(capsys, plain)[0]
    assert "var_group" not in without
    assert without["var_dossier"] > 4 * fitted(capsys, column)[0]["var_dossier"]


def test_table_shows_what_groups_have_in_common(grouped, capsys):
    assert main(["fit", grouped("scores.csv")]) == 0
    text = capsys.readouterr().out
    assert [line.split()[0] for line in text.split("REML准则")[1].splitlines()[2:6]] == [
        "材料质量", "专家宽严度", "组间差异", "偶然波动",
    ]  # fmt: skip
    block = text.split("组别，差异为正的平均水平较高\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in block] == ["组别", "丙", "乙", "甲"]
    assert text.split("材料，按校准得分排列")[1].splitlines()[2].split()[1] == "丙"


def test_more_groups_than_the_model_can_take_are_refused(grouped, capsys, monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.commands.MOST_PANELS", 2)
    file = grouped("scores.csv")
    assert main(["fit", file]) == 2
    assert capsys.readouterr().err.strip() == (
        "组别有3个，超过模型可计算的2个，请核对组别，或加--no-group-effect。"
    )
    assert main(["fit", file, "--no-group-effect"]) == 0


def trusting(path, rows, confidence):
    """A score file with a column of confidence; its path as text."""
    lines = (",".join(map(str, (*row, own))) for row, own in zip(rows, confidence, strict=True))
    path.write_text("dossier,expert,criterion,score,confidence\n" + "\n".join(lines), encoding="utf-8")
    return str(path)


def test_review_of_much_confidence_counts_as_often_as_it_is_trusted(tmp_path, given, capsys):
    # of two reviews a dossier the second is trusted three times as much
    rows = [("A", "E1", "C", 4), ("A", "E2", "C", 8), ("B", "E1", "C", 6), ("B", "E2", "C", 6)]
    file = trusting(tmp_path / "trust.csv", rows, (1, 3, 1, "3.0"))
    found, _ = fitted(capsys, file, "--fixed")
    severity = {name: row["confidence_weighted_severity"] for name, row in found["experts"].items()}
    assert severity == pytest.approx({"E1": -1, "E2": 1})
    adjusted = {name: row["confidence_weighted_adjusted"] for name, row in found["dossiers"].items()}
    assert adjusted == pytest.approx({"A": (5 + 3 * 7) / 4, "B": (7 + 3 * 5) / 4})
    assert found["confidence_weighted_fixed_ls_sigma"] == pytest.approx(6**0.5)
    assert {name: row["adjusted"] for name, row in found["dossiers"].items()} == {"A": 6, "B": 6}
    assert main(["fit", file, "--fixed"]) == 0
    assert "按信心加权" in capsys.readouterr().out
    plain, _ = fitted(capsys, given(rows), "--fixed")
    assert not any("confidence" in key for key in (*plain, *plain["dossiers"]["A"], *plain["experts"]["E1"]))


@pytest.mark.parametrize(
    ("confidence", "options", "reason"),
    [
        ((1, 3, 0, 1), ("--fixed",), "trust.csv第4行的confidence“0”不是大于0的数，请改正。"),
        ((1, "", 2, 1), ("--fixed",), "trust.csv第3行的confidence“”不是大于0的数，请改正。"),
        ((1, 1, 2, "nan"), ("--fixed",), "trust.csv第5行的confidence“nan”不是大于0的数，请改正。"),
        (
            (1, 2, 2, 2), ("--fixed",),
            "trust.csv第3行的confidence与同一份评分第2行的不同，请改为一致。",
        ),
        ((1, 1, 2, 2), (), "confidence列只用于固定效应，请加--fixed，或去掉这一列。"),
    ],
)  # fmt: skip
def test_confidence_that_cannot_be_used_is_refused(tmp_path, capsys, confidence, options, reason):
    rows = [("A", "E1", "C1", 4), ("A", "E1", "C2", 8), ("B", "E1", "C1", 6), ("B", "E1", "C2", 6)]
    assert main(["fit", trusting(tmp_path / "trust.csv", rows, confidence), *options]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.strip()) == ("", reason)


def test_commands_that_do_not_weigh_refuse_a_column_of_confidence(tmp_path, capsys):
    file = trusting(tmp_path / "trust.csv", [("A", "E1", "C", 4)], (1,))
    for command in ("rank", "agreement", "connectivity"):
        assert main([command, file]) == 2
        assert "现在是“dossier,expert,criterion,score,confidence”" in capsys.readouterr().err


def test_noise_of_each_expert_is_fitted_on_request(given, capsys):
    rows = [
        (dossier, expert, item, float(score) + (8 * (-1) ** at if expert == "E01" else 0))
        for at, (dossier, expert, item, score) in enumerate(round_of(40, 6, 4))
    ]
    file = given(rows)
    found, _ = fitted(capsys, file, "--expert-noise")
    noise = {name: row["noise"] for name, row in found["experts"].items()}
    assert max(noise, key=noise.get) == "E01"
    assert noise["E01"] > 1.5
    assert "noise" not in fitted(capsys, file)[0]["experts"]["E01"]
    assert main(["fit", file, "--expert-noise"]) == 0
    assert "波动倍数" in capsys.readouterr().out


def test_dossier_without_a_score_has_dashes_and_stands_last(given, capsys):
    file = given([*round_of(), ("S99", "E1", "C1", "")])
    found, _ = fitted(capsys, file)
    assert found["dossiers"]["S99"] == {
        "n_reviews": 0, "blup": None, "post_sd": None, "cond_sd": None, "calibrated": None,
        "calibrated_sd": None, "p_top_k": None, "mean_rank": None, "rank_p05": None, "rank_p95": None,
    }  # fmt: skip
    assert main(["fit", file]) == 0
    last = capsys.readouterr().out.split("\n\n专家宽严度")[0].splitlines()[-1]
    assert last.split() == ["S99", "0", "—", "—", "—", "—", "—", "—"]


@pytest.mark.parametrize(
    ("rows", "options", "reason"),
    [
        ([("A", "E1", "C", 5)], (), "至少要有两份有评分的材料，才能估计评分校准模型，请补充评分。"),
        ([("A", "E1", "C", 5)], ("--top", "0"), "--top应为不小于1的整数，请改正。"),
        ([("A", "E1", "C", "五")], (), "scores.csv第2行的分数“五”不是数或过大，请改正。"),
    ],
)
def test_fit_that_cannot_be_made_is_refused_with_the_reason(given, capsys, rows, options, reason):
    assert main(["fit", given(rows), *options]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.strip()) == ("", reason)
