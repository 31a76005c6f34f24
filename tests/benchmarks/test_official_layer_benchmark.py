import re

from benchmarks.official_layer import main


def test_benchmark_recomputes_a_sample_and_ends_with_the_ratio_to_its_target(capsys):
    main(["--dossiers", "600", "--experts", "60", "--repeat", "1"])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("3,000 reviews, 600 dossiers, 60 experts")
    assert re.fullmatch(
        r"ratio to the target: [\d.]+ s / 1 s CPU = [\d.]+ \(2,000 dossiers: [\d.]+ s / 1 s = [\d.]+\)",
        shown[-1],
    )
