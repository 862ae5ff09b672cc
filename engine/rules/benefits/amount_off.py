"""Take an amount off: once, for each full N, or by a ladder.

    give: [{amount_off: {amount: 15.00}}]
    give: [{amount_off: {amount: 15.00, every: 100.00, at_most: 45.00}}]
    give: [{amount_off: {steps: [{from: 100.00, off: 15.00}, {from: 200.00, off: 40.00}]}}]
    give: [{amount_off: {amount: 15.00, every: 100.00, basis: listed, share: quantity}}]

Looks at what earlier offers left of the goods in the campaign's scope and never takes more than that. ``every``
repeats the amount for each full N, ``at_most`` caps the sum. Of a ladder the highest step reached counts, once. Give
either ``amount`` or ``steps``. What ``every`` and ``steps`` look at is ``basis``: ``left`` (the default), or ``listed``
for list prices.

The amount lands on lines by ``share``: by ``amount`` (the default: what is left of them), by ``quantity``, or
``evenly``; what a full line can't take goes to the others. Amounts are whole, so nothing is rounded; the odd cents of a
share go by largest remainder. An amount off each line or unit is amount_off_items.

Source: 满减, 每满, 阶梯, product row A2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta, Struct, field

from engine.rules.fields import Amount
from engine.rules.kinds import Benefit, Fault, Piece
from engine.rules.phrases import Locale, listing, money
from engine.rules.picking import land
from engine.rules.pieces import Basis, Share, looked_at_minor, spread, weights_of


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a ladder."""

    from_minor: Amount = field(name="from")
    off_minor: Amount = field(name="off")


class AmountOff(Benefit, frozen=True):
    """Take ``amount_minor`` off, per full ``every_minor`` and ``at_most_minor``; or by ``steps``."""

    amount_minor: Amount | None = field(default=None, name="amount")
    every_minor: Amount | None = field(default=None, name="every")
    at_most_minor: Amount | None = field(default=None, name="at_most")
    steps: Annotated[tuple[Step, ...], Meta(max_length=20)] = ()
    basis: Basis = "left"
    share: Share = "amount"

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Share the amount over the pieces as ``share`` says."""
        lefts = [piece.left_minor for piece in pieces]
        off = min(self.off_minor(looked_at_minor(pieces, self.basis)), sum(lefts))
        if self.share == "amount":
            return spread(off, lefts, pieces)
        return land(off, weights_of(self.share, lefts, [piece.line.quantity for piece in pieces]), lefts, pieces)

    def most_minor(self, left_minor: int) -> int:
        """Return the discount itself when it depends on the total left only, else what caps it."""
        if self.basis == "left":
            return self.off_minor(left_minor)
        caps = [left_minor] if self.at_most_minor is None else [left_minor, self.at_most_minor]
        if self.every_minor is None:
            caps.append(self.amount_minor or max([step.off_minor for step in self.steps], default=0))
        return min(caps)

    def of_total(self) -> Callable[[int], int] | None:
        """Return the discount when it depends on the total left only."""
        if self.basis != "left" or self.share != "amount":
            return None
        amount = self.amount_minor
        if amount is None or self.every_minor is not None:
            return self.off_minor
        most = amount if self.at_most_minor is None else min(amount, self.at_most_minor)
        return lambda left_minor: min(left_minor, most)

    def rate_ppm(self, left_at_least_minor: int = 0) -> int:
        """Return the amount as a part of the least that is left when it is taken, rounded up; all when listed."""
        if self.basis == "listed":
            return 1_000_000
        steps = [(step.off_minor, step.from_minor) for step in self.steps]
        if self.amount_minor is not None:
            steps = [(self.amount_minor, self.every_minor or self.amount_minor)]
        least = [(off, start if self.every_minor else max(start, left_at_least_minor)) for off, start in steps]
        return max([-(-off * 1_000_000 // start) for off, start in least])

    def off_minor(self, left_minor: int) -> int:
        """Return the discount on a total of *left_minor*; never falls as it grows."""
        if self.amount_minor is None:
            off = max((step.off_minor for step in self.steps if step.from_minor <= left_minor), default=0)
        else:
            off = self.amount_minor * (left_minor // self.every_minor if self.every_minor else 1)
        if self.at_most_minor is not None:
            off = min(off, self.at_most_minor)
        return min(off, left_minor)

    def faults(self) -> list[Fault]:
        """Refuse both forms, none, and a ladder that does not rise."""
        if self.steps:
            return _ladder_faults(self)
        if self.amount_minor is None:
            return [Fault("", "missing_field", "Say how much: give 'amount' or 'steps'.")]
        if self.at_most_minor is not None and self.at_most_minor < self.amount_minor:
            return [
                Fault(
                    "at_most",
                    "cap_below_amount",
                    "The cap is smaller than the amount. Raise 'at_most' or lower 'amount'.",
                )
            ]
        if self.every_minor is None and self.at_most_minor is not None:
            sentence = "The amount is taken once, so the cap never counts. Add 'every', or leave 'at_most' out."
            return [Fault("at_most", "cap_never_counts", sentence)]
        if self.every_minor is not None and self.every_minor <= self.amount_minor:
            sentence = "All that is spent is taken off, or more. Lower 'amount' or raise 'every'."
            return [Fault("amount", "discount_above_threshold", sentence)]
        return []

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""

        def shown(amount_minor: int) -> str:
            return money(amount_minor, currency, locale)

        if self.amount_minor is None:
            pairs = [(shown(step.from_minor), shown(step.off_minor)) for step in self.steps]
            steps = [f"满{start}减{off}" if locale == "zh" else f"{off} off from {start}" for start, off in pairs]
            return "，".join(steps) if locale == "zh" else listing(steps, locale, "or")
        if self.every_minor is None:
            return f"减{shown(self.amount_minor)}" if locale == "zh" else f"{shown(self.amount_minor)} off"
        cap = shown(self.at_most_minor) if self.at_most_minor else ""
        every, amount = shown(self.every_minor), shown(self.amount_minor)
        if locale == "zh":
            return f"每满{every}减{amount}" + (f"，最多减{cap}" if cap else "")
        return f"{amount} off every {every}" + (f", {cap} at most" if cap else "")


def _ladder_faults(benefit: AmountOff) -> list[Fault]:
    faults = [
        Fault(key, "two_forms", f"A ladder says how much by itself. Leave '{key}' or 'steps' out.")
        for key, value in (("amount", benefit.amount_minor), ("every", benefit.every_minor))
        if value is not None
    ]
    for place, step in enumerate(benefit.steps):
        if step.off_minor >= step.from_minor:
            sentence = "All that is spent is taken off, or more. Lower 'off' or raise 'from'."
            faults.append(Fault(f"steps.{place}.off", "discount_above_threshold", sentence))
        if benefit.at_most_minor is not None and step.off_minor > benefit.at_most_minor:
            sentence = "This step takes more off than the cap. Raise 'at_most' or lower 'off'."
            faults.append(Fault(f"steps.{place}.off", "cap_below_amount", sentence))
        if place and step.from_minor <= benefit.steps[place - 1].from_minor:
            faults.append(
                Fault(f"steps.{place}.from", "ladder_falls", "Each step must start higher than the one before.")
            )
        if place and step.off_minor <= benefit.steps[place - 1].off_minor:
            faults.append(
                Fault(f"steps.{place}.off", "ladder_falls", "Each step must take more off than the one before.")
            )
    return faults
