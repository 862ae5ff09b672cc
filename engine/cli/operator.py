"""How a command speaks as the operator: the key of ``keys.json`` or YOUHUI_KEY, the server of the settings."""

from __future__ import annotations

import argparse
import os

from engine.app.keys import keys_path, read_keys
from engine.cli.http import Caller
from engine.errors import Invalid
from engine.settings import from_environment


def operator_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the server is."""
    parser.add_argument("--server", help="address of the server (default: from YOUHUI_HOST and YOUHUI_PORT)")


def operator(args: argparse.Namespace) -> Caller:
    """Return the operator's caller. Raises: Invalid ``key_unknown`` when there is no key."""
    settings = from_environment()
    kept = read_keys(settings)
    key = os.environ.get("YOUHUI_KEY") or (kept.operator if kept else None)
    if key is None:
        raise Invalid("key_unknown", f"There is no {keys_path(settings)}: run `youhui setup`, or give YOUHUI_KEY.")
    return Caller(args.server or f"http://{settings.host}:{settings.port}", key)
