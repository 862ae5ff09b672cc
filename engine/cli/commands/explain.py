"""Say in plain sentences what a campaign does.

youhui explain spring-100-15
youhui explain spring-100-15 --locale zh
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.cli.campaign_files import DEFAULT, read_files
from engine.errors import NotFound
from engine.rules.language.explain import explain
from engine.rules.language.mistakes import did_you_mean
from engine.rules.language.read import read_campaign


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the campaign and the language."""
    parser.add_argument("campaign", metavar="ID", help="the campaign's id, or its file")
    parser.add_argument("--locale", choices=["en", "zh"], default="en", help="language (default: en)")
    parser.add_argument("--folder", type=Path, default=DEFAULT, help="where campaigns are (default: campaigns)")


def run(args: argparse.Namespace) -> int:
    """Print the sentences."""
    path = Path(args.campaign)
    if path.suffix != ".yaml":
        path = args.folder / f"{args.campaign}.yaml"
    if not path.is_file():
        ids = [file.stem for file in args.folder.glob("*.yaml") if not file.name.endswith(".cases.yaml")]
        hint = did_you_mean(args.campaign, ids)
        raise NotFound("campaign_not_found", f"There is no campaign {args.campaign!r} in {args.folder}.{hint}")
    [(name, text)] = read_files([path])
    reading = read_campaign(text, name)
    if reading.campaign is None:
        print(*reading.mistakes, sep="\n", file=sys.stderr)
        return 1
    print(explain(reading.campaign, args.locale))
    return 0
