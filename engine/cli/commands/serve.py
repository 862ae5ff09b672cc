"""Serve API, docs and wallet on one port until stopped.

  youhui serve                      at YOUHUI_HOST:YOUHUI_PORT, 127.0.0.1:8000 by default
  youhui serve --port 0             at any free port, which is printed
  youhui serve --no-wallet          the API alone

Several processes may serve one PostgreSQL database, each at its own port; SQLite has one.
"""

from __future__ import annotations

import argparse

import msgspec

from engine.settings import from_environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to listen and whether the wallet is served."""
    parser.add_argument("--host", help="address to listen at")
    parser.add_argument("--port", type=int, help="port to listen at; 0: any free one")
    parser.add_argument("--no-wallet", action="store_true", help="serve the API alone")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    from engine.app.serving import serve_until_stopped

    changes = {"host": args.host, "port": args.port}
    given = {name: value for name, value in changes.items() if value is not None}
    settings = msgspec.structs.replace(from_environment(), **given)
    serve_until_stopped(
        settings,
        with_wallet=not args.no_wallet,
        on_ready=lambda address: print(f"youhui serves at {address}", flush=True),
    )
    return 0
