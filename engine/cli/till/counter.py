"""The till at the counter: a cashier types, the till asks the server. Input and output are handed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

from engine.app.town.places import merchants
from engine.cli.http import Caller, ProblemError
from engine.cli.till.lines import basket, read_line, read_refund_line
from engine.cli.till.slip import campaigns_slip, payment_slip, quote_slip
from engine.errors import YouhuiError
from engine.money import format_minor

HELP: Final = """  CODE (20 digits)           scan the shopper's pay code
  sku [qty [price]]          add a line; a number adds from the menu; merchant/sku for a neighbour's
  menu · list · clear        what is sold · what is in the basket · start again
  quote · pay                price with reasons · charge the scanned code
  show ID · refund ID [line:qty line=5.00 …]   a payment · give back lines, amounts, or all that is left
  campaigns · help · quit"""
PAY_CODE_DIGITS: Final = 20


class Counter:
    """One cashier's session: the basket, the scanned code, the last order's reference."""

    def __init__(self, caller: Caller, merchant_id: str, say: Callable[[str], None]) -> None:
        """Serve *merchant_id*; *say* prints a text."""
        self.caller = caller
        self.merchant_id = merchant_id
        self.say = say
        self.lines: list[str] = []
        self.code: str | None = None
        self._start_order()

    def serve(self, typed: Iterator[str]) -> None:
        """Answer each typed line until *typed* ends or the cashier quits; a refusal is said and the till goes on."""
        self.say(f"till of {self.merchant_id} at {self.caller.server}; help shows what to type")
        for text in typed:
            if text.strip() in {"quit", "exit"}:
                return
            try:
                self._answer(text.split())
            except (ProblemError, YouhuiError) as no:
                self.say(f"no: {no}")

    def _answer(self, words: list[str]) -> None:
        if not words:
            return
        verbs: dict[str, Callable[[list[str]], None]] = {
            "help": lambda _: self.say(HELP),
            "menu": lambda _: self._menu(),
            "list": lambda _: self._list(),
            "clear": lambda _: self._clear(),
            "quote": lambda _: self._quote(),
            "pay": lambda _: self._pay(),
            "show": self._show,
            "refund": self._refund,
            "campaigns": lambda _: self.say(campaigns_slip(self.caller.get("/v1/campaigns"))),
        }
        digits = "".join(words)
        if digits.isdecimal() and len(digits) == PAY_CODE_DIGITS:
            self._scan(digits)
        elif words[0] in verbs:
            verbs[words[0]](words[1:])
        else:
            self._add(words)

    def _scan(self, code: str) -> None:
        self.code = code
        self.say("code scanned; it lives up to 60 seconds: `pay` charges it")

    def _menu(self) -> None:
        merchant = merchants().get(self.merchant_id)
        for place, item in enumerate(merchant.menu if merchant else (), start=1):
            self.say(f"  {place}  {item.sku:<16} {format_minor(item.price_minor, 'CNY'):>8}  {item.zh} {item.en}")

    def _add(self, words: list[str]) -> None:
        merchant = merchants().get(self.merchant_id)
        if words[0].isdecimal() and merchant and 1 <= int(words[0]) <= len(merchant.menu):
            words = [merchant.menu[int(words[0]) - 1].sku, *words[1:]]
        text = ":".join(words)
        read_line(text, self.merchant_id)
        self.lines.append(text)
        self._list()

    def _list(self) -> None:
        self.say("\n".join(f"  L{place}  {text}" for place, text in enumerate(self.lines, start=1)) or "  nothing yet")

    def _clear(self) -> None:
        self.lines = []
        self.code = None
        self._start_order()
        self.say("  started again")

    def _start_order(self) -> None:
        self.order_ref = f"till-{uuid.uuid4().hex[:12]}"

    def _quote(self) -> None:
        self.say(quote_slip(self.caller.post("/v1/quotes", {"basket": self._basket(), "pay_code": self.code})))

    def _pay(self) -> None:
        if self.code is None:
            self.say("scan the shopper's pay code first: type its 20 digits")
            return
        body = {"pay_code": self.code, "order_ref": self.order_ref, "basket": self._basket()}
        self.say(payment_slip(self.caller.post("/v1/payments", body, key=f"{self.order_ref}-{self.code}")))
        self._clear()

    def _show(self, words: list[str]) -> None:
        self.say(
            payment_slip(self.caller.get(f"/v1/payments/{words[0]}")) if words else "show which? give the payment's id"
        )

    def _refund(self, words: list[str]) -> None:
        if not words:
            self.say("refund which? give the payment's id")
            return
        lines = [read_refund_line(text) for text in words[1:]] or None
        self.say(payment_slip(self.caller.post(f"/v1/payments/{words[0]}/refunds", {"lines": lines})["payment"]))

    def _basket(self) -> dict[str, Any]:
        return basket(self.lines, self.merchant_id)
