"""A till in the terminal: quote, charge by pay code, query, refund by line or amount.

  youhui till                                    at the counter of noodle-house, typing
  youhui till quote --line beef-noodles:2 --code 28...
  youhui till charge --code 28... --line beef-noodles:2 --line tea-corner/oolong
  youhui till show PAYMENT · commit PAYMENT · release PAYMENT · campaigns
  youhui till refund PAYMENT --line L1:1 --line L2=5.00 · --amount 5.00 · --preview · --digest DIGEST

A line is [merchant/]sku[:quantity[:price]]; name, category and price of what is on the town's menu are known.
The key is the merchant's in <data_dir>/keys.json, or YOUHUI_KEY.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from engine.app.keys import keys_path, read_keys
from engine.cli.http import Caller
from engine.cli.till.counter import Counter
from engine.cli.till.lines import basket, read_refund_line
from engine.cli.till.slip import campaigns_slip, payment_slip, quote_slip, refund_preview_slip
from engine.errors import Invalid
from engine.money import parse_minor
from engine.settings import from_environment

Said = tuple[dict[str, Any], Callable[[dict[str, Any]], str]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the till needs to know."""
    parser.add_argument(
        "do",
        nargs="?",
        default="counter",
        choices=["counter", "quote", "charge", "show", "refund", "commit", "release", "campaigns"],
        help="counter (default) is interactive",
    )
    parser.add_argument("payment", nargs="?", help="the payment's id, for show, refund, commit, release")
    parser.add_argument("--merchant", default="noodle-house", help="whose till this is (default: noodle-house)")
    parser.add_argument("--server", help="address of the server (default: from YOUHUI_HOST and YOUHUI_PORT)")
    parser.add_argument("--code", help="the 20 digits of the shopper's pay code")
    parser.add_argument(
        "--line",
        action="append",
        default=[],
        help="sku[:quantity[:price]]; to refund line:quantity, or line=amount",
    )
    parser.add_argument("--order-ref", help="the order's own number; the same one is never charged twice")
    parser.add_argument("--max-payable", help="refuse a higher price, such as 9.90")
    parser.add_argument(
        "--tool", choices=["balance", "card"], help="pay with this instead of what the wallet is set to"
    )
    parser.add_argument("--shop", help="which shop of the merchant")
    parser.add_argument("--reason", default="", help="why it is refunded")
    parser.add_argument("--amount", help="give this much of the payment back, such as 5.00")
    parser.add_argument("--preview", action="store_true", help="show what a refund would do, without doing it")
    parser.add_argument("--digest", help="of a preview: refund exactly as shown, or not at all")
    parser.add_argument("--hold", action="store_true", help="reserve only; then commit or release")
    parser.add_argument("--json", action="store_true", help="print the server's answer as it is")


def run(args: argparse.Namespace) -> int:
    """Open the counter, or do one thing and print it."""
    caller = _caller(args)
    if args.do == "counter":
        Counter(caller, args.merchant, print).serve(_typed())
        return 0
    answer, slip = _DO[args.do](caller, args)
    print(json.dumps(answer, ensure_ascii=False, indent=1) if args.json else slip(answer))
    return 0


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("till> " if sys.stdin.isatty() else "")
        except EOFError:
            return


def _caller(args: argparse.Namespace) -> Caller:
    settings = from_environment()
    key = os.environ.get("YOUHUI_KEY")
    if not key:
        keys = read_keys(settings)
        if keys is None:
            raise Invalid("key_unknown", f"There is no {keys_path(settings)}: run `youhui setup`, or give YOUHUI_KEY.")
        key = keys.merchant(args.merchant)
    return Caller(args.server or f"http://{settings.host}:{settings.port}", key)


def _quote(caller: Caller, args: argparse.Namespace) -> Said:
    body = {"basket": _basket(args), "shop_id": args.shop, "pay_code": args.code, "tool": args.tool}
    return caller.post("/v1/quotes", body), quote_slip


def _charge(caller: Caller, args: argparse.Namespace) -> Said:
    if not args.code:
        raise Invalid("pay_code_malformed", "Charge whom? Give the shopper's pay code with --code.")
    body = {
        "pay_code": args.code,
        "order_ref": args.order_ref or f"till-{uuid.uuid4().hex[:12]}",
        "basket": _basket(args),
        "shop_id": args.shop,
        "max_payable_minor": parse_minor(args.max_payable, "CNY") if args.max_payable else None,
        "tool": args.tool,
        "capture": not args.hold,
    }
    return caller.post("/v1/payments", body), payment_slip


def _show(caller: Caller, args: argparse.Namespace) -> Said:
    return caller.get(f"/v1/payments/{_payment(args)}"), payment_slip


def _refund(caller: Caller, args: argparse.Namespace) -> Said:
    currency = from_environment().currency
    body = {
        "lines": [read_refund_line(text, currency) for text in args.line] or None,
        "amount_minor": parse_minor(args.amount, currency) if args.amount else None,
        "currency": currency,
        "reason": args.reason,
        "digest": args.digest,
    }
    path = f"/v1/payments/{_payment(args)}/refunds"
    if args.preview:
        return caller.post(f"{path}/preview", body), lambda preview: refund_preview_slip(preview, currency)
    return caller.post(path, body), lambda refunded: payment_slip(refunded["payment"])


def _commit(caller: Caller, args: argparse.Namespace) -> Said:
    return caller.post(f"/v1/payments/{_payment(args)}/commit"), payment_slip


def _release(caller: Caller, args: argparse.Namespace) -> Said:
    return caller.post(f"/v1/payments/{_payment(args)}/release"), payment_slip


def _campaigns(caller: Caller, _args: argparse.Namespace) -> Said:
    return caller.get("/v1/campaigns"), campaigns_slip


def _basket(args: argparse.Namespace) -> dict[str, Any]:
    if not args.line:
        raise Invalid("invalid_field", "An empty basket: add --line sku:quantity:price.")
    return basket(args.line, args.merchant)


def _payment(args: argparse.Namespace) -> str:
    if not args.payment:
        raise Invalid("invalid_field", f"Which payment? youhui till {args.do} PAYMENT.")
    return str(args.payment)


_DO: dict[str, Callable[[Caller, argparse.Namespace], Said]] = {
    "quote": _quote,
    "charge": _charge,
    "show": _show,
    "refund": _refund,
    "commit": _commit,
    "release": _release,
    "campaigns": _campaigns,
}
