"""What a basket costs."""

from __future__ import annotations

from engine.api.operation import Call, Operation
from engine.checkout.order import order_to_quote
from engine.checkout.quote import quote
from engine.wire.quotes import Quote, QuoteRequest


async def quote_basket(call: Call[QuoteRequest, None]) -> Quote:
    """Price a basket: the best lawful combination, and for every campaign why or why not.

    A till prices for nobody in particular, or with a pay code (which is not spent) for that shopper. A member prices
    for themself. Changes nothing. ``quote_id`` binds basket, payer, tool, price and coupons for 5 minutes: paying with
    it goes through at this price or less, and spends nothing that was not shown.
    """
    caller = call.caller
    order = order_to_quote(call.body, caller.merchant_id or None, caller.member_id or None)
    return await quote(call.desk, order, await call.reception.signing())


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/quotes",
        who=("merchant", "member"),
        handle=quote_basket,
        body=QuoteRequest,
        answer=Quote,
        codes=(
            "unknown_currency",
            "duplicate_line",
            "basket_too_large",
            "merchant_not_found",
            "shop_not_found",
            "pay_code_malformed",
            "pay_code_wrong",
            "pay_code_expired",
            "member_frozen",
            "no_card",
        ),
    ),
)
