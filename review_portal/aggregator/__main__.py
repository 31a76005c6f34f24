"""`python -m review_portal.aggregator SUBCOMMAND FILE.csv`: the aggregator on any score file, without the
portal.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence

from .agreement_command import COMMAND as AGREEMENT
from .commands import in_words, lines_of
from .connectivity_command import COMMAND as CONNECTIVITY
from .fit_command import COMMAND as FIT
from .notices import AggregatorError
from .rank_command import COMMAND as RANK
from .report_command import COMMAND as REPORT

COMMANDS = (RANK, FIT, AGREEMENT, CONNECTIVITY, REPORT)
BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; 0 on success, 2 with the reason on standard error if the input is unusable."""
    options = _parser().parse_args(arguments)
    try:
        output = options.run(options)
    except AggregatorError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(in_words(error), file=sys.stderr)
        return BAD_INPUT
    try:
        _print(output.content)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for line in lines_of(output.remarks):
        print(line, file=sys.stderr)
    return 0


def _print(content: str | bytes | Iterable[str]) -> None:
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    for part in (content,) if isinstance(content, str) else content:
        sys.stdout.write(part)
    print(flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m review_portal.aggregator", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="|".join(command.name for command in COMMANDS))
    for command in COMMANDS:
        own = subparsers.add_parser(command.name, help=command.help)
        command.add_options(own)
        own.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
