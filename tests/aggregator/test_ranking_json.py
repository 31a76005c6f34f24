import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import StageRatings, rank_ratings
from review_portal.aggregator.panels import rank_panels
from review_portal.aggregator.ranking_json import listing, whole
from review_portal.aggregator.text_table import json_text
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import ratings_of
from tests.aggregator.rounds import rounds, rules


def as_printed(entries):
    """Values and the order of keys, as text."""
    return json.dumps(json.loads("".join(json_text(entries.items()))))


@settings(deadline=None, max_examples=60)
@given(rounds(), rules(), st.integers(0, 3), st.booleans(), st.integers(1, 4))
def test_json_from_columns_is_that_of_the_frozen_ranking(ratings, rule, quota, grouped, block):
    rule = replace(rule, below_threshold="all_mean", tie_keys=("scores.C2", "scores.C1"))
    stages = [StageRatings("scores", Decimal(1), ratings)]
    group_of = {dossier: '甲"%' if at % 2 else "乙" for at, dossier in enumerate(ratings.dossiers)}
    found = (
        rank_panels(stages, rule, group_of, quotas=quota)
        if grouped
        else rank_ratings(stages, rule, quota=quota, range_points=Decimal(3), deviation_percent=Decimal(9))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("review_portal.aggregator.text_table._BLOCK", block)
        assert as_printed(whole(found)) == json.dumps(found.canonical())


def test_several_stages_and_dossiers_apart_are_those_of_the_frozen_ranking():
    totals = {name: {f"E{at}": Decimal(70 + 7 * at + place) for at in range(3)}
              for place, name in enumerate(('A"1', "B%s", "丙\\", "D"))}  # fmt: skip
    one, other = ratings_of(totals), ratings_of(dict(list(totals.items())[:3]))
    stages = [StageRatings("书面%", Decimal("0.4"), one), StageRatings("答辩", Decimal("0.6"), other)]
    found = rank_ratings(stages, Rule.shorthand("mean"), quota=1, absent={"D": "not_shortlisted"})
    assert as_printed(whole(found)) == json.dumps(found.canonical())
    assert as_printed(listing(found)) == json.dumps(found.canonical_list())
    assert found.canonical()["absent"] == [{"dossier": "D", "code": "not_shortlisted"}]
