"""What the index reads of a basket and its payer, by the dimensions that conditions name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from engine.rules.facts import Facts
from engine.rules.kinds import Condition

Reader = Callable[[Facts], Collection[str]]


def _merchant_tags(facts: Facts) -> set[str]:
    merchants = (facts.merchants.get(line.merchant_id) for line in facts.basket.lines)
    return {tag for merchant in merchants if merchant is not None for tag in merchant.tags}


#: Those that every kind may name; a kind brings others along in its ``dimensions``.
READER_BY_DIMENSION: Final[Mapping[str, Reader]] = {
    "merchant": lambda facts: {line.merchant_id for line in facts.basket.lines},
    "merchant_tag": _merchant_tags,
    "category": lambda facts: {line.category for line in facts.basket.lines},
    "sku": lambda facts: {line.sku for line in facts.basket.lines},
    "channel": lambda facts: (facts.channel,),
    "district": lambda facts: (facts.district,),
    "tier": lambda facts: (facts.payer.tier,) if facts.payer else (),
    "segment": lambda facts: facts.payer.segments if facts.payer else (),
    "payer_tag": lambda facts: facts.payer.tags if facts.payer else (),
    "code": lambda facts: facts.codes,
}


def reader(dimension: str, kinds: Iterable[type[Condition]]) -> Reader:
    """Return how *dimension*, which conditions of *kinds* name, is read.

    Raises: TypeError when nobody says how, or two say it differently.
    """
    found = {kind.dimensions[dimension] for kind in kinds if dimension in kind.dimensions}
    if dimension in READER_BY_DIMENSION:
        found.add(READER_BY_DIMENSION[dimension])
    if len(found) != 1:
        raise TypeError(f"dimension {dimension!r} must be read in one way; {len(found)} are declared")
    return found.pop()
