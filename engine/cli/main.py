"""The ``youhui`` command. A verb is a file in ``engine/cli/commands/``; alone, the command prints its verbs.

Exit codes: 0 done; 1 the answer is no (mistakes, findings, a refusal); 2 it could not be asked (usage, no server).
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol

from engine.cli import commands
from engine.cli.http import ProblemError, ServerSilentError
from engine.errors import Invalid, Unavailable, YouhuiError

DONE, NO, NOT_ASKED, INTERRUPTED = 0, 1, 2, 130


class Command(Protocol):
    """What a file in ``commands/`` holds; its docstring is the help."""

    __doc__: str | None

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the verb's arguments to *parser*."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit code."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; an error is one line on stderr."""
    logging.getLogger("youhui").addHandler(logging.NullHandler())  # a command says it itself; serving sets up its log
    found = find_commands()
    parser = _parser(found)
    args = parser.parse_args(arguments)
    if args.verb is None:
        parser.print_help()
        return DONE
    return _run(args.verb, found[args.verb], args)


def _run(verb: str, command: Command, args: argparse.Namespace) -> int:
    try:
        return _flushed(command.run(args))
    except ProblemError as problem:
        code, sentence = NO, str(problem)
    except ServerSilentError as silence:
        code, sentence = NOT_ASKED, str(silence)
    except YouhuiError as error:
        code = NOT_ASKED if isinstance(error, Invalid | Unavailable) else NO
        sentence = f"{error.detail} ({error.code})"
    except BrokenPipeError:  # `youhui schema | head`: who read has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        code, sentence = NOT_ASKED, f"{error.filename or 'system'}: {error.strerror or error}"
    except KeyboardInterrupt:
        code, sentence = INTERRUPTED, "stopped"
    print(f"youhui {verb}: {sentence}", file=sys.stderr)
    return code


def _flushed(code: int) -> int:
    sys.stdout.flush()
    return code


def find_commands() -> dict[str, Command]:
    """Return every verb's module by name.

    Raises: TypeError when a file lacks its docstring, ``arguments`` or ``run``.
    """
    names = sorted(info.name for info in pkgutil.iter_modules(commands.__path__))
    return {name: _command(name) for name in names}


def _command(name: str) -> Command:
    module = importlib.import_module(f"{commands.__name__}.{name}")
    missing = [part for part in ("arguments", "run") if not callable(getattr(module, part, None))]
    if missing or not module.__doc__:
        raise TypeError(f"{module.__name__} must have a docstring and define arguments(parser) and run(args)")
    return module


def _parser(found: dict[str, Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="youhui",
        description="Promotions, coupons and payments: campaigns are files, prices are exact to the cent.",
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    for name, command in found.items():
        text = (command.__doc__ or "").strip()
        verb = verbs.add_parser(
            name,
            help=text.partition("\n")[0].rstrip("."),
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())
