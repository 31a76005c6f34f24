"""Records that somebody has changed: one value, the structure, or everything so that all codes fit again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from review_portal.domain import draw
from review_portal.domain.draw import (
    Candidate,
    Dice,
    Draw,
    Exclusion,
    PublicValue,
    Record,
    Refusal,
    Reveal,
    Supplement,
    protocol,
)
from review_portal.domain.draw.pool import lock
from review_portal.domain.draw.record import assembled
from review_portal.domain.draw.steps import Opening
from tests.domain.draw.draws import EVENT, EXCLUSIONS, LOTTERY, POOL, RULES, at, locked, opened, replaced

DATA = draw.record_bytes(replaced())
Path = tuple[str | int, ...]


def file_of(record: object) -> bytes:
    """A record in the form that it has when nothing but its content is wrong."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    """The paths of every value in a record that holds no others."""
    parts: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        parts = enumerate(value)
    inner = [leaf for key, part in parts for leaf in leaves(part, (*path, key))]
    yield from inner or [path]


def changed(value: object) -> object:
    """Another value that the same field may hold."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None or value == []:
        return "甲" if value is None else [{"id": "E001", "why": "employer"}]
    text = str(value)
    if "T" in text and text.endswith("+08:00"):
        return text.replace("T14", "T15")
    other = {"sha256": "sm3", "proceed": "void", "named": "fallback", "declined": "withdrew"}
    return other.get(text, text[:-1] + ("1" if text[-1:] != "1" else "2"))


def with_change(path: Path, value: object = None) -> bytes:
    """The sample record's file with one value changed."""
    record = json.loads(DATA)
    part: Any = record
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = changed(part[path[-1]]) if value is None else value
    return file_of(record)


SINGLE_CHANGES = [path for path in leaves(json.loads(DATA)) if path != ("schema",)]


def _swapped(record: dict[str, Any], *path: str | int) -> None:
    part: Any = record
    for key in path:
        part = part[key]
    part[0], part[1] = part[1], part[0]


_STRANGER = {"id": "E099", "strata": ["energy"], "employer": None}
_STRUCTURE = {
    "person_added": lambda r: r["frozen"]["pool"].append(_STRANGER),
    "person_removed": lambda r: r["frozen"]["pool"].pop(0),
    "exclusion_lifted": lambda r: r["frozen"]["exclusions"].pop(),
    "exclusion_added": lambda r: r["frozen"]["exclusions"].append(
        {"id": "E009", "rule": "甲", "reason": "乙"}
    ),
    "pool_order": lambda r: _swapped(r, "frozen", "pool"),
    "strata_order": lambda r: _swapped(r, "frozen", "rules", "strata"),
    "party_order": lambda r: _swapped(r, "commitments"),
    "ranked_order": lambda r: _swapped(r, "outcome", "strata", 0, "order"),
    "selected_order": lambda r: _swapped(r, "outcome", "strata", 0, "selected"),
    "standby_order": lambda r: _swapped(r, "outcome", "strata", 0, "standby"),
    "stratum_removed": lambda r: r["outcome"]["strata"].pop(),
    "result_removed": lambda r: r.update(outcome=None),
    "replacement_removed": lambda r: r["replacements"].pop(0),
    "replacement_repeated": lambda r: r["replacements"].append(r["replacements"][1]),
    "replacement_order": lambda r: _swapped(r, "replacements"),
    "commitment_removed": lambda r: r["commitments"].pop(),
    "opening_removed": lambda r: r["openings"].pop(),
    "value_removed": lambda r: r.update(public_value=None),
    "field_removed": lambda r: r["public_value"].pop("source"),
    "field_added": lambda r: r.update(remark="甲"),
    "number_as_text": lambda r: r["frozen"]["rules"]["strata"][0].update(quota="4"),
    "number_as_fraction": lambda r: r["frozen"]["rules"]["strata"][0].update(quota=4.0),
    "truth_as_number": lambda r: r["frozen"]["rules"].update(one_per_employer=1),
    "time_without_zone": lambda r: r["public_value"].update(at="2023-02-27T14:05:00"),
    "list_as_object": lambda r: r.update(openings={}),
}


