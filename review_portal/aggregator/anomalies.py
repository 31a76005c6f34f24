"""What in a round's scores deserves a second look: prompts for people, never verdicts.

Every kind of finding is one family of comparisons held to a false discovery rate by itself, so that of the
findings of one kind at most that share is expected to be chance alone; and a figure must be large enough to
matter besides. Nothing is claimed on fewer reviews than the constants here say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from . import affiliation, expert_habits, expert_pairs
from .affiliation import LEAST_OWN, Affiliation
from .expert_pairs import LARGEST, LEAST_COMMON, Pairs
from .false_discovery import Comparisons
from .mixed_equations import Real
from .mixed_model import ONE_POINT, MixedFit
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings
from .residuals import Residuals, two_sided

LEAST_REVIEWS = 10  # of an expert, for anything said about how he scores
LEAST_EXPERTS = 5  # with that many reviews, for comparing experts
LEAST_DOSSIERS = 10  # with reviews, for anything at all

Kind = Literal[
    "review",
    "severity",
    "noise",
    "central_tendency",
    "halo",
    "round_numbers",
    "ties",
    "agreement",
    "own_affiliation",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One prompt. What `figure` and `usual` are depends on the kind:

    review            points given; points that all other reviews predict
    severity          the expert's effect in points, positive is generous; 0
    noise             infit, the ratio of squared residuals to their expectation; 1
    central_tendency  standard deviation of the expert's totals in points; the expected one
    halo              mean correlation between criteria; that of the other experts
    round_numbers     share of totals that are multiples of 5 points; that of the other experts
    ties              pairs of dossiers with the same total; the expected number
    agreement         correlation of two experts' residuals; the expected one
    own_affiliation   mean residual on dossiers of the expert's affiliation less that on others, points; 0

    reviews: how many reviews (agreement: common dossiers) it rests on. p: probability of such a figure by
    chance; q: p adjusted for all comparisons of the kind.
    """

    kind: Kind
    experts: tuple[str, ...]
    dossier: str | None
    reviews: int
    figure: float
    usual: float
    p: float
    q: float

    def notice(self) -> Notice:
        """The finding as a remark with a fixed sentence."""
        return _remark(self)


@dataclass(frozen=True, slots=True, eq=False)
class Anomalies:
    """What deserves a look in one round.

    findings      by kind in the order of `Kind`, the surest first
    affiliation   reviews of one's own affiliation against the others, all experts together; None unless
                  affiliations are given and LEAST_OWN reviews of either kind exist
    studentised   (reviews,) residual of every review over its standard deviation
    compared        every comparison that was made, by kind, findings or not; kinds not looked at are absent
    notices       what was not looked at and why; first, if anything was found, how to read it
    """

    findings: tuple[Finding, ...]
    affiliation: Affiliation | None
    studentised: Real
    compared: Mapping[Kind, Comparisons]
    notices: tuple[Notice, ...]


def find_anomalies(
    ratings: Ratings,
    fit: MixedFit,
    *,
    level: float = 0.05,
    least_points: float = 15.0,
    expert_affiliation: Sequence[str | None] | None = None,
    dossier_affiliation: Sequence[str | None] | None = None,
    seed: int = 0,
) -> Anomalies:
    """Look for anomalies in the ratings that `fit` was fitted to; O(reviews log reviews) and pairs as
    `expert_pairs` says.

    level: false discovery rate of each kind. least_points: residual in points below which a review is not
    reported. expert_affiliation, dossier_affiliation: of each of ratings.experts and ratings.dossiers, None
    where unknown. seed: of the permutations within experts. Raises AggregatorError if fit and ratings do not
    belong together.
    """
    _refuse_strangers(ratings, fit, expert_affiliation, dossier_affiliation)
    residuals = Residuals.of(fit)
    if np.count_nonzero(np.bincount(residuals.dossier)) < LEAST_DOSSIERS:
        return Anomalies(
            (), None, residuals.studentised, {}, (notice("anomaly_few_dossiers", minimum=LEAST_DOSSIERS),)
        )
    enough = residuals.reviews >= LEAST_REVIEWS
    compared: dict[Kind, Comparisons] = {"review": _reviews(fit, residuals, least_points)}
    if int(enough.sum()) >= LEAST_EXPERTS:
        compared |= _habits(ratings, fit, residuals, enough)
    if expert_pairs.work(residuals) <= LARGEST:
        compared["agreement"] = expert_pairs.agreeing_pairs(residuals)
    together = None
    if expert_affiliation is not None and dossier_affiliation is not None:
        own = affiliation.own_reviews(residuals, expert_affiliation, dossier_affiliation)
        together = affiliation.overall(residuals, own, seed)
        compared["own_affiliation"] = affiliation.per_expert(residuals, own)
    findings = tuple(
        found
        for kind in get_args(Kind)
        if kind in compared
        for found in _findings(ratings, fit, kind, compared[kind], level)
    )
    notices = tuple(_notices(residuals, enough, compared, expert_affiliation is not None, together))
    of_all = _of_all(together, level)
    heading = (notice("anomaly_prompts", percent=round(100 * level)),) if findings or of_all else ()
    return Anomalies(findings, together, residuals.studentised, compared, (*heading, *of_all, *notices))


