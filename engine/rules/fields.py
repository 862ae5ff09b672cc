"""What a field of a campaign file may hold: the one place that says how its text is read.

A kind's struct names these as its field types. The reader takes the text by ``extra["reads"]``, the JSON Schema takes
the bounds, so a new kind needs no reader and no schema of its own. A field's YAML name is the struct's own, or the
one given with ``msgspec.field(name=...)`` where the unit comes last (``at_least_minor`` is written ``at_least``).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Final

from msgspec import Meta

from engine.money import BASKET_MAX_MINOR
from engine.rules.campaign import Filter

#: No list in a campaign file is longer: its ids go into the index one by one.
VALUES_MAX: Final = 1_000
WHOLE_MAX: Final = 10**9

#: An amount in the campaign's currency ("15.00"), kept as minor units.
Amount = Annotated[int, Meta(ge=1, le=BASKET_MAX_MINOR, extra={"reads": "amount"})]
#: A share of the whole ("60%", "12.5%"), kept as an exact fraction of 1.
Percent = Annotated[Fraction, Meta(extra={"reads": "percent"})]
#: A whole number of things, at least one.
Whole = Annotated[int, Meta(ge=1, le=WHOLE_MAX, extra={"reads": "whole"})]
#: A whole number that orders things; may be negative.
Rank = Annotated[int, Meta(ge=-WHOLE_MAX, le=WHOLE_MAX, extra={"reads": "whole"})]
#: A campaign's id, which is also its file's name.
CampaignId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[a-z0-9][a-z0-9\-]*$",
        extra={"says": "lower-case letters, digits and hyphens, 64 at most"},
    ),
]
#: An id or a word that a merchant, a shopper or a marketer chose: merchant ids, SKUs, tags, categories, segments.
Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        extra={"says": "1 to 64 printable characters"},
    ),
]
Names = Annotated[tuple[Name, ...], Meta(min_length=1, max_length=VALUES_MAX)]
#: Which items: by skus, categories or tags, less what ``exclude`` names by the same.
Items = Annotated[Filter, Meta(extra={"reads": "items"})]
#: Which merchants: by ids, tags or districts, less what ``exclude`` names by the same.
Merchants = Annotated[Filter, Meta(extra={"reads": "merchants"})]
