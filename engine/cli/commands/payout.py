"""Pay merchants out what is settled for them, through the running server.

  youhui payout                                             every merchant
  youhui payout --merchant tea-corner
  youhui payout --merchant tea-corner --account sandbox-fails   to this account from now on

A payout that the bank has not answered is asked about again, and no other is made beside it: nothing is paid twice.
Exit code 1 when the bank refused one or has not answered.
"""

from __future__ import annotations

import argparse

from engine.cli.operator import operator, operator_arguments
from engine.errors import Invalid
from engine.money import format_minor


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom, to which account, and where."""
    parser.add_argument("--merchant", help="one merchant only")
    parser.add_argument("--account", help="pay that merchant to this account from now on")
    operator_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Pay out and say what became of each."""
    if args.account and not args.merchant:
        raise Invalid("invalid_field", "Whose account? Give --merchant too.")
    caller = operator(args)
    if args.account:
        caller.post("/v1/operator/payout-accounts", {"merchant_id": args.merchant, "account": args.account})
    made = caller.post("/v1/operator/payouts", {"merchant_id": args.merchant} if args.merchant else {})["items"]
    for one in made:
        amount = f"{format_minor(one['amount_minor'], one['currency'])} {one['currency']}"
        reason = f": {one['reason']}" if one["reason"] else ""
        print(f"{one['merchant_id']:<24} {amount:>16}  {one['state']}{reason}  {one['payout_id']}")
    print(f"{len(made)} {'payout' if len(made) == 1 else 'payouts'}" if made else "nothing is settled to pay out")
    return 0 if all(one["state"] == "paid" for one in made) else 1
