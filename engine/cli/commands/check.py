"""Check campaign files and tell every mistake as file:line:col: code: sentence.

    youhui check                      every file in campaigns/
    youhui check campaigns/spring.yaml

Exit code 1 when there is a mistake.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.campaign_files import DEFAULT, read_asked
from engine.rules.phrases import counted


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the files."""
    parser.add_argument("paths", nargs="*", type=Path, default=[DEFAULT], metavar="PATH", help="files or folders")


def run(args: argparse.Namespace) -> int:
    """Print the mistakes."""
    asked = read_asked(args.paths)
    mistakes = asked.folder.mistakes
    for mistake in mistakes:
        print(mistake)
    print(f"{counted(len(asked.names), 'file', 'files')}, {counted(len(mistakes), 'mistake', 'mistakes')}")
    return 1 if mistakes else 0