def too_few(ratings: Ratings) -> Notice | None:
    """Why a round is too small for any comparison of experts, before a model is fitted; None if not."""
    if np.unique(ratings.sheet_dossier).size < LEAST_DOSSIERS:
        return notice("anomaly_few_dossiers", minimum=LEAST_DOSSIERS)
    if int((np.bincount(ratings.sheet_expert) >= LEAST_REVIEWS).sum()) < LEAST_EXPERTS:
        return notice("anomaly_few_experts", minimum=LEAST_EXPERTS, reviews=LEAST_REVIEWS)
    return None


def _refuse_strangers(
    ratings: Ratings,
    fit: MixedFit,
    of_expert: Sequence[str | None] | None,
    of_dossier: Sequence[str | None] | None,
) -> None:
    same = np.array_equal(ratings.sheet_dossier, fit.reviews.dossier) and np.array_equal(
        ratings.sheet_expert, fit.reviews.expert
    )
    if not same:
        raise AggregatorError("评分校准模型不是由这些评分得出的，请用同一轮评分重新计算。")
    given = (of_expert, of_dossier)
    if (of_expert is None) != (of_dossier is None):
        raise AggregatorError("检查同一归属的评审须同时提供专家和材料的归属，请补齐。")
    for names, keys in zip(given, (ratings.experts, ratings.dossiers), strict=True):
        if names is not None and len(names) != len(keys):
            raise AggregatorError(
                "归属共%(given)s项，应为%(wanted)s项，请逐一对应后再试。", given=len(names), wanted=len(keys)
            )


def _reviews(fit: MixedFit, residuals: Residuals, least_points: float) -> Comparisons:
    """Every review against what is expected of it; Student's t with the review left out."""
    count = np.bincount(residuals.dossier, minlength=residuals.dossiers)
    points = fit.reviews.points
    return Comparisons(
        who=np.arange(points.size),
        reviews=count[residuals.dossier],
        figure=points,
        usual=points - residuals.unaided,
        p=two_sided(residuals.studentised, max(residuals.freedom - 1.0, 1.0)),
        telling=np.abs(residuals.value) > least_points,
    )


def _habits(
    ratings: Ratings, fit: MixedFit, residuals: Residuals, enough: NDArray[np.bool_]
) -> dict[Kind, Comparisons]:
    """All that compares one expert with the others."""
    total = ratings.criterion_total.sum(axis=1)  # as written on the sheet, whatever the items count now
    found: dict[Kind, Comparisons] = {
        "severity": expert_habits.severity(fit, enough),
        "noise": expert_habits.noise(residuals, enough),
        "central_tendency": expert_habits.central_tendency(fit, residuals, enough),
        "round_numbers": expert_habits.round_numbers(total, residuals, enough),
        "ties": expert_habits.ties(total, residuals, enough),
    }
    if len(ratings.criteria) > 1:
        found["halo"] = expert_habits.halo(ratings.criterion_total / ONE_POINT, residuals, enough)
    return found


