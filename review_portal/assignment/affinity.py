"""How well an expert fits a dossier: declared specialty, text, history, as one number per pair.

    affinity = sum of weight * part over the parts that are known / sum of their weights

Each part lies between 0 and 1 and is nan where nothing is known; a pair of which nothing is known stays
nan. The weights are a setting; their defaults are assumed, not measured on dossiers of this kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark

from .model import Real

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class AffinityWeights:
    """What each part counts. basis: "assumed" until an office decides, as for every assumed value."""

    specialty: float = 0.6
    text: float = 0.3
    history: float = 0.1
    basis: str = "assumed"

    def __post_init__(self) -> None:
        if min(self.specialty, self.text, self.history) < 0 or self.specialty + self.text + self.history <= 0:
            raise Invalid(mark("匹配度权重须不小于 0，且至少一项大于 0。"))


def combine(weights: AffinityWeights, *, specialty: Real, text: Real, history: Real) -> Real:
    """(dossiers, experts) affinity from its parts, each (dossiers, experts) or nan where unknown."""
    parts = np.stack([specialty, text, history])
    weight = np.array([weights.specialty, weights.text, weights.history])[:, None, None]
    known = np.where(np.isnan(parts), 0.0, weight)
    total = known.sum(axis=0)
    result: Real = np.full(total.shape, np.nan)
    np.divide((known * np.nan_to_num(parts)).sum(axis=0), total, out=result, where=total > 0)
    return result


def specialty_match(wanted: Sequence[Collection[str]], declared: Sequence[Collection[str]]) -> Real:
    """Share of a dossier's specialties that an expert has declared; nan where either side names none.

    wanted: per dossier. declared: per expert.
    """
    names = sorted({name for group in (*wanted, *declared) for name in group})
    place = {name: index for index, name in enumerate(names)}
    left, right = _indicator(wanted, place), _indicator(declared, place)
    asked = left.sum(axis=1)
    known = (asked > 0)[:, None] & (right.sum(axis=1) > 0)[None, :]
    return np.where(known, left @ right.T / np.maximum(asked, 1.0)[:, None], np.nan)


def history_match(wanted: Sequence[Collection[str]], served: Sequence[Mapping[str, int]]) -> Real:
    """n / (n + 1) for n earlier reviews of the dossier's specialties: 0 for a newcomer, rising ever slower.

    wanted: per dossier. served: per expert, completed reviews by specialty. nan where the dossier names none.
    """
    names = sorted({name for group in wanted for name in group})
    place = {name: index for index, name in enumerate(names)}
    count = np.array([[reviews.get(name, 0) for name in names] for reviews in served], dtype=np.float64)
    left = _indicator(wanted, place)
    earlier = left @ count.reshape(len(served), len(names)).T
    return np.where(left.sum(axis=1)[:, None] > 0, earlier / (earlier + 1.0), np.nan)


def text_match(dossiers: Sequence[str], experts: Sequence[str]) -> Real:
    """Cosine of TF-IDF vectors of character bigrams; nan where a text has no two characters.

    Counts times ln((1 + n) / (1 + df)) + 1 over all n texts of both sides, scaled to length 1 (Salton and
    Buckley 1988, smoothed). Texts are compared in NFKC, in small letters and without white space.
    """
    texts = [_SPACE.sub("", unicodedata.normalize("NFKC", text)).lower() for text in (*dossiers, *experts)]
    known = np.array([len(text) > 1 for text in texts])
    if not known.any():
        return np.full((len(dossiers), len(experts)), np.nan)
    vectors = _vectors_by_library(texts) if find_spec("sklearn") else _vectors(texts)
    product = (vectors[: len(dossiers)] @ vectors[len(dossiers) :].T).toarray()
    both = known[: len(dossiers), None] & known[None, len(dossiers) :]
    return np.where(both, np.minimum(product, 1.0), np.nan)


def _indicator(groups: Sequence[Collection[str]], place: Mapping[str, int]) -> Real:
    result = np.zeros((len(groups), len(place)))
    for row, group in enumerate(groups):
        result[row, [place[name] for name in group]] = 1.0
    return result


def _vectors_by_library(texts: Sequence[str]) -> Any:
    """(texts, bigrams) sparse matrix, by scikit-learn."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return csr_array(TfidfVectorizer(analyzer="char", ngram_range=(2, 2)).fit_transform(texts))


def _vectors(texts: Sequence[str]) -> Any:
    """The same matrix where scikit-learn is not installed; the order of its columns is its own."""
    place: dict[str, int] = {}
    row: list[int] = []
    column: list[int] = []
    count: list[int] = []
    for number, text in enumerate(texts):
        for bigram, times in Counter(map("".join, pairwise(text))).items():
            row.append(number)
            column.append(place.setdefault(bigram, len(place)))
            count.append(times)
    size = (len(texts), len(place))
    matrix = csr_array((np.array(count, dtype=np.float64), (row, column)), shape=size)
    rarity = np.log((1 + size[0]) / (1 + np.bincount(column, minlength=size[1]))) + 1.0
    matrix.data *= rarity[matrix.indices]
    length = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    matrix.data /= np.repeat(length, np.diff(matrix.indptr))
    return matrix
