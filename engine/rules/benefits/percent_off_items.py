"""Take a percentage off chosen items.

    give: [{percent_off_items: {percent: 50%, items: {categories: [tea]}, units: 2}}]
    give: [{percent_off_items: {percent: 100%, every: 3, pick: cheapest}}]
    give: [{percent_off_items: {percent: 50%, every: 2}}]
    give: [{percent_off_items: {steps: [{percent: 10%}, {from_units: 10, percent: 15%}]}}]
    give: [{percent_off_items: {percent: 100%, kinds: [delivery]}}]
    scope: {kinds: [goods, delivery]}

``units`` caps the units of a basket, ``units_per_line`` those of a line, ``group`` counts full groups of so many only.
``pick: dearest`` (the default) begins with what is worth most and takes each ``every``-th unit from there: ``every: 2``
is the second item at a lower price. ``pick: cheapest`` takes the cheapest by list price, one for each full ``every``:
``every: 3`` is three for two. ``steps`` is a ladder of percentages; ``steps_by`` says what it looks at: the chosen
``items`` (the default), each ``line``, or the whole ``order`` in scope, of it only ``steps_kinds`` when they are named;
``from`` is an amount (of what ``basis`` says, unless ``steps_basis`` says otherwise), ``from_units`` counts.

``per: order`` (the default) rounds once on the total, ``per: line`` and ``per: unit`` on each; ``rounding`` is half up
by default. ``basis: left`` (the default) is what earlier offers left, ``listed`` the list price; never more than is
left. ``at_most`` caps the sum. ``floors`` names prices below which units don't go. Neither ``listed`` nor ``floors``
stand beside picking the dearest. A unit serves one item offer, unless ``unit_sharing: between_campaigns``.

Source: product row A10: percentages on items, nth item, cheapest item; semantics.md, sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from engine.money import Rounding, divide
from engine.rules.facts import Line
from engine.rules.fields import Amount, Percent, Whole
from engine.rules.item_offer import ItemOffer, Kinds
from engine.rules.kinds import Fault, Piece
from engine.rules.ladder import Measure, measured, reached
from engine.rules.phrases import Locale, fold, listing, money, percent
from engine.rules.picking import Pick, Runs, counted_units, land, picked, worth_minor
from engine.rules.picking_words import picked_in_words, picks_some
from engine.rules.pieces import Basis, Per


class PercentStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a ladder: from an amount, from a count, or (neither) from the start."""

    percent: Percent
    from_minor: Amount | None = field(default=None, name="from")
    from_units: Whole | None = None