def _findings(
    ratings: Ratings, fit: MixedFit, kind: Kind, compared: Comparisons, level: float
) -> Iterator[Finding]:
    """The comparisons of one kind that stand out, with the keys of whom they concern."""
    for place in compared.found(level).tolist():
        who, dossier = int(compared.who[place]), None
        if isinstance(compared, Pairs):
            experts = [int(compared.first[place]), int(compared.second[place])]
        elif kind == "review":
            experts, dossier = [int(fit.reviews.expert[who])], ratings.dossiers[int(fit.reviews.dossier[who])]
        else:
            experts = [who]
        yield Finding(
            kind=kind,
            experts=tuple(ratings.experts[number] for number in experts),
            dossier=dossier,
            reviews=int(compared.reviews[place]),
            figure=float(compared.figure[place]),
            usual=float(compared.usual[place]),
            p=float(compared.p[place]),
            q=float(compared.q[place]),
        )


def _remark(found: Finding) -> Notice:
    expert, figure, usual = found.experts[0], found.figure, found.usual
    match found.kind:
        case "review":
            return notice(
                "anomaly_review", expert=expert, dossier=found.dossier, points=f"{figure:.2f}",
                expected=f"{usual:.1f}", difference=f"{abs(figure - usual):.1f}",
            )  # fmt: skip
        case "severity" if figure > 0:
            return notice("anomaly_generous", expert=expert, points=f"{figure:.1f}", reviews=found.reviews)
        case "severity":
            return notice("anomaly_strict", expert=expert, points=f"{-figure:.1f}", reviews=found.reviews)
        case "noise" if figure > 1:
            return notice("anomaly_noisy", expert=expert, times=f"{figure**0.5:.1f}", reviews=found.reviews)
        case "noise":
            return notice("anomaly_close", expert=expert, times=f"{figure**0.5:.1f}", reviews=found.reviews)
        case "central_tendency":
            return notice(
                "anomaly_crowded", expert=expert, reviews=found.reviews, spread=f"{figure:.1f}",
                usual=f"{usual:.1f}",
            )  # fmt: skip
        case "halo":
            return notice(
                "anomaly_halo",
                expert=expert,
                reviews=found.reviews,
                figure=f"{figure:.2f}",
                usual=f"{usual:.2f}",
            )
        case "round_numbers":
            return notice(
                "anomaly_round_numbers", expert=expert, reviews=found.reviews, percent=round(100 * figure),
                usual=round(100 * usual),
            )  # fmt: skip
        case "ties":
            return notice(
                "anomaly_ties",
                expert=expert,
                reviews=found.reviews,
                pairs=round(figure),
                usual=f"{usual:.1f}",
            )
        case "agreement":
            return notice(
                "anomaly_agreement", expert=expert, other=found.experts[1], common=found.reviews,
                figure=f"{figure:.2f}",
            )  # fmt: skip
        case "own_affiliation" if figure > 0:
            return notice("anomaly_own_higher", expert=expert, reviews=found.reviews, points=f"{figure:.1f}")
        case "own_affiliation":
            return notice("anomaly_own_lower", expert=expert, reviews=found.reviews, points=f"{-figure:.1f}")


def _of_all(together: Affiliation | None, level: float) -> tuple[Notice, ...]:
    """A remark on all experts' own reviews where both tests (or the one there is) say so."""
    if together is None or max(together.p, together.p_within or 0.0) >= level:
        return ()
    points, reviews = f"{abs(together.difference):.1f}", together.own
    if together.difference > 0:
        return (notice("affiliation_higher", reviews=reviews, points=points),)
    return (notice("affiliation_lower", reviews=reviews, points=points),)


def _notices(
    residuals: Residuals,
    enough: NDArray[np.bool_],
    compared: Mapping[Kind, Comparisons],
    affiliated: bool,
    together: Affiliation | None,
) -> Iterator[Notice]:
    """What was not looked at, and why."""
    able, few = int(enough.sum()), int(((residuals.reviews > 0) & ~enough).sum())
    if able < LEAST_EXPERTS:
        yield notice("anomaly_few_experts", minimum=LEAST_EXPERTS, reviews=LEAST_REVIEWS)
    else:
        if few:
            yield notice("anomaly_few_reviews", experts=few, minimum=LEAST_REVIEWS)
        if "halo" not in compared:
            yield notice("anomaly_one_criterion")
    if "agreement" not in compared:
        yield notice("anomaly_pairs_too_many")
    elif not compared["agreement"].who.size:
        yield notice("anomaly_few_common", minimum=LEAST_COMMON)
    if affiliated and together is None:
        yield notice("anomaly_few_own", minimum=LEAST_OWN)