def _restructured(name: str) -> bytes:
    record = json.loads(DATA)
    _STRUCTURE[name](record)
    return file_of(record)


STRUCTURE_CHANGES = {name: _restructured(name) for name in _STRUCTURE}
OTHER_BYTES = {
    "no_line_end": DATA[:-1],
    "two_line_ends": DATA + b"\n",
    "space": DATA.replace(b'":"', b'": "', 1),
    "escaped": json.dumps(json.loads(DATA), sort_keys=True, separators=(",", ":")).encode() + b"\n",
    "repeated_key": DATA.replace(b'{"code"', b'{"code":"","code"', 1),
}
NO_RECORDS = {
    "empty": b"",
    "no_json": b"{",
    "other_encoding": DATA.decode().encode("gb18030"),
    "half_a_surrogate": DATA.replace(b"2023-01-written", b"\\ud800"),
    "deep": b"[" * 100_000,
    "a_list": b"[]",
    "other_schema": DATA.replace(b"EXDRAW-1/record/1", b"EXDRAW-1/record/9"),
}


def forged(
    *,
    value: PublicValue | None = None,
    openings: tuple[Opening, ...] | None = None,
    committed: int = 1,
    **frozen_changes: Any,
) -> bytes:
    """A record whose codes all fit, made by software that passes over what the protocol forbids."""
    given = {"event": EVENT, "pool": POOL, "rules": RULES, "exclusions": EXCLUSIONS} | frozen_changes
    frozen = lock(given["event"], given["pool"], given["rules"], given["exclusions"])
    done = opened(locked())
    value = value or done.public_value
    assert value is not None
    openings = openings or done.openings
    commitments = tuple(
        replace(
            act,
            at=at(committed),
            code=draw.commitment_code(frozen, act.party, opening.nonce, opening.words)
            if isinstance(opening, Reveal)
            else act.code,
        )
        for act, opening in zip(done.commitments, openings, strict=True)
    )
    return draw.record_bytes(assembled(Draw(frozen, commitments, value, openings), value))


def recoded(record: Record) -> bytes:
    """A record whose result or replacements were changed, with the codes over them made to fit."""
    name, whole = record.frozen.hash, json.loads(draw.record_bytes(record))
    replacements = whole.pop("replacements")
    del whole["code"]
    last = whole["code"] = protocol.draw_code(name, whole)
    for entry in replacements:
        del entry["code"]
        last = entry["code"] = protocol.replacement_code(name, last, entry)
    return file_of(whole | {"replacements": replacements})


def _result(**changes: Any) -> bytes:
    """The sample record with its first stratum changed to somebody's liking."""
    record = replaced(times=0)
    assert record.outcome is not None
    first, *others = record.outcome.strata
    return recoded(
        replace(record, outcome=replace(record.outcome, strata=(replace(first, **changes), *others)))
    )


def _successor(**changes: Any) -> bytes:
    """The sample record with its second replacement changed to somebody's liking."""
    record = replaced()
    first, second = record.replacements
    return recoded(replace(record, replacements=(first, replace(second, **changes))))


def _strata(**changes: Any) -> draw.Rules:
    return replace(RULES, strata=(replace(RULES.strata[0], **changes), RULES.strata[1]))


def _value(text: str, **changes: Any) -> PublicValue:
    return replace(PublicValue(text, at(5)), **changes)


def _openings(**changes: Any) -> tuple[Opening, ...]:
    first, second = opened(locked()).openings
    return first, replace(second, **changes)


