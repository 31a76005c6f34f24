from decimal import Decimal
from fractions import Fraction
from statistics import mean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError, Ratings, hundredths, score_round
from review_portal.aggregator.additive import fit_additive
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import additive_reference, half_up, published

CRITERION_OF = {"C1.1": "C1", "C1.2": "C1", "C2.1": "C2", "C3.1": "C3"}
POINTS = st.integers(0, 10_000).map(lambda value: Decimal(value).scaleb(-2))
FACTORS = st.dictionaries(
    st.sampled_from(["C1", "C2", "C3"]), st.integers(1, 20_000).map(lambda value: Decimal(value).scaleb(-4))
)


@st.composite
def rounds(draw):
    """2-4 dossiers, 5 experts who scored everything: {(dossier, expert): {item: points}}."""
    return {
        (f"S{dossier}", f"Z{expert}"): {item: draw(POINTS) for item in CRITERION_OF}
        for dossier in range(draw(st.integers(2, 4)))
        for expert in range(5)
    }


def ratings_from(sheets):
    rows = [
        (dossier, expert, item, str(points))
        for (dossier, expert), sheet in sheets.items()
        for item, points in sheet.items()
    ]
    columns = list(zip(*rows, strict=True))
    return Ratings.from_columns(*columns[:3], hundredths(columns[3]), criterion_of=CRITERION_OF)


def exact_totals(sheets, factors, divisor=Fraction(1)):
    totals = {}
    for (dossier, expert), sheet in sheets.items():
        counted = [Fraction(factors.get(CRITERION_OF[item], 1)) * Fraction(p) for item, p in sheet.items()]
        totals.setdefault(dossier, {})[expert] = sum(counted) / divisor
    return totals


def expected_scores(totals, rule):
    if rule == "severity":
        as_text = {d: {e: str(value) for e, value in column.items()} for d, column in totals.items()}
        return {d: str(half_up(value)) for d, value in additive_reference(as_text)[0].items()}
    of = {"mean": mean, "median": median, "drop_high_low": lambda values: mean(sorted(values)[1:-1])}[rule]
    return {dossier: str(half_up(Fraction(of(list(column.values()))))) for dossier, column in totals.items()}


@pytest.mark.parametrize("rule", ["mean", "drop_high_low", "median", "severity"])
@settings(deadline=None, max_examples=15)
@given(sheets=rounds(), factors=FACTORS)
def test_reweighted_scores_are_the_half_up_of_the_exact_fractions(rule, sheets, factors):
    changed = ratings_from(sheets).reweighted(factors)
    result = score_round(changed, Rule.shorthand(rule))
    assert published(result) == expected_scores(exact_totals(sheets, factors), rule)


@pytest.mark.parametrize("rule", ["mean", "drop_high_low", "median", "severity"])
@settings(deadline=None, max_examples=15)
@given(sheets=rounds(), factors=FACTORS)
def test_composite_mean_is_the_weighted_mean_of_the_items(rule, sheets, factors):
    divisor = sum(Fraction(factors.get(criterion, 1)) for criterion in CRITERION_OF.values())
    changed = ratings_from(sheets).reweighted(factors).averaged()
    result = score_round(changed, Rule.shorthand(rule))
    assert published(result) == expected_scores(exact_totals(sheets, factors, divisor), rule)


SHEETS = {
    ("A", "Z1"): {"C1.1": "80.01", "C1.2": "80", "C2.1": "79.99", "C3.1": "70.02"},
    ("A", "Z2"): {"C1.1": "40.00", "C1.2": "10", "C2.1": "10.00", "C3.1": "10.00"},
    ("B", "Z1"): {"C1.1": "60.00", "C1.2": "60", "C2.1": "60.00", "C3.1": "60.01"},
    ("B", "Z2"): {"C1.1": "60.00", "C1.2": "60", "C2.1": "60.00", "C3.1": "60.00"},
}


def test_totals_carry_an_exact_whole_number_scale():
    plain = ratings_from(SHEETS)
    assert (plain.scale, plain.factors, plain.total.tolist()) == (1, {}, [31002, 7000, 24001, 24000])
    changed = plain.reweighted({"C1": Decimal("0.35"), "C3": Decimal("1.2")})
    assert (changed.scale, changed.item_factor.tolist()) == (20, [7, 7, 20, 24])
    assert changed.total[0] == 7 * 8001 + 7 * 8000 + 20 * 7999 + 24 * 7002
    assert changed.factors == {
        "C1.1": Fraction(7, 20), "C1.2": Fraction(7, 20), "C2.1": Fraction(1), "C3.1": Fraction(6, 5),
    }  # fmt: skip


def test_factors_multiply_and_the_mean_may_be_taken_again():
    half = ratings_from(SHEETS).reweighted({"C1": Decimal("0.5")})
    assert half.reweighted({"C1": Decimal(2)}).factors == {}
    without = half.averaged().reweighted({"C3": Decimal(0)}).averaged()
    assert without.factors == {
        "C1.1": Fraction(1, 4), "C1.2": Fraction(1, 4), "C2.1": Fraction(1, 2), "C3.1": Fraction(0),
    }  # fmt: skip


