"""What a quote showed, sealed into its id: nothing is written for a quote, and nobody can make one up.

    base64(msgpack) "." base64(HMAC-SHA256)

It binds the basket, the payer, the tool, the price shown, the coupons and points that paying would spend, for 5
minutes. A quote for nobody in particular binds no payer: who pays with it may spend no coupon that it did not show.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from engine.errors import Invalid
from engine.programs.signing import Signing
from engine.rules.decision import Decision
from engine.rules.facts import Basket, Facts
from engine.store.instants import to_micros

LIFE: Final = timedelta(minutes=5)
#: Why a quote does not hold, in the order in which they are looked at.
Broken = Literal["expired", "basket", "payer", "tool", "price", "coupons"]


class Shown(Struct, frozen=True, array_like=True):
    """What was shown."""

    valid_until: int  # microseconds
    basket: bytes  # hash
    member_id: str  # "" for nobody in particular
    tool: str
    shown_minor: int
    coupon_ids: tuple[str, ...]
    points: int  # no benefit spends points yet: 0


def shown_of(decision: Decision, facts: Facts) -> Shown:
    """Return what the quote of *decision* on *facts* shows."""
    return Shown(
        valid_until=to_micros(facts.now + LIFE),
        basket=_hash(facts.basket),
        member_id=facts.payer.member_id if facts.payer else "",
        tool=facts.tool,
        shown_minor=decision.payable_minor,
        coupon_ids=coupons_of(decision),
        points=0,
    )


def seal(signing: Signing, shown: Shown) -> str:
    """Return the quote's id."""
    body = _ENCODER.encode(shown)
    return f"{_text(body)}.{_text(_mac(signing, body))}"


def open_seal(signing: Signing, quote_id: str) -> Shown:
    """Return what the quote showed. Raises: Invalid ``quote_invalid`` when it is not one of ours."""
    body_text, _, mac_text = quote_id.partition(".")
    try:
        body, mac = _bytes(body_text), _bytes(mac_text)
        if hmac.compare_digest(mac, _mac(signing, body)):
            return _DECODER.decode(body)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        pass  # told below, the same for every reason
    raise Invalid("quote_invalid", "The quote is not one of ours. Ask for a new one.", path="quote_id")


def broken(shown: Shown, decision: Decision, facts: Facts) -> Broken | None:
    """Say why paying *decision* would not be what was *shown*; None when it is. A lost reward does not count."""
    member_id = facts.payer.member_id if facts.payer else ""
    checks: tuple[tuple[Broken, bool], ...] = (
        ("expired", to_micros(facts.now) >= shown.valid_until),
        ("basket", _hash(facts.basket) != shown.basket),
        ("payer", shown.member_id not in {"", member_id}),
        ("tool", facts.tool != shown.tool),
        ("price", decision.payable_minor > shown.shown_minor),
        ("coupons", not set(coupons_of(decision)) <= set(shown.coupon_ids)),
    )
    return next((reason for reason, is_broken in checks if is_broken), None)


def coupons_of(decision: Decision) -> tuple[str, ...]:
    """Return the coupons that paying would spend."""
    return tuple(offer.coupon_id for offer in decision.applied if offer.coupon_id)


def valid_until(now: datetime) -> datetime:
    """Return until when a quote of *now* is good."""
    return now + LIFE


def _hash(basket: Basket) -> bytes:
    return hashlib.sha256(_ENCODER.encode(basket)).digest()


def _mac(signing: Signing, body: bytes) -> bytes:
    return hmac.digest(signing.quotes, body, "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Shown)
