"""What is asked: a basket of lines with their merchants, at which shop, how, and at what price at most."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import asdict

from engine.checkout.quote_seal import Shown
from engine.errors import Invalid, Unauthorized
from engine.money import BASKET_MAX_MINOR, decimals
from engine.rules.facts import Basket, Channel, Line, Merchant
from engine.wire.payments import PaymentRequest
from engine.wire.quotes import BasketRequest, QuoteRequest

#: Merchants that share a tag ending so let each other's tills charge their lines, beside at least one of their own.
FOOD_COURT: Final = "food-court"


class Order(Struct, frozen=True, kw_only=True):
    """What a till or a shopper asks. Lines without a merchant belong to ``merchant_id``."""

    merchant_id: str
    basket: Basket
    shop_id: str | None = None
    channel: Channel = "pay_code"
    pay_code: str | None = None
    member_id: str | None = None  # a signed-in shopper who asks for themself
    order_ref: str = ""
    max_payable_minor: int | None = None
    capture: bool = True
    tool: Literal["balance", "card"] | None = None  # None: what the payer's wallet is set to
    shown: Shown | None = None  # by the quote that is paid with

    @property
    def merchant_ids(self) -> tuple[str, ...]:
        """Every merchant concerned, the one that asks first."""
        return tuple(dict.fromkeys([self.merchant_id, *(line.merchant_id for line in self.basket.lines)]))


def order_to_quote(request: QuoteRequest, merchant_id: str | None, member_id: str | None = None) -> Order:
    """Read a quote's request; a shopper (*member_id*) has no merchant of their own, so each line must name one.

    Raises: Invalid ``unknown_currency``, ``duplicate_line``, ``basket_too_large``, ``invalid_field``.
    """
    basket = _basket(request.basket, merchant_id)
    return Order(
        merchant_id=merchant_id or basket.lines[0].merchant_id,
        basket=basket,
        shop_id=request.shop_id,
        channel=request.channel,
        pay_code=request.pay_code,
        member_id=member_id,
        tool=request.tool,
    )


def order_to_charge(request: PaymentRequest, merchant_id: str, shown: Shown | None = None) -> Order:
    """Read a payment's request by the till of *merchant_id*; *shown* by its quote.

    Raises: as ``order_to_quote``; Unauthorized ``not_allowed`` when no line is the merchant's own.
    """
    basket = _basket(request.basket, merchant_id)
    if all(line.merchant_id != merchant_id for line in basket.lines):
        raise Unauthorized("not_allowed", f"No line of the basket belongs to {merchant_id}. Charge your own goods.")
    return Order(
        merchant_id=merchant_id,
        basket=basket,
        shop_id=request.shop_id,
        channel=request.channel,
        pay_code=request.pay_code,
        order_ref=request.order_ref,
        max_payable_minor=request.max_payable_minor,
        capture=request.capture,
        tool=request.tool,
        shown=shown,
    )


def refuse_strangers(order: Order, merchants: Collection[Merchant]) -> None:
    """Let a till charge lines of others only within a food court that all of them share.

    Raises: Unauthorized ``not_allowed``.
    """
    if len(merchants) < 2:
        return
    courts = [{tag for tag in merchant.tags if _is_food_court(tag)} for merchant in merchants]
    if not set.intersection(*courts):
        others = sorted(merchant.id for merchant in merchants if merchant.id != order.merchant_id)
        raise Unauthorized(
            "not_allowed",
            f"{order.merchant_id} can't charge goods of {', '.join(others)}: they share no food court.",
            merchant_ids=others,
        )


def _is_food_court(tag: str) -> bool:
    return tag == FOOD_COURT or tag.endswith(f"-{FOOD_COURT}")


def _basket(request: BasketRequest, merchant_id: str | None) -> Basket:
    decimals(request.currency)
    lines = []
    for line in request.lines:
        owner = line.merchant_id or merchant_id
        if owner is None:
            raise Invalid("invalid_field", f"Line {line.id} must say whose it is: merchant_id.", path="basket.lines")
        lines.append(Line(**{**asdict(line), "merchant_id": owner}))
    ids = [line.id for line in lines]
    if len(set(ids)) < len(ids):
        twice = next(line_id for line_id in ids if ids.count(line_id) > 1)
        raise Invalid("duplicate_line", f"Two lines have the id {twice!r}. Give each line its own.", line_id=twice)
    if sum(line.list_minor for line in lines) > BASKET_MAX_MINOR:
        raise Invalid("basket_too_large", f"The basket is worth more than {BASKET_MAX_MINOR} minor units. Split it.")
    return Basket(currency=request.currency, lines=tuple(lines))
