"""Within how many working days an objection is acknowledged and looked into."""

from __future__ import annotations

from dataclasses import dataclass

from scoring_rubrics.reader import Table


@dataclass(frozen=True, slots=True)
class ObjectionRules:
    """Working days, the day of receipt not counted: to classify and acknowledge, and from the
    acknowledgement to the conclusion; `extended_days` from the same day where it is extended, once.
    """

    acknowledge_days: int = 3
    investigate_days: int = 10
    extended_days: int = 30


def read_objections(top: Table) -> ObjectionRules:
    """The table [objections] of call.toml; the values above where the call has none."""
    if not top.has("objections"):
        return ObjectionRules()
    table = top.table("objections")
    found = ObjectionRules(
        *(table.integer(key, 1) for key in ("acknowledge_days", "investigate_days", "extended_days"))
    )
    if found.extended_days <= found.investigate_days:
        raise table.fault("extended_days", "应大于 investigate_days")
    table.finish()
    return found
