"""The chair's pages of a large round over HTTP: `python -m benchmarks.chair_pages`.

2,000 dossiers read by 3 and by 5 of 40 experts, with comments, in a SQLite database made here from a fixed
seed. Each page is asked for through the whole application: login, scopes, queries, flags, template. CPU time,
the median of the runs after a first one; the last line is the ratio of the slowest page to the target of 1 s.
"""

from __future__ import annotations

import argparse
import re
from statistics import median
from time import process_time

from flask.testing import FlaskClient

from benchmarks.stored_round import stored_round

TARGET = 1.0  # seconds of CPU a page
PAGES = {
    "overview, first page": "overview",
    "overview, most flags first, page 7": "overview?sort=-flags&page=7",
    "overview, flagged with a word": "overview?only=flagged&q=0001",
    "one dossier": "",
    "home": "home",
}


def seconds(browser: FlaskClient, path: str, runs: int) -> float:
    """Median CPU time of one page."""
    times = []
    for _ in range(runs + 1):
        begun = process_time()
        answer = browser.get(path)
        times.append(process_time() - begun)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
    return median(times[1:])


def main() -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=2000)
    parser.add_argument("--experts", type=int, default=40)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    slowest = 0.0
    for each in (3, 5):
        with stored_round(options.dossiers, options.experts, each) as (browser, round_):
            desk = f"/chair/{round_}/"
            found = re.search(rf"{desk}dossiers/[a-z0-9]+", browser.get(f"{desk}overview").text)
            if found is None:
                raise SystemExit("the overview lists no dossier")
            for name, page in PAGES.items():
                path = {"": found[0], "home": desk}.get(page, f"{desk}{page}")
                taken = seconds(browser, path, options.runs)
                slowest = max(slowest, taken)
                print(f"{options.dossiers} x {each}  {name:36} {taken:.3f}")
    print(f"ratio to the target: {slowest / TARGET:.2f}")


if __name__ == "__main__":
    main()
