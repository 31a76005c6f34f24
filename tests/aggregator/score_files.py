"""Score files for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from review_portal.aggregator import Ratings

HEAD = "dossier,expert,criterion,score\n"
Row = tuple[object, ...]


def write(path: Path, rows: Iterable[Row]) -> str:
    """A score file of rows (dossier, expert, criterion, score); its path as text."""
    path.write_text(HEAD + "".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def rows_of(ratings: Ratings, names: Sequence[str] = ()) -> list[Row]:
    """One row for each item of each sheet; `names` in place of the items' own."""
    items = names or ratings.items
    return [
        (dossier, expert, item, f"{points / 100:.2f}")
        for (dossier, expert), sheet in zip(ratings.sheet_keys(), ratings.points.tolist(), strict=True)
        for item, points in zip(items, sheet, strict=True)
    ]
