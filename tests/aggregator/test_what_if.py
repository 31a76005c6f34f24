from dataclasses import replace
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import Stage, rank, score_round, what_if
from review_portal.aggregator.what_if import WhatIf
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import panel, ratings_of, single_stage

KEYS = ("one.total", "stage.two")
RULE = Rule.shorthand("mean", tie_keys=KEYS)


def stages_of(dossiers):
    totals = {f"S{number}": panel(70 + number, 70) for number in range(dossiers)}
    return [
        Stage(key, weight, score_round(ratings_of(totals), RULE))
        for key, weight in (("one", Decimal("0.6")), ("two", Decimal("0.4")))
    ]


def ranked_by(base, names, score, mean, gone):
    """The ranking by `rank` when these scores and means (in the order of `names`) had been published."""
    stages = []
    for number, stage in enumerate(base.stages):
        at = [names.index(dossier) for dossier in stage.result.dossiers]
        result = replace(stage.result, score=score[number][at])
        if number == 0:
            vars(result)["criterion_means"] = mean[at][:, None]  # where the result keeps what it has computed
        stages.append(replace(stage, result=result))
    absent = {name: "unscored" for name, out in zip(names, gone, strict=True) if out}
    return rank(stages, base.rule, quota=base.quota, absent=absent)


def ranks_among(ranking, kept):
    scores = [(row.rank, row.dossier) for row in ranking.rows if row.dossier in kept]
    return {dossier: 1 + sum(other < rank_ for other, _ in scores) for rank_, dossier in scores}


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_effects_are_what_ranking_again_shows(data):
    size = data.draw(st.integers(1, 6))
    base = rank(stages_of(size), RULE, quota=data.draw(st.integers(0, 7)))
    asked = WhatIf.of(base)
    few = st.integers(7000, 7003)  # so few values that ties and keys decide
    row = st.lists(few, min_size=size, max_size=size)
    score = [np.array([data.draw(row), data.draw(row)]) for _ in range(2)]
    mean = np.array([data.draw(row), data.draw(row)])
    gone = np.array(
        data.draw(st.lists(st.lists(st.booleans(), min_size=size, max_size=size), min_size=2, max_size=2))
    )
    for number, effect in enumerate(asked.effects(score, [mean], gone)):
        after = ranked_by(base, asked.names, [own[number] for own in score], mean[number], gone[number])
        kept = {entry.dossier for entry in after.rows}
        old, new = ranks_among(base, kept), ranks_among(after, kept)
        assert set(effect.entered) == set(after.within) - set(base.within)
        assert set(effect.left) == set(base.within) - set(after.within)
        assert set(effect.undecided) == set(after.undecided)
        assert effect.open_places == after.open_places
        assert set(effect.unscored) == set(asked.names) - kept
        assert effect.order_changed == (old != new)
        assert effect.changes_list == (
            set(after.within) != set(base.within) or set(after.undecided) != set(base.undecided)
        )
        move = effect.largest_move
        assert (move is None) == (old == new)
        if move is not None:
            assert (old[move.dossier], new[move.dossier]) == (move.before, move.after)
            assert abs(move.after - move.before) == max(abs(new[key] - old[key]) for key in kept)


def test_nothing_changes_with_the_scores_as_they_are():
    asked = WhatIf.of(rank(stages_of(4), RULE, quota=2))
    (effect,) = asked.effects(
        [asked.scores(stage)[None, :] for stage in range(2)], asked.means(asked.criterion_means)
    )
    assert (effect.changes_list, effect.order_changed, effect.largest_move) == (False, False, None)
    assert (effect.entered, effect.left, effect.undecided, effect.unscored) == ((), (), (), ())


def test_ranking_of_nobody_can_be_asked():
    stage = single_stage({"A": panel(80, 70)})
    asked = WhatIf.of(rank([stage], Rule.shorthand("mean"), quota=1, absent={"A": "withdrawn"}))
    (effect,) = asked.effects([np.zeros((1, 0), dtype=np.int64)], [])
    assert not effect.changes_list


def test_many_long_keys_are_compared_without_leaving_64_bits(monkeypatch):
    asked = WhatIf.of(rank(stages_of(5), RULE, quota=2))
    score = [np.array([[7003, 7001, 7003, 7001, 7000]]), np.array([[7003, 7001, 7003, 7002, 7000]])]
    mean = np.array([[7000, 7001, 7002, 7001, 7000]])
    (wide,) = asked.effects(score, [mean])
    monkeypatch.setattr(what_if, "_LIMIT", 8)
    assert list(asked.effects(score, [mean])) == [wide]
