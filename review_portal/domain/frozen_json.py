"""Frozen dataclasses as JSON and strictly back: a missing field, one too many or of another type is refused.

Fields may be str, int, bool, aware datetimes, Literals, tuples of one kind, dataclasses and unions of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")


class ShapeFault(ValueError):
    """The value at `place` (frozen.pool[3].id) does not have the form of its field."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{place or 'value'} does not have the expected form")
        self.place = place


def encoded(value: object) -> object:
    """Dataclasses as dicts of their fields, tuples as lists; the rest as `canonical.dumps` takes it."""
    if is_dataclass(value):
        return {part.name: encoded(getattr(value, part.name)) for part in fields(value)}
    return [encoded(part) for part in value] if isinstance(value, tuple) else value


def decoded(kind: type[Kind], value: object, place: str = "") -> Kind:
    """The value of `kind` written as this parsed JSON. ShapeFault names the first place that differs."""
    result: Kind = _decode(kind, value, place)
    return result


def _decode(kind: Any, value: object, place: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), value, place)
    if origin is Literal:
        return _same(value, [option for option in get_args(kind) if option == value], place)
    if origin is tuple:
        part = get_args(kind)[0]
        entries = value if isinstance(value, list) else _fail(place)
        return tuple(_decode(part, entry, f"{place}[{index}]") for index, entry in enumerate(entries))
    if is_dataclass(kind):
        return _record(kind, value, place)
    if kind is datetime:
        return _time(value, place)
    return value if type(value) is kind else _fail(place)  # `True` is no number


def _same(value: object, options: list[object], place: str) -> object:
    return options[0] if options and type(options[0]) is type(value) else _fail(place)


def _one_of(kinds: tuple[Any, ...], value: object, place: str) -> Any:
    """The first kind of the union that fits; where only one is possible its own fault is told."""
    possible = [kind for kind in kinds if kind is not NoneType]
    if value is None and len(possible) < len(kinds):
        return None
    if len(possible) == 1:
        return _decode(possible[0], value, place)
    for kind in possible:
        with suppress(ShapeFault):
            return _decode(kind, value, place)
    return _fail(place)


def _record(kind: Any, value: object, place: str) -> Any:
    hints = _hints(kind)
    if not isinstance(value, Mapping) or value.keys() != hints.keys():
        return _fail(place)
    inside = f"{place}." if place else ""
    return kind(**{name: _decode(hint, value[name], inside + name) for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _time(value: object, place: str) -> datetime:
    """An aware time in the one form that `isoformat` writes."""
    if isinstance(value, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None and moment.isoformat() == value:
                return moment
    raise ShapeFault(place)


def _fail(place: str) -> Any:
    raise ShapeFault(place)
