"""Put the campaigns of a folder live in the running server, after checking them.

  youhui publish                    campaigns/: what is no longer there ends
  youhui publish campaigns/a.yaml   only these files; nothing else ends

catalogue.yaml, the options of the whole catalogue, goes with them; a folder without one means the defaults.

The key is the operator's in <data_dir>/keys.json, or YOUHUI_KEY.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from engine.app.campaign_files import campaign_files
from engine.app.keys import keys_path, read_keys
from engine.cli.http import Caller
from engine.errors import Invalid
from engine.settings import from_environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to publish, and where."""
    parser.add_argument("paths", nargs="*", type=Path, help="a folder, or files (default: campaigns)")
    parser.add_argument("--server", help="address of the server (default: from YOUHUI_HOST and YOUHUI_PORT)")


def run(args: argparse.Namespace) -> int:
    """Check, send, and say what changed."""
    from engine.rules.language.catalogue_file import read_alone, read_catalogue

    paths = args.paths or [Path("campaigns")]
    files = campaign_files(paths)
    whole_folder = all(path.is_dir() for path in paths)
    alone = (mistake for name, text in files for mistake in read_alone(text, name))
    mistakes = read_catalogue(files).mistakes if whole_folder else tuple(alone)
    if mistakes:
        print("\n".join(str(mistake) for mistake in mistakes), file=sys.stderr)
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        print(f"youhui publish: {count}, nothing was published", file=sys.stderr)
        return 1
    body = {"files": [{"name": name, "text": text} for name, text in files], "replace_all": whole_folder}
    print(_said(_caller(args).post("/v1/operator/campaigns", body)))
    return 0


def _caller(args: argparse.Namespace) -> Caller:
    settings = from_environment()
    kept = read_keys(settings)
    key = os.environ.get("YOUHUI_KEY") or (kept.operator if kept else None)
    if key is None:
        raise Invalid("key_unknown", f"There is no {keys_path(settings)}: run `youhui setup`, or give YOUHUI_KEY.")
    return Caller(args.server or f"http://{settings.host}:{settings.port}", key)


def _said(published: dict[str, Any]) -> str:
    parts = [f"{word} {', '.join(published[word])}" for word in ("added", "changed", "ended") if published[word]]
    return f"live, revision {published['revision']}: " + "; ".join([*parts, f"{published['unchanged']} unchanged"])
