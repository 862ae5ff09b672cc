"""What the till prints: quotes with reasons, receipts, refunds, running campaigns."""

from __future__ import annotations

from typing import Any

from engine.money import format_minor


def quote_slip(quote: dict[str, Any]) -> str:
    """Return the price of a basket: lines, what applied and who pays, what did not and why, what it earns."""
    currency = quote["currency"]
    return "\n".join(
        [
            *_lines(quote),
            *_applied(quote),
            _total("to pay", quote["payable_minor"], currency),
            *(f"  · {offer['name']['en']}: {offer['sentence']['en']}" for offer in quote["refused"]),
            *(f"  · {offer['name']['en']}: {offer['sentence']['en']}" for offer in quote["lost"]),
            *_rewards(quote),
            *(
                []
                if quote["priced_for_member"]
                else ["  (without a pay code: the shopper's own coupons are not counted)"]
            ),
        ]
    )


def payment_slip(payment: dict[str, Any]) -> str:
    """Return a payment as a receipt, with its refunds."""
    currency = payment["currency"]
    return "\n".join(
        [
            f"payment {payment['payment_id']}  {payment['state']}  order {payment['order_ref']}",
            *_lines(payment),
            *_applied(payment),
            _total("paid" if payment["state"] == "committed" else "to pay", payment["paid_minor"], currency),
            *_rewards(payment),
            *(line for refund in payment["refunds"] for line in _refund(refund, currency)),
        ]
    )


def refund_preview_slip(preview: dict[str, Any], currency: str) -> str:
    """Return what a refund would do: money, what is kept of it and why, points and coupons; and how to confirm it."""
    refund = preview["refund"]
    money = [
        ("for what comes back", refund["amount_minor"] + refund["withheld_minor"]),
        ("what remains is dearer now", -refund["withheld_minor"]),
        ("rewards that are gone", -refund["deducted_minor"]),
    ]
    return "\n".join(
        [
            *(_total(words, amount, currency) for words, amount in money if amount),
            _total("to the shopper", preview["net_minor"], currency),
            *_refund_effects(refund, currency),
            f"  until {preview['valid_until']}: confirm with --digest {preview['digest']}",
        ]
    )


def _refund_effects(refund: dict[str, Any], currency: str) -> list[str]:
    due = format_minor(refund["due_minor"], currency)
    told = [
        (refund["points_clawed_back"], f"{refund['points_clawed_back']} points taken back"),
        (refund["coupons_returned"], f"the shopper gets back: {', '.join(refund['coupons_returned'])}"),
        (refund["coupons_clawed_back"], f"taken back: {', '.join(refund['coupons_clawed_back'])}"),
        (refund["coupons_borne"], f"used already, borne by the funder: {', '.join(refund['coupons_borne'])}"),
        (refund["due_points"], f"{refund['due_points']} points are owed by the shopper"),
        (refund["due_minor"], f"{due} of red packets are owed by the shopper"),
    ]
    return [f"  · {words}" for holds, words in told if holds]


def campaigns_slip(campaigns: dict[str, Any]) -> str:
    """Return what runs at the shop, one campaign a line, and how they meet where that was said."""
    if not campaigns["items"]:
        return "no campaign runs here"
    rows = [f"{item['campaign_id']:<24} {_words(item['name'])}{_left(item)}" for item in campaigns["items"]]
    options = campaigns["options"]
    return "\n".join([*rows, *(options["explained"]["en"].splitlines() if options["version"] else [])])


def _lines(priced: dict[str, Any]) -> list[str]:
    currency = priced["currency"]
    return [_row(line, currency) for line in priced["lines"]] + [_total("list", priced["list_minor"], currency)]


def _row(line: dict[str, Any], currency: str) -> str:
    name = f"{line['line_id']} {line['quantity']} × {line['name'] or line['sku']}"
    back = f"  refunded {line['refunded_quantity']}" if line.get("refunded_quantity") else ""
    prices = f"{format_minor(line['list_minor'], currency):>10} → {format_minor(line['payable_minor'], currency):>9}"
    return f"  {prices}  {name}{back}"


def _applied(priced: dict[str, Any]) -> list[str]:
    return [_discount(offer, priced["currency"]) for offer in priced["applied"]]


def _discount(offer: dict[str, Any], currency: str) -> str:
    amount = "-" + format_minor(offer["amount_minor"], currency)
    return f"  {amount:>10}  {_words(offer['name'])}  ({_payers(offer, currency)})"


def _payers(offer: dict[str, Any], currency: str) -> str:
    return ", ".join(
        f"{part['name']['en']} pays {format_minor(part['amount_minor'], currency)}" for part in offer["funders"]
    )


def _rewards(priced: dict[str, Any]) -> list[str]:
    return [f"  + {_reward(reward, priced['currency'])}" for reward in priced["rewards"]]


def _reward(reward: dict[str, Any], currency: str) -> str:
    what = {
        "points": f"{reward['amount']} points",
        "coupon": "a coupon",
        "red_packet": f"a red packet of {format_minor(reward['amount'], currency)}",
    }[reward["kind"]]
    return f"{what}: {_words(reward['name'])} [{reward['state']}]"


def _refund(refund: dict[str, Any], currency: str) -> list[str]:
    lines = ", ".join(_refund_line(line, currency) for line in refund["lines"])
    taken = f", {refund['points_clawed_back']} points taken back" if refund["points_clawed_back"] else ""
    return [f"  refund {refund['refund_id']}: {format_minor(refund['amount_minor'], currency)} for {lines}{taken}"]


def _refund_line(line: dict[str, Any], currency: str) -> str:
    if line["quantity"]:
        return f"{line['line_id']}:{line['quantity']}"
    return f"{line['line_id']}={format_minor(line['amount_minor'], currency)}"


def _total(word: str, amount_minor: int, currency: str) -> str:
    return f"  {format_minor(amount_minor, currency):>10}  {currency} {word}"


def _words(words: dict[str, str]) -> str:
    return words["en"] if words["en"] == words["zh"] else f"{words['zh']} {words['en']}"


def _left(item: dict[str, Any]) -> str:
    left = [
        f"{item[field]} {word} left"
        for field, word in (("uses_left", "uses"), ("units_left", "pieces"))
        if item[field] is not None
    ]
    return f"  ({', '.join(left)})" if left else ""
