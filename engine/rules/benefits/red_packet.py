"""Give money into the wallet of the payer who was invited, and of the inviter.

    audience: {all: [{invited: {}}, {first_order: {}}]}
    give: [{red_packet: {friend: 8.00, inviter: 10.00}}]

``friend`` goes to the payer, ``inviter`` to whoever invited them; leave one out and only the other side gets
something. Nobody gets anything when the payer was not invited.

Source: 邀请得红包, product row A4.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from engine.rules.fields import Amount
from engine.rules.kinds import Benefit, Fault, Grant, GrantKind, Phase, Situation
from engine.rules.phrases import Locale, listing, money


class RedPacket(Benefit, frozen=True):
    """``friend_minor`` to the payer, ``inviter_minor`` to the inviter."""

    friend_minor: Amount | None = field(default=None, name="friend")
    inviter_minor: Amount | None = field(default=None, name="inviter")
    phase: ClassVar[Phase] = "reward"
    grant_kind: ClassVar[GrantKind] = "red_packet"

    def grants(self, situation: Situation) -> list[Grant]:
        """Give both sides their part when there is an inviter."""
        payer = situation.facts.payer
        if payer is None or payer.invited_by is None:
            return []
        friend = [Grant("red_packet", "payer", self.friend_minor)] if self.friend_minor else []
        inviter = [Grant("red_packet", "inviter", self.inviter_minor)] if self.inviter_minor else []
        return [*friend, *inviter]

    def faults(self) -> list[Fault]:
        """Refuse a red packet for nobody."""
        if self.friend_minor is None and self.inviter_minor is None:
            return [Fault("", "missing_field", "Say who gets how much: give 'friend', 'inviter' or both.")]
        return []

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        sides = (("the friend", "好友", self.friend_minor), ("the inviter", "邀请人", self.inviter_minor))
        given = [(en, zh, money(amount, currency, locale)) for en, zh, amount in sides if amount]
        if locale == "zh":
            return "，".join(f"{zh}得{amount}红包" for _, zh, amount in given)
        return listing([f"{amount} in a red packet for {en}" for en, _, amount in given], locale)
