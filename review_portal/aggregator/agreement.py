"""How far the experts of one round agree: every coefficient that the design allows, and why one is missing.

Complete rounds (every expert scored every dossier) have intraclass correlations and Kendall's W; any round
has Krippendorff's alpha and mean correlations of pairs of experts; generalizability coefficients come with
the variance components of a mixed model. What a page may show of a small round is for `explain` to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .concordance import (
    COMMON_DOSSIERS,
    PAIR_LIMIT,
    Kendall,
    MeanCorrelation,
    PairCorrelations,
    kendall,
    pair_correlations,
)
from .exact import Index
from .generalizability import Generalizability
from .intraclass import LEVEL, Intraclass, cronbach_alpha, intraclass
from .krippendorff import METRICS, Krippendorff, krippendorff
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings

# McGraw & Wong's names of the coefficients, by which R's package irr calls them
_MODELS = {
    "ICC(1,1)": "oneway_consistency_single",
    "ICC(2,1)": "twoway_agreement_single",
    "ICC(3,1)": "twoway_consistency_single",
    "ICC(1,k)": "oneway_consistency_average",
    "ICC(2,k)": "twoway_agreement_average",
    "ICC(3,k)": "twoway_consistency_average",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of one round on totals, or on one criterion; None where the design has no such coefficient.

    dossiers, experts: with at least one review; reviews: how many; complete: every one of these experts
    scored every one of these dossiers. reviews_per_dossier: harmonic mean, the k at which an unbalanced
    round is judged (Brennan 2001). cronbach: alpha over the criteria, one case per review; above about 0.95
    the criteria say one and the same (halo). notices: why something is missing or was left out.
    """

    criterion: str | None
    dossiers: int
    experts: int
    reviews: int
    complete: bool
    reviews_per_dossier: float
    intraclass: Intraclass | None
    kendall: Kendall | None
    krippendorff: Krippendorff | None
    correlations: PairCorrelations | None
    cronbach: float | None
    generalizability: Generalizability | None
    notices: tuple[Notice, ...]

    def figures(self) -> dict[str, float]:
        """Every figure that has a value, by the name under which references print it; squared points for MS_.

        What is infinite or undefined is left out and named in the notice `agreement_no_value`.
        """
        return {key: value for key, value in self._all_figures().items() if math.isfinite(value)}

    def _all_figures(self) -> dict[str, float]:
        found: dict[str, float] = {}
        if self.intraclass:
            found |= _intraclass_figures(self.intraclass)
            found |= {f"irr_icc_{model}": found[name] for name, model in _MODELS.items()}
        if self.kendall:
            found |= {
                "kendall_W_tie_corrected": self.kendall.w,
                "kendall_W_uncorrected": self.kendall.w_uncorrected,
                "kendall_chisq": self.kendall.chi_square,
                "kendall_df": self.kendall.df,
                "kendall_p": self.kendall.p,
            }
        if self.krippendorff:
            found |= _alpha_figures(self.krippendorff, self.experts if self.complete else None)
        if self.correlations:
            found |= _correlation_figures("pearson", self.correlations.pearson)
            found |= _correlation_figures("spearman", self.correlations.spearman)
        if self.cronbach is not None:
            found["cronbach_alpha"] = self.cronbach
        if self.generalizability:
            found |= _generalizability_figures(self.generalizability, self.reviews_per_dossier)
        return found


def agreement(
    ratings: Ratings,
    criterion: str | None = None,
    *,
    level: float = LEVEL,
    generalizability: Generalizability | None = None,
    per_point: float = 100.0,
) -> Agreement:
    """All agreement figures of one round: of the experts' totals, or of their points for one criterion.

    level: of the limits of a complete round's intraclass correlations. generalizability: from the round's
    variance components, on the same points. per_point: units of the ratings' points in a point. Raises
    AggregatorError for an unknown criterion, a round without a single complete sheet, and what `intraclass`
    refuses as a level.
    """
    points = _points(ratings, criterion)
    unit = per_point * (ratings.scale if criterion is None else 1)
    if not points.size:
        raise AggregatorError("本轮没有完整的评分表，不能计算评分一致性，请先录入评分。")
    size = np.bincount(ratings.sheet_dossier)
    size = size[size > 0]
    dossiers, experts = size.size, np.unique(ratings.sheet_expert).size
    complete = points.size == dossiers * experts
    signed = bool(points.min() < 0)
    notices = list(_design_notices(dossiers, experts, points.size, int(size.max())))
    if signed:
        notices.append(notice("agreement_no_ratio"))
    table = points.reshape(dossiers, experts) if complete and min(dossiers, experts) >= 2 else None
    correlations, about_pairs = _correlations(ratings, points) if experts >= 2 else (None, ())
    cronbach, about_criteria = _cronbach(ratings) if criterion is None else (None, ())
    result = Agreement(
        criterion=criterion,
        dossiers=dossiers,
        experts=experts,
        reviews=points.size,
        complete=complete,
        reviews_per_dossier=dossiers / float((1 / size).sum()),
        intraclass=intraclass(table / unit, level) if table is not None else None,
        kendall=kendall(table) if table is not None else None,
        krippendorff=_alpha(ratings.sheet_dossier, points, signed) if size.max() >= 2 else None,
        correlations=correlations,
        cronbach=cronbach,
        generalizability=generalizability,
        notices=(*notices, *about_pairs, *about_criteria),
    )
    return replace(result, notices=(*result.notices, *_without_value(result._all_figures())))


