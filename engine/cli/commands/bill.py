"""A merchant's settled days: list them, save one as CSV after checking its hash, compare one with a file of your own.

  youhui bill                                          the settled days of noodle-house, newest first
  youhui bill 2027-03-28                               that day as CSV on stdout; --out FILE saves it
  youhui bill 2027-03-28 --compare mine.csv            every difference by row and column; exit code 1 when there is one
  youhui bill --merchant tea-corner

The file to compare begins with order_ref,refund_id,state,amount. The key is the merchant's in <data_dir>/keys.json, or
YOUHUI_KEY.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from engine.app.keys import keys_path, read_keys
from engine.cli.http import Caller
from engine.errors import Invalid, Unavailable
from engine.money import format_minor
from engine.settings import from_environment
from engine.settlement.bill import is_whole


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which day, whose, and what to do with it."""
    parser.add_argument("day", nargs="?", help="such as 2027-03-28; without it the settled days are listed")
    parser.add_argument("--merchant", default="noodle-house", help="whose bill (default: noodle-house)")
    parser.add_argument("--out", type=Path, help="save the bill here")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="compare the day with this file of your own")
    parser.add_argument("--server", help="address of the server (default: from YOUHUI_HOST and YOUHUI_PORT)")


def run(args: argparse.Namespace) -> int:
    """List, save or compare."""
    caller = _caller(args)
    if args.day is None:
        print(_listed(caller.get("/v1/statements")))
        return 0
    if args.compare is not None:
        found = caller.upload(f"/v1/statements/{args.day}/reconciliation", args.compare.read_bytes(), "text/csv")
        print(_compared(found))
        return 1 if found["differences"] else 0
    content = caller.download(f"/v1/statements/{args.day}/bill")
    if not is_whole(content):
        raise Unavailable("internal", "The bill's hash is wrong: it was cut or changed on its way. Nothing was saved.")
    if args.out is None:
        sys.stdout.write(content.decode())
    else:
        args.out.write_bytes(content)
        print(f"{args.out}: {len(content.splitlines()) - 3} rows, the hash is right")
    return 0


def _caller(args: argparse.Namespace) -> Caller:
    settings = from_environment()
    key = os.environ.get("YOUHUI_KEY")
    if not key:
        keys = read_keys(settings)
        if keys is None:
            raise Invalid("key_unknown", f"There is no {keys_path(settings)}: run `youhui setup`, or give YOUHUI_KEY.")
        key = keys.merchant(args.merchant)
    return Caller(args.server or f"http://{settings.host}:{settings.port}", key)


def _listed(found: dict[str, Any]) -> str:
    if not found["items"]:
        return "no day is settled yet"
    return "\n".join([*map(_day, found["items"]), *map(_balance, found["balances"])])


def _day(one: dict[str, Any]) -> str:
    names = {
        "gross": one["gross_minor"],
        "paid": one["paid_minor"],
        "funded": one["funded_minor"],
        "fee": -one["fee_minor"],
        "refunded": -one["refunded_minor"],
        "net": one["net_minor"],
    }
    amounts = "  ".join(f"{name} {format_minor(amount, one['currency']):>9}" for name, amount in names.items())
    return f"{one['day']}  {one['payments']:>3} payments {one['refunds']:>2} refunds  {amounts} {one['currency']}"


def _balance(one: dict[str, Any]) -> str:
    words = {"settled": one["settled_minor"], "on its way": one["paying_out_minor"], "owed by you": one["owed_minor"]}
    said = ", ".join(f"{format_minor(amount, one['currency'])} {word}" for word, amount in words.items())
    return f"{said} ({one['currency']})"


def _compared(found: dict[str, Any]) -> str:
    listed = [f"{one['kind']:<14} {one['detail']}" for one in found["differences"]]
    count = len(listed)
    words = f"{count} {'difference' if count == 1 else 'differences'}" if count else "no difference"
    return "\n".join([*listed, f"{found['rows']} rows, {found['matched']} as in the statement, {words}"])
