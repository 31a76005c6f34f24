"""What is locked before a draw: the event, the pool, the rules and the exclusions, with their codes.

Everything here can be published before the draw; names of persons never stand in it, only their ids.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from review_portal.domain import canonical
from review_portal.domain.draw import protocol
from review_portal.domain.draw.protocol import HashName
from review_portal.domain.draw.public_value import USUAL_DICE, PublicSource, source_fault
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.frozen_json import decoded, encoded
from review_portal.domain.messages import Message, mark

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of the pool by id. `strata` are specialties, of which the rules may name only some; equal
    `employer` keys are one employer, None counts as an employer of its own.
    """

    id: str
    strata: tuple[str, ...]
    employer: str | None = None


@dataclass(frozen=True, slots=True)
class Stratum:
    """One specialty that is drawn from: seats, and how many of those next in order are named as 候补."""

    key: str
    name: str
    quota: int
    standby: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The published rules; strata are drawn in this order, and who has a seat leaves those that follow.

    on_refusal: what happens when a party does not reveal: `proceed` with the public value and the other
    nonce, the refusal recorded as a breach; `void` ends the draw without a result.
    """

    strata: tuple[Stratum, ...]
    fallback: PublicSource
    public_source: PublicSource = USUAL_DICE
    one_per_employer: bool = True
    hash: HashName = "sha256"
    on_refusal: Literal["proceed", "void"] = "proceed"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A person of the pool who may not be drawn: by which rule, and why."""

    id: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that is held."""

    stratum: str
    id: str
    employer: str | None


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Seats of a stratum for which nobody is left in order."""

    stratum: str
    name: str
    seats: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it was at the last draw: ids, and names of the rules' fields."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    newly_excluded: tuple[str, ...]
    no_longer_excluded: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Previous:
    """The last draw, by its event and the code of its record, and what has changed since."""

    event: str
    code: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Supplement:
    """A 补抽 for seats that an earlier draw could not fill: who sits, who left, which seats are open."""

    reason: str
    seated: tuple[Seat, ...]
    departed: tuple[str, ...]
    vacant: tuple[Vacancy, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One draw. Its id is used once, whatever comes of it."""

    id: str
    title: str
    frozen_at: datetime
    previous: Previous | None = None
    supplement: Supplement | None = None


@dataclass(frozen=True, slots=True)
class FrozenCodes:
    """Codes (hex) of the parts, and the one over all of them to which the parties commit."""

    pool: str
    rules: str
    exclusions: str
    frozen: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A locked draw: pool sorted by id, exclusions by id, rule and reason, all text in NFC."""

    event: Event
    pool: tuple[Candidate, ...]
    rules: Rules
    exclusions: tuple[Exclusion, ...]
    codes: FrozenCodes

    @property
    def hash(self) -> HashName:
        """The hash of every code of this draw."""
        return self.rules.hash

    @property
    def drawable(self) -> tuple[Candidate, ...]:
        """Those of the pool who are not excluded."""
        out = {entry.id for entry in self.exclusions}
        return tuple(person for person in self.pool if person.id not in out)


def freeze(
    event: Event,
    pool: Iterable[Candidate],
    rules: Rules,
    exclusions: Iterable[Exclusion] = (),
    *,
    used_events: Collection[str] = (),
) -> Frozen:
    """Lock pool, rules and exclusions for one event; equal content in any order gives equal codes.

    used_events: ids of all events ever locked. Conflict: the id is among them (there is no second draw).
    Invalid: something cannot be drawn by these rules; every fault is told.
    """
    frozen = lock(event, pool, rules, exclusions)
    if frozen.event.id in {unicodedata.normalize("NFC", used) for used in used_events}:
        raise Conflict(
            mark(
                "抽取事项“%(event)s”已经锁定过，不能再次抽取。人选有缺的按顺序递补；无人可递补的，另立事项补抽。",
                event=frozen.event.id,
            )
        )
    refuse(frozen_faults(frozen))
    return frozen


def lock(event: Event, pool: Iterable[Candidate], rules: Rules, exclusions: Iterable[Exclusion]) -> Frozen:
    """The canonical form with its codes, unchecked: what `freeze` checks and what a replay compares."""
    event, rules = in_canonical_form(event), in_canonical_form(rules)
    people = [in_canonical_form(person) for person in pool]
    people = [replace(person, strata=tuple(sorted(set(person.strata)))) for person in people]
    people.sort(key=lambda person: (person.id, person.strata, person.employer or ""))
    out = {in_canonical_form(entry) for entry in exclusions}
    ordered = sorted(out, key=lambda entry: (entry.id, entry.rule, entry.reason))
    name = rules.hash
    pool_code = protocol.hash_hex(name, pool_lines(people))
    rules_code = protocol.hash_hex(name, protocol.json_lines([encoded(rules)]))
    exclusions_code = protocol.hash_hex(name, protocol.json_lines(map(encoded, ordered)))
    whole = protocol.frozen_code(name, encoded(event), pool_code, rules_code, exclusions_code)
    codes = FrozenCodes(pool_code, rules_code, exclusions_code, whole)
    return Frozen(event, tuple(people), rules, tuple(ordered), codes)


def pool_lines(pool: Iterable[Candidate]) -> bytes:
    """The pool as it is hashed and may be published: one line of canonical JSON for each person."""
    return protocol.json_lines(map(encoded, pool))


def in_canonical_form(value: Entry) -> Entry:
    """The same dataclass with its texts in NFC."""
    return decoded(type(value), json.loads(canonical.dumps(encoded(value))))


def refuse(faults: Iterable[Message]) -> None:
    """Raise Invalid with every fault, or do nothing where there is none."""
    found = list(faults)
    if len(found) == 1:
        raise Invalid(found[0])
    if found:
        told = {str(number): fault for number, fault in enumerate(found, start=1)}
        raise Invalid(mark("抽取材料有%(count)s处不符合要求，请逐项改正。", count=len(found)), told)


def frozen_faults(frozen: Frozen) -> Iterator[Message]:
    """Everything that keeps a locked draw from being drawn by its own rules."""
    if not frozen.event.id or not frozen.event.title:
        yield mark("请填写抽取事项的编号和名称。")
    yield from _rules_faults(frozen.rules)
    yield from _pool_faults(frozen)
    if frozen.event.supplement is not None:
        yield from _supplement_faults(frozen, frozen.event.supplement)
    yield from _short_strata(frozen)


def _rules_faults(rules: Rules) -> Iterator[Message]:
    if not rules.strata:
        yield mark("抽取规则至少要有一个专业组。")
    for key, times in Counter(stratum.key for stratum in rules.strata).items():
        if times > 1 or not key:
            yield mark("专业组代码“%(key)s”重复或为空，请改正。", key=key)
    for stratum in rules.strata:
        if not stratum.name or stratum.quota < 1 or stratum.standby < 0:
            yield mark("专业组“%(key)s”须有名称，名额至少1人，候补人数不能为负数。", key=stratum.key)
    for source in (rules.public_source, rules.fallback):
        fault = source_fault(source)
        if fault is not None:
            yield fault


def _pool_faults(frozen: Frozen) -> Iterator[Message]:
    ids = Counter(person.id for person in frozen.pool)
    if not ids:
        yield mark("名单是空的，请先选定参加抽取的专家。")
    for person, times in ids.items():
        if times > 1 or not person:
            yield mark("专家编号“%(id)s”重复或为空，请改正。", id=person)
    for entry in frozen.exclusions:
        if entry.id not in ids:
            yield mark("排除的“%(id)s”不在名单中，请核对编号。", id=entry.id)
        if not entry.rule or not entry.reason:
            yield mark("排除“%(id)s”须写明依据和理由。", id=entry.id)


def _supplement_faults(frozen: Frozen, supplement: Supplement) -> Iterator[Message]:
    if not supplement.reason:
        yield mark("补抽须写明原因。")
    vacant = {vacancy.stratum: vacancy.seats for vacancy in supplement.vacant}
    for stratum in frozen.rules.strata:
        if stratum.quota > vacant.get(stratum.key, 0):
            yield mark(
                "专业组“%(name)s”补抽%(quota)s人，多于空缺的%(vacant)s人，请改正。",
                name=stratum.name,
                quota=stratum.quota,
                vacant=vacant.get(stratum.key, 0),
            )
    gone = {*supplement.departed, *(seat.id for seat in supplement.seated)}
    for person in frozen.drawable:
        if person.id in gone:
            yield mark("“%(id)s”在前次抽取中已选中或已退出，不能再次抽取，请列入排除名单。", id=person.id)


def _short_strata(frozen: Frozen) -> Iterator[Message]:
    """Strata that no seed can fill: fewer persons (or employers, where one of each may sit) than seats."""
    seated = frozen.event.supplement.seated if frozen.event.supplement else ()
    blocked = {seat.employer for seat in seated if seat.employer is not None}
    for stratum in frozen.rules.strata:
        members = [person for person in frozen.drawable if stratum.key in person.strata]
        places = len(members)
        if frozen.rules.one_per_employer:
            employers = {person.employer for person in members} - blocked - {None}
            places = len(employers) + sum(person.employer is None for person in members)
        if places < stratum.quota:
            yield mark(
                "专业组“%(name)s”名额%(quota)s人，名单中最多可选%(places)s人（已扣除排除人员和同单位人员），"
                "请补充名单或调整名额。",
                name=stratum.name,
                quota=stratum.quota,
                places=places,
            )