def _alpha(dossier: Index, points: Index, signed: bool) -> Krippendorff:
    """In all metrics; points below 0 have no ratios."""
    return krippendorff(dossier, points, METRICS[:-1] if signed else METRICS)


def _points(ratings: Ratings, criterion: str | None) -> Index:
    """(sheets,) hundredths, totals in 1/`ratings.scale` of them."""
    if criterion is None:
        return ratings.total
    if criterion not in ratings.criteria:
        raise AggregatorError(
            "本轮评分中没有一级指标“%(criterion)s”，请从%(known)s中选。",
            criterion=criterion,
            known="、".join(ratings.criteria),
        )
    return ratings.criterion_total[:, ratings.criteria.index(criterion)]


def _design_notices(dossiers: int, experts: int, reviews: int, most: int) -> tuple[Notice, ...]:
    if most < 2:
        return (notice("agreement_no_common_dossier"),)
    if dossiers < 2:
        return (notice("agreement_one_dossier"),)
    holes = dossiers * experts - reviews
    return (notice("agreement_incomplete", holes=holes),) if holes else ()


def _correlations(ratings: Ratings, points: Index) -> tuple[PairCorrelations | None, tuple[Notice, ...]]:
    try:
        found = pair_correlations(ratings.sheet_dossier, ratings.sheet_expert, points)
    except AggregatorError:  # sheets are unique and finite: there are only too many of them
        return None, (notice("agreement_too_many_pairs", limit=PAIR_LIMIT),)
    notices = []
    if left := found.possible - found.pearson.pairs:
        notices.append(
            notice("agreement_pairs_left_out", left=left, pairs=found.possible, minimum=COMMON_DOSSIERS)
        )
    if perfect := max(found.pearson.perfect, found.spearman.perfect):
        notices.append(notice("agreement_perfect_pairs", pairs=perfect))
    return found, tuple(notices)


def _cronbach(ratings: Ratings) -> tuple[float | None, tuple[Notice, ...]]:
    points = ratings.criterion_total
    if min(points.shape) < 2:
        return None, (notice("agreement_one_criterion"),) if len(ratings.criteria) < 2 else ()
    return cronbach_alpha(points), ()


def _without_value(figures: Mapping[str, float]) -> tuple[Notice, ...]:
    """One notice on figures that are infinite or undefined; a coefficient stands for its limits and tests."""
    missing = [key for key, value in figures.items() if not (math.isfinite(value) or key.startswith("irr_"))]
    named = tuple(key for key in missing if not any(key.startswith(f"{other}_") for other in missing))
    return (notice("agreement_no_value", figures=named),) if named else ()


def _intraclass_figures(found: Intraclass) -> dict[str, float]:
    squares, percent = found.mean_squares, f"{100 * found.level:g}"
    figures = {
        "MS_between_targets": squares.between_dossiers,
        "MS_within_targets": squares.within_dossiers,
        "MS_between_judges": squares.between_experts,
        "MS_residual": squares.residual,
    }
    for name, coefficient in found.coefficients.items():
        figures |= {
            name: coefficient.value,
            f"{name}_F": coefficient.f,
            f"{name}_df1": coefficient.df1,
            f"{name}_df2": coefficient.df2,
            f"{name}_p": coefficient.p,
            f"{name}_ci{percent}_lo": coefficient.low,
            f"{name}_ci{percent}_hi": coefficient.high,
        }
    return figures


def _alpha_figures(found: Krippendorff, experts: int | None) -> dict[str, float]:
    """alpha, and on a complete table (n values by k experts) also what R's irr 0.84.1 prints for it.

    irr weights a unit by 1/(m_u - 1) only if some cell is missing; without the weights a complete table has
    n (k-1) pairable values instead of n, so that 1 - alpha grows by (n (k-1) - 1) / ((n-1) (k-1)).
    """
    figures = {f"krippendorff_alpha_{metric}": value for metric, value in found.alpha.items()}
    if experts is None:
        return figures
    n, k = found.values, experts
    factor = (n * (k - 1) - 1) / ((n - 1) * (k - 1))
    return figures | {f"irr_{key}": 1 - (1 - value) * factor for key, value in figures.items()}


def _correlation_figures(name: str, mean: MeanCorrelation) -> dict[str, float]:
    return {f"mean_{name}": mean.fisher, f"mean_{name}_plain": mean.plain}


def _generalizability_figures(found: Generalizability, reviews: float) -> dict[str, float]:
    needed = found.experts_needed()
    return {
        "phi_1": found.absolute(),
        "phi_k": found.absolute(reviews),
        "e_rho2_1": found.relative(),
        "e_rho2_k": found.relative(reviews),
        "experts_needed": math.inf if needed is None else needed,
    }
