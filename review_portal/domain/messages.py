"""Sentences for people, kept apart from the act of saying them.

A `Message` carries a Chinese sentence and its parameters; web translates it, the command line prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A Chinese sentence with `%(name)s` places and the values that fill them."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.msgid % self.params if self.params else self.msgid


def mark(msgid: str, **params: object) -> Message:
    """Mark a sentence for the translators and pair it with its parameters."""
    return Message(msgid, params)
