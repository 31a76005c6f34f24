"""A selection whose third and fourth units are equal in every tie key, with one place left for the two."""

from __future__ import annotations

import dataclasses

from flask import Flask

from review_portal.db import db
from review_portal.services import rounds
from tests import factories
from tests.factories_selection import CHAIR, Selection, green, selection
from tests.factories_selection import _defend as defend
from tests.factories_selection import _unseal as unseal


def tied(app: Flask) -> Selection:
    """Both rounds finished, nothing frozen but the shortlist, no opinions yet."""
    made = selection(app, "shortlisted", dataclasses.replace(green(), shifts={}))
    with app.app_context():
        defend(made)
        factories.close_round(made.expert(CHAIR), made.supervisor, round_=made.defense)
        unseal(made, made.defense)
        rounds.finish_round(made.expert(CHAIR), round_=made.defense)
        db.session.rollback()
    return made
