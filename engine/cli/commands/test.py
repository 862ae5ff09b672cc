"""Run the cases beside campaigns and tell what failed, expected against got.

    youhui test                       every campaign in campaigns/
    youhui test campaigns/spring.yaml

Exit code 1 when a case fails or a file has mistakes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.campaign_files import DEFAULT, read_asked


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the files."""
    parser.add_argument("paths", nargs="*", type=Path, default=[DEFAULT], metavar="PATH", help="files or folders")


def run(args: argparse.Namespace) -> int:
    """Print the cases that fail."""
    folder = read_asked(args.paths).folder
    for mistake in folder.mistakes:
        print(mistake)
    results = folder.run()
    failed = [result for result in results if not result.passed]
    for result in failed:
        print(f"{result.file}:{result.line}: {result.name}")
        for problem in result.problems:
            print(f"    {problem}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or folder.mistakes else 0
