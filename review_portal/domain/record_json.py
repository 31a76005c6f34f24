"""Frozen records as plain JSON values and back, by their annotations, without loss."""

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal


def plain(value: object) -> object:
    """Plain dicts, lists, strings, integers, booleans, None; decimals and dates as strings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"no plain form for {type(value).__name__}")


def built(kind: Any, value: Any) -> object:
    """A value of the annotated type from its plain form. Raises KeyError, TypeError or ValueError."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        inner = next(argument for argument in arguments if argument is not type(None))
        return None if value is None else built(inner, value)
    if origin is tuple:
        return tuple(built(arguments[0], item) for item in value)
    if origin is Mapping:
        return {key: built(arguments[1], item) for key, item in value.items()}
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"{value!r} is none of {arguments}")
        return value
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return typing.cast(Any, kind)(**{f.name: built(hints[f.name], value[f.name]) for f in fields(kind)})
    if kind is Decimal:
        return Decimal(value)
    if kind is date:
        return date.fromisoformat(value)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value