_THROWN = "3 5 1 6 2 2 4 6 1 3 5 5 2 4 1 6 3 3 2 5 4 1 6 2 4"
_REFUSED = (opened(locked()).openings[0], Refusal("supervisor", "", at(7)))
_OPEN = Supplement(
    "候补用尽", (), ("E001",), (draw.Vacancy("energy", "能源", 4), draw.Vacancy("finance", "财务", 2))
)

FORGERIES = {
    "another_selected": _result(selected=("E009", "E011", "E006", "E015")),
    "another_standby": _result(standby=("E015", "E001")),
    "nobody_standby": _result(standby=()),
    "order_cut_short": _result(order=replaced(times=0).outcome.strata[0].order[:5]),
    "seat_kept_open": _result(vacant=1),
    "another_successor": _successor(successor="E001"),
    "no_successor": _successor(successor=None),
    "skipped_for_no_reason": _successor(successor="E001", skipped=(draw.Skip("E013", "employer"),)),
    "replacement_of_who_left": _successor(leaver="E009"),
    "replacement_in_another_stratum": _successor(stratum="finance"),
    "replacement_without_reason": _successor(reason=""),
    "replacement_before_the_draw": _successor(at=at(1)),
    "replacement_misnumbered": _successor(number=3),
    "event_without_title": forged(event=replace(EVENT, title="")),
    "too_few_throws_by_rule": forged(rules=replace(RULES, public_source=Dice(5)), value=_value("3 5 1 6 2")),
    "one_throw_more": forged(value=_value(_THROWN + " 1")),
    "one_throw_less": forged(value=_value(_THROWN[:-2])),
    "seven_on_a_die": forged(value=_value("7" + _THROWN[1:])),
    "throws_with_commas": forged(value=_value(_THROWN.replace(" ", ","))),
    "fallback_without_reason": forged(value=_value("03 11 27", source="fallback")),
    "reason_without_fallback": forged(value=_value(_THROWN, fallback_reason="骰子遗失")),
    "published_value_empty": forged(value=_value("", source="fallback", fallback_reason="骰子遗失")),
    "fallback_undescribed": forged(rules=replace(RULES, fallback=replace(LOTTERY, description=""))),
    "value_before_commitments": forged(committed=6),
    "commitments_before_locking": forged(committed=-5),
    "reveal_before_value": forged(openings=_openings(at=at(2))),
    "refusal_without_a_word": forged(openings=_REFUSED),
    "nonce_of_one_figure": forged(openings=_openings(nonce="7")),
    "one_party_twice": forged(openings=_openings(party="organiser")),
    "nobody_in_the_pool": forged(pool=(), exclusions=()),
    "person_twice": forged(pool=(*POOL, replace(POOL[0], strata=("finance",)))),
    "person_without_id": forged(pool=(*POOL, Candidate("", ("energy",)))),
    "stranger_excluded": forged(exclusions=(*EXCLUSIONS, Exclusion("E099", "规则", "理由"))),
    "exclusion_without_reason": forged(exclusions=(Exclusion("E001", "规则", ""),)),
    "exclusion_without_rule": forged(exclusions=(Exclusion("E001", "", "理由"),)),
    "no_strata": forged(rules=replace(RULES, strata=())),
    "stratum_twice": forged(rules=replace(RULES, strata=RULES.strata[:1] * 2)),
    "stratum_without_name": forged(rules=_strata(name="")),
    "stratum_without_seats": forged(rules=_strata(quota=0)),
    "negative_standby": forged(rules=_strata(standby=-1)),
    "more_seats_than_persons": forged(rules=_strata(quota=40)),
    "supplement_of_who_left": forged(event=replace(EVENT, supplement=_OPEN)),
    "supplement_without_reason": forged(
        event=replace(EVENT, supplement=replace(_OPEN, departed=(), reason=""))
    ),
    "supplement_of_more_than_is_open": forged(
        event=replace(EVENT, supplement=replace(_OPEN, departed=(), vacant=_OPEN.vacant[:1]))
    ),
}