class PercentOffItems(ItemOffer, frozen=True, kw_only=True):
    """Take ``percent``, or what ``steps`` say, off the units chosen."""

    percent: Percent | None = None
    steps: Annotated[tuple[PercentStep, ...], Meta(max_length=20)] = ()
    steps_by: Literal["items", "line", "order"] = "items"
    steps_kinds: Kinds = ()
    steps_basis: Basis | None = None
    per: Per = "order"
    basis: Basis = "left"
    rounding: Rounding = "half_up"
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
        """Round as ``per`` says, cap, and land on the lines that are chosen."""
        amounts = [0] * len(pieces)
        places = self.chosen(pieces)
        seen = [self.open(pieces[place]) for place in places]
        taken = self.taken(seen)
        rates = self._rates(pieces, seen)
        rooms = [min(self.room_minor(p), p.left_minor) for p in seen]
        own = [self._own(piece, runs) for piece, runs in zip(seen, taken, strict=True)]
        if self.per == "order":
            off, weights = self._once(own, rates)
        else:
            by_line = [self._by_line(p, runs, rate) for p, runs, rate in zip(seen, taken, rates, strict=True)]
            weights = [min(amount, room) for amount, room in zip(by_line, rooms, strict=True)]
            off = sum(weights)
        if self.at_most_minor is not None:
            off = min(off, self.at_most_minor)
        most = [min(room, worth_minor(runs)) for room, runs in zip(rooms, taken, strict=True)]
        for place, amount in zip(places, land(off, weights, most, seen), strict=True):
            amounts[place] = amount
        return amounts

    def _once(self, own: Sequence[int], rates: Sequence[Fraction]) -> tuple[int, Sequence[int]]:
        """Return the discount rounded once, and what it is shared by: what each line's percentage comes to."""
        if len(set(rates)) <= 1:
            return (self._round(sum(own) * rates[0]) if rates else 0), own
        exact = [weight * rate for weight, rate in zip(own, rates, strict=True)]
        return self._round(sum(exact, Fraction())), [int(part * _FINE) for part in exact]

    def most_minor(self, left_minor: int) -> int:
        """Return the highest percentage of *left_minor*, capped; all of it when that may be exceeded."""
        off = left_minor
        if self.basis == "left" and self.per == "order":
            rate = self._highest()
            off = divide(left_minor * rate.numerator, rate.denominator, "up")
        return off if self.at_most_minor is None else min(off, self.at_most_minor)

    def rate_ppm(self, left_at_least_minor: int = 0) -> int:  # noqa: ARG002 - a part of any total
        """Return the highest percentage, rounded up; a million where rounding or list prices may exceed it."""
        if self.basis == "listed" or self.per != "order":
            return 1_000_000
        rate = self._highest()
        return -(-rate.numerator * 1_000_000 // rate.denominator)

    def _highest(self) -> Fraction:
        return self.percent if self.percent is not None else max(step.percent for step in self.steps)

    def taken(self, seen: Sequence[Piece]) -> list[Runs]:
        """Return the units discounted."""
        return picked(self, seen)

    def _own(self, piece: Piece, runs: Runs) -> int:
        """Return what the percentage is taken of."""
        return worth_minor(runs) if self.basis == "left" else counted_units(runs) * piece.line.unit_price_minor

    def _by_line(self, piece: Piece, runs: Runs, rate: Fraction) -> int:
        if self.per == "line":
            return self._round(self._own(piece, runs) * rate)
        if self.basis == "listed":
            return counted_units(runs) * self._round(piece.line.unit_price_minor * rate)
        return sum([count * self._round(worth * rate) for worth, count in runs])

    def _round(self, exact: Fraction) -> int:
        return divide(exact.numerator, exact.denominator, self.rounding)

    def _rates(self, pieces: Sequence[Piece], seen: Sequence[Piece]) -> list[Fraction]:
        """Return the percentage for each of *seen*."""
        if self.percent is not None:
            return [self.percent] * len(seen)
        basis = self.steps_basis or self.basis
        if self.steps_by == "line":
            return [self._step(measured([piece], (), basis)) for piece in seen]
        looked_at, kinds = (pieces, self.steps_kinds) if self.steps_by == "order" else (seen, ())
        return [self._step(measured(looked_at, kinds, basis))] * len(seen)

    def _step(self, measure: Measure) -> Fraction:
        return max([step.percent for step in reached(self.steps, measure)], default=Fraction())

    def faults(self) -> list[Fault]:
        """Refuse both forms, none, a ladder that falls, and a price range that holds nothing."""
        faults = self.choice_faults(picks_dearest=picks_some(self))
        if (self.percent is None) == (not self.steps):
            faults.append(
                Fault("", "two_forms" if self.steps else "missing_field", "Give either 'percent' or 'steps'.")
            )
        if self.basis == "listed" and picks_some(self):
            sentence = "The dearest are told by what is left. Leave 'basis: listed' out, or discount every unit."
            faults.append(Fault("basis", "listed_of_picked", sentence))
        for place, (before, step) in enumerate(zip(self.steps, self.steps[1:], strict=False), 1):
            if (step.from_minor or 0, step.from_units or 0) <= (before.from_minor or 0, before.from_units or 0):
                faults.append(
                    Fault(f"steps.{place}", "ladder_falls", "Each step must start higher than the one before.")
                )
            if step.percent <= before.percent:
                sentence = "Each step must take more off than the one before."
                faults.append(Fault(f"steps.{place}.percent", "ladder_falls", sentence))
        return faults

    def describe(self, locale: Locale, currency: str) -> str:
        """Say it in words."""
        zh = locale == "zh"
        if self.percent is not None:
            told = fold(self.percent) if zh else f"{percent(self.percent)} off"
        else:
            steps = [self._step_in_words(step, locale, currency) for step in self.steps]
            told = "，".join(steps) if zh else listing(steps, locale, "or")
        what = self.words(locale, currency)
        picked = picked_in_words(self, locale)
        cap = money(self.at_most_minor, currency, locale) if self.at_most_minor is not None else ""
        if zh:
            return f"{what}{told}{picked}" + (f"，最多减{cap}" if cap else "")
        return f"{told}{f' {what}' if what else ''}{picked}" + (f", {cap} at most" if cap else "")

    def _step_in_words(self, step: PercentStep, locale: Locale, currency: str) -> str:
        start = money(step.from_minor, currency, locale) if step.from_minor else ""
        if step.from_units:
            start = f"{step.from_units}件" if locale == "zh" else f"{step.from_units} units"
        if locale == "zh":
            return (f"满{start}" if start else "") + fold(step.percent)
        return f"{percent(step.percent)} off" + (f" from {start}" if start else "")


#: Percentages have four decimals at most, so this keeps weights whole.
_FINE = 1_000_000
