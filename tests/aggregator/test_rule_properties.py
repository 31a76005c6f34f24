"""What must hold of the rules whatever the scores: shift, scale, panels, rounding at the half."""

import math
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import Ratings, Stage, rank, score_round
from review_portal.aggregator.additive import fit_additive
from scoring_rubrics.rule import SHORTHANDS, Rule
from tests.aggregator.cases import panel, published, ratings_of, scored

EXPERTS = 5


@st.composite
def complete_rounds(draw, step):
    """(dossiers, 5) totals in hundredths, multiples of `step`, everybody scored everything."""
    dossiers = draw(st.integers(2, 6))
    column = st.lists(st.integers(0, 300), min_size=EXPERTS, max_size=EXPERTS)
    return step * np.array(draw(st.lists(column, min_size=dossiers, max_size=dossiers)))


@st.composite
def linked_rounds(draw):
    """A complete round with holes; the first expert scored everything and links the dossiers."""
    totals = draw(complete_rounds(1))
    kept = np.array(draw(st.lists(st.booleans(), min_size=totals.size, max_size=totals.size)))
    kept = kept.reshape(totals.shape)
    kept[:, 0] = True
    return totals, kept


def ratings_from(totals, kept=None):
    dossier, expert = np.nonzero(np.ones_like(totals) if kept is None else kept)
    return Ratings.from_codes(
        dossier, expert, np.zeros_like(dossier), totals[dossier, expert],
        dossiers=[f"S{number}" for number in range(totals.shape[0])],
        experts=[f"E{number}" for number in range(totals.shape[1])],
        criterion_of={"total": "total"},
    )  # fmt: skip


def score_of(totals, rule, kept=None):
    return score_round(ratings_from(totals, kept), Rule.shorthand(rule)).score.tolist()


@pytest.mark.parametrize("rule", SHORTHANDS)
@settings(deadline=None, max_examples=15)
@given(totals=complete_rounds(1), shift=st.integers(0, 5_000))
def test_adding_points_to_all_scores_adds_them_to_every_result(rule, totals, shift):
    assert score_of(totals + shift, rule) == [score + shift for score in score_of(totals, rule)]


@pytest.mark.parametrize("rule", ["mean", "drop_high_low", "median", "severity"])
@settings(deadline=None, max_examples=15)
@given(totals=complete_rounds(30), factor=st.integers(1, 4))
def test_multiplying_all_scores_multiplies_every_result(rule, totals, factor):
    """On multiples of 30 nothing is rounded: means of 5 and of 3 and the half of two are whole hundredths."""
    assert score_of(totals * factor, rule) == [score * factor for score in score_of(totals, rule)]


@settings(deadline=None, max_examples=40)
@given(linked_rounds(), st.integers(0, EXPERTS - 1), st.integers(1, 2_000))
def test_generosity_of_one_expert_changes_no_difference_under_severity(drawn, which, step):
    """All results move alike, by the effect's share of the expert, and the order stays."""
    totals, kept = drawn
    present = int(kept.any(axis=0).sum())
    generous = totals.copy()
    generous[:, which] += step * present  # so that a share is a whole number of hundredths
    moved = step if kept[:, which].any() else 0
    before, after = score_of(totals, "severity", kept), score_of(generous, "severity", kept)
    assert after == [score + moved for score in before]

    def ranks(some):
        result = score_round(ratings_from(some, kept), Rule.shorthand("severity"))
        return rank([Stage("round", Decimal(1), result)], Rule.shorthand("severity"), quota=1).rank_of()

    assert ranks(generous) == ranks(totals)


@settings(deadline=None, max_examples=25)
@given(linked_rounds(), st.integers(2, 7))
def test_effects_scale_with_the_points(drawn, factor):
    ratings = ratings_from(*drawn)
    columns = ratings.sheet_dossier, ratings.sheet_expert
    sizes = len(ratings.dossiers), len(ratings.experts)
    one, several = (fit_additive(*columns, ratings.total * times, *sizes) for times in (1, factor))
    assert [Fraction(int(b), several.denominator) for b in several.numerator] == [
        factor * Fraction(int(b), one.denominator) for b in one.numerator
    ]


@settings(deadline=None, max_examples=25)
@given(complete_rounds(1))
def test_severity_of_a_complete_round_is_the_mean(totals):
    assert score_of(totals, "severity") == score_of(totals, "mean")


