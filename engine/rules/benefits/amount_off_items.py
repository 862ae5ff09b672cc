"""Take an amount off chosen items: once, off each line, or off each unit.

    give: [{amount_off_items: {amount: 10.00, items: {categories: [tea]}}}]
    give: [{amount_off_items: {amount: 3.00, per: unit, units_per_line: 2}}]
    give: [{amount_off_items: {per: line, steps: [{off: 10.00}, {from: 100.00, off: 15.00}]}}]
    give: [{amount_off_items: {steps: [{from_units: 3, off: 5.00}, {from_units: 6, off: 12.00}], steps_by: order}}]
    give: [{amount_off_items: {amount: 4.00, per: group, group: 2}}]
    give: [{amount_off_items: {amount: 5.00, kinds: [delivery]}}]
    scope: {kinds: [goods, delivery]}

``per: order`` (the default) takes the amount once and shares it over the chosen lines by ``share``: by ``amount`` (the
default: what is left of them), by ``quantity``, or ``evenly``; what a full line can't take goes to the others. ``per:
group`` does so once for each full ``group`` of units, ``per: line`` takes it off each line, ``per: unit`` off each
unit; never more than is left. Nothing is rounded.

``steps`` is a ladder; ``steps_by`` says what it looks at: its ``own`` target (the default: the units taken; under
``per: line`` those of each line, under ``per: unit`` each unit), the whole ``line``, all the chosen ``items``, or the
whole ``order`` in scope, of it only ``steps_kinds`` when they are named. ``from`` is an amount of what is ``left``
(``basis``, the default) or ``listed``, ``from_units`` counts.

``pick``, ``every``, ``group``, ``units``, ``units_per_line``, ``floors`` and ``unit_sharing`` are those of
percent_off_items; under ``per: line`` ``every`` counts lines, dearest unit price first. ``at_most`` caps the sum.

Source: product row A10: amounts on items; semantics.md, sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from engine.money import BASKET_MAX_MINOR, LINES_MAX, QUANTITY_MAX
from engine.rules.facts import Line
from engine.rules.fields import Amount, Whole
from engine.rules.item_offer import ItemOffer, Kinds
from engine.rules.kinds import Fault, Piece
from engine.rules.ladder import Measure, measured, reached
from engine.rules.phrases import Locale, listing, money
from engine.rules.picking import Pick, Runs, counted_units, land, picked, runs_of, worth_minor
from engine.rules.picking_words import picked_in_words, picks_some
from engine.rules.pieces import Basis, Share, tie_key, weights_of

UNITS_MAX: Final = QUANTITY_MAX * LINES_MAX


class AmountStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a ladder: from an amount, from a count, or (neither) from the start."""

    off_minor: Amount = field(name="off")
    from_minor: Amount | None = field(default=None, name="from")
    from_units: Whole | None = None


