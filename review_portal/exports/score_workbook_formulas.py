"""What a sheet still lacks, twice: as formulas that follow the typing, and computed for the first look."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from review_portal.domain.offline_sheet import Content
from review_portal.domain.typed_points import number
from scoring_rubrics import CommentRule, Criterion, Item, Rubric

Missing = Mapping[str, str]  # item key, opinion or conclusion -> words of the hint

_BLANK, _NO_NUMBER, _WRONG = "未评", "须填数字", "得分有误"
_APART, _WHY, _FULL = "档次与得分不符", "请写评分理由", "满分，请写评分理由"
_CHOOSE = "请选择结论"


def missing(rubric: Rubric, rules: CommentRule, content: Content) -> Missing:
    """What is missing in a draft, in the words of the formulas."""
    typed = content.get("points", {})
    points = {item.key: number(typed.get(item.key, "")) for item in rubric.items}
    found = {key: _NO_NUMBER for key, value in points.items() if value is None and typed.get(key)}
    faults = rubric.check(
        {key: value for key, value in points.items() if value is not None},
        content.get("comments", {}),
        content.get("opinion", ""),
        rules,
        content.get("conclusion") or None,
    )
    words = {"missing": _BLANK, "range": _WRONG, "step": _WRONG, "comment": _WHY}
    for fault in faults:
        if fault.item is None:
            found[fault.kind] = _opinion_words(rules) if fault.kind == "opinion" else _CHOOSE
        elif fault.item in points:
            found.setdefault(fault.item, words[fault.kind])
        else:
            found.setdefault(rubric.criterion(fault.item).items[0].key, _FULL)
    return found


def _opinion_words(rules: CommentRule) -> str:
    return f"应为{rules.opinion_min}—{rules.opinion_max}字"


def hint(item: Item, criterion: Criterion, rules: CommentRule, row_of: Mapping[str, int]) -> str:
    """The formula beside an item: the first thing that is missing or wrong there, or nothing."""
    row = row_of[item.key] + 1
    level, points, reason = f"$F{row}", f"$G{row}", f"$H{row}"
    steps = [
        (f'{points}=""', _BLANK),
        (f"NOT(ISNUMBER({points}))", _NO_NUMBER),
        (f"NOT({_right(points, item)})", _WRONG),
    ]
    if item.levels:
        agree = ",".join(
            f"AND({level}={_quoted(each.label or each.name)},{_between(points, each.minimum, each.maximum)})"
            for each in item.levels
        )
        steps.append((f'AND({level}<>"",NOT(OR({agree})))', _APART))
    if why := _needs_reason(item, points, rules):
        steps.append((f"AND(OR({why}),{_length(reason)}<{rules.minimum})", _WHY))
    if rules.full_marks == "criterion" and item is criterion.items[0]:
        steps.append((_full(criterion, rules, row_of), _FULL))
    formula = '""'
    for test, words in reversed(steps):
        formula = f"IF({test},{_quoted(words)},{formula})"
    return f"={formula}"


def _needs_reason(item: Item, points: str, rules: CommentRule) -> str:
    bands = [
        _between(points, level.minimum, level.maximum) for level in item.levels if level.name in rules.levels
    ]
    found = [f"AND({band})" for band in bands]
    if rules.full_marks == "item" and item.levels:
        found.append(f"{points}={_plain(item.max_score)}")
    return ",".join(found)


def _full(criterion: Criterion, rules: CommentRule, row_of: Mapping[str, int]) -> str:
    rows = [row_of[item.key] + 1 for item in criterion.items]
    marks = ",".join(
        f"$G{row}={_plain(item.max_score)}" for row, item in zip(rows, criterion.items, strict=True)
    )
    lengths = ",".join(_length(f"$H{row}") for row in rows)
    return f"AND({marks},MAX({lengths})<{rules.minimum})"


def opinion_hint(row: int, rules: CommentRule) -> str:
    """The formula beside the opinion."""
    length = _length(f"$C{row + 1}")
    return (
        f"=IF(OR({length}<{rules.opinion_min},{length}>{rules.opinion_max}),"
        f'{_quoted(_opinion_words(rules))},"")'
    )


def conclusion_hint(row: int) -> str:
    """The formula beside the conclusion."""
    return f'=IF($C{row + 1}="",{_quoted(_CHOOSE)},"")'


def still_missing(first: int, last: int) -> str:
    """How many hints stand in the rows first..last."""
    count = f"SUMPRODUCT(--(LEN($I${first + 1}:$I${last + 1})>0))"
    return f'=IF({count}=0,"填写齐全","还缺"&{count}&"处")'


def right_points(row: int, item: Item) -> str:
    """The test of a cell for points."""
    cell = f"$G${row + 1}"
    return f"=AND(ISNUMBER({cell}),{_right(cell, item)})"


def _right(cell: str, item: Item) -> str:
    step = _plain(item.step)
    return (
        f"AND({cell}>=0,{cell}<={_plain(item.max_score)},ABS({cell}/{step}-ROUND({cell}/{step},0))<0.000001)"
    )


def _between(cell: str, low: Decimal, high: Decimal) -> str:
    return f"{cell}>={_plain(low)},{cell}<={_plain(high)}"


def _length(cell: str) -> str:
    """Characters without white space, as the rule counts them."""
    text = cell
    for space in ('" "', '"　"', "CHAR(9)", "CHAR(10)", "CHAR(13)"):
        text = f'SUBSTITUTE({text},{space},"")'
    return f"LEN({text})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
