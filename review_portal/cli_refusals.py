"""How the command line says that something cannot be done: one sentence and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click

from review_portal.domain.errors import PortalError

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Refused(click.ClickException):
    """An expected refusal: its sentence on standard error, exit code 1."""

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


class Unreadable(Refused):
    """A file or option that cannot be read: exit code 2."""

    exit_code = 2


def told(problem: PortalError) -> str:
    """A refusal as text: the sentence, then one line per field."""
    return "\n".join([str(problem.message), *(f"  {name}：{text}" for name, text in problem.fields.items())])


def says_refusals(command: Callable[Given, Result]) -> Callable[Given, Result]:
    """Print an expected refusal as its sentence instead of a traceback; exit code 1."""

    @wraps(command)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except PortalError as problem:
            raise Refused(told(problem)) from problem

    return run
