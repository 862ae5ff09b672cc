"""Show dead letters: webhooks not accepted in 75 hours, and events that a handler of our own could not take.

  youhui letters                      list them
  youhui letters --resend             try all of them again
  youhui letters --resend tea-corner  those of one merchant (or member)

Speaks to the running server; the key is the operator's in <data_dir>/keys.json, or YOUHUI_KEY. Exit code 1 when the
list is not empty.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any, Final

from engine.app.keys import keys_path, read_keys
from engine.cli.http import Caller
from engine.errors import Invalid
from engine.settings import from_environment

_EVERY: Final = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to do, and where."""
    parser.add_argument("--resend", nargs="?", const=_EVERY, metavar="OF", help="try again: of a merchant, or all")
    parser.add_argument("--server", help="address of the server (default: from YOUHUI_HOST and YOUHUI_PORT)")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(args: argparse.Namespace) -> int:
    """List, or send again."""
    caller = _caller(args.server)
    try:
        return _list(caller, as_json=args.json) if args.resend is None else _resend(caller, args.resend)
    finally:
        caller.close()


def _list(caller: Caller, *, as_json: bool) -> int:
    letters = caller.get("/v1/operator/dead-letters")
    if as_json:
        print(json.dumps(letters, ensure_ascii=False, indent=1))
    else:
        print("\n".join([*map(_line, letters["items"]), f"{letters['count']} dead letters"]))
    return 1 if letters["count"] else 0


def _resend(caller: Caller, home_id: str) -> int:
    count = 0
    while sent := caller.post("/v1/operator/dead-letters/resend", {"home_id": home_id or None})["count"]:
        count += sent
    print(f"{count} on their way again")
    return 0


def _line(one: dict[str, Any]) -> str:
    where = one["endpoint_id"] or "our own handler"
    return (
        f"{one['since'][:19]}Z  {one['type']:<20} {one['payment_id'] or '-':<24} of {one['home_id']} to {where}: "
        f"{one['attempts']} tries, {one['error']}"
    )


def _caller(server: str | None) -> Caller:
    settings = from_environment()
    kept = read_keys(settings)
    key = os.environ.get("YOUHUI_KEY") or (kept.operator if kept else None)
    if key is None:
        raise Invalid("key_unknown", f"There is no {keys_path(settings)}: run `youhui setup`, or give YOUHUI_KEY.")
    return Caller(server or f"http://{settings.host}:{settings.port}", key)
