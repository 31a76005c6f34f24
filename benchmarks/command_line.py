"""The command line on a file of two million rows, from the first byte read to the last one printed.

    python -m benchmarks.command_line

400,000 dossiers x 5 reviews by 100,000 experts. Every command runs in a process of its own; CPU seconds of
user and system, and its own peak memory. Yardstick: csv.reader over the same file, points made numbers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import rounds

ROOT = Path(__file__).parents[1]
YARDSTICK = (
    "import csv, sys\n"
    "with open(sys.argv[1], encoding='utf-8', newline='') as file:\n"
    "    rows = csv.reader(file); next(rows)\n"
    "    names, points = set(), []\n"
    "    for dossier, expert, criterion, score in rows:\n"
    "        names.add(dossier); names.add(expert); points.append(float(score))\n"
)
COMMANDS = {
    "fit": ["fit", "--top", "4000"],
    "fit --json": ["fit", "--top", "4000", "--json"],
    "agreement --json": ["agreement", "--json"],
    "connectivity --json": ["connectivity", "--json"],
    "rank --json": ["rank", "--rule", "mean", "--json"],
}


def write_rows(file: Path) -> None:
    """The made-up round as a score file."""
    reviews, _ = rounds.reviews_of(rounds.at_random(), rounds.EXPERTS)
    columns = (reviews.dossier.tolist(), reviews.expert.tolist(), reviews.points.tolist())
    with file.open("w", encoding="utf-8") as out:
        out.write("dossier,expert,criterion,score\n")
        out.writelines(f"D{d:06},E{e:06},total,{points}\n" for d, e, points in zip(*columns, strict=True))


def used(command: list[str], printed: Path) -> tuple[float, float, float]:
    """CPU seconds, peak GiB and printed megabytes of one process."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, printed.stat().st_size / 1e6


def main() -> None:
    """All commands as a table, the ratio last."""
    with tempfile.TemporaryDirectory() as folder:
        file, printed = Path(folder) / "scores.csv", Path(folder) / "printed"
        write_rows(file)
        print(f"{'command':20} {'CPU s':>7} {'GiB':>6} {'MB out':>7}")
        seconds = {}
        for name, (command, *options) in COMMANDS.items():
            arguments = ["-m", "review_portal.aggregator", command, str(file), *options]
            seconds[name], peak, size = used(arguments, printed)
            print(f"{name:20} {seconds[name]:7.1f} {peak:6.2f} {size:7.1f}")
        least, _, _ = used(["-c", YARDSTICK, str(file)], printed)
        print(f"{'csv.reader alone':20} {least:7.1f}")
        print(
            f"ratio: fit takes {seconds['fit'] / least:.1f} times the CPU of reading the rows with csv.reader"
        )


if __name__ == "__main__":
    main()
