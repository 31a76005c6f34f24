"""Compile the builders of addresses once a process: hundreds of routes for each of thousands of applications.

Werkzeug compiles two functions for every rule when an application is made, which took nine tenths of making
one. They depend on the rule's text and defaults alone and get the rule itself as an argument.
"""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
_compile = Rule._compile_builder
_compiled: dict[tuple[object, ...], Builder] = {}


def _compile_once(rule: Rule, append_unknown: bool = True) -> Builder:
    key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


def share() -> None:
    """Let all applications of this process share their routes' compiled builders."""
    Rule._compile_builder = _compile_once  # type: ignore[method-assign]
