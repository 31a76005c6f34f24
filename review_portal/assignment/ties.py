"""Which of several equal optima is taken: a second lexicographic stage, decided by a seed.

Stage one maximises the total in millionths. Stage two keeps that total and maximises the sum of
HMAC-SHA256(seed, "expert|dossier"), cut to 24 bits, over the chosen pairs. A second stage instead of a
small perturbation of the affinities: with 50,000 seats a perturbation that can never change a total of
millionths would need coefficients near 2^53, where neither solver is exact. Only pairs whose choice is free
at the optimum take part, so an affinity is never traded for a tie weight. By the isolation lemma (Mulmuley,
Vazirani and Vazirani 1987) stage two is ambiguous with probability at most (free pairs) / 2^24; then the
solver's own, repeatable order decides.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import numpy as np

from .model import Index, Problem

_BYTES = 3


def weights(problem: Problem, key: Index) -> Index:
    """Tie weight of each pair dossier * experts + expert: whole numbers below 2^24."""
    experts = len(problem.experts)
    secret = problem.seed.encode()
    return np.fromiter(
        (
            _weight(secret, problem.experts, problem.dossiers, int(one) % experts, int(one) // experts)
            for one in key
        ),
        dtype=np.int64,
        count=key.size,
    )


def _weight(secret: bytes, experts: Sequence[str], dossiers: Sequence[str], expert: int, dossier: int) -> int:
    text = f"{experts[expert]}|{dossiers[dossier]}".encode()
    return int.from_bytes(hmac.digest(secret, text, "sha256")[:_BYTES], "big")
