"""How the command line says that something cannot be done: one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
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


class Commands(click.Group):
    """The commands; what was mistyped is told in the office's language, exit code 2."""

    def main(  # type: ignore[override]  # click declares it twice, by the value of one option
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        try:
            outcome = super().main(args, prog_name, complete_var, False, **extra)
        except click.exceptions.NoArgsIsHelpError as problem:
            problem.show()
            sys.exit(problem.exit_code)
        except click.UsageError as problem:
            path = problem.ctx.command_path if problem.ctx else "portal"
            click.echo(f"{_mistyped(problem)}\n写法见：./{path} -h", err=True)
            sys.exit(problem.exit_code)
        except click.ClickException as problem:
            problem.show()
            sys.exit(problem.exit_code)
        except click.Abort:
            sys.exit(1)
        sys.exit(outcome if isinstance(outcome, int) else 0)


def _mistyped(problem: click.UsageError) -> str:
    """What is wrong with a command line, and what could stand there."""
    match problem:
        case click.exceptions.NoSuchCommand(ctx=click.Context(command=click.Group(commands=known))):
            return f"没有“{problem.command_name}”这个命令。可用：{'、'.join(sorted(known))}。"
        case click.NoSuchOption():
            return f"没有 {problem.option_name} 这个选项。"
        case click.MissingParameter(param=click.Parameter() as lacking):
            return f"缺少 {_shown(lacking)}。"
        case click.BadOptionUsage():
            return f"{problem.option_name} 后面缺少值。"
        case click.BadParameter(param=click.Parameter(type=click.Choice(choices=choices)) as chosen):
            given = problem.message.split("'")[1]
            return f"{_shown(chosen)} 不能是“{given}”，可填：{'、'.join(choices)}。"
        case click.BadParameter(param=click.Parameter() as given):
            return f"{_shown(given)} 的值不能用，请核对后重新填写。"
    return "命令写法有误。"


def _shown(parameter: click.Parameter) -> str:
    """The option or argument as it is typed."""
    return parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
