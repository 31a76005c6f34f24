"""`python -m review_portal.aggregator FILE.csv --rule severity`: rank a CSV without the portal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from scoring_rubrics.rule import SHORTHANDS, Rule

from .explain import remarks
from .notices import AggregatorError, Notice
from .ranking import Ranking, StageRatings, rank_ratings
from .reading import read_csv

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the ranking of one file; 0 on success, 2 with the reason on standard error if the input is
    unusable.
    """
    options = _parser().parse_args(arguments)
    try:
        ratings = read_csv(options.file)
        stage = StageRatings(options.file.stem, Decimal(1), ratings)
        quota = options.quota if options.quota is not None else len(ratings.dossiers)
        keys = tuple(f"{stage.key}.{criterion}" for criterion in options.tie or ())
        ranking = rank_ratings([stage], Rule.shorthand(options.rule, keys), quota=quota)
    except (AggregatorError, OSError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    if options.json:
        print(json.dumps(ranking.canonical(), ensure_ascii=False, indent=1))
    else:
        print(_table(ranking))
        for remark in (*ranking.notices, *(remarks(ranking) if options.quota is not None else ())):
            print(_line(remark), file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m review_portal.aggregator", description=__doc__)
    parser.add_argument("file", type=Path, help="CSV with the header dossier,expert,item,points")
    parser.add_argument("--rule", choices=sorted(SHORTHANDS), default="severity", help="the deciding method")
    parser.add_argument("--quota", type=int, help="places; the cut is drawn below them")
    parser.add_argument("--tie", action="append", metavar="CRITERION", help="tie key, repeatable, in order")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    return parser


def _table(ranking: Ranking) -> str:
    """Tab separated: rank, dossier, score, standing, n and the five methods."""
    lines = ["rank\tdossier\tscore\tstanding\tn\tmean\tdrop_high_low\tmedian\tseverity\tz_score"]
    details = {row.dossier: row for row in ranking.stages[0].result.rows()}
    for row in ranking.rows:
        own = details[row.dossier]
        columns = (own.mean, own.drop_high_low, own.median, own.severity, own.z_score)
        shown = ["—" if value is None else str(value) for value in columns]
        lines.append(
            "\t".join([str(row.rank), row.dossier, str(row.score), row.standing, str(own.n), *shown])
        )
    lines += [f"—\t{entry.dossier}\t—\t{entry.code}" for entry in ranking.absent]
    return "\n".join(lines)


def _line(remark: Notice) -> str:
    return " ".join([remark.code, *(f"{key}={value}" for key, value in remark.params.items())])


if __name__ == "__main__":
    sys.exit(main())
