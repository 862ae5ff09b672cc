"""Signing in, and the member's own things."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.rules.facts import Id, Text80
from engine.wire.base import Answer, Locale, PositiveAmount, Request
from engine.wire.coupons import Coupon
from engine.wire.loyalty import Tier


class SignInCodeRequest(Request, frozen=True):
    """Ask for a code by SMS. *phone* is E.164 or a mainland number of 11 digits."""

    phone: Annotated[str, Meta(min_length=4, max_length=20)]


class SignInCodeSent(Answer, frozen=True):
    """The code is on its way; ``sandbox_code`` is the code itself where the SMS is a sandbox."""

    phone_masked: str
    expires_at: datetime
    retry_after_seconds: int
    sandbox_code: str | None = None


class SignInRequest(Request, frozen=True):
    """Sign in, or sign up when the phone is new; the inviter's code counts at sign-up only."""

    phone: Annotated[str, Meta(min_length=4, max_length=20)]
    code: Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
    device_id: Id
    invite_code: Annotated[str, Meta(max_length=16)] | None = None
    name: Text80 | None = None
    locale: Locale = "zh"


class SignedIn(Answer, frozen=True):
    """A session. Send the token as ``Authorization: Bearer``."""

    token: str
    expires_at: datetime
    is_new: bool
    member: Me


class Me(Answer, frozen=True):
    """The signed-in member."""

    member_id: str
    name: str
    phone_masked: str
    locale: Locale
    currency: str
    balance_minor: int
    points: int
    tier: Tier
    invite_code: str
    invited_by_name: str | None
    joined_at: datetime
    coupons_usable: int
    saved_this_month_minor: int
    tool: str = "balance"  # what the pay code pays with: balance, or a card's id


class MeChange(Request, frozen=True):
    """Change one's settings; what is left out stays."""

    name: Text80 | None = None
    locale: Locale | None = None
    tool: Id | None = None  # balance, or the id of a card of yours


class TopUpRequest(Request, frozen=True):
    """Move money from a bank card into the wallet. The bank is a sandbox; ``card`` says how it behaves."""

    amount_minor: PositiveAmount
    card: Literal["sandbox-ok", "sandbox-declines", "sandbox-times-out"] = "sandbox-ok"


class ToppedUp(Answer, frozen=True):
    """The balance after a top-up."""

    top_up_id: str
    amount_minor: int
    balance_minor: int
    currency: str


class PayCode(Answer, frozen=True):
    """A single-use code of 20 digits; renew it before ``expires_at``."""

    code: str
    issued_at: datetime
    expires_at: datetime
    server_time: datetime
    lives_seconds: int
    best_coupon: Coupon | None = None
