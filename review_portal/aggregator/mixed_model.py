"""Calibrated scores: dossiers' quality and experts' severity as crossed random effects, fitted by REML.

    y_ij = mu + g_p(i) + a_i + b_j + e_ij

Variances by restricted maximum likelihood (see `mixed_reml`), effects as best linear unbiased predictions.
It is advice to the chair and never the rule. A variance on the boundary comes out as exactly 0; what the
design cannot separate is said in a notice.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from .connectivity import Components, components, not_connected
from .exact import Index
from .mixed_equations import Equations, Real, equations
from .mixed_reml import Observed, Point, Track, Variances, climb
from .mixed_solver import ACCURACY, ROUGH, ExactSolver, IterativeSolver, Ratios, Solver, signs_of
from .mixed_spread import Spread, leverage, spread
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings

EXACT_LEVELS = 3000  # levels of the smaller side up to which the equations are factored
FEW_DOSSIERS, FEW_EXPERTS = 10, 4  # below, a variance is hardly known
NOISE_PRIOR = 8.0  # reviews' worth of belief that an expert is as noisy as the others
ONE_POINT = 100.0  # ratings hold hundredths
Engine = Literal["exact", "iterative"]

_PROBES, _WARM_PROBES, _MORE_PROBES = 2, 4, 32
_STEADY = 1e-5  # share of the inner levels that a trace may be off by
_WARM_LEVELS = 300  # from here on a rough start by conjugate gradients saves factorisations
_TIGHT, _LOOSE, _WARM = 1e-8, 1e-4, 3e-3
_PATIENCE, _SHARPER = 8, 0.5  # points of a climb with rough traces; from then on each is sharper by this
_LEAST = 0.05  # share of the overall variance that every component starts with at least
_NOISE_TURNS, _NOISE_SETTLED = 20, 0.01
_RANK = 1e-9  # singular values of the scaled information below this leave no standard errors


@dataclass(frozen=True, eq=False)
class Reviews:
    """The observations of one round, sorted by dossier, then expert; each pair at most once.

    dossier, expert (reviews,)   indices
    points (reviews,)            totals in points
    group (dossiers,)            panel of each dossier from 0, or None
    """

    dossier: Index
    expert: Index
    points: Real
    dossiers: int
    experts: int
    group: Index | None = None

    @cached_property
    def parts(self) -> Components:
        """What hangs together; found when first asked for, as a large round pays for it."""
        return components(self.dossier, self.expert, self.dossiers, self.experts)

    @classmethod
    def of(cls, ratings: Ratings, group: Index | None = None, *, per_point: float = ONE_POINT) -> Reviews:
        """The totals of one round's complete sheets. per_point: units of the ratings' points in a point."""
        return cls(
            dossier=ratings.sheet_dossier,
            expert=ratings.sheet_expert,
            points=ratings.total / (ratings.scale * per_point),
            dossiers=len(ratings.dossiers),
            experts=len(ratings.experts),
            group=group,
        )


@dataclass(frozen=True, eq=False)
class MixedFit:
    """A fitted crossed model, in points.

    engine            exact or iterative
    mu, se_mu         overall mean and its standard error
    variances         REML estimates; the panels' is 0 without panels
    se_variances      their standard errors from average information; nan where the estimate is 0
    reml_criterion    -2 log restricted likelihood; None from the iterative engine
    dossier_effect    (dossiers,) departure from mu, the panel's included; nan without a review
    expert_effect     (experts,) severity, positive is generous; nan without a review
    group_effect      (panels,)
    noise             (experts,) variance multipliers s_j; 1 where one noise is assumed for all
    track             criterion and variances at every step
    """

    engine: Engine
    mu: float
    se_mu: float
    variances: Variances
    se_variances: Variances
    reml_criterion: float | None
    dossier_effect: Real
    expert_effect: Real
    group_effect: Real
    noise: Real
    track: Track
    notices: tuple[Notice, ...]
    reviews: Reviews = field(repr=False)
    solver: Solver = field(repr=False)

    @cached_property
    def spread(self) -> Spread:
        """Posterior standard deviations; computed when first asked for."""
        return spread(self.solver, self.variances.residual)

    @cached_property
    def leverage(self) -> Real:
        """(reviews,) share of each review's own noise that the fit takes up; computed when asked for."""
        return leverage(self.solver, self.reviews.dossier, self.reviews.expert)

    @property
    def calibrated(self) -> Real:
        """(dossiers,) what an average expert would give."""
        return self.mu + self.dossier_effect

    @property
    def residual(self) -> Real:
        """(reviews,) what neither dossier nor expert explains."""
        seen = self.reviews
        return seen.points - self.calibrated[seen.dossier] - self.expert_effect[seen.expert]


