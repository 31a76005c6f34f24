"""Writes the demonstration call's scores: `python tests/data/demo/build.py` (fictional; standard library
only).

Given are every expert's total for a dossier and, for two dossiers that tie, the split over the criteria.
Each criterion's points are spread over its items in proportion to their maxima on the half-point grid.

    written.csv             as first submitted, with three sheets of S10, which was withdrawn afterwards
    written_reconciled.csv  without S10, with Z5's revised sheet for S06
    defense.csv             the five dossiers that came to the defense
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

EXPERTS = ("Z1", "Z2", "Z3", "Z4", "Z5", "Z6", "Z7")
WRITTEN_ITEMS = {
    "C1.1": 10, "C1.2": 12, "C1.3": 8, "C1.4": 10,
    "C2.1": 9, "C2.2": 9, "C2.3": 6, "C2.4": 8, "C2.5": 3,
    "C3.1": 9, "C3.2": 8, "C3.3": 5, "C3.4": 3,
}  # fmt: skip
DEFENSE_ITEMS = {"D1.1": 10, "D2.1": 15, "D2.2": 15, "D3.1": 15, "D3.2": 10, "D4.1": 20, "D5.1": 15}

# one column per expert; None: recused, or not given
WRITTEN: dict[str, tuple[float | None, ...]] = {
    "S07": (90, 88.5, 87, 89, 91, 86, 88),
    "S01": (88, 86.5, 85, None, 89, 84, 87),
    "S05": (84, 83, 82.5, 85, 86, 80, 83.5),
    "S08": (83, 84, 82, 85, 86, 80, 84),
    "S06": (85, 83.5, 82, 84, 55, 81, 83),
    "S09": (83, 81.5, 80, 82, 85, 78.5, 81.5),
    "S04": (82, 80.5, 79, 81, 84, 77, 80),
    "S11": (69, 67.5, 66, 68, 71, 62, 67),
    "S10": (79, None, 76.5, None, None, 75, None),
}
DEFENSE: dict[str, tuple[float | None, ...]] = {
    "S07": (88, 87, 86.5, 89, 90, 85, 87.5),
    "S01": (89, 88, 86, None, 90, 85.5, 88),
    "S05": (84.5, 83, 82, 85, 86, 80, 83),
    "S08": (83, 84.5, 82, 85, 86, 80, 83),
    "S06": (82, 81, 80, 83, 78, 79, 81),
}
WITHDRAWN = "S10"
REVISED = {("S06", "Z5"): 72.5}
# the tie: equal sums in C1, S05 ahead in C2
TIED_C1 = {"S05": (34, 33.5, 33, 34.5, 34.5, 32, 33.5), "S08": (33, 34, 33, 34.5, 34.5, 32, 34)}
TIED_C2 = {"S05": (29.5, 29, 29, 30, 30.5, 28, 29.5), "S08": (29, 29, 28.5, 29.5, 30, 28, 29.5)}
SHARES = {"C1": Fraction(40, 100), "C2": Fraction(35, 100)}

Rows = list[tuple[str, str, str, str]]


def criteria_of(dossier: str, expert: str, total: Fraction) -> dict[str, Fraction]:
    """A written total split over the three criteria on the half-point grid; the third takes the rest."""
    place = EXPERTS.index(expert)
    if dossier in TIED_C1:
        first, second = Fraction(TIED_C1[dossier][place]), Fraction(TIED_C2[dossier][place])
    else:
        first, second = (_nearest_half(total * share) for share in SHARES.values())
    return {"C1": first, "C2": second, "C3": total - first - second}


def spread(total: Fraction, maxima: dict[str, int]) -> dict[str, Fraction]:
    """`total` over items in proportion to their maxima, rounded down to half points; the rest by largest
    remainder.
    """
    exact = {item: total * maximum / sum(maxima.values()) for item, maximum in maxima.items()}
    points = {item: Fraction(int(value * 2), 2) for item, value in exact.items()}
    rest = int((total - sum(points.values())) * 2)
    for item in sorted(maxima, key=lambda name: points[name] - exact[name]):
        if rest and points[item] + Fraction(1, 2) <= maxima[item]:
            points[item] += Fraction(1, 2)
            rest -= 1
    return points


def written_rows(*, reconciled: bool) -> Rows:
    """The written round before or after reconciliation."""
    rows: Rows = []
    for dossier, totals in WRITTEN.items():
        if reconciled and dossier == WITHDRAWN:
            continue
        for expert, given in zip(EXPERTS, totals, strict=True):
            if given is None:
                continue
            total = Fraction(REVISED.get((dossier, expert), given) if reconciled else given)
            for criterion, part in criteria_of(dossier, expert, total).items():
                maxima = {
                    item: top for item, top in WRITTEN_ITEMS.items() if item.startswith(criterion + ".")
                }
                rows += [
                    (dossier, expert, item, f"{float(own):.1f}") for item, own in spread(part, maxima).items()
                ]
    return rows


def defense_rows() -> Rows:
    """The defense round."""
    return [
        (dossier, expert, item, f"{float(own):.1f}")
        for dossier, totals in DEFENSE.items()
        for expert, total in zip(EXPERTS, totals, strict=True)
        if total is not None
        for item, own in spread(Fraction(total), DEFENSE_ITEMS).items()
    ]


FILES = {
    "written.csv": lambda: written_rows(reconciled=False),
    "written_reconciled.csv": lambda: written_rows(reconciled=True),
    "defense.csv": defense_rows,
}


def main() -> None:
    """Write the three files beside this script."""
    for name, rows in FILES.items():
        with (Path(__file__).parent / name).open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow(("dossier", "expert", "item", "points"))
            writer.writerows(rows())


def _nearest_half(value: Fraction) -> Fraction:
    return Fraction(int(value * 2 + Fraction(1, 2)), 2)


if __name__ == "__main__":
    main()
