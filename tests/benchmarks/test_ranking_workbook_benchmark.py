import re

import pytest

from benchmarks.ranking_workbook import made, main, read
from review_portal.exports import ranking_workbook
from tests.exports.spreadsheet import Sheet, differences


def test_benchmark_writes_the_same_cells_and_ends_with_the_ratio_to_its_target(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--dossiers", "6", "--experts", "5", "--items", "4", "--repeat", "1"])
    shown = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"6 dossiers x 5 experts x 4 items: \d+ cells", shown[0])
    assert [line.split()[0] for line in shown[1:-1]] == ["workbook", "bare", "memory"]
    assert re.fullmatch(r"ratio to the target: [\d.]+ x bare / 1\.3 = [\d.]+", shown[-1])


def test_workbook_of_the_benchmark_is_one_whose_formulas_hold() -> None:
    data = ranking_workbook.write(made(6, 5, 4))
    assert differences(Sheet(data), data) == []
    cells = [cell for _name, _heights, found in read(data) for cell in found]
    assert sum(formula is not None for _row, _column, formula, _value, _style in cells) > 100
