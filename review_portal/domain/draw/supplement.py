"""A draw that follows another: the difference to the last one, and the 补抽 for seats that stayed open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, replace

from review_portal.domain.draw.pool import (
    Candidate,
    Difference,
    Event,
    Exclusion,
    Frozen,
    Previous,
    Rules,
    Supplement,
    Vacancy,
    freeze,
    lock,
)
from review_portal.domain.draw.record import Record, seating_of, seats


def freeze_after(
    last: Record,
    event: Event,
    pool: Iterable[Candidate],
    rules: Rules,
    exclusions: Iterable[Exclusion] = (),
    *,
    used_events: Collection[str] = (),
) -> Frozen:
    """`pool.freeze` with the difference to the last draw told in the event."""
    now = lock(event, pool, rules, exclusions)
    told = replace(event, previous=previous_of(last, now))
    return freeze(told, now.pool, now.rules, now.exclusions, used_events=used_events)


def freeze_supplement(
    first: Record,
    event: Event,
    pool: Iterable[Candidate],
    rules: Rules,
    exclusions: Iterable[Exclusion] = (),
    *,
    reason: str,
    before: Sequence[Record] = (),
    used_events: Collection[str] = (),
) -> Frozen:
    """Lock a 补抽 from a new pool: open seats only, nobody twice, linked to the first record.

    before: latest records of the draws before `first`, oldest first: seats may have changed hands since.

    Those of the pool who sit or have left are excluded here, each with its reason; the rules' quotas may not
    exceed the open seats (Invalid).
    """
    supplement = supplement_of(first, reason, before)
    pool = tuple(pool)
    named = {person.id for person in pool}
    where = first.frozen.event.id
    drawn = [
        Exclusion(person, "已在前次抽取中产生", f"{what}（抽取事项{where}）")
        for persons, what in (
            (sorted(seat.id for seat in supplement.seated), "已选中"),
            (supplement.departed, "已退出"),
        )
        for person in persons
        if person in named
    ]
    told = replace(event, supplement=supplement)
    return freeze_after(first, told, pool, rules, (*exclusions, *drawn), used_events=used_events)


def previous_of(last: Record, now: Frozen) -> Previous:
    """The last draw and what has changed from it to the one that is locked now."""
    return Previous(last.frozen.event.id, last.last_code, difference(last.frozen, now))


def difference(before: Frozen, now: Frozen) -> Difference:
    """Persons added, removed or changed, exclusions begun or ended, and fields of the rules that differ."""
    old, new = ({person.id: person for person in frozen.pool} for frozen in (before, now))
    was_out, is_out = ({entry.id for entry in frozen.exclusions} for frozen in (before, now))
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(key for key in old.keys() & new.keys() if old[key] != new[key])),
        newly_excluded=tuple(sorted(is_out - was_out)),
        no_longer_excluded=tuple(sorted(was_out - is_out)),
        rules=tuple(
            part.name
            for part in fields(Rules)
            if getattr(before.rules, part.name) != getattr(now.rules, part.name)
        ),
    )


def supplement_of(first: Record, reason: str, before: Sequence[Record] = ()) -> Supplement:
    """What a 补抽 after `first` starts from; a 补抽 after a 补抽 carries on what the earlier ones hold.

    before: the latest records of the draws before `first`, oldest first. Without them stands what `first`
    itself says of them, which is good as long as nobody has left there since.
    """
    earlier = first.frozen.event.supplement
    carried = earlier.seated if earlier and not before else ()
    held = (*carried, *(seat for record in (*before, first) for seat in seats(record)))
    gone = {person for record in (*before, first) for person in seating_of(record).departed}
    if earlier and not before:
        gone.update(earlier.departed)
    still = {seat.id for seat in held}
    return Supplement(reason, held, tuple(sorted(gone - still)), vacancies(first, before))


def vacancies(record: Record, before: Sequence[Record] = ()) -> tuple[Vacancy, ...]:
    """Open seats by stratum, without those that are full; `before` as in `supplement_of`."""
    oldest = before[0] if before else record
    earlier = oldest.frozen.event.supplement
    strata = oldest.frozen.rules.strata
    sought = [Vacancy(stratum.key, stratum.name, stratum.quota) for stratum in strata]
    held = Counter(seat.stratum for one in (*before, record) for seat in seats(one))
    left = (
        replace(vacancy, seats=vacancy.seats - held[vacancy.stratum])
        for vacancy in (earlier.vacant if earlier else sought)
    )
    return tuple(vacancy for vacancy in left if vacancy.seats > 0)
