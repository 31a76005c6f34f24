"""What a result has to say about itself: codes with plain data, and errors that carry a sentence.

`domain/wording.py` holds the Chinese sentence of every code; nothing here is translated or printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark on a result: a code and the strings, whole numbers or tuples of strings it speaks about."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def canonical(self) -> dict[str, object]:
        """The notice as strings and lists of strings, for freezing."""
        return {
            "code": self.code,
            "params": {key: _plain(value) for key, value in sorted(self.params.items())},
        }


class AggregatorError(ValueError):
    """Input that cannot be computed or compared; `msgid` and `params` are the Chinese sentence (as in
    Message).
    """

    def __init__(self, msgid: str, **params: object) -> None:
        super().__init__(msgid % params if params else msgid)
        self.msgid = msgid
        self.params: Mapping[str, object] = params


class DuplicateRow(AggregatorError):
    """Two rows for one dossier, expert and item, which `params` name."""


def notice(code: str, **params: object) -> Notice:
    """A notice from keyword parameters."""
    return Notice(code, params)


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return str(value)
