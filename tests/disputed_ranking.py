"""A ranking whose list would be another one under the plain mean: the panel must say why it keeps its rule.

The first unit has four sheets: an expert who scores high is recused from it. Its defense is scored low,
so that it is second by calibrated scores and fourth by the plain mean.
"""

from __future__ import annotations

import dataclasses

from review_portal.services import rounds
from tests import factories
from tests.factories_opinions import agree
from tests.factories_selection import CHAIR, Selection
from tests.factories_selection import _defend as defend
from tests.factories_selection import _unseal as unseal

SHARE = "0.67"


def dispute(made: Selection, share: str = SHARE) -> Selection:
    """From "shortlisted" to the end of the last reconciliation. Needs an application context."""
    shares = {**made.story.shares, "2023-001": share}
    changed = dataclasses.replace(made, story=dataclasses.replace(made.story, shares=shares))
    defend(changed)
    factories.close_round(changed.expert(CHAIR), changed.supervisor, round_=changed.defense)
    unseal(changed, changed.defense)
    rounds.finish_round(changed.expert(CHAIR), round_=changed.defense)
    agree(changed)
    return changed
