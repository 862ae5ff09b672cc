"""Settle merchants' days that are over, through the running server; doing it again changes nothing.

  youhui settle                        every merchant up to its yesterday, as the job does each night
  youhui settle --day 2027-03-28       up to the end of that day, which must be over
  youhui settle --merchant tea-corner  one merchant

The key is the operator's in <data_dir>/keys.json, or YOUHUI_KEY.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

from engine.cli.operator import operator, operator_arguments


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add up to when, whom, and where."""
    parser.add_argument("--day", help="the last day to settle, such as 2027-03-28 (default: each merchant's yesterday)")
    parser.add_argument("--merchant", help="one merchant only")
    operator_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Settle and say which statements were closed."""
    asked = {"day": args.day, "merchant_id": args.merchant}
    body = {name: value for name, value in asked.items() if value is not None}
    closed = operator(args).post("/v1/operator/settlements", body)["items"]
    days = defaultdict(list)
    for one in closed:
        days[one["merchant_id"], one["currency"]].append(one["day"])
    for (merchant_id, currency), listed in sorted(days.items()):
        span = listed[0] if len(listed) == 1 else f"{len(listed)} days, {min(listed)} to {max(listed)}"
        print(f"{merchant_id:<24} {currency}  {span}")
    print(f"{len(closed)} {'statement' if len(closed) == 1 else 'statements'} closed")
    return 0
