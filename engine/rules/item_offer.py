"""What every offer on chosen items shares: which lines, whose units, and the price below which no unit goes.

A kind that takes off chosen items inherits the fields here, so that they are written alike everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from engine.rules.campaign import Filter
from engine.rules.facts import Line, LineKind
from engine.rules.fields import Amount, Items
from engine.rules.items import items_in_words
from engine.rules.kinds import Benefit, Fault, Phase, Piece
from engine.rules.phrases import Locale, listing, money
from engine.rules.picking import Runs, counted_units
from engine.rules.scope import chooses, item_values

Kinds = Annotated[tuple[LineKind, ...], Meta(max_length=5)]
_KIND_WORDS = {
    "goods": ("goods", "商品"),
    "delivery": ("delivery", "配送费"),
    "service": ("service", "服务费"),
    "tax": ("tax", "税费"),
    "tip": ("tip", "小费"),
}


def takes_part(line: Line, items: Filter, kinds: Sequence[str]) -> bool:
    """Say whether *items* and *kinds* (empty: every kind) choose *line*."""
    return (not kinds or line.kind in kinds) and chooses(items, item_values(line))


def counted_pieces(pieces: Sequence[Piece], items: Filter, kinds: Sequence[str]) -> Sequence[Piece]:
    """Return the pieces that *items* and *kinds* choose, for a condition; all of them when nothing is named."""
    if not kinds and not items.include and not items.exclude:
        return pieces
    return [piece for piece in pieces if takes_part(piece.line, items, kinds)]


def chosen_in_words(items: Filter, kinds: Sequence[str], locale: Locale) -> str:
    """Return what *items* and *kinds* choose, "" when they choose everything."""
    named = listing([_KIND_WORDS[kind][locale == "zh"] for kind in kinds], locale) if kinds else ""
    return ("" if locale == "zh" else " ").join(part for part in (named, items_in_words(items, locale)) if part)


def range_faults(least_minor: int | None, most_minor: int | None, before: str = "") -> list[Fault]:
    """Refuse a price range that holds nothing; *before* is where its fields stand: ``buy.``."""
    if least_minor is None or most_minor is None or least_minor <= most_minor:
        return []
    sentence = "'price_to' is below 'price_from': no item fits. Swap them."
    return [Fault(f"{before}price_to", "empty_range", sentence)]


def range_in_words(least_minor: int | None, most_minor: int | None, locale: Locale, currency: str) -> list[str]:
    """Return the ends of a price range in words, those that are set."""
    told = []
    for amount, en, zh in ((least_minor, "items from", "起"), (most_minor, "items up to", "以下（含）")):
        if amount is not None:
            shown = money(amount, currency, locale)
            told.append(f"单价{shown}{zh}" if locale == "zh" else f"{en} {shown}")
    return told


class Floor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit price of some items below which nothing goes."""

    items: Items = Filter()
    price_minor: Amount = field(name="price")


class ItemOffer(Benefit, frozen=True, kw_only=True):
    """Chooses lines by ``items``, ``kinds`` and unit price, both ends included; keeps every unit above its floor."""

    items: Items = Filter()
    kinds: Kinds = ()
    price_from_minor: Amount | None = field(default=None, name="price_from")
    price_to_minor: Amount | None = field(default=None, name="price_to")
    floors: Annotated[tuple[Floor, ...], Meta(max_length=100)] = ()
    unit_sharing: Literal["none", "between_campaigns"] = "none"
    phase: ClassVar[Phase] = "item"
    takes_units: ClassVar[bool] = True  # none when units are shared: see ``units``

    def chosen(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the places of the pieces that take part."""
        return [place for place, (line, _, _) in enumerate(pieces) if self.includes(line)]

    def reaches(self, line: Line) -> bool:
        """Say whether the discount looks at *line*: when it takes part."""
        return self.includes(line)

    def includes(self, line: Line) -> bool:
        """Say whether *line* takes part."""
        least, most = self.price_from_minor, self.price_to_minor
        return (
            (least is None or line.unit_price_minor >= least)
            and (most is None or line.unit_price_minor <= most)
            and takes_part(line, self.items, self.kinds)
        )

    def open(self, piece: Piece) -> Piece:
        """Return *piece* with the units that this offer may use: all of them when campaigns share units."""
        return piece if self.unit_sharing == "none" else piece._replace(free_units=piece.line.quantity)

    def floor_minor(self, line: Line) -> int:
        """Return the unit price below which *line* may not go."""
        return max([f.price_minor for f in self.floors if chooses(f.items, item_values(line))], default=0)

    def room_minor(self, piece: Piece) -> int:
        """Return what may be taken from *piece* until its floor."""
        return max(0, piece.left_minor - self.floor_minor(piece.line) * piece.line.quantity)

    def units(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the units taken; none when campaigns share units."""
        return [0] * len(pieces) if self.unit_sharing != "none" else self.used(pieces)

    def taken(self, seen: Sequence[Piece]) -> list[Runs]:
        """Return the units that the offer uses of each chosen line, *seen* as ``open`` gives them, same order."""
        raise NotImplementedError

    def used(self, pieces: Sequence[Piece]) -> list[int]:
        """Return how many units the offer uses of each piece."""
        units, places = [0] * len(pieces), self.chosen(pieces)
        for place, runs in zip(places, self.taken([self.open(pieces[place]) for place in places]), strict=True):
            units[place] = counted_units(runs)
        return units

    def choice_faults(self, *, picks_dearest: bool = False) -> list[Fault]:
        """Refuse a price range that holds nothing, and floors where the dearest of many units are picked."""
        faults = range_faults(self.price_from_minor, self.price_to_minor)
        for place, floor in enumerate(self.floors):
            if self.price_to_minor is not None and floor.price_minor >= self.price_to_minor:
                sentence = "No item that fits costs more than this, so none goes lower. Raise 'price_to' or lower it."
                faults.append(Fault(f"floors.{place}.price", "floor_above_range", sentence))
        if self.floors and picks_dearest:
            sentence = "The dearest units may be those that can't go lower. Leave 'floors' out, or discount every unit."
            faults.append(Fault("floors", "floors_of_picked", sentence))
        return faults

    def words(self, locale: Locale, currency: str) -> str:
        """Return the chosen items in words, "" when they are everything."""
        parts = [chosen_in_words(self.items, self.kinds, locale)]
        parts += range_in_words(self.price_from_minor, self.price_to_minor, locale, currency)
        parts += [
            f"每件不低于{money(f.price_minor, currency, locale)}"
            if locale == "zh"
            else f"never below {money(f.price_minor, currency, locale)}"
            for f in self.floors
        ]
        return ("，" if locale == "zh" else ", ").join(part for part in parts if part)