@settings(deadline=None, max_examples=25)
@given(complete_rounds(25))
def test_z_scores_are_those_of_fifty_digit_arithmetic(totals):
    values = [[Decimal(int(value)) for value in row] for row in totals]
    with localcontext() as context:
        context.prec = 50
        grand = _moments([value for row in values for value in row])
        experts = [_moments(column) for column in zip(*values, strict=True)]
        exact = [
            sum(
                grand[0] + (grand[1] * (y - m) / s if s else 0)
                for y, (m, s) in zip(row, experts, strict=True)
            )
            / EXPERTS
            for row in values
        ]
        # what is a half in truth may miss it by the last of fifty digits
        rounded = [int(round(value, 30).quantize(Decimal(1), ROUND_HALF_UP)) for value in exact]
    assert score_of(totals, "z_score") == rounded


def _moments(values):
    mean = sum(values) / len(values)
    return mean, (sum((value - mean) ** 2 for value in values) / len(values)).sqrt()


def test_z_scores_of_a_very_large_round_are_published_alike(monkeypatch):
    """Above a number of sheets factors are binary; the grid they are put on is far finer than a hundredth."""
    totals = np.random.default_rng(20230217).integers(60, 190, (300, EXPERTS)) * 50
    exact = score_of(totals, "z_score")
    monkeypatch.setattr("review_portal.aggregator.normalize._Z_EXACT_SHEETS", 0)
    assert score_of(totals, "z_score") == exact


def test_z_score_of_an_expert_without_spread_says_nothing_of_any_dossier():
    """E2 gave everything 70 and counts as the grand mean of 75 for both."""
    result = scored({"A": panel(90, 70), "B": panel(70, 70)}, "z_score")
    deviation = Fraction(300, 4)  # totals 90, 70, 70, 70: variance 75
    spread = math.isqrt(int(deviation * 10**8))  # ten-thousandths
    upper, lower = 75 + spread / 10**4 / 2, 75 - spread / 10**4 / 2
    assert published(result) == {"A": f"{upper:.2f}", "B": f"{lower:.2f}"}
    assert [entry.code for entry in result.notices] == ["z_score_few_reviews"]


def test_half_of_an_iterated_solution_is_rounded_as_a_half():
    """65 experts are solved by iteration; in a complete round the truth is the mean, here exactly 80.125."""
    totals = {
        "A": {f"E{number:02}": "80.12" if number % 2 else "80.13" for number in range(64)},
        "B": {f"E{number:02}": "70.13" if number % 2 else "70.12" for number in range(64)},
        "C": {f"E{number:02}": str(60 + number) for number in range(64)},
    }
    result = scored(totals, "severity")
    fit = result.totals.severity
    assert not fit.exact
    assert published(result) == {"A": "80.13", "B": "70.13", "C": "91.50"}


def naive(scores):
    """What a spreadsheet does: binary floats, then two places half up."""
    kept = sorted(map(float, scores))[1:-1]
    return math.floor(sum(kept) / len(kept) * 100 + 0.5) / 100


@pytest.mark.parametrize(
    ("scores", "score", "binary"),
    [
        (("1.0", "1.0", "1.0", "1.0", "1.02", "1.03"), "1.01", 1.0),  # 4.02 / 4 = 1.005
        (("8.0", "8.1", "8.1", "8.1", "8.12", "9.0"), "8.11", 8.1),  # 32.42 / 4 = 8.105
        (("74.0", "75.0", "75.0", "75.0", "76.9", "78.0"), "75.48", 75.47),  # 301.9 / 4 = 75.475
    ],
)
def test_binary_half_up_of_a_trimmed_mean_goes_wrong_where_whole_numbers_do_not(scores, score, binary):
    kept = sorted(map(Fraction, scores))[1:-1]
    assert sum(kept) / len(kept) * 1000 % 10 == 5  # exactly half a hundredth
    assert naive(scores) == binary != float(score)
    assert published(scored({"A": panel(*scores)}, "drop_high_low")) == {"A": score}


FIVE, FOUR = panel(90, 85, 85, 84, 60), panel(86, 85, 84, 84)


def test_trimmed_and_plain_means_never_stand_in_one_list():
    """Mixed they would read 84.67 and 84.75; each setting treats both alike or refuses the round."""
    ratings = ratings_of({"A": FIVE, "B": FOUR})
    rule = Rule.shorthand("drop_high_low")
    together = score_round(ratings, rule)
    assert (together.combine, published(together)) == ("mean", {"A": "80.80", "B": "84.75"})
    assert together.drop_high_low.tolist() == together.mean.tolist()
    lower = score_round(ratings, replace(rule, min_reviews=4, below_threshold="refuse"))
    assert (lower.combine, published(lower)) == ("drop_high_low", {"A": "84.67", "B": "84.50"})
    beside = score_round(ratings, replace(Rule.shorthand("mean"), below_threshold="refuse"))
    assert beside.drop_high_low is None
