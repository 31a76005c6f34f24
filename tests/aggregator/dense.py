"""The crossed model written out with every covariance matrix, to hold the fast equations against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from review_portal.aggregator.mixed_model import Reviews
from review_portal.aggregator.mixed_reml import Variances


@dataclass(frozen=True)
class Dense:
    """Criterion, score and average information as their definitions say."""

    criterion: float
    score: np.ndarray
    information: np.ndarray


def dense(reviews: Reviews, variances: Variances, noise: np.ndarray | None = None) -> Dense:
    """The model at given variances; levels of components that are 0 have score 0."""
    parts, weights = covariance_parts(reviews, noise), np.array(list(astuple_of(variances)))
    y, size = reviews.points, reviews.points.size
    covariance = sum(weight * part for weight, part in zip(weights, parts, strict=True))
    inverse = np.linalg.inv(covariance)
    ones = np.ones((size, 1))
    middle = ones.T @ inverse @ ones
    projector = inverse - inverse @ ones @ np.linalg.inv(middle) @ ones.T @ inverse
    criterion = (
        (size - 1) * np.log(2 * np.pi)
        + np.linalg.slogdet(covariance)[1]
        + np.log(middle[0, 0])
        + y @ projector @ y
    )
    score = np.array(
        [-0.5 * (np.trace(projector @ part) - y @ projector @ part @ projector @ y) for part in parts]
    )
    information = np.array(
        [[0.5 * y @ projector @ a @ projector @ b @ projector @ y for b in parts] for a in parts]
    )
    active = weights > 0
    return Dense(float(criterion), score * active, information * np.outer(active, active))


def covariance_parts(reviews: Reviews, noise: np.ndarray | None = None) -> list[np.ndarray]:
    """Z Z' of dossiers, experts and panels, and the residual's own matrix."""
    dossier = np.eye(reviews.dossiers)[reviews.dossier]
    expert = np.eye(reviews.experts)[reviews.expert]
    group = reviews.group if reviews.group is not None else np.zeros(reviews.dossiers, dtype=np.int64)
    panel = np.eye(int(group.max()) + 1)[group[reviews.dossier]]
    own = np.ones(reviews.points.size) if noise is None else noise[reviews.expert]
    return [dossier @ dossier.T, expert @ expert.T, panel @ panel.T, np.diag(own)]


def posterior(reviews: Reviews, variances: Variances) -> tuple[np.ndarray, np.ndarray]:
    """Prediction and posterior covariance of mu plus each dossier's effect, mu unknown with a flat prior."""
    parts, weights = covariance_parts(reviews), astuple_of(variances)
    covariance = sum(weight * part for weight, part in zip(weights, parts, strict=True))
    inverse, ones = np.linalg.inv(covariance), np.ones(reviews.points.size)
    group = reviews.group if reviews.group is not None else np.zeros(reviews.dossiers, dtype=np.int64)
    panel = np.eye(int(group.max()) + 1)[group]
    prior = weights[0] * np.eye(reviews.dossiers) + weights[2] * panel @ panel.T
    shared = prior @ np.eye(reviews.dossiers)[reviews.dossier].T  # cov(effect, y)
    mean_variance = 1.0 / (ones @ inverse @ ones)
    mu = mean_variance * (ones @ inverse @ reviews.points)
    effect = shared @ inverse @ (reviews.points - mu)
    away = np.ones(reviews.dossiers) - shared @ inverse @ ones
    return mu + effect, prior - shared @ inverse @ shared.T + mean_variance * np.outer(away, away)


def astuple_of(variances: Variances) -> tuple[float, float, float, float]:
    """Dossiers, experts, panels, residual."""
    return variances.dossier, variances.expert, variances.group, variances.residual
