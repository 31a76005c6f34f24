"""`python -m review_portal.aggregator connectivity`: which dossiers can be compared, and how well."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import numpy as np

from review_portal.exports.statistics_words import connection, crossing_title

from .commands import Command, Output, add_json, add_score_file, load_measured, targets
from .connectivity import Connectivity, connectivity
from .exact import Index
from .mixed_model import Reviews, fit_mixed
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings
from .text_table import SHOWN_ROWS, aligned, json_text

_NAMED = 20  # names in one cell of a table


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `connectivity`."""
    add_score_file(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> Output:
    """How the file's reviews hang together, and whether what joins them is strong enough."""
    scores = load_measured(options)
    ratings = scores.ratings
    found = connectivity(
        ratings.sheet_dossier, ratings.sheet_expert, len(ratings.dossiers), len(ratings.experts)
    )
    whole = targets(scores, options.composite)[0]
    remarks = (*ratings.notices, *_remarks(found, ratings, whole.per_point))
    if options.json:
        return Output(json_text(_entries(found, ratings, remarks)))
    return Output(_tables(found, ratings), remarks)


COMMAND = Command(
    "connectivity", "评审的连通情况：能否跨组比较，靠谁连通，如何补派交叉评审", add_options, run
)


def _remarks(found: Connectivity, ratings: Ratings, per_point: float) -> tuple[Notice, ...]:
    """A link is judged by the spread of the scores; where that cannot be estimated, it is said."""
    if found.precision is None or found.precision.weakest is None:
        return found.notices()
    try:
        variances = fit_mixed(Reviews.of(ratings, per_point=per_point)).variances
    except AggregatorError as error:
        return (*found.notices(), notice("link_not_judged", reason=str(error)))
    return found.notices(float(np.sqrt(variances.dossier)), float(np.sqrt(variances.residual)))


def _entries(
    found: Connectivity, ratings: Ratings, remarks: Sequence[Notice]
) -> Iterator[tuple[str, object]]:
    yield from found.figures(ratings.dossiers, ratings.experts).items()
    yield "notices", [entry.canonical() for entry in remarks]


def _tables(found: Connectivity, ratings: Ratings) -> str:
    """For people: the parts, what joins them, and what would mend them."""
    parts = range(min(found.components.count, SHOWN_ROWS))
    members = [np.flatnonzero(found.components.dossier == part) for part in parts]
    experts = [np.flatnonzero(found.components.expert == part) for part in parts]
    blocks = [
        "\n".join(connection(found)),
        aligned(
            ("部分", "材料数", "专家数", "评分数", "材料", "专家"),
            [
                [str(part + 1) for part in parts],
                *(_texts(column) for column in (found.dossiers, found.experts, found.reviews)),
                [_named(ratings.dossiers, own.tolist()) for own in members],
                [_named(ratings.experts, own.tolist()) for own in experts],
            ],
            words=(0, 4, 5),
            left_out=found.components.count - len(parts),
        ),
        *_cut_tables(found, ratings),
        *_crossing_table(found, ratings),
    ]
    return "\n\n".join(blocks)


def _cut_tables(found: Connectivity, ratings: Ratings) -> list[str]:
    """Experts and single reviews without which the round falls apart."""
    cut = found.cut_points
    blocks = []
    if cut.expert.size:
        heads = ("缺了就不再连通的专家", "因此分开的材料数")
        names = [_of(ratings.experts, cut.expert), _texts(cut.expert_cut_off)]
        blocks.append(aligned(heads, names, left_out=_rest(cut.expert)))
    if cut.review.size:
        pairs = [
            _of(ratings.experts, found.sheet_expert[cut.review]),
            _of(ratings.dossiers, found.sheet_dossier[cut.review]),
            _texts(cut.review_cut_off),
        ]
        single = ("缺了就不再连通的评分：专家", "材料", "因此分开的材料数")
        blocks.append(aligned(single, pairs, words=(0, 1), left_out=_rest(cut.review)))
    return blocks


def _crossing_table(found: Connectivity, ratings: Ratings) -> list[str]:
    join = found.crossing
    if not join.minimum:
        return []
    pairs = [_of(ratings.experts, join.expert), _of(ratings.dossiers, join.dossier)]
    proposed = aligned(("专家", "材料"), pairs, words=(0, 1), left_out=_rest(join.expert))
    return [f"{crossing_title(found)}\n{proposed}"]


def _of(names: Sequence[str], places: Index) -> list[str]:
    """The names of as many as anybody reads in a terminal."""
    return [names[place] for place in places[:SHOWN_ROWS].tolist()]


def _texts(column: Index) -> list[str]:
    return list(map(str, column[:SHOWN_ROWS].tolist()))


def _rest(column: Index) -> int:
    return max(column.size - SHOWN_ROWS, 0)


def _named(keys: Sequence[str], places: Sequence[int]) -> str:
    more = f"等{len(places)}个" if len(places) > _NAMED else ""
    return "、".join(keys[at] for at in places[:_NAMED]) + more
