"""Read ``catalogue.yaml``, and the campaign files that it stands beside.

    choose: best                             # best: the combination that saves most | in_order: the first that apply
    offers_at_most: 5                        # on one basket
    payable_at_least: {CNY: 0.01}            # of the whole basket, by currency
    discount_at_most: {percent: 60%, CNY: 200.00}   # of the whole basket; the lower wins

>>> str(read_options("choose: bets", "catalogue.yaml").mistakes[0])
"catalogue.yaml:1:9: unknown_value: 'bets' is not one of best, in_order. Did you mean 'best'?"
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final, NamedTuple

from msgspec import inspect

from engine.money import DECIMALS_BY_CURRENCY
from engine.rules.campaign import Campaign
from engine.rules.language.build import content_version
from engine.rules.language.catalogue_shape import CATALOGUE_FILE, Cap, CatalogueShape
from engine.rules.language.fill import BROKEN, Filler
from engine.rules.language.mistakes import Mistake, Mistakes, did_you_mean, quoted
from engine.rules.language.nodes import Entry, Mapping, Node
from engine.rules.language.parse import parse
from engine.rules.language.read import read_campaign, read_set
from engine.rules.options import Options

_PERCENT: Final = "percent"
_AMOUNT: Final = inspect.Metadata(inspect.IntType(), extra={"reads": "amount"})
_PART: Final = inspect.Metadata(inspect.AnyType(), extra={"reads": "percent"})


class OptionsRead(NamedTuple):
    """A file read: the options when there is no mistake."""

    options: Options | None
    mistakes: tuple[Mistake, ...]


class CatalogueRead(NamedTuple):
    """Files read that go live together; without ``catalogue.yaml`` the options are the defaults."""

    campaigns: tuple[Campaign, ...]
    options: Options | None  # None when their file has a mistake
    mistakes: tuple[Mistake, ...]


def is_catalogue_file(name: str) -> bool:
    """Say whether the file *name*, with or without folders, holds the options."""
    return name.rpartition("/")[2] == CATALOGUE_FILE


def read_catalogue(files: Iterable[tuple[str, str]]) -> CatalogueRead:
    """Read (name, text) files: campaigns, and at most one file of options."""
    listed = list(files)
    campaigns, mistakes = read_set([file for file in listed if not is_catalogue_file(file[0])])
    options: Options | None = Options()
    found: list[Mistake] = []
    for place, (name, text) in enumerate([file for file in listed if is_catalogue_file(file[0])]):
        read = read_options(text, name)
        found += read.mistakes
        if place:
            sentence = "Another catalogue.yaml goes live with this one. Keep one of them."
            found.append(Mistake(name, 1, 1, "duplicate_catalogue", sentence))
        options = None if found else read.options
    return CatalogueRead(campaigns, options, (*mistakes, *found))


def read_alone(text: str, name: str) -> tuple[Mistake, ...]:
    """Return the mistakes of one file, of either sort, that do not depend on other files."""
    return read_options(text, name).mistakes if is_catalogue_file(name) else read_campaign(text, name).mistakes


def read_options(text: str, filename: str) -> OptionsRead:
    """Read the options; a file in which everything is commented out holds the defaults."""
    mistakes = Mistakes(filename)
    root = parse(text, mistakes)
    if root is None:
        told = mistakes.listed()
        is_empty = [mistake.code for mistake in told] == ["empty_file"]
        return OptionsRead(Options(version=content_version(text)), ()) if is_empty else OptionsRead(None, told)
    if isinstance(root, Mapping) and "campaign" in root.entries:
        sentence = "This name is kept for the options of the whole catalogue. Give the campaign another."
        mistakes.add(root.entries["campaign"].key_mark, "reserved_name", sentence)
        return OptionsRead(None, mistakes.listed())
    shape = _Filler(mistakes, "").struct(root, CatalogueShape, "a catalogue")
    if shape is BROKEN or mistakes:
        return OptionsRead(None, mistakes.listed())
    return OptionsRead(_built(shape, text), ())


def _built(shape: CatalogueShape, text: str) -> Options:
    return Options(
        version=content_version(text),
        choose=shape.choose,
        offers_max=shape.offers_at_most,
        payable_at_least_minor=shape.payable_at_least_minor,
        discount_at_most_minor=shape.discount_at_most.amount_minor_by_currency,
        discount_at_most=shape.discount_at_most.part,
    )


class _Filler(Filler):
    """Fills the options: each amount is in the currency that it is written beside."""

    def _special(self, node: Node, wanted: inspect.Type, reads: str, what: str) -> Any:
        if reads == "amounts":
            return self._by_currency(node, what)
        if reads == "cap":
            values = self._by_currency(node, what, _PERCENT)
            if values is BROKEN:
                return BROKEN
            part: Fraction | None = values.pop(_PERCENT, None)
            return Cap(part=part, amount_minor_by_currency=values)
        return super()._special(node, wanted, reads, what)

    def _by_currency(self, node: Node, what: str, *more: str) -> Any:
        """Return the value of each currency, and of each word of *more*."""
        if not isinstance(node, Mapping):
            such = f"{{{', '.join([f'{word}: 60%' for word in more] + ['CNY: 20.00'])}}}"
            return self._not_a(node, "mapping", f"{what} is written by currency, such as {such}.")
        if not node.entries:
            return self.tell(node.mark, "wrong_length", f"{what} needs at least one entry. Or leave it out.")
        values = {key: self._one(key, entry, what, more) for key, entry in node.entries.items()}
        return BROKEN if BROKEN in values.values() else values

    def _one(self, key: str, entry: Entry, what: str, more: Iterable[str]) -> Any:
        if key in more:
            return self.value(entry.value, _PART, f"{what}.{key}")
        if key in DECIMALS_BY_CURRENCY:
            return _Filler(self.mistakes, key).value(entry.value, _AMOUNT, f"{what}.{key}")
        hint = did_you_mean(key, [*more, *DECIMALS_BY_CURRENCY])
        wanted = " or ".join([*more, "a currency we know (ISO 4217)"])
        return self.tell(entry.key_mark, "unknown_currency", f"{quoted(key)} is not {wanted}.{hint}")
