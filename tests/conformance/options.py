"""The public options that say each shop system's arithmetic: they disagree, so each names its own."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from engine.money import Rounding


class Options(NamedTuple):
    """What a marketer would write into the campaign files of a shop that came from this system."""

    #: Offers are taken in their fixed order, each that still applies beside those before; else the best combination.
    in_order: bool = False
    #: Among offers in order, the exclusive ones are looked at first.
    exclusive_first: bool = False
    #: What is exclusive keeps others off the lines that it reaches only, not off the whole basket.
    exclusive_by_line: bool = False
    #: Where a percentage of items is rounded, and how any percentage is.
    percent_per: Literal["order", "line", "unit"] = "line"
    percent_rounding: Rounding = "half_up"
    #: What a percentage of items is taken of.
    percent_basis: Literal["left", "listed"] = "left"
    #: What a threshold looks at.
    threshold_basis: Literal["left", "listed"] = "left"
    #: Item offers before order offers, whatever their place in the list.
    items_first: bool = False
    #: Buy-get offers before all others, whatever their place in the list.
    buy_get_first: bool = False
    #: Where one offer buys and gives the same items, the dearest are bought.
    buys_dearest: bool = False
    #: Units that one item offer discounted are open to the next.
    shares_units: bool = True
    #: Offers of one stage exclude each other: those that reach a common item, or all on the order.
    one_of_a_stage: Literal["none", "item", "order"] = "none"
    #: A code typed later takes the place of the one before.
    last_code_only: bool = False
    #: What is given by hand takes the place of offers on the same lines.
    by_hand_alone: bool = False
    #: SPRING and spring are one code.
    codes_ignore_case: bool = False
    #: The end of a campaign still belongs to it.
    includes_end: bool = False
    #: Who is not signed in counts as new.
    anonymous_is_new: bool = False
    #: A higher priority comes first; without it the list decides.
    uses_priority: bool = True
    #: An amount off delivery is taken of each delivery charge.
    delivery_per_line: bool = False


_BY_PROJECT: dict[str, Options] = {
    "issues": Options(in_order=True),
    "magento": Options(in_order=True, threshold_basis="listed"),
    "medusa": Options(in_order=True, threshold_basis="listed", buy_get_first=True, buys_dearest=True),
    "oscar": Options(
        in_order=True, exclusive_by_line=True, percent_per="order", percent_rounding="down", includes_end=True
    ),
    "reaction": Options(in_order=True),
    "saleor": Options(items_first=True, one_of_a_stage="order", last_code_only=True, by_hand_alone=True),
    "solidus": Options(
        threshold_basis="listed",
        items_first=True,
        one_of_a_stage="item",
        codes_ignore_case=True,
        anonymous_is_new=True,
        delivery_per_line=True,
    ),
    "spree": Options(
        threshold_basis="listed",
        items_first=True,
        one_of_a_stage="item",
        codes_ignore_case=True,
        delivery_per_line=True,
    ),
    "sylius": Options(in_order=True, exclusive_first=True, percent_per="unit", percent_basis="listed"),
    "vendure": Options(
        in_order=True, percent_per="unit", percent_rounding="half_down", items_first=True, uses_priority=False
    ),
}


def options_of(project: object) -> Options:
    """Return the options of *project*; an unknown one has the defaults."""
    return _BY_PROJECT.get(project, Options()) if isinstance(project, str) else Options()


def options_for(case: dict[str, Any]) -> Options:
    """Return the options of a case: its project's, and item offers first where its tags say so."""
    options, tags = options_of(case.get("project")), case.get("tags")
    return options._replace(items_first=True) if isinstance(tags, list) and "items_first" in tags else options
