"""recount.py: the standard library alone, the same list byte for byte as the portal's own numbers."""

from __future__ import annotations

import ast
import csv
import io
import json
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from review_portal.aggregator import (
    AggregatorError,
    Ratings,
    StageRatings,
    rank_ratings,
    score_totals,
    shortlist,
)
from review_portal.domain import canonical
from review_portal.exports import archive_file, archive_list, archive_recount, archive_table
from review_portal.exports.archive_masking import Masker
from review_portal.exports.standalone import recount, verify
from scoring_rubrics.rule import Rule

SCRIPT = Path(recount.__file__)
ITEMS = {"C1.1": "C1", "C1.2": "C1", "C2.1": "C2"}
KEYS = ("written.C1", "written.C2", "stage.onsite")
RESULTS = ("recommended", "conditional", "not_recommended")


def stage(chance, key, weight, dossiers, experts):
    """Any sheets: full or with holes, apart or connected, coarse enough that totals are often equal."""
    cells = [(i, j) for i in range(dossiers) for j in range(experts)]
    kind = chance.choice(("full", "holes", "apart"))
    if kind == "holes":
        cells = [cell for cell in cells if chance.random() < 0.6]
    elif kind == "apart":
        cells = [cell for cell in cells if (cell[0] + cell[1]) % 2 == 0]
    cells = cells or [(0, 0)]
    step = chance.choice((1, 50, 1000, 3000, 3000))
    level = chance.choice((0, 1, 1))
    points = np.array(
        [
            [chance.randrange(0, (3000 if level else 3000 - 100 * i) // step + 1) * step for _ in ITEMS]
            for i, _ in cells
        ]
    )
    size = len(ITEMS)
    ratings = Ratings.from_codes(
        np.repeat([i for i, _ in cells], size),
        np.repeat([j for _, j in cells], size),
        np.tile(np.arange(size), len(cells)),
        points.ravel(),
        dossiers=[f"示例-{i:03}" for i in range(dossiers)],
        experts=[f"E{j:02}" for j in range(experts)],
        criterion_of=ITEMS,
    )
    groups = None
    if chance.random() < 0.2:
        groups = {name: str(at % 2) for at, name in enumerate(ratings.dossiers)}
    return StageRatings(key, Decimal(weight), ratings, key, groups)


def any_rule(chance):
    return Rule(
        normalize=chance.choice(("none", "severity", "z_score", "severity")),
        combine=chance.choice(("mean", "drop_high_low", "median")),
        min_reviews=chance.choice((3, 5)),
        below_threshold=chance.choice(("all_mean", "all_mean", "refuse")),
        fallback=chance.choice(("none", "z_score")),
        tie_keys=chance.choice(((), KEYS[:1], KEYS[:2])),
        places=chance.choice((2, 2, 1, 0)),
    )


def lines_of(ranking, outcome_of, results):
    return [
        {
            "number": row.dossier,
            "unit": f"示例单位{row.dossier}",
            "rank": row.rank,
            "final": f"{row.score:.2f}",
            "stage_scores": {key: f"{value:.2f}" for key, value in row.stage_scores.items()},
            "standing": row.standing,
            "outcome": outcome_of[row.dossier],
            "result": results.get(row.dossier),
        }
        for row in ranking.rows
    ]


def body_of(kind, stages, ranking, outcome_of, results, quota):
    return {
        "kind": kind,
        "quota": quota,
        "threshold": "40.00",
        "rule": ranking.rule.canonical(),
        "stages": [{"key": s.key, "name": f"示例环节{s.key}", "weight": str(s.weight)} for s in stages],
        "inputs": {s.key: s.ratings.digest() for s in stages},
        "rows": lines_of(ranking, outcome_of, results),
        "outside": [
            {
                "number": entry.dossier,
                "unit": f"示例单位{entry.dossier}",
                "code": entry.code,
                "result": results.get(entry.dossier),
            }
            for entry in ranking.absent
        ],
        "ranking": ranking.canonical(),
    }


def generated(seed):
    """(stages, body, vote, judged) of a round, or None where the rule refuses one."""
    chance = random.Random(seed)
    dossiers, experts = chance.randrange(1, 9), chance.randrange(1, 9)
    rule = any_rule(chance)
    absent = {f"示例-{i:03}": "withdrawn" for i in range(dossiers) if chance.random() < 0.1}
    quota = chance.randrange(0, dossiers + 2)
    final = chance.random() < 0.7
    keys = (("written", "0.6"), ("onsite", "0.4")) if final and chance.random() < 0.6 else (("written", "1"),)
    stages = [stage(chance, key, weight, dossiers, experts) for key, weight in keys]
    names = stages[0].ratings.dossiers
    try:
        if not final:
            scored = stages[0].scored(score_totals(stages[0].totals, rule, group_of=stages[0].group_of))
            found = shortlist(scored, rule, places=quota, threshold=Decimal(40), absent=absent)
            outcome = {
                row.dossier: "shortlisted"
                if row.dossier in found.going
                else "below_threshold"
                if row.dossier in found.below
                else "not_shortlisted"
                for row in found.ranking.rows
            }
            body = body_of("shortlist", stages, found.ranking, outcome, {}, quota)
            return stages, {**body, "rule": rule.canonical()}, None, False
        ranking = rank_ratings(stages, rule, quota=quota, absent=absent, beside=False)
    except AggregatorError:
        return None
    judged = chance.random() < 0.5
    results = {name: chance.choice(RESULTS) for name in names} if judged else {}
    outcome, vote = decided(chance, ranking, results, judged)
    return stages, body_of("final", stages, ranking, outcome, results, quota), vote, judged


def decided(chance, ranking, results, judged):
    """Outcomes as `services.cut_outcomes` gives them, with a vote by lot where people have to decide."""

    def clear(name, standing):
        good = not judged or results[name] != "not_recommended"
        return "proposed" if standing == "within" and good else "ranked"

    outcome = {row.dossier: clear(row.dossier, row.standing) for row in ranking.rows}
    left = [name for name in ranking.undecided if results.get(name) != "not_recommended"]
    if len(left) <= ranking.open_places:
        return outcome | {name: clear(name, "within") for name in left}, None
    chosen = chance.sample(left, chance.randrange(0, ranking.open_places + 1))
    rest = [] if len(chosen) == ranking.open_places else [name for name in left if name not in chosen]
    outcome |= {name: "proposed" if name in chosen else "tied" if name in rest else "ranked" for name in left}
    return outcome, {"chosen": chosen, "left": rest}


def counted(stages, body, vote, judged):
    """What the script computes from the files that the archive would hold."""
    spec = archive_recount.spec(body, stages, vote=vote, judged=judged)
    files = {
        entry["sheets"]: b"".join(archive_recount.sheets(one, {}))
        for entry, one in zip(spec["stages"], stages, strict=True)
    }
    return recount.Result(spec, lambda one: recount.sheets_of(files[one["sheets"]], one["sheets"]))


def test_a_thousand_generated_rounds_are_recounted_byte_for_byte():
    done = ties = fallbacks = shared = voted = 0
    seed = 0
    while done < 1000:
        seed += 1
        made = generated(seed)
        if made is None:
            continue
        stages, body, vote, judged = made
        result = counted(stages, body, vote, judged)
        assert recount.listing(result).encode() == archive_list.lists_text([body]), seed
        assert list(recount.differences(result, body)) == [], seed
        done += 1
        ties += bool(body["ranking"]["ties"])
        shared += any(row["standing"] == "undecided" for row in body["rows"])
        voted += vote is not None
        fallbacks += any(
            body["rule"]["normalize"] == "severity" and entry["result"]["normalize"] != "severity"
            for entry in body["ranking"]["stages"]
        )
    assert min(ties, fallbacks, shared) > 40 and voted > 10  # the odd cases are really among them


@pytest.mark.parametrize("experts", [120, 200])
def test_large_panel_is_recounted_as_the_iterative_solution_gives_it(experts):
    """120 are solved exactly by the script, 200 by an iteration of its own."""
    chance = np.random.default_rng(7)
    dossiers, each = 300, 5
    chosen = np.concatenate([chance.choice(experts, each, replace=False) for _ in range(dossiers)])
    ratings = Ratings.from_codes(
        np.repeat(np.arange(dossiers), each * 3),
        np.repeat(chosen, 3),
        np.tile(np.arange(3), dossiers * each),
        chance.integers(0, 61, dossiers * each * 3) * 50,
        dossiers=[f"示例-{i:03}" for i in range(dossiers)],
        experts=[f"E{j:03}" for j in range(experts)],
        criterion_of=ITEMS,
    )
    stages = [StageRatings("written", Decimal(1), ratings, "written")]
    rule = Rule(normalize="severity", combine="mean", tie_keys=KEYS[:2])
    ranking = rank_ratings(stages, rule, quota=100, beside=False)
    outcome, vote = decided(random.Random(1), ranking, {}, False)
    body = body_of("final", stages, ranking, outcome, {}, 100)
    result = counted(stages, body, vote, False)
    assert recount.listing(result).encode() == archive_list.lists_text([body])


def test_refused_rule_is_told_and_gives_no_list():
    chance = random.Random(3)
    one = stage(chance, "written", "1", 3, 2)
    rule = Rule(combine="drop_high_low", below_threshold="refuse")
    with pytest.raises(AggregatorError):
        rank_ratings([one], rule, quota=1)
    plain = rank_ratings([one], Rule(), quota=1)
    outcome, vote = decided(chance, plain, {}, False)
    body = body_of("final", [one], plain, outcome, {}, 1) | {"rule": rule.canonical()}
    with pytest.raises(recount.Impossible, match="少于5份"):
        counted([one], body, vote, False)


def test_scripts_use_the_standard_library_of_python_3_8():
    known = sys.stdlib_module_names
    for place in SCRIPT.parent.glob("*.py"):
        tree = ast.parse(place.read_text("utf-8"), feature_version=(3, 8))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] in known
            elif isinstance(node, ast.Import):
                assert {name.name.split(".")[0] for name in node.names} <= known


# What came after Python 3.8 and is easily written by habit; syntax is checked by the parser and by ruff.
NEWER = {"removeprefix", "removesuffix", "bit_count", "pairwise", "batched", "lcm", "cache", "UTC"}
NEWER_MODULES = {"tomllib", "zoneinfo", "graphlib"}


def test_scripts_use_nothing_that_is_newer_than_python_3_8():
    ruff = [Path(sys.executable).with_name("ruff"), "check", "--isolated", "--target-version", "py38"]
    done = subprocess.run(
        [*ruff, "--select", "E9,F,FA", *sorted(SCRIPT.parent.glob("*.py"))], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
    for place in SCRIPT.parent.glob("*.py"):
        tree = ast.parse(place.read_text("utf-8"))
        guarded = {name for node in ast.walk(tree) if isinstance(node, ast.Try) for name in ast.walk(node)}
        for node in ast.walk(tree):
            where = (place.name, getattr(node, "lineno", 0))
            if isinstance(node, ast.Attribute):
                assert node.attr not in NEWER, where
            elif isinstance(node, ast.Call):
                assert not {"strict", "slots", "kw_only"} & {word.arg for word in node.keywords}, where
            elif isinstance(node, ast.ImportFrom | ast.Import) and node not in guarded:
                names = {name.name for name in node.names} | {getattr(node, "module", "")}
                assert not names & (NEWER | NEWER_MODULES), where


def test_canonical_form_of_the_scripts_is_the_portals():
    value = {"b": ["é", None, True, 3], "a": {"分": "e\u0301", "空": []}, "é": "é"}
    assert verify.canonical(value) == canonical.dumps(value)
    assert verify.digest(value) == canonical.digest(value)
    assert verify.commitment("ab" * 32, value) == canonical.commitment(bytes.fromhex("ab" * 32), value)
    assert verify.commitment("none", value) == verify.commitment("ab", value) == ""
    with pytest.raises(TypeError):
        verify.canonical(1.5)


def test_csv_is_read_as_it_was_written_and_no_text_is_a_formula():
    rows = [{"a": "=1+1", "b": None, "c": Decimal("-9.50"), "d": ["x", 1], "e": True, "f": '引"号', "g": ""}]
    read = list(csv.reader(io.StringIO(b"".join(table(rows)).decode("utf-8-sig"), newline="")))
    assert read == [list("abcdefg"), ["'=1+1", "", "-9.50", '["x",1]', "true", '引"号', ""]]
    plain = json.loads(b"".join(archive_table.as_json(lambda: rows)))
    assert [verify.cell(plain[0][key]) for key in "abcdefg"] == read[1]


def table(rows):
    return archive_table.as_csv(list("abcdefg"), lambda: rows)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("a/b:c*?", "a_b_c__"),
        ("CON", "_CON"),
        ("com1.txt", "_com1.txt"),
        (" 名称. ", "名称"),
        ("", "未命名"),
        ("长" * 200, "长" * 80),
    ],
)
def test_names_are_such_as_windows_takes(given, safe):
    assert archive_file.safe_name(given) == safe


def test_masker_hides_names_numbers_and_addresses():
    masker = Masker({"示例专家甲": "〔E01〕", "示例专家": "〔E02〕"})
    text = "示例专家甲、示例专家，13800001234，a.b@example.org，50010119800101123X，023-12345678，2023-001"
    hidden = "（已遮盖）"
    assert masker.text(text) == f"〔E01〕、〔E02〕，{hidden}，{hidden}，{hidden}，{hidden}，2023-001"
    assert masker.value({"contact": "示例某", "note": ["示例专家"]}) == {
        "contact": hidden,
        "note": ["〔E02〕"],
    }
    assert masker.field("phone", "") == ""
