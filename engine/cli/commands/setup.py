"""Make the schema, the merchants with their keys, and the town's three months; doing it again changes nothing.

  youhui setup                      everything, some seconds
  youhui setup --seed merchants     merchants and keys, no shoppers
  youhui setup --seed none          the schema only

Keys are kept in <data_dir>/keys.json, readable by the owner only.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from engine.app.keys import keys_path
from engine.settings import from_environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add how much of the town to make."""
    parser.add_argument("--seed", choices=["none", "merchants", "town"], default="town", help="how much to make")
    parser.add_argument(
        "--campaigns", type=Path, default=Path("campaigns"), help="what ran during the town's past (default: campaigns)"
    )


def run(args: argparse.Namespace) -> int:
    """Set up and say what there is."""
    from engine.app.set_up import set_up

    settings = from_environment()
    said = asyncio.run(set_up(settings, args.seed, args.campaigns))
    print(said)
    if args.seed != "none":
        print(f"keys: {keys_path(settings)}")
    return 0