def fit_mixed(
    reviews: Reviews,
    *,
    engine: Engine | None = None,
    expert_noise: bool = False,
    seed: int = 0,
    probes: int = _PROBES,
) -> MixedFit:
    """Fit the crossed model to one round.

    engine: exact factors the smaller side (by default up to EXACT_LEVELS levels); iterative solves it by
    conjugate gradients and takes traces from `probes` random vectors drawn with `seed`, then from 32 where
    these leave more than 1e-5 of a trace open. expert_noise: each expert has a noise of his own,
    s_j = (v0 + sum_i E e_ij^2 / ve) / (v0 + m_j) with v0 = NOISE_PRIOR, in turns with the variances until no
    s_j moves by 1 %. Raises AggregatorError if reviews cannot separate a
    dossier's quality from chance, or if the variances do not settle.
    """
    _refuse_hopeless(reviews)
    if engine is None:
        engine = "exact" if min(reviews.dossiers, reviews.experts) <= EXACT_LEVELS else "iterative"
    fit = _fit_once(reviews, engine, seed, probes, None, None)
    for _ in range(_NOISE_TURNS if expert_noise else 0):
        noise = _noise(fit)
        settled = float(np.abs(np.log(noise / fit.noise)).max()) < _NOISE_SETTLED
        fit = _fit_once(reviews, engine, seed, probes, noise, fit)
        if settled:
            break
    return fit


def _fit_once(
    reviews: Reviews, engine: Engine, seed: int, probes: int, noise: Real | None, before: MixedFit | None
) -> MixedFit:
    """One fit at given noises, from the variances of the fit before it if there is one."""
    system = equations(
        reviews.dossier,
        reviews.expert,
        dossiers=reviews.dossiers,
        experts=reviews.experts,
        group=reviews.group,
        noise=noise,
    )
    centre = float(reviews.points.mean())
    values = reviews.points - centre
    weighted = values if noise is None else values / noise[reviews.expert]
    data = system.of_reviews(weighted, reviews.dossier, reviews.expert)
    observed = Observed(data, float(values @ weighted))
    start = _moments(reviews, values, system.groups) if before is None else before.variances
    point, track = _reml(system, observed, start, engine, seed, probes, warm=before is None)
    return _fitted(reviews, engine, centre, noise, point, track)


def _noise(fit: MixedFit) -> Real:
    """(experts,) noise multipliers from the residuals of a fit and what the fit took up of them."""
    seen = fit.reviews
    taken = fit.leverage * fit.noise[seen.expert]
    square = fit.residual**2 / fit.variances.residual + taken
    reviews = np.bincount(seen.expert, minlength=seen.experts)
    result: Real = (NOISE_PRIOR + np.bincount(seen.expert, square, seen.experts)) / (NOISE_PRIOR + reviews)
    return result


def _reml(
    system: Equations,
    observed: Observed,
    start: Variances,
    engine: Engine,
    seed: int,
    probes: int,
    *,
    warm: bool,
) -> tuple[Point, Track]:
    """Climb by the chosen engine; a large exact problem starts from a rough iterative solution."""
    if engine == "iterative":
        return _climbed(system, observed, start, seed, probes)
    large = min(system.dossiers, system.experts) >= _WARM_LEVELS
    track: Track = ()
    if large and warm:
        rough, track = climb(start, _iterative(system, seed, _WARM_PROBES), observed, tolerance=_WARM)
        start = rough.variances
    tolerance = _WARM if large else _TIGHT
    point, more = climb(start, lambda ratios: ExactSolver(system, ratios), observed, tolerance=tolerance)
    return point, (*track, *more)


def _climbed(
    system: Equations, observed: Observed, start: Variances, seed: int, probes: int
) -> tuple[Point, Track]:
    """By random vectors, and once more with many where a few leave too much open."""
    point, track = climb(start, _iterative(system, seed, probes), observed, tolerance=_LOOSE)
    assert isinstance(point.solver, IterativeSolver)
    if probes >= _MORE_PROBES or point.solver.trace_error <= _STEADY * point.solver.di.size:
        return point, track
    make = _iterative(system, seed, _MORE_PROBES)
    point, more = climb(point.variances, make, observed, tolerance=_LOOSE)
    return point, (*track, *more)


def _iterative(system: Equations, seed: int, probes: int) -> Callable[[Ratios], Solver]:
    """Solvers for one climb, sharper where it does not settle: rough traces keep a small variance moving."""
    signs = signs_of(system, seed, probes)
    memory: dict[int, Real] = {}
    late = itertools.count(-_PATIENCE)

    def make(ratios: Ratios) -> Solver:
        rough = max(ROUGH * _SHARPER ** max(next(late), 0), ACCURACY)
        return IterativeSolver(system, ratios, signs, memory, rough)

    return make


