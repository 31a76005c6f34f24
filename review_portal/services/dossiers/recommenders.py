"""Which recommending unit a name means."""

from __future__ import annotations

from review_portal.domain.text_count import fold
from review_portal.intake.field_suggestions import recognise_district
from scoring_rubrics import Call as Rules


def recommender_key(recommender: str | None, rules: Rules) -> str:
    """The district that the name contains, else the name without spaces and widths."""
    return recognise_district((recommender,), rules.districts) or fold(recommender or "")
