"""The calibrated layer: against R's lme4 on 73,421 ratings, and alone at two million reviews.

    python -m benchmarks.mixed_model            everything; lme4 only where R has it
    python -m benchmarks.mixed_model 2m-random  one case

The ratings are the published survey under TRUTH_DIR, or made up to its size where that is not set. Figures
are CPU seconds; every case runs in a process of its own, so that the memory is its own, too.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import rounds
from review_portal.aggregator.mixed_model import Reviews, fit_mixed
from review_portal.aggregator.ratings import Ratings
from review_portal.aggregator.reading import read_csv
from review_portal.aggregator.uncertainty import rank_uncertainty

ROOT = Path(__file__).parents[1]
ALTERNATIONS = 5
TARGET_RATIO, TARGET_SECONDS, TARGET_HARD, TARGET_GIB = 40.0, 3.0, 10.0, 0.6
LMER = """
suppressMessages(library(lme4)); d <- read.csv(commandArgs(TRUE)[1])
for (i in 1:as.integer(commandArgs(TRUE)[2])) { t <- proc.time()
  f <- lmer(score ~ 1 + (1|dossier) + (1|expert), d, control = lmerControl(calc.derivs = FALSE))
  t <- proc.time() - t; v <- as.data.frame(VarCorr(f)); rownames(v) <- v$grp
  cat(sum(t[1:2]), v["dossier","vcov"], v["expert","vcov"], v["Residual","vcov"],
    format(REMLcrit(f), digits = 15), "\\n") }
"""


def survey() -> Reviews:
    """The published survey, or a made-up round of its size."""
    truth = os.environ.get("TRUTH_DIR")
    if truth:
        return Reviews.of(read_csv(Path(truth) / "insteval_full" / "input.csv"))
    chosen = rounds.at_random(2972, 1128, 25)
    return rounds.reviews_of(chosen, 1128)[0]


def against_lme4() -> dict[str, object]:
    """Both fits of the survey, by turns."""
    reviews = survey()
    ours, theirs, lines = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scores.csv"
        rows = zip(reviews.dossier, reviews.expert, reviews.points, strict=True)
        file.write_text("dossier,expert,score\n" + "".join(f"d{d},e{e},{y}\n" for d, e, y in rows))
        for _ in range(ALTERNATIONS):
            fresh = replace(reviews)  # nothing found before is at hand
            begin = time.process_time()
            fit = fit_mixed(fresh)
            ours.append(time.process_time() - begin)
            if has_lme4() and len(theirs) < 3:
                lines = r_script(LMER, str(file), "1")
                theirs.append(float(lines[0]))
    result: dict[str, object] = {"case": "survey", "cpu": statistics.median(ours)}
    if theirs:
        found = (fit.variances.dossier, fit.variances.expert, fit.variances.residual)
        off = max(abs(own / float(other) - 1) for own, other in zip(found, lines[1:4], strict=True))
        assert fit.reml_criterion is not None
        result |= {
            "lme4": statistics.median(theirs),
            "variances off by": off,
            "criterion off by": abs(fit.reml_criterion - float(lines[4])),
        }
    return result


def has_lme4() -> bool:
    """Whether R and its lme4 are on this machine."""
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('lme4', quietly = TRUE))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def r_script(script: str, *arguments: str) -> list[str]:
    """The words that an R script prints."""
    command = ["Rscript", "-e", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def everything(case: str) -> dict[str, object]:
    """Fit, spread, chances and rank ranges of two million reviews; coverage against the drawn truth."""
    design = rounds.in_panels() if case == "2m-hard" else rounds.at_random()
    reviews, quality = rounds.reviews_of(design, rounds.EXPERTS, noise=2 if case == "2m-hard" else 8)
    top = reviews.dossiers // 100
    begin = time.process_time()
    fit = fit_mixed(reviews)
    fitted = time.process_time()
    found = rank_uncertainty(fit, top=top)
    done = time.process_time()
    rank = np.empty(quality.size)
    rank[np.argsort(-quality)] = np.arange(1, quality.size + 1)
    again = rank_uncertainty(fit_mixed(reviews, seed=1), top=top)
    return {
        "case": case,
        "cpu": done - begin,
        "fit": fitted - begin,
        "steps": len(fit.track),
        "coverage of 90 %": float(((found.rank_low <= rank) & (rank <= found.rank_high)).mean()),
        "chance off, two seeds": float(np.abs(found.chance - again.chance).max()),
        "sd off": abs(fit.variances.dossier**0.5 / 5 - 1),
    }


def noisy_experts() -> dict[str, object]:
    """Expert-specific noise at two million reviews."""
    reviews, _ = rounds.reviews_of(rounds.at_random(), rounds.EXPERTS)
    begin = time.process_time()
    fit_mixed(reviews, expert_noise=True)
    return {"case": "2m-noise", "cpu": time.process_time() - begin}


def from_columns() -> dict[str, object]:
    """Two million rows of whole hundredths into ratings and reviews."""
    reviews, _ = rounds.reviews_of(rounds.at_random(), rounds.EXPERTS)
    names = [[str(n) for n in range(size)] for size in (reviews.dossiers, reviews.experts)]
    begin = time.process_time()
    ratings = Ratings.from_codes(
        reviews.dossier, reviews.expert, np.zeros(reviews.points.size, dtype=np.int64),
        np.rint(reviews.points * 100).astype(np.int64),
        dossiers=names[0], experts=names[1], criterion_of={"total": "total"},
    )  # fmt: skip
    Reviews.of(ratings)
    return {"case": "2m-columns", "cpu": time.process_time() - begin}


CASES = {
    "survey": against_lme4,
    "2m-random": lambda: everything("2m-random"),
    "2m-hard": lambda: everything("2m-hard"),
    "2m-noise": noisy_experts,
    "2m-columns": from_columns,
}


def in_its_own_process(case: str) -> dict[str, object]:
    """Run one case apart and read what it printed."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "benchmarks.mixed_model", "--case", case]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, object] = json.loads(done.stdout)
    return result


def main(arguments: list[str]) -> None:
    """One case as JSON, or all as a table with the ratio last."""
    if arguments[:1] == ["--case"]:
        result = CASES[arguments[1]]()
        print(json.dumps(result | {"GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))
        return
    results = {case: in_its_own_process(case) for case in arguments or CASES}
    for case, result in results.items():
        shown = ", ".join(f"{key} {value:.3g}" for key, value in result.items() if isinstance(value, float))
        print(f"{case:12} {shown}")
    for case, limit in (("2m-random", TARGET_SECONDS), ("2m-hard", TARGET_HARD)):
        if case in results:
            print(f"{case}: {float(str(results[case]['cpu'])) / limit:.2f} of the {limit:g} s aimed at")
    if "lme4" in results.get("survey", {}):
        ratio = float(str(results["survey"]["lme4"])) / float(str(results["survey"]["cpu"]))
        print(f"ratio: lme4 takes {ratio:.0f} times the CPU (aim: {TARGET_RATIO:g})")
    else:
        print("ratio: not compared with lme4, which needs R on this machine and the case `survey`")


if __name__ == "__main__":
    main(sys.argv[1:])
