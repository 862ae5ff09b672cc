"""Hold the bank's settlement file of a day against the books and name each difference.

  youhui reconcile rail FILE                           a file that the bank sent
  youhui reconcile rail FILE --fetch --day 2027-03-06  gets the day's file from the bank first, and keeps it in FILE

Chargebacks in the file are booked; where the bank says another state it is asked again and its word booked. Exit code 1
when anything differs. The key is the operator's in <data_dir>/keys.json, or YOUHUI_KEY.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.cli.http import Caller
from engine.cli.operator import operator, operator_arguments
from engine.errors import Invalid


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add whose file, and where it is."""
    parser.add_argument("whose", choices=["rail"], help="rail: the bank's")
    parser.add_argument("file", type=Path, help="the file")
    parser.add_argument("--day", help="the file's day in UTC, such as 2027-03-06 (default: that of its first line)")
    parser.add_argument("--fetch", action="store_true", help="get the day's file from the bank first")
    operator_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Send the file and print what differs."""
    caller = operator(args)
    if args.fetch:
        args.file.write_text(_fetched(caller, args.day), "utf-8")
    try:
        text = args.file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid("file_malformed", f"{args.file} is not UTF-8: {error}.", row=1, column="kind") from None
    report = caller.post("/v1/operator/rail-reconciliations", {"file": text, "day": args.day})
    print(_said(report))
    return 1 if report["differences"] else 0


def _fetched(caller: Caller, day: str | None) -> str:
    if day is None:
        raise Invalid("invalid_field", "Which day's file? Add --day, such as --day 2027-03-06.")
    return str(caller.get("/v1/operator/rail-files", day=day)["file"])


def _said(report: dict[str, Any]) -> str:
    lines = [
        f"{one['kind']:<14} {one['rail_key']}: ours {one['ours'] or '-'}, the bank's {one['theirs'] or '-'}"
        + (f"; {one['done']}" if one["done"] else "")
        for one in report["differences"]
    ]
    booked = report["chargebacks_booked"]
    lines.append(
        f"{report['day']}: {report['rows']} rows, {report['agreed']} agree, {len(report['differences'])} differences"
        + (f", {booked} chargebacks booked" if booked else "")
    )
    return "\n".join(lines)