def test_factor_of_zero_leaves_a_criterion_out_of_the_total_but_not_out_of_sight():
    changed = ratings_from(SHEETS).reweighted({"C1": Decimal(0), "C2": Decimal(0)})
    assert changed.total.tolist() == [7002, 1000, 6001, 6000]
    assert changed.criterion_total[0].tolist() == [16001, 7999, 7002]


def test_changed_weights_leave_the_points_and_their_digest_as_scored_and_are_named_in_the_result():
    plain = ratings_from(SHEETS)
    changed = plain.reweighted({"C1": Decimal("0.3")})
    assert changed.digest() == plain.digest()
    named = score_round(changed, Rule.shorthand("mean")).canonical()
    assert named["factors"] == {"C1.1": "3/10", "C1.2": "3/10", "C2.1": "1", "C3.1": "1"}
    assert "factors" not in score_round(plain, Rule.shorthand("mean")).canonical()


def test_triggers_and_extremes_of_a_reweighted_round_are_those_of_its_totals():
    result = score_round(ratings_from(SHEETS).averaged(), Rule.shorthand("mean"))
    first, second = result.rows()
    assert first.totals == {"Z1": Decimal("77.51"), "Z2": Decimal("17.50")}  # 77.505 and 17.5
    assert (first.highest, first.lowest, first.range_exceeded) == (Decimal("77.51"), Decimal("17.50"), True)
    assert [(one.expert, str(one.total), str(one.mean)) for one in result.outliers] == [
        ("Z1", "77.51", "47.50"),
        ("Z2", "17.50", "47.50"),
    ]
    assert (second.range_exceeded, second.outliers) == (False, ())


def test_range_of_reweighted_totals_is_compared_before_rounding():
    sheets = {
        ("A", "Z1"): dict.fromkeys(CRITERION_OF, "60"),
        ("A", "Z2"): dict.fromkeys(CRITERION_OF, "85") | {"C3.1": "85.01"},
    }
    ratings = ratings_from(sheets)
    assert score_round(ratings.averaged(), Rule.shorthand("mean")).range_exceeded == ("A",)  # 25.0025


def test_effects_of_a_reweighted_round_are_in_points_of_its_totals():
    mean_of_items = ratings_from(SHEETS).averaged()
    plain = score_round(ratings_from(SHEETS), Rule.shorthand("severity"))
    result = score_round(mean_of_items, Rule.shorthand("severity"))
    assert {name: str(value) for name, value in plain.effects.items()} == {"Z1": "60.01", "Z2": "-60.01"}
    assert {name: str(value) for name, value in result.effects.items()} == {"Z1": "15.00", "Z2": "-15.00"}
    columns = mean_of_items.sheet_dossier, mean_of_items.sheet_expert, mean_of_items.total, 2, 2
    iterated = fit_additive(*columns, scale=mean_of_items.scale, exact_experts=0)
    assert (iterated.numerator / iterated.denominator).round(6).tolist() == [1500.1875, -1500.1875]


def test_z_scores_do_not_depend_on_how_a_total_is_written():
    doubled = {key: {item: str(2 * Decimal(p)) for item, p in sheet.items()} for key, sheet in SHEETS.items()}
    halved = ratings_from(doubled).reweighted(dict.fromkeys(("C1", "C2", "C3"), Decimal("0.5")))
    rule = Rule.shorthand("z_score")
    assert published(score_round(halved, rule)) == published(score_round(ratings_from(SHEETS), rule))


def test_ratings_of_one_criterion_hold_its_items_alone():
    own = ratings_from(SHEETS).reweighted({"C1": Decimal(3)}).of_criterion("C1")
    assert (own.items, own.criteria, own.factors) == (("C1.1", "C1.2"), ("C1",), {})
    assert own.total.tolist() == [16001, 5000, 12000, 12000]
    with pytest.raises(AggregatorError) as caught:
        own.of_criterion("C2")
    assert str(caught.value) == "本轮没有指标“C2”，请核对。"


@pytest.mark.parametrize(
    ("factors", "sentence"),
    [
        ({"C9": Decimal(1)}, "权重中的“C9”不是本轮的指标，请核对。"),
        ({"C1": Decimal(-1)}, "“C1”的权重“-1”应为不小于0的数，请改正。"),
        ({"C1": Decimal("NaN")}, "“C1”的权重“NaN”应为不小于0的数，请改正。"),
        (dict.fromkeys(("C1", "C2", "C3"), Decimal(0)), "各指标的权重不能全部为0，请修改权重。"),
        ({"C1": Decimal("0.1234567890123")}, "权重的位数过多，无法精确计算，请减少小数位数。"),
        ({"C1": Decimal("1e999999999")}, "权重的位数过多，无法精确计算，请减少小数位数。"),
        ({"C1": Decimal("1e-999999999")}, "权重的位数过多，无法精确计算，请减少小数位数。"),
        ({"C1": Decimal("1e15")}, "权重的位数过多，无法精确计算，请减少小数位数。"),
    ],
)
def test_weights_that_cannot_be_used_are_refused_with_what_to_do(factors, sentence):
    with pytest.raises(AggregatorError) as caught:
        ratings_from(SHEETS).reweighted(factors)
    assert str(caught.value) == sentence
