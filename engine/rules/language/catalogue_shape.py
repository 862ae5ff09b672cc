"""The form of ``catalogue.yaml``: the options of the whole catalogue. Every part may be left out."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from engine.rules.fields import Whole

#: The file's reserved name: no campaign can be called so.
CATALOGUE_FILE: Final = "catalogue.yaml"


class Cap(Struct, frozen=True, kw_only=True):
    """A part of the listed total, amounts by currency, or both; the lower wins."""

    part: Fraction | None = None
    amount_minor_by_currency: dict[str, int] = {}


#: An amount for each currency: {CNY: 0.01, JPY: 1}.
Amounts = Annotated[dict[str, int], Meta(extra={"reads": "amounts"})]
#: {percent: 60%, CNY: 200.00}
Most = Annotated[Cap, Meta(extra={"reads": "cap"})]


class CatalogueShape(Struct, frozen=True, kw_only=True):
    """How offers are chosen, how many apply to one basket, and how much a basket may save in total."""

    choose: Literal["best", "in_order"] = "best"
    offers_at_most: Whole | None = None
    payable_at_least_minor: Amounts = field(default_factory=dict, name="payable_at_least")
    discount_at_most: Most = Cap()
