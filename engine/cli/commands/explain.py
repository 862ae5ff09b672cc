"""Say in plain sentences what a campaign or catalogue.yaml does, or show the page of a word of the language.

    youhui explain spring-100-15
    youhui explain spring-100-15 --locale zh
    youhui explain catalogue
    youhui explain amount_off

Words are the conditions and benefits: spend, first_order, amount_off, fixed_price and the others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.cli.campaign_files import DEFAULT, read_text
from engine.errors import NotFound
from engine.rules.kinds import benefits, conditions
from engine.rules.language.catalogue_file import is_catalogue_file, read_options
from engine.rules.language.explain import explain
from engine.rules.language.explain_options import explain_options
from engine.rules.language.mistakes import did_you_mean
from engine.rules.language.read import read_campaign
from engine.rules.language.schema import page
from engine.rules.phrases import Locale


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the campaign and the language."""
    parser.add_argument("campaign", metavar="ID", help="an id or a file, or a condition or benefit")
    parser.add_argument("--locale", choices=["en", "zh"], default="en", help="language (default: en)")
    parser.add_argument("--folder", type=Path, default=DEFAULT, help="where campaigns are (default: campaigns)")


def run(args: argparse.Namespace) -> int:
    """Print the sentences."""
    kinds = {**conditions(), **benefits()}
    if args.campaign in kinds:
        print(page(kinds[args.campaign]))
        return 0
    path = Path(args.campaign)
    if path.suffix != ".yaml":
        path = args.folder / f"{args.campaign}.yaml"
    if is_catalogue_file(path.name) and (path.is_file() or args.folder.is_dir()):
        return _options(path, args.locale)
    if not path.is_file():
        ids = [file.stem for file in args.folder.glob("*.yaml") if not file.name.endswith(".cases.yaml")]
        hint = did_you_mean(args.campaign, ["catalogue", *ids])
        raise NotFound("campaign_not_found", f"There is no campaign {args.campaign!r} in {args.folder}.{hint}")
    reading = read_campaign(read_text(path), str(path))
    if reading.campaign is None:
        print(*reading.mistakes, sep="\n", file=sys.stderr)
        return 1
    print(explain(reading.campaign, args.locale))
    return 0


def _options(path: Path, locale: Locale) -> int:
    """Print what the options mean; without a file, what the defaults mean."""
    read = read_options(read_text(path) if path.is_file() else "", str(path))
    if read.options is None:
        print(*read.mistakes, sep="\n", file=sys.stderr)
        return 1
    print(explain_options(read.options, locale))
    return 0
