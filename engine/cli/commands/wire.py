"""Write wallet_app/wire.py: the wallet's shapes, made from the OpenAPI document.

youhui wire             writes the file
youhui wire --check     exit code 1 when the file is not what would be written
"""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether to compare only."""
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--file", type=Path, help="where to (default: wallet_app/wire.py)")


def run(args: argparse.Namespace) -> int:
    """Write the file, or compare it."""
    from engine.api.wire_client import WIRE_FILE, source

    path, text = args.file or WIRE_FILE, source()
    if args.check:
        same = path.is_file() and path.read_text("utf-8") == text
        print(f"{path} is {'up to date' if same else 'old: run `youhui wire`'}")
        return 0 if same else 1
    path.write_text(text, "utf-8")
    print(f"wrote {path}")
    return 0
