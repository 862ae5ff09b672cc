"""One shopper's state: who is signed in, the pay code, coupons, payments. Plain, without Flet; one per browser tab.

Nothing here is shared: two shoppers have two of these, and each has its own connection to the API.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec

from wallet_app import wire
from wallet_app.api import Api, Offline, Problem, new_key
from wallet_app.look import LANGUAGES, SCALES, THEMES, Language, ThemeChoice

#: A code is renewed this long before it dies, so that none is shown that a till would refuse.
RENEW_EARLY_SECONDS: Final = 5.0
#: Coupons that end this soon have a tab of their own.
SOON: Final = timedelta(days=3)
#: Pages of coupons that are read; more are of no use on a phone.
COUPON_PAGES: Final = 5


class Keep(Protocol):
    """Where the shopper's device keeps small texts."""

    async def get(self, name: str) -> str | None:
        """Return what was kept."""
        ...

    async def set(self, name: str, text: str) -> None:
        """Keep *text*; an empty one forgets."""
        ...


class Shopper:
    """What the screens show, and what the shopper can do."""

    def __init__(self, api: Api, keep: Keep, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Start signed out; *now* is the device's clock."""
        self.api, self._keep, self._now = api, keep, now
        self.language: Language = "zh"
        self.theme: ThemeChoice = "system"
        self.percent = 100
        self.offline = False
        self._device_id = ""
        self._behind = timedelta()
        self._top_up: tuple[wire.TopUpRequest, str] | None = None
        self._forget()

    def _forget(self) -> None:
        self.phone = ""
        self.sent: wire.SignInCodeSent | None = None
        self.me: wire.Me | None = None
        self.code: wire.PayCode | None = None
        self.digits_shown = False
        self.coupons: tuple[wire.Coupon, ...] | None = None
        self.payments: tuple[wire.PaymentSummary, ...] | None = None
        self.more_payments: str | None = None
        self.payment_by_id: dict[str, wire.Payment] = {}
        self.loyalty: wire.Loyalty | None = None
        self.last_seq = 0

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a token."""
        return bool(self.api.token)

    def now(self) -> datetime:
        """Return the server's time: the device's clock, set right by the last answer."""
        return self._now() - self._behind

    async def start(self, language: Language) -> None:
        """Read what the device kept; *language* is the browser's, used when none was chosen."""
        kept = {name: await self._keep.get(name) or "" for name in ("token", "device", "language", "theme", "percent")}
        self.language = next((one for one in LANGUAGES if one == kept["language"]), language)
        self.theme = next((one for one in THEMES if one == kept["theme"]), "system")
        self.percent = next((one for one in SCALES if str(one) == kept["percent"]), 100)
        self._device_id = kept["device"] or f"web-{uuid.uuid4()}"
        if not kept["device"]:
            await self._keep.set("device", self._device_id)
        self.api.token = kept["token"]

    async def ask_code(self, phone: str) -> None:
        """Have a sign-in code sent. Raises: Problem, Offline."""
        self.sent = await self.api.ask_sign_in_code(phone)
        self.phone = phone

    async def sign_in(self, code: str, name: str, invite_code: str) -> bool:
        """Sign in with the *code*; return whether the member is new. Raises: Problem, Offline."""
        signed_in = await self.api.sign_in(
            wire.SignInRequest(
                phone=self.phone,
                code=code,
                device_id=self._device_id,
                name=name or None,
                invite_code=invite_code or None,
                locale=self.language,
            )
        )
        self.sent, self.me = None, signed_in.member
        await self._keep.set("token", signed_in.token)
        return signed_in.is_new

    async def sign_out(self) -> None:
        """Forget the member on this device."""
        self.api.token = ""
        self._forget()
        await self._keep.set("token", "")

    async def load_home(self) -> None:
        """Read who it is, and a code when there is none that still lives. Raises: Problem, Offline."""
        self.me = await self.api.me()
        if self.code_seconds() <= 0:
            await self.renew_code()

    async def renew_code(self) -> None:
        """Get a fresh pay code; its digits are hidden again. Raises: Problem, Offline."""
        before = self._now()
        code = await self.api.pay_code()
        self._behind = before + (self._now() - before) / 2 - code.server_time
        self.code, self.digits_shown = code, False

    def code_seconds(self) -> float:
        """Return how long the shown code stays before it is renewed; 0 without one."""
        if self.code is None:
            return 0.0
        return max(0.0, (self.code.expires_at - self.now()).total_seconds() - RENEW_EARLY_SECONDS)

    def code_life_seconds(self) -> int:
        """Return how long the shown code stays in all, from when it was made; 1 without one."""
        if self.code is None:
            return 1
        return max(1, int((self.code.expires_at - self.code.issued_at).total_seconds() - RENEW_EARLY_SECONDS))

    def code_part(self) -> float:
        """Return the part of the code's life that is left, 0 to 1."""
        return min(1.0, self.code_seconds() / self.code_life_seconds())

    async def load_coupons(self) -> None:
        """Read all coupons. Raises: Problem, Offline."""
        page = await self.api.coupons()
        found, pages = list(page.items), 1
        while page.next_cursor and pages < COUPON_PAGES:
            page = await self.api.coupons(page.next_cursor)
            found += page.items
            pages += 1
        self.coupons = tuple(found)

    def coupons_in(self, tab: str) -> tuple[wire.Coupon, ...]:
        """Return the coupons of a tab: usable, soon (ends within three days), used, expired."""
        held = self.coupons or ()
        if tab == "usable":
            return tuple(one for one in held if one.state in {"usable", "locked", "soon"})
        if tab == "soon":
            end = self.now() + SOON
            return tuple(one for one in held if one.state in {"usable", "locked"} and one.valid_until <= end)
        if tab == "used":
            return tuple(one for one in held if one.state == "used")
        return tuple(one for one in held if one.state in {"expired", "revoked"})

    def coupon(self, coupon_id: str) -> wire.Coupon | None:
        """Return a coupon that was read."""
        return next((one for one in self.coupons or () if one.coupon_id == coupon_id), None)

    async def load_payments(self) -> None:
        """Read the newest page of payments, and what was saved. Raises: Problem, Offline."""
        page = await self.api.payments()
        self.payments, self.more_payments = page.items, page.next_cursor
        self.me = await self.api.me()

    async def load_more_payments(self) -> None:
        """Read the next page. Raises: Problem, Offline."""
        if self.more_payments:
            page = await self.api.payments(self.more_payments)
            self.payments, self.more_payments = (*(self.payments or ()), *page.items), page.next_cursor

    async def load_payment(self, payment_id: str) -> wire.Payment:
        """Read a receipt. Raises: Problem, Offline."""
        payment = await self.api.payment(payment_id)
        self.payment_by_id[payment_id] = payment
        return payment

    async def load_loyalty(self) -> None:
        """Read tier and points. Raises: Problem, Offline."""
        self.loyalty = await self.api.loyalty()

    async def top_up(self, request: wire.TopUpRequest) -> wire.ToppedUp:
        """Move money in. The same wish after no answer is the same top-up. Raises: Problem, Offline."""
        if self._top_up is None or self._top_up[0] != request:
            self._top_up = (request, new_key())
        try:
            topped_up = await self.api.top_up(*self._top_up)
        except Problem as problem:
            if problem.code != "rail_unavailable":
                self._top_up = None
            raise
        self._top_up = None
        if self.me is not None:
            self.me = msgspec.structs.replace(self.me, balance_minor=topped_up.balance_minor)
        return topped_up

    async def choose_language(self, language: Language) -> None:
        """Speak *language* from now on; the API is told when it can be reached."""
        self.language = language
        await self._keep.set("language", language)
        if self.is_signed_in:
            try:
                self.me = await self.api.change_language(language)
            except (Offline, Problem):
                self.offline = True

    async def choose_theme(self, theme: ThemeChoice) -> None:
        """Look like *theme* from now on."""
        self.theme = theme
        await self._keep.set("theme", theme)

    async def choose_percent(self, percent: int) -> None:
        """Write this large from now on."""
        self.percent = percent
        await self._keep.set("percent", str(percent))

    async def hear(self, event: wire.MemberEvent) -> wire.Payment | None:
        """Take in an event; return the payment when one was just made or refunded. Raises: Problem, Offline."""
        self.last_seq = max(self.last_seq, event.seq)
        if event.type.startswith("coupon."):
            self.coupons = None
        if event.type == "points.changed":
            self.loyalty = None
        if not event.type.startswith("payment."):
            self.me = await self.api.me()
            return None
        self.payments = self.coupons = self.loyalty = None
        payment = await self.load_payment(event.payment_id or "")
        await self.renew_code()
        self.me = await self.api.me()
        return payment if event.type in {"payment.committed", "payment.refunded"} else None
