"""A ranking as JSON, made from its columns: that of `canonical`, without an object for every line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from json.encoder import encode_basestring

import numpy as np

from .exact import Index, points_of
from .panels import PanelRanking
from .ranking import Ranking
from .round_result import RoundResult
from .stages import Stage
from .text_table import Records
from .ties import canonical_tie

Cells = Callable[[int, int], Sequence[str]]


def whole(result: Ranking | PanelRanking) -> dict[str, object]:
    """What `result.canonical()` says."""
    stages = [_stage(stage) for stage in result.stages]
    lists = listing(result)
    if isinstance(lists, dict):
        middle = lists
    else:
        middle = {
            "panels": lists,
            "within": list(result.within),
            "undecided": list(result.undecided),
            "absent": _absent(result),
        }
    notices = [entry.canonical() for entry in result.notices]
    return {"rule": result.rule.canonical(), "stages": stages, **middle, "notices": notices}


def listing(result: Ranking | PanelRanking) -> dict[str, object] | list[dict[str, object]]:
    """What `result.canonical_list()` says, or the list of those of the groups."""
    if isinstance(result, PanelRanking):
        return [{"group": panel.group, **_list(panel.ranking)} for panel in result.panels]
    return _list(result)


def _list(ranking: Ranking) -> dict[str, object]:
    return {
        "quota": str(ranking.quota),
        "rows": _rows(ranking),
        "within": list(ranking.within),
        "undecided": list(ranking.undecided),
        "open_places": str(ranking.open_places),
        "ties": [canonical_tie(tie) for tie in ranking.ties],
        "absent": _absent(ranking),
    }


def _absent(result: Ranking | PanelRanking) -> list[dict[str, object]]:
    return [{"dossier": entry.dossier, "code": entry.code} for entry in result.absent]


def _rows(ranking: Ranking) -> Records:
    order, points = ranking.order, _Points()
    keys = [stage.key for stage in ranking.stages]
    scores = [points.of(column[order]) for column in ranking.stage_scores]
    return Records(
        order.size,
        {
            "rank": _numbers(ranking.position + 1),
            "dossier": _names(ranking.dossiers, order),
            "score": points.of(ranking.final[order]),
            "stage_scores": _objects(list(zip(keys, scores, strict=True))),
            "standing": _texts(ranking.standings()),
        },
    )


def _stage(stage: Stage) -> dict[str, object]:
    result = stage.result
    factors = {item: str(factor) for item, factor in result.ratings.factors.items()}
    own: dict[str, object] = {
        "input": result.ratings.digest(),
        **({"factors": factors} if factors else {}),
        "rule": result.rule.canonical(),
        "normalize": result.normalize,
        "combine": result.combine,
        "effects": {expert: str(effect) for expert, effect in result.effects.items()},
        "rows": _lines(result),
        "unscored": list(result.unscored),
        "notices": [entry.canonical() for entry in result.notices],
    }
    return {"key": stage.key, "weight": str(stage.weight), "result": own}


def _lines(result: RoundResult) -> Records:
    """Of each dossier everything that its line of the round has."""
    points, size = _Points(), len(result.dossiers)
    flagged: dict[str, list[str]] = {}
    for outlier in result.outliers:
        flagged.setdefault(outlier.dossier, []).append(encode_basestring(outlier.expert))
    outliers = {dossier: f"[{', '.join(experts)}]" for dossier, experts in flagged.items()}
    wide = set(result.range_exceeded)
    names = result.dossiers
    means = list(zip(result.criteria, map(points.of, result.criterion_means.T), strict=True))
    return Records(
        size,
        {
            "dossier": _names(names, np.arange(size)),
            "n": _numbers(result.n),
            "score": points.of(result.score),
            "totals": _totals(result, points),
            "criterion_means": _objects(means),
            "mean": points.of(result.mean),
            "drop_high_low": points.of(result.drop_high_low),
            "median": points.of(result.median),
            "severity": points.of(result.severity),
            "z_score": points.of(result.z_score),
            "highest": points.of(result.highest),
            "lowest": points.of(result.lowest),
            "range": points.of(result.highest - result.lowest),
            "outliers": lambda begin, end: [outliers.get(name, "[]") for name in names[begin:end]],
            "range_exceeded": lambda begin, end: [
                '"true"' if name in wide else '"false"' for name in names[begin:end]
            ],
        },
    )


def _totals(result: RoundResult, points: _Points) -> Cells:
    """An object of expert and total for each dossier."""
    groups, expert, total = result.totals.groups, result.ratings.sheet_expert, result.sheet_totals
    names = [f"{encode_basestring(name)}: " for name in result.ratings.experts]
    edges = np.append(groups.start, total.size)

    def cells(begin: int, end: int) -> list[str]:
        own = edges[begin : end + 1]
        first, last = int(own[0]), int(own[-1])
        pairs = [
            names[at] + points[value]
            for at, value in zip(expert[first:last].tolist(), total[first:last].tolist(), strict=True)
        ]
        return [f"{{{', '.join(pairs[start:stop])}}}" for start, stop in pairwise((own - first).tolist())]

    return cells


class _Points(dict[int, str]):
    """Hundredths as the JSON of points; every distinct value is written once."""

    def __missing__(self, value: int) -> str:
        text = self[value] = f'"{points_of(value)}"'
        return text

    def of(self, column: Index | None) -> Cells:
        """The cells of a column; of one that there is not, null."""
        if column is None:
            return lambda begin, end: ["null"] * (end - begin)
        return lambda begin, end: list(map(self.__getitem__, column[begin:end].tolist()))


def _numbers(column: Index) -> Cells:
    return lambda begin, end: [f'"{value}"' for value in column[begin:end].tolist()]


def _names(names: Sequence[str], at: Index) -> Cells:
    return lambda begin, end: [encode_basestring(names[place]) for place in at[begin:end].tolist()]


def _texts(column: Sequence[str]) -> Cells:
    return lambda begin, end: list(map(encode_basestring, column[begin:end]))


def _objects(columns: Sequence[tuple[str, Cells]]) -> Cells:
    """One object a row, of several columns."""
    form = ", ".join(encode_basestring(key).replace("%", "%%") + ": %s" for key, _ in columns)

    def cells(begin: int, end: int) -> list[str]:
        return [f"{{{form % row}}}" for row in zip(*(own(begin, end) for _, own in columns), strict=True)]

    return cells