class AmountOffItems(ItemOffer, frozen=True, kw_only=True):
    """Take ``amount_minor``, or what ``steps`` say, off the units chosen."""

    amount_minor: Amount | None = field(default=None, name="amount")
    steps: Annotated[tuple[AmountStep, ...], Meta(max_length=20)] = ()
    steps_by: Literal["own", "line", "items", "order"] = "own"
    steps_kinds: Kinds = ()
    basis: Basis = "left"
    per: Literal["order", "line", "unit", "group"] = "order"
    share: Share = "amount"
    at_most_minor: Amount | None = field(default=None, name="at_most")
    pick: Pick = "dearest"
    every: Whole = 1
    group: Whole = 1
    units_max: Whole | None = field(default=None, name="units")
    units_per_line: Whole | None = None

    def reaches(self, line: Line) -> bool:
        """Say whether *line* takes part; a ladder by the order looks at every line."""
        return bool(self.steps and self.steps_by == "order") or self.includes(line)

    def discounts(self, pieces: Sequence[Piece]) -> list[int]:
        """Take the amount as ``per`` says, cap, and land on the lines that are chosen."""
        amounts = [0] * len(pieces)
        places = self.chosen(pieces)
        seen = [self.open(pieces[place]) for place in places]
        taken = self.taken(seen)
        rooms = [min(self.room_minor(p), worth_minor(runs)) for p, runs in zip(seen, taken, strict=True)]
        measure = self._measure(pieces, seen)
        if self.per in ("order", "group"):
            worths, counts = list(map(worth_minor, taken)), list(map(counted_units, taken))
            times = sum(counts) // self.group if self.per == "group" else 1
            off = self._off(measure or self._own(seen, worths, counts)) * times
            weights = weights_of(self.share, worths, counts)
        else:
            by_line = [self._by_line(p, runs, measure) for p, runs in zip(seen, taken, strict=True)]
            weights = [min(amount, room) for amount, room in zip(by_line, rooms, strict=True)]
            off = sum(weights)
        if self.at_most_minor is not None:
            off = min(off, self.at_most_minor)
        for place, amount in zip(places, land(off, weights, rooms, seen), strict=True):
            amounts[place] = amount
        return amounts

    def most_minor(self, left_minor: int) -> int:
        """Return the amount where it is taken once, capped."""
        caps = [left_minor] if self.at_most_minor is None else [left_minor, self.at_most_minor]
        if self.per == "order":
            is_own = self.steps_by == "own" and self.basis == "left"
            caps.append(self._off(Measure(left_minor if is_own else BASKET_MAX_MINOR, UNITS_MAX)))
        return min(caps)

    def _off(self, measure: Measure) -> int:
        if self.amount_minor is not None:
            return self.amount_minor
        return max([step.off_minor for step in reached(self.steps, measure)], default=0)

    def _measure(self, pieces: Sequence[Piece], seen: Sequence[Piece]) -> Measure | None:
        """Return what the ladder looks at; None when that is its own target."""
        if self.steps_by in ("own", "line") or not self.steps:
            return None
        return (
            measured(pieces, self.steps_kinds, self.basis)
            if self.steps_by == "order"
            else measured(seen, (), self.basis)
        )

    def _own(self, seen: Sequence[Piece], worths: Sequence[int], counts: Sequence[int]) -> Measure:
        if self.basis == "left":
            return Measure(sum(worths), sum(counts))
        return Measure(sum([p.line.unit_price_minor * n for p, n in zip(seen, counts, strict=True)]), sum(counts))

    def _by_line(self, piece: Piece, runs: Runs, measure: Measure | None) -> int:
        if self.steps_by == "line":
            measure = measured([piece], (), self.basis)
        if self.per == "line":
            worth, count = worth_minor(runs), counted_units(runs)
            return min(self._off(measure or self._own([piece], [worth], [count])), worth)
        return sum(
            [count * min(self._off(measure or self._own([piece], [worth], [1])), worth) for worth, count in runs]
        )

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
        if self.steps_by == "line" and self.per in ("order", "group"):
            sentence = "An amount taken once has no line of its own. Add 'per: line' or 'per: unit', or leave it out."
            faults.append(Fault("steps_by", "line_of_an_order", sentence))
        if self.at_most_minor is not None and self.at_most_minor < (self.amount_minor or 0):
            sentence = "The cap is smaller than the amount. Raise 'at_most' or lower 'amount'."
            faults.append(Fault("at_most", "cap_below_amount", sentence))
        for place, step in enumerate(self.steps):
            if self.at_most_minor is not None and step.off_minor > self.at_most_minor:
                sentence = "This step takes more off than the cap. Raise 'at_most' or lower 'off'."
                faults.append(Fault(f"steps.{place}.off", "cap_below_amount", sentence))
            if self.steps_by == "own" and step.from_minor is not None and step.off_minor >= step.from_minor:
                sentence = "All that is spent is taken off, or more. Lower 'off' or raise 'from'."
                faults.append(Fault(f"steps.{place}.off", "discount_above_threshold", sentence))
        for place, (before, step) in enumerate(zip(self.steps, self.steps[1:], strict=False), 1):
            if (step.from_minor or 0, step.from_units or 0) <= (before.from_minor or 0, before.from_units or 0):
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
            pairs = [(_start(step, locale, currency), shown(step.off_minor)) for step in self.steps]
            steps = [
                (f"满{start}" if start else "") + f"减{off}"
                if zh
                else f"{off} off" + (f" from {start}" if start else "")
                for start, off in pairs
            ]
            told = "，".join(steps) if zh else listing(steps, locale, "or")
        each = _EACH[self.per]
        what, picked = self.words(locale, currency), picked_in_words(self, locale)
        cap = f"，最多减{shown(self.at_most_minor)}" if self.at_most_minor is not None else ""
        if zh:
            return f"{what}{each[1]}{told}{picked}{cap}"
        cap = f", {shown(self.at_most_minor)} at most" if self.at_most_minor is not None else ""
        return f"{told} {each[0]}{what or 'goods'}{picked}{cap}"


_EACH = {
    "order": ("", ""),
    "group": ("each group of ", "每组"),
    "line": ("each line of ", "每种"),
    "unit": ("each unit of ", "每件"),
}


def _start(step: AmountStep, locale: Locale, currency: str) -> str:
    if step.from_units:
        return f"{step.from_units}件" if locale == "zh" else f"{step.from_units} units"
    return money(step.from_minor, currency, locale) if step.from_minor else ""
