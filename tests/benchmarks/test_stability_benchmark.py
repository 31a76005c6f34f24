import re

import pytest

from benchmarks.stability import check, main
from review_portal.aggregator.influences import Influence
from review_portal.aggregator.what_if import ListEffect


def test_benchmark_compares_a_sample_and_ends_with_the_ratio_to_its_target(capsys):
    main(["--dossiers", "60", "--experts", "20", "--repeat", "1"])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("60 dossiers x 5 reviews, 20 experts")
    assert [line.split()[0] for line in shown[2:7]] == [
        "mean", "drop_high_low", "median", "severity", "z_score",
    ]  # fmt: skip
    assert re.fullmatch(r"ratio to the target: [\d.]+ s / 1 s CPU = [\d.]+", shown[-1])


def test_benchmark_stops_at_an_answer_that_differs_from_ranking_again():
    same = ListEffect((), (), (), 0, False, False, None, ())
    check(Influence("Z001", None, same), ("A",), ("A",))
    with pytest.raises(AssertionError):
        check(Influence("Z001", None, same), ("A",), ("B",))
