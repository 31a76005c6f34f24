import re

from benchmarks.ranking_pages import main


def test_benchmark_measures_every_page_and_ends_with_the_ratio_to_its_target(capsys):
    main(["--dossiers", "12", "--reviews", "3", "--experts", "4", "--quota", "3", "--repeat", "1"])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "12 dossiers x 3 reviews, 4 experts; CPU seconds"
    assert [line[:30].strip() for line in shown[1:-1]] == [
        "analysis, once", "ranking, tried out", "ranking, frozen", "statistics",
        "calibrated scores as a file",
    ]  # fmt: skip
    assert re.fullmatch(r"ratio to the target: [\d.]+ s / 1 s CPU = [\d.]+", shown[-1])
