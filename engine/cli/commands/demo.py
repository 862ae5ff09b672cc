"""Set up what is missing, put campaigns/ live, serve, and say where to look.

youhui demo                       at http://127.0.0.1:8000
youhui demo --port 8001
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec

from engine.app.keys import keys_path, read_keys
from engine.settings import Settings, from_environment

_WORDS = """
youhui is up at {address}

  wallet     {address}/   {wallet}
             13800000001  林夏, a regular: coupons, points, payments of three months
             13800000002  魏然, joined with 林夏's invite code
             13800000003  Newcomer, nothing paid yet: the first-order discount waits
  API, docs  {address}/docs
  keys       {keys}, one for each merchant; the operator's is
             {operator}

  till, in another terminal:
             {youhui} till campaigns
             {youhui} till quote --line beef-noodles:2 --line cucumber
             {youhui} till charge --code 20-DIGITS-OF-THE-WALLET --line beef-noodles:2 --line tea-corner/oolong
             {youhui} till             the same, typing at the counter
  marketer   edit campaigns/, then  {youhui} check  and  {youhui} publish
  books      {youhui} audit

Ctrl-C stops it; `make clean` forgets the town.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to listen and what to publish."""
    parser.add_argument("--host", help="address to listen at")
    parser.add_argument("--port", type=int, help="port to listen at; 0: any free one")
    parser.add_argument("--campaigns", type=Path, default=Path("campaigns"), help="what to put live")
    parser.add_argument("--no-wallet", action="store_true", help="serve the API alone")


def run(args: argparse.Namespace) -> int:
    """Serve the demo until SIGINT or SIGTERM."""
    from engine.app.serving import serve_until_stopped
    from engine.app.set_up import set_up

    changes = {"host": args.host, "port": args.port}
    given = {name: value for name, value in changes.items() if value is not None}
    settings = msgspec.structs.replace(from_environment(), **given)
    with_wallet = not args.no_wallet and find_spec("wallet_app.main") is not None
    print("setting up (the first time makes a town of three months)", flush=True)
    print(asyncio.run(set_up(settings, "town", args.campaigns)), flush=True)
    serve_until_stopped(
        settings,
        with_wallet=with_wallet,
        campaigns=args.campaigns,
        on_ready=lambda address: print(_words(settings, address, with_wallet=with_wallet), flush=True),
    )
    return 0


def _words(settings: Settings, address: str, *, with_wallet: bool) -> str:
    """Return what to do next, in commands that can be pasted."""
    kept = read_keys(settings)
    command = "youhui" if shutil.which("youhui") else shlex.quote(sys.argv[0])
    port = address.rpartition(":")[2]
    elsewhere = "" if int(port) == Settings().port else f"YOUHUI_PORT={port} "
    return _WORDS.format(
        address=address,
        wallet="sign in by phone; the sandbox shows the code" if with_wallet else "not served",
        keys=keys_path(settings),
        operator=kept.operator if kept else "none",
        youhui=f"{elsewhere}{command}",
    )
