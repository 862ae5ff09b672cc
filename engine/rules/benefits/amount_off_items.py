"""Take an amount off chosen items: once, off each line, or off each unit.

    give: [{amount_off_items: {amount: 10.00, items: {categories: [tea]}}}]
    give: [{amount_off_items: {amount: 3.00, per: unit, units_per_line: 2}}]
    give: [{amount_off_items: {per: line, steps: [{off: 10.00}, {from: 100.00, off: 15.00}]}}]
    give: [{amount_off_items: {amount: 5.00, kinds: [delivery]}}]
    scope: {kinds: [goods, delivery]}

``per: order`` (the default) takes the amount once and shares it over the chosen lines by ``share``: by ``amount`` (the
default: what is left of them), by ``quantity``, or ``evenly``; what a full line can't take goes to the others. ``per:
line`` takes it off each line, ``per: unit`` off each unit; never more than is left. ``steps`` is a ladder on what is
left of the chosen lines, for ``per: line`` of each line. ``pick``, ``every``, ``group``, ``units``, ``units_per_line``,
``floors`` and ``unit_sharing`` are those of percent_off_items; under ``per: line`` ``every`` counts lines, dearest unit
price first. ``at_most`` caps the sum.

Source: product row A10: amounts on items; semantics.md, sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from engine.rules.fields import Amount, Whole
from engine.rules.item_offer import ItemOffer
from engine.rules.kinds import Fault, Piece
from engine.rules.phrases import Locale, listing, money
from engine.rules.picking import Pick, Runs, counted_units, land, picked, runs_of, worth_minor
from engine.rules.picking_words import picked_in_words, picks_some
from engine.rules.pieces import tie_key


class AmountStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a ladder; without ``from`` it holds from the start."""

    off_minor: Amount = field(name="off")
    from_minor: Amount | None = field(default=None, name="from")


class AmountOffItems(ItemOffer, frozen=True, kw_only=True):
    """Take ``amount_minor``, or what ``steps`` say, off the units chosen."""

    amount_minor: Amount | None = field(default=None, name="amount")
    steps: Annotated[tuple[AmountStep, ...], Meta(max_length=20)] = ()
    per: Literal["order", "line", "unit"] = "order"
    share: Literal["amount", "quantity", "evenly"] = "amount"
    at_most_minor: Amount | None = field(default=None, name="at_most")
    pick: Pick = "dearest"
    every: Whole = 1
    group: Whole = 1
    units_max: Whole | None = field(default=None, name="units")
    units_per_line: Whole | None = None

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Take the amount as ``per`` says, cap, and land on the lines that are chosen."""
        amounts = [0] * len(pieces)
        places = self.chosen(pieces)
        seen = [self.open(pieces[place]) for place in places]
        taken = self.taken(seen)
        rooms = [min(self.room_minor(p), worth_minor(runs)) for p, runs in zip(seen, taken, strict=True)]
        if self.per == "order":
            off, weights = self._off(sum(map(worth_minor, taken))), self._weights(seen, taken)
        else:
            weights = [min(self._by_line(runs), room) for runs, room in zip(taken, rooms, strict=True)]
            off = sum(weights)
        if self.at_most_minor is not None:
            off = min(off, self.at_most_minor)
        for place, amount in zip(places, land(off, weights, rooms, seen), strict=True):
            amounts[place] = amount
        return amounts

    def most_minor(self, left_minor: int) -> int:
        """Return the amount where it is taken once, capped."""
        caps = [left_minor] if self.at_most_minor is None else [left_minor, self.at_most_minor]
        return min([*caps, self._off(left_minor)]) if self.per == "order" else min(caps)

    def _off(self, left_minor: int) -> int:
        if self.amount_minor is not None:
            return self.amount_minor
        return max([step.off_minor for step in self.steps if (step.from_minor or 0) <= left_minor], default=0)

    def _by_line(self, runs: Runs) -> int:
        if self.per == "line":
            worth = worth_minor(runs)
            return min(self._off(worth), worth)
        return sum([count * min(self._off(worth), worth) for worth, count in runs])

    def _weights(self, seen: Sequence[Piece], taken: Sequence[Runs]) -> list[int]:
        if self.share == "amount":
            return [worth_minor(runs) for runs in taken]
        if self.share == "quantity":
            return [counted_units(runs) for runs in taken]
        return [int(bool(runs)) for runs, _ in zip(taken, seen, strict=True)]

    def taken(self, seen: Sequence[Piece]) -> list[Runs]:
        """Return the units discounted."""
        if self.per == "line" and self.every > 1:
            return self._every_line(seen)
        return picked(self, seen)

    def _every_line(self, seen: Sequence[Piece]) -> list[Runs]:
        runs = [runs_of(piece, 0, self.units_per_line if self.pick == "dearest" else None) for piece in seen]
        ranked = sorted(range(len(seen)), key=lambda p: (-seen[p].line.unit_price_minor, tie_key(seen[p].line)))
        kept = set(ranked[self.every - 1 :: self.every])
        return [own if place in kept else [] for place, own in enumerate(runs)]

    def faults(self) -> list[Fault]:
        """Refuse both forms, none, a ladder that falls, and a price range that holds nothing."""
        faults = self.choice_faults(picks_dearest=picks_some(self))
        if (self.amount_minor is None) == (not self.steps):
            faults.append(Fault("", "two_forms" if self.steps else "missing_field", "Give either 'amount' or 'steps'."))
        for place, (before, step) in enumerate(zip(self.steps, self.steps[1:], strict=False), 1):
            if (step.from_minor or 0) <= (before.from_minor or 0):
                sentence = "Each step must start higher than the one before."
                faults.append(Fault(f"steps.{place}.from", "ladder_falls", sentence))
            if step.off_minor <= before.off_minor:
                sentence = "Each step must take more off than the one before."
                faults.append(Fault(f"steps.{place}.off", "ladder_falls", sentence))
        return faults

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        zh = locale == "zh"

        def shown(amount_minor: int) -> str:
            return money(amount_minor, currency, locale)

        if self.amount_minor is not None:
            told = f"减{shown(self.amount_minor)}" if zh else f"{shown(self.amount_minor)} off"
        else:
            pairs = [(shown(s.from_minor) if s.from_minor else "", shown(s.off_minor)) for s in self.steps]
            steps = [
                (f"满{start}" if start else "") + f"减{off}"
                if zh
                else f"{off} off" + (f" from {start}" if start else "")
                for start, off in pairs
            ]
            told = "，".join(steps) if zh else listing(steps, locale, "or")
        each = {"order": ("", ""), "line": ("each line of ", "每种"), "unit": ("each unit of ", "每件")}[self.per]
        what, picked = self.words(locale, currency), picked_in_words(self, locale)
        cap = f"，最多减{shown(self.at_most_minor)}" if self.at_most_minor is not None else ""
        if zh:
            return f"{what}{each[1]}{told}{picked}{cap}"
        cap = f", {shown(self.at_most_minor)} at most" if self.at_most_minor is not None else ""
        return f"{told} {each[0]}{what or 'goods'}{picked}{cap}"
