"""The workbook's formulas as strings: what the frozen rule computes, to the same hundredth of a point.

Points have two decimals that binary numbers cannot hold. Every figure is therefore first brought to whole
hundredths, which they hold exactly; only then is it divided and rounded half up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from review_portal.exports.figures import Counting

HOLDS: Final = "公式重算结果与冻结数据一致"
BROKEN: Final = "公式重算结果与冻结数据不一致"
SAME, DIFFERENT = "一致", "不一致"
DASH: Final = '"—"'


def ref(sheet: str, cell: str) -> str:
    """A cell or area of another sheet."""
    return f"{quote_sheetname(sheet)}!{cell}"


def letter(column: int) -> str:
    """Column 0 is A."""
    name: str = xl_col_to_name(column)
    return name


def area(first: int, last: int, row: int) -> str:
    """Columns first..last of one row (from 1)."""
    return f"{letter(first)}{row}:{letter(last)}{row}"


def half_up(top: str, below: str, places: int) -> str:
    """top / below, top in whole hundredths, as points with so many decimals; a half away from zero."""
    unit = 10 ** (2 - places)
    below = below if unit == 1 else f"({below}*{unit})"
    return f"ROUND({top}/{below},0)" + (f"/{10**places}" if places else "")


def total(points: str, items: int) -> str:
    """A sheet's total; one that lacks an item is no review."""
    return f"IF(COUNT({points})={items},ROUND(SUM({points}),2),{DASH})"


def mean(points: str, count: str, places: int) -> str:
    """The plain mean of points with two decimals."""
    return half_up(f"ROUND(SUM({points})*100,0)", count, places)


def trimmed(totals: str, highest: str, lowest: str, count: str, places: int) -> str:
    """Without one highest and one lowest."""
    return half_up(f"ROUND((SUM({totals})-{highest}-{lowest})*100,0)", f"({count}-2)", places)


def median(totals: str, places: int) -> str:
    """The middle total, or the mean of the two middle ones."""
    return half_up(f"ROUND(MEDIAN({totals})*200,0)", "2", places)


def levelled(totals: str, count: str, counting: Counting, enough: str) -> str:
    """The rule's combination of levelled totals, whose decimals do not end."""
    plain = _snapped(f"SUM({totals})*100/{count}", counting)
    if counting.combine == "median":
        return _snapped(f"MEDIAN({totals})*100", counting)
    if counting.combine == "mean":
        return plain
    rest = f"(SUM({totals})-MAX({totals})-MIN({totals}))*100/({count}-2)"
    return f"IF({enough},{_snapped(rest, counting)},{DASH if counting.refuse else plain})"


def _snapped(hundredths: str, counting: Counting) -> str:
    """What is a half in truth and only nearly one in binary numbers is rounded as one."""
    return half_up(f"ROUND({hundredths},{counting.grid})", "1", counting.places)


def weighted(scores: Sequence[str], weights: Sequence[tuple[int, int]], places: int) -> str:
    """The final score; weights as (whole, one power of ten for all)."""
    parts = "+".join(
        f"{whole}*ROUND({score}*100,0)" for score, (whole, _) in zip(scores, weights, strict=True)
    )
    return half_up(f"({parts})", str(weights[0][1]), places)


def place(columns: Sequence[str], first: int, last: int, row: int) -> str:
    """Competition rank by the first column, equal ones by the others in order; rows first..last."""

    def span(column: str) -> str:
        return f"{column}${first}:{column}${last}"

    score, own = span(columns[0]), f"{columns[0]}{row}"
    rank = f"RANK({own},{score})"
    equal = f"{score},{own}"
    steps = []
    for column in columns[1:]:
        steps.append(f'COUNTIFS({equal},{span(column)},">"&{column}{row})')
        equal += f",{span(column)},{column}{row}"
    return f"{rank}+IF(COUNTIF({score},{own})>1,{'+'.join(steps)},0)" if steps else rank


def agree(pairs: Iterable[tuple[str, str]]) -> str:
    """Whether every pair of cells shows the same."""
    every = ",".join(f"{one}={other}" for one, other in pairs)
    return f'IFERROR(IF(AND({every}),"{SAME}","{DIFFERENT}"),"{DIFFERENT}")'


def verdict(column: str, first: int, last: int, expected: int) -> str:
    """One sentence on a column of verdicts (rows first..last), of which so many must agree."""
    span = f"{column}{first}:{column}{last}"
    where = f'IFERROR("：第"&(MATCH("{DIFFERENT}",{span},0)+{first - 1})&"行","")'
    return f'IF(COUNTIF({span},"{SAME}")={expected},"{HOLDS}","{BROKEN}"&{where})'


def summed_up(cells: Sequence[tuple[str, str]]) -> str:
    """One sentence on the verdicts of (sheet, cell): which sheets do not agree."""
    all_hold = ",".join(f'{ref(sheet, cell)}="{HOLDS}"' for sheet, cell in cells)
    named = "&".join(f'IF({ref(sheet, cell)}="{HOLDS}","","　见“{_quoted(sheet)}”")' for sheet, cell in cells)
    return f'IF(AND({all_hold}),"{HOLDS}","{BROKEN}："&{named})'


def _quoted(text: str) -> str:
    """Text inside a formula's quotation marks."""
    return text.replace('"', '""')