def _moments(reviews: Reviews, values: Real, panels: int) -> Variances:
    """First variances from sums of squares within dossiers, within experts and overall.

    E SS(dossiers) = (N - n)(vb + ve), E SS(experts) = (N - m)(va + ve),
    E SS(total) = va (N - sum n_i^2 / N) + vb (N - sum m_j^2 / N) + ve (N - 1). (After Gao, Owen 2017.)
    A component that the design cannot separate from the residual starts, and stays, at 0.
    """
    size, total = values.size, float(values @ values)
    within, share = [], []
    for index, levels in ((reviews.dossier, reviews.dossiers), (reviews.expert, reviews.experts)):
        count = np.bincount(index, minlength=levels)
        seen = count > 0
        between = float((np.bincount(index, values, levels)[seen] ** 2 / count[seen]).sum())
        within.append((total - between) / max(size - int(seen.sum()), 1))
        share.append(size - float((count**2.0).sum()) / size)
    level = total / (size - 1)
    least = _LEAST * level
    below = sum(share) - (size - 1)
    residual = (share[0] * within[1] + share[1] * within[0] - total) / below if below > 0 else level / 2
    residual = min(max(residual, least), max(level, least))
    dossier, expert = max(within[1] - residual, least), max(within[0] - residual, least)
    if not _separable(reviews.expert, reviews.experts):
        expert = 0.0
    return Variances(dossier, expert, dossier / 2 if panels > 1 else 0.0, residual)


def _separable(index: Index, levels: int) -> bool:
    """Whether any level has two reviews: else its effects and chance are one."""
    return int(np.bincount(index, minlength=levels).max(initial=0)) > 1


def _refuse_hopeless(reviews: Reviews) -> None:
    scored = int(np.unique(reviews.dossier).size)
    if scored < 2:
        raise AggregatorError("至少要有两份有评分的材料，才能估计评分校准模型，请补充评分。")
    if not _separable(reviews.dossier, reviews.dossiers):
        raise AggregatorError(
            "每份材料只有一名专家的评分，分不清材料质量与评分偶然性，请至少为部分材料补充评分。"
        )
    if _freedom(reviews) <= 0:
        raise AggregatorError(
            "有效评分仅%(reviews)s份，扣除材料和专家之后没有余数可估计偶然波动，请补充评分。",
            reviews=reviews.points.size,
        )
    if float(np.ptp(reviews.points)) == 0.0:
        raise AggregatorError("所有评分完全相同，没有可供估计的差异，请核对评分。")


def _freedom(reviews: Reviews) -> int:
    """Reviews left over once every dossier and every expert has taken a value of its own."""
    seen = reviews.parts
    levels = int((seen.dossier >= 0).sum() + (seen.expert >= 0).sum())
    if not _separable(reviews.expert, reviews.experts):
        return int(reviews.points.size - (seen.dossier >= 0).sum())
    return int(reviews.points.size) - levels + seen.count


def _fitted(
    reviews: Reviews, engine: Engine, centre: float, noise: Real | None, point: Point, track: Track
) -> MixedFit:
    variances, solver, effects = point.variances, point.solver, point.effects
    dossier = effects.dossier
    if solver.system.groups:
        dossier = dossier + effects.border[1:][solver.system.group]
    return MixedFit(
        engine=engine,
        mu=centre + float(effects.border[0]),
        se_mu=float(np.sqrt(solver.border.inverse[0, 0] * variances.residual)),
        variances=variances,
        se_variances=_errors(point),
        reml_criterion=point.criterion,
        dossier_effect=np.where(solver.system.per_dossier > 0, dossier, np.nan),
        expert_effect=np.where(solver.system.per_expert > 0, effects.expert, np.nan),
        group_effect=effects.border[1:],
        noise=np.ones(reviews.experts) if noise is None else noise,
        track=track,
        notices=tuple(_notices(reviews, variances)),
        reviews=reviews,
        solver=solver,
    )


def _errors(point: Point) -> Variances:
    """Standard errors of the variances: the inverse of the information where it is not 0 and has one."""
    active = np.array(astuple(point.variances)) > 0.0
    errors = np.full(4, np.nan)
    information = point.information[np.ix_(active, active)]
    unit = 1.0 / np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    scaled = unit[:, None] * information * unit
    if np.linalg.matrix_rank(scaled, tol=_RANK) == unit.size:
        errors[active] = unit * np.sqrt(np.maximum(np.diag(np.linalg.inv(scaled)), 0.0))
    return Variances(*errors.tolist())


def _notices(reviews: Reviews, variances: Variances) -> Iterator[Notice]:
    """What a reader must know before he trusts the figures."""
    seen = reviews.parts
    scored, experts = int((seen.dossier >= 0).sum()), int((seen.expert >= 0).sum())
    if scored < FEW_DOSSIERS or experts < FEW_EXPERTS:
        yield notice("model_few_levels", dossiers=scored, experts=experts)
    if not seen.connected:
        yield not_connected(seen)
    if not _separable(reviews.expert, reviews.experts):
        yield notice("model_expert_not_separable")
    elif variances.expert == 0.0:
        yield notice("model_expert_zero")
    if variances.dossier + variances.group == 0.0:
        yield notice("model_dossier_zero")
